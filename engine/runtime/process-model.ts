import type { Calendar } from '../calendar/calendar';
import type { DecisionTable } from '../decision/decision-table';
import type { Expression, ValueType } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import type { Constraint } from './constraint';

/** A text in the languages of the product; a definition that gives one string gives it for both. */
export interface LocalizedText {
  zh: string;
  en: string;
}

/**
 * A compiled process: a flat BPMN graph. Nodes, flows and scopes are addressed by id; nothing nests, so that every BPMN model can be held:
 * a node inside a sub-process names it as its `parent`. Plain JSON, immutable, addressed by the hash of its canonical form.
 */
export interface ProcessModel {
  /** The process id, kebab-case. */
  id: string;
  title: LocalizedText;
  /** FEEL over the start variables; absent: the instance key serves as business key. */
  businessKey?: Expression;
  /** The id of the none start event; absent where every start has a trigger. */
  start?: string;
  /** Ids of the start events with a trigger (message, signal, timer, condition), in order. */
  triggeredStarts?: string[];
  /** How instances begin from the task list. Absent: only by call or by a triggered start. */
  startForm?: StartForm;
  /** Ids of the event sub-processes of the process itself, in order. */
  eventSubProcesses?: string[];
  /** Any other name is a variable of the process as well. */
  additionalVariables?: true;
  /** Variables of the process scope: declared ones and the implicit results of steps. */
  variables: Record<string, VariableDeclaration>;
  /** FEEL evaluated in the ended instance: what a call activity receives. Absent: `{ "end": <name of the end> }`. */
  result?: Expression;
  nodes: Record<string, Node>;
  flows: Record<string, Flow>;
  /** The forms that its start and its user tasks show: form id to the hash of the compiled form, so that a running case keeps its forms. */
  forms: Record<string, string>;
}

export interface StartForm {
  form: string;
  roles: string[];
  /** The variable that receives the form's data; absent: each field becomes a variable of its own name. */
  result?: string;
}

export interface VariableDeclaration {
  type: ValueType;
  default?: Json;
  /** Its JSON Schema, where something in it is marked as personal. */
  personal?: JsonObject;
  /** What its document says of it: whatever it is given is held to this, wherever that comes from. Absent for what no document declares, and in models of before. */
  constraint?: Constraint;
}

export interface Flow {
  id: string;
  from: string;
  to: string;
  /** On flows out of exclusive, inclusive and complex gateways, and on conditional flows out of activities. */
  condition?: Expression;
}

interface NodeBase {
  /** camelCase step id; generated nodes have a suffix after a dot: `prepare.join`. */
  id: string;
  title?: LocalizedText;
  /** The sub-process that holds the node; absent: the process itself. */
  parent?: string;
  /** Ids of flows, in the order of the definition. */
  incoming: string[];
  outgoing: string[];
}

interface ActivityBase extends NodeBase {
  /** Ids of the boundary events attached to this activity, in order (compensation boundary events are no nodes: see `compensation`). */
  boundary: string[];
  loop?: LoopRule;
  /** The name of a critical section of the case: of all activities that name it one at a time is at work. */
  mutex?: string;
  /** Ids of activities and events of the same scope at which everything is withdrawn when this one is done (a cancellation region). */
  cancels?: string[];
  /** Offered only while the condition is true. Lost: its work is withdrawn, and the token goes on (`skip`) or waits for it to turn true again. */
  milestone?: { condition: Expression; lost: 'skip' | 'wait' };
  /** The id of the activity that undoes this one (its compensation handler). */
  compensation?: string;
  /** It is a compensation handler: reached by compensation alone. */
  forCompensation?: true;
  /** Of conditional outgoing flows the one that is taken where no condition is true. */
  defaultFlow?: string;
  /** Variables set outside when the activity ends: evaluated in its own innermost scope (of a call: the called process). */
  output?: Record<string, Expression>;
}

/** What a loop's instances have of their own: the item, `loopCounter` (from 1), and the results of the activity itself. */
interface LoopBase {
  variables: Record<string, VariableDeclaration>;
}

export interface MultiInstanceRule extends LoopBase {
  kind: 'multiInstance';
  mode: 'parallel' | 'sequential';
  /** A list (null counts as empty), or how many. Exactly one is there. */
  collection?: Expression;
  count?: Expression;
  /** The name of the item in each instance. */
  as?: string;
  /**
   * Asked in an instance's scope when that has completed; true ends the activity. It also reads `numberOfInstances`,
   * `numberOfActiveInstances`, `numberOfCompletedInstances` and `numberOfTerminatedInstances` (BPMN 2.0, table 10.31).
   */
  until?: Expression;
  /** What happens to the instances that are left when `until` is true: withdrawn, or they go on without effect beside what follows. */
  rest: 'cancel' | 'ignore';
  /** Variables outside, each a list: the values of the completed instances in the order of the items. */
  collect: { variable: string; value: Expression }[];
}

export interface StandardLoopRule extends LoopBase {
  kind: 'standard';
  /** Goes on while it is true; asked in the scope around the activity, `loopCounter` is the number of the last instance. */
  condition: Expression;
  test: 'before' | 'after';
  /** The greatest number of instances; beyond it the step stops with an incident. */
  maximum: number;
}

export type LoopRule = MultiInstanceRule | StandardLoopRule;

export type Node =
  /** `trigger` stands at triggered starts of a process and at the start of an event sub-process; `interrupting` only there. */
  | (NodeBase & {
      kind: 'startEvent';
      trigger?: EventTrigger;
      interrupting?: boolean;
      result?: string;
      output?: Record<string, Expression>;
    })
  /** An empty name leaves the name of the end as it is. `terminate: 'all'` ends the whole case, whatever has called its process. */
  | (NodeBase & { kind: 'endEvent'; name: string; terminate: boolean | 'all'; throws?: ThrowRule })
  | (NodeBase & { kind: 'exclusiveGateway'; defaultFlow?: string })
  | (NodeBase & { kind: 'parallelGateway' })
  | (NodeBase & { kind: 'inclusiveGateway'; defaultFlow?: string })
  /** Its flows lead to catch events and receive tasks; the first to happen is taken. */
  | (NodeBase & { kind: 'eventBasedGateway' })
  /**
   * As a join: goes on with the `need`-th arrival of a round of `of`. `rest`: later arrivals of the round are swallowed (`ignore`); as well, and
   * arrivals of the next round wait for the end of this one (`block`); the tokens that could still come are withdrawn (`cancel`). As a split: like an inclusive one.
   */
  | (NodeBase & { kind: 'complexGateway'; need: number; of: number; rest: 'ignore' | 'block' | 'cancel'; defaultFlow?: string })
  | (NodeBase & { kind: 'intermediateCatchEvent'; trigger: CatchTrigger; result?: string; output?: Record<string, Expression> })
  | (NodeBase & { kind: 'intermediateThrowEvent'; throws?: ThrowRule })
  | (NodeBase & {
      kind: 'boundaryEvent';
      attachedTo: string;
      interrupting: boolean;
      trigger: EventTrigger;
      result?: string;
      output?: Record<string, Expression>;
    })
  | ActivityNode;

export type NodeKind = Node['kind'];
export type ActivityNode =
  | TaskNode
  | UserTaskNode
  | ServiceTaskNode
  | ScriptTaskNode
  | BusinessRuleTaskNode
  | SendTaskNode
  | ReceiveTaskNode
  | CallActivityNode
  | SubProcessNode;

/** BPMN's abstract task (a manual task as well): it is done as soon as it is reached. */
interface TaskNode extends ActivityBase {
  kind: 'task';
}

export interface UserTaskNode extends ActivityBase {
  kind: 'userTask';
  assign: Assignment;
  /** The form's id; absent: the task is completed without data (an empty object). */
  form?: string;
  /** Outcome ids in order; empty: completed without one. `title` falls back to the id. */
  outcomes: { id: string; title: LocalizedText }[];
  /** The variable that receives the form's data and, where there are outcomes, the member `outcome`. */
  result: string;
  /** 0 to 100, 50 by default. */
  priority: number;
  due?: TimerRule;
  /** When the task should be looked at: shown in lists, does nothing. */
  followUp?: TimerRule;
  overdue: OverdueRule[];
  signing?: SigningRule;
  /** Where the task may be sent back to: user tasks of this or an enclosing scope. */
  return?: ReturnRule;
  mayAddSigners?: ('before' | 'beside' | 'after')[];
  /** Whether who completed it may take it back while nothing after it has begun (claimed, drafted, a connector called). */
  withdraw?: 'untilNextBegun';
  /** Who gets a copy when the task opens. */
  copy?: { roles: string[]; users: Expression[] };
  /** ISO 8601 duration that must pass between two urges by people; PT1H by default. */
  urgeEvery?: string;
  /** Whether it may be given to others: delegated (comes back), transferred (does not). Both by default. */
  mayDelegate?: boolean;
  mayTransfer?: boolean;
}

/** Who may do a task. Candidates are the union of roles and users, less `exclude`. Evaluated when the task opens. */
export interface Assignment {
  roles: string[];
  /** Each gives a user name, a list of user names, or null. */
  users: Expression[];
  /** The same; whoever is named here may neither claim nor complete the task (four eyes). */
  exclude: Expression[];
  /** Ids of user tasks: whoever did one of them in this case, or in whose name it was done, may not do this one. */
  notSameAs?: string[];
  /** Id of a user task: only who did it last in this case may do this one; where it has not been done, it does not bind. */
  sameAs?: string;
  /** Id of a user task: who did it last gets this one, if a candidate; the others stay candidates. */
  familiar?: string;
  /** The task is given to one person: in turn, or to the one with the fewest open tasks. Asked of the host. */
  distribute?: 'roundRobin' | 'shortestQueue';
  /** What happens where nobody may do it: an incident (default), an outcome signed by `system:nobody`, or other people. */
  ifNobody?: { kind: 'incident' } | { kind: 'outcome'; outcome: string | null } | { kind: 'assign'; roles: string[]; users: Expression[] };
}

/** Several people sign one task. Each user and each role of the assignment is one signer. The first outcome agrees, every other one does not. */
export interface SigningRule {
  /** all 会签, any 或签, vote 票签, sequential 依次. */
  mode: 'all' | 'any' | 'vote' | 'sequential';
  /** vote: the share of weights that has to agree, more than 0 and at most 1; half is not reached by `> 0.5`. */
  share?: string;
  /** vote: of all signers as they are now (added ones in, removed ones out), or of the votes that were cast. */
  of?: 'signers' | 'votes';
  /** vote: weights by role or user name; 1 by default. */
  weights?: Record<string, number>;
  /** Roles or user names whose disagreement decides at once. */
  veto?: string[];
  /** Decides as soon as the result is certain; else when all have signed. */
  early: boolean;
  /** vote, when all have signed and the share is reached neither by agreement nor missed: exactly half with `share: 0.5`. */
  tie: 'agree' | 'disagree';
  /** The same person as two signers: signs each time, or one signature counts for all. */
  samePerson: 'each' | 'once';
}

export interface ReturnRule {
  /** Ids of user tasks. */
  to: string[];
  /** again: everything from there on runs anew; straightBack: the target alone, then this task again. */
  after: 'again' | 'straightBack';
  /** What completed activities since then with a compensation handler mean: they are undone, or the return is refused. */
  effects: 'compensate' | 'refuse';
  /** How often this task may be sent back in one case. */
  maximum: number;
  /** In a signing: the whole signing is withdrawn, or only the signature of who sends it back waits (straightBack alone). */
  signing: 'all' | 'mine';
}

/** What happens after the due date has passed; it never takes the task away. */
export interface OverdueRule {
  id: string;
  /** ISO 8601 duration from the due date to the first time. */
  after: string | { businessDays: number };
  /** ISO 8601 duration between repetitions; absent: once. */
  every?: string;
  /** How often at most, at least 1. */
  times: number;
  /** decide: the task is completed with this outcome by the reserved actor `system:timeout`. */
  action: { kind: 'urge' } | { kind: 'escalate'; roles: string[] } | { kind: 'decide'; outcome: string | null };
}

/** What a timer means that came due while its case was suspended. */
export type SuspensionPolicy = 'skip' | 'fireOnce' | 'shift';

interface TimerBase {
  /** Id of a calendar in the closure: durations are counted in its working time. */
  calendar?: string;
  /** IANA zone; the dealership's by default. */
  timezone?: string;
  /** Default: `shift` for durations, `fireOnce` for points in time, `skip` for repetitions. */
  suspend?: SuspensionPolicy;
}

/**
 * When a timer fires: `after` a duration from now; `businessDays` of the calendar from now, at the same time of day; `at` a point in time; in a
 * `cycle` (ISO 8601 repeating interval, `R3/PT10H`); by `cron` (five fields). Each is a literal or an expression that gives one.
 */
export type TimerRule = TimerBase &
  (
    | { after: string | Expression }
    | { businessDays: number | Expression }
    | { at: string | Expression }
    | { cycle: string | Expression }
    | { cron: string | Expression }
  );

export interface MessageRule {
  name: string | Expression;
  key: Expression;
}

/** A message that a step publishes. */
export interface OutgoingMessage {
  name: string | Expression;
  key: Expression;
  variables: Record<string, Expression | { literal: Json }>;
  /** ISO 8601 duration for which it is kept where nobody awaits it; PT0S by default: lost. */
  timeToLive: string;
}

export type CatchTrigger =
  | { kind: 'timer'; timer: TimerRule }
  | { kind: 'message'; message: MessageRule }
  | { kind: 'condition'; condition: Expression }
  | { kind: 'signal'; name: string | Expression }
  /** The target of link throw events of the same name in the same scope. */
  | { kind: 'link'; name: string };

/**
 * What boundary events and starts react to. An `error` without a code catches every error that no nearer handler names, an `escalation` without
 * one every escalation. `cancel` stands at a transaction; `compensation` at an event sub-process.
 */
export type EventTrigger =
  | CatchTrigger
  | { kind: 'error'; code?: string }
  | { kind: 'escalation'; code?: string }
  | { kind: 'cancel' }
  | { kind: 'compensation' };

/** What a throw or an end event throws. */
export type ThrowRule =
  | { kind: 'error'; code: string | Expression; message?: Expression }
  | { kind: 'escalation'; code: string | Expression }
  | { kind: 'signal'; name: string | Expression; variables: Record<string, Expression | { literal: Json }> }
  | { kind: 'message'; message: OutgoingMessage }
  /** Undoes one activity, or everything of the scope; the event waits for it. */
  | { kind: 'compensation'; activity?: string }
  | { kind: 'link'; name: string }
  /** Only at an end of a transaction. */
  | { kind: 'cancel' };

export interface ServiceTaskNode extends ActivityBase {
  kind: 'serviceTask';
  connector: string;
  input: Record<string, Expression | { literal: Json }>;
  /** JSON pointers to the parts of `input` that name a secret, as the document does it itself; absent: none. */
  secrets?: string[];
  /** The variable that receives the connector's output. */
  result: string;
  retry: RetryRule;
  /** ISO 8601 durations. `attempt` bounds one try (default PT30S), `total` all tries with their pauses (default P1D). */
  timeout: { attempt: string; total: string; heartbeat?: string };
}

/** Temporal's retry policy in ISO 8601 durations. */
export interface RetryRule {
  initial: string;
  factor: number;
  max: string;
  /** Tries in all, at least 1. */
  attempts: number;
}

export interface ScriptTaskNode extends ActivityBase {
  kind: 'scriptTask';
  /** Evaluated in order; a later one sees what an earlier one set. */
  set: { variable: string; value: Expression }[];
}

export interface BusinessRuleTaskNode extends ActivityBase {
  kind: 'businessRuleTask';
  decision: DecisionTable;
  /** The decision's inputs by name, evaluated in the process. */
  input: Record<string, Expression | { literal: Json }>;
  result: string;
}

interface SendTaskNode extends ActivityBase {
  kind: 'sendTask';
  message: OutgoingMessage;
}

interface ReceiveTaskNode extends ActivityBase {
  kind: 'receiveTask';
  message: MessageRule;
  result: string;
}

export interface CallActivityNode extends ActivityBase {
  kind: 'callActivity';
  /** The id of the called process; its model is found in the closure that the instance was started with. */
  process: string;
  /** Which version: the latest when the case starts (default), the one published together with this process, or a numbered one. */
  binding?: { kind: 'latest' } | { kind: 'deployment'; model: string } | { kind: 'version'; version: number };
  /** Starts a case of its own and goes on at once. */
  detached?: true;
  /** All variables go in, come out, or both, by their names, where the other process declares them or takes any. */
  allVariables?: 'in' | 'out' | 'both';
  /** Variables of the called process by name. */
  input: Record<string, Expression | { literal: Json }>;
  /** The variable that receives the called process's result. */
  result: string;
}

export interface SubProcessNode extends ActivityBase {
  kind: 'subProcess';
  /** `event`: an event sub-process, started by its start event's trigger; it has no flows of its own. */
  variant: 'embedded' | 'transaction' | 'adHoc' | 'event';
  /** Where its tokens begin: its none start event, or (without any start event) every node without an incoming flow. Of an event sub-process its start event. */
  entries: string[];
  eventSubProcesses: string[];
  /** Its own variables: they shadow those of enclosing scopes. */
  variables: Record<string, VariableDeclaration>;
  /** Own variables that are set when it begins, evaluated outside. */
  input: Record<string, Expression | { literal: Json }>;
  adHoc?: AdHocRule;
}

export interface AdHocRule {
  /** sequential: of its steps one at a time is at work. */
  ordering: 'parallel' | 'sequential';
  /** `all`: every entry begins by itself; `byHand`: people start what they see fit; an expression: a list of ids of entries that begin. */
  activate: 'all' | 'byHand' | Expression;
  /** Asked after each of its activities; true ends it. Absent: it ends when nothing is open (`byHand`: when people end it). */
  until?: Expression;
  /** Whether what is open is withdrawn when `until` is true; else it is waited for. */
  cancelRemaining: boolean;
}

/**
 * Everything that one case needs, bound when it starts and carried in its history: the models of the process and of every process that it
 * may call, and the dealership's settings as they were.
 */
export interface ModelClosure {
  /** Hash of the model that the case begins with. */
  root: string;
  /** Process id to hash; with a pinned version `<process id>@<version>` to hash. */
  processes: Record<string, string>;
  /** Hash (sha-256, hex, of the canonical JSON) to model. */
  models: Record<string, ProcessModel>;
  /** The dealership's settings, read in FEEL as `settings`, and their type. */
  settings: Json;
  settingsType: ValueType;
  /** IANA time zone of the dealership. */
  timezone: string;
  /** The calendars that the models name, by id. */
  calendars?: Record<string, Calendar>;
}
