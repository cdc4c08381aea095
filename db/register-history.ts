import type { JsonObject } from '../engine/json';
import type { CompiledRegister } from '../engine/register/register';
import type { Transaction } from './database';
import { keyOf } from './register-row';

/** One change of a row as its history has it. */
export interface RegisterChangeEntry {
  changeId: string;
  key: string;
  version: number;
  kind: 'insert' | 'update' | 'delete';
  at: Date;
  by: string;
  before: JsonObject | null;
  after: JsonObject | null;
  /** The case and the step that did it; null where a person did. */
  instanceKey: string | null;
  elementId: string | null;
}

/** A row as it was at some moment. */
export interface PastRow {
  key: string;
  values: JsonObject;
  version: number;
  changedAt: Date;
  changedBy: string;
}

const columns = `change_id as "changeId", key, version, kind, changed_at as at, changed_by as by, before, after,
  instance_key as "instanceKey", element_id as "elementId"`;
const pastColumns = 'key, after as "values", version, changed_at as "changedAt", changed_by as "changedBy"';

/**
 * What was done to a row, the latest first; also to one that was deleted. One more than the limit where there are more.
 *
 * @param page.before version before which to go on
 */
export async function listChanges(
  trx: Transaction,
  dealership: string,
  register: CompiledRegister,
  key: string | JsonObject,
  page: { limit: number; before?: number },
): Promise<RegisterChangeEntry[]> {
  return trx.query(
    `select ${columns} from register_change
     where dealership_id = $1 and register_id = $2 and key = $3 and kind <> 'same' and ($4::integer is null or version < $4)
     order by version desc limit $5`,
    [dealership, register.id, keyOf(register, key), page.before ?? null, page.limit + 1],
  );
}

/** The row as it was at a moment; undefined where it was not there. */
export async function rowAsOf(
  trx: Transaction,
  dealership: string,
  register: CompiledRegister,
  key: string | JsonObject,
  atMs: number,
): Promise<PastRow | undefined> {
  const [row] = await trx.query<PastRow & { kind: string }>(
    `select kind, ${pastColumns} from register_change
     where dealership_id = $1 and register_id = $2 and key = $3 and kind <> 'same' and changed_at <= $4 order by version desc limit 1`,
    [dealership, register.id, keyOf(register, key), new Date(atMs)],
  );
  if (row === undefined || row.kind === 'delete') return undefined;
  const { kind: _, ...past } = row;
  return past;
}

/** The rows as they were at a moment, by key; one more than the limit where there are more. */
export async function rowsAsOf(
  trx: Transaction,
  dealership: string,
  register: CompiledRegister,
  atMs: number,
  page: { limit: number; after?: string },
): Promise<PastRow[]> {
  return trx.query(
    `select ${pastColumns} from (
       select distinct on (key) kind, key, after, version, changed_at, changed_by from register_change
       where dealership_id = $1 and register_id = $2 and kind <> 'same' and changed_at <= $3 and ($4::text is null or key > $4)
       order by key, version desc
     ) past where kind <> 'delete' order by key limit $5`,
    [dealership, register.id, new Date(atMs), page.after ?? null, page.limit + 1],
  );
}
