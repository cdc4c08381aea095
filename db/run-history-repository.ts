import type { Transaction } from './database';

/** The Temporal history of one run of a case. */
export interface RunHistory {
  dealership: string;
  instanceKey: string;
  runId: string;
  runNumber: number;
  events: number;
  /** sha-256 of the uncompressed text. */
  sha256: Buffer;
  /** The history's JSON, compressed. */
  content: Buffer;
  /** False where it was taken before the run's end; the whole one may be stored beside it. */
  complete: boolean;
}

/** Stores a run's history. Idempotent: what is stored stays as it was. Says whether it was new. */
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
      history.sha256,
      history.content,
      history.complete,
    ],
  );
  return rows.length === 1;
}

interface Row {
  run_id: string;
  run_number: number;
  events: number;
  sha256: Buffer;
  content: Buffer;
  complete: boolean;
}

/** The archived runs of a case, the first run first; of a run the complete history where there is one. */
export async function readRunHistories(trx: Transaction, instanceKey: string): Promise<Omit<RunHistory, 'dealership' | 'instanceKey'>[]> {
  const rows = await trx.query<Row>(
    `select distinct on (run_number, run_id) run_id, run_number, events, sha256, content, complete from run_history
     where instance_key = $1 order by run_number, run_id, complete desc`,
    [instanceKey],
  );
  return rows.map(({ run_id, run_number, ...rest }) => ({ runId: run_id, runNumber: run_number, ...rest }));
}

/** Ended root cases whose histories are not archived, those that ended first before the others: the system role's. */
export async function listUnarchived(
  trx: Transaction,
  limit: number,
): Promise<{ dealership: string; instanceKey: string; workflowId: string }[]> {
  return trx.query(
    `select dealership_id as dealership, instance_key as "instanceKey", workflow_id as "workflowId" from process_instance
     where parent_key is null and ended_at is not null and not archived order by ended_at limit $1`,
    [limit],
  );
}

/** Of these workflow ids the root cases that the rows show as running: the system role's. */
export async function listRunning(trx: Transaction, workflowIds: string[]): Promise<Set<string>> {
  const rows = await trx.query<{ workflow_id: string }>(
    "select workflow_id from process_instance where parent_key is null and state in ('ACTIVE', 'SUSPENDED') and workflow_id = any ($1::text[])",
    [workflowIds],
  );
  return new Set(rows.map((row) => row.workflow_id));
}

/** Notes that all runs of a case are archived. */
export async function markArchived(trx: Transaction, instanceKey: string): Promise<void> {
  await trx.query('update process_instance set archived = true where instance_key = $1 and not archived', [instanceKey]);
}
