import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Client as DatabaseClient } from 'pg';
import { clusterFolder, type Postgres, startPostgres } from '../server/platform/postgres';
import type { Progress } from '../server/platform/problem';
import type { Settings } from '../server/platform/settings';
import { findTemporalCli } from '../server/platform/temporal-cli';
import { startTemporal, type TemporalServer } from '../server/platform/temporal-server';
import { HAND_WRITTEN_NAMESPACE } from './hand-written/messages';
import { tables } from './hand-written/rows';
import type { Stops } from './stops';

/** What everything of a bench is started with. */
export interface BenchContext {
  settings: Settings;
  progress: Progress;
  stops: Stops;
  /** Ends the bench: something that it needs is gone. */
  onLost: (problem: Error) => void;
  /** Holds all data of this bench; deleted at its end. */
  folder: string;
}

/** The servers that the engine and the hand-written workflow share. */
export interface BenchServers {
  temporal: TemporalServer;
  postgres: Postgres;
  /** The hand-written workflow's own database, as its owner. */
  handWrittenUrl: string;
  /** The engine's database as a superuser, whom row-level security does not bind. */
  engineAdminUrl: string;
}

/** A folder for all that the bench keeps. PostgreSQL's account must be able to enter it. */
export function makeFolder(stops: Stops): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'neiqin-bench-'));
  chmodSync(folder, 0o711);
  stops.add('the data', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts one Temporal and one PostgreSQL on data of their own. */
export async function startServers(context: BenchContext, temporalStore: 'memory' | 'file'): Promise<BenchServers> {
  const { settings, progress, stops, onLost, folder } = context;
  const postgres = await startDatabase(context, 'postgresql');
  const cli = await findTemporalCli({ settings, progress });
  const temporal = await startTemporal({
    cli: cli.path,
    data: path.join(folder, 'temporal'),
    port: await freePort(),
    namespace: 'default',
    retention: '1d',
    ...(temporalStore === 'memory' ? { inMemory: true } : {}),
    progress,
    onLost,
  });
  stops.add('Temporal', temporal.stop);
  await createNamespace(temporal.address, HAND_WRITTEN_NAMESPACE);
  const handWrittenUrl = inDatabase(postgres.url, 'hand_written');
  const owner = new URL(postgres.url).username;
  await execute(postgres.superuserUrl, `create database hand_written owner ${owner}`);
  await execute(handWrittenUrl, tables);
  return { temporal, postgres, handWrittenUrl, engineAdminUrl: inDatabase(postgres.superuserUrl, new URL(postgres.url).pathname.slice(1)) };
}

/** A PostgreSQL with every promise of durability kept. */
export async function startDatabase(context: BenchContext, name: string): Promise<Postgres> {
  const { settings, progress, stops, onLost, folder } = context;
  const data = path.join(folder, name);
  stops.add('the database', () => removeCluster(data));
  const postgres = await startPostgres({ data, cache: settings.NEIQIN_CACHE, port: await freePort(), progress, onLost });
  stops.add('PostgreSQL', postgres.stop);
  return postgres;
}

/** The database may lie elsewhere, behind a link. */
function removeCluster(data: string): void {
  const place = path.dirname(clusterFolder(data));
  try {
    rmSync(realpathSync(place), { recursive: true, force: true });
  } catch {
    // it was never made
  }
}

/** Makes statistics as autovacuum would have after a while. */
export function analyze(url: string): Promise<void> {
  return execute(url, 'vacuum analyze');
}

export function inDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

export async function databaseVersion(url: string): Promise<string> {
  const client = new DatabaseClient({ connectionString: url });
  await client.connect();
  try {
    return (await client.query('show server_version')).rows[0].server_version;
  } finally {
    await client.end();
  }
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new DatabaseClient({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A namespace can be used some seconds after it is registered. */
async function createNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: { seconds: 86_400 as never } });
    const client = new Client({ connection, namespace });
    for (let attempt = 0; ; attempt += 1) {
      try {
        await client.workflow.count();
        return;
      } catch (error) {
        if (attempt === 150) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  } finally {
    await connection.close();
  }
}

/** A port that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
