import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Client } from 'pg';
import { startPostgres } from '../../server/platform/postgres';
import { projectRoot } from '../../server/platform/project-root';
import { readSettings } from '../../server/platform/settings';
import { findTemporalCli } from '../../server/platform/temporal-cli';
import { virtualTimeConfig } from '../../server/platform/temporal-server';
import { workflowBundle } from '../../server/workflow-bundle';
import { makeDataFolder } from './data-folder';
import { freePorts } from './free-ports';

/** What `global-teardown.ts` has to end. */
export interface TestServers {
  stop(): Promise<void>;
}

declare global {
  var neiqinTestServers: TestServers | undefined;
}

/**
 * Starts one PostgreSQL and one Temporal for all integration tests of a run, both real; jest calls it only when one of them is among the
 * tests to run. Their places reach the tests by the environment:
 *
 * - NEIQIN_TEST_POSTGRES: as `neiqin_owner`, with the rights that a dealership's own PostgreSQL would give, and to create databases
 * - NEIQIN_TEST_TEMPORAL: HOST:PORT; timers of idle workflows may skip, see `virtualTimeConfig`
 * - NEIQIN_TEST_WORKFLOW_BUNDLE: the compiled workflow code
 *
 * Nothing is durable here: a test that kills a server starts its own. Servers that are named in the environment already are used as
 * they are.
 */
export default async function globalSetup(): Promise<void> {
  const { settings } = readSettings(process.env);
  const data = makeDataFolder();
  const stops: (() => Promise<void>)[] = [];
  global.neiqinTestServers = {
    stop: async () => {
      for (const stop of stops.reverse()) await stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
  const progress = (line: string): void => void process.stderr.write(`test servers: ${line}\n`);
  const onLost = (error: Error): void => {
    throw error;
  };
  const [databasePort] = (await freePorts(1)) as [number];
  const database = async (): Promise<void> => {
    if (process.env['NEIQIN_TEST_POSTGRES'] !== undefined) return;
    const postgres = await startPostgres({ data, cache: settings.NEIQIN_CACHE, port: databasePort, progress, onLost, durable: false });
    stops.push(postgres.stop);
    await prepareForTests(postgres.superuserUrl);
    process.env['NEIQIN_TEST_POSTGRES'] = postgres.url;
  };
  const temporal = async (): Promise<void> => {
    if (process.env['NEIQIN_TEST_TEMPORAL'] !== undefined) return;
    const cli = await findTemporalCli({ settings, progress });
    const extraArgs = Object.entries(virtualTimeConfig).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]);
    const environment = await TestWorkflowEnvironment.createLocal({
      server: { executable: { type: 'existing-path', path: cli.path }, log: { format: 'json', level: 'error' }, extraArgs },
    });
    stops.push(() => environment.teardown());
    process.env['NEIQIN_TEST_TEMPORAL'] = environment.address;
  };
  await Promise.all([database(), temporal(), bundle()]);
}

/** The shared server lets the owner create databases, and each comes with the extension that the embedded one has. */
async function prepareForTests(superuserUrl: string): Promise<void> {
  const url = new URL(superuserUrl);
  url.pathname = '/template1';
  const client = new Client({ connectionString: url.href });
  await client.connect();
  await client.query('alter role neiqin_owner createdb');
  await client.query('create extension if not exists pg_trgm');
  await client.end();
}

async function bundle(): Promise<void> {
  const workflows = path.join(projectRoot, 'workflows');
  if (process.env['NEIQIN_TEST_WORKFLOW_BUNDLE'] !== undefined || !existsSync(path.join(workflows, 'index.ts'))) return;
  const { codePath } = await workflowBundle(workflows, path.join(projectRoot, '.neiqin', 'test'));
  process.env['NEIQIN_TEST_WORKFLOW_BUNDLE'] = codePath;
}
