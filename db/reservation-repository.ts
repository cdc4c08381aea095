import type { CompiledRegister } from '../engine/register/register';
import { keyForPeople } from '../engine/register/row';
import type { EffectOrigin } from './connector-effect';
import type { Transaction } from './database';
import { findRow, RegisterConflict } from './register-row';

/** A row that is held for somebody; `until` null: until it is released. */
export interface Reservation {
  key: string;
  heldFor: string;
  until: string | null;
}

/**
 * Holds a row of a register for somebody. Who holds it already holds it until the new time; what is held no longer than now is free.
 *
 * @throws RegisterConflict `register.not-found`, and `register.conflict` where somebody else holds it
 */
export async function reserveRow(
  trx: Transaction,
  origin: EffectOrigin,
  register: CompiledRegister,
  wish: { key: string; heldFor: string; untilMs: number | null },
): Promise<Reservation> {
  const { dealership, instanceKey, elementId, atMs } = origin;
  const { key, heldFor, untilMs } = wish;
  if ((await findRow(trx, dealership, register, key)) === undefined) {
    throw new RegisterConflict('register.not-found', `register "${register.id}" has no row "${keyForPeople(register, key)}"`, {
      register: register.id,
      key,
    });
  }
  const [row] = await trx.query<{ until: Date | null }>(
    `insert into reservation as r (dealership_id, register_id, key, held_for, held_since, held_until, instance_key, element_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (dealership_id, register_id, key) do update set held_for = excluded.held_for, held_until = excluded.held_until,
       held_since = case when r.held_for = excluded.held_for then r.held_since else excluded.held_since end,
       instance_key = excluded.instance_key, element_id = excluded.element_id
     where r.held_for = excluded.held_for or r.held_until <= excluded.held_since
     returning held_until as until`,
    [dealership, register.id, key, heldFor, new Date(atMs), untilMs === null ? null : new Date(untilMs), instanceKey, elementId],
  );
  if (row === undefined) throw await heldByAnother(trx, dealership, register, key);
  return { key, heldFor, until: row.until?.toISOString() ?? null };
}

/**
 * Releases a row; false where nobody holds it.
 *
 * @throws RegisterConflict `register.conflict` where somebody else holds it
 */
export async function releaseRow(
  trx: Transaction,
  origin: EffectOrigin,
  register: CompiledRegister,
  wish: { key: string; heldFor: string },
): Promise<boolean> {
  const where = 'dealership_id = $1 and register_id = $2 and key = $3';
  const place = [origin.dealership, register.id, wish.key];
  const released = await trx.query(`delete from reservation where ${where} and held_for = $4 returning 1`, [...place, wish.heldFor]);
  if (released.length > 0) return true;
  const others = await trx.query(`select 1 from reservation where ${where} and (held_until is null or held_until > $4)`, [
    ...place,
    new Date(origin.atMs),
  ]);
  if (others.length > 0) throw await heldByAnother(trx, origin.dealership, register, wish.key);
  return false;
}

async function heldByAnother(trx: Transaction, dealership: string, register: CompiledRegister, key: string): Promise<RegisterConflict> {
  const [row] = await trx.query<{ holder: string }>(
    'select held_for as holder from reservation where dealership_id = $1 and register_id = $2 and key = $3',
    [dealership, register.id, key],
  );
  const message = `row "${keyForPeople(register, key)}" of register "${register.id}" is held for "${row?.holder ?? ''}"`;
  return new RegisterConflict('register.conflict', message, { register: register.id, key });
}
