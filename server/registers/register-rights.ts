import type { Caller } from '../../db/account-repository';
import type { Transaction } from '../../db/database';
import { isStorable } from '../../db/json-text';
import { findRegister } from '../../db/register-repository';
import type { JsonObject } from '../../engine/json';
import type { CompiledRegister, RegisterColumn } from '../../engine/register/register';
import { visibleColumns, writableColumns } from '../../engine/register/row';
import { ApiError } from '../problem';

/** A register with what the caller may do in it. */
export interface OwnRegister {
  /** As it is stored, with the columns that the caller does not see. */
  register: CompiledRegister;
  /** With the columns that the caller sees, and no other. */
  seen: CompiledRegister;
  /** Sees rows: reads the register and the columns of its key. */
  reads: boolean;
  /** Adds and deletes rows. */
  writes: boolean;
  writable: RegisterColumn[];
}

/** What the caller may do in a register; undefined where that is nothing. */
export function ownRegister(register: CompiledRegister, caller: Pick<Caller, 'roles'>): OwnRegister | undefined {
  const seen = { ...register, ...visibleColumns(register, caller.roles) };
  const writable = writableColumns(register, caller.roles);
  if (seen.columns.length === 0 && writable.length === 0) return undefined;
  const reads = register.key.every((name) => seen.columns.some((column) => column.name === name));
  return { register, seen, reads, writes: register.writers.some((role) => caller.roles.includes(role)), writable };
}

/**
 * The register that a request names.
 *
 * @throws ApiError `not-found` where there is none, or the caller may do nothing in it
 */
export async function findOwnRegister(trx: Transaction, caller: Caller, id: string): Promise<OwnRegister> {
  const register = isStorable(id) ? await findRegister(trx, caller.dealership, id) : undefined;
  const own = register === undefined ? undefined : ownRegister(register, caller);
  if (own === undefined) throw new ApiError('not-found');
  return own;
}

/** Refuses whoever does not see rows. */
export function assertReads(own: OwnRegister): void {
  if (!own.reads) throw new ApiError('forbidden');
}

/** Refuses whoever neither adds nor deletes rows. */
export function assertWrites(own: OwnRegister): void {
  if (!own.writes) throw new ApiError('forbidden');
}

/** Refuses to set a column that the caller may not; one that there is not is the row's own matter, and is told like one that is hidden. */
export function assertMaySet(own: OwnRegister, names: readonly string[]): void {
  const barred = names.filter((name) => !own.writable.some((column) => column.name === name) && isColumn(own, name));
  const [first] = barred;
  if (first !== undefined) throw new ApiError('column-not-writable', { params: { column: first }, details: { columns: barred } });
}

function isColumn({ register }: OwnRegister, name: string): boolean {
  return [...register.columns, ...register.computed].some((column) => column.name === name);
}

/** A row's columns that the caller sees; columns that the register has no more are left out. */
export function seenValues({ seen }: OwnRegister, values: JsonObject): JsonObject {
  const names = [...seen.columns, ...seen.computed].map(({ name }) => name);
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(values, name) ? [[name, values[name] ?? null]] : [])));
}
