import type { Client as TemporalClient } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils';
import { Client } from 'pg';
import { chainBatch, GENESIS } from '../../db/audit-chain';
import { openDatabase } from '../../db/database';
import { publishDealership } from '../../db/definition-repository';
import { migrate } from '../../db/migrations';
import { applyBatch } from '../../db/projection';
import type { EngineRecord, RecordBatch } from '../../engine/runtime/records';
import { compileFolder } from '../../server/definitions-folder';
import { readArchive } from '../../server/history-archive';
import { batchesOfHistory } from '../../server/history-records';
import { valueOfPayload } from '../../server/payload-codec';
import {
  type ActOutcome,
  type CaseInput,
  MESSAGE_WORKFLOW,
  SCHEDULED_WORKFLOW,
  SIGNAL_WORKFLOW,
  STARTER_WORKFLOW,
} from '../../workflows/messages';
import type { Product } from './rig';

/** The tables that the records of a case make, with the columns that come from elsewhere. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  process_instance: ['archived'],
  variable: [],
  user_task: [],
  task_candidate: [],
  task_copy: [],
  incident: [],
  message_subscription: [],
  audit_event: [],
};

interface CaseRow {
  instance_key: string;
  dealership_id: string;
  workflow_id: string;
  applied_sequence: number;
  chain_head: string;
}

interface Snapshot {
  cases: CaseRow[];
  tables: Record<string, string[]>;
  audit: { root_key: string; sequence: number; record: EngineRecord; prev_hash: string; hash: string }[];
  commands: { update_id: string; workflow_id: string; instance_key: string; state: string; status: number | null }[];
}

/**
 * What does not hold between the rows of the product and the histories that Temporal has; empty where all holds. Rows are read first:
 * whatever they say, a history that is read later must say too, at any moment.
 *
 * @param options.complete the cases rest: rows must not lack anything either
 */
export async function differences(product: Product, options: { complete: boolean }): Promise<string[]> {
  const rows = await readRows(product.databaseUrl());
  return product.temporal(async (client) => {
    const found: string[] = [];
    const batches: [CaseRow, RecordBatch[]][] = [];
    for (const row of rows.cases) {
      const runs = await runsOf(client, row);
      const inHistory = await batchesOfHistory(...runs);
      found.push(...sequenceFaults(row, inHistory, options.complete), ...chainFaults(row, rows.audit));
      found.push(...(await updateFaults(row, runs, rows)));
      batches.push([row, inHistory.filter(({ sequence }) => sequence <= row.applied_sequence)]);
      if (options.complete) found.push(...(await archiveFaults(product, row, runs)));
    }
    if (options.complete) found.push(...(await unknownWorkflows(client, rows.cases)));
    const folded = await fold(product, batches);
    for (const table of Object.keys(TABLES)) found.push(...rowFaults(table, rows.tables[table] ?? [], folded.tables[table] ?? []));
    return found;
  });
}

/** How often each thing that may happen once in an order's story has happened. */
export async function effects(product: Product): Promise<Record<string, number>> {
  const rows = await query<{ effect: string; count: number }>(
    product.databaseUrl(),
    `select concat_ws(' ', type, case when element_id is null then instance_key else root_key || ' ' || element_id end) as effect, count(*)::integer as count
     from audit_event where type in ('instanceStarted', 'instanceCompleted', 'taskOpened', 'taskCompleted', 'messageReceived', 'connectorInvoked', 'connectorSucceeded')
     group by 1`,
  );
  return Object.fromEntries(rows.map(({ effect, count }) => [effect, count]));
}

/** Runs one statement with a connection of its own. */
export async function query<Row>(url: string, statement: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows as Row[];
  } finally {
    await client.end();
  }
}

/** All in one snapshot of the database. */
async function readRows(url: string): Promise<Snapshot> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`begin isolation level repeatable read read only; set local timezone = 'UTC'`);
    const list = async <Row>(text: string): Promise<Row[]> => (await client.query(text)).rows as Row[];
    const tables: Snapshot['tables'] = {};
    for (const [table, ignored] of Object.entries(TABLES)) {
      const { rows } = await client.query(`select (to_jsonb(t) - $1::text[])::text as row from ${table} t order by 1`, [ignored]);
      tables[table] = rows.map(({ row }) => row as string);
    }
    return {
      tables,
      cases: await list(`select instance_key, dealership_id, workflow_id, applied_sequence, encode(chain_head, 'hex') as chain_head
        from process_instance where parent_key is null order by instance_key`),
      audit: await list(`select root_key, sequence, record, encode(prev_hash, 'hex') as prev_hash, encode(hash, 'hex') as hash
        from audit_event order by root_key, sequence, position`),
      commands: await list('select update_id, workflow_id, instance_key, state, status from command'),
    };
  } finally {
    await client.end();
  }
}

/** The histories of a case's runs, from the last one back. */
async function runsOf(client: TemporalClient, row: CaseRow): Promise<History[]> {
  const runs: History[] = [];
  let { runId } = await client.workflow.getHandle(row.workflow_id).describe();
  while (runId !== '') {
    const history = await client.workflow.getHandle(row.workflow_id, runId).fetchHistory();
    const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
    const payload = started?.input?.payloads?.[0];
    const input = payload == null ? undefined : await valueOfPayload<CaseInput>(payload);
    if (input?.instanceKey !== row.instance_key) break;
    runs.push(history);
    runId = started?.continuedExecutionRunId ?? '';
  }
  return runs;
}

function sequenceFaults(row: CaseRow, batches: RecordBatch[], complete: boolean): string[] {
  const faults = batches
    .filter(({ sequence }, index) => sequence !== index + 1)
    .slice(0, 1)
    .map(({ sequence }) => `case ${row.instance_key}: the history has a gap before batch ${sequence}`);
  const last = batches.at(-1)?.sequence ?? 0;
  if (row.applied_sequence > last)
    faults.push(`case ${row.instance_key}: rows have batch ${row.applied_sequence}, the history ends with ${last}`);
  if (complete && row.applied_sequence < last)
    faults.push(`case ${row.instance_key}: rows lack batches from ${row.applied_sequence + 1} to ${last}`);
  return faults;
}

/** The chain, computed anew from the values of the audit log. */
function chainFaults(row: CaseRow, audit: Snapshot['audit']): string[] {
  const events = audit.filter(({ root_key }) => root_key === row.instance_key);
  let head = GENESIS;
  for (let sequence = 1; sequence <= row.applied_sequence; sequence += 1) {
    const own = events.filter((event) => event.sequence === sequence);
    const batch = { rootKey: row.instance_key, dealership: row.dealership_id, sequence, records: own.map(({ record }) => record) };
    const chain = chainBatch(batch, head);
    const broken = own.some(({ hash, prev_hash }, i) => hash !== chain.events[i]?.hash || prev_hash !== chain.events[i]?.prevHash);
    if (broken) return [`case ${row.instance_key}: the audit chain is broken in batch ${sequence}`];
    head = chain.head;
  }
  return head === row.chain_head ? [] : [`case ${row.instance_key}: the head of the audit chain is another`];
}

/** Every command that was answered with success is in the history, as one outcome under its id. */
async function updateFaults(row: CaseRow, runs: History[], { commands }: Snapshot): Promise<string[]> {
  const sequences = new Map<string, Set<number>>();
  for (const event of runs.flatMap(({ events }) => events ?? [])) {
    const completed = event.workflowExecutionUpdateCompletedEventAttributes;
    const payload = completed?.outcome?.success?.payloads?.[0];
    if (payload == null) continue;
    const id = completed?.meta?.updateId ?? '';
    sequences.set(id, (sequences.get(id) ?? new Set()).add((await valueOfPayload<ActOutcome>(payload)).sequence));
  }
  return commands
    .filter((command) => command.workflow_id === row.workflow_id && command.instance_key === row.instance_key)
    .filter(({ state, status }) => state === 'DONE' && status !== null && status < 300)
    .filter(({ update_id }) => sequences.get(update_id)?.size !== 1)
    .map(
      ({ update_id }) =>
        `case ${row.instance_key}: command ${update_id} has ${sequences.get(update_id)?.size ?? 0} outcomes in the history`,
    );
}

/** Runs that were continued are archived, each text as its hash says. */
async function archiveFaults(product: Product, row: CaseRow, runs: History[]): Promise<string[]> {
  if (runs.length === 1) return [];
  const db = openDatabase(product.databaseUrl('neiqin', 'neiqin_owner'), { applicationName: 'check' });
  try {
    const archived = (await readArchive(db, row.dealership_id, row.instance_key)).length;
    return archived >= runs.length - 1 ? [] : [`case ${row.instance_key}: ${archived} of ${runs.length} runs are archived`];
  } finally {
    await db.close();
  }
}

/** A case that only Temporal knows has lost its first rows. */
async function unknownWorkflows(client: TemporalClient, cases: CaseRow[]): Promise<string[]> {
  const known = new Set(cases.map(({ workflow_id }) => workflow_id));
  const unknown: string[] = [];
  const others = [MESSAGE_WORKFLOW, SIGNAL_WORKFLOW, STARTER_WORKFLOW, SCHEDULED_WORKFLOW].map((type) => `"${type}"`).join(', ');
  for await (const { workflowId } of client.workflow.list({ query: `WorkflowType NOT IN (${others})` })) {
    if (!known.has(workflowId)) unknown.push(`workflow ${workflowId} has no rows`);
  }
  return unknown;
}

const CHECK_DATABASE = 'fold';

/** Applies the batches in an empty database beside the product's, and reads its rows. */
async function fold(product: Product, cases: [CaseRow, RecordBatch[]][]): Promise<Snapshot> {
  await prepareFold(product);
  const db = openDatabase(product.databaseUrl(CHECK_DATABASE, 'neiqin_owner'), { applicationName: 'check' });
  try {
    for (const [row, batches] of cases) {
      for (const batch of batches) {
        await db.tenant(row.dealership_id, (trx) => applyBatch(trx, batch, { workflowId: row.workflow_id }));
      }
    }
    return await readRows(product.databaseUrl(CHECK_DATABASE));
  } finally {
    await db.close();
  }
}

/** An empty database with the schema and the definitions: made for the first check of a product, emptied for the others. */
export async function prepareFold(product: Product): Promise<void> {
  const exists = await query(product.databaseUrl('postgres'), `select from pg_database where datname = '${CHECK_DATABASE}'`);
  if (exists.length > 0) {
    await query(product.databaseUrl(CHECK_DATABASE), `truncate ${Object.keys(TABLES).join(', ')}`);
    return;
  }
  const unfinished = `${CHECK_DATABASE}_unfinished`;
  await query(product.databaseUrl('postgres'), `create database ${unfinished} owner neiqin_owner`);
  await query(product.databaseUrl(unfinished), 'create extension pg_trgm');
  const url = product.databaseUrl(unfinished, 'neiqin_owner');
  await migrate(url);
  const db = openDatabase(url, { applicationName: 'check' });
  for (const dealership of compileFolder(product.definitions)) await publishDealership(db, dealership);
  await db.close();
  await query(product.databaseUrl('postgres'), `alter database ${unfinished} rename to ${CHECK_DATABASE}`);
}

function rowFaults(table: string, actual: string[], folded: string[]): string[] {
  const counts = new Map<string, number>();
  for (const row of actual) counts.set(row, (counts.get(row) ?? 0) + 1);
  for (const row of folded) counts.set(row, (counts.get(row) ?? 0) - 1);
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([row, count]) => `${table}: ${count > 0 ? 'not in the history' : 'missing'}: ${row}`);
}
