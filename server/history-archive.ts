import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { Database } from '../db/database';
import { findUnarchivedSince, listArchivedRuns, markArchived, putRunHistory, readRunHistories } from '../db/run-history-repository';
import { type CaseInput, MESSAGE_WORKFLOW } from '../workflows/messages';
import { valueOfPayload } from './payload-codec';

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** A run of a case's workflow. */
export interface RunAddress {
  workflowId: string;
  runId: string;
  dealership: string;
  instanceKey: string;
  runNumber: number;
}

/**
 * Stores the history of a run in PostgreSQL: Temporal's JSON form, compressed, with the sha-256 of the uncompressed text. Temporal forgets
 * after its retention; what is here can be replayed and proved years later. Storing the same again changes nothing.
 *
 * @param complete false before continue-as-new, when the run has not quite ended
 */
export async function archiveRun(db: Database, client: Client, run: RunAddress, complete: boolean): Promise<void> {
  const history = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
  const text = historyToJSON(history);
  const content = await pack(text);
  const sha256 = createHash('sha256').update(text).digest();
  const events = history.events?.length ?? 0;
  await db.tenant(run.dealership, (trx) => putRunHistory(trx, { ...run, events, sha256, content, complete }));
}

/** The archived histories of a case as Temporal's JSON, run by run; throws where a text is not what its hash says. */
export async function readArchive(db: Database, dealership: string, instanceKey: string): Promise<string[]> {
  const runs = await db.tenant(dealership, (trx) => readRunHistories(trx, instanceKey));
  return Promise.all(
    runs.map(async ({ runId, content, sha256 }) => {
      const text = (await unpack(content)).toString('utf8');
      if (!createHash('sha256').update(text).digest().equals(sha256)) throw new Error(`archived run "${runId}" differs from its hash`);
      return text;
    }),
  );
}

/** Runs that one pass archives at most. */
const RUNS_PER_PASS = 1_000;
const AN_HOUR_MS = 3_600_000;

/**
 * Archives the runs that have closed since the oldest case whose archive is missing; returns how many. What closed is asked of Temporal in
 * one list for all cases.
 */
export async function archiveClosedRuns(db: Database, client: Client): Promise<number> {
  const since = await db.system(async (trx) => findUnarchivedSince(trx));
  if (since === undefined) return 0;
  const from = new Date(since.getTime() - AN_HOUR_MS).toISOString();
  const closed: { workflowId: string; runId: string }[] = [];
  for await (const { workflowId, runId } of client.workflow.list({
    query: `CloseTime >= "${from}" AND WorkflowType != "${MESSAGE_WORKFLOW}"`,
  })) {
    closed.push({ workflowId, runId });
    if (closed.length >= RUNS_PER_PASS * 10) break;
  }
  const known = new Set(
    await db.system((trx) =>
      listArchivedRuns(
        trx,
        closed.map(({ runId }) => runId),
      ),
    ),
  );
  let archived = 0;
  for (const execution of closed.reverse()) {
    if (known.has(execution.runId)) continue;
    if (archived >= RUNS_PER_PASS) break;
    if (await archiveClosed(db, client, execution)) archived += 1;
  }
  return archived;
}

async function archiveClosed(db: Database, client: Client, execution: { workflowId: string; runId: string }): Promise<boolean> {
  const history = await client.workflow.getHandle(execution.workflowId, execution.runId).fetchHistory();
  const payload = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  const input = payload == null ? undefined : await valueOfPayload<Partial<CaseInput>>(payload);
  if (input?.instanceKey === undefined || input.dealership === undefined) return false;
  const { dealership, instanceKey } = input;
  await archiveRun(db, client, { ...execution, dealership, instanceKey, runNumber: input.resumed?.runNumber ?? 1 }, true);
  const last = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes == null;
  if (last) await db.tenant(dealership, (trx) => markArchived(trx, instanceKey));
  return true;
}
