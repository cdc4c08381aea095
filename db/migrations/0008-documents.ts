import type { Migration } from './index';

const tables = `
-- Files: what cases have made, and what people have handed in. One idempotency key stores one document; a stored document never changes.
create table document (
  dealership_id text not null,
  document_id uuid not null,
  name text not null,
  media_type text not null,
  bytes integer not null,
  sha256 text not null,
  content bytea not null,
  instance_key text,
  element_id text,
  created_by text,
  created_at timestamptz not null,
  idempotency_key text not null,
  primary key (document_id),
  unique (dealership_id, idempotency_key),
  check (bytes = octet_length(content)),
  check ((created_by is null) = (element_id is not null))
);
-- PDF, DOCX and XLSX are compressed already.
alter table document alter column content set storage external;
create index document_of_case on document (dealership_id, instance_key) where instance_key is not null;

alter table document enable row level security;
alter table document force row level security;
create policy tenant on document to neiqin_app
  using (dealership_id = nullif(current_setting('app.dealership', true), ''))
  with check (dealership_id = nullif(current_setting('app.dealership', true), ''));
create policy system on document to neiqin_system using (true) with check (true);
grant select, insert on document to neiqin_app, neiqin_system;
`;

/** Stored documents. */
export const documentTable: Migration = { name: '0008-documents', sql: tables };
