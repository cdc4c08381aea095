import type { Json, JsonObject } from '../engine/json';
import type { EngineRecord } from '../engine/runtime/records';
import {
  type CaseHead,
  type HeadRow,
  headOf,
  type IncidentRow,
  type InstanceRow,
  incidentOf,
  instanceColumns,
  instanceOf,
  type StoredIncident,
  type StoredInstance,
} from './case-rows';
import { type Statement, sql, type Transaction } from './database';
import { cut, type PageRequest, seek } from './page';
import { isForPrincipal, type TaskPerson } from './task-repository';

const prefixed = instanceColumns.map((column) => `i.${column}`).join(', ');
const head = `r.workflow_id, r.applied_sequence as sequence, encode(r.chain_head, 'hex') as chain_head`;

const find: Statement = {
  name: 'instance-find',
  text: `select ${prefixed}, ${head} from process_instance i join process_instance r on r.instance_key = i.root_key where i.instance_key = $1`,
};

/** An instance with its case's head; undefined where the dealership has none of that key. */
export async function findInstance(trx: Transaction, key: string): Promise<{ instance: StoredInstance; head: CaseHead } | undefined> {
  const [row] = await trx.query<InstanceRow & HeadRow>(find, [key]);
  return row === undefined ? undefined : { instance: instanceOf(row), head: headOf(row) };
}

/** An incident with its case's head. */
export async function findIncident(trx: Transaction, key: string): Promise<{ incident: StoredIncident; head: CaseHead } | undefined> {
  const [row] = await trx.query<IncidentRow & HeadRow>(
    `select i.*, ${head} from incident i join process_instance r on r.instance_key = i.root_key where i.incident_key = $1`,
    [key],
  );
  return row === undefined ? undefined : { incident: incidentOf(row), head: headOf(row) };
}

/** An instance and, below it, those that it called, the oldest first. */
export async function listFamily(trx: Transaction, instance: StoredInstance): Promise<StoredInstance[]> {
  const rows = await trx.query<InstanceRow>(
    `select ${prefixed} from process_instance i where i.root_key = $1 order by i.started_at, i.instance_key`,
    [instance.rootKey],
  );
  const family = new Set([instance.key]);
  const all = rows.map(instanceOf);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const member of all) if (member.parentKey !== null && family.has(member.parentKey)) family.add(member.key);
  }
  return all.filter((member) => family.has(member.key));
}

/** Variables of one instance by name; those of its sub-processes and repetitions are not among them. */
export async function readVariables(trx: Transaction, instanceKey: string): Promise<JsonObject> {
  return readScopes(trx, [instanceKey]);
}

/** What names mean in nested scopes, the innermost first: a variable of an inner scope shadows the same name further out. */
export async function readScopes(trx: Transaction, scopeKeys: string[]): Promise<JsonObject> {
  const rows = await trx.query<{ name: string; value: Json }>(
    {
      name: 'scope-variables',
      text: `select distinct on (name) name, value from variable where scope_key = any ($1::text[])
        order by name, array_position($1::text[], scope_key::text)`,
    },
    [scopeKeys],
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.value]));
}

/** Incidents of instances, the oldest first; at most 500. */
export async function listIncidentsOf(trx: Transaction, instanceKeys: string[]): Promise<StoredIncident[]> {
  const rows = await trx.query<IncidentRow>(
    'select i.* from incident i where i.instance_key = any ($1::text[]) order by i.opened_at, i.incident_key limit 500',
    [instanceKeys],
  );
  return rows.map(incidentOf);
}

/** Somebody with the people for whom they act at this moment. */
export type Participant = Pick<TaskPerson, 'user' | 'roles'> & { principals: TaskPerson[] };

/** True where the person started the case, has or had a task in it, may claim one, or may do one for somebody else. */
export async function takesPart(trx: Transaction, rootKey: string, person: Participant): Promise<boolean> {
  const rows = await trx.query(
    `select from process_instance r
     where r.instance_key = $1 and (r.started_by = $2 or ${participation('r.instance_key', '$2', '$3')} or ${representation('r.instance_key', '$4')})`,
    [rootKey, person.user, person.roles, JSON.stringify(person.principals)],
  );
  return rows.length > 0;
}

function representation(rootKey: string, principals: string): string {
  return `exists (select from user_task t where t.root_key = ${rootKey} and ${isForPrincipal(principals)})`;
}

function participation(rootKey: string, user: string, roles: string): string {
  return `exists (select from user_task t where t.root_key = ${rootKey} and (${user} in (t.assignee, t.completed_by, t.completed_for, t.delegated_by)
    or (t.state = 'CREATED' and not (${user} = any (t.excluded_users)) and (${user} = any (t.candidate_users) or t.candidate_groups && ${roles}::text[]))))`;
}

export interface InstanceFilter {
  state?: StoredInstance['state'];
  processDefinitionId?: string;
  businessKey?: string;
  processInstanceKey?: string;
  parentProcessInstanceKey?: string;
  startedBy?: string;
}

/** `all`, or the instances of cases in which the person takes part. */
export type InstanceScope = { kind: 'all' } | ({ kind: 'own' } & Participant);

export type InstanceSort = { field: 'startDate'; order: 'asc' | 'desc' };

/** Instances by condition, by the time of their start. */
export async function searchInstances(
  trx: Transaction,
  dealership: string,
  scope: InstanceScope,
  filter: InstanceFilter,
  sort: InstanceSort,
  page: PageRequest,
): Promise<{ items: StoredInstance[]; hasMore: boolean }> {
  const query = sql('process_instance as i')
    .select(instanceColumns.map((column) => `i.${column}`))
    .where('i.dealership_id', dealership);
  const equal: [string, string | undefined][] = [
    ['i.state', filter.state],
    ['i.process_id', filter.processDefinitionId],
    ['i.business_key', filter.businessKey],
    ['i.instance_key', filter.processInstanceKey],
    ['i.parent_key', filter.parentProcessInstanceKey],
    ['i.started_by', filter.startedBy],
  ];
  for (const [column, value] of equal) if (value !== undefined) query.where(column, value);
  if (scope.kind === 'own') {
    query.where((own) =>
      own
        .whereIn(
          'i.root_key',
          sql('process_instance as s').select('s.instance_key').where({ 's.dealership_id': dealership, 's.started_by': scope.user }),
        )
        .orWhereRaw(participation('i.root_key', '?', '?'), [scope.user, scope.user, scope.user, scope.roles])
        .orWhereRaw(representation('i.root_key', '?'), [JSON.stringify(scope.principals)]),
    );
  }
  const keys = [
    { column: 'i.started_at', order: sort.order },
    { column: 'i.instance_key', order: sort.order },
  ];
  const { rows, hasMore } = cut(await trx.run<InstanceRow>(seek(query, keys, page)), page.limit);
  return { items: rows.map(instanceOf), hasMore };
}

/** Sort values of an instance, for the cursor of the page that ends with it. */
export function instanceCursor(instance: StoredInstance): string[] {
  return [new Date(instance.startedAtMs).toISOString(), instance.key];
}

/** One line of the audit log. */
export interface HistoryItem {
  sequence: number;
  position: number;
  hash: string;
  record: EngineRecord;
}

/** The audit log of instances of a case from behind `after`, in order. */
export async function listHistory(
  trx: Transaction,
  rootKey: string,
  instanceKeys: string[],
  page: { limit: number; after?: [sequence: number, position: number] },
): Promise<{ items: HistoryItem[]; hasMore: boolean }> {
  const [sequence, position] = page.after ?? [0, -1];
  const rows = await trx.query<HistoryItem>(
    {
      name: 'history',
      text: `select sequence, position, encode(hash, 'hex') as hash, record from audit_event
        where root_key = $1 and instance_key = any ($2::text[]) and (sequence, position) > ($3, $4) order by sequence, position limit $5`,
    },
    [rootKey, instanceKeys, sequence, position, page.limit + 1],
  );
  const { rows: items, hasMore } = cut(rows, page.limit);
  return { items, hasMore };
}

/** The records of one batch that is written, in order; empty where it is not. */
export async function readBatch(trx: Transaction, rootKey: string, sequence: number): Promise<EngineRecord[]> {
  const rows = await trx.query<{ record: EngineRecord }>(
    { name: 'batch-records', text: 'select record from audit_event where root_key = $1 and sequence = $2 order by position' },
    [rootKey, sequence],
  );
  return rows.map((row) => row.record);
}

/** How far the rows of a case are; undefined where none is written. */
export async function findHead(trx: Transaction, rootKey: string): Promise<CaseHead | undefined> {
  const [row] = await trx.query<HeadRow>(
    {
      name: 'case-head',
      text: `select r.instance_key as root_key, ${head} from process_instance r where r.instance_key = $1 and r.root_key = $1`,
    },
    [rootKey],
  );
  return row === undefined ? undefined : headOf(row);
}
