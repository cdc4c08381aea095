import type { Migration } from './index';

const functions = `
-- FEEL's decimals in SQL: 34 digits of a quotient, null for a division by zero, and halves to the even neighbour.
create function feel_digits(value numeric) returns numeric language sql immutable strict parallel safe
  return trim_scale(round(value, 34 - case
    when abs(value) >= 1 then char_length(trunc(abs(value))::text)
    else -char_length(coalesce(substring(abs(value)::text from '^0[.](0*)'), ''))
  end));
create function feel_quotient(dividend numeric, divisor numeric) returns numeric language sql immutable strict parallel safe
  return case when divisor <> 0 then feel_digits(round(dividend, 80) / divisor) end;
create function feel_decimal(value numeric, places integer) returns numeric language sql immutable strict parallel safe
  return case
    when abs(value * 10::numeric ^ places - trunc(value * 10::numeric ^ places)) = 0.5
      then trim_scale(2 * round(trunc(value * 10::numeric ^ places, 1) / 2) / 10::numeric ^ places)
    else round(value, places)
  end;
`;

const tables = `
-- Reports as they were published last. One that a dealership has no more stays, since its versions do.
create table report (
  dealership_id text not null,
  report_id text not null,
  hash text not null,
  definition json not null,
  withdrawn boolean not null default false,
  published_at timestamptz not null default now(),
  primary key (dealership_id, report_id)
);

-- What reports said, frozen. "hash" is of the content as it stands here, byte by byte, so it is json and not jsonb.
create table report_version (
  dealership_id text not null,
  report_id text not null,
  version integer not null,
  period text not null,
  revision integer not null,
  report_hash text not null,
  as_of timestamptz not null,
  run_at timestamptz not null,
  run_by text not null,
  corrects integer,
  reason text,
  row_count integer not null,
  totals json not null,
  hash text not null,
  content json not null,
  instance_key text,
  element_id text,
  primary key (dealership_id, report_id, version),
  check (corrects is null or corrects < version)
);
create unique index report_version_by_period on report_version (dealership_id, report_id, period, revision);

-- To whom a version was delivered, and how.
create table report_delivery (
  delivery_id bigint generated always as identity primary key,
  dealership_id text not null,
  report_id text not null,
  version integer not null,
  recipient text not null,
  by text not null check (by in ('inbox', 'mail')),
  delivered_at timestamptz not null,
  instance_key text,
  element_id text
);
create index report_delivery_by_version on report_delivery (dealership_id, report_id, version);
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
  tenantTable('report', 'select'),
  'grant insert, update on report to neiqin_system;',
  tenantTable('report_version', 'select, insert'),
  tenantTable('report_delivery', 'select, insert'),
].join('\n');

/** Reports, their versions, and to whom these were delivered. */
export const reportTables: Migration = { name: '0007-reports', sql: functions + tables + rights };
