import { type EffectOrigin, EffectRefused } from './connector-effect';
import type { Transaction } from './database';
import { takeNumber } from './number-sequence';

/** The sequence that outbound orders are numbered by, within a month. */
const SEQUENCE = 'outbound-order';
const DIGITS = 4;

/**
 * Issues the outbound order of an order, with the next number of the month.
 *
 * @throws EffectRefused `outbound.conflict` where the order has one that is not revoked
 */
export async function issueOutboundOrder(
  trx: Transaction,
  origin: EffectOrigin,
  wish: { order: string; prefix: string },
): Promise<{ number: string; issuedAt: string }> {
  const { dealership, instanceKey, elementId, atMs } = origin;
  const { number, period } = await takeNumber(trx, dealership, SEQUENCE, 'month', atMs);
  const text = `${wish.prefix}${period}-${String(number).padStart(DIGITS, '0')}`;
  const issued = await trx.query(
    `insert into outbound_order (dealership_id, number, order_number, issued_at, issued_by, instance_key, element_id)
     values ($1, $2, $3, $4, 'system', $5, $6) on conflict (dealership_id, order_number) where revoked_at is null do nothing returning 1`,
    [dealership, text, wish.order, new Date(atMs), instanceKey, elementId],
  );
  if (issued.length === 0) {
    const [open] = await trx.query<{ number: string }>(
      'select number from outbound_order where dealership_id = $1 and order_number = $2 and revoked_at is null',
      [dealership, wish.order],
    );
    throw new EffectRefused('outbound.conflict', `order "${wish.order}" has the outbound order "${open?.number ?? ''}"`);
  }
  return { number: text, issuedAt: new Date(atMs).toISOString() };
}

/**
 * Revokes an outbound order; its number stays used.
 *
 * @throws EffectRefused `outbound.not-found` where there is none of this number, or it was revoked before
 */
export async function revokeOutboundOrder(
  trx: Transaction,
  origin: EffectOrigin,
  wish: { number: string; reason: string },
): Promise<{ number: string; order: string }> {
  const [row] = await trx.query<{ order: string }>(
    `update outbound_order set revoked_at = $3, revoked_by = 'system', revoke_reason = $4
     where dealership_id = $1 and number = $2 and revoked_at is null returning order_number as "order"`,
    [origin.dealership, wish.number, new Date(origin.atMs), wish.reason],
  );
  if (row === undefined) throw new EffectRefused('outbound.not-found', `there is no outbound order "${wish.number}" to revoke`);
  return { number: wish.number, order: row.order };
}
