import type { Transaction } from './database';

/** Cases that wait for a signal of this name, by key; but for the one that threw it. */
export async function listSignalCases(
  trx: Transaction,
  dealership: string,
  name: string,
  exceptRootKey: string,
): Promise<{ rootKey: string; workflowId: string }[]> {
  return trx.query(
    `select distinct root_key as "rootKey", workflow_id as "workflowId" from message_subscription
     where dealership_id = $1 and name = $2 and correlation_key is null and open and root_key <> $3 order by root_key`,
    [dealership, name, exceptRootKey],
  );
}
