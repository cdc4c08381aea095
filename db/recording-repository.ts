import type { EngineRecord } from '../engine/runtime/records';
import type { Transaction } from './database';

/** Records of one transition, as the rows have them. */
export interface StoredBatch {
  sequence: number;
  records: EngineRecord[];
}

/** All batches of a case in order, up to a number of records; undefined where there are more. */
export async function readBatches(trx: Transaction, rootKey: string, limit: number): Promise<StoredBatch[] | undefined> {
  const rows = await trx.query<{ sequence: number; record: EngineRecord }>(
    {
      name: 'case-records',
      text: 'select sequence, record from audit_event where root_key = $1 order by sequence, position limit $2',
    },
    [rootKey, limit + 1],
  );
  if (rows.length > limit) return undefined;
  const batches: StoredBatch[] = [];
  for (const { sequence, record } of rows) {
    const last = batches.at(-1);
    if (last?.sequence === sequence) last.records.push(record);
    else batches.push({ sequence, records: [record] });
  }
  return batches;
}

/** Whether a message is on its way to a case: matched and not delivered, or kept although the case awaits it. */
export async function awaitsMovingMessage(trx: Transaction, dealership: string, rootKey: string): Promise<boolean> {
  const [row] = await trx.query<{ moving: boolean }>(
    `select exists (select from message m where m.dealership_id = $1 and (m.state = 'MATCHED' and m.root_key = $2
       or m.state = 'BUFFERED' and m.expires_at > now() and exists (select from message_subscription s where s.dealership_id = $1
         and s.root_key = $2 and s.name = m.name and s.correlation_key = m.correlation_key and s.open))) as moving`,
    [dealership, rootKey],
  );
  return row?.moving === true;
}

/** The roles that a dealership was published with, and who has each. */
export async function readRoles(trx: Transaction, dealership: string): Promise<Record<string, string[]>> {
  const [row] = await trx.query<{ roles: Record<string, string[]> }>('select roles from dealership where dealership_id = $1', [dealership]);
  return row?.roles ?? {};
}

/** Open tasks of cases that a case has started, the oldest first; at most 500. */
export async function listTasksOfCases(trx: Transaction, rootKeys: string[]): Promise<{ processId: string; elementId: string }[]> {
  return trx.query(
    `select process_id as "processId", element_id as "elementId" from user_task
     where root_key = any ($1::text[]) and state = 'CREATED' order by created_at, task_key limit 500`,
    [rootKeys],
  );
}
