import type { JsonObject } from '../../engine/json';

/** The hand-written workflow and what it answers to; the load generator knows it by these names alone. */
export const ORDER_WORKFLOW = 'orderCase';
export const COMPLETE_TASK_UPDATE = 'completeTask';
export const HAND_WRITTEN_TASK_QUEUE = 'hand-written';
/** A namespace of its own, so that the engine's archive of histories does not meet the other workflows. */
export const HAND_WRITTEN_NAMESPACE = 'hand-written';

export interface OrderInput {
  dealership: string;
  startedBy: string;
  variables: JsonObject;
}

export interface CompleteTask {
  taskKey: string;
  user: string;
  data: JsonObject;
}

/** What one step of a case leaves in PostgreSQL: written in one transaction, before anybody is told. */
export interface RowBatch {
  caseId: string;
  dealership: string;
  /** Counts the batches of the case; with it a repeated write changes nothing. */
  sequence: number;
  case?: { businessKey: string; state: 'ACTIVE' | 'COMPLETED'; startedBy: string; startedAt: string; endedAt: string | null };
  variables: { name: string; value: JsonObject[string] }[];
  tasks: TaskRow[];
  events: { type: string; at: string; actor: string; elementId: string | null; record: JsonObject }[];
}

export interface TaskRow {
  key: string;
  elementId: string;
  state: 'CREATED' | 'COMPLETED';
  candidateGroups: string[];
  createdAt: string;
  completedAt: string | null;
  completedBy: string | null;
}
