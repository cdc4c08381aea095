import type { Json } from '../../engine/json';
import type { CellValue } from './sheet';

/** What the cells of a column are. */
export type CellKind = 'text' | 'integer' | 'number' | 'money' | 'date' | 'boolean';

/** A cell as its column wants it, or why it is none. */
export type ReadCell = { value: Json } | { reason: string; remedy: string };

const DAY_MS = 86_400_000;
/** Excel counts days from here, for days from March 1900. */
const EPOCH_MS = Date.UTC(1899, 11, 30);
const SERIALS = { first: 61, last: 2_958_465 };
const yes = ['true', '是', 'yes', '1', '√'];
const no = ['false', '否', 'no', '0', '×'];

/** Reads a cell by what its column holds: dates of any usual writing, amounts with separators; texts are taken as they are. */
export function readCell(kind: CellKind, cell: CellValue): ReadCell {
  if (cell === null) return { value: null };
  const text = textOf(cell);
  switch (kind) {
    case 'integer':
    case 'number':
      return numberOf(text.trim(), kind === 'integer');
    case 'money':
      return moneyOf(text.trim());
    case 'boolean':
      return booleanOf(text.trim().toLowerCase());
    case 'date':
      return typeof cell === 'number' ? serialDate(cell) : dateOf(text.trim());
    case 'text':
      return { value: text };
  }
}

/** A number has the digits that a spreadsheet shows: of 0.1 + 0.2 it says 0.3. */
function textOf(cell: Exclude<CellValue, null>): string {
  if (typeof cell === 'number') return String(Number(cell.toPrecision(15)));
  return typeof cell === 'object' ? cell.date : String(cell);
}

function numberOf(text: string, isInteger: boolean): ReadCell {
  const plain = withoutSeparators(text);
  const value = Number(plain);
  if (plain !== '' && Number.isFinite(value) && (!isInteger || Number.isInteger(value))) return { value };
  return isInteger
    ? { reason: 'is no whole number', remedy: 'write digits only, such as 12' }
    : { reason: 'is no number', remedy: 'write a number, such as 12.5' };
}

function moneyOf(text: string): ReadCell {
  const [, sign = '', whole = '', part = ''] =
    /^(-?)(\d{1,16})(?:\.(\d+))?$/u.exec(withoutSeparators(text.replace(/^[¥￥]\s*/u, ''))) ?? [];
  const digits = part.replace(/0+$/u, '');
  if (whole === '') return { reason: 'is no amount', remedy: 'write an amount, such as 1800.00' };
  if (digits.length > 2) return { reason: 'has more than two decimals', remedy: 'round it to cents' };
  const amount = `${whole.replace(/^0+(?=\d)/u, '')}.${digits.padEnd(2, '0')}`;
  return { value: amount === '0.00' ? amount : `${sign}${amount}` };
}

function withoutSeparators(text: string): string {
  return /^-?\d{1,3}(,\d{3})+(\.\d+)?$/u.test(text) ? text.replace(/,/gu, '') : text;
}

function booleanOf(text: string): ReadCell {
  if (yes.includes(text)) return { value: true };
  if (no.includes(text)) return { value: false };
  return { reason: 'is neither yes nor no', remedy: 'write TRUE or FALSE, or 是 or 否' };
}

function dateOf(text: string): ReadCell {
  const [, year = '', month = '', day = ''] = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:T00:00:00)?$/u.exec(text) ?? [];
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const time = Date.parse(`${date}T00:00:00Z`);
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(date)) return { value: date };
  return { reason: 'is no date', remedy: 'write a date, such as 2026-03-02' };
}

function serialDate(serial: number): ReadCell {
  if (!Number.isInteger(serial) || serial < SERIALS.first || serial > SERIALS.last) {
    return { reason: 'is no date', remedy: 'write a date without a time, such as 2026-03-02' };
  }
  return { value: new Date(EPOCH_MS + serial * DAY_MS).toISOString().slice(0, 10) };
}
