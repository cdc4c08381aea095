import type { Migration } from './index';

const roles = ['neiqin_app', 'neiqin_system']
  .map(
    (role) => `
do $$ begin
  if not exists (select from pg_roles where rolname = '${role}') then create role ${role} nologin nobypassrls; end if;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  if not pg_has_role(current_user, '${role}', 'set') then execute format('grant ${role} to %I', current_user); end if;
end $$;`,
  )
  .join('');

const tables = `
create table dealership (
  dealership_id text primary key,
  title jsonb not null,
  timezone text not null,
  roles jsonb not null default '{}',
  published_at timestamptz not null default now()
);

create table account (
  username text primary key,
  dealership_id text not null,
  password_hash text not null,
  roles text[] not null,
  disabled boolean not null default false,
  created_at timestamptz not null default now()
);
create index account_by_dealership on account (dealership_id, username);

create table session (
  token_hash bytea primary key,
  dealership_id text not null,
  username text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index session_by_expiry on session (expires_at);

create table process_definition (
  dealership_id text not null,
  process_id text not null,
  version integer not null,
  model_hash text not null,
  closure_hash text not null,
  title jsonb not null,
  model json not null,
  closure bytea not null,
  published_at timestamptz not null default now(),
  primary key (dealership_id, process_id, version)
);
create index process_definition_by_model on process_definition (dealership_id, model_hash);

create table form (
  dealership_id text not null,
  hash text not null,
  form_id text not null,
  title jsonb not null,
  schema json not null,
  shows json not null,
  published_at timestamptz not null default now(),
  primary key (dealership_id, hash)
);

create table process_instance (
  instance_key text collate "C" primary key,
  dealership_id text not null,
  root_key text collate "C" not null,
  parent_key text collate "C",
  process_id text not null,
  model_hash text not null,
  business_key text not null,
  workflow_id text not null,
  state text not null check (state in ('ACTIVE', 'COMPLETED', 'CANCELED', 'TERMINATED')),
  started_at timestamptz not null,
  started_by text not null,
  ended_at timestamptz,
  end_name text,
  applied_sequence integer,
  chain_head bytea,
  archived boolean not null default false,
  check ((instance_key = root_key) = (applied_sequence is not null)),
  check ((instance_key = root_key) = (chain_head is not null))
) with (fillfactor = 85);
create index process_instance_by_start on process_instance (dealership_id, started_at desc, instance_key desc);
create index process_instance_by_business_key on process_instance (dealership_id, business_key);
create index process_instance_by_case on process_instance (root_key);
create index process_instance_unarchived on process_instance (ended_at) where parent_key is null and ended_at is not null and not archived;

create table variable (
  instance_key text collate "C" not null,
  name text not null,
  dealership_id text not null,
  value jsonb not null,
  primary key (instance_key, name)
);

create table user_task (
  task_key text collate "C" primary key,
  dealership_id text not null,
  root_key text collate "C" not null,
  instance_key text collate "C" not null,
  element_id text not null,
  process_id text not null,
  model_hash text not null,
  business_key text not null,
  title jsonb,
  state text not null check (state in ('CREATED', 'COMPLETED', 'CANCELED')),
  assignee text,
  candidate_groups text[] not null,
  candidate_users text[] not null,
  excluded_users text[] not null,
  priority smallint not null,
  created_at timestamptz not null,
  due_at timestamptz,
  due_sort timestamptz not null generated always as (coalesce(due_at, 'infinity')) stored,
  completed_at timestamptz,
  completed_by text,
  outcome text,
  urged_count integer not null,
  escalated_to text[] not null,
  opened_sequence integer not null,
  changed_sequence integer not null
);
create index user_task_open on user_task (dealership_id, due_sort, task_key) where state = 'CREATED';
create index user_task_open_by_assignee on user_task (dealership_id, assignee, due_sort, task_key) where state = 'CREATED' and assignee is not null;
create index user_task_by_case on user_task (root_key, instance_key);
create index user_task_by_instance on user_task (instance_key);

-- Open tasks that nobody has claimed, once for each candidate ('role:clerk', 'user:li@tianhe'): a page of a group's tasks is one index walk.
create table task_candidate (
  task_key text collate "C" not null,
  candidate text not null,
  dealership_id text not null,
  due_sort timestamptz not null,
  primary key (task_key, candidate)
);
create index task_candidate_by_due on task_candidate (dealership_id, candidate, due_sort, task_key);

create table incident (
  incident_key text collate "C" primary key,
  dealership_id text not null,
  root_key text collate "C" not null,
  instance_key text collate "C" not null,
  element_id text not null,
  code text not null,
  message text not null,
  state text not null check (state in ('ACTIVE', 'RESOLVED')),
  opened_at timestamptz not null,
  resolved_at timestamptz,
  resolved_by text
);
create index incident_by_instance on incident (instance_key);
create index incident_active on incident (dealership_id, opened_at) where state = 'ACTIVE';

create table message_subscription (
  subscription_key text collate "C" primary key,
  dealership_id text not null,
  root_key text collate "C" not null,
  instance_key text collate "C" not null,
  workflow_id text not null,
  element_id text not null,
  name text not null,
  correlation_key text not null,
  open boolean not null
);
create index message_subscription_open on message_subscription (dealership_id, name, correlation_key) where open;

create table message (
  dealership_id text not null,
  message_id text not null,
  name text not null,
  correlation_key text not null,
  variables jsonb not null,
  actor jsonb not null,
  published_at timestamptz not null default now(),
  expires_at timestamptz not null,
  state text not null check (state in ('BUFFERED', 'MATCHED', 'CORRELATED', 'EXPIRED')),
  subscription_key text,
  root_key text,
  matched_at timestamptz,
  primary key (dealership_id, message_id)
);
create index message_buffered on message (dealership_id, name, correlation_key, published_at) where state = 'BUFFERED';
create index message_matched on message (matched_at) where state = 'MATCHED';

-- "record" is the canonical text that the hash was made of, byte by byte, so it is json and not jsonb.
create table audit_event (
  root_key text collate "C" not null,
  sequence integer not null,
  position integer not null,
  dealership_id text not null,
  instance_key text not null,
  at timestamptz not null,
  actor text not null,
  type text not null,
  element_id text,
  record json not null,
  prev_hash bytea not null,
  hash bytea not null,
  primary key (root_key, sequence, position)
);

create table denial (
  denial_id bigint generated always as identity primary key,
  dealership_id text not null,
  at timestamptz not null default now(),
  actor text not null,
  route text not null,
  code text not null,
  details jsonb,
  trace_id text not null
);
create index denial_by_time on denial (dealership_id, at);

create table command (
  command_id uuid primary key,
  dealership_id text not null,
  subject text not null,
  route text not null,
  idempotency_key text not null,
  fingerprint bytea not null,
  kind text not null,
  update_id text not null,
  workflow_id text not null,
  instance_key text not null,
  state text not null default 'PENDING' check (state in ('PENDING', 'DONE', 'CLOSED')),
  status smallint,
  response json,
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  next_sweep_at timestamptz not null,
  sweeps integer not null default 0,
  unique (dealership_id, subject, route, idempotency_key)
);
create index command_pending on command (next_sweep_at) where state = 'PENDING';

create table run_history (
  instance_key text collate "C" not null,
  run_id text not null,
  dealership_id text not null,
  run_number integer not null,
  events integer not null,
  sha256 bytea not null,
  content bytea not null,
  complete boolean not null,
  archived_at timestamptz not null default now(),
  primary key (instance_key, run_id, complete)
);

create table installation (
  name text primary key,
  value text not null
);
`;

const rights = `
grant usage on schema public to neiqin_app, neiqin_system;
do $$
declare
  tenant_table text;
begin
  for tenant_table in
    select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'dealership_id'
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by c.relname
  loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format($policy$create policy tenant on %I to neiqin_app
      using (dealership_id = nullif(current_setting('app.dealership', true), ''))
      with check (dealership_id = nullif(current_setting('app.dealership', true), ''))$policy$, tenant_table);
    execute format('create policy system on %I to neiqin_system using (true) with check (true)', tenant_table);
    execute format('grant select on %I to neiqin_app, neiqin_system', tenant_table);
  end loop;
end $$;
grant insert, update on process_instance, variable, user_task, incident, message_subscription, message, command to neiqin_app, neiqin_system;
grant insert, update, delete on task_candidate to neiqin_app, neiqin_system;
grant insert on audit_event, denial, run_history to neiqin_app, neiqin_system;
grant insert, update on dealership, account to neiqin_system;
grant insert on process_definition, form to neiqin_system;
grant insert, delete on session to neiqin_system;
grant select, insert on installation to neiqin_system;
`;

/** Cases, tasks, definitions, accounts, commands and the audit log. */
export const spine: Migration = { name: '0001-spine', sql: roles + tables + rights };
