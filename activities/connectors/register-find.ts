import { keyColumns, readRows, registerOf } from '../../db/register-access';
import { findRow } from '../../db/register-row';
import { type RowFilter, type RowQuery, searchRows } from '../../db/register-search';
import { findSignature } from '../../engine/connectors/register';
import type { JsonObject } from '../../engine/json';
import type { Connector } from '../connector';
import { inDatabase } from '../own-database';

/** Rows that are given where the step does not say how many. */
const LIMIT = 20;

/** `register.find`: the row of a `key`, or those for which `where` and `filters` hold, as they are when it is asked. */
export const registerFind: Connector = {
  name: 'register.find',
  ...findSignature,
  run: (input, attempt) =>
    inDatabase(attempt, async (trx, { dealership, atMs }) => {
      const register = await registerOf(trx, dealership, String(input.register));
      const found =
        input.key === undefined
          ? await searchRows(trx, dealership, register, queryOf(input))
          : { rows: [await findRow(trx, dealership, register, keyColumns(register, input.key))].filter((row) => row !== undefined) };
      const rows = await readRows(
        trx,
        dealership,
        register,
        found.rows.map(({ values }) => values),
        atMs,
      );
      return { count: rows.length, row: rows[0] ?? null, version: found.rows[0]?.version ?? null, rows };
    }),
};

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
