import type { Migration } from './index';

const tables = `
-- The schedules of the duties of a dealership, with the calendar and the clock that their times depend on. "scheduled": the Temporal Schedule is as the row
-- says; it has its times, which are listed one by one, until "scheduled_until".
create table duty_schedule (
  dealership_id text not null,
  schedule_id text not null,
  definition jsonb not null,
  withdrawn boolean not null default false,
  scheduled boolean not null default false,
  scheduled_until timestamptz,
  published_at timestamptz not null default now(),
  primary key (dealership_id, schedule_id)
);
create index duty_schedule_unscheduled on duty_schedule (dealership_id) where not scheduled or scheduled_until is not null;

-- What became of each time of a schedule; its key keeps a doubled run one.
create table schedule_run (
  dealership_id text not null,
  schedule_id text not null,
  nominal_at timestamptz not null,
  state text not null check (state in ('started', 'missed', 'skipped')),
  reason text,
  instance_key text,
  recorded_at timestamptz not null default now(),
  primary key (dealership_id, schedule_id, nominal_at),
  check ((state = 'started') = (instance_key is not null)),
  check ((state = 'started') = (reason is null))
);
`;

const tenantTable = (name: string, rights: string) => `
alter table ${name} enable row level security;
alter table ${name} force row level security;
create policy tenant on ${name} to neiqin_app
  using (dealership_id = nullif(current_setting('app.dealership', true), ''))
  with check (dealership_id = nullif(current_setting('app.dealership', true), ''));
create policy system on ${name} to neiqin_system using (true) with check (true);
grant ${rights} on ${name} to neiqin_app, neiqin_system;`;

const rights = [
  tenantTable('duty_schedule', 'select'),
  'grant insert, update on duty_schedule to neiqin_system;',
  tenantTable('schedule_run', 'select, insert'),
].join('\n');

/** Schedules of duties, and what became of each of their times. */
export const scheduleTables: Migration = { name: '0006-schedules', sql: tables + rights };
