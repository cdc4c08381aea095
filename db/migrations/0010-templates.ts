import type { Migration } from './index';

const tables = `
-- Templates of documents as they were published last. One that a dealership has no more is withdrawn; what was made of it stays.
create table document_template (
  dealership_id text not null,
  template_id text not null,
  hash text not null,
  definition json not null,
  withdrawn boolean not null default false,
  published_at timestamptz not null default now(),
  primary key (dealership_id, template_id)
);
alter table document_template enable row level security;
alter table document_template force row level security;
create policy tenant on document_template to neiqin_app
  using (dealership_id = nullif(current_setting('app.dealership', true), ''))
  with check (dealership_id = nullif(current_setting('app.dealership', true), ''));
create policy system on document_template to neiqin_system using (true) with check (true);
grant select on document_template to neiqin_app, neiqin_system;
grant insert, update on document_template to neiqin_system;
`;

/** Published templates of documents. */
export const templateTable: Migration = { name: '0010-templates', sql: tables };
