import { type EffectOrigin, EffectRefused } from './connector-effect';
import type { Transaction } from './database';

/** What has been paid for an order, without what was refunded; amounts are exact decimals as text. */
export interface PaidAmount {
  /** Of the payment that was booked or refunded. */
  amount: string;
  paid: string;
  payments: number;
}

/**
 * Books a payment under the bank's reference.
 *
 * @throws EffectRefused `payment.reference-used` where that reference was used before, for whatever order
 */
export async function bookPayment(
  trx: Transaction,
  origin: EffectOrigin,
  payment: { bank: string; reference: string; order: string; amount: string },
): Promise<PaidAmount> {
  const { dealership, instanceKey, elementId, atMs } = origin;
  const booked = await trx.query(
    `insert into payment (dealership_id, bank, bank_reference, order_number, amount, booked_at, booked_by, instance_key, element_id)
     values ($1, $2, $3, $4, $5, $6, 'system', $7, $8) on conflict (dealership_id, bank, bank_reference) do nothing returning 1`,
    [dealership, payment.bank, payment.reference, payment.order, payment.amount, new Date(atMs), instanceKey, elementId],
  );
  if (booked.length === 0) {
    const [{ order } = { order: '' }] = await trx.query<{ order: string }>(
      `select order_number as "order" from payment where dealership_id = $1 and bank = $2 and bank_reference = $3`,
      [dealership, payment.bank, payment.reference],
    );
    throw new EffectRefused(
      'payment.reference-used',
      `reference "${payment.reference}" of "${payment.bank}" was used for order "${order}"`,
    );
  }
  return { amount: payment.amount, ...(await paidFor(trx, dealership, payment.order)) };
}

/**
 * Gives a payment back; its reference stays used.
 *
 * @throws EffectRefused `payment.not-found` where there is none of this reference, or it was given back before
 */
export async function refundPayment(
  trx: Transaction,
  origin: EffectOrigin,
  payment: { bank: string; reference: string; reason: string },
): Promise<PaidAmount> {
  const { dealership, atMs } = origin;
  const [refunded] = await trx.query<{ amount: string; order: string }>(
    `update payment set refunded_at = $4, refunded_by = 'system', refund_reason = $5
     where dealership_id = $1 and bank = $2 and bank_reference = $3 and refunded_at is null returning amount::text, order_number as "order"`,
    [dealership, payment.bank, payment.reference, new Date(atMs), payment.reason],
  );
  if (refunded === undefined) {
    throw new EffectRefused('payment.not-found', `there is no payment "${payment.reference}" of "${payment.bank}" to give back`);
  }
  return { amount: refunded.amount, ...(await paidFor(trx, dealership, refunded.order)) };
}

/** What has been paid for an order until now. */
async function paidFor(trx: Transaction, dealership: string, order: string): Promise<Omit<PaidAmount, 'amount'>> {
  const [row] = await trx.query<{ paid: string; payments: number }>(
    `select coalesce(sum(amount), 0)::numeric(18, 2)::text as paid, count(*)::integer as payments
     from payment where dealership_id = $1 and order_number = $2 and refunded_at is null`,
    [dealership, order],
  );
  return row ?? { paid: '0.00', payments: 0 };
}
