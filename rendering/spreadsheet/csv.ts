import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { type CellValue, type ReadSheet, SHEET_LIMITS, SheetError } from './sheet';

/** What a program could take for a formula, and what was marked as none before. */
const formulaLike = /^'*[=+\-@\t\r]/u;
const marked = /^'+[=+\-@\t\r]/u;

/** CSV for Excel: UTF-8 with its mark, every text in quotes, and an apostrophe before those that could be taken for a formula. */
export function writeCsv(header: readonly string[], rows: readonly CellValue[][]): Buffer {
  const table = [header.map(textCell), ...rows.map((row) => row.map(cellText))];
  return Buffer.from(stringify(table, { bom: true, quoted_string: true, record_delimiter: '\r\n', cast: { boolean: String } }), 'utf8');
}

function cellText(cell: CellValue): string | number | boolean | null {
  if (typeof cell === 'string') return textCell(cell);
  return typeof cell === 'object' && cell !== null ? cell.date : cell;
}

function textCell(text: string): string {
  return formulaLike.test(text) && !/^-\d+(\.\d+)?$/u.test(text) ? `'${text}` : text;
}

/**
 * Reads CSV in UTF-8, or in GBK as Chinese Excel writes it; between cells stand commas, semicolons or tabs.
 *
 * @throws SheetError where it is none, or too large
 */
export function readCsv(bytes: Buffer): ReadSheet {
  const text = decoded(bytes);
  const first = text.split(/\r?\n/u, 1)[0] ?? '';
  const delimiter = [',', '\t', ';'].reduce((best, one) => (first.split(one).length > first.split(best).length ? one : best));
  let records: string[][];
  try {
    records = parse(text, { delimiter, bom: true, relax_column_count: true, to: SHEET_LIMITS.rows + 2 });
  } catch {
    throw new SheetError('the file is no CSV: quotes do not match; save it anew from the spreadsheet');
  }
  if (records.length > SHEET_LIMITS.rows + 1) throw new SheetError(`the file has more than ${SHEET_LIMITS.rows} rows; split it`);
  const all = records.map((record, index) => ({ number: index + 1, cells: record.map(read) }));
  if (all.some(({ cells }) => cells.length > SHEET_LIMITS.columns)) {
    throw new SheetError(`the file has more than ${SHEET_LIMITS.columns} columns; leave some out`);
  }
  const [header, ...rows] = all;
  return {
    name: 'CSV',
    header: (header?.cells ?? []).map((cell) => String(cell ?? '').trim()),
    rows: rows.filter(({ cells }) => cells.some((cell) => cell !== null)),
  };
}

function read(cell: string): CellValue {
  if (cell === '') return null;
  return marked.test(cell) ? cell.slice(1) : cell;
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // not UTF-8
  }
  try {
    return new TextDecoder('gbk', { fatal: true }).decode(bytes);
  } catch {
    throw new SheetError('the file is neither UTF-8 nor GBK; save it anew as "CSV UTF-8"');
  }
}
