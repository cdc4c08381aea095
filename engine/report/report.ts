import type { Calendar } from '../calendar/calendar';
import type { Expression, ValueType } from '../feel/expression';
import type { LocalizedText } from '../runtime/process-model';
import type { ReportChart, ReportColumnType, ReportComparison, ReportNumberFormat, ReportPeriod } from './table';

/** Tables that no register stands in for: what must happen once is kept there. */
export type ReportedTable = 'payments' | 'vehicles' | 'outbound-numbers';

/** What a report counts: the rows of a register or a table, cases or tasks. */
export type ReportSource =
  | { kind: 'register'; register: string }
  | { kind: 'table'; table: ReportedTable }
  | { kind: 'cases' }
  | { kind: 'tasks' };

/** What people read in place of values: written titles, or those that the processes and steps of the dealership have when the report is run. */
export type ValueTitles = Record<string, LocalizedText> | 'process' | 'step';

export type PeriodLength = ReportPeriod['every'];

/** What all columns of a report have. */
interface Described {
  id: string;
  title: LocalizedText;
  type: ReportColumnType;
  valueTitles?: ValueTitles;
}

/** A value of each row: by which rows are put together, or which is listed. */
export interface ReportValue extends Described {
  value: Expression;
  /** The value is a date or a time, of which the period counts. */
  every?: PeriodLength;
}

/** Working time between two values of a row, by a calendar; what is not over lasts until the moment as of which the report is computed. */
export interface WorkingTimeSpan {
  from: Expression;
  to: Expression;
  calendar: string;
}

export type AggregateFunction = 'sum' | 'avg' | 'min' | 'max' | 'median';

/** What is made of a group's rows. Rows without a value do not count; the sum of none is 0, everything else of none is null. */
export type Aggregate =
  /** All rows, or those for which a condition is true. */
  | { kind: 'count'; of: Expression | null }
  | { kind: 'countDistinct'; of: Expression }
  | { kind: AggregateFunction; of: Expression | WorkingTimeSpan };

export interface ReportMeasure extends Described {
  format?: ReportNumberFormat;
  /** Of the rows; or computed from the measures that stand before it. */
  of: { aggregate: Aggregate } | { computed: Expression; result: ValueType };
}

/** A report as it was compiled. `hash` addresses the canonical JSON of everything else. */
export interface CompiledReport {
  id: string;
  hash: string;
  title: LocalizedText;
  from: ReportSource;
  /** The date or time of a row that tells its period; null: all rows belong to the report. */
  period: { of: Expression; every: PeriodLength } | null;
  filter: Expression | null;
  groups: ReportValue[];
  measures: ReportMeasure[];
  /** Values of each row, where the report lists rows; it has no groups and measures then. */
  columns: ReportValue[];
  sort: { by: string; order: 'asc' | 'desc' }[];
  limit: number | null;
  compare: ReportComparison[];
  /** The measures over all groups; of a list the sums of its amounts. */
  totals: boolean;
  /** After how many of its groups a subtotal stands, for example 1 where the first group's value changes; absent: nowhere. */
  subtotals?: number[];
  chart: ReportChart | null;
  /** Roles that run and read it; null: everybody of the dealership. */
  readers: string[] | null;
  /** Those that working time is counted by. */
  calendars: Record<string, Calendar>;
}
