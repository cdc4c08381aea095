import type { Transaction } from '../../db/database';
import { keyColumns, readRows, registerOf } from '../../db/register-access';
import { rowAsOf } from '../../db/register-history';
import { findRow } from '../../db/register-row';
import { type RowFilter, type RowQuery, searchRows } from '../../db/register-search';
import { findSignature } from '../../engine/connectors/register';
import type { JsonObject } from '../../engine/json';
import type { CompiledRegister } from '../../engine/register/register';
import type { Connector } from '../connector';
import { inDatabase } from '../own-database';

/** Rows that are given where the step does not say how many. */
const LIMIT = 20;

/** `register.find`: the row of a `key`, or those for which `where` and `filters` hold, as they are when it is asked; the row of a key also as it was at a moment, with what is computed then. */
export const registerFind: Connector = {
  name: 'register.find',
  ...findSignature,
  run: (input, attempt) =>
    inDatabase(attempt, async (trx, { dealership, atMs }) => {
      const register = await registerOf(trx, dealership, String(input.register));
      const found = await look(trx, dealership, register, input);
      const rows = await readRows(
        trx,
        dealership,
        register,
        found.map(({ values }) => values),
        typeof input.asOf === 'string' ? Date.parse(input.asOf) : atMs,
      );
      return { count: rows.length, row: rows[0] ?? null, version: found[0]?.version ?? null, rows };
    }),
};

async function look(
  trx: Transaction,
  dealership: string,
  register: CompiledRegister,
  input: JsonObject,
): Promise<{ values: JsonObject; version: number }[]> {
  if (input.key === undefined) return (await searchRows(trx, dealership, register, queryOf(input))).rows;
  const key = keyColumns(register, input.key);
  const row =
    typeof input.asOf === 'string'
      ? await rowAsOf(trx, dealership, register, key, Date.parse(input.asOf))
      : await findRow(trx, dealership, register, key);
  return row === undefined ? [] : [row];
}

function queryOf({ where, filters = [], sort = [], limit = LIMIT }: JsonObject): RowQuery {
  const equal = Object.entries((where ?? {}) as JsonObject).map(
    ([column, value]): RowFilter => (value === null ? { column, op: 'isNull', value: true } : { column, op: 'eq', value }),
  );
  const compared = (filters as JsonObject[]).map(({ column, op, value = null }) => ({ column, op, value }) as RowFilter);
  const order = (sort as JsonObject[]).map(
    ({ column, order: way = 'asc' }) => ({ column, order: way }) as { column: string; order: 'asc' },
  );
  return { filters: [...equal, ...compared], sort: order, page: { limit: Number(limit) } };
}
