import type { Caller } from '../../db/account-repository';
import { readRows } from '../../db/register-access';
import { type RowFilter, searchRows } from '../../db/register-search';
import type { Json } from '../../engine/json';
import type { Locale } from '../../engine/language/form-data';
import type { ComputedColumn, RegisterColumn } from '../../engine/register/register';
import { writeCsv } from '../../rendering/spreadsheet/csv';
import { renderWorkbook } from '../../rendering/spreadsheet/render-workbook';
import { type CellValue, SHEET_LIMITS, type SheetColumn } from '../../rendering/spreadsheet/sheet';
import type { Parts } from '../parts';
import { ApiError } from '../problem';
import { textIn } from '../request';
import { explaining, problemOfSearch } from './register-problem';
import { assertReads, findOwnRegister, type OwnRegister } from './register-rights';

/** What stands in an exported cell in place of what is about a person. */
export const MASK = '＊＊＊';

/** Which rows are exported, in which form. */
export interface AskedExport {
  format: 'xlsx' | 'csv';
  filters?: RowFilter[];
  sort?: { column: string; order?: 'ASC' | 'DESC' }[];
}

/** Rows that are read at once. */
const AT_ONCE = 1_000;

/** Exports rows as a file, with the columns that the caller sees; what is about people is masked for those whom no list of readers names. */
export async function exportRows(parts: Parts, caller: Caller, registerId: string, asked: AskedExport, locale: Locale): Promise<Buffer> {
  const { dealership } = caller;
  const { own, rows } = await parts.db.tenant(dealership, async (trx) => {
    const found = await findOwnRegister(trx, caller, registerId);
    assertReads(found);
    const all: Record<string, Json>[] = [];
    const sort = (asked.sort ?? []).map(({ column, order }) => ({
      column,
      order: order === 'DESC' ? ('desc' as const) : ('asc' as const),
    }));
    for (let after: (string | null)[] | undefined; ; ) {
      const page = { limit: AT_ONCE, ...(after === undefined ? {} : { after }) };
      const part = await explaining(
        () => searchRows(trx, dealership, found.seen, { filters: asked.filters ?? [], sort, page }),
        problemOfSearch,
      );
      const stored = part.rows.map(({ values }) => values);
      all.push(...(await readRows(trx, dealership, found.register, stored, parts.clock())));
      if (all.length > SHEET_LIMITS.exportedRows) throw new ApiError('export-too-large', { params: { limit: SHEET_LIMITS.exportedRows } });
      after = part.after;
      if (after === undefined) return { own: found, rows: all };
    }
  });
  const { columns, computed, title, id } = own.seen;
  const shown = [...columns, ...computed];
  const titles = titlesOf(shown, locale);
  const masked = shown.map((column) => isMasked(own, caller, column));
  const cells = rows.map((row) =>
    shown.map((column, index) => (masked[index] && row[column.name] !== null ? MASK : cellOf(column, row[column.name] ?? null))),
  );
  const most = Math.floor(SHEET_LIMITS.exportedCells / shown.length);
  if (asked.format === 'xlsx' && cells.length > most) throw new ApiError('export-too-large', { params: { limit: most } });
  if (asked.format === 'csv') return writeCsv(titles, cells);
  const sheet = shown.map((column, index): SheetColumn => ({ title: titles[index] ?? column.name, kind: kindOf(column) }));
  return renderWorkbook({ sheets: [{ name: textIn(title, locale, id), columns: sheet, rows: cells }], atMs: Date.now() });
}

/** The titles of columns; a title that two columns share is followed by the name. */
function titlesOf(columns: readonly (RegisterColumn | ComputedColumn)[], locale: Locale): string[] {
  const titles = columns.map(({ title, name }) => textIn(title, locale, name));
  return titles.map((title, index) => (titles.indexOf(title) === titles.lastIndexOf(title) ? title : (columns[index]?.name ?? title)));
}

function isMasked({ register }: OwnRegister, { roles }: Caller, column: RegisterColumn | ComputedColumn): boolean {
  if (!('personal' in column) || column.personal !== true || register.key.includes(column.name)) return false;
  const readers = column.readers ?? register.readers ?? [];
  return !readers.some((role) => roles.includes(role));
}

function kindOf({ type }: RegisterColumn | ComputedColumn): SheetColumn['kind'] {
  const { kind } = type;
  return kind === 'number' || kind === 'money' || kind === 'boolean' || kind === 'date' ? kind : 'text';
}

function cellOf({ type }: RegisterColumn | ComputedColumn, value: Json): CellValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value !== 'string') return JSON.stringify(value);
  return type.kind === 'date' && /^\d{4}-\d\d-\d\d$/u.test(value) ? { date: value } : value;
}
