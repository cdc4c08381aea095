import { type Knex, knex } from 'knex';
import { escapeLiteral, Pool, type PoolClient, types } from 'pg';

/** A statement with fixed text. With a name it is prepared once a connection, which saves its parsing and planning. */
export interface Statement {
  name?: string;
  text: string;
}

/** One database transaction, bound to a dealership or to the system role. */
export interface Transaction {
  /** Runs a statement with `$1` placeholders and gives its rows. */
  query<Row = Record<string, unknown>>(statement: Statement | string, values?: unknown[]): Promise<Row[]>;
  /** Runs what the query builder made: for searches whose text depends on the request. */
  run<Row = Record<string, unknown>>(builder: Knex.QueryBuilder): Promise<Row[]>;
}

export interface DatabaseOptions {
  /** Shown in pg_stat_activity. */
  applicationName: string;
  /** Connections at most; 10 by default. */
  poolSize?: number;
  /** Longest time of one statement; 15 s by default. */
  statementTimeoutMs?: number;
  /** Longest wait for a free connection; 5 s by default. */
  connectTimeoutMs?: number;
}

/** The only way to rows. Whoever asks outside of `tenant` and `system` has no role that may read any. */
export interface Database {
  /** Runs `work` in a transaction that sees the rows of one dealership alone: row-level security, not a filter that may be forgotten. */
  tenant<T>(dealership: string, work: (trx: Transaction) => Promise<T>): Promise<T>;
  /** Runs `work` in a transaction that sees all dealerships: log-in, sweeper, publishing. */
  system<T>(work: (trx: Transaction) => Promise<T>): Promise<T>;
  /** Resolves where the database answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Builds SQL; it has no connection. */
export const sql: Knex = knex({ client: 'pg' });

const DATE = 1082;
const TEXT_ARRAY = 1009;
const TIMESTAMP_TZ = 1184;

/**
 * `date` stays a string: a JavaScript Date would move it by the time zone. `numeric` and `int8` stay strings by default. Lists of plain texts
 * and times of UTC, most of what a page of tasks consists of, are read without the driver's general parsers.
 */
const parsers: Record<number, (text: string) => unknown> = {
  [DATE]: (text) => text,
  [TEXT_ARRAY]: (text) => {
    if (text === '{}') return [];
    return /["\\]|\bNULL\b/.test(text) ? parseGeneral(TEXT_ARRAY, text) : text.slice(1, -1).split(',');
  },
  [TIMESTAMP_TZ]: (text) =>
    text.endsWith('+00') && text.length <= 29 ? new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`) : parseGeneral(TIMESTAMP_TZ, text),
};

function parseGeneral(oid: number, text: string): unknown {
  return types.getTypeParser(oid, 'text')(text);
}

const typeParsers = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    parsers[oid] ?? types.getTypeParser(oid, format as 'text')) as typeof types.getTypeParser,
};

/** Opens a pool on `url`. Connections are made when they are needed, so this does not fail where the database is away. */
export function openDatabase(url: string, options: DatabaseOptions): Database {
  const pool = new Pool({
    connectionString: url,
    application_name: options.applicationName,
    max: options.poolSize ?? 10,
    statement_timeout: options.statementTimeoutMs ?? 15_000,
    idle_in_transaction_session_timeout: 60_000,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    idleTimeoutMillis: 60_000,
    options: '-c TimeZone=UTC',
    types: typeParsers,
  });
  // A connection that breaks while idle is replaced by the pool; without a listener its error would end the process.
  pool.on('error', () => undefined);
  return {
    tenant: (dealership, work) =>
      inTransaction(pool, `set local role neiqin_app; set local app.dealership = ${escapeLiteral(dealership)}`, work),
    system: (work) => inTransaction(pool, `set local role neiqin_system; set local app.dealership = ''`, work),
    ping: async () => void (await pool.query('select 1')),
    close: () => pool.end(),
  };
}

/** `begin` and the settings go in one round trip; they end with the transaction, so a pooled connection carries nothing over. */
async function inTransaction<T>(pool: Pool, settings: string, work: (trx: Transaction) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // The pool listens to idle clients alone: without this, a connection lost in a transaction would end the process.
  const lost = (error: Error): void => {
    broken = error;
  };
  client.on('error', lost);
  try {
    await client.query(`begin; ${settings}`);
    const result = await work(transactionOn(client));
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.off('error', lost);
    client.release(broken);
  }
}

function transactionOn(client: PoolClient): Transaction {
  return {
    query: async <Row>(statement: Statement | string, values: unknown[] = []) => {
      const config = typeof statement === 'string' ? { text: statement, values } : { ...statement, values };
      return (await client.query(config)).rows as Row[];
    },
    run: async <Row>(builder: Knex.QueryBuilder) => {
      const { sql: text, bindings } = builder.toSQL().toNative();
      return (await client.query({ text, values: [...bindings] })).rows as Row[];
    },
  };
}
