import type { Json } from '../../engine/json';
import type { ReportColumn, ReportCorrection, ReportTable, ReportTableRow } from '../../engine/report/table';
import { filled, type Language, words } from '../language';
import { cellText, localTime, NOTHING } from './cell-text';

/** What a report says of itself above its table: one name and one value a line. */
export function facts(table: ReportTable, language: Language): [string, string][] {
  const word = words[language];
  const { dealership, period, corrects } = table;
  const version = `${table.version}${period === null ? '' : language === 'zh' ? `（${revision(table, language)}）` : ` (${revision(table, language)})`}`;
  return [
    [word.dealership, dealership.title[language]],
    ...(period === null ? [] : [[word.period, periodText(table, language)] as [string, string]]),
    [word.asOf, localTime(table.asOf, dealership.timezone) ?? table.asOf],
    [word.runAt, localTime(table.runAt, dealership.timezone) ?? table.runAt],
    [word.runBy, table.runBy],
    [word.version, version],
    ...(corrects === null ? [] : [[filled(word.correctsVersion, { n: corrects.version }), corrects.reason ?? NOTHING] as [string, string]]),
  ];
}

function revision({ revision: n }: ReportTable, language: Language): string {
  return filled(words[language].revision, { n });
}

/** The period with its first and last day, where it has more than one. */
export function periodText({ period }: ReportTable, language: Language): string {
  if (period === null) return '';
  const label = period.label[language];
  if (period.from === period.to) return label;
  return language === 'zh' ? `${label}（${period.from} 至 ${period.to}）` : `${label} (${period.from} to ${period.to})`;
}

/** The cells of a row as texts. Of a subtotal the first group that it has put together says what the row is, the others stay empty. */
export function rowTexts(
  table: ReportTable,
  { cells, subtotal }: Pick<ReportTableRow, 'cells' | 'subtotal'>,
  language: Language,
): string[] {
  return table.columns.map((column, index) => {
    if (subtotal === index) return words[language].subtotal;
    if (subtotal !== undefined && subtotal < index && column.role === 'group') return '';
    return cellText(cells[index] ?? null, column, language, table.dealership.timezone);
  });
}

/** The cells of the totals as texts: the first that adds nothing up says what the row is, the others stay empty. */
export function totalTexts(table: ReportTable, language: Language): string[] | undefined {
  if (table.totals === null) return undefined;
  const { totals } = table;
  const texts = rowTexts(table, { cells: totals }, language).map((text, index) => (totals[index] == null ? '' : text));
  const place = texts.indexOf('');
  return texts.map((text, index) => (index === place ? words[language].total : text));
}

/** What a version corrects, a line each: where, in which column, before and after. */
export function correctionTexts(table: ReportTable, language: Language): string[][] {
  const word = words[language];
  return table.corrections.map((correction) => {
    const where = correction.row === null ? word.totalsRow : labelOf(table, correction, language);
    if (correction.column === null) {
      const [before, after] = [wholeText(correction.before, table, language), wholeText(correction.after, table, language)];
      return [where, correction.kind === 'added' ? word.rowAdded : word.rowRemoved, before, after];
    }
    const column = table.columns.find(({ id }) => id === correction.column);
    return [where, column?.title[language] ?? correction.column, ...sides(correction, column, table, language)];
  });
}

/** Values of a row that are told where all of it has come or gone: the first ones that it has. */
const TOLD = 8;

/** What a whole row says, besides what it is named by; empty where there is none. */
function wholeText(cells: Json, { columns, dealership }: ReportTable, language: Language): string {
  if (cells === null || typeof cells !== 'object' || Array.isArray(cells)) return '';
  const values = columns
    .slice(1)
    .filter(({ id, role }) => (role === 'measure' || role === 'detail') && (cells[id] ?? null) !== null)
    .map((column) => `${column.title[language]} ${cellText(cells[column.id] ?? null, column, language, dealership.timezone)}`);
  const more = values.length > TOLD ? ['…'] : [];
  return [...values.slice(0, TOLD), ...more].join(language === 'zh' ? '，' : ', ');
}

/** The row of a correction as people name it, in their language. */
function labelOf(
  { rows, columns, dealership }: ReportTable,
  { row, label, before, subtotal }: ReportCorrection,
  language: Language,
): string {
  const gone = typeof before === 'object' && before !== null && !Array.isArray(before) ? before : undefined;
  const cells = rows.find(({ key }) => key === row)?.cells ?? (gone === undefined ? undefined : columns.map(({ id }) => gone[id] ?? null));
  if (cells === undefined) return label;
  const named = columns.flatMap((column, at) => (column.role === 'group' ? [at] : []));
  const texts = (named.length > 0 ? named : [0]).map((at) =>
    cellText(cells[at] ?? null, columns[at] as ReportColumn, language, dealership.timezone),
  );
  if (subtotal === undefined) return texts.join(' · ');
  const shared = rows.find(({ key }) => key === row)?.subtotal;
  return [...texts.slice(0, shared), words[language].subtotal].join(' · ');
}

function sides(
  { before, after }: ReportCorrection,
  column: ReportColumn | undefined,
  { dealership }: ReportTable,
  language: Language,
): string[] {
  const shown = column ?? { type: 'string' as const };
  return [before, after].map((cell) => cellText(cell, shown, language, dealership.timezone));
}
