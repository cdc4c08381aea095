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
  | { type: 'variablesSet'; variables: JsonObject }
  /** An exclusive gateway chose `flowId`; `branch` is the branch's id as written. */
  | { type: 'branchTaken'; flowId: string }
  | { type: 'elementCompleted'; kind: string }
  | { type: 'taskOpened'; task: TaskSnapshot }
  | { type: 'taskAssigned'; task: TaskSnapshot; previousAssignee: string | null }
  | { type: 'taskUnassigned'; task: TaskSnapshot; previousAssignee: string | null }
  | { type: 'taskCompleted'; task: TaskSnapshot; data: JsonObject }
  | { type: 'taskCanceled'; task: TaskSnapshot }
  | { type: 'taskUrged'; task: TaskSnapshot; rule: string }
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
  state: 'ACTIVE' | 'COMPLETED' | 'CANCELED' | 'TERMINATED';
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
}

export interface SubscriptionSnapshot {
  key: string;
  instanceKey: string;
  elementId: string;
  name: string;
  correlationKey: string;
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
