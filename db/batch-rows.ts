import type { JsonObject } from '../engine/json';
import type { IncidentSnapshot, InstanceSnapshot, RecordBatch, SubscriptionSnapshot, TaskSnapshot } from '../engine/runtime/records';

/** The rows that a batch leaves: the last snapshot of each key, variables merged by name. */
export interface BatchRows {
  instances: Map<string, InstanceSnapshot>;
  tasks: Map<string, TaskSnapshot>;
  incidents: Map<string, IncidentSnapshot>;
  subscriptions: Map<string, SubscriptionSnapshot>;
  /** Instance key to the variables that were set. */
  variables: Map<string, JsonObject>;
}

/** Folds the records of one batch. */
export function foldBatch(batch: RecordBatch): BatchRows {
  const rows: BatchRows = { instances: new Map(), tasks: new Map(), incidents: new Map(), subscriptions: new Map(), variables: new Map() };
  for (const record of batch.records) {
    if ('instance' in record) rows.instances.set(record.instance.key, record.instance);
    if ('task' in record) rows.tasks.set(record.task.key, record.task);
    if ('incident' in record) rows.incidents.set(record.incident.key, record.incident);
    if ('subscription' in record) rows.subscriptions.set(record.subscription.key, record.subscription);
    if (record.type === 'variablesSet' || record.type === 'instanceStarted') {
      rows.variables.set(record.instanceKey, { ...rows.variables.get(record.instanceKey), ...record.variables });
    }
  }
  return rows;
}

/** Who sees an open, unclaimed task in their list: `role:clerk`, `user:li@tianhe`. */
export function candidatesOf(task: TaskSnapshot): string[] {
  if (task.state !== 'CREATED' || task.assignee !== null) return [];
  const users = task.candidateUsers.filter((user) => !task.excludedUsers.includes(user));
  return [...new Set([...task.candidateGroups.map((role) => `role:${role}`), ...users.map((user) => `user:${user}`)])];
}

/** RFC 3339 in UTC, which `timestamptz` reads. */
export function isoOf(ms: number): string;
export function isoOf(ms: number | null): string | null;
export function isoOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
