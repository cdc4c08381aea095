import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { startChildServer } from '../server/platform/child-server';
import { projectRoot } from '../server/platform/project-root';
import type { ContenderAddress } from './load/contenders';
import { ask } from './load/http';
import { type BenchContext, type BenchServers, freePort } from './servers';
import { WORKER_ACCOUNT } from './workbench';

/** A contender whose processes run. */
export interface Player {
  name: string;
  address: ContenderAddress;
  /** Processes that work for it, by the name under which their CPU time is told. */
  pids: Record<string, number>;
  /** Those that are stopped while another is measured. */
  held: number[];
  /** Its databases, as a superuser. */
  databases: string[];
}

const READY_WITHIN_MS = 120_000;

/** Starts the worker of the hand-written workflow. */
export async function startHandWritten(context: BenchContext, servers: BenchServers): Promise<Player> {
  const { temporal, postgres, handWrittenUrl } = servers;
  const worker = fork(require.resolve('./hand-written/worker-process'), [temporal.address, handWrittenUrl], {
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  context.stops.add('the hand-written worker', () => endChild(worker));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the hand-written worker is not ready after 120 s')), READY_WITHIN_MS);
    worker.once('message', () => resolve(clearTimeout(timer)));
    worker.once('exit', (code) => reject(new Error(`the hand-written worker ended with ${code}`)));
  });
  worker.once('exit', () => context.onLost(new Error('the hand-written worker has ended')));
  const pid = worker.pid as number;
  return {
    name: 'handWritten',
    address: { kind: 'handWritten', temporalAddress: temporal.address, databaseUrl: handWrittenUrl },
    pids: { worker: pid, temporal: temporal.pid() as number, postgres: postgres.pid() as number },
    held: [pid],
    databases: [handWrittenUrl],
  };
}

/** Starts the product as people start it, on the servers of the bench. With `profile` its CPU profiles are left in that folder. */
export async function startEngine(context: BenchContext, servers: BenchServers, profile?: string): Promise<Player> {
  const { settings, progress, stops, onLost, folder } = context;
  const { temporal, postgres, engineAdminUrl } = servers;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const definitions = path.join(folder, 'no-definitions');
  mkdirSync(definitions);
  const profiling = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', path.resolve(profile)];
  const engine = await startChildServer(
    {
      name: 'the engine',
      command: process.execPath,
      args: [...profiling, path.join(projectRoot, 'bin', 'neiqin.js'), 'start'],
      env: {
        NEIQIN_PREBUILT: '1',
        HOST: '127.0.0.1',
        PORT: String(port),
        DATABASE_URL: postgres.url,
        TEMPORAL_ADDRESS: temporal.address,
        NEIQIN_DATA: path.join(folder, 'engine'),
        NEIQIN_CACHE: settings.NEIQIN_CACHE,
        NEIQIN_DEFINITIONS: definitions,
        NEIQIN_DEMO: 'false',
        NEIQIN_LOG_LEVEL: 'warn',
      },
      port,
      logFile: path.join(folder, 'logs', 'engine.log'),
      recordFile: path.join(folder, 'run', 'engine.json'),
      stopSignals: [
        ['SIGTERM', 30_000],
        ['SIGKILL', 2_000],
      ],
      probe: async () => void (await ask('GET', `${url}/readyz`)),
      readyWithinMs: READY_WITHIN_MS,
    },
    progress,
    onLost,
  );
  stops.add('the engine', engine.stop);
  const pid = engine.pid() as number;
  return {
    name: 'engine',
    address: { kind: 'engine', url, databaseUrl: engineAdminUrl, ...WORKER_ACCOUNT },
    pids: { product: pid, temporal: temporal.pid() as number, postgres: postgres.pid() as number },
    held: [pid],
    databases: [engineAdminUrl],
  };
}

/** Ends a forked child: by closing its channel, which it takes for the end, and after 5 s by force. */
export async function endChild(child: ChildProcess): Promise<void> {
  child.removeAllListeners('exit');
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  if (child.connected) child.disconnect();
  const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(force);
}
