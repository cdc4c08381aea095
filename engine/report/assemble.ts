import { Decimal } from '../feel/decimal';
import { evaluate } from '../feel/evaluate';
import type { ValueType } from '../feel/expression';
import { DaysDuration, formatTemporal } from '../feel/temporal';
import { toJson } from '../feel/value';
import type { Json } from '../json';
import { instantText } from '../runtime/durations';
import type { LocalizedText } from '../runtime/process-model';
import { linesOf } from './lines';
import type { CompiledReport, ReportMeasure, ReportValue } from './report';
import type { ReportColumn, ReportColumnType, ReportComparison, ReportTable, ReportTableRow } from './table';

/** A row as the database gives it: texts, by the names that `reportSql` has. */
type ReportRecord = Readonly<Record<string, string | null>>;

/** What was counted for one period: the groups, with all beginnings of them where there are subtotals, and all together. */
export interface Counted {
  rows: readonly ReportRecord[];
  totals: ReportRecord | undefined;
}

/** What the parts of a table are made of. */
export interface Assembled {
  report: CompiledReport;
  now: Counted;
  compared: readonly { comparison: ReportComparison; counted: Counted }[];
  asOfMs: number;
  timezone: string;
  /** The titles of the dealership's processes and steps. */
  names: ValueNames;
}

/** Titles by id; a step that has different ones in different processes has none. */
export type ValueNames = Readonly<Record<'process' | 'step', Readonly<Record<string, LocalizedText>>>>;

/** The columns, rows and totals of a report's table. Groups that had rows in a compared period alone are there as well. */
export function assemble(assembled: Assembled): Pick<ReportTable, 'columns' | 'rows' | 'totals' | 'left'> {
  return assembled.report.columns.length > 0 ? listed(assembled) : counted(assembled);
}

function listed({ report, now, timezone, names }: Assembled): Pick<ReportTable, 'columns' | 'rows' | 'totals' | 'left'> {
  const columns = report.columns.map((column): ReportColumn => ({ ...shownOf(column, names), role: 'detail' }));
  const all = now.rows.map(
    (row): ReportTableRow => ({
      key: row['row_key'] ?? '',
      cells: report.columns.map(({ type }, at) => cellOf(row[`c${at}`] ?? null, type, timezone)),
    }),
  );
  const rows = report.limit === null ? all : all.slice(0, report.limit);
  const count = Number(now.totals?.['all_rows'] ?? rows.length);
  const totals = report.columns.map(({ type }, at) => (type === 'money' ? cellOf(now.totals?.[`c${at}`] ?? '0', type, timezone) : null));
  return { columns, rows, totals: report.totals ? totals : null, left: count - rows.length };
}

function counted({ report, now, compared, asOfMs, timezone, names }: Assembled): Pick<ReportTable, 'columns' | 'rows' | 'totals' | 'left'> {
  const { groups, measures } = report;
  const scope = { nowMs: asOfMs, timezone };
  const measuresOf = (row: ReportRecord | undefined) => measured(measures, row, scope);
  const keyOf = (row: ReportRecord) => JSON.stringify(groups.slice(0, depthOf(row)).map((_, at) => row[`g${at}`] ?? null));
  const earlier = compared.map(({ counted }) => new Map(counted.rows.map((row) => [keyOf(row), row])));
  const records = new Map<string, { group: ReportRecord; now: ReportRecord | undefined }>();
  for (const row of now.rows) records.set(keyOf(row), { group: row, now: row });
  for (const known of earlier) for (const [key, row] of known) if (!records.has(key)) records.set(key, { group: row, now: undefined });
  const cellsOf = (current: ReportRecord | undefined, others: readonly (ReportRecord | undefined)[]): Json[] => {
    const values = measuresOf(current);
    const before = others.map(measuresOf);
    return [...values, ...before.flatMap((old) => old.flatMap((value, at) => comparisonOf(values[at] ?? null, value, measures[at])))];
  };
  const rows = [...records].map(
    ([key, record]): ReportTableRow => ({
      key,
      ...(depthOf(record.group) < groups.length ? { subtotal: depthOf(record.group) } : {}),
      cells: [
        ...groups.map(({ type }, at) => cellOf(record.group[`g${at}`] ?? null, type, timezone)),
        ...cellsOf(
          record.now,
          earlier.map((known) => known.get(key)),
        ),
      ],
    }),
  );
  const columns = columnsOf(report, names);
  const { shown, left } = linesOf(rows, report, orderOf(report, columns));
  const all = cellsOf(
    now.totals,
    compared.map(({ counted }) => counted.totals),
  );
  return { columns, rows: shown, totals: report.totals ? [...groups.map(() => null), ...all] : null, left };
}

/** By how many groups a row of the database is put together. */
function depthOf(row: ReportRecord): number {
  return Number(row['depth'] ?? 0);
}

function columnsOf({ groups, measures, compare }: CompiledReport, names: ValueNames): ReportColumn[] {
  const compared = compare.flatMap((comparison) =>
    measures.flatMap((measure): ReportColumn[] => {
      const { id, title, type } = measure;
      const { zh, en } = words[comparison];
      const compares = { measure: id, with: comparison };
      const value: ReportColumn = {
        ...shownOf(measure, names),
        id: `${id}.${comparison}`,
        title: { zh: `${title.zh}（${zh}）`, en: `${title.en} (${en})` },
        role: 'comparison',
        compares: { ...compares, shows: 'value' },
      };
      if (!isAmount(type)) return [value];
      const change: ReportColumn = {
        id: `${id}.${comparison}.change`,
        title: { zh: `${title.zh}${words[comparison].changeZh}`, en: `${title.en}, change (${en})` },
        type: 'number',
        format: 'percent',
        role: 'comparison',
        compares: { ...compares, shows: 'change' },
      };
      return [value, change];
    }),
  );
  return [
    ...groups.map((group): ReportColumn => ({ ...shownOf(group, names), role: 'group' })),
    ...measures.map((measure): ReportColumn => ({ ...shownOf(measure, names), role: 'measure' })),
    ...compared,
  ];
}

function shownOf(part: ReportValue | ReportMeasure, names: ValueNames): Omit<ReportColumn, 'role'> {
  const { id, title, type, valueTitles } = part;
  const format = 'format' in part ? part.format : undefined;
  const titles = typeof valueTitles === 'string' ? names[valueTitles] : valueTitles;
  return { id, title, type, ...(format === undefined ? {} : { format }), ...(titles === undefined ? {} : { valueTitles: { ...titles } }) };
}

const words = {
  previousPeriod: { zh: '上期', en: 'period before', changeZh: '环比' },
  previousYear: { zh: '上年同期', en: 'a year before', changeZh: '同比' },
} as const;

/** What changes by a share, and is ordered by how much it is. */
function isAmount(type: ReportColumnType): boolean {
  return type === 'number' || type === 'money' || type === 'duration';
}

/** The value of a compared period, and the share by which it has changed since; null where there was nothing. */
function comparisonOf(now: Json, before: Json, measure: ReportMeasure | undefined): Json[] {
  if (measure === undefined || !isAmount(measure.type)) return [before];
  if (now === null || before === null) return [before, null];
  const [current, old] = [amountOf(now, measure.type), amountOf(before, measure.type)];
  return [before, old.isZero() ? null : current.minus(old).div(old.abs()).toDecimalPlaces(6).toNumber()];
}

/** The measures of a group; of no rows where it has none. */
function measured(measures: readonly ReportMeasure[], row: ReportRecord | undefined, scope: { nowMs: number; timezone: string }): Json[] {
  const values = new Map<string, { value: Json; type: ValueType }>();
  return measures.map((measure, at) => {
    const { of } = measure;
    let value: Json;
    if ('computed' in of) {
      const result = evaluate(of.computed, { ...scope, read: (name) => values.get(name) }, of.result);
      value = result.ok ? result.value : null;
    } else value = aggregateOf(measure, of.aggregate.kind, row, at, scope.timezone);
    values.set(measure.id, { value, type: 'computed' in of ? of.result : ({ kind: measure.type } as ValueType) });
    return value;
  });
}

function aggregateOf({ type }: ReportMeasure, kind: string, row: ReportRecord | undefined, at: number, timezone: string): Json {
  const text = row?.[`m${at}`] ?? (kind === 'sum' || kind.startsWith('count') ? '0' : null);
  if (text === null || kind !== 'avg') return cellOf(text, type, timezone);
  const mean = new Decimal(text).div(row?.[`n${at}`] ?? 1);
  return cellOf(mean.toFixed(), type, timezone);
}

/** A cell of the text that the database gave; none where it is more than an amount or a number can be. Durations are whole seconds. */
function cellOf(text: string | null, type: ReportColumnType, timezone: string): Json {
  if (text === null) return null;
  switch (type) {
    case 'number':
    case 'money': {
      const written = toJson(new Decimal(text), { kind: type });
      return written.ok ? written.value : null;
    }
    case 'boolean':
      return text === 'true';
    case 'dateTime':
      return instantText(new Decimal(text).times(1000).round().toNumber(), timezone);
    case 'duration': {
      if (text.includes('P')) return text;
      return formatTemporal(new DaysDuration(BigInt(new Decimal(text).round().toFixed()) * 1_000_000_000n));
    }
    default:
      return text;
  }
}

/** Rows by what the report says, then by their groups; what has no value comes last. */
function orderOf(
  { groups, sort }: CompiledReport,
  columns: readonly ReportColumn[],
): (left: ReportTableRow, right: ReportTableRow) => number {
  const keys = [...sort, ...groups.map(({ id }) => ({ by: id, order: 'asc' as const }))].map(({ by, order }) => {
    const at = columns.findIndex(({ id }) => id === by);
    return { at, type: columns[at]?.type ?? 'string', sign: order === 'asc' ? 1 : -1 };
  });
  return (left, right) => {
    for (const { at, type, sign } of keys) {
      const found = compareCells(left.cells[at] ?? null, right.cells[at] ?? null, type, sign);
      if (found !== 0) return found;
    }
    return 0;
  };
}

function compareCells(left: Json, right: Json, type: ReportColumnType, sign: number): number {
  if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
  const found = isAmount(type) ? amountOf(left, type).cmp(amountOf(right, type)) : textOrder(String(left), String(right));
  return found * sign;
}

function amountOf(cell: Json, type: ReportColumnType): Decimal {
  return new Decimal(type === 'duration' ? secondsOf(String(cell)) : String(cell));
}

/** Seconds of a duration as `cellOf` writes it. */
function secondsOf(text: string): number {
  const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0'] =
    /^(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/u.exec(text) ?? [];
  const total = 86_400 * Number(days) + 3_600 * Number(hours) + 60 * Number(minutes) + Number(seconds);
  return sign === undefined ? total : -total;
}

function textOrder(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
