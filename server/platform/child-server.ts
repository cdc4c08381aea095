import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { isPortFree } from './ports';
import { Problem, type Progress } from './problem';
import { endProcess, findRunning, identityOf, removeProcessRecord, writeProcessRecord } from './process-record';

/** How a server that runs beside us is started, recognised and ended. */
export interface ChildServerSpec {
  /** What people call it: `PostgreSQL`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly logFile: string;
  /** Remembers the process over our own death. */
  readonly recordFile: string;
  /** On 127.0.0.1. It must be free before, or the answer of another server would be taken for this one's. */
  readonly port: number;
  /** Signals that end it, the gentle one first, each with how long to wait for it. */
  readonly stopSignals: readonly (readonly [NodeJS.Signals, number])[];
  /** Resolves once the server answers; rejects while it does not. */
  readonly probe: () => Promise<void>;
  readonly readyWithinMs: number;
  /** How often a start that fails is tried, a second apart; PostgreSQL refuses while processes of a killed server are still ending. */
  readonly startAttempts?: number;
}

/** A server that runs and is watched. */
export interface ChildServer {
  /** The process number now; it changes when the server is started anew. */
  readonly pid: () => number | undefined;
  /** Ends it in good order and no longer watches it. */
  readonly stop: () => Promise<void>;
}

const RESTARTS_MAX = 5;
const RESTARTS_WITHIN_MS = 10 * 60_000;
const LOG_BYTES_MAX = 20 * 1024 * 1024;

/**
 * Starts a server in a session of its own, so that the terminal's Ctrl-C reaches us alone and we end things in order.
 *
 * - One of ours that still runs from an earlier start, whose parent was killed, is ended first: it may have been started with
 *   other settings, and its data are safe either way.
 * - When we are killed, even by -9, a guardian (a shell that reads a pipe from us) sees the pipe close and ends the server gently.
 * - When the server dies by itself, it is started again, at most five times in ten minutes with growing pauses; after that `onLost` is
 *   called once.
 */
export async function startChildServer(
  spec: ChildServerSpec,
  progress: Progress,
  onLost: (problem: Problem) => void,
): Promise<ChildServer> {
  await endLeftover(spec, progress);
  let stopping = false;
  let current = await launchPatiently(spec);
  let restarting = Promise.resolve();
  const restarts: number[] = [];

  async function restart(how: string): Promise<void> {
    const now = Date.now();
    restarts.push(now);
    while (restarts[0]! < now - RESTARTS_WITHIN_MS) restarts.shift();
    if (restarts.length > RESTARTS_MAX) {
      return onLost(new Problem(`${spec.name} ended ${restarts.length} times within ten minutes.`, `Its log says why: ${spec.logFile}`));
    }
    progress(`${spec.name} ended unexpectedly (${how}); starting it again …`);
    await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** (restarts.length - 1)));
    if (stopping) return;
    try {
      current = await launch(spec);
      progress(`${spec.name} runs again.`);
    } catch (error) {
      progress((error as Error).message);
      return restart('it could not be started');
    }
    watch();
  }
  function watch(): void {
    current.ended.then((how) => {
      if (!stopping) restarting = restart(how);
    });
  }
  watch();

  return {
    pid: () => current.child.pid,
    stop: async () => {
      stopping = true;
      await restarting;
      await current.stop();
    },
  };
}

/** Ends a server of ours that outlived its parent. */
export async function endLeftover(spec: Pick<ChildServerSpec, 'name' | 'recordFile' | 'stopSignals'>, progress: Progress): Promise<void> {
  const leftover = findRunning(spec.recordFile);
  if (leftover !== undefined) {
    progress(`ending ${spec.name} of an earlier start (process ${leftover.pid}) …`);
    if ((await endProcess(leftover, spec.stopSignals)) === undefined) {
      throw new Problem(
        `${spec.name} of an earlier start (process ${leftover.pid}) does not end.`,
        `End it by hand: kill -9 ${leftover.pid}`,
      );
    }
  }
  removeProcessRecord(spec.recordFile);
}

/** The last lines of a log file, for a message about a failed start. */
function tailOf(file: string, lines = 12): string {
  if (!existsSync(file)) return '';
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

interface Launched {
  readonly child: ChildProcess;
  readonly ended: Promise<string>;
  readonly stop: () => Promise<void>;
}

async function launchPatiently(spec: ChildServerSpec): Promise<Launched> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch(spec);
    } catch (error) {
      if (attempt >= (spec.startAttempts ?? 1)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

async function launch(spec: ChildServerSpec): Promise<Launched> {
  if (!(await isPortFree(spec.port, '127.0.0.1'))) {
    throw new Problem(
      `${spec.name} cannot be started: port ${spec.port} is taken by another program.`,
      'End that program, or choose another port.',
    );
  }
  const log = openLog(spec.logFile);
  const child = spawn(spec.command, spec.args, {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
    env: { ...plainEnvironment(), ...spec.env },
    ...(spec.user === undefined ? {} : spec.user),
  });
  closeSync(log);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  const identity = child.pid === undefined ? undefined : identityOf(child.pid);
  if (child.pid !== undefined) writeProcessRecord(spec.recordFile, child.pid, { port: spec.port });
  const guardian = child.pid === undefined ? undefined : guard(child.pid, spec.stopSignals[0]?.[0] ?? 'SIGTERM');
  const dismiss = ended.then(() => guardian?.stdin?.end('done\n'));
  const stop = async (): Promise<void> => {
    if (child.pid !== undefined && identity !== undefined) await endProcess({ pid: child.pid, identity }, spec.stopSignals);
    await dismiss;
    removeProcessRecord(spec.recordFile);
  };

  const begun = Date.now();
  for (;;) {
    const outcome = await Promise.race([
      spec.probe().then(
        () => 'ready' as const,
        () => 'not yet' as const,
      ),
      ended,
    ]);
    if (outcome === 'ready') return { child, ended, stop };
    const tooLong = Date.now() - begun > spec.readyWithinMs;
    if (outcome !== 'not yet' || tooLong) {
      await stop();
      const how = outcome === 'not yet' ? `does not answer after ${spec.readyWithinMs / 1000} s` : `ended while starting (${outcome})`;
      throw new Problem(`${spec.name} ${how}.\n${tailOf(spec.logFile)}`, `The whole log: ${spec.logFile}`);
    }
    await Promise.race([new Promise((resolve) => setTimeout(resolve, 50)), ended]);
  }
}

/** A process that waits for our end: its input closes when we die, however we die. Told `done`, it leaves without doing anything. */
function guard(pid: number, signal: NodeJS.Signals): ChildProcess {
  const script = 'read -r line || kill -s "$2" "$1"';
  const guardian = spawn('/bin/sh', ['-c', script, 'guardian', String(pid), signal.replace(/^SIG/, '')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  guardian.on('error', () => undefined);
  guardian.stdin?.on('error', () => undefined);
  guardian.unref();
  (guardian.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  return guardian;
}

/** Our settings, npm's variables and Temporal's own configuration must not leak into the servers. */
function plainEnvironment(): Record<string, string> {
  const wanted = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'TZDIR', 'LD_LIBRARY_PATH'];
  return Object.fromEntries(wanted.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}

/** Opens the log for appending; one that grew large becomes `.1` first. */
function openLog(file: string): number {
  mkdirSync(path.dirname(file), { recursive: true });
  if (existsSync(file) && statSync(file).size > LOG_BYTES_MAX) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}
