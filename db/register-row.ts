import type { JsonObject } from '../engine/json';
import type { FieldError } from '../engine/language/form-data';
import type { CompiledRegister } from '../engine/register/register';
import { keyText } from '../engine/register/row';
import type { Transaction } from './database';

/** A row of a register as it is stored: columns without a value are absent, computed ones are not there. */
export interface RegisterRow {
  rowId: string;
  /** The row's address within its register: see `keyText`. */
  key: string;
  values: JsonObject;
  version: number;
  createdAt: Date;
  createdBy: string;
  changedAt: Date;
  changedBy: string;
  /** The case that changed it last. */
  instanceKey: string | null;
  elementId: string | null;
}

export type RegisterConflictCode =
  | 'register.conflict'
  | 'register.not-found'
  | 'register.version-conflict'
  | 'register.invalid'
  | 'register.reference-missing';

/** What stands against a change of a row. */
export interface RegisterConflictDetails {
  register: string;
  key?: string;
  /** Names of the columns that are in the way. */
  columns?: string[];
  problems?: FieldError[];
  /** Of the row as it is now. */
  version?: number;
  changedBy?: string;
  changedAt?: string;
}

/** Why a change was not made; the transaction must end without a commit. */
export class RegisterConflict extends Error {
  override name = 'RegisterConflict';
  constructor(
    readonly code: RegisterConflictCode,
    message: string,
    readonly details: RegisterConflictDetails,
  ) {
    super(message);
  }
}

/** A row as the database gives it. */
export interface RowRecord {
  row_id: string;
  key: string;
  values: JsonObject;
  version: number;
  created_at: Date;
  created_by: string;
  changed_at: Date;
  changed_by: string;
  instance_key: string | null;
  element_id: string | null;
}

/** What `rowOf` reads, for `select`. */
export const ROW_COLUMNS = 'row_id, key, "values", version, created_at, created_by, changed_at, changed_by, instance_key, element_id';

/** A row as it is known elsewhere. */
export function rowOf(row: RowRecord): RegisterRow {
  return {
    rowId: row.row_id,
    key: row.key,
    values: row.values,
    version: row.version,
    createdAt: row.created_at,
    createdBy: row.created_by,
    changedAt: row.changed_at,
    changedBy: row.changed_by,
    instanceKey: row.instance_key,
    elementId: row.element_id,
  };
}

/** The row with this key, given as its text or as the values of the key's columns; undefined where there is none, or none any more. */
export async function findRow(
  trx: Transaction,
  dealership: string,
  register: CompiledRegister,
  key: string | JsonObject,
  lock: '' | 'for update' = '',
): Promise<RegisterRow | undefined> {
  const [row] = await trx.query<RowRecord>(
    {
      name: `register-row ${lock}`,
      text: `select ${ROW_COLUMNS} from register_row where dealership_id = $1 and register_id = $2 and key = $3 and not deleted ${lock}`,
    },
    [dealership, register.id, keyOf(register, key)],
  );
  return row === undefined ? undefined : rowOf(row);
}

/** A key's text, of its text or of the columns of the key. */
export function keyOf(register: CompiledRegister, key: string | JsonObject): string {
  return typeof key === 'string' ? key : keyText(register, key);
}
