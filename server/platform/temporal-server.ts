import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { endLeftover, startChildServer } from './child-server';
import { isPortFree } from './ports';
import { Problem, type Progress } from './problem';
import { durationMs } from './settings';

/** SIGTERM lets the server finish what it is writing. */
const stopSignals = [
  ['SIGTERM', 15_000],
  ['SIGKILL', 2_000],
] as const;

/** Where and how the embedded Temporal runs. */
export interface TemporalOptions {
  /** Path of the Temporal CLI. */
  readonly cli: string;
  /** NEIQIN_DATA: holds the database file and the log. */
  readonly data: string;
  readonly port: number;
  /** Absent: no user interface. */
  readonly uiPort?: number;
  readonly namespace: string;
  /** How long histories of closed workflows are kept, such as `30d`. */
  readonly retention: string;
  /** Keeps nothing over the end of the server; for tests. */
  readonly inMemory?: true;
  /** Values of the server's dynamic configuration, as JSON. They switch virtual time on. */
  readonly dynamicConfig?: Readonly<Record<string, string>>;
  readonly progress: Progress;
  /** Called when the server has ended for good. */
  readonly onLost: (problem: Problem) => void;
}

/** A Temporal that runs. */
export interface TemporalServer {
  /** HOST:PORT of its frontend. */
  readonly address: string;
  readonly uiUrl: string | undefined;
  readonly pid: () => number | undefined;
  readonly stop: () => Promise<void>;
}

/** The switches of virtual time, for rehearsals and the tests: timers of idle workflows fire at once, on the server's own clock. */
export const virtualTimeConfig: Readonly<Record<string, string>> = {
  'frontend.WorkflowTimeSkippingEnabled': 'true',
  'history.timerProcessorMaxTimeShift': '"1ms"',
  'history.timerProcessorMaxPollRPS': '100000',
};

/**
 * Starts the embedded Temporal on 127.0.0.1 with a database file, so that cases go on where they were after any kind of end, and sets
 * the namespace's retention to what was asked for: the server's own default would drop histories after a day.
 */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const { data, port, uiPort, namespace } = options;
  const folder = path.join(data, 'temporal');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const address = `127.0.0.1:${port}`;
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port)];
  if (options.inMemory !== true) {
    args.push('--db-filename', path.join(folder, 'temporal.db'));
    // a write-ahead log with a sync at every commit: as durable as the server's default journal, at about twice its rate
    args.push('--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=FULL');
  }
  args.push(...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort), '--ui-disable-news-fetch']));
  if (namespace !== 'default') args.push('--namespace', namespace);
  for (const [key, value] of Object.entries(options.dynamicConfig ?? {})) args.push('--dynamic-config-value', `${key}=${value}`);
  args.push('--log-level', 'warn', '--log-format', 'json');
  const server = await startChildServer(
    {
      name: 'Temporal',
      command: options.cli,
      args,
      env: { HOME: folder },
      logFile: path.join(data, 'logs', 'temporal.log'),
      recordFile: recordFile(data),
      port,
      stopSignals,
      probe: async () => {
        // A connection that is refused at first waits a second before its next attempt.
        if (await isPortFree(port, '127.0.0.1')) throw new Error('nothing listens yet');
        await withConnection(address, (connection) => describeNamespace(connection, namespace));
      },
      readyWithinMs: 60_000,
    },
    options.progress,
    options.onLost,
  );
  try {
    await setRetention(address, namespace, durationMs(options.retention) / 1000);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { address, uiUrl: uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`, ...server };
}

/** Ends a Temporal on these data that outlived its parent. */
export function endTemporalLeftover(data: string, progress: Progress): Promise<void> {
  return endLeftover({ name: 'Temporal', recordFile: recordFile(data), stopSignals }, progress);
}

/** Sets how long the namespace keeps the histories of closed workflows, and makes sure that the server took it. */
async function setRetention(address: string, namespace: string, seconds: number): Promise<void> {
  await withConnection(address, async (connection) => {
    if ((await describeNamespace(connection, namespace)) === seconds) return;
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: { seconds: seconds as never } },
    });
    const kept = await describeNamespace(connection, namespace);
    if (kept !== seconds) {
      throw new Problem(
        `Temporal keeps histories for ${kept} s and not for ${seconds} s, as NEIQIN_TEMPORAL_RETENTION says.`,
        'Set NEIQIN_TEMPORAL_RETENTION to something the server takes.',
      );
    }
  });
}

/** Seconds of retention. */
async function describeNamespace(connection: Connection, namespace: string): Promise<number> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  return Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
}

/** Closed in any case: a connection that never came about would go on trying. */
async function withConnection<T>(address: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = Connection.lazy({ address, connectTimeout: 2_000 });
  try {
    return await connection.withDeadline(Date.now() + 5_000, () => work(connection));
  } finally {
    await connection.close();
  }
}

const recordFile = (data: string): string => path.join(data, 'run', 'temporal.json');
