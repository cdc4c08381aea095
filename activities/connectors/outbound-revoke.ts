import { revokeOutboundOrder } from '../../db/outbound-order-repository';
import { revokeSignature } from '../../engine/connectors/books';
import type { Connector } from '../connector';
import { onceInDatabase } from '../own-database';

/** `outbound.revoke`: an outbound order is taken back; the order may have another one then, under another number. */
export const outboundRevoke: Connector = {
  name: 'outbound.revoke',
  ...revokeSignature,
  run: (input, attempt) =>
    onceInDatabase(attempt, 'outbound.revoke', async (trx, origin) => ({
      ...(await revokeOutboundOrder(trx, origin, { number: String(input.number), reason: String(input.reason) })),
    })),
};
