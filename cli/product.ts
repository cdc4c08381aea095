import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import pino, { type Logger } from 'pino';
import { secretsIn } from '../activities/outside/secret-variable';
import { listDealerships, putDemoAccounts } from '../db/account-repository';
import { type Database, openDatabase } from '../db/database';
import { migrate as migrateSchema } from '../db/migrations';
import { formatFinding } from '../engine/language/finding';
import { createApp } from '../server/app';
import { type Compiler, createCompiler } from '../server/compiler/compiler';
import type { FolderOutcome } from '../server/compiler/protocol';
import { folderProblem, readFolder } from '../server/definitions-folder';
import { publishFolder } from '../server/deployments';
import { syncDutySchedules } from '../server/duty-schedules';
import { archiveEndedCases, type CaseFailure } from '../server/history-archive';
import { listen } from '../server/http-server';
import { dataConverter } from '../server/payload-codec';
import { Problem, type Progress } from '../server/platform/problem';
import { durationMs, type Settings } from '../server/platform/settings';
import { every } from '../server/recurring';
import { temporalRehearsal } from '../server/rehearsal';
import { syncSchedules } from '../server/schedules';
import { startSweeper } from '../server/sweeper';
import { temporalGateway, wakeMessage } from '../server/temporal-gateway';
import { startWorker as startTemporalWorker, type WorkerOptions } from '../server/temporal-worker';
import { endTerminatedCases } from '../server/terminated-cases';
import { workflowBundle } from '../server/workflow-bundle';

/** What every part of the product gets when it starts. */
export interface ProductContext {
  readonly settings: Settings;
  /** For the role that owns the database and may create roles. */
  readonly databaseUrl: string;
  /** HOST:PORT of Temporal's frontend. */
  readonly temporalAddress: string;
  readonly progress: Progress;
}

/** A part that runs until it is stopped. `stop` resolves when what was under way has ended. */
export interface RunningPart {
  readonly stop: () => Promise<void>;
}

/** An account that a person may log in with in demo mode. */
export interface DemoAccount {
  readonly username: string;
  readonly password: string;
}

const DEMO_PASSWORD = 'neiqin';
/** Who begins the story of the demo: named first where log-ins are shown. */
const FIRST_DEALERSHIP = 'tianhe';
const FIRST_USER = `salesman@${FIRST_DEALERSHIP}`;
/** How long one command may wait for Temporal; then its outcome is unknown and the client is told to repeat it. */
const ANSWER_WITHIN_MS = 10_000;
/** Updates of one run: half of what Temporal takes. */
const UPDATES_PER_RUN = 1_000;
const ARCHIVE_EVERY_MS = 30_000;
/** How soon after a publication, by whatever process, its timer starts are scheduled. */
const SCHEDULE_EVERY_MS = 10_000;
/** How far before its own start a worker looks for cases that were terminated while none ran. */
const LOOK_BACK_MS = 7 * 86_400_000;

/** What the definitions folder takes to compile at most. It belongs to whoever starts the server, and nobody is there yet to be disturbed. */
const FOLDER_LIMITS = { ms: 60_000, niceness: 0 };

/** The definitions folder while it is compiled beside everything else. */
export interface CompilingFolder {
  readonly compiler: Compiler;
  readonly outcome: Promise<FolderOutcome>;
}

/** Begins to compile and check what NEIQIN_DEFINITIONS holds, in a process of its own; `publishDefinitions` waits for it. */
export function compileDefinitions({ NEIQIN_DEFINITIONS }: Pick<Settings, 'NEIQIN_DEFINITIONS'>): CompilingFolder {
  const compiler = createCompiler(FOLDER_LIMITS);
  const outcome = (async () => compiler.runFolder({ files: readFolder(NEIQIN_DEFINITIONS), nowMs: Date.now() }))();
  outcome.catch(() => undefined);
  return { compiler, outcome };
}

/** Brings the database's schema up to date. Several may do so at once. */
export async function migrate({ databaseUrl, progress }: Pick<ProductContext, 'databaseUrl' | 'progress'>): Promise<void> {
  for (const name of await migrateSchema(databaseUrl)) progress(`  ${name}`);
}

/**
 * Publishes what NEIQIN_DEFINITIONS holds; what is published already stays as it is. With an error in the folder nothing of it is published, and the errors
 * are told: what was published before runs on.
 *
 * @throws {Problem} with the errors, where nothing was published before
 */
export async function publishDefinitions(
  { databaseUrl, settings, progress }: ProductContext,
  { compiler, outcome }: CompilingFolder,
): Promise<void> {
  try {
    const folder = await outcome;
    await withDatabase(databaseUrl, async (db) => {
      const refused = new Map(folder.findings.map((finding) => [formatFinding(finding), finding]));
      for (const { id } of folder.dealerships) {
        const published = await publishFolder({ db, compiler, nowMs: Date.now() }, folder, id);
        for (const { processId, version } of published.processes) progress(`  ${id}: ${processId} version ${version}`);
        for (const { registerId, version } of published.registers) progress(`  ${id}: register ${registerId} version ${version}`);
        if (published.refused.length > 0) progress(`  ${id}: the folder is not published, as it stands beside what people have published`);
        for (const finding of published.refused) refused.set(formatFinding(finding), finding);
      }
      if (refused.size === 0) return;
      const problem = folderProblem(settings.NEIQIN_DEFINITIONS, [...refused.values()]);
      if ((await listDealerships(db)).length === 0) throw problem;
      progress(`${problem.message}\n  what has errors is not published, what was published before runs on; ${problem.remedy}`);
    });
  } finally {
    compiler.close();
  }
}

/** Creates the accounts of the published dealerships where they are missing, and tells who may log in. */
export async function createDemo({ databaseUrl }: ProductContext): Promise<readonly DemoAccount[]> {
  return withDatabase(databaseUrl, async (db) => {
    const accounts = [];
    for (const dealership of await listDealerships(db)) accounts.push(...(await putDemoAccounts(db, dealership, DEMO_PASSWORD)));
    accounts.sort((a, b) => Number(b.dealership === FIRST_DEALERSHIP) - Number(a.dealership === FIRST_DEALERSHIP));
    accounts.sort((a, b) => Number(b.username === FIRST_USER) - Number(a.username === FIRST_USER));
    return accounts.map(({ username }) => ({ username, password: DEMO_PASSWORD }));
  });
}

/** Starts a worker, and the archiving of histories beside it. */
export async function startWorker(context: ProductContext): Promise<RunningPart> {
  const { settings, progress } = context;
  const doors = await openDoors(context, 'neiqin-worker');
  const folder = path.join(__dirname, '..', 'workflows');
  const { codePath } = await workflowBundle(folder, path.join(__dirname, '..'));
  const worker = await startTemporalWorker({
    ...doors,
    address: context.temporalAddress,
    namespace: settings.TEMPORAL_NAMESPACE,
    bundlePath: codePath,
    outside: outsideOf(settings),
  });
  worker.done.catch((error: Error) => progress(`the worker has failed: ${error.message}`));
  const sinceMs = Date.now() - LOOK_BACK_MS;
  const onFailure = ({ error, workflowId }: CaseFailure) =>
    doors.logger.warn({ err: error, workflowId }, 'a case is left for the next pass');
  const archiving = every(ARCHIVE_EVERY_MS, () => archiveEndedCases(doors.db, doors.client, onFailure), doors.logger);
  const scheduling = every(SCHEDULE_EVERY_MS, async () => (await syncSchedules(doors)) + (await syncDutySchedules(doors)), doors.logger, 0);
  const ending = every(ARCHIVE_EVERY_MS, () => endTerminatedCases(doors, sinceMs, onFailure), doors.logger);
  return {
    async stop() {
      await Promise.all([archiving.stop(), ending.stop(), scheduling.stop()]);
      await worker.stop();
      await doors.close();
    },
  };
}

/** How connectors reach other systems, as the settings and the environment's secrets say. */
function outsideOf(settings: Settings): WorkerOptions['outside'] {
  const openNetworks = settings.NEIQIN_OPEN_NETWORKS.split(',').flatMap((network) => network.trim() || []);
  const smtp = settings.SMTP_URL === undefined ? {} : { smtpUrl: settings.SMTP_URL };
  return {
    network: { demo: settings.NEIQIN_DEMO, openNetworks },
    mail: { ...smtp, from: settings.MAIL_FROM, outbox: path.join(settings.NEIQIN_DATA, 'outbox') },
    secretOf: secretsIn(process.env),
  };
}

/** Starts the API on the address, and resolves once it answers. */
export async function startApi(context: ProductContext, address: { host: string; port: number }): Promise<RunningPart> {
  const doors = await openDoors(context, 'neiqin-api');
  const compiler = createCompiler();
  const { db, client, gateway, logger } = doors;
  const parts = {
    db,
    gateway,
    logger,
    compiler,
    ...(context.settings.NEIQIN_VIRTUAL_TIME ? { rehearsal: temporalRehearsal(client) } : {}),
    clock: Date.now,
    settings: { sessionLifetimeMs: durationMs(context.settings.NEIQIN_SESSION_LIFETIME) },
    deliverMatched: async (messages: { dealership: string; messageId: string }[]) => {
      await Promise.all(messages.map((message) => wakeMessage(client, message)));
    },
  };
  const server = await listen(await createApp(parts), address);
  const sweeper = startSweeper(parts);
  return {
    async stop() {
      await server.stop();
      compiler.close();
      await sweeper.stop();
      await doors.close();
    },
  };
}

interface Doors {
  db: Database;
  client: Client;
  gateway: ReturnType<typeof temporalGateway>;
  taskQueue: string;
  logger: Logger;
  close(): Promise<void>;
}

async function openDoors({ settings, databaseUrl, temporalAddress }: ProductContext, applicationName: string): Promise<Doors> {
  const logger = pino({ level: settings.NEIQIN_LOG_LEVEL, name: applicationName }, pino.destination(2));
  const connection = await connect(temporalAddress);
  const db = openDatabase(databaseUrl, { applicationName, poolSize: 16 });
  const client = new Client({ connection, namespace: settings.TEMPORAL_NAMESPACE, dataConverter });
  const taskQueue = settings.TEMPORAL_TASK_QUEUE;
  const virtualTime = settings.NEIQIN_VIRTUAL_TIME;
  const gateway = temporalGateway({ client, taskQueue, answerWithinMs: ANSWER_WITHIN_MS, updatesPerRun: UPDATES_PER_RUN, virtualTime });
  return {
    db,
    client,
    gateway,
    taskQueue,
    logger,
    async close() {
      await connection.close();
      await db.close();
    },
  };
}

async function connect(address: string): Promise<Connection> {
  try {
    return await Connection.connect({ address, connectTimeout: '10s' });
  } catch (error) {
    throw new Problem(`Temporal does not answer at ${address}: ${(error as Error).message}`, 'start it, or mend TEMPORAL_ADDRESS');
  }
}

async function withDatabase<T>(url: string, work: (db: Database) => Promise<T>): Promise<T> {
  const db = openDatabase(url, { applicationName: 'neiqin-setup' });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}
