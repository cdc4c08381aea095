import { Client } from 'pg';
import { spine } from './0001-spine';
import { language } from './0002-language';
import { deployments } from './0003-deployments';
import { conditionStarts } from './0004-condition-starts';
import { registerTables } from './0005-registers';
import { scheduleTables } from './0006-schedules';
import { reportTables } from './0007-reports';
import { documentTable } from './0008-documents';
import { notifications } from './0009-notifications';
import { templateTable } from './0010-templates';
import { deployedDocuments } from './0011-deployed-documents';
import { publishersAndUsers } from './0012-publishers-and-users';

/** One step of the schema. Names carry no file extension, so that compiled and uncompiled programs agree on what has been done. */
export interface Migration {
  name: string;
  sql: string;
}

/** In order; a published one is never changed. */
export const migrations: readonly Migration[] = [
  spine,
  language,
  deployments,
  conditionStarts,
  registerTables,
  scheduleTables,
  reportTables,
  documentTable,
  notifications,
  templateTable,
  deployedDocuments,
  publishersAndUsers,
];

const LOCK = 7_105_112_105;
/** What PostgreSQL says where two databases of one cluster change the same role at once. */
const CONCURRENT_ROLE_CHANGE = 'XX000';

/**
 * Brings the schema up to date and gives the names of what it ran. Safe for several processes at once: the later ones wait and find
 * nothing left. Each migration and its mark commit together, so that a kill leaves no half.
 */
export async function migrate(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url, application_name: 'neiqin-migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query('create table if not exists migration (name text primary key, applied_at timestamptz not null default now())');
    const done = new Set((await client.query<{ name: string }>('select name from migration')).rows.map((row) => row.name));
    const missing = migrations.filter((migration) => !done.has(migration.name));
    for (const migration of missing) await runPatiently(client, migration);
    return missing.map((migration) => migration.name);
  } finally {
    await client.end();
  }
}

async function runPatiently(client: Client, migration: Migration, attempt = 1): Promise<void> {
  try {
    await client.query('begin');
    await client.query('insert into migration (name) values ($1)', [migration.name]);
    await client.query(migration.sql);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    if ((error as { code?: string }).code !== CONCURRENT_ROLE_CHANGE || attempt >= 10) throw error;
    await new Promise((resolve) => setTimeout(resolve, 50 * attempt));
    await runPatiently(client, migration, attempt + 1);
  }
}
