import type { Json } from '../json';
import type { LocalizedText } from '../runtime/process-model';

/** What a column of a report shows, as far as showing it goes. */
export type ReportColumnType = 'string' | 'number' | 'boolean' | 'money' | 'date' | 'dateTime' | 'time' | 'duration';

/** With what a report compares its period: the one before, or the same one a year earlier. */
export type ReportComparison = 'previousPeriod' | 'previousYear';

/** How a number is shown: `percent` of 0.25 is 25%, `integer` has no decimals; and a duration: `hours` of a day and a half is 36 hours. */
export type ReportNumberFormat = 'percent' | 'integer' | 'hours';

/** A column of a report that was run. */
export interface ReportColumn {
  /** One of its report; of a comparison `total.previousPeriod` and `total.previousPeriod.change`. */
  id: string;
  title: LocalizedText;
  /** Of its cells: money is text with two decimals, dates, times and durations are ISO 8601. A cell without a value is null. */
  type: ReportColumnType;
  format?: ReportNumberFormat;
  /** A group stands before its measures; a report that lists rows has details alone. */
  role: 'group' | 'measure' | 'detail' | 'comparison';
  /** What people read in place of a value; a value that has none stands for itself. */
  valueTitles?: Record<string, LocalizedText>;
  /** Of a comparison: which measure, with what, and whether it is the value of that time or the change since (1 is twice as much). */
  compares?: { measure: string; with: ReportComparison; shows: 'value' | 'change' };
}

/** A row of a report. */
export interface ReportTableRow {
  /** Tells the row from every other of the report, also in another version of it. */
  key: string;
  /** Of a subtotal: how many groups its rows share, from the first one on; it stands behind them. */
  subtotal?: number;
  /** One a column, in the order of the columns. */
  cells: Json[];
}

/** The time that a report covers, on the dealership's calendar. */
export interface ReportPeriod {
  /** `2026-03-05`, `2026-W10`, `2026-03`, `2026-Q1`, `2026`. */
  key: string;
  every: 'day' | 'week' | 'month' | 'quarter' | 'year';
  label: LocalizedText;
  /** The first and the last day. */
  from: string;
  to: string;
}

/** The drawing of a report: which column gives the categories, which ones the values. */
export interface ReportChart {
  kind: 'bar' | 'line' | 'pie';
  /** Id of a column. */
  category: string;
  /** Ids of columns; of a pie one. */
  values: string[];
}

/** A cell, or a whole row, in which a version differs from the one that it corrects. */
export interface ReportCorrection {
  /** Of the row; null: the totals. */
  row: string | null;
  /** The row as people name it: its groups, or its first cell. */
  label: string;
  /** The row is a subtotal. */
  subtotal?: true;
  kind: 'changed' | 'added' | 'removed';
  /** Id of the column where a cell changed; null for a whole row. */
  column: string | null;
  before: Json;
  after: Json;
}

/** The rows of a report without its subtotals. */
export function rowCount({ rows }: Pick<ReportTable, 'rows'>): number {
  return rows.filter(({ subtotal }) => subtotal === undefined).length;
}

/** A report that was run: everything that showing it takes, frozen. */
export interface ReportTable {
  report: string;
  title: LocalizedText;
  dealership: { id: string; title: LocalizedText; timezone: string };
  /** Counts from 1 over all runs of the report. */
  version: number;
  /** Counts from 1 over the runs of the report for its period. */
  revision: number;
  /** Null where the report covers all time. */
  period: ReportPeriod | null;
  /** The moment as of which it was computed, ISO 8601 with the dealership's offset. */
  asOf: string;
  /** When and by whom it was run; a case runs it by its step. */
  runAt: string;
  runBy: string;
  columns: ReportColumn[];
  rows: ReportTableRow[];
  /** One cell a column, null where there is nothing to add up; null where the report has no totals. */
  totals: Json[] | null;
  /** Rows that were left out by the report's `limit`; subtotals do not count. */
  left: number;
  chart: ReportChart | null;
  /** What this version corrects, and why; null: nothing. */
  corrects: { version: number; reason: string | null } | null;
  corrections: ReportCorrection[];
}
