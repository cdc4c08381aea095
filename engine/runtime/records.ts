import type { Json, JsonObject } from '../json';
import type { IncidentCode } from './instance-state';

/**
 * What a transition did, in order: the audit log's events and, by their snapshots, the rows of the projection. The rows of a case are the
 * fold of its records: for each table the last snapshot of a key wins, and variables are merged by name.
 */
export type EngineRecord = RecordHead & RecordBody;

interface RecordHead {
  atMs: number;
  /** The user, or `system` where a timer, connector or message caused it. */
  actor: string;
  /** The process instance that it concerns (a called process has its own key). */
  instanceKey: string;
  /** The step, where there is one. */
  elementId?: string;
}

export type RecordBody =
  | { type: 'instanceStarted'; instance: InstanceSnapshot; variables: JsonObject }
  | { type: 'instanceCompleted'; instance: InstanceSnapshot }
  | { type: 'instanceCanceled'; instance: InstanceSnapshot; reason: string | null }
  | { type: 'instanceTerminated'; instance: InstanceSnapshot }
  /** `scopeKey`: a sub-process or one instance of a repeated activity has variables of its own; absent: the process instance's. */
  | { type: 'variablesSet'; variables: JsonObject; scopeKey?: string }
  /** An exclusive gateway chose `flowId`; `branch` is the branch's id as written. */
  | { type: 'branchTaken'; flowId: string }
  | { type: 'elementCompleted'; kind: string }
  | { type: 'taskOpened'; task: TaskSnapshot }
  | { type: 'taskAssigned'; task: TaskSnapshot; previousAssignee: string | null }
  | { type: 'taskUnassigned'; task: TaskSnapshot; previousAssignee: string | null }
  /** `signing`: the task is one signature of several; the step itself is not done. */
  | { type: 'taskCompleted'; task: TaskSnapshot; data: JsonObject; signature?: true }
  | { type: 'taskCanceled'; task: TaskSnapshot }
  /** `rule` is that of the definition, or `person`. */
  | { type: 'taskUrged'; task: TaskSnapshot; rule: string; message?: string | null }
  | { type: 'taskTransferred' | 'taskDelegated'; task: TaskSnapshot; previousAssignee: string | null }
  /** A delegated task came back to its owner with what the delegate entered. */
  | { type: 'taskHandedBack'; task: TaskSnapshot; outcome: string | null; data: JsonObject }
  | { type: 'taskReturned'; task: TaskSnapshot; target: string; reason: string | null }
  /** A completed task was taken back by who had done it. */
  | { type: 'taskWithdrawn'; taskKey: string }
  /** A pause has moved its due date. */
  | { type: 'taskRescheduled'; task: TaskSnapshot }
  | { type: 'taskCopied'; taskKey: string; users: string[]; roles: string[] }
  | { type: 'signerAdded' | 'signerRemoved'; taskKey: string | null; user: string; place: 'before' | 'beside' | 'after' | null }
  | { type: 'signingDecided'; outcome: string | null; agreed: number; weight: number }
  | { type: 'caseSuspended'; instance: InstanceSnapshot; reason: string | null }
  | { type: 'caseResumed'; instance: InstanceSnapshot }
  /** A repeated activity has ended; its instances have records of their own. */
  | { type: 'loopCompleted'; completed: number; terminated: number }
  | { type: 'instanceAdded' | 'instanceRemoved'; index: number; item: Json }
  | { type: 'messagePublished'; messageId: string; name: string; correlationKey: string; variables: JsonObject }
  | { type: 'signalThrown'; name: string; variables: JsonObject }
  | { type: 'signalReceived'; subscription: SubscriptionSnapshot; signalId: string; variables: JsonObject }
  | { type: 'escalationThrown'; code: string; caught: boolean }
  | { type: 'compensationThrown'; activities: string[] }
  | { type: 'detachedStarted'; key: string; process: string }
  | { type: 'decisionMade'; decision: string; inputs: JsonObject; rules: number[]; output: Json }
  | { type: 'taskEscalated'; task: TaskSnapshot; rule: string; roles: string[] }
  | { type: 'connectorInvoked'; jobId: string; connector: string; idempotencyKey: string; input: JsonObject }
  | { type: 'connectorSucceeded'; jobId: string; output: Json }
  | { type: 'connectorFailed'; jobId: string; message: string; errorCode: string | null }
  | { type: 'connectorCanceled'; jobId: string }
  | { type: 'timerFired'; timerId: string; dueAtMs: number }
  | { type: 'messageSubscribed'; subscription: SubscriptionSnapshot }
  | { type: 'messageUnsubscribed'; subscription: SubscriptionSnapshot }
  | { type: 'messageReceived'; subscription: SubscriptionSnapshot; messageId: string; variables: JsonObject }
  | { type: 'errorThrown'; code: string; message: string }
  | { type: 'incidentOpened'; incident: IncidentSnapshot }
  | { type: 'incidentResolved'; incident: IncidentSnapshot }
  | { type: 'factIgnored'; fact: string; reason: string };

export interface InstanceSnapshot {
  key: string;
  processId: string;
  model: string;
  businessKey: string;
  /** Absent in a root instance. */
  parentKey: string | null;
  rootKey: string;
  state: 'ACTIVE' | 'SUSPENDED' | 'COMPLETED' | 'CANCELED' | 'TERMINATED';
  startedAtMs: number;
  startedBy: string;
  endedAtMs: number | null;
  /** Name of the end reached. */
  end: string | null;
}

export interface TaskSnapshot {
  key: string;
  elementId: string;
  instanceKey: string;
  processId: string;
  /** Hash of the model: where form, outcomes and titles are found. */
  model: string;
  businessKey: string;
  state: 'CREATED' | 'COMPLETED' | 'CANCELED';
  assignee: string | null;
  candidateGroups: string[];
  candidateUsers: string[];
  excludedUsers: string[];
  priority: number;
  createdAtMs: number;
  dueAtMs: number | null;
  completedAtMs: number | null;
  completedBy: string | null;
  outcome: string | null;
  urgedCount: number;
  escalatedTo: string[];
  /** Whose names are looked up, the innermost scope first, the process instance last. */
  scopeKeys: string[];
  followUpAtMs: number | null;
  /** In whose name it was completed, where one acted for another. */
  completedFor: string | null;
  onlyUsers: string[] | null;
  /** The owner of a delegated task, while the delegate has it. */
  delegatedBy: string | null;
}

export interface SubscriptionSnapshot {
  key: string;
  instanceKey: string;
  elementId: string;
  name: string;
  /** Null at a signal. */
  correlationKey: string | null;
  open: boolean;
}

export interface IncidentSnapshot {
  key: string;
  instanceKey: string;
  elementId: string;
  code: IncidentCode;
  message: string;
  state: 'ACTIVE' | 'RESOLVED';
  openedAtMs: number;
  resolvedAtMs: number | null;
  resolvedBy: string | null;
}

/** The records of one transition, numbered by (root instance, sequence): written in one transaction, idempotent. */
export interface RecordBatch {
  rootKey: string;
  dealership: string;
  sequence: number;
  records: EngineRecord[];
}
