import type { Content, TableCell } from 'pdfmake/interfaces';
import type { ReportColumn, ReportTable } from '../../engine/report/table';
import { filled, type Language, words } from '../language';
import { FONT_FAMILY, printable } from '../pdf/font';
import { THIN_LINES } from '../pdf/pdf-document';
import { renderPdf } from '../pdf/render-pdf';
import { TooLargeError } from '../rendering-error';
import { isNumeric } from './cell-text';
import { reportChart } from './report-chart';
import { correctionTexts, facts, periodText, rowTexts, totalTexts } from './report-sections';

/** Rows and cells of a report that a PDF holds at most: more is for a spreadsheet. */
const PDF_ROWS = 2_000;
const PDF_CELLS = 20_000;

/** Columns that fit on an upright page. */
const UPRIGHT_COLUMNS = 6;
/** Columns that fit on a page, and of those behind the groups the fewest that stand together. */
const WIDEST = 14;
const FEWEST = 4;
const FILL = '#e8eef7';

/**
 * A report on paper: its chart, its table with the header on every page, what it corrects, numbered pages.
 *
 * @throws TooLargeError where it has more than `PDF_ROWS` rows, or too many cells or pages
 */
export async function reportPdf(table: ReportTable, language: Language): Promise<Buffer> {
  const word = words[language];
  const count = table.columns.length;
  if (table.rows.length > PDF_ROWS || table.rows.length * count > PDF_CELLS) {
    const most = `${PDF_ROWS} rows and ${PDF_CELLS} cells`;
    throw new TooLargeError(`a report of ${table.rows.length} rows is too long for a PDF, which has at most ${most}; take xlsx`);
  }
  const landscape = count > UPRIGHT_COLUMNS;
  const title = printable(table.title[language]);
  const subtitle = [table.dealership.title[language], periodText(table, language)].filter((text) => text !== '').join(' · ');
  const small = facts(table, language)
    .slice(1)
    .map(([name, value]) => `${name}${language === 'zh' ? '：' : ': '}${value}`)
    .join('    ');
  const content: Content[] = [
    { text: title, bold: true, fontSize: 16 },
    { text: printable(subtitle), fontSize: 11, margin: [0, 2, 0, 2] },
    { text: printable(small), fontSize: 8, color: '#555555', margin: [0, 0, 0, 8] },
    ...chartOf(table, language, landscape),
    ...blocksOf(table).map((shown) => tableOf(table, shown, language)),
    ...(table.left > 0 ? [{ text: filled(word.left, { n: table.left }), margin: [0, 4, 0, 0] as [number, number, number, number] }] : []),
    ...correctionsOf(table, language),
  ];
  return renderPdf({
    title: [title, subtitle].join(' · '),
    content,
    size: 'A4',
    orientation: landscape ? 'landscape' : 'portrait',
    fontSize: count > 12 ? 7 : 9,
    footer: `${title} · ${printable(subtitle)} · ${word.version} ${table.version}`,
    pageNumber: word.page,
    atMs: Date.parse(table.runAt),
  });
}

function chartOf(table: ReportTable, language: Language, landscape: boolean): Content[] {
  const [width, height] = landscape ? [760, 240] : [514, 230];
  const svg = reportChart(table, language, { width, height, fontFamily: FONT_FAMILY });
  return svg === undefined ? [] : [{ svg: printable(svg), width, margin: [0, 0, 0, 8] }];
}

/** Columns that stand beside each other: what does not fit on the page goes into further tables, each behind the groups, or the first column. */
function blocksOf({ columns }: ReportTable): number[][] {
  const all = columns.map((_, index) => index);
  if (all.length <= WIDEST) return [all];
  const named = Math.max(1, columns.filter(({ role }) => role === 'group').length);
  const rest = all.slice(named);
  const fit = Math.max(FEWEST, WIDEST - named);
  const blocks = Math.ceil(rest.length / fit);
  const each = Math.ceil(rest.length / blocks);
  return Array.from({ length: blocks }, (_, block) => [...all.slice(0, named), ...rest.slice(block * each, (block + 1) * each)]);
}

function tableOf(table: ReportTable, shown: readonly number[], language: Language): Content {
  const { rows } = table;
  const columns = shown.map((index) => table.columns[index] as ReportColumn);
  const ofBlock = (texts: readonly string[]) => shown.map((index) => texts[index] ?? '');
  const head = columns.map((column): TableCell => ({ ...cell(column.title[language], column), bold: true, fillColor: FILL }));
  const changed = new Set(table.corrections.map(({ row, column }) => `${row} ${column ?? ''}`));
  const body = rows.map((row) =>
    ofBlock(rowTexts(table, row, language)).map((text, index): TableCell => {
      const column = columns[index] as ReportColumn;
      const isChanged = changed.has(`${row.key} ${column.id}`) || changed.has(`${row.key} `);
      const isSubtotal = row.subtotal !== undefined;
      const fillColor = isChanged ? '#fde68a' : isSubtotal ? '#f1f1f1' : undefined;
      return { ...cell(text, column), ...(isSubtotal ? { bold: true } : {}), ...(fillColor === undefined ? {} : { fillColor }) };
    }),
  );
  if (rows.length === 0)
    body.push([{ text: words[language].noRows, colSpan: columns.length }, ...columns.slice(1).map(() => ({ text: '' }))]);
  const all = totalTexts(table, language);
  const totals =
    all === undefined
      ? undefined
      : ofBlock(all).map((text, index): TableCell => {
          return { ...cell(text, columns[index] as ReportColumn), bold: true, fillColor: '#f1f1f1' };
        });
  return {
    table: {
      headerRows: 1,
      dontBreakRows: true,
      widths: columns.map((column) => (isNumeric(column) || column.type !== 'string' ? 'auto' : '*')),
      body: [head, ...body, ...(totals === undefined ? [] : [totals])],
    },
    layout: THIN_LINES,
    margin: [0, 0, 0, 8],
  };
}

/** Letters without a place to break at that a cell holds on one line; a longer run is broken anywhere. */
const LONGEST_RUN = 18;

function cell(text: string, column: Pick<ReportColumn, 'type'>): { text: string; alignment: 'left' | 'right'; wordBreak?: 'break-all' } {
  const longRun = text.split(/[\s\p{Script=Han}]/u).some((run) => run.length > LONGEST_RUN);
  return {
    text: printable(text),
    alignment: isNumeric(column) ? 'right' : 'left',
    ...(longRun ? { wordBreak: 'break-all' as const } : {}),
  };
}

function correctionsOf(table: ReportTable, language: Language): Content[] {
  if (table.corrects === null) return [];
  const { corrections, place, column, before, after } = words[language];
  const text = { type: 'string' as const };
  const head = [place, column, before, after].map((one): TableCell => ({ text: one, bold: true, fillColor: FILL }));
  const body = correctionTexts(table, language).map((texts) => texts.map((one): TableCell => cell(one, text)));
  return [
    { text: corrections, bold: true, fontSize: 11, margin: [0, 12, 0, 4] },
    { table: { headerRows: 1, dontBreakRows: true, widths: ['*', '*', '*', '*'], body: [head, ...body] }, layout: THIN_LINES },
  ];
}
