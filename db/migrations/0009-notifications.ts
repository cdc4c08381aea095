import type { Migration } from './index';

const tables = `
-- What people were told, one row a person. "idempotency_key" is that of the step that told it.
create table notification (
  dealership_id text not null,
  notification_id uuid not null,
  username text not null,
  title text not null,
  text text,
  link text,
  documents jsonb not null default '[]',
  created_at timestamptz not null,
  read_at timestamptz,
  instance_key text not null,
  element_id text not null,
  idempotency_key text not null,
  primary key (dealership_id, notification_id)
);
create unique index notification_once_a_person on notification (dealership_id, username, idempotency_key);
create index notification_by_person on notification (dealership_id, username, (read_at is not null), created_at desc, notification_id);

-- What the dealership's document says under "connections"; null: nothing.
alter table dealership add column connections jsonb;
`;

const rights = `
alter table notification enable row level security;
alter table notification force row level security;
create policy tenant on notification to neiqin_app
  using (dealership_id = nullif(current_setting('app.dealership', true), ''))
  with check (dealership_id = nullif(current_setting('app.dealership', true), ''));
create policy system on notification to neiqin_system using (true) with check (true);
grant select, insert on notification to neiqin_app, neiqin_system;
grant update (read_at) on notification to neiqin_app, neiqin_system;
`;

/** What people were told, and whom a dealership may connect to. */
export const notifications: Migration = { name: '0009-notifications', sql: tables + rights };
