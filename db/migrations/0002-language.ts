import type { Migration } from './index';

/** Every row belongs to one dealership: the policies and rights of a table that a migration adds. */
function tenantTable(name: string, rights: string): string {
  return `
alter table ${name} enable row level security;
alter table ${name} force row level security;
create policy tenant on ${name} to neiqin_app
  using (dealership_id = nullif(current_setting('app.dealership', true), ''))
  with check (dealership_id = nullif(current_setting('app.dealership', true), ''));
create policy system on ${name} to neiqin_system using (true) with check (true);
grant ${rights} on ${name} to neiqin_app, neiqin_system;`;
}

const changed = `
alter table process_instance drop constraint process_instance_state_check;
alter table process_instance add constraint process_instance_state_check
  check (state in ('ACTIVE', 'SUSPENDED', 'COMPLETED', 'CANCELED', 'TERMINATED'));
create index process_instance_running on process_instance (dealership_id, process_id)
  where parent_key is null and state in ('ACTIVE', 'SUSPENDED');

alter table user_task
  add column scope_keys text[] not null default '{}',
  add column follow_up_at timestamptz,
  add column completed_for text,
  add column only_users text[],
  add column delegated_by text;
create index user_task_open_by_owner on user_task (dealership_id, delegated_by) where state = 'CREATED' and delegated_by is not null;

alter table message_subscription alter column correlation_key drop not null;

-- The owner of the tables is bound by row-level security too.
alter table variable add column scope_key text collate "C";
set local role neiqin_system;
update variable set scope_key = instance_key;
reset role;
alter table variable alter column scope_key set not null;
alter table variable drop constraint variable_pkey;
alter table variable add constraint variable_pkey primary key (scope_key, name);
create index variable_by_instance on variable (instance_key);

-- A message that starts a case waits where a running one has the business key: that one's workflow.
alter table message add column waits_for text;
create index message_waiting on message (dealership_id, waits_for) where state = 'BUFFERED' and waits_for is not null;
`;

const added = `
-- How instances of the latest version of a process begin by themselves. "scheduled": a timer's Temporal Schedule is as the row says; where that lists
-- its times one by one, it has them until "scheduled_until".
create table event_start (
  dealership_id text not null,
  process_id text not null,
  node_id text not null,
  kind text not null check (kind in ('message', 'signal', 'timer')),
  name text,
  withdrawn boolean not null default false,
  scheduled boolean not null default false,
  scheduled_until timestamptz,
  published_at timestamptz not null default now(),
  primary key (dealership_id, process_id, node_id)
);
create index event_start_by_name on event_start (dealership_id, kind, name) where not withdrawn;
create index event_start_unscheduled on event_start (dealership_id) where kind = 'timer' and (not scheduled or scheduled_until is not null);

-- Who hears a signal: taken down once, at the moment of its broadcast, so that whoever begins to wait later does not hear it.
create table signal_target (
  dealership_id text not null,
  signal_id text not null,
  position integer not null,
  root_key text collate "C",
  workflow_id text,
  process_id text,
  node_id text,
  delivered boolean not null default false,
  primary key (dealership_id, signal_id, position),
  check ((root_key is null) = (process_id is not null))
);
create index signal_target_left on signal_target (dealership_id, signal_id, position) where not delivered;

create table task_copy (
  task_key text collate "C" not null,
  recipient text not null,
  dealership_id text not null,
  root_key text collate "C" not null,
  copied_by text not null,
  copied_at timestamptz not null,
  primary key (task_key, recipient)
);
create index task_copy_by_recipient on task_copy (dealership_id, recipient, copied_at desc, task_key desc);

create table task_copy_read (
  task_key text collate "C" not null,
  reader text not null,
  dealership_id text not null,
  read_at timestamptz not null default now(),
  primary key (task_key, reader)
);

create table task_draft (
  task_key text collate "C" not null,
  username text not null,
  dealership_id text not null,
  root_key text collate "C" not null,
  outcome text,
  variables jsonb not null,
  saved_at timestamptz not null default now(),
  primary key (task_key, username)
);
create index task_draft_by_case on task_draft (root_key);

create table task_comment (
  comment_id uuid primary key,
  dealership_id text not null,
  task_key text collate "C" not null,
  root_key text collate "C" not null,
  author text not null,
  text text not null,
  created_at timestamptz not null default now()
);
create index task_comment_by_task on task_comment (task_key, created_at, comment_id);

create table substitution (
  substitution_id uuid primary key,
  dealership_id text not null,
  principal text not null,
  substitute text not null,
  valid_from timestamptz not null,
  valid_until timestamptz not null,
  process_ids text[],
  created_by text not null,
  created_at timestamptz not null default now(),
  revoked_by text,
  revoked_at timestamptz,
  check (principal <> substitute),
  check (valid_from < valid_until)
);
create index substitution_by_substitute on substitution (dealership_id, substitute, valid_until) where revoked_at is null;
create index substitution_by_principal on substitution (dealership_id, principal, valid_until) where revoked_at is null;

-- To whom the host gave a task that is distributed: once for each task, so that a repeated question has one answer.
create table task_distribution (
  root_key text collate "C" not null,
  task_id text not null,
  dealership_id text not null,
  process_id text not null,
  element_id text not null,
  assignee text,
  nobody boolean not null,
  decided_at timestamptz not null,
  primary key (root_key, task_id)
);
create index task_distribution_by_step on task_distribution (dealership_id, process_id, element_id, assignee, decided_at);

-- A process that is suspended, or was: "settled" when every case that it concerns has heard of it.
create table process_suspension (
  suspension_id uuid primary key,
  dealership_id text not null,
  process_id text not null,
  reason text,
  suspended_by json not null,
  suspended_at timestamptz not null default now(),
  resumed_by json,
  resumed_at timestamptz,
  settled boolean not null default false
);
create unique index process_suspension_in_force on process_suspension (dealership_id, process_id) where resumed_at is null;
create index process_suspension_unsettled on process_suspension (suspended_at) where not settled;

-- Cases that a process's suspension has suspended: these it resumes.
create table process_suspension_case (
  suspension_id uuid not null,
  instance_key text collate "C" not null,
  dealership_id text not null,
  suspended boolean not null,
  resumed boolean not null default false,
  primary key (suspension_id, instance_key)
);
`;

const rights = [
  tenantTable('event_start', 'select'),
  'grant insert, update, delete on event_start to neiqin_system;',
  tenantTable('signal_target', 'select, insert, update'),
  tenantTable('task_copy', 'select, insert'),
  tenantTable('task_copy_read', 'select, insert'),
  tenantTable('task_draft', 'select, insert, update, delete'),
  tenantTable('task_comment', 'select, insert'),
  tenantTable('substitution', 'select, insert, update'),
  tenantTable('task_distribution', 'select, insert'),
  tenantTable('process_suspension', 'select, insert, update'),
  tenantTable('process_suspension_case', 'select, insert, update'),
].join('\n');

/** Human operations, event starts, scopes of variables, suspension. */
export const language: Migration = { name: '0002-language', sql: changed + added + rights };
