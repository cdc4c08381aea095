import type { Calendar } from '../calendar/calendar';
import type { NameScope } from '../feel/compile';
import type { Expression, ValueType } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import type { CompiledRegister } from '../register/register';
import { toSql } from '../report/feel-to-sql';
import type {
  AggregateFunction,
  CompiledReport,
  PeriodLength,
  ReportedTable,
  ReportMeasure,
  ReportSource,
  ReportValue,
  ValueTitles,
  WorkingTimeSpan,
} from '../report/report';
import { type SourceColumn, sourceColumns, tableColumns } from '../report/source';
import { NoSqlError } from '../report/sql';
import type { ReportChart, ReportColumnType, ReportComparison, ReportNumberFormat } from '../report/table';
import type { LocalizedText } from '../runtime/process-model';
import { unknownRegister } from './compile-register';
import { type CompilePorts, contentHash } from './content-hash';
import { ExpressionCompiler, isExpressionText } from './expressions';
import { localizedText } from './localized-text';
import type { Report } from './report';
import { readersOf } from './report-readers';
import { listOf, mapOf, textOf } from './step-document';

/** What reports are written over. */
export interface ReportSurroundings {
  registers: ReadonlyMap<string, CompiledRegister>;
  /** Ids of all registers, those with findings included. */
  registerIds: ReadonlySet<string>;
  calendars: ReadonlyMap<string, Calendar>;
  calendarIds: ReadonlySet<string>;
}

/** Compiles a report whose document's schema has been checked; undefined where its source has findings or is not there. */
export function compileReport(report: Report, surroundings: ReportSurroundings, ports: CompilePorts): CompiledReport | undefined {
  const written = report.document.value['from'];
  const from = sourceOf(written);
  const columns = sourceColumns(from, from.kind === 'register' ? surroundings.registers.get(from.register) : undefined);
  if (columns !== undefined) return new ReportCompiler(report, from, columns, surroundings).compile(ports);
  const id = String(written);
  if (!surroundings.registerIds.has(id)) {
    const { message, rule, remedy } = unknownRegister(id, ['cases', 'tasks', ...surroundings.registerIds]);
    const table = Object.keys(tableColumns).includes(id)
      ? `write "{ table: ${id} }" for the table, or a document "register: ${id}"`
      : remedy;
    report.at(['from'], { rule, message, remedy: table });
  }
  return undefined;
}

/** The complaint about a report that no document defines. */
export function unknownReport(id: string, reports: Iterable<string>): { rule: string; message: string; remedy: string } {
  const remedy = suggestion(id, reports) ?? `write a document "report: ${id}"`;
  return { rule: 'unknown-report', message: `there is no report ${quoted(id)}`, remedy };
}

function sourceOf(written: Json | undefined): ReportSource {
  const table = textOf(mapOf(written)['table']);
  if (table !== undefined) return { kind: 'table', table: table as ReportedTable };
  return written === 'cases' || written === 'tasks' ? { kind: written } : { kind: 'register', register: String(written) };
}

const aggregates: readonly AggregateFunction[] = ['sum', 'avg', 'min', 'max', 'median'];
const means = { avg: { zh: '平均', en: 'mean' }, median: { zh: '中位', en: 'median' } } as const;
const amounts = { min: { zh: '最小', en: 'least' }, max: { zh: '最大', en: 'most' } } as const;
const spans = { min: { zh: '最短', en: 'shortest' }, max: { zh: '最长', en: 'longest' } } as const;
/** Of what has an order and no amount. */
const places = { min: { zh: '最早', en: 'first' }, max: { zh: '最晚', en: 'last' } } as const;
/** What can be added up, and what has an order. */
const summable: ReadonlySet<string> = new Set(['number', 'money', 'duration']);
const ordered: ReadonlySet<string> = new Set(['number', 'money', 'duration', 'string', 'date', 'dateTime']);
const lengths: readonly PeriodLength[] = ['day', 'week', 'month', 'quarter', 'year'];
const temporal: ReadonlySet<string> = new Set(['date', 'dateTime']);

type Describe = (
  title: LocalizedText | string,
  type: ReportColumnType,
  of: ReportMeasure['of'],
  shown?: Pick<ReportMeasure, 'format' | 'valueTitles'>,
) => ReportMeasure;

class ReportCompiler {
  private readonly byName: ReadonlyMap<string, SourceColumn>;
  private readonly rows: NameScope;
  private readonly calendars: Record<string, Calendar> = {};
  /** Columns that anything reads. */
  private readonly read = new Set<string>();

  constructor(
    private readonly report: Report,
    private readonly from: ReportSource,
    columns: readonly SourceColumn[],
    private readonly surroundings: ReportSurroundings,
  ) {
    this.byName = new Map(columns.map((column) => [column.name, column]));
    this.rows = scopeOf(new Map(columns.map(({ name, type }) => [name, type])));
  }

  compile(ports: CompilePorts): CompiledReport {
    const { document } = this.report;
    const { value } = document;
    const groups = this.values('group');
    const columns = this.values('columns');
    const measures = this.measures();
    this.checkShape(groups, measures, columns);
    const period = this.period();
    this.checkComparison(period, groups);
    const parts = [...groups, ...measures, ...columns];
    const compiled = {
      id: document.id,
      title: localizedText(value['title'], document.id),
      from: this.from,
      period,
      filter: this.filter(),
      groups,
      measures,
      columns,
      sort: this.sort(parts),
      limit: typeof value['limit'] === 'number' ? value['limit'] : null,
      compare: listOf(value['compare']).map((one) => one as ReportComparison),
      totals: value['totals'] !== false && (groups.length > 0 || columns.some(({ type }) => type === 'money')),
      ...this.subtotals(groups),
      chart: this.chart(parts),
      readers: readersOf(
        this.report,
        this.from.kind === 'register' ? this.surroundings.registers.get(this.from.register) : undefined,
        this.read,
      ),
      calendars: this.calendars,
    };
    return { ...compiled, hash: contentHash(compiled, ports) };
  }

  private checkShape(groups: ReportValue[], measures: ReportMeasure[], columns: ReportValue[]): void {
    const { value } = this.report.document;
    const [listing, counting] = [value['columns'] !== undefined, value['group'] !== undefined || value['measures'] !== undefined];
    if (listing === counting || (!listing && value['measures'] === undefined)) {
      const message = listing ? 'a report lists rows or counts them, not both' : 'the report says neither what to count nor what to list';
      this.report.at(['report'], { rule: 'one-of', message, remedy: 'write "measures", with "group" where wanted, or "columns"' });
    }
    for (const [key, wanted] of [
      ['compare', 'period'],
      ['compare', 'measures'],
    ] as const) {
      if (value[key] === undefined || value[wanted] !== undefined) continue;
      this.report.at(
        [key],
        { rule: 'missing-key', message: `a comparison needs ${quoted(wanted)}`, remedy: `add ${quoted(wanted)}, or leave "compare" out` },
        'key',
      );
    }
    const ids = new Set<string>();
    for (const { id } of [...groups, ...columns, ...measures]) {
      if (ids.has(id))
        this.report.at(['report'], {
          rule: 'duplicate-id',
          message: `two columns have the id ${quoted(id)}`,
          remedy: 'give one of them another id',
        });
      ids.add(id);
    }
  }

  /** Complains about groups that are others in each period. */
  private checkComparison(period: CompiledReport['period'], groups: readonly ReportValue[]): void {
    if (period === null || this.report.document.value['compare'] === undefined) return;
    for (const { id, value, every = 'day' } of groups) {
      const isOfPeriod = JSON.stringify(value.tree) === JSON.stringify(period.of.tree);
      if (!isOfPeriod || lengths.indexOf(every) > lengths.indexOf(period.every)) continue;
      const message = `the group ${quoted(id)} has other values in each period, so nothing is ever beside it`;
      const remedy = `group by what recurs, such as "{ id: weekday, of: =${value.text}.weekday }", or leave "compare" out`;
      const path = ['group', this.writtenIds('group').indexOf(id)];
      this.report.at(path, { rule: 'comparison-never-meets', severity: 'warning', message, remedy });
    }
  }

  /** After how many groups a subtotal stands: after each but the last, or those that are named. */
  private subtotals(groups: readonly ReportValue[]): Pick<CompiledReport, 'subtotals'> {
    const given = this.report.document.value['subtotals'];
    if (given === undefined || given === false) return {};
    const outer = this.writtenIds('group').slice(0, -1);
    if (outer.length === 0) {
      const remedy = 'add another group, or leave "subtotals" out: the totals are of all groups';
      this.report.at(['subtotals'], { rule: 'missing-key', message: 'subtotals need two groups or more', remedy }, 'key');
    }
    const named = given === true ? outer : listOf(given).map(String);
    named.forEach((id, index) => {
      if (outer.includes(id) || outer.length === 0) return;
      const remedy = suggestion(id, outer) ?? `write one of: ${outer.join(', ')}`;
      this.report.at(['subtotals', index], {
        rule: 'unknown-column',
        message: `no rows are put together by ${quoted(id)} and more`,
        remedy,
      });
    });
    return { subtotals: groups.slice(0, -1).flatMap(({ id }, at) => (named.includes(id) ? [at + 1] : [])) };
  }

  private period(): CompiledReport['period'] {
    const { every } = mapOf(this.report.document.value['period']);
    if (every === undefined) return null;
    const of = this.value(['period', 'of'], temporal, 'a date, or a date and time');
    return of === undefined ? null : { of: of.expression, every: every as PeriodLength };
  }

  private filter(): Expression | null {
    const condition = new ExpressionCompiler(this.report, this.rows).condition(['filter']);
    return condition === undefined || !this.computable(condition, ['filter']) ? null : condition;
  }

  private values(key: 'group' | 'columns'): ReportValue[] {
    return listOf(this.report.document.value[key]).flatMap((entry, index): ReportValue[] => {
      const path = [key, index];
      if (typeof entry === 'string') {
        const found = this.value(path);
        if (found === undefined) return [];
        return [{ id: entry, title: this.titleOf(entry), type: shown(found.type), value: found.expression, ...this.valueTitles(entry) }];
      }
      const { id, of, every, title } = mapOf(entry);
      const found = every === undefined ? this.value([...path, 'of']) : this.value([...path, 'of'], temporal, 'a date, or a date and time');
      if (found === undefined) return [];
      const described = {
        id: String(id),
        title: titled(title, this.titledColumn(String(of)) ?? String(id)),
        value: found.expression,
      };
      return [
        every === undefined
          ? { ...described, type: shown(found.type), ...this.valueTitles(String(of)) }
          : { ...described, type: 'string', every: every as PeriodLength },
      ];
    });
  }

  private measures(): ReportMeasure[] {
    const known = new Map<string, ValueType>();
    const written = mapOf(this.report.document.value['measures']);
    return Object.keys(written).flatMap((id) => {
      const measure = this.measure(id, written, known);
      if (measure === undefined) return [];
      known.set(id, 'computed' in measure.of ? measure.of.result : { kind: measure.type as 'number' });
      return [measure];
    });
  }

  private measure(id: string, written: JsonObject, known: ReadonlyMap<string, ValueType>): ReportMeasure | undefined {
    const path = ['measures', id];
    const given = written[id];
    const details = typeof given === 'string' ? {} : mapOf(given);
    const format = textOf(details['format']);
    const described: Describe = (title, type, of, shown = {}) => ({
      ...shown,
      id,
      title: titled(details['title'], title),
      type,
      ...(format === undefined ? {} : { format: format as ReportNumberFormat }),
      of,
    });
    if (given === 'count') return described(id, 'number', { aggregate: { kind: 'count', of: null } });
    if (isExpressionText(given)) return this.computed(path, known, (type, of) => described(id, type, of));
    if (details['value'] !== undefined) return this.computed([...path, 'value'], known, (type, of) => described(id, type, of));
    if (details['count'] !== undefined) {
      const condition = new ExpressionCompiler(this.report, this.rows).condition([...path, 'count']);
      if (condition === undefined || !this.computable(condition, [...path, 'count'])) return undefined;
      return described(id, 'number', { aggregate: { kind: 'count', of: condition } });
    }
    if (details['countDistinct'] !== undefined) {
      const of = this.value([...path, 'countDistinct']);
      return of === undefined ? undefined : described(id, 'number', { aggregate: { kind: 'countDistinct', of: of.expression } });
    }
    const kind = aggregates.find((one) => details[one] !== undefined);
    return kind === undefined ? undefined : this.aggregated(kind, [...path, kind], described);
  }

  private aggregated(kind: AggregateFunction, path: Path, described: Describe): ReportMeasure | undefined {
    const given = this.report.document.at(path) as Json;
    const id = String(path[1]);
    if (typeof given !== 'string') {
      const span = this.workingTime([...path, 'workingTime']);
      return span === undefined ? undefined : described(id, 'duration', { aggregate: { kind, of: span } }, { format: 'hours' });
    }
    const isOrdered = kind === 'min' || kind === 'max';
    const found = isOrdered
      ? this.value(path, ordered, 'something that has an order')
      : this.value(path, summable, 'a number, an amount of money or a duration');
    if (found === undefined) return undefined;
    const of: ReportMeasure['of'] = { aggregate: { kind, of: found.expression } };
    return described(this.aggregateTitle(kind, given, found.type) ?? id, shown(found.type), of, isOrdered ? this.valueTitles(given) : {});
  }

  private workingTime(path: Path): WorkingTimeSpan | undefined {
    const calendar = String(this.report.document.at([...path, 'calendar']));
    const [from, to] = ['from', 'to'].map((end) => this.value([...path, end], new Set(['dateTime']), 'a date and time'));
    const found = this.surroundings.calendars.get(calendar);
    if (!this.surroundings.calendarIds.has(calendar)) {
      const remedy = suggestion(calendar, this.surroundings.calendarIds) ?? `write a document "calendar: ${calendar}"`;
      this.report.at([...path, 'calendar'], { rule: 'unknown-calendar', message: `there is no calendar ${quoted(calendar)}`, remedy });
    }
    if (from === undefined || to === undefined || found === undefined) return undefined;
    this.calendars[calendar] = found;
    return { from: from.expression, to: to.expression, calendar };
  }

  private computed(
    path: Path,
    known: ReadonlyMap<string, ValueType>,
    described: (type: ReportColumnType, of: ReportMeasure['of']) => ReportMeasure,
  ): ReportMeasure | undefined {
    const compiled = new ExpressionCompiler(this.report, scopeOf(known)).typedAt(path);
    if (compiled === undefined) return undefined;
    const type = compiled.type.kind === 'any' ? { kind: 'number' as const } : compiled.type;
    return described(shown(type), { computed: compiled.expression, result: type });
  }

  /** A column's name, or an expression over columns, that gives a value of one of these kinds. */
  private value(path: Path, kinds?: ReadonlySet<string>, wanted = ''): { expression: Expression; type: ValueType } | undefined {
    const text = String(this.report.document.at(path));
    const found = isExpressionText(text) ? new ExpressionCompiler(this.report, this.rows).typedAt(path) : this.column(text, path);
    if (found === undefined || !this.computable(found.expression, path)) return undefined;
    const { kind } = found.type;
    if (kind === 'list' || kind === 'context' || (kinds !== undefined && kind !== 'any' && !kinds.has(kind))) {
      const message = `${isExpressionText(text) ? 'the expression' : quoted(text)} gives a value of the type ${quoted(kind)}`;
      this.report.at(path, { rule: 'expression-type', message, remedy: `write what gives ${wanted === '' ? 'one value' : wanted}` });
      return undefined;
    }
    return found;
  }

  private column(name: string, path: Path): { expression: Expression; type: ValueType } | undefined {
    const column = this.byName.get(name);
    if (column !== undefined) return { expression: { text: name, tree: ['name', name], reads: [name] }, type: column.type };
    const remedy = suggestion(name, this.byName.keys()) ?? `write one of: ${[...this.byName.keys()].slice(0, 20).join(', ')}`;
    this.report.at(path, { rule: 'unknown-column', message: `there is no column ${quoted(name)}`, remedy });
    return undefined;
  }

  /** Whether the database can compute an expression; notes what it reads. */
  private computable(expression: Expression, path: Path): boolean {
    for (const name of expression.reads) this.note(name);
    try {
      toSql(expression, { column: (name) => this.byName.get(name)?.value, bind: () => '$1', nowMs: 0, timezone: 'UTC' });
      return true;
    } catch (error) {
      if (!(error instanceof NoSqlError)) throw error;
      const remedy = 'write it with what the database can compute (see 22.3 of the language), or keep the value in a column';
      this.report.at(path, { rule: 'report-not-computable', message: `${quoted(expression.text)} ${error.message}`, remedy });
      return false;
    }
  }

  private note(name: string): void {
    if (this.read.has(name)) return;
    this.read.add(name);
    const value = this.byName.get(name)?.value;
    if (value !== undefined && 'expression' in value) for (const other of value.expression.reads) this.note(other);
  }

  /** The titles of the values of a column, where it is shown as it stands. */
  private valueTitles(name: string): { valueTitles?: ValueTitles } {
    const titles = this.byName.get(name)?.valueTitles;
    return titles === undefined ? {} : { valueTitles: titles };
  }

  /** The title of a column that has one. */
  private titledColumn(name: string): LocalizedText | undefined {
    const title = this.byName.get(name)?.title;
    return title?.en === name ? undefined : title;
  }

  /** What an aggregate of a column is called, where the column has a title: a sum as the column. */
  private aggregateTitle(kind: AggregateFunction, name: string, type: ValueType): LocalizedText | undefined {
    const title = this.titledColumn(name);
    if (title === undefined || kind === 'sum') return title;
    const isEnd = kind === 'min' || kind === 'max';
    const ends = type.kind === 'duration' ? spans : summable.has(type.kind) ? amounts : places;
    const { zh, en } = isEnd ? ends[kind] : means[kind];
    return { zh: zh + title.zh, en: `${title.en} (${en})` };
  }

  private titleOf(name: string): LocalizedText {
    return this.byName.get(name)?.title ?? { zh: name, en: name };
  }

  private sort(parts: readonly { id: string }[]): CompiledReport['sort'] {
    return listOf(this.report.document.value['sort']).flatMap((entry, index) => {
      const { by, order } = mapOf(entry);
      const known = this.part(String(by), ['sort', index, 'by'], parts);
      return known ? [{ by: String(by), order: order === 'desc' ? ('desc' as const) : ('asc' as const) }] : [];
    });
  }

  private chart(parts: readonly { id: string; type: ReportColumnType }[]): ReportChart | null {
    const [[kind, given] = []] = Object.entries(mapOf(this.report.document.value['chart']));
    if (kind === undefined) return null;
    const { category, values } = mapOf(given);
    const path = ['chart', kind];
    const drawn = listOf(values).map(String);
    const known = [
      this.part(String(category), [...path, 'category'], parts),
      ...drawn.map((id, at) => this.part(id, [...path, 'values', at], parts)),
    ];
    if (known.includes(false)) return null;
    drawn.forEach((id, at) => {
      const part = parts.find((one) => one.id === id);
      if (part === undefined || summable.has(part.type)) return;
      this.report.at([...path, 'values', at], {
        rule: 'expression-type',
        message: `${quoted(id)} has no numbers to be drawn`,
        remedy: 'name a measure that is a number, money or a duration',
      });
    });
    if (kind === 'pie' && drawn.length > 1) {
      this.report.at([...path, 'values', 1], {
        rule: 'out-of-bounds',
        message: 'a pie shows one measure',
        remedy: 'leave the others out, or draw bars',
      });
    }
    return { kind: kind as ReportChart['kind'], category: String(category), values: drawn };
  }

  /** Ids of what the document says, with findings or without. */
  private writtenIds(key: 'group' | 'columns'): string[] {
    const entries = listOf(this.report.document.value[key]);
    return entries.map((entry) => String(typeof entry === 'string' ? entry : mapOf(entry)['id']));
  }

  private part(id: string, path: Path, parts: readonly { id: string }[]): boolean {
    const measures = Object.keys(mapOf(this.report.document.value['measures']));
    const ids = [...parts.map((part) => part.id), ...this.writtenIds('group'), ...this.writtenIds('columns'), ...measures];
    if (ids.includes(id)) return true;
    const remedy = suggestion(id, ids) ?? `write one of: ${[...new Set(ids)].slice(0, 20).join(', ')}`;
    this.report.at(path, { rule: 'unknown-column', message: `the report has no column ${quoted(id)}`, remedy });
    return false;
  }
}

/** A title as it is written, or the one of the column that is shown. */
function titled(written: Json | undefined, fallback: LocalizedText | string): LocalizedText {
  return written === undefined && typeof fallback !== 'string' ? fallback : localizedText(written, String(fallback));
}

function shown({ kind }: ValueType): ReportColumnType {
  return kind === 'any' || kind === 'list' || kind === 'context' ? 'string' : kind;
}

function scopeOf(known: ReadonlyMap<string, ValueType>): NameScope {
  return { has: (name) => known.has(name), typeOf: (name) => known.get(name), list: () => [...known.keys()] };
}
