import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Transaction } from './database';

/** The Temporal history of one run of a case. */
export interface RunHistory {
  dealership: string;
  instanceKey: string;
  runId: string;
  runNumber: number;
  events: number;
  /** False where it was taken before the run's end; the whole one may be stored beside it. */
  complete: boolean;
  /** The history's JSON. */
  content: string;
}

/** Stores a run's history, compressed, with the sha-256 of its text. Idempotent: a run that is stored stays as it was. Says whether it was new. */
export async function putRunHistory(trx: Transaction, history: RunHistory): Promise<boolean> {
  const rows = await trx.query(
    `insert into run_history (instance_key, run_id, dealership_id, run_number, events, sha256, content, complete)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning run_id`,
    [
      history.instanceKey,
      history.runId,
      history.dealership,
      history.runNumber,
      history.events,
      createHash('sha256').update(history.content).digest(),
      gzipSync(history.content),
      history.complete,
    ],
  );
  return rows.length === 1;
}

/** The archived runs of a case, the first run first. */
export async function listRunHistories(trx: Transaction, instanceKey: string): Promise<(RunHistory & { sha256: string })[]> {
  const rows = await trx.query<{
    dealership_id: string;
    run_id: string;
    run_number: number;
    events: number;
    sha256: Buffer;
    content: Buffer;
    complete: boolean;
  }>('select dealership_id, run_id, run_number, events, sha256, content, complete from run_history where instance_key = $1 order by run_number, complete', [
    instanceKey,
  ]);
  return rows.map((row) => ({
    dealership: row.dealership_id,
    instanceKey,
    runId: row.run_id,
    runNumber: row.run_number,
    events: row.events,
    complete: row.complete,
    content: gunzipSync(row.content).toString(),
    sha256: row.sha256.toString('hex'),
  }));
}
