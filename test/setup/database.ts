import { createHash, randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** How an empty database becomes one that a test can use. */
export interface Preparation {
  /** Names what `prepare` makes: databases of one key are copies of one template. */
  readonly key: string;
  readonly prepare: (url: string) => Promise<void>;
}

/** A database of its own for one test file. */
export interface FreshDatabase {
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/** Address of the tests' PostgreSQL, in the given database. */
function testServerUrl(database = 'postgres'): string {
  const url = new URL(process.env['NEIQIN_TEST_POSTGRES'] ?? missing('NEIQIN_TEST_POSTGRES'));
  url.pathname = `/${database}`;
  return url.href;
}

/** HOST:PORT of the tests' Temporal. */
export function testTemporalAddress(): string {
  return process.env['NEIQIN_TEST_TEMPORAL'] ?? missing('NEIQIN_TEST_TEMPORAL');
}

/**
 * Makes a database quickly: the first call with a key prepares a template (tests that run side by side wait for it), every further one
 * copies its files.
 */
export async function createFreshDatabase(preparation?: Preparation): Promise<FreshDatabase> {
  const server = new Client({ connectionString: testServerUrl() });
  await server.connect();
  const name = `test_${randomBytes(6).toString('hex')}`;
  try {
    if (preparation === undefined) await server.query(`create database ${name}`);
    else await server.query(`create database ${name} template ${await template(server, preparation)} strategy file_copy`);
  } finally {
    await server.end();
  }
  return {
    url: testServerUrl(name),
    drop: async () => {
      const client = new Client({ connectionString: testServerUrl() });
      await client.connect();
      try {
        await dropDatabase(client, name);
      } finally {
        await client.end();
      }
    },
  };
}

async function template(server: Client, { key, prepare }: Preparation): Promise<string> {
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 12);
  const name = `template_${digest}`;
  await server.query('select pg_advisory_lock(hashtext($1))', [name]);
  try {
    if ((await server.query('select 1 from pg_database where datname = $1', [name])).rowCount === 0) {
      const unfinished = `${name}_unfinished`;
      await server.query(`drop database if exists ${unfinished} with (force)`);
      await server.query(`create database ${unfinished}`);
      await prepare(testServerUrl(unfinished));
      await server.query(`alter database ${unfinished} rename to ${name}`);
    }
  } finally {
    await server.query('select pg_advisory_unlock(hashtext($1))', [name]);
  }
  return name;
}

function missing(name: string): never {
  throw new Error(`${name} is not set: run this test by jest's project "integration", whose set-up starts the servers`);
}

/** A server that is cleaning the database up: only its owner may end that by force, and a plain drop waits for it. */
const MAY_NOT_END_SESSIONS = '42501';

async function dropDatabase(client: Client, name: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.query(`drop database ${name}${tries % 2 === 1 ? ' with (force)' : ''}`);
      return;
    } catch (error) {
      const { code } = error as { code?: string };
      if (tries === 10 || (tries % 2 === 1 && code !== MAY_NOT_END_SESSIONS)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
