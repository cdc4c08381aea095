import type { Json, JsonObject } from '../engine/json';
import type { CompiledRegister } from '../engine/register/register';
import { computeRow } from '../engine/register/row';
import type { Transaction } from './database';
import { isStorable } from './json-text';
import { findRegister } from './register-repository';
import { RegisterConflict } from './register-row';

/**
 * The register that somebody names.
 *
 * @throws RegisterConflict `register.invalid` where the dealership has none of that id
 */
export async function registerOf(trx: Transaction, dealership: string, id: string): Promise<CompiledRegister> {
  const register = await findRegister(trx, dealership, id);
  if (register !== undefined) return register;
  throw new RegisterConflict('register.invalid', `"${dealership}" has no register "${id}"; name it under "registers" of a duty`, {
    register: id,
  });
}

/**
 * The columns of a key that is given as them, or as the value of the only one.
 *
 * @throws RegisterConflict `register.invalid` where it is neither
 */
export function keyColumns(register: CompiledRegister, key: Json): JsonObject {
  const [only, ...more] = register.key;
  if (!isStorable(key)) {
    // no row has such a key, and no query takes it
  } else if (typeof key === 'object' && key !== null && !Array.isArray(key)) {
    const wrong = Object.keys(key).filter((name) => !register.key.includes(name));
    if (wrong.length === 0 && register.key.every((name) => (key[name] ?? null) !== null)) return key;
  } else if (more.length === 0 && only !== undefined && (typeof key === 'string' || typeof key === 'number')) {
    return { [only]: key };
  }
  const message = `${JSON.stringify(key)} is no key of register "${register.id}"; its key is ${register.key.map((name) => `"${name}"`).join(' and ')}`;
  throw new RegisterConflict('register.invalid', message, { register: register.id, columns: register.key });
}

/** Rows as they are read: with a null for each column without a value, and computed columns of this moment, on the dealership's calendar. */
export async function readRows(
  trx: Transaction,
  dealership: string,
  register: CompiledRegister,
  rows: readonly JsonObject[],
  nowMs: number,
): Promise<JsonObject[]> {
  if (rows.length === 0) return [];
  const [row] = await trx.query<{ timezone: string }>('select timezone from dealership where dealership_id = $1', [dealership]);
  const timezone = row?.timezone ?? 'Asia/Shanghai';
  return rows.map((values) => computeRow(register, values, { nowMs, timezone }));
}
