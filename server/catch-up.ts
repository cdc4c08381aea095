import { findHead } from '../db/instance-repository';
import { applyAll } from '../db/projection';
import type { CaseAddress } from './case-gateway';
import type { Parts } from './parts';

/**
 * Writes what a case's journal has and the rows lack, so that they can say who did what. Says how many batches it wrote or found written.
 * Harmless beside other writers.
 */
export async function catchUp({ db, gateway, deliverMatched }: Parts, dealership: string, address: CaseAddress): Promise<number> {
  const head = await db.tenant(dealership, (trx) => findHead(trx, address.instanceKey));
  const batches = await gateway.journal(address, (head?.sequence ?? 0) + 1);
  if (batches.length === 0) return 0;
  const { matchedMessages } = await applyAll(db, { workflowId: address.workflowId }, batches, (from) => gateway.journal(address, from));
  if (matchedMessages.length > 0) await deliverMatched(matchedMessages);
  return batches.length;
}
