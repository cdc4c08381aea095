import { refundPayment } from '../../db/payment-repository';
import { refundSignature } from '../../engine/connectors/books';
import type { Connector } from '../connector';
import { onceInDatabase } from '../own-database';

/** `payment.refund`: a payment is given back, for example by compensation; its reference stays used. */
export const paymentRefund: Connector = {
  name: 'payment.refund',
  ...refundSignature,
  run: (input, attempt) =>
    onceInDatabase(attempt, 'payment.refund', async (trx, origin) => {
      const payment = { bank: String(input.bank), reference: String(input.reference), reason: String(input.reason) };
      return { ...(await refundPayment(trx, origin, payment)) };
    }),
};
