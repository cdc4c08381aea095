import type { RecordBatch, SubscriptionSnapshot } from '../engine/runtime/records';
import { chainBatch, GENESIS } from './audit-chain';
import { type BatchRows, candidatesOf, foldBatch, isoOf } from './batch-rows';
import type { Database, Transaction } from './database';
import { findModel } from './definition-repository';
import { storableJson } from './json-text';
import { listWaitingFor, lockCorrelation, type MessageAddress, takeBufferedMessage } from './message-repository';
import { claimCase, lockCase, writeBatch, writtenLinks } from './projection-statements';

/** Where the case of a batch runs. */
export interface CaseLocation {
  workflowId: string;
}

/**
 * `applied`: the rows are written in this transaction; the matched messages are to be delivered, or looked at again, after its commit. `already`: this very
 * batch had been written. `gap`: batches from `expected` on are missing and nothing was written.
 */
export type ApplyResult =
  | { kind: 'applied'; sequence: number; chainHead: string; matchedMessages: MessageAddress[] }
  | { kind: 'already'; sequence: number; chainHead: string }
  | { kind: 'gap'; expected: number };

/** Two different batches for one (instance, sequence): rows and history have parted. An alarm for an operator, never skipped. */
export class ProjectionConflictError extends Error {
  override name = 'ProjectionConflictError';
  constructor(
    readonly rootKey: string,
    readonly sequence: number,
  ) {
    super(`batch ${sequence} of case "${rootKey}" differs from the one that is written`);
  }
}

/** A gap that neither another writer nor the journal fills. The rows wait; the case itself is unharmed. */
export class ProjectionGapError extends Error {
  override name = 'ProjectionGapError';
  constructor(
    readonly rootKey: string,
    readonly expected: number,
  ) {
    super(`batch ${expected} of case "${rootKey}" is missing`);
  }
}

/**
 * Writes the rows of one batch: audit events with their chain, instances, variables, tasks, incidents, subscriptions. Batches of a case are
 * applied in sequence, each once; writers of one case wait for each other, those of different cases do not. Costs two statements, and two
 * more for each new message subscription.
 */
export async function applyBatch(trx: Transaction, batch: RecordBatch, location: CaseLocation): Promise<ApplyResult> {
  const written = await enterCase(trx, batch, location);
  if (written === undefined) return { kind: 'gap', expected: 1 };
  if (batch.sequence > written.sequence + 1) return { kind: 'gap', expected: written.sequence + 1 };
  if (batch.sequence <= written.sequence) {
    await assertSame(trx, batch);
    return { kind: 'already', sequence: written.sequence, chainHead: written.head };
  }
  const chain = chainBatch(batch, written.head);
  const rows = foldBatch(batch);
  const added = [...rows.subscriptions.values()].filter(awaitsMessage);
  for (const name of [...new Set(added.map((subscription) => JSON.stringify([subscription.name, subscription.correlationKey])))].sort()) {
    const [message, key] = JSON.parse(name) as [string, string];
    await lockCorrelation(trx, batch.dealership, message, key);
  }
  await trx.query(writeBatch, [
    batch.rootKey,
    batch.dealership,
    batch.sequence,
    chain.head,
    location.workflowId,
    auditJson(chain.events),
    instancesJson(rows),
    variablesJson(rows),
    await tasksJson(trx, batch.dealership, rows),
    candidatesJson(rows),
    [...rows.tasks.keys()],
    incidentsJson(rows),
    storableJson([...rows.subscriptions.values()]),
    storableJson(rows.copies.map((copy) => ({ ...copy, at: isoOf(copy.atMs) }))),
  ]);
  const matchedMessages: MessageAddress[] = [];
  for (const subscription of added) {
    const message = await takeBufferedMessage(trx, batch.dealership, {
      ...subscription,
      rootKey: batch.rootKey,
      workflowId: location.workflowId,
    });
    if (message !== undefined) matchedMessages.push(message);
  }
  if (rows.instances.get(batch.rootKey)?.endedAtMs != null) {
    matchedMessages.push(...(await listWaitingFor(trx, batch.dealership, location.workflowId)));
  }
  return { kind: 'applied', sequence: batch.sequence, chainHead: chain.head, matchedMessages };
}

/** A signal's subscription has no key: signals are not kept, so nothing can be waiting for it. */
function awaitsMessage(subscription: SubscriptionSnapshot): subscription is SubscriptionSnapshot & { correlationKey: string } {
  return subscription.open && subscription.correlationKey !== null;
}

interface Written {
  sequence: number;
  head: string;
}

/** Locks the case's row, or makes it for the first batch. Undefined where there is none and this is not the first. */
async function enterCase(trx: Transaction, batch: RecordBatch, location: CaseLocation): Promise<Written | undefined> {
  const start =
    batch.sequence === 1 ? batch.records.find((record) => 'instance' in record && record.instance.key === batch.rootKey) : undefined;
  if (start?.type === 'instanceStarted') {
    const { processId, model, businessKey, startedAtMs, startedBy } = start.instance;
    const claimed = await trx.query(claimCase, [
      batch.rootKey,
      batch.dealership,
      processId,
      model,
      businessKey,
      location.workflowId,
      isoOf(startedAtMs),
      startedBy,
      GENESIS,
    ]);
    if (claimed.length === 1) return { sequence: 0, head: GENESIS };
  }
  const [row] = await trx.query<Written>(lockCase, [batch.rootKey]);
  if (row === undefined && batch.sequence === 1) throw new Error(`invariant: the first batch of case "${batch.rootKey}" does not start it`);
  return row;
}

/** Compares by the chain: the links of the batch, made from where its first event stands, must be those that are stored. */
async function assertSame(trx: Transaction, batch: RecordBatch): Promise<void> {
  const links = await trx.query<{ prev: string; hash: string }>(writtenLinks, [batch.rootKey, batch.sequence]);
  const chain = chainBatch(batch, links[0]?.prev ?? GENESIS);
  const same = links.length === chain.events.length && chain.events.every((event, index) => event.hash === links[index]?.hash);
  if (!same) throw new ProjectionConflictError(batch.rootKey, batch.sequence);
}

function auditJson(events: ReturnType<typeof chainBatch>['events']): string {
  return storableJson(events.map((event) => ({ ...event, at: isoOf(event.atMs) })));
}

function instancesJson(rows: BatchRows): string {
  return storableJson(
    [...rows.instances.values()].map((instance) => ({
      ...instance,
      instanceKey: instance.key,
      startedAt: isoOf(instance.startedAtMs),
      endedAt: isoOf(instance.endedAtMs),
    })),
  );
}

function variablesJson(rows: BatchRows): string {
  const list = [...rows.variables].flatMap(([scope, { instanceKey: instance, values }]) =>
    Object.entries(values).map(([name, value]) => ({ scope, instance, name, value })),
  );
  return storableJson(list);
}

async function tasksJson(trx: Transaction, dealership: string, rows: BatchRows): Promise<string> {
  const list = [];
  for (const task of rows.tasks.values()) {
    const model = await findModel(trx, dealership, task.model);
    list.push({
      ...task,
      title: model?.nodes[task.elementId]?.title ?? null,
      createdAt: isoOf(task.createdAtMs),
      dueAt: isoOf(task.dueAtMs),
      completedAt: isoOf(task.completedAtMs),
      // batches that an older engine has made know no follow-up date
      followUpAt: isoOf(task.followUpAtMs ?? null),
    });
  }
  return storableJson(list);
}

function candidatesJson(rows: BatchRows): string {
  const list = [...rows.tasks.values()].flatMap((task) =>
    candidatesOf(task).map((candidate) => ({ key: task.key, candidate, due: isoOf(task.dueAtMs) })),
  );
  return storableJson(list);
}

function incidentsJson(rows: BatchRows): string {
  return storableJson(
    [...rows.incidents.values()].map((incident) => ({
      ...incident,
      openedAt: isoOf(incident.openedAtMs),
      resolvedAt: isoOf(incident.resolvedAtMs),
    })),
  );
}

/** Gives the batches of a case from `fromSequence` on that its journal holds. */
export type FillGap = (fromSequence: number) => Promise<RecordBatch[]>;

export interface Applied {
  sequence: number;
  chainHead: string;
  matchedMessages: MessageAddress[];
}

const GAP_WAIT_MS = 2_000;
const pauses = [20, 40, 80, 160, 200];

/**
 * Applies batches in order, each in a transaction of its own, the last together with `finish` (the command's answer, say). Where one is
 * ahead of the rows, another writer is usually about to write what is missing: it waits for 2 s, then asks `fillGap`.
 */
export async function applyAll(
  db: Database,
  location: CaseLocation,
  batches: RecordBatch[],
  fillGap: FillGap,
  finish?: (trx: Transaction, applied: Applied) => Promise<void>,
): Promise<Applied> {
  let applied: Applied = { sequence: 0, chainHead: GENESIS, matchedMessages: [] };
  for (const [index, batch] of batches.entries()) {
    const atEnd = index === batches.length - 1 ? finish : undefined;
    applied = await applyPatiently(db, location, batch, fillGap, applied.matchedMessages, atEnd);
  }
  return applied;
}

async function applyPatiently(
  db: Database,
  location: CaseLocation,
  batch: RecordBatch,
  fillGap: FillGap,
  earlier: MessageAddress[],
  finish?: (trx: Transaction, applied: Applied) => Promise<void>,
): Promise<Applied> {
  const matched = [...earlier];
  const attempt = async (): Promise<Applied | { gap: number }> =>
    db.tenant(batch.dealership, async (trx) => {
      const result = await applyBatch(trx, batch, location);
      if (result.kind === 'gap') return { gap: result.expected };
      const messages = result.kind === 'applied' ? [...matched, ...result.matchedMessages] : matched;
      const applied = { sequence: result.sequence, chainHead: result.chainHead, matchedMessages: messages };
      await finish?.(trx, applied);
      return applied;
    });
  let waitedMs = 0;
  for (let round = 0; waitedMs < GAP_WAIT_MS; round++) {
    const result = await attempt();
    if (!('gap' in result)) return result;
    const pauseMs = pauses[Math.min(round, pauses.length - 1)] ?? 200;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    waitedMs += pauseMs;
  }
  const last = await attempt();
  if (!('gap' in last)) return last;
  for (const missing of await fillGap(last.gap)) {
    if (missing.sequence >= batch.sequence) continue;
    const result = await db.tenant(batch.dealership, (trx) => applyBatch(trx, missing, location));
    if (result.kind === 'gap') throw new ProjectionGapError(batch.rootKey, result.expected);
    if (result.kind === 'applied') matched.push(...result.matchedMessages);
  }
  const filled = await attempt();
  if ('gap' in filled) throw new ProjectionGapError(batch.rootKey, filled.gap);
  return filled;
}
