import type { JsonObject } from '../json';

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
  scopes: Record<string, ScopeInstance>;
  tokens: Record<string, Token>;
  tasks: Record<string, UserTask>;
  jobs: Record<string, ConnectorJob>;
  timers: Record<string, Timer>;
  subscriptions: Record<string, MessageSubscription>;
  incidents: Record<string, Incident>;
}

/** A running process: the root, or a called one inside its caller. */
export interface ScopeInstance {
  id: string;
  /** Key of this process instance: the case's own for the root. */
  instanceKey: string;
  /** Hash of its model in the closure. */
  model: string;
  processId: string;
  businessKey: string;
  startedAtMs: number;
  /** The calling token, absent in the root. */
  caller?: string;
  variables: JsonObject;
  /** Name of the end that was reached last. */
  end?: string;
}

/**
 * A token stands at a node. `ready`: will be executed in this transition; `waiting`: for a task, job, timer, message, condition or called
 * process; `joining`: at a parallel gateway for its siblings; `incident`: stopped until somebody resolves the incident.
 */
export interface Token {
  id: string;
  scope: string;
  node: string;
  status: 'ready' | 'waiting' | 'joining' | 'incident';
  /** The flow by which it came; absent at a start or boundary event. */
  via?: string;
  /** At an activity: its boundary events are armed. A step that is tried again after an incident must not arm them twice. */
  armed?: true;
  /** At a service task that stopped with an incident: the key of its attempts, which the next ones keep. */
  idempotencyKey?: string;
  /** At an activity: boundary events with a condition that has not turned true yet. */
  conditions?: string[];
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
}

export interface ConnectorJob {
  id: string;
  token: string;
  scope: string;
  node: string;
  idempotencyKey: string;
}

/** `purpose` says what a timer that fires means. */
export interface Timer {
  id: string;
  dueAtMs: number;
  token: string;
  purpose: { kind: 'catch' } | { kind: 'boundary'; node: string } | { kind: 'overdue'; task: string; rule: string; fired: number };
}

export interface MessageSubscription {
  id: string;
  key: string;
  name: string;
  correlationKey: string;
  token: string;
  /** The boundary event, where the subscription belongs to one; else the token's own node catches. */
  boundary?: string;
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
  | 'value-too-large'
  | 'call-too-deep'
  | 'engine-error';
