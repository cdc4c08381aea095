import { Workbook } from '@cj-tech-master/excelts';
import { unzipSync } from 'fflate';
import { settledArchive } from '../settled-archive';
import {
  type CellValue,
  type ReadSheet,
  SHEET_LIMITS,
  type SheetColumn,
  SheetError,
  type WrittenSheet,
  type WrittenWorkbook,
} from './sheet';

const formats: Record<SheetColumn['kind'], string> = {
  text: '@',
  number: 'General',
  integer: '#,##0',
  percent: '0.0%',
  money: '#,##0.00',
  boolean: 'General',
  date: 'yyyy-mm-dd',
  dateTime: 'yyyy-mm-dd hh:mm',
  duration: '[h]:mm',
};
/** Digits that a cell's number keeps exactly. */
const EXACT_DIGITS = 15;
const NO_WORKBOOK = 'the file is no workbook; save it anew as .xlsx, without a password';
const DEEPEST_OUTLINE = 7;
const SUM_FILL = { type: 'pattern', pattern: 'solid', fgColor: { argb: 'FFF1F1F1' } } as const;
const DAY_MS = 86_400_000;
/** Days of 1900 before March are counted otherwise by Excel, and stay texts. */
const FIRST_DATE = '1900-03-01';

/**
 * A workbook of sheets with a header that stays in sight and cells of their columns' types. Texts are texts, whatever they begin with. A thousand cells
 * take about 30 ms, during which the thread does nothing else: `renderWorkbook` has one for it.
 */
export async function writeWorkbook({ sheets, atMs }: WrittenWorkbook): Promise<Buffer> {
  const workbook = new Workbook();
  workbook.created = new Date(atMs);
  workbook.modified = new Date(atMs);
  const names = new Set<string>();
  for (const sheet of sheets) addSheet(workbook, sheet, sheetName(sheet.name, names));
  return settledArchive(Buffer.from(await workbook.xlsx.writeBuffer()), atMs);
}

/** A name that a sheet may have, and that no other has. */
function sheetName(wanted: string, taken: Set<string>): string {
  const base =
    wanted
      .replace(/[\\/?*[\]:'\p{Cc}]/gu, ' ')
      .slice(0, 31)
      .trim() || 'Sheet';
  const name = taken.has(base.toLowerCase()) ? `${base.slice(0, 28)} ${taken.size + 1}` : base;
  taken.add(name.toLowerCase());
  return name;
}

function addSheet(workbook: Workbook, { columns, rows, totals, outline }: WrittenSheet, name: string): void {
  const sheet = workbook.addWorksheet(name, { views: [{ state: 'frozen', ySplit: 1 }] });
  const header = sheet.addRow(Array.from(columns, ({ title }) => escaped(title)));
  header.font = { bold: true };
  header.fill = { type: 'pattern', pattern: 'solid', fgColor: { argb: 'FFE8EEF7' } };
  columns.forEach(({ kind, title }, index) => {
    const column = sheet.getColumn(index + 1);
    column.width = Math.min(40, Math.max(kind === 'text' || kind === 'dateTime' ? 16 : 12, title.length * 2 + 2));
    column.numFmt = formats[kind];
  });
  const add = (cells: readonly CellValue[]) => {
    const row = sheet.addRow(Array.from(cells, (cell, index) => written(cell, columns[index]?.kind ?? 'text')));
    cells.forEach((_, index) => {
      row.getCell(index + 1).numFmt = formats[columns[index]?.kind ?? 'text'];
    });
    return row;
  };
  rows.forEach((cells, index) => {
    const row = add(cells);
    const { level = 0, sum } = outline?.[index] ?? {};
    if (level > 0) row.outlineLevel = Math.min(level, DEEPEST_OUTLINE);
    if (sum === undefined) return;
    row.font = { bold: true };
    row.fill = SUM_FILL;
  });
  if (totals === undefined) return;
  const row = add(totals);
  row.font = { bold: true };
  columns.forEach((_, index) => {
    row.getCell(index + 1).border = { top: { style: 'medium' } };
  });
}

function written(cell: CellValue, kind: SheetColumn['kind']): string | number | boolean | Date | null {
  if (cell === null || typeof cell === 'boolean') return cell;
  if (typeof cell === 'object') return cell.date < FIRST_DATE ? cell.date : new Date(`${cell.date}T00:00:00Z`);
  if (typeof cell === 'number') return isExact(String(cell)) ? cell : String(cell);
  if (kind !== 'text' && kind !== 'dateTime' && isExact(cell)) return Number(cell);
  if (kind === 'dateTime' && /^\d{4}-\d\d-\d\dT\d\d:\d\d/u.test(cell) && cell >= FIRST_DATE) return new Date(`${cell.slice(0, 16)}:00Z`);
  return escaped(cell);
}

function isExact(decimal: string): boolean {
  return /^-?[\d.]+$/u.test(decimal) && decimal.replace(/[-.]/gu, '').length <= EXACT_DIGITS;
}

/** Characters that XML does not hold, and texts that look like one of them, as the file format writes them; the library reads them back. */
function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML does not hold is looked for
  return text.replace(/_(?=x[0-9A-Fa-f]{4}_)|[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/gu, (one) => `_x${hex(one)}_`);
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
}

/**
 * Reads a sheet of a workbook, the first one by default.
 *
 * @throws SheetError where it is none, or too large, or there is no such sheet
 */
export async function readXlsx(bytes: Buffer, name?: string): Promise<ReadSheet> {
  checkArchive(bytes);
  const workbook = new Workbook();
  try {
    await workbook.xlsx.load(bytes);
  } catch {
    throw new SheetError(NO_WORKBOOK);
  }
  const { worksheets } = workbook;
  const sheet = name === undefined ? worksheets[0] : worksheets.find((one) => one.name === name);
  if (worksheets.length === 0) throw new SheetError('the workbook has no sheet; write rows on its first one');
  if (sheet === undefined) {
    const known = worksheets.slice(0, 10).map((one) => `"${one.name}"`);
    throw new SheetError(`the workbook has no sheet "${name}"; it has ${known.join(', ')}`);
  }
  if (sheet.columnCount > SHEET_LIMITS.columns)
    throw new SheetError(`the sheet has more than ${SHEET_LIMITS.columns} columns; leave some out`);
  const all: ReadSheet['rows'] = [];
  sheet.eachRow((row, number) => {
    if (all.length > SHEET_LIMITS.rows) throw new SheetError(`the sheet has more than ${SHEET_LIMITS.rows} rows; split it`);
    const cells = Array.from({ length: sheet.columnCount }, (_, index) => valueOfCell(row.getCell(index + 1).value));
    if (cells.some((cell) => cell !== null)) all.push({ number, cells });
  });
  const [header, ...rows] = all;
  return { name: sheet.name, header: (header?.cells ?? []).map((cell) => (typeof cell === 'string' ? cell.trim() : '')), rows };
}

/** Sizes are counted by what the archive says before anything is unpacked, and what it says has to be so. */
function checkArchive(bytes: Buffer): void {
  const sizes = new Map<string, number>();
  let total = 0;
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        total += originalSize;
        sizes.set(name, originalSize);
        return total <= SHEET_LIMITS.unpackedBytes;
      },
    });
  } catch {
    throw new SheetError(NO_WORKBOOK);
  }
  if (total > SHEET_LIMITS.unpackedBytes)
    throw new SheetError(`the workbook unpacks to more than ${SHEET_LIMITS.unpackedBytes} bytes; split it`);
  if (Object.entries(entries).some(([name, content]) => content.length !== sizes.get(name))) throw new SheetError(NO_WORKBOOK);
}

function valueOfCell(value: unknown): CellValue {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Date) return dateOf(value);
  const { richText, text, result, error } = value as { richText?: { text: string }[]; text?: unknown; result?: unknown; error?: unknown };
  if (richText !== undefined) return richText.map((part) => part.text).join('');
  if (error !== undefined) return String(error);
  return valueOfCell(result ?? text ?? null);
}

function dateOf(date: Date): CellValue {
  const ms = date.getTime();
  if (Number.isNaN(ms)) return null;
  const iso = date.toISOString();
  return ms % DAY_MS === 0 ? { date: iso.slice(0, 10) } : iso.slice(0, 19);
}
