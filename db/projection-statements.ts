import type { Statement } from './database';

/** Locks the case against other writers and tells what is written of it. */
export const lockCase: Statement = {
  name: 'lock-case',
  text: `select applied_sequence as sequence, encode(chain_head, 'hex') as head from process_instance where instance_key = $1 for update`,
};

/** Makes the row of a root instance that nobody has written yet; whoever comes second gets no row back and then waits for the lock. */
export const claimCase: Statement = {
  name: 'claim-case',
  text: `insert into process_instance (instance_key, dealership_id, root_key, process_id, model_hash, business_key, workflow_id, state,
      started_at, started_by, applied_sequence, chain_head)
    values ($1, $2, $1, $3, $4, $5, $6, 'ACTIVE', $7, $8, 0, decode($9, 'hex'))
    on conflict (instance_key) do nothing returning instance_key`,
};

/**
 * All rows of a batch in one statement. The parts read nothing of each other; candidates that stay are updated and the others deleted, so the
 * order in which PostgreSQL runs the parts does not matter.
 */
export const writeBatch: Statement = {
  name: 'write-batch',
  text: `
with audit as (
  insert into audit_event (root_key, sequence, position, dealership_id, instance_key, at, actor, type, element_id, record, prev_hash, hash)
  select $1::text, $3::integer, e.position, $2::text, e."instanceKey", e.at, e.actor, e.type, e."elementId", e.record::json,
    decode(e."prevHash", 'hex'), decode(e.hash, 'hex')
  from json_to_recordset($6::json) as e(position integer, "instanceKey" text, at timestamptz, actor text, type text, "elementId" text, record text,
    "prevHash" text, hash text)
), head as (
  update process_instance set applied_sequence = $3::integer, chain_head = decode($4::text, 'hex')
  where instance_key = $1::text and not exists (select from json_to_recordset($7::json) as i("instanceKey" text) where i."instanceKey" = $1::text)
), instances as (
  insert into process_instance (instance_key, dealership_id, root_key, parent_key, process_id, model_hash, business_key, workflow_id, state,
    started_at, started_by, ended_at, end_name, applied_sequence, chain_head)
  select i."instanceKey", $2::text, $1::text, i."parentKey", i."processId", i.model, i."businessKey", $5::text, i.state, i."startedAt", i."startedBy", i."endedAt", i."end",
    case when i."instanceKey" = $1::text then $3::integer end, case when i."instanceKey" = $1::text then decode($4::text, 'hex') end
  from json_to_recordset($7::json) as i("instanceKey" text, "parentKey" text, "processId" text, model text, "businessKey" text, state text,
    "startedAt" timestamptz, "startedBy" text, "endedAt" timestamptz, "end" text)
  on conflict (instance_key) do update set state = excluded.state, ended_at = excluded.ended_at, end_name = excluded.end_name,
    model_hash = excluded.model_hash, business_key = excluded.business_key,
    applied_sequence = excluded.applied_sequence, chain_head = excluded.chain_head
), variables as (
  insert into variable (scope_key, name, instance_key, dealership_id, value)
  select v.scope, v.name, v.instance, $2::text, coalesce(v.value, 'null'::jsonb)
  from jsonb_to_recordset($8::jsonb) as v(scope text, instance text, name text, value jsonb)
  on conflict (scope_key, name) do update set value = excluded.value
), tasks as (
  insert into user_task (task_key, dealership_id, root_key, instance_key, element_id, process_id, model_hash, business_key, title, state, assignee,
    candidate_groups, candidate_users, excluded_users, priority, created_at, due_at, completed_at, completed_by, outcome, urged_count, escalated_to,
    scope_keys, follow_up_at, completed_for, only_users, delegated_by, opened_sequence, changed_sequence)
  select t.key, $2::text, $1::text, t."instanceKey", t."elementId", t."processId", t.model, t."businessKey", t.title, t.state, t.assignee,
    t."candidateGroups", t."candidateUsers", t."excludedUsers", t.priority, t."createdAt", t."dueAt", t."completedAt", t."completedBy", t.outcome,
    t."urgedCount", t."escalatedTo", coalesce(t."scopeKeys", '{}'), t."followUpAt", t."completedFor", t."onlyUsers", t."delegatedBy", $3::integer, $3::integer
  from json_to_recordset($9::json) as t(key text, "instanceKey" text, "elementId" text, "processId" text, model text, "businessKey" text, title jsonb,
    state text, assignee text, "candidateGroups" text[], "candidateUsers" text[], "excludedUsers" text[], priority smallint, "createdAt" timestamptz,
    "dueAt" timestamptz, "completedAt" timestamptz, "completedBy" text, outcome text, "urgedCount" integer, "escalatedTo" text[], "scopeKeys" text[],
    "followUpAt" timestamptz, "completedFor" text, "onlyUsers" text[], "delegatedBy" text)
  on conflict (task_key) do update set state = excluded.state, assignee = excluded.assignee, candidate_groups = excluded.candidate_groups,
    candidate_users = excluded.candidate_users, excluded_users = excluded.excluded_users, priority = excluded.priority, due_at = excluded.due_at,
    completed_at = excluded.completed_at, completed_by = excluded.completed_by, outcome = excluded.outcome, urged_count = excluded.urged_count,
    escalated_to = excluded.escalated_to, scope_keys = excluded.scope_keys, follow_up_at = excluded.follow_up_at,
    completed_for = excluded.completed_for, only_users = excluded.only_users, delegated_by = excluded.delegated_by, model_hash = excluded.model_hash, element_id = excluded.element_id, changed_sequence = excluded.changed_sequence
), candidates as (
  insert into task_candidate (task_key, candidate, dealership_id, due_sort)
  select c.key, c.candidate, $2::text, coalesce(c.due, 'infinity') from json_to_recordset($10::json) as c(key text, candidate text, due timestamptz)
  on conflict (task_key, candidate) do update set due_sort = excluded.due_sort
), gone as (
  delete from task_candidate old where old.task_key = any ($11::text[])
    and not exists (select from json_to_recordset($10::json) as c(key text, candidate text) where c.key = old.task_key and c.candidate = old.candidate)
), drafts as (
  delete from task_draft d using json_to_recordset($9::json) as t(key text, state text) where d.task_key = t.key and t.state <> 'CREATED'
), copies as (
  insert into task_copy (task_key, recipient, dealership_id, root_key, copied_by, copied_at)
  select c."taskKey", c.recipient, $2::text, $1::text, c.by, c.at
  from json_to_recordset($14::json) as c("taskKey" text, recipient text, by text, at timestamptz)
  on conflict do nothing
), incidents as (
  insert into incident (incident_key, dealership_id, root_key, instance_key, element_id, code, message, state, opened_at, resolved_at, resolved_by)
  select i.key, $2::text, $1::text, i."instanceKey", i."elementId", i.code, i.message, i.state, i."openedAt", i."resolvedAt", i."resolvedBy"
  from json_to_recordset($12::json) as i(key text, "instanceKey" text, "elementId" text, code text, message text, state text, "openedAt" timestamptz,
    "resolvedAt" timestamptz, "resolvedBy" text)
  on conflict (incident_key) do update set state = excluded.state, code = excluded.code, message = excluded.message,
    resolved_at = excluded.resolved_at, resolved_by = excluded.resolved_by
)
insert into message_subscription (subscription_key, dealership_id, root_key, instance_key, workflow_id, element_id, name, correlation_key, open)
select s.key, $2::text, $1::text, s."instanceKey", $5::text, s."elementId", s.name, s."correlationKey", s.open
from json_to_recordset($13::json) as s(key text, "instanceKey" text, "elementId" text, name text, "correlationKey" text, open boolean)
on conflict (subscription_key) do update set open = excluded.open`,
};

/** The links of a batch that is already written, in order. */
export const writtenLinks: Statement = {
  name: 'written-links',
  text: `select encode(prev_hash, 'hex') as prev, encode(hash, 'hex') as hash from audit_event where root_key = $1 and sequence = $2 order by position`,
};
