import type { Actor } from '../engine/runtime/events';
import type { Transaction } from './database';
import { storableJson } from './json-text';

/** A process that is, or was, suspended: no case of it starts, and those that ran are suspended one by one. */
export interface ProcessSuspension {
  id: string;
  dealership: string;
  processId: string;
  reason: string | null;
  suspendedBy: Actor;
  suspendedAt: Date;
  resumedBy: Actor | null;
  resumedAt: Date | null;
}

interface Row {
  suspension_id: string;
  dealership_id: string;
  process_id: string;
  reason: string | null;
  suspended_by: Actor;
  suspended_at: Date;
  resumed_by: Actor | null;
  resumed_at: Date | null;
}

const columns = 'suspension_id, dealership_id, process_id, reason, suspended_by, suspended_at, resumed_by, resumed_at';

function suspensionOf(row: Row): ProcessSuspension {
  return {
    id: row.suspension_id,
    dealership: row.dealership_id,
    processId: row.process_id,
    reason: row.reason,
    suspendedBy: row.suspended_by,
    suspendedAt: row.suspended_at,
    resumedBy: row.resumed_by,
    resumedAt: row.resumed_at,
  };
}

/** The suspension of a process that is in force. */
async function findSuspension(trx: Transaction, dealership: string, processId: string): Promise<ProcessSuspension | undefined> {
  const [row] = await trx.query<Row>(
    {
      name: 'suspension-find',
      text: `select ${columns} from process_suspension where dealership_id = $1 and process_id = $2 and resumed_at is null`,
    },
    [dealership, processId],
  );
  return row === undefined ? undefined : suspensionOf(row);
}

export async function isSuspended(trx: Transaction, dealership: string, processId: string): Promise<boolean> {
  return (await findSuspension(trx, dealership, processId)) !== undefined;
}

/** Ids of the processes that are suspended. */
export async function listSuspended(trx: Transaction, dealership: string): Promise<Set<string>> {
  const rows = await trx.query<{ process_id: string }>(
    'select process_id from process_suspension where dealership_id = $1 and resumed_at is null',
    [dealership],
  );
  return new Set(rows.map((row) => row.process_id));
}

/** Suspends a process; one that is suspended stays as it is. */
export async function suspendProcess(
  trx: Transaction,
  suspension: { id: string; dealership: string; processId: string; reason: string | null; actor: Actor },
): Promise<ProcessSuspension> {
  const { id, dealership, processId, reason, actor } = suspension;
  await trx.query(
    `insert into process_suspension (suspension_id, dealership_id, process_id, reason, suspended_by) values ($1, $2, $3, $4, $5)
     on conflict (dealership_id, process_id) where resumed_at is null do nothing`,
    [id, dealership, processId, reason, storableJson(actor)],
  );
  const stored = await findSuspension(trx, dealership, processId);
  if (stored === undefined) throw new Error(`invariant: "${processId}" is suspended`);
  return stored;
}

/** Resumes a process; says whether it was suspended. */
export async function resumeProcess(trx: Transaction, dealership: string, processId: string, actor: Actor): Promise<boolean> {
  const rows = await trx.query(
    `update process_suspension set resumed_at = now(), resumed_by = $3, settled = false
     where dealership_id = $1 and process_id = $2 and resumed_at is null returning suspension_id`,
    [dealership, processId, storableJson(actor)],
  );
  return rows.length > 0;
}

/** Suspensions of which a case may not have heard, the oldest first, of all dealerships: the system role's. */
export async function listUnsettledSuspensions(trx: Transaction): Promise<ProcessSuspension[]> {
  const rows = await trx.query<Row>(`select ${columns} from process_suspension where not settled order by suspended_at limit 100`);
  return rows.map(suspensionOf);
}

/** A case that is to be suspended, or resumed. */
export interface SuspensionCase {
  instanceKey: string;
  workflowId: string;
}

/** How long after a suspension a case's first rows may still come: a start that was let in before it. */
const LATE_START_MS = 120_000;

/** Running cases that began before the suspension and have not heard of it; `limit` at a time. */
export async function listToSuspend(trx: Transaction, suspension: ProcessSuspension, limit: number): Promise<SuspensionCase[]> {
  return trx.query(
    `select i.instance_key as "instanceKey", i.workflow_id as "workflowId" from process_instance i
     where i.dealership_id = $1 and i.process_id = $2 and i.parent_key is null and i.state in ('ACTIVE', 'SUSPENDED') and i.started_at <= $3
       and not exists (select from process_suspension_case c where c.suspension_id = $4 and c.instance_key = i.instance_key)
     order by i.instance_key limit $5`,
    [suspension.dealership, suspension.processId, new Date(suspension.suspendedAt.getTime() + LATE_START_MS), suspension.id, limit],
  );
}

/** Cases that this suspension has suspended and that have not been resumed by its end; `limit` at a time. */
export async function listToResume(trx: Transaction, suspension: ProcessSuspension, limit: number): Promise<SuspensionCase[]> {
  return trx.query(
    `select i.instance_key as "instanceKey", i.workflow_id as "workflowId" from process_suspension_case c
     join process_instance i on i.instance_key = c.instance_key
     where c.suspension_id = $1 and c.suspended and not c.resumed order by i.instance_key limit $2`,
    [suspension.id, limit],
  );
}

/** Notes what a case said to the suspension, or to its end. `suspended` is false where it was suspended before, or had ended. */
export async function noteSuspended(
  trx: Transaction,
  suspension: ProcessSuspension,
  instanceKey: string,
  suspended: boolean,
): Promise<void> {
  await trx.query(
    `insert into process_suspension_case (suspension_id, instance_key, dealership_id, suspended) values ($1, $2, $3, $4)
     on conflict (suspension_id, instance_key) do nothing`,
    [suspension.id, instanceKey, suspension.dealership, suspended],
  );
}

export async function noteResumed(trx: Transaction, suspension: ProcessSuspension, instanceKey: string): Promise<void> {
  await trx.query('update process_suspension_case set resumed = true where suspension_id = $1 and instance_key = $2', [
    suspension.id,
    instanceKey,
  ]);
}

/** Ends the work on a suspension: at once where it was resumed, else when no start of before it can come any more. */
export async function settleSuspension(trx: Transaction, suspension: ProcessSuspension, nowMs: number): Promise<void> {
  const late = suspension.suspendedAt.getTime() + LATE_START_MS;
  if (suspension.resumedAt === null && nowMs < late) return;
  await trx.query('update process_suspension set settled = true where suspension_id = $1 and (resumed_at is null) = $2', [
    suspension.id,
    suspension.resumedAt === null,
  ]);
}
