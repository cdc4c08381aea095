import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A process that we started, told apart from a later one that happens to get the same number. */
export interface ProcessRecord {
  readonly pid: number;
  /** When the process began, as the system tells it. */
  readonly identity: string;
  /** Whatever the writer wants to find again, such as the address that the process serves. */
  readonly notes: Readonly<Record<string, string | number>>;
}

/** Writes who runs, in one step, readable to the owner alone. */
export function writeProcessRecord(file: string, pid: number, notes: ProcessRecord['notes'] = {}): void {
  const record: ProcessRecord = { pid, identity: identityOf(pid) ?? '', notes };
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** The recorded process if it is still alive, and the very same one. */
export function findRunning(file: string): ProcessRecord | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const record = JSON.parse(readFileSync(file, 'utf8')) as ProcessRecord;
    return isRunning(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Forgets the process. */
export function removeProcessRecord(file: string): void {
  rmSync(file, { force: true });
}

/** Whether the process lives. One that has ended but was not yet collected by its parent does not. */
export function isRunning(record: Pick<ProcessRecord, 'pid' | 'identity'>): boolean {
  const identity = identityOf(record.pid);
  return identity !== undefined && identity === record.identity;
}

/**
 * Asks a process to end, each signal in turn with its patience, and waits until it has. Resolves to the signal that was enough, or to
 * undefined when none was.
 */
export async function endProcess(
  record: Pick<ProcessRecord, 'pid' | 'identity'>,
  signals: readonly (readonly [signal: NodeJS.Signals, patienceMs: number])[],
): Promise<NodeJS.Signals | undefined> {
  for (const [signal, patienceMs] of signals) {
    if (!isRunning(record)) return signal;
    process.kill(record.pid, signal);
    for (const until = Date.now() + patienceMs; Date.now() < until; ) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (!isRunning(record)) return signal;
    }
  }
  return undefined;
}

/** When the process began, in a form to compare; undefined when it does not live. */
export function identityOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${fields[19]}@${bootId()}`;
  } catch {
    return undefined;
  }
}

let knownBootId: string | undefined;
function bootId(): string {
  knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return knownBootId;
}
