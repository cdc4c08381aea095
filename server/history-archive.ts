import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { Database } from '../db/database';
import { listUnarchived, markArchived, putRunHistory, readRunHistories } from '../db/run-history-repository';
import type { CaseInput } from '../workflows/messages';
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
  await storeRun(db, run, await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory(), complete);
}

async function storeRun(db: Database, run: RunAddress, history: History, complete: boolean): Promise<void> {
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

/** Cases that one pass archives at most. */
const CASES_PER_PASS = 500;

/**
 * Archives the histories of the cases that ended first and are not archived yet, each with all of its runs; gives how many cases. One that
 * fails is reported and does not hold up the others.
 */
export async function archiveEndedCases(db: Database, client: Client, onFailure: (failure: CaseFailure) => void): Promise<number> {
  const cases = await db.system((trx) => listUnarchived(trx, CASES_PER_PASS));
  let archived = 0;
  for (const ended of cases) {
    try {
      if (await archiveCase(db, client, ended)) archived += 1;
    } catch (error) {
      onFailure({ error, ...ended });
    }
  }
  return archived;
}

/** A case with which recurring work did not succeed. */
export interface CaseFailure {
  error: unknown;
  workflowId: string;
}

interface EndedCase {
  dealership: string;
  instanceKey: string;
  workflowId: string;
}

/** Archives the last run of a case and, from each to the one before, those that it was continued from. */
async function archiveCase(db: Database, client: Client, ended: EndedCase): Promise<boolean> {
  let runId: string | undefined = await findRun(client, ended);
  if (runId === undefined) return false;
  while (runId !== undefined && runId !== '') {
    const history: History | undefined = await client.workflow.getHandle(ended.workflowId, runId).fetchHistory().catch(ignoreForgotten);
    if (history === undefined) break;
    const input = await inputOf(history);
    await storeRun(db, { ...ended, runId, runNumber: input?.resumed?.runNumber ?? 1 }, history, true);
    runId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? undefined;
  }
  await db.tenant(ended.dealership, (trx) => markArchived(trx, ended.instanceKey));
  return true;
}

/** Of an earlier run that Temporal has forgotten the archive has what was stored before it was continued. */
function ignoreForgotten(error: unknown): undefined {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}

/**
 * The latest run of a case. Its workflow id may have gone to a later case with the same business key, so the runs of that id are looked
 * through for its instance key.
 *
 * @returns undefined where Temporal does not know it any more
 */
export async function findRun(
  client: Client,
  { workflowId, instanceKey }: { workflowId: string; instanceKey: string },
): Promise<string | undefined> {
  const runs = client.workflow.list({ query: `WorkflowId = "${workflowId.replaceAll(/["\\]/gu, '\\$&')}"` });
  for await (const { runId } of runs) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory().catch(ignoreForgotten);
    if (history !== undefined && (await inputOf(history))?.instanceKey === instanceKey) return runId;
  }
  return undefined;
}

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;

async function inputOf(history: History): Promise<Partial<CaseInput> | undefined> {
  const payload = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return payload == null ? undefined : valueOfPayload<Partial<CaseInput>>(payload);
}
