import { bookPayment } from '../../db/payment-repository';
import { bookSignature } from '../../engine/connectors/books';
import type { Connector } from '../connector';
import { onceInDatabase } from '../own-database';

/** `payment.book`: money that has come in for an order; `paid` is what the order has until now. */
export const paymentBook: Connector = {
  name: 'payment.book',
  ...bookSignature,
  run: (input, attempt) =>
    onceInDatabase(attempt, 'payment.book', async (trx, origin) => {
      const payment = {
        bank: String(input.bank),
        reference: String(input.reference),
        order: String(input.order),
        amount: String(input.amount),
      };
      return { ...(await bookPayment(trx, origin, payment)) };
    }),
};
