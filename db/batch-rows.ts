import type { JsonObject } from '../engine/json';
import type {
  EngineRecord,
  IncidentSnapshot,
  InstanceSnapshot,
  RecordBatch,
  SubscriptionSnapshot,
  TaskSnapshot,
} from '../engine/runtime/records';

/** The rows that a batch leaves: the last snapshot of each key, variables merged by name. */
export interface BatchRows {
  instances: Map<string, InstanceSnapshot>;
  tasks: Map<string, TaskSnapshot>;
  incidents: Map<string, IncidentSnapshot>;
  subscriptions: Map<string, SubscriptionSnapshot>;
  /** Scope key to the variables that were set, with the process instance that the scope belongs to. */
  variables: Map<string, { instanceKey: string; values: JsonObject }>;
  copies: TaskCopy[];
}

/** Somebody to whom a task was shown: `user:li@tianhe`, `role:finance`. */
interface TaskCopy {
  taskKey: string;
  recipient: string;
  by: string;
  atMs: number;
}

/** Folds the records of one batch. */
export function foldBatch(batch: RecordBatch): BatchRows {
  const rows: BatchRows = {
    instances: new Map(),
    tasks: new Map(),
    incidents: new Map(),
    subscriptions: new Map(),
    variables: new Map(),
    copies: [],
  };
  for (const record of batch.records) {
    if ('instance' in record) rows.instances.set(record.instance.key, record.instance);
    if ('task' in record) rows.tasks.set(record.task.key, record.task);
    if ('incident' in record) rows.incidents.set(record.incident.key, record.incident);
    if ('subscription' in record) rows.subscriptions.set(record.subscription.key, record.subscription);
    if (record.type === 'variablesSet' || record.type === 'instanceStarted') {
      const { instanceKey } = record;
      const scopeKey = (record.type === 'variablesSet' ? record.scopeKey : undefined) ?? instanceKey;
      rows.variables.set(scopeKey, { instanceKey, values: { ...rows.variables.get(scopeKey)?.values, ...record.variables } });
    }
    if (record.type === 'taskCopied') rows.copies.push(...copiesOf(record));
  }
  return rows;
}

function copiesOf(record: Extract<EngineRecord, { type: 'taskCopied' }>): TaskCopy[] {
  const recipients = [...record.users.map((user) => `user:${user}`), ...record.roles.map((role) => `role:${role}`)];
  return recipients.map((recipient) => ({ taskKey: record.taskKey, recipient, by: record.actor, atMs: record.atMs }));
}

/** Who sees an open, unclaimed task in their list: `role:clerk`, `user:li@tianhe`. */
export function candidatesOf(task: TaskSnapshot): string[] {
  if (task.state !== 'CREATED' || task.assignee !== null) return [];
  const allowed = (user: string): boolean => !task.excludedUsers.includes(user);
  if (task.onlyUsers != null) return task.onlyUsers.filter(allowed).map((user) => `user:${user}`);
  const users = task.candidateUsers.filter(allowed);
  return [...new Set([...task.candidateGroups.map((role) => `role:${role}`), ...users.map((user) => `user:${user}`)])];
}

/** RFC 3339 in UTC, which `timestamptz` reads. */
export function isoOf(ms: number): string;
export function isoOf(ms: number | null): string | null;
export function isoOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
