import type { Calendar } from '../calendar/calendar';
import { workingStretches } from '../calendar/working-time';
import type { Expression } from '../feel/expression';
import type { CompiledRegister } from '../register/register';
import { indexSets, indexStart } from '../register/row';
import { instantText } from '../runtime/durations';
import { toSql } from './feel-to-sql';
import { periodKeySql } from './period';
import type { Aggregate, CompiledReport, ReportValue, WorkingTimeSpan } from './report';
import { type SourceColumn, sourceColumns, sourceSql } from './source';
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
 * Of a report that counts, `rows` gives for each group `g0`, `g1`, … and for each aggregate `m0` (of a mean `m0` and `n0`), and a row of all together;
 * where there are subtotals, also a row for each beginning of the groups. `depth` says by how many groups a row is put together. Of one that lists, `rows` gives `row_key` and `c0`, `c1`, …, `totals` the number of rows and the sums of their amounts. At
 * most one row more than `limit` is given.
 *
 * @throws NoSqlError where a column that it reads has gone
 */
export function reportSql(
  report: CompiledReport,
  register: CompiledRegister | undefined,
  run: ReportRun,
  limit: number,
): { rows: SqlStatement; totals?: SqlStatement } {
  const writer = () => new ReportWriter(report, register, run);
  return report.columns.length > 0 ? { rows: writer().listed(limit), totals: writer().sums() } : { rows: writer().counted(limit) };
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
    private readonly register: CompiledRegister | undefined,
    private readonly run: ReportRun,
  ) {
    const columns = sourceColumns(report.from, register) ?? [];
    this.#columns = new Map(columns.map((column) => [column.name, column]));
    this.#asOf = this.#bind(instantText(run.asOfMs, 'UTC'), 'timestamptz');
    this.#timezone = this.#bind(run.timezone, 'text');
  }

  listed(limit: number): SqlStatement {
    const { columns, sort } = this.report;
    const texts = columns.map((column, at) => `${this.#text(this.#valueOf(column), column.type)} as c${at}`);
    const order = sort.flatMap(({ by, order: way }) => {
      const column = columns.find(({ id }) => id === by);
      return column === undefined ? [] : `${this.#valueOf(column).sql} ${way} nulls last`;
    });
    const rows = this.#rows(['s.row_key::text as row_key', ...texts]);
    return this.#bindings.statement(`${rows} order by ${[...order, 's.row_key'].join(', ')} limit ${limit + 1}`);
  }

  sums(): SqlStatement {
    const amounts = this.report.columns.flatMap((column, at) =>
      column.type === 'money' ? [`coalesce(sum(${this.#valueOf(column).sql}), 0)::text as c${at}`] : [],
    );
    return this.#bindings.statement(this.#rows(['count(*)::text as all_rows', ...amounts]));
  }

  /** What is counted is computed once a row, and once more for the row of all together. */
  counted(limit: number): SqlStatement {
    const { groups, measures, subtotals } = this.report;
    const names = groups.map((_, at) => `g${at}`);
    const values = groups.map((group, at) => `${this.#text(this.#valueOf(group), group.type)} as g${at}`);
    const measured = measures.map((measure, at) =>
      'aggregate' in measure.of ? this.#measured(measure.of.aggregate, measure.type, at) : undefined,
    );
    const inner = this.#rows([...values, ...measured.flatMap((one) => one?.value ?? []), 'true as is_row']);
    const over = ['0', ...names.map((name) => `grouping(${name})`)].join(' + ');
    const outer = [...names, ...measured.flatMap((one) => one?.aggregates ?? []), `(${names.length} - (${over}))::text as depth`].join(
      ', ',
    );
    const beginnings = subtotals === undefined ? [names] : names.map((_, at) => names.slice(0, at + 1));
    const sets = beginnings.map((beginning) => `(${beginning.join(', ')})`).join(', ');
    const group = names.length === 0 ? '' : `group by grouping sets (${sets}, ()) order by grouping(${names[0]}) desc`;
    return this.#bindings.statement(`select ${outer} from (${inner} offset 0) v ${group} limit ${limit + 2}`);
  }

  extent(spans: readonly WorkingTimeSpan[]): SqlStatement {
    const ends = spans.flatMap(({ from, to }) => {
      const [begun, over] = [this.#sql(from).sql, `coalesce(${this.#sql(to).sql}, ${this.#asOf})`];
      return [`min(${begun})`, `min(${over})`, `max(${begun})`, `max(${over})`];
    });
    const seconds = (time: string) => `extract(epoch from ${time})::text`;
    const everything = ends.join(', ');
    return this.#bindings.statement(
      this.#rows([`${seconds(`least(${everything})`)} as first`, `${seconds(`greatest(${everything})`)} as last`]),
    );
  }

  /** A query of the rows that belong to the report, named `s`. */
  #rows(listed: readonly string[]): string {
    const { from, filter } = this.report;
    const dealership = this.#bind(this.run.dealership, 'text');
    const register = from.kind === 'register' ? this.#bind(from.register, 'text') : '';
    const source = sourceSql(from, register, { dealership, timezone: this.#timezone, asOf: this.#asOf, past: this.run.past });
    const conditions = [...this.#inPeriod(dealership, register), ...(filter === null ? [] : [this.#sql(filter).sql])];
    return `select ${listed.join(', ')} from (${source}) s${conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`}`;
  }

  /** Of a date that is stored its text is looked at first, by an index where the register declares one: most rows are of other periods. */
  #inPeriod(dealership: string, register: string): string[] {
    const { period } = this.report;
    if (period === null || this.run.period === null) return [];
    const { from, to } = this.run.period;
    const [first, last] = [this.#bind(from, 'date'), this.#bind(to, 'date')];
    const value = this.#sql(period.of);
    if (value.kind === 'dateTime') {
      const midnight = (day: string) => `((${day})::timestamp at time zone ${this.#timezone})`;
      return [`${value.sql} >= ${midnight(first)}`, `${value.sql} < ${midnight(`${last} + 1`)}`];
    }
    const column = this.register?.columns.find(
      ({ name }) => name === period.of.text && JSON.stringify(period.of.tree) === JSON.stringify(['name', name]),
    );
    const exactly = `${value.sql} between ${first} and ${last}`;
    if (column === undefined || this.register === undefined) return [exactly];
    const text = `(s."values" ->> '${column.name}') collate "C"`;
    const roughly = `${text} >= ${this.#bind(from, 'text')} and ${text} <= ${this.#bind(to, 'text')}`;
    const set = indexSets(this.register).find(([name]) => name === column.name);
    if (set === undefined || this.run.past) return [roughly, exactly];
    // '\u0002' is behind the separator of an index's columns
    const [low, high] = [this.#bind(indexStart(column.type, from), 'text'), this.#bind(`${indexStart(column.type, to)}\u0002`, 'text')];
    const entries = `select row_id from register_index where dealership_id = ${dealership} and register_id = ${register}`;
    return [
      `s.row_id in (${entries} and columns = ${this.#bind(set.join('+'), 'text')} and value >= ${low} and value < ${high})`,
      roughly,
      exactly,
    ];
  }

  /** The value of a row that is aggregated, and the aggregates of it. */
  #measured(aggregate: Aggregate, type: ReportColumnType, at: number): { value: string[]; aggregates: string[] } {
    const name = `a${at}`;
    if (aggregate.kind === 'count' && aggregate.of === null) return { value: [], aggregates: [`count(*)::text as m${at}`] };
    const of = aggregate.of as Expression | WorkingTimeSpan;
    const value = 'calendar' in of ? this.#workingTime(of) : this.#sql(of);
    return { value: [`${value.sql} as ${name}`], aggregates: this.#aggregates(aggregate.kind, { ...value, sql: name }, type, at) };
  }

  #aggregates(kind: Aggregate['kind'], value: SqlValue, type: ReportColumnType, at: number): string[] {
    switch (kind) {
      case 'count':
        return [`(count(*) filter (where ${value.sql}))::text as m${at}`];
      case 'countDistinct':
        return [`count(distinct ${value.sql})::text as m${at}`];
      case 'sum':
        return [`coalesce(sum(${value.sql}), 0)::text as m${at}`];
      case 'avg':
        return [`sum(${value.sql})::text as m${at}`, `count(${value.sql})::text as n${at}`];
      case 'median':
        return [`${median(value.sql)}::text as m${at}`];
      default:
        return [`${this.#text({ ...value, sql: `${kind}(${value.sql})` }, type)} as m${at}`];
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

  /** How many seconds of working time have passed at a moment, since the first stretch of it that is looked at. */
  #workedBy(calendar: Calendar | undefined): (time: string) => string {
    const { fromMs, toMs } = this.run.working;
    const stretches = calendar === undefined ? [] : stretchesBetween(calendar, fromMs, toMs);
    let sum = 0;
    const before = stretches.map(([start, end]) => {
      const passed = sum;
      sum += end - start;
      return passed;
    });
    const list = (values: readonly number[]) => this.#bind(values.map(String), 'bigint[]');
    const [starts, passed, lengths] = [
      list(stretches.map(([start]) => start)),
      list(before),
      list(stretches.map(([start, end]) => end - start)),
    ];
    const [first, last] = [this.#bind(String(fromMs), 'bigint'), this.#bind(String(toMs), 'bigint')];
    return (time) => {
      const ms = `round(date_part('epoch', ${time}) * 1000)::bigint`;
      const at = `width_bucket(${ms}, ${starts})`;
      const within = `coalesce((${passed})[${at}] + least(${ms} - (${starts})[${at}], (${lengths})[${at}]), 0)`;
      return `(case when ${ms} between ${first} and ${last} then ${within} end / 1000.0)`;
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
