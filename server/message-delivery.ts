import type { Database } from '../db/database';
import { type MatchedMessage, settleMessage } from '../db/message-repository';
import { applyAll } from '../db/projection';
import type { CaseGateway } from './case-gateway';
import { failpoint } from './failpoint';

/**
 * Sends a matched message to its case and writes the rows and the message's end in one transaction. The message's id is the Update's id, so
 * a delivery that is repeated after a lost answer is one.
 *
 * @returns false where the case does not await the message (any more)
 */
export async function deliverMessage(db: Database, gateway: CaseGateway, match: MatchedMessage): Promise<boolean> {
  const { dealership, messageId, name, correlationKey, variables, actor, rootKey, workflowId } = match;
  const address = { workflowId, instanceKey: rootKey };
  const answer = await gateway.act({
    address,
    updateId: `message-${messageId}`,
    request: { type: 'deliverMessage', actor, messageId, name, correlationKey, variables },
    repeated: true,
    rows: { sequence: 0, chainHead: '' },
  });
  if (answer.kind !== 'applied') return false;
  failpoint('worker.after-message-update-before-rows');
  const settle = (trx: Parameters<typeof settleMessage>[0]) => settleMessage(trx, dealership, messageId, 'CORRELATED');
  const { batch, sequence } = answer.outcome;
  const batches = batch === null ? await gateway.journal(address, sequence) : [batch];
  if (batches.length === 0) await db.tenant(dealership, settle);
  else await applyAll(db, { workflowId }, batches, (from) => gateway.journal(address, from), settle);
  return true;
}
