import type { Migration } from './index';

const tables = `
-- What was published at a dealership at once: by a person through the API, or of the definitions folder at a start.
create table deployment (
  deployment_id uuid primary key,
  sequence bigint generated always as identity,
  dealership_id text not null,
  from_folder boolean not null,
  deployed_by text not null,
  deployed_at timestamptz not null default now(),
  processes json not null,
  forms json not null
);
create unique index deployment_by_dealership on deployment (dealership_id, sequence desc);

-- The documents of a deployment; without a text the folder has it no more. The latest one of a kind and id is what a later deployment is compiled with;
-- what people have published stands before what the folder says.
create table deployment_document (
  deployment_id uuid not null,
  dealership_id text not null,
  kind text not null,
  document_id text not null,
  path text not null,
  text text,
  primary key (deployment_id, kind, document_id)
);
create index deployment_document_by_id on deployment_document (dealership_id, kind, document_id);
`;

const rights = ['deployment', 'deployment_document']
  .map(
    (name) => `
alter table ${name} enable row level security;
alter table ${name} force row level security;
create policy tenant on ${name} to neiqin_app
  using (dealership_id = nullif(current_setting('app.dealership', true), ''))
  with check (dealership_id = nullif(current_setting('app.dealership', true), ''));
create policy system on ${name} to neiqin_system using (true) with check (true);
grant select on ${name} to neiqin_app, neiqin_system;
grant insert on ${name} to neiqin_system;`,
  )
  .join('\n');

/** What was published when by whom, with its sources. */
export const deployments: Migration = { name: '0003-deployments', sql: tables + rights };
