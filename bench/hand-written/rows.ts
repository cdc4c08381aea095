import type { Pool } from 'pg';
import type { RowBatch } from './messages';

/** Tables with the rows, keys and indexes that the engine keeps for a case, without its intents and row-level security. */
export const tables = `
create table order_case (
  case_id text collate "C" primary key, dealership_id text not null, business_key text not null, state text not null,
  started_at timestamptz not null, started_by text not null, ended_at timestamptz, applied_sequence integer not null
) with (fillfactor = 85);
create index order_case_by_start on order_case (dealership_id, started_at desc, case_id desc);
create index order_case_by_business_key on order_case (dealership_id, business_key);
create table variable (
  case_id text collate "C" not null, name text not null, dealership_id text not null, value jsonb not null, primary key (case_id, name)
);
create table user_task (
  task_key text collate "C" primary key, dealership_id text not null, case_id text collate "C" not null, element_id text not null,
  state text not null, candidate_groups text[] not null, created_at timestamptz not null, completed_at timestamptz, completed_by text
);
create index user_task_open on user_task (dealership_id, created_at, task_key) where state = 'CREATED';
create index user_task_by_case on user_task (case_id);
create table task_candidate (
  task_key text collate "C" not null, candidate text not null, dealership_id text not null, created_at timestamptz not null,
  primary key (task_key, candidate)
);
create index task_candidate_by_creation on task_candidate (dealership_id, candidate, created_at, task_key);
create table audit_event (
  case_id text collate "C" not null, sequence integer not null, position integer not null, dealership_id text not null,
  at timestamptz not null, actor text not null, type text not null, element_id text, record json not null,
  primary key (case_id, sequence, position)
);`;

const text = `
with audit as (
  insert into audit_event (case_id, sequence, position, dealership_id, at, actor, type, element_id, record)
  select $1, $2, e.position, $3, e.at, e.actor, e.type, e."elementId", e.record
  from json_to_recordset($5::json) as e(position integer, at timestamptz, actor text, type text, "elementId" text, record json)
  on conflict do nothing
), variables as (
  insert into variable (case_id, name, dealership_id, value)
  select $1, v.name, $3, coalesce(v.value, 'null') from jsonb_to_recordset($6::jsonb) as v(name text, value jsonb)
  on conflict (case_id, name) do update set value = excluded.value
), tasks as (
  insert into user_task (task_key, dealership_id, case_id, element_id, state, candidate_groups, created_at, completed_at, completed_by)
  select t.key, $3, $1, t."elementId", t.state, t."candidateGroups", t."createdAt", t."completedAt", t."completedBy"
  from json_to_recordset($4::json) as t(key text, "elementId" text, state text, "candidateGroups" text[], "createdAt" timestamptz,
    "completedAt" timestamptz, "completedBy" text)
  on conflict (task_key) do update set state = excluded.state, completed_at = excluded.completed_at, completed_by = excluded.completed_by
), candidates as (
  insert into task_candidate (task_key, candidate, dealership_id, created_at)
  select t.key, 'role:' || g.name, $3, t."createdAt"
  from json_to_recordset($4::json) as t(key text, state text, "candidateGroups" text[], "createdAt" timestamptz), unnest(t."candidateGroups") as g(name)
  where t.state = 'CREATED' on conflict do nothing
), gone as (
  delete from task_candidate old using json_to_recordset($4::json) as t(key text, state text)
  where old.task_key = t.key and t.state <> 'CREATED'
), moved as (
  update order_case set applied_sequence = $2 where case_id = $1 and $7::json is null
)
insert into order_case (case_id, dealership_id, business_key, state, started_at, started_by, ended_at, applied_sequence)
select $1, $3, c."businessKey", c.state, c."startedAt", c."startedBy", c."endedAt", $2
from json_to_record(coalesce($7::json, '{}')) as c("businessKey" text, state text, "startedAt" timestamptz, "startedBy" text, "endedAt" timestamptz)
where $7::json is not null
on conflict (case_id) do update set state = excluded.state, ended_at = excluded.ended_at, applied_sequence = excluded.applied_sequence`;

/** Writes one batch in one statement, which is its own transaction. Repeated, it changes nothing. */
export async function writeBatch(pool: Pool, batch: RowBatch): Promise<void> {
  const values = [
    batch.caseId,
    batch.sequence,
    batch.dealership,
    JSON.stringify(batch.tasks),
    JSON.stringify(batch.events.map((event, position) => ({ ...event, position }))),
    JSON.stringify(batch.variables),
    batch.case === undefined ? null : JSON.stringify(batch.case),
  ];
  await pool.query({ name: 'write-batch', text, values });
}

/** The open tasks of a case. */
export async function listOpenTasks(pool: Pool, caseId: string): Promise<{ key: string; elementId: string }[]> {
  const { rows } = await pool.query({
    name: 'open-tasks',
    text: `select task_key as key, element_id as "elementId" from user_task where case_id = $1 and state = 'CREATED' order by task_key`,
    values: [caseId],
  });
  return rows;
}
