import type { Expression, ValueType } from '../feel/expression';
import type { Json } from '../json';

/** A text in the languages of the product; a definition that gives one string gives it for both. */
export interface LocalizedText {
  zh: string;
  en: string;
}

/**
 * A compiled process: a flat BPMN graph. Nodes, flows and scopes are addressed by id; nothing nests, so that every BPMN model can be held.
 * Plain JSON, immutable, addressed by the hash of its canonical form.
 */
export interface ProcessModel {
  /** The process id, kebab-case. */
  id: string;
  title: LocalizedText;
  /** FEEL over the start variables; absent: the instance key serves as business key. */
  businessKey?: Expression;
  /** The id of the only none start event. */
  start: string;
  /** How instances begin from the task list. Absent: only by call or message. */
  startForm?: StartForm;
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
}

export interface Flow {
  id: string;
  from: string;
  to: string;
  /** Only on flows out of an exclusive gateway (and later inclusive ones). */
  condition?: Expression;
}

interface NodeBase {
  /** camelCase step id; generated nodes have a suffix after a dot: `prepare.join`. */
  id: string;
  title?: LocalizedText;
  /** Ids of flows, in the order of the definition. */
  incoming: string[];
  outgoing: string[];
}

interface ActivityBase extends NodeBase {
  /** Ids of the boundary events attached to this activity, in order. */
  boundary: string[];
}

export type Node =
  | (NodeBase & { kind: 'startEvent' })
  /** An empty name leaves the name of the end as it is. */
  | (NodeBase & { kind: 'endEvent'; name: string; terminate: boolean })
  | (NodeBase & { kind: 'exclusiveGateway'; defaultFlow?: string })
  | (NodeBase & { kind: 'parallelGateway' })
  | (NodeBase & { kind: 'intermediateCatchEvent'; trigger: CatchTrigger; result?: string })
  | (NodeBase & { kind: 'boundaryEvent'; attachedTo: string; interrupting: boolean; trigger: BoundaryTrigger; result?: string })
  | UserTaskNode
  | ServiceTaskNode
  | ScriptTaskNode
  | CallActivityNode;

export type NodeKind = Node['kind'];
export type ActivityNode = UserTaskNode | ServiceTaskNode | ScriptTaskNode | CallActivityNode;

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
  overdue: OverdueRule[];
}

/** Who may do a task. Candidates are the union of roles and users, less `exclude`. Evaluated when the task opens. */
export interface Assignment {
  roles: string[];
  /** Each gives a user name, a list of user names, or null. */
  users: Expression[];
  /** The same; whoever is named here may neither claim nor complete the task (four eyes). */
  exclude: Expression[];
}

/** What happens after the due date has passed; it never takes the task away. */
export interface OverdueRule {
  id: string;
  /** ISO 8601 duration from the due date to the first time. */
  after: string;
  /** ISO 8601 duration between repetitions; absent: once. */
  every?: string;
  /** How often at most, at least 1. */
  times: number;
  action: { kind: 'urge' } | { kind: 'escalate'; roles: string[] };
}

/** When a timer fires: `after` a duration from now, or `at` a point in time. Each is an ISO 8601 literal or an expression that gives one. */
export type TimerRule = { after: string | Expression } | { at: string | Expression };

export interface MessageRule {
  name: string;
  key: Expression;
}

export type CatchTrigger =
  | { kind: 'timer'; timer: TimerRule }
  | { kind: 'message'; message: MessageRule }
  | { kind: 'condition'; condition: Expression };

/** An `error` without a code catches every error that no nearer handler names. */
export type BoundaryTrigger = CatchTrigger | { kind: 'error'; code?: string };

export interface ServiceTaskNode extends ActivityBase {
  kind: 'serviceTask';
  connector: string;
  input: Record<string, Expression | { literal: Json }>;
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

export interface CallActivityNode extends ActivityBase {
  kind: 'callActivity';
  /** The id of the called process; its model is found in the closure that the instance was started with. */
  process: string;
  /** Variables of the called process by name. */
  input: Record<string, Expression | { literal: Json }>;
  /** The variable that receives the called process's result. */
  result: string;
}

/**
 * Everything that one case needs, bound when it starts and carried in its history: the models of the process and of every process that it
 * may call, and the dealership's settings as they were.
 */
export interface ModelClosure {
  /** Hash of the model that the case begins with. */
  root: string;
  /** Process id to hash. */
  processes: Record<string, string>;
  /** Hash (sha-256, hex, of the canonical JSON) to model. */
  models: Record<string, ProcessModel>;
  /** The dealership's settings, read in FEEL as `settings`, and their type. */
  settings: Json;
  settingsType: ValueType;
  /** IANA time zone of the dealership. */
  timezone: string;
}
