import type { Json, JsonObject } from '../json';
import type { EngineEvent } from './events';

/**
 * The whole state of a case: plain JSON, so that it can be stored, replayed, migrated and repaired. Ids are unique within the case and
 * given in order by `nextId`; keys that leave the engine are `<instanceKey>-<id>` of the root instance.
 */
export interface InstanceState {
  /** Names the rules that this state runs by; rises only at continue-as-new. */
  semantics: 1;
  /** Key of the root instance: given by the start event. */
  instanceKey: string;
  dealership: string;
  status: 'active' | 'completed' | 'canceled' | 'terminated';
  /** Number of the last transition that was applied; also the number of its batch of records. */
  sequence: number;
  nextId: number;
  startedAtMs: number;
  startedBy: string;
  /** The latest time that an event carried; time never goes back in a state. */
  nowMs: number;
  /** Set while the case is suspended. */
  suspended?: { atMs: number; by: string; reason: string | null };
  /** Facts and messages that came while it was suspended, in order; they are applied when it resumes. */
  held?: EngineEvent[];
  scopes: Record<string, ScopeInstance>;
  tokens: Record<string, Token>;
  tasks: Record<string, UserTask>;
  jobs: Record<string, ConnectorJob>;
  timers: Record<string, Timer>;
  subscriptions: Record<string, Subscription>;
  incidents: Record<string, Incident>;
  /** Tasks that several people sign. */
  signings: Record<string, Signing>;
  /** Completed user tasks, the latest of which are remembered: who did what, for four eyes, returning and taking back. */
  done: Record<string, DoneTask>;
  /** Completed activities that can be undone. */
  undoables: Record<string, Undoable>;
}

/**
 * A part of a case with variables of its own: a process (the root, or a called one inside its caller), a sub-process, or one instance of an
 * activity that is repeated. Names are looked up from the innermost scope outwards, up to the process.
 */
export interface ScopeInstance {
  id: string;
  kind: 'process' | 'subProcess' | 'instance';
  /** Key of the process instance that it belongs to: the case's own for the root. */
  instanceKey: string;
  /** Hash of its model in the closure. */
  model: string;
  processId: string;
  businessKey: string;
  startedAtMs: number;
  /** The token whose work it is: at a call, a sub-process or a repeated activity; absent in the root. */
  caller?: string;
  /** The sub-process or the repeated activity; absent in a process. */
  node?: string;
  variables: JsonObject;
  /** Name of the end that was reached last. */
  end?: string;
  /** Number of an instance, from 1. */
  index?: number;
  /** An interrupting event sub-process runs: nothing else of the scope does, and none of its event sub-processes can start. */
  interrupted?: true;
  /** Rounds of complex joins that have gone on already, by node; tokens that still wait there are not counted here. */
  joins?: Record<string, Round>;
  /** How often a task was sent back, by node. */
  returns?: Record<string, number>;
  /** It was completed before and is being undone, not run. */
  undoing?: true;
  /** An ad-hoc sub-process whose condition is fulfilled: it ends when nothing is open in it. */
  enough?: true;
  /** The greatest `called` of the tokens that have ended in it. */
  called?: number;
}

/**
 * A token stands at a node. `ready`: will be executed in this transition; `waiting`: for a task, job, timer, message, signal, condition or an
 * inner scope; `joining`: at a gateway for others; `locked`: for a critical section; `guarded`: for a milestone; `blocked`: at a complex join for
 * the next round; `incident`: stopped until somebody resolves the incident.
 */
export interface Token {
  id: string;
  scope: string;
  node: string;
  status: 'ready' | 'waiting' | 'joining' | 'locked' | 'guarded' | 'blocked' | 'incident';
  /** The flow by which it came; absent at a start or boundary event. */
  via?: string;
  /**
   * Whence it descends: ids of the forks that it came through and has not joined yet, the outermost first. A token descends from what was
   * done at line L with number n where its line begins with L and goes on with nothing or a fork greater than n.
   */
  line?: string[];
  /** The joins that it came out of, the latest last: so that what was done in one branch before can be done again. */
  merged?: Merge[];
  /** At an activity: its boundary events are armed. A step that is tried again after an incident must not arm them twice. */
  armed?: true;
  /** At a service task that stopped with an incident: the key of its attempts, which the next ones keep. */
  idempotencyKey?: string;
  /** Conditions that it watches (boundary events, event sub-processes), by node: whether each was true when it was last asked. */
  conditions?: Record<string, boolean>;
  /** Stands for an event sub-process that may start: it waits for its event, and its scope does not wait for it. */
  listens?: true;
  /** Runs one instance of a repeated activity, in that instance's scope. */
  instance?: true;
  /** At a repeated activity: how far it is. */
  loop?: LoopState;
  /** Has passed the guards of its step: milestone watched, critical section held. */
  entered?: true;
  /** The critical section that it holds. */
  holds?: string;
  /** Its activity is done; what is left is to go on from there (stopped by a condition or an output that failed). */
  left?: true;
  /** Number of the last thing outside of the case that was caused on its way: a connector called, a message sent. */
  called?: number;
  /** At a user task that was taken back: who gets it. */
  giveTo?: string;
  /** Does a task for another token that waits: a detour after a return. */
  detour?: { token: string; signer?: string };
  /** Undoes an activity for a token that waits. */
  undoes?: { token: string };
  /** Compensation throws, cancel ends, returns: what is still to be undone, the next one last, and what comes then. */
  undo?: { queue: string[]; then: { kind: 'leave' } | { kind: 'cancel' } | { kind: 'move'; node: string } };
}

/** A round of a complex join: by which flows tokens came that made it go on, and those that were swallowed since. */
export interface Round {
  flows: string[];
  /** When it went on, in the order of everything that happened, and the line of what went on. */
  number: number;
  line: string[];
}

/** Tokens that became one at a join. */
export interface Merge {
  /** Number in the order of everything that happened. */
  number: number;
  /** The gateway. */
  node: string;
  /** The line of what came out. */
  line: string[];
  parts: MergePart[];
}

/** A token as it was at the join. */
export type MergePart = Pick<Token, 'via' | 'line' | 'called' | 'merged'>;

export interface LoopState {
  /** Instances that there are in all; of a sequential one as many as there will be. */
  total: number;
  completed: number;
  terminated: number;
  /** Items that have not begun yet (sequential), in order. */
  waiting?: Json[];
  /** Number of the next instance, from 1. */
  next: number;
  /** The numbers of the instances whose values have been collected, in order. */
  collected: number[];
  /** What comes after it has begun already; the instances that are left have no effect. */
  released?: true;
}

export interface UserTask {
  id: string;
  /** Public key. */
  key: string;
  token: string;
  scope: string;
  node: string;
  state: 'CREATED' | 'COMPLETED' | 'CANCELED';
  assignee: string | null;
  candidateGroups: string[];
  candidateUsers: string[];
  excludedUsers: string[];
  priority: number;
  createdAtMs: number;
  dueAtMs: number | null;
  urgedCount: number;
  /** Roles to which the task was escalated; they are in `candidateGroups` too. */
  escalatedTo: string[];
  followUpAtMs?: number;
  /** Only they may do it (`sameAs`). */
  onlyUsers?: string[];
  /** The signing that it is a part of, and as which signer. */
  signing?: string;
  signer?: string;
  /** Delegated: done by the assignee, then it comes back to the owner. */
  delegation?: { owner: string; state: 'PENDING' | 'RESOLVED'; data?: JsonObject; outcome?: string | null };
  /** When a person urged it last. */
  urgedAtMs?: number;
}

/** A task that several people sign. */
export interface Signing {
  id: string;
  token: string;
  scope: string;
  node: string;
  dueAtMs: number | null;
  /** Who may not sign (four eyes). */
  excluded: string[];
  signers: Signer[];
}

export interface Signer {
  id: string;
  /** A user, or a role of which anybody signs; of a task without a signing rule all its candidates are one signer, with neither. */
  user: string | null;
  role: string | null;
  /** Of a task without a signing rule: its candidates. */
  groups?: string[];
  users?: string[];
  weight: number;
  /** Has sent the case back and waits for that. */
  detoured?: true;
  /** `waiting`: for signers before it. */
  state: 'waiting' | 'open' | 'signed' | 'removed';
  /** Ids of signers who come before it. */
  after: string[];
  /** Whether the definition named it; `false` for those whom people added. */
  original: boolean;
  addedBy?: string;
  by?: string;
  outcome?: string | null;
  data?: JsonObject;
  atMs?: number;
}

/** A user task that was completed. */
export interface DoneTask {
  id: string;
  key: string;
  /** Number in the order of everything that happened: greater than the ids of what was there before. */
  number: number;
  scope: string;
  instanceKey: string;
  node: string;
  by: string;
  /** In whose name, where one acted for another. */
  for?: string;
  /** The roles of whoever did it or had it done. */
  roles?: string[];
  outcome: string | null;
  atMs: number;
  /** The line of its token. */
  line: string[];
  /** A part of a signing: not a completion of the task itself. */
  signature?: true;
  /** It was taken back, or the case was returned to before it: no step to return to any more, and still who did it. */
  retracted?: true;
}

/** A completed activity that can be undone: by its compensation handler, or (a sub-process) by undoing what was completed in it. */
export interface Undoable {
  id: string;
  /** The scope in which it was completed; of what a completed sub-process holds: that sub-process's entry. */
  scope?: string;
  within?: string;
  node: string;
  line: string[];
  /** Variables of its own scopes, as they were. */
  variables?: JsonObject;
  /** Number of the instance of a repeated activity. */
  index?: number;
}

export interface ConnectorJob {
  id: string;
  token: string;
  scope: string;
  node: string;
  idempotencyKey: string;
}

/** `purpose` says what a timer that fires means. `event`: a boundary event, a target of an event-based gateway, or the start of an event sub-process. */
export interface Timer {
  id: string;
  dueAtMs: number;
  token: string;
  purpose:
    | { kind: 'catch' }
    | { kind: 'event'; node: string; left?: number }
    | { kind: 'overdue'; task: string; rule: string; fired: number };
  suspend?: 'skip' | 'fireOnce' | 'shift';
}

/** Waits for a message (with a correlation key) or for a signal (without one). */
export interface Subscription {
  id: string;
  key: string;
  name: string;
  correlationKey: string | null;
  token: string;
  /** The boundary event, target of a gateway or start of an event sub-process; else the token's own node catches. */
  event?: string;
}

export interface Incident {
  id: string;
  key: string;
  token: string;
  scope: string;
  node: string;
  code: IncidentCode;
  message: string;
  openedAtMs: number;
}

export type IncidentCode =
  | 'expression-failed'
  | 'expression-too-costly'
  | 'no-branch-true'
  | 'connector-failed'
  | 'nobody-to-assign'
  | 'error-not-caught'
  | 'too-many-steps'
  | 'too-many-instances'
  | 'too-many-tokens'
  | 'value-too-large'
  | 'value-invalid'
  | 'call-too-deep'
  | 'engine-error';
