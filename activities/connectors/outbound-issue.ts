import { issueOutboundOrder } from '../../db/outbound-order-repository';
import { issueSignature } from '../../engine/connectors/books';
import type { Connector } from '../connector';
import { onceInDatabase } from '../own-database';

/** `outbound.issue`: the outbound order 出库单 of an order, numbered without gaps within the month. */
export const outboundIssue: Connector = {
  name: 'outbound.issue',
  ...issueSignature,
  run: (input, attempt) =>
    onceInDatabase(attempt, 'outbound.issue', async (trx, origin) => ({
      ...(await issueOutboundOrder(trx, origin, { order: String(input.order), prefix: String(input.prefix ?? 'CK') })),
    })),
};
