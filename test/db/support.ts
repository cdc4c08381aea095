import { Client } from 'pg';
import { type Database, openDatabase } from '../../db/database';
import { migrate, migrations } from '../../db/migrations';
import { createFreshDatabase } from '../setup/database';

/** A migrated database of its own for one test file. */
export interface TestDatabase {
  url: string;
  db: Database;
  /** Runs a statement with the sight of the system role. */
  system<Row = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

const preparation = {
  key: migrations.map(({ name, sql }) => `${name}\n${sql}`).join('\n'),
  prepare: async (url: string) => void (await migrate(url)),
};

/** Copies a migrated database on the tests' server. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { url, drop } = await createFreshDatabase(preparation);
  const db = openDatabase(url, { applicationName: 'neiqin-test' });
  return {
    url,
    db,
    system: (text, values = []) => db.system((trx) => trx.query(text, values)),
    drop: async () => {
      await db.close();
      await drop();
    },
  };
}

/** A connection of the owner, for what no role of the application may do. */
export async function connectOwner(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}
