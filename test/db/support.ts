import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { type Database, openDatabase } from '../../db/database';
import { migrate } from '../../db/migrations';

/** A migrated database of its own for one test file. */
export interface TestDatabase {
  url: string;
  db: Database;
  /** Runs a statement as the owner, past every policy. */
  owner<Row = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

function serverUrl(): string {
  const url = process.env['NEIQIN_TEST_POSTGRES'];
  if (url === undefined) throw new Error('NEIQIN_TEST_POSTGRES does not name the PostgreSQL server of the tests');
  return url;
}

/** Makes and migrates a database on the tests' server. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const server = new Client({ connectionString: serverUrl() });
  await server.connect();
  await server.query(`create database ${name}`);
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  await migrate(url.href);
  const db = openDatabase(url.href, { applicationName: 'neiqin-test' });
  const owner = new Client({ connectionString: url.href });
  await owner.connect();
  return {
    url: url.href,
    db,
    owner: async <Row>(text: string, values: unknown[] = []) => (await owner.query(text, values)).rows as Row[],
    drop: async () => {
      await db.close();
      await owner.end();
      await server.query(`drop database ${name} with (force)`);
      await server.end();
    },
  };
}
