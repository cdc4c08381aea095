import type { Json, JsonObject } from '../engine/json';
import type { Actor, EngineCommand, EngineRequest } from '../engine/runtime/events';
import type { InstanceState } from '../engine/runtime/instance-state';
import type { ModelClosure } from '../engine/runtime/process-model';
import type { RecordBatch } from '../engine/runtime/records';

/** Names of what a case workflow answers to. The workflow type is the process id, the workflow id `dealership:process:businessKey`. */
export const ACT_UPDATE = 'act';
export const BEGIN_UPDATE = 'begin';
export const JOURNAL_QUERY = 'journal';
export const STATE_QUERY = 'state';
/** Query: the state with the closure of models that the case runs with. */
export const INSPECT_QUERY = 'inspect';
/** Query: the sequence of the batch that the Update of an id made, in this run or an earlier one; null where none is remembered. */
export const OUTCOME_QUERY = 'outcome';
/** Update of a rehearsed case: a connector's answer; gives whether one waited for it. */
export const ANSWER_UPDATE = 'answer';
/** Update of a rehearsed case: how far its clock may go, and that it has gone there. Gives its time, in milliseconds since the epoch. */
export const CLOCK_UPDATE = 'clock';

/** The answer of the inspect query. */
export interface InspectedCase {
  state: InstanceState;
  closure: ModelClosure;
}

/** What somebody who rehearses a case lets the connector of a step answer: its output, a BPMN error, or that all its attempts are spent. */
export interface RehearsedAnswer {
  elementId: string;
  /** Of several that wait the one with this number, the oldest first; 1 by default. */
  which?: number;
  answer: { kind: 'output'; output: Json } | { kind: 'error'; code: string; message: string } | { kind: 'failure'; message: string };
}

type Unstamped<R> = R extends { atMs: number } ? Omit<R, 'atMs'> : never;

/** A request without its time: the workflow stamps it, so that the order of times is the order of the history. */
export type CaseRequest = Unstamped<Exclude<EngineRequest, { type: 'startInstance' }>>;

export interface ActArguments {
  /** The Update's own id, and the key under which the outcome is remembered beyond continue-as-new. */
  id: string;
  request: CaseRequest;
  /** The instance that the caller means: a workflow id may be reused by a later instance with the same business key. */
  instanceKey: string;
  /** What the caller saw in PostgreSQL, so that the journal can forget what is written and the history holds the chain's head. */
  rows: { sequence: number; chainHead: string };
}

/**
 * The answer to a request that was applied. `batch` is to be written before the caller hears of it; it is null where the request was
 * processed in an earlier run, and then the rows with `sequence` exist or the journal has them.
 */
export interface ActOutcome {
  sequence: number;
  batch: RecordBatch | null;
}

/** Type of the failure that refuses `begin` where another running instance has the business key. */
export const BUSINESS_KEY_TAKEN = 'business-key-taken';

/** Type of the failure that puts an Update off while a run is changed for the next: to be sent again, under the same id. */
export const RUN_CHANGING = 'run-changing';

/** The answer of the journal query: batches not yet known to be written, and the state's sequence. */
export interface Journal {
  instanceKey: string;
  sequence: number;
  batches: RecordBatch[];
}

/** The first argument of a case workflow; the second is its closure of models. */
export interface CaseInput {
  instanceKey: string;
  dealership: string;
  businessKey: string;
  /** Who starts it; variables of the root process. */
  actor: Actor;
  variables: JsonObject;
  /** The triggered start event, and what came with its message or signal; absent: the none start event. */
  trigger?: { node: string; variables: JsonObject };
  /** Who writes the first batch: `caller` takes it from the `begin` Update, `self` is the case. */
  firstBatch: 'caller' | 'self';
  /** Updates after which a run is continued as a new one; the server's own suggestion counts as well. */
  updatesPerRun: number;
  /** Set for cases that were begun since their history holds each batch that they write themselves, also where somebody else was faster. */
  ownInHistory?: true;
  /** How long a run that has grown long waits for its running connectors before the next run takes them over. */
  connectorGraceMs: number;
  /**
   * Set on a server of virtual time: connectors wait for the Update `answer` unless `calls` says that they are called, and the case's clock, which
   * shows this time when the run begins, stands still but for its timers and the Update `clock`.
   */
  rehearsal?: Rehearsed;
  /** Set from the second run on. */
  resumed?: ResumedRun;
}

/** What a run hands to the next. Its rows are all written. */
interface ResumedRun {
  runNumber: number;
  state: InstanceState;
  /** Update ids with the sequence of their batch, the oldest first. */
  processed: [id: string, sequence: number][];
  /** Connectors that were still running: asked again with the same key and the attempts that are left. */
  jobs: ConnectorCall[];
  /** Errands that were not done yet: asked again, which does no harm. */
  errands?: Errand[];
}

/** What a case has done outside of itself, but for connectors: each is safe to be done twice. */
export type Errand = Extract<EngineCommand, { type: 'publishMessage' | 'broadcastSignal' | 'startDetached' | 'resolveAssignment' }>;

export type ConnectorCall = Extract<EngineCommand, { type: 'invokeConnector' }>;

/** What a case workflow returns: how it ended. */
export interface CaseResult {
  status: 'completed' | 'canceled';
  end: string | null;
}

/** The argument of every connector activity. */
export interface ConnectorArguments {
  idempotencyKey: string;
  input: JsonObject;
  /** JSON pointers to the parts of the input where the definition itself names a secret; absent: none. */
  secrets?: string[];
  dealership: string;
  instanceKey: string;
  elementId: string;
}

/** Type of the failure by which a connector throws a BPMN error; its first detail is the code. */
export const BPMN_ERROR = 'bpmn-error';

/** The activities that are no connectors: rows, archive, attempts. */
export interface SystemActivities {
  /** Writes batches in order; a gap that nobody fills in time is answered with what is missing. */
  writeRecords(address: { workflowId: string }, batches: RecordBatch[]): Promise<{ sequence: number } | { missingFrom: number }>;
  /** Archives this run's history as it is now, before it is continued as a new one. */
  archiveHistory(about: { dealership: string; instanceKey: string; runNumber: number }): Promise<void>;
  /** Attempts made by this run's activities that are still pending, by activity id. */
  pendingAttempts(): Promise<Record<string, number>>;
  /** Looks for who awaits a message and delivers it, or starts the case that it begins. */
  correlateMessage(message: MessageInput): Promise<Correlation>;
  /** Begins the publication of a message under its id; one that has begun, or ended, is left as it is. */
  publishMessage(message: Omit<MessageInput, 'expiresAtMs'> & { timeToLiveMs: number }): Promise<void>;
  /** Begins the broadcast of a signal under its id; one that has begun, or ended, is left as it is. */
  broadcastSignal(signal: SignalInput): Promise<void>;
  /** Begins the start of a case under its instance key; one that has begun, or ended, is left as it is. */
  startDetached(start: CaseStart, closure: ModelClosure): Promise<void>;
  /** Who gets a task that is distributed, out of those who may do it. */
  resolveAssignment(
    address: { dealership: string; instanceKey: string },
    question: Extract<EngineCommand, { type: 'resolveAssignment' }>,
  ): Promise<{ assignee: string | null; nobody: boolean }>;
  /** Takes down who hears a signal at this moment; gives how many there are. */
  takeSignalTargets(signal: SignalInput): Promise<number>;
  /** Tells some of those who have not been told; gives whether there may be more. One that does not wait any more is passed over. */
  tellSignalTargets(signal: SignalInput): Promise<boolean>;
  /** Starts a case, with `closure` or, without one, as the latest version of its process is. */
  startCase(start: CaseStart, closure: ModelClosure | null): Promise<CaseStarted>;
  /** Starts the case of a timer start for its nominal time, unless its calendar has the house closed that day, or of a schedule of a duty. */
  startScheduled(start: ScheduledStart | DutyStart, nominalMs: number, takenUpMs: number): Promise<CaseStarted>;
  /** Asks the conditions of starts: those that hold, and those that could not be computed. */
  askConditions(evaluation: ConditionEvaluation): Promise<AskedConditions>;
}

/** How a case is rehearsed: its clock, and whether its connectors do their work. */
export interface Rehearsed {
  clockMs: number;
  calls?: true;
}

/** A case that no person starts. Its key is given, so that however often it is asked for there is one. */
export interface CaseStart {
  dealership: string;
  processId: string;
  instanceKey: string;
  actor: Actor;
  variables: JsonObject;
  trigger?: { node: string; variables: JsonObject };
  /** The business key where the process computes none; absent: the instance key. */
  businessKey?: string;
  /** On a server of virtual time: begun by hand, whatever key its start awaits, and at another time than the server's. */
  rehearsed?: Rehearsed;
}

/** `waiting`: another running case (of this workflow) has the business key, or the process is suspended. `refused`: it can never start. */
export type CaseStarted =
  | { state: 'started' }
  | { state: 'waiting'; workflowId: string | null }
  | { state: 'refused'; code: string; reason?: string };

/** A timer start of a published process: the argument of the workflow that its Schedule starts. */
export interface ScheduledStart {
  dealership: string;
  processId: string;
  nodeId: string;
}

/** A schedule of a duty: the argument of the workflow that its Schedule starts. */
export interface DutyStart {
  dealership: string;
  scheduleId: string;
}

/** A signal on its way: the argument of its workflow, whose id is `dealership:signal:signalId`. */
export interface SignalInput {
  dealership: string;
  signalId: string;
  name: string;
  variables: JsonObject;
  actor: Actor;
  /** The case that threw it, which has heard it. */
  exceptRootKey?: string;
}

/** What has a durable workflow of its own, with an id under which it is begun once. */
export type Launched =
  | { kind: 'message'; message: MessageInput }
  | { kind: 'signal'; signal: SignalInput }
  | { kind: 'condition'; evaluation: ConditionEvaluation }
  | { kind: 'start'; start: CaseStart; closure: ModelClosure };

/** Variables over which the conditions of starts are asked: the argument of the workflow, whose id is `dealership:condition:evaluationId`. */
export interface ConditionEvaluation {
  dealership: string;
  evaluationId: string;
  variables: JsonObject;
  actor: Actor;
  /** The business key where a process computes none. */
  businessKey?: string;
  /** Only this process is asked. */
  processId?: string;
}

/** A start by a condition, and the key of the case that it begins. */
export interface ConditionStart {
  processId: string;
  nodeId: string;
  instanceKey: string;
}

/** One that holds begins no case: why, as a code. */
interface ConditionRefused {
  processId: string;
  nodeId: string;
  code: string;
}

export interface AskedConditions {
  holding: ConditionStart[];
  failed: ConditionRefused[];
}

/** What came of an evaluation. */
export interface ConditionOutcome {
  started: ConditionStart[];
  notStarted: ConditionRefused[];
}

export const CONDITION_WORKFLOW = 'conditionEvaluation';
export const SIGNAL_WORKFLOW = 'signalBroadcast';
export const STARTER_WORKFLOW = 'caseStarter';
export const SCHEDULED_WORKFLOW = 'scheduledStart';

/** A published message: the argument of its workflow, whose id is `dealership:message:messageId`. */
export interface MessageInput {
  dealership: string;
  messageId: string;
  name: string;
  correlationKey: string;
  variables: JsonObject;
  /** Milliseconds since the epoch: until then it is kept for somebody who does not await it yet. */
  expiresAtMs: number;
  actor: Actor;
}

/** `reason`: why it could not begin the case that begins with it. */
export type Correlation =
  | { state: 'CORRELATED'; processInstanceKey: string }
  | { state: 'BUFFERED' | 'EXPIRED'; processInstanceKey: null; reason?: string };

export const MESSAGE_WORKFLOW = 'messagePublication';
/** Update: the answer of the first attempt to correlate. */
export const FIRST_ATTEMPT_UPDATE = 'firstAttempt';
/** Signal: somebody awaits the message now. */
export const AWAITED_SIGNAL = 'awaited';
