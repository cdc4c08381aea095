import type { Migration } from './index';

const registers = `
-- Registers as they were published; the last version is what a dealership has.
create table register (
  dealership_id text not null,
  register_id text not null,
  version integer not null,
  hash text not null,
  definition json not null,
  published_at timestamptz not null default now(),
  primary key (dealership_id, register_id, version)
);

-- Rows as they are now. A deleted row stays, so that its key goes on where it is added again. Keys compare byte by byte.
create table register_row (
  row_id bigint generated always as identity unique,
  dealership_id text not null,
  register_id text not null,
  key text collate "C" not null,
  "values" jsonb not null,
  version integer not null,
  deleted boolean not null default false,
  created_at timestamptz not null,
  created_by text not null,
  changed_at timestamptz not null,
  changed_by text not null,
  instance_key text,
  element_id text,
  primary key (dealership_id, register_id, key)
);

-- What was done to rows, in order; nobody may change it. "same" is a change that changed nothing: it is kept for its idempotency key.
create table register_change (
  change_id bigint generated always as identity primary key,
  dealership_id text not null,
  register_id text not null,
  register_hash text not null,
  key text collate "C" not null,
  version integer not null,
  kind text not null check (kind in ('insert', 'update', 'delete', 'same')),
  changed_at timestamptz not null,
  changed_by text not null,
  before jsonb,
  after jsonb,
  instance_key text,
  element_id text,
  idempotency_key text not null
);
create unique index register_change_once on register_change (dealership_id, idempotency_key);
create unique index register_change_by_row on register_change (dealership_id, register_id, key, version) where kind <> 'same';
create index register_change_by_time on register_change (dealership_id, register_id, changed_at);
create index register_change_by_case on register_change (dealership_id, instance_key) where instance_key is not null;

-- The values that no two rows may share: the primary key is the constraint, so that publishing a register runs no DDL.
create table register_unique (
  dealership_id text not null,
  register_id text not null,
  columns text not null,
  value text collate "C" not null,
  row_id bigint not null,
  primary key (dealership_id, register_id, columns, value)
);
create index register_unique_by_row on register_unique (dealership_id, row_id);

-- What rows are found by: one entry a row and declared index, with texts that sort as the values do.
create table register_index (
  dealership_id text not null,
  register_id text not null,
  columns text not null,
  value text collate "C" not null,
  row_id bigint not null,
  primary key (dealership_id, register_id, columns, value, row_id)
);
create index register_index_by_row on register_index (dealership_id, row_id);

-- Rows that somebody holds for a while.
create table reservation (
  dealership_id text not null,
  register_id text not null,
  key text collate "C" not null,
  held_for text not null,
  held_since timestamptz not null,
  held_until timestamptz,
  instance_key text,
  element_id text,
  primary key (dealership_id, register_id, key)
);
`;

const typed = `
-- What a deployment did with registers.
alter table deployment add column registers json not null default '[]';

-- What a connector has done once: the answer that a repetition of its key gets.
create table connector_effect (
  dealership_id text not null,
  idempotency_key text not null,
  connector text not null,
  result json not null,
  done_at timestamptz not null,
  instance_key text,
  element_id text,
  primary key (dealership_id, idempotency_key)
);

-- Numbers without gaps: whoever takes one holds the row until the transaction ends.
create table number_sequence (
  dealership_id text not null,
  name text not null,
  period text not null,
  last bigint not null check (last > 0),
  primary key (dealership_id, name, period)
);

-- Payments of orders. A reference of a bank is used once for ever, also where it was refunded.
create table payment (
  dealership_id text not null,
  bank text not null,
  bank_reference text not null,
  order_number text not null,
  amount numeric(18, 2) not null check (amount > 0),
  booked_at timestamptz not null,
  booked_by text not null,
  refunded_at timestamptz,
  refunded_by text,
  refund_reason text,
  instance_key text,
  element_id text,
  primary key (dealership_id, bank, bank_reference),
  check ((refunded_at is null) = (refunded_by is null))
);
create index payment_by_order on payment (dealership_id, order_number);
create index payment_by_time on payment (dealership_id, booked_at);

-- The stock. A vehicle is held for one order, and an order holds one vehicle.
create table vehicle (
  dealership_id text not null,
  vin text not null check (vin ~ '^[A-HJ-NPR-Z0-9]{17}$'),
  model text not null,
  status text not null check (status in ('in-stock', 'reserved', 'delivered')),
  pledged_to text,
  reserved_by text,
  received_at timestamptz not null,
  changed_at timestamptz not null,
  changed_by text not null,
  instance_key text,
  element_id text,
  primary key (dealership_id, vin),
  check ((status = 'in-stock') = (reserved_by is null))
);
create unique index vehicle_once_an_order on vehicle (dealership_id, reserved_by) where reserved_by is not null;
create index vehicle_free on vehicle (dealership_id, model, received_at, vin) where status = 'in-stock';

-- Outbound orders. A number is used once; an order has one that is not revoked.
create table outbound_order (
  dealership_id text not null,
  number text not null,
  order_number text not null,
  issued_at timestamptz not null,
  issued_by text not null,
  revoked_at timestamptz,
  revoked_by text,
  revoke_reason text,
  instance_key text,
  element_id text,
  primary key (dealership_id, number),
  check ((revoked_at is null) = (revoked_by is null))
);
create unique index outbound_order_once_an_order on outbound_order (dealership_id, order_number) where revoked_at is null;
create index outbound_order_by_time on outbound_order (dealership_id, issued_at);
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
  tenantTable('register', 'select'),
  'grant insert on register to neiqin_system;',
  tenantTable('register_row', 'select, insert, update'),
  tenantTable('register_change', 'select, insert'),
  tenantTable('register_unique', 'select, insert, delete'),
  tenantTable('register_index', 'select, insert, delete'),
  tenantTable('reservation', 'select, insert, update, delete'),
  tenantTable('connector_effect', 'select, insert'),
  tenantTable('number_sequence', 'select, insert, update'),
  tenantTable('payment', 'select, insert, update'),
  tenantTable('vehicle', 'select, insert, update'),
  tenantTable('outbound_order', 'select, insert, update'),
].join('\n');

/** Registers with their history, and the typed tables of payments, stock and numbers. */
export const registerTables: Migration = { name: '0005-registers', sql: registers + typed + rights };
