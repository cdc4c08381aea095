import type { Calendar } from '../calendar/calendar';
import { workingStretches } from '../calendar/working-time';
import type { Expression } from '../feel/expression';
import type { CompiledRegister } from '../register/register';
import { instantText } from '../runtime/durations';
import { toSql } from './feel-to-sql';
import { periodKeySql } from './period';
import type { Aggregate, CompiledReport, ReportMeasure, ReportValue, WorkingTimeSpan } from './report';
import { caseColumns, registerColumns, type SourceColumn, sourceSql, taskColumns } from './source';
import { Bindings, type SqlStatement, type SqlValue } from './sql';
import type { ReportColumnType, ReportPeriod } from './table';

/** What a run of a report is about. */
export interface ReportRun {
  dealership: string;
  timezone: string;
  /** Null where the report covers all time. */
  period: ReportPeriod | null;
  /** `today()` and `now()` in its expressions; what came later is not seen. */
  asOfMs: number;
  /** The rows are read as they were then, and not as they are now. */
  past: boolean;
  /** The times between which working time is counted; what lies outside has none. */
  working: { fromMs: number; toMs: number };
}

/**
 * The SQL of a report. All columns of its rows are texts or null.
 *
 * `rows` gives for each group `g0`, `g1`, … and for each aggregate `m0` (of a mean `m0` and `n0`); for a report that lists rows `row_key` and
 * `c0`, `c1`, …. `totals` gives the aggregates over all rows, or their number and the sums of their amounts. At most one row more than `limit` is given.
 *
 * @throws NoSqlError where a column that it reads has gone
 */
export function reportSql(
  report: CompiledReport,
  register: CompiledRegister | undefined,
  run: ReportRun,
  limit: number,
): { rows: SqlStatement; totals: SqlStatement } {
  return {
    rows: new ReportWriter(report, register, run).rows(limit),
    totals: new ReportWriter(report, register, run).totals(),
  };
}

/** The first and the last time, `first` and `last` in seconds, between which a report counts working time; undefined where it counts none. */
export function workingExtentSql(
  report: CompiledReport,
  register: CompiledRegister | undefined,
  run: Omit<ReportRun, 'working'>,
): SqlStatement | undefined {
  const spans = report.measures.flatMap(({ of }) => ('aggregate' in of ? workingTimeOf(of.aggregate) : []));
  const whole = { ...run, period: null, working: { fromMs: 0, toMs: 0 } };
  return spans.length === 0 ? undefined : new ReportWriter(report, register, whole).extent(spans);
}

function workingTimeOf(aggregate: Aggregate): WorkingTimeSpan[] {
  return aggregate.of !== null && 'calendar' in aggregate.of ? [aggregate.of] : [];
}

class ReportWriter {
  readonly #bindings = new Bindings();
  readonly #columns: ReadonlyMap<string, SourceColumn>;
  readonly #asOf: string;
  readonly #timezone: string;
  readonly #worked = new Map<string, (time: string) => string>();

  constructor(
    private readonly report: CompiledReport,
    register: CompiledRegister | undefined,
    private readonly run: ReportRun,
  ) {
    const columns =
      report.from.kind === 'cases'
        ? caseColumns
        : report.from.kind === 'tasks'
          ? taskColumns
          : register === undefined
            ? []
            : registerColumns(register);
    this.#columns = new Map(columns.map((column) => [column.name, column]));
    this.#asOf = this.#bind(instantText(run.asOfMs, 'UTC'), 'timestamptz');
    this.#timezone = this.#bind(run.timezone, 'text');
  }

  rows(limit: number): SqlStatement {
    const { groups, measures, columns, sort } = this.report;
    if (columns.length > 0) {
      const listed = columns.map((column, at) => `${this.#text(this.#valueOf(column), column.type)} as c${at}`);
      const order = sort.flatMap(({ by, order: way }) => {
        const column = columns.find(({ id }) => id === by);
        return column === undefined ? [] : `${this.#valueOf(column).sql} ${way} nulls last`;
      });
      return this.#statement([`s.row_key::text as row_key`, ...listed].join(', '), `order by ${[...order, 's.row_key'].join(', ')}`, limit);
    }
    const grouped = groups.map((group, at) => `${this.#text(this.#valueOf(group), group.type)} as g${at}`);
    const group = groups.length === 0 ? '' : `group by ${groups.map((_, at) => at + 1).join(', ')}`;
    return this.#statement([...grouped, ...this.#measured(measures)].join(', '), group, limit);
  }

  totals(): SqlStatement {
    const { columns, measures } = this.report;
    const sums = columns.flatMap((column, at) =>
      column.type === 'money' ? [`coalesce(sum(${this.#valueOf(column).sql}), 0)::text as c${at}`] : [],
    );
    return this.#statement(['count(*)::text as all_rows', ...sums, ...this.#measured(measures)].join(', '), '', 1);
  }

  extent(spans: readonly WorkingTimeSpan[]): SqlStatement {
    const ends = spans.flatMap(({ from, to }) => {
      const [begun, over] = [this.#sql(from).sql, `coalesce(${this.#sql(to).sql}, ${this.#asOf})`];
      return [`min(${begun})`, `min(${over})`, `max(${begun})`, `max(${over})`];
    });
    const seconds = (time: string) => `extract(epoch from ${time})::text`;
    const everything = ends.join(', ');
    return this.#statement(`${seconds(`least(${everything})`)} as first, ${seconds(`greatest(${everything})`)} as last`, '', 1);
  }

  #statement(listed: string, end: string, limit: number): SqlStatement {
    const { from, period, filter } = this.report;
    const dealership = this.#bind(this.run.dealership, 'text');
    const register = from.kind === 'register' ? this.#bind(from.register, 'text') : '';
    const source = sourceSql(from, register, { dealership, timezone: this.#timezone, asOf: this.#asOf, past: this.run.past });
    const conditions: string[] = [];
    if (period !== null && this.run.period !== null) {
      const day = this.#dayOf(this.#sql(period.of));
      const [first, last] = [this.#bind(this.run.period.from, 'date'), this.#bind(this.run.period.to, 'date')];
      conditions.push(`${day} between ${first} and ${last}`);
    }
    if (filter !== null) conditions.push(this.#sql(filter).sql);
    const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
    return this.#bindings.statement(`select ${listed} from (${source}) s ${where} ${end} limit ${limit + 1}`);
  }

  #measured(measures: readonly ReportMeasure[]): string[] {
    return measures.flatMap((measure, at) => ('aggregate' in measure.of ? this.#aggregated(measure.of.aggregate, measure.type, at) : []));
  }

  #aggregated(aggregate: Aggregate, type: ReportColumnType, at: number): string[] {
    if (aggregate.kind === 'count') {
      return [
        aggregate.of === null ? `count(*)::text as m${at}` : `(count(*) filter (where ${this.#sql(aggregate.of).sql}))::text as m${at}`,
      ];
    }
    if (aggregate.kind === 'countDistinct') return [`count(distinct ${this.#sql(aggregate.of).sql})::text as m${at}`];
    const value = 'calendar' in aggregate.of ? this.#workingTime(aggregate.of) : this.#sql(aggregate.of);
    switch (aggregate.kind) {
      case 'sum':
        return [`coalesce(sum(${value.sql}), 0)::text as m${at}`];
      case 'avg':
        return [`sum(${value.sql})::text as m${at}`, `count(${value.sql})::text as n${at}`];
      case 'median':
        return [`${median(value.sql)}::text as m${at}`];
      default:
        return [`${this.#text({ ...value, sql: `${aggregate.kind}(${value.sql})` }, type)} as m${at}`];
    }
  }

  #valueOf({ value, every }: ReportValue): SqlValue {
    const found = this.#sql(value);
    return every === undefined ? found : { sql: periodKeySql(this.#dayOf(found), every), kind: 'string' };
  }

  #sql(expression: Expression): SqlValue {
    return toSql(expression, {
      column: (name) => this.#columns.get(name)?.value,
      bind: (value, cast) => this.#bind(value, cast),
      nowMs: this.run.asOfMs,
      timezone: this.run.timezone,
    });
  }

  /** The day on the dealership's clock. */
  #dayOf({ sql, kind }: SqlValue): string {
    return kind === 'dateTime' ? `(${sql} at time zone ${this.#timezone})::date` : sql;
  }

  /** Seconds of working time; null where it has not begun, or lies out of sight. */
  #workingTime({ from, to, calendar }: WorkingTimeSpan): SqlValue {
    const worked = this.#worked.get(calendar) ?? this.#workedBy(this.report.calendars[calendar]);
    this.#worked.set(calendar, worked);
    return { sql: `(${worked(`coalesce(${this.#sql(to).sql}, ${this.#asOf})`)} - ${worked(this.#sql(from).sql)})`, kind: 'duration' };
  }

  /** How much working time has passed at a moment, since the first stretch of it that is looked at. */
  #workedBy(calendar: Calendar | undefined): (time: string) => string {
    const { fromMs, toMs } = this.run.working;
    const stretches = calendar === undefined ? [] : stretchesBetween(calendar, fromMs, toMs);
    let sum = 0;
    const before = stretches.map(([start, end]) => {
      const passed = sum;
      sum += (end - start) / 1000;
      return passed;
    });
    const starts = this.#bind(
      stretches.map(([start]) => String(start / 1000)),
      'numeric[]',
    );
    const lengths = this.#bind(
      stretches.map(([start, end]) => String((end - start) / 1000)),
      'numeric[]',
    );
    const passed = this.#bind(before.map(String), 'numeric[]');
    const [first, last] = [this.#bind(String(fromMs / 1000), 'numeric'), this.#bind(String(toMs / 1000), 'numeric')];
    return (time) => {
      const seconds = `extract(epoch from ${time})`;
      const at = `width_bucket(${seconds}, ${starts})`;
      const within = `coalesce((${passed})[${at}] + least(${seconds} - (${starts})[${at}], (${lengths})[${at}]), 0)`;
      return `(case when ${seconds} between ${first} and ${last} then ${within} end)`;
    };
  }

  /** A value as text that says it exactly. */
  #text({ sql, kind }: SqlValue, type: ReportColumnType): string {
    if (kind === 'dateTime') return `extract(epoch from ${sql})::text`;
    return type === 'boolean' ? `(${sql})::boolean::text` : `(${sql})::text`;
  }

  #bind(value: string | readonly string[], cast: string): string {
    return this.#bindings.bind(value, cast);
  }
}

/** The statements of one run ask for the same again and again. */
let lastStretches: { key: string; stretches: ReturnType<typeof workingStretches> } | undefined;

function stretchesBetween(calendar: Calendar, fromMs: number, toMs: number): ReturnType<typeof workingStretches> {
  const key = JSON.stringify([calendar, fromMs, toMs]);
  if (lastStretches?.key !== key) lastStretches = { key, stretches: workingStretches(calendar, fromMs, toMs) };
  return lastStretches.stretches;
}

/** The middle one, or the mean of the two in the middle, exactly. */
function median(value: string): string {
  const sorted = `array_agg(${value} order by ${value}) filter (where ${value} is not null)`;
  const count = `count(${value})::integer`;
  return `(((${sorted})[(${count} + 1) / 2] + (${sorted})[(${count} + 2) / 2]) / 2)`;
}
