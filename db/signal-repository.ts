import type { Transaction } from './database';

/** Who hears a signal: a case that waits for it, or a process that it starts. */
export type SignalTarget = { position: number } & (
  | { kind: 'case'; rootKey: string; workflowId: string }
  | { kind: 'start'; processId: string; nodeId: string }
);

/**
 * Takes down who hears a signal at this moment: each case that waits for one of its name, but for the one that threw it, and each start of a
 * process that is not suspended. Asked again for the same signal, it changes nothing. Gives how many there are.
 */
export async function takeSignalTargets(
  trx: Transaction,
  signal: { dealership: string; signalId: string; name: string; exceptRootKey?: string },
): Promise<number> {
  const { dealership, signalId, name, exceptRootKey = '' } = signal;
  await trx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [JSON.stringify(['signal', dealership, signalId])]);
  await trx.query(
    `insert into signal_target (dealership_id, signal_id, position, root_key, workflow_id, process_id, node_id)
     select $1, $2, row_number() over (order by t.root_key, t.process_id, t.node_id), t.root_key, t.workflow_id, t.process_id, t.node_id from (
       select distinct root_key, workflow_id, null::text as process_id, null::text as node_id from message_subscription
       where dealership_id = $1 and name = $3 and correlation_key is null and open and root_key <> $4
       union all
       select null, null, e.process_id, e.node_id from event_start e
       where e.dealership_id = $1 and e.kind = 'signal' and e.name = $3 and not e.withdrawn
         and not exists (select from process_suspension s where s.dealership_id = $1 and s.process_id = e.process_id and s.resumed_at is null)) t
     where not exists (select from signal_target b where b.dealership_id = $1 and b.signal_id = $2)`,
    [dealership, signalId, name, exceptRootKey],
  );
  const [row] = await trx.query<{ targets: number }>(
    'select count(*)::integer as targets from signal_target where dealership_id = $1 and signal_id = $2',
    [dealership, signalId],
  );
  return row?.targets ?? 0;
}

/** Targets that have not been told, in order; at most `limit`. */
export async function listUntold(trx: Transaction, dealership: string, signalId: string, limit: number): Promise<SignalTarget[]> {
  const rows = await trx.query<{
    position: number;
    root_key: string | null;
    workflow_id: string | null;
    process_id: string | null;
    node_id: string | null;
  }>(
    `select position, root_key, workflow_id, process_id, node_id from signal_target
     where dealership_id = $1 and signal_id = $2 and not delivered order by position limit $3`,
    [dealership, signalId, limit],
  );
  return rows.map(({ position, root_key, workflow_id, process_id, node_id }) =>
    root_key === null
      ? { position, kind: 'start', processId: process_id ?? '', nodeId: node_id ?? '' }
      : { position, kind: 'case', rootKey: root_key, workflowId: workflow_id ?? '' },
  );
}

/** Notes that a target has been told, or does not wait any more. */
export async function markTold(trx: Transaction, dealership: string, signalId: string, position: number): Promise<void> {
  await trx.query('update signal_target set delivered = true where dealership_id = $1 and signal_id = $2 and position = $3', [
    dealership,
    signalId,
    position,
  ]);
}
