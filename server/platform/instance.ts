import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { lock } from 'proper-lockfile';
import { Problem } from './problem';
import { findRunning, removeProcessRecord, writeProcessRecord } from './process-record';

/** What a running `neiqin start` tells other processes on these data. */
export interface RunningInstance {
  readonly pid: number;
  /** Where the API listens; absent until it does. */
  readonly url?: string;
  /** Port of the embedded PostgreSQL; absent where DATABASE_URL is used. */
  readonly databasePort?: number;
  readonly temporalAddress?: string;
}

const recordFile = (data: string): string => path.join(data, 'run', 'neiqin.json');

/** The `neiqin start` that runs on these data, if one does. */
export function findInstance(data: string): RunningInstance | undefined {
  const record = findRunning(recordFile(data));
  return record === undefined ? undefined : { ...record.notes, pid: record.pid };
}

/** Makes the data this process's own: only one may run servers on them. One that was killed has left nothing that is in the way. */
export async function claimData(data: string): Promise<void> {
  const folder = path.join(data, 'run');
  try {
    mkdirSync(data, { recursive: true, mode: 0o711 });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Problem(
      `NEIQIN_DATA: "${data}" cannot be written (${(error as Error).message}).`,
      'Set NEIQIN_DATA to a folder that this account may write.',
      2,
    );
  }
  const unlock = await lock(folder, {
    stale: 5_000,
    update: 1_000,
    retries: { retries: 100, factor: 1, minTimeout: 100, maxTimeout: 100 },
  });
  try {
    const running = findInstance(data);
    if (running !== undefined && running.pid !== process.pid) {
      const where = running.url === undefined ? 'and is starting' : `at ${running.url}`;
      throw new Problem(
        `neiqin runs already on these data, as process ${running.pid} ${where}.`,
        `Stop it (kill ${running.pid}), or set NEIQIN_DATA to another folder. Data: ${data}`,
      );
    }
    writeProcessRecord(recordFile(data), process.pid);
  } finally {
    await unlock();
  }
}

/** Tells others where this process's parts are to be found. */
export function announceInstance(data: string, notes: Omit<RunningInstance, 'pid'>): void {
  const given = Object.entries(notes).filter(([, value]) => value !== undefined);
  writeProcessRecord(recordFile(data), process.pid, Object.fromEntries(given) as Record<string, string | number>);
}

/** Gives the data free. */
export function releaseData(data: string): void {
  removeProcessRecord(recordFile(data));
}
