import type { ReportColumn, ReportTable, ReportTableRow } from '../../engine/report/table';
import { filled, type Language, words } from '../language';
import { renderWorkbook } from '../spreadsheet/render-workbook';
import type { CellValue, SheetColumn, WrittenSheet } from '../spreadsheet/sheet';
import { cellText, localTime, secondsOf, titleOfValue } from './cell-text';
import { correctionTexts, facts } from './report-sections';

type Shown = Pick<ReportTableRow, 'cells' | 'subtotal'>;

/** A workbook: the report's rows and totals with cells of their types on the first sheet, what it says of itself on the second, its corrections on a third. */
export async function reportXlsx(table: ReportTable, language: Language): Promise<Buffer> {
  const word = words[language];
  const title = table.title[language];
  const columns = uniqueTitles(table.columns, language).map((name, index): SheetColumn => {
    const column = table.columns[index] as ReportColumn;
    return { title: name, kind: kindOf(column) };
  });
  const rows = table.rows.map((row) => sheetCells(table, row, language));
  const totals = table.totals === null ? undefined : totalCells(sheetCells(table, { cells: table.totals }, language), word.total);
  const about = [...facts(table, language), ...(table.left > 0 ? [[filled(word.left, { n: table.left }), ''] as [string, string]] : [])];
  const text = (name: string): SheetColumn => ({ title: name, kind: 'text' });
  return renderWorkbook({
    sheets: [
      { name: title, columns, rows, ...outlineOf(table), ...(totals === undefined ? {} : { totals }) },
      { name: word.about, columns: [text(word.report), text(title)], rows: about },
      ...(table.corrects === null
        ? []
        : [
            {
              name: word.corrections,
              columns: [word.place, word.column, word.before, word.after].map(text),
              rows: correctionTexts(table, language),
            },
          ]),
    ],
    atMs: Date.parse(table.runAt),
  });
}

/** Rows lie below the outline of the subtotals that close them. */
function outlineOf({ rows }: ReportTable): Pick<WrittenSheet, 'outline'> {
  const levels = [...new Set(rows.flatMap(({ subtotal }) => subtotal ?? []))].sort((a, b) => a - b);
  if (levels.length === 0) return {};
  return {
    outline: rows.map(({ subtotal }) =>
      subtotal === undefined ? { level: levels.length } : { level: levels.indexOf(subtotal), sum: true },
    ),
  };
}

function totalCells(cells: CellValue[], total: string): CellValue[] {
  const place = cells.indexOf(null);
  return cells.map((cell, index) => (index === place ? total : cell));
}

/** Titles by which columns are told apart when the file is read again. */
function uniqueTitles(columns: readonly ReportColumn[], language: Language): string[] {
  const titles = columns.map(({ title }) => title[language]);
  return titles.map((title, index) => (titles.indexOf(title) === titles.lastIndexOf(title) ? title : `${title} (${columns[index]?.id})`));
}

function kindOf({ type, format, valueTitles }: ReportColumn): SheetColumn['kind'] {
  if (valueTitles !== undefined) return 'text';
  if (type === 'number') return format === 'hours' ? 'number' : (format ?? 'number');
  return type === 'string' || type === 'time' ? 'text' : type;
}

function sheetCells({ columns, dealership }: ReportTable, { cells, subtotal }: Shown, language: Language): CellValue[] {
  return columns.map((column, index) => {
    if (subtotal === index) return words[language].subtotal;
    const cell = cells[index] ?? null;
    const title = titleOfValue(cell, column, language);
    if (title !== undefined) return title;
    if (cell === null || typeof cell === 'boolean' || typeof cell === 'number') return cell;
    if (typeof cell !== 'string') return JSON.stringify(cell);
    if (column.type === 'date' && /^\d{4}-\d\d-\d\d$/u.test(cell)) return { date: cell };
    if (column.type === 'dateTime') return localTime(cell, dealership.timezone)?.replace(' ', 'T') ?? cell;
    return column.type === 'duration' ? (daysOf(cell) ?? cellText(cell, column, language, dealership.timezone)) : cell;
  });
}

const DAY_SECONDS = 86_400;

/** A duration as cells count it; none where it is less than nothing, which they do not show, or has months. */
function daysOf(duration: string): number | undefined {
  const seconds = secondsOf(duration);
  return seconds === undefined || seconds < 0 ? undefined : Number((seconds / DAY_SECONDS).toFixed(9));
}
