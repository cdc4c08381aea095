import { Decimal } from '../feel/decimal';
import { evaluateExactly } from '../feel/evaluate';
import type { Expression } from '../feel/expression';
import { DaysDuration, formatTemporal, isDate, isDateTime, MonthsDuration } from '../feel/temporal';
import type { ArithmeticOperator, Comparator, Node, Test } from '../feel/tree';
import { Context, type Value } from '../feel/value';
import { type Bind, NoSqlError, type SqlKind, type SqlValue } from './sql';
import { callInSql } from './sql-functions';

/** What an expression over rows reads, and what `today()` and `now()` are. */
export interface SqlScope {
  /** A column, or a column that is computed from others; undefined where there is none of that name. */
  column(name: string): SqlValue | { expression: Expression } | undefined;
  bind: Bind;
  nowMs: number;
  timezone: string;
}

/** Nodes of one expression, with those of the computed columns that it reads. */
const MOST_NODES = 2_000;
/** How deep an expression may nest, with those of the computed columns that it reads. */
const MOST_DEEP = 100;
const DAY_SECONDS = 86_400;

/**
 * An expression over the columns of rows as SQL, which gives what the evaluator gives: comparisons, `and`, `or`, `not`, `if`, `between`, `in`,
 * arithmetic of numbers, dates and durations, members of dates, and the functions of `sql-functions`. What reads no column is computed here and
 * bound. Sums and products are exact, where the evaluator rounds to 34 digits; texts are in the order of their code points.
 *
 * @throws NoSqlError where something else stands in it
 */
export function toSql(expression: Expression, scope: SqlScope): SqlValue {
  return new SqlWriter(scope).write(expression.tree as Node);
}

class SqlWriter {
  #nodes = 0;
  #depth = 0;

  constructor(private readonly scope: SqlScope) {}

  write(node: Node): SqlValue {
    this.#nodes += 1;
    if (this.#nodes > MOST_NODES || this.#depth > MOST_DEEP) throw new NoSqlError('is too long for the database');
    this.#depth += 1;
    const value = readsRows(node) ? this.#operation(node) : this.#constant(node);
    this.#depth -= 1;
    return value;
  }

  /** What depends on no row is computed once. */
  #constant(node: Node): SqlValue {
    const { nowMs, timezone } = this.scope;
    const value = evaluateExactly({ text: '', tree: node as Expression['tree'], reads: [] }, { nowMs, timezone, read: () => undefined });
    return this.#bound(value ?? null);
  }

  #bound(value: Value): SqlValue {
    const { bind } = this.scope;
    if (value === null) return { sql: 'null', kind: 'null' };
    if (typeof value === 'string') return { sql: bind(value, 'text'), kind: 'string' };
    if (typeof value === 'boolean') return { sql: value ? 'true' : 'false', kind: 'boolean' };
    if (value instanceof Decimal) return { sql: bind(value.toString(), 'numeric'), kind: 'number' };
    if (value instanceof DaysDuration) {
      return { sql: bind(new Decimal(String(value.nanoseconds)).div(1_000_000_000).toString(), 'numeric'), kind: 'duration' };
    }
    if (value instanceof MonthsDuration) return { sql: bind(String(value.months), 'integer'), kind: 'months' };
    if (isDate(value)) return { sql: bind(formatTemporal(value), 'date'), kind: 'date' };
    if (isDateTime(value)) return this.#boundTime(value);
    throw new NoSqlError(value instanceof Context ? 'holds a context' : 'holds a list, a range or a time of day where a value is wanted');
  }

  #boundTime(value: Exclude<Parameters<typeof formatTemporal>[0], { months: number }>): SqlValue {
    const text = formatTemporal(value);
    const hasOffset = /(Z|[+-]\d\d:\d\d)$/u.test(text);
    const sql = hasOffset
      ? this.scope.bind(text, 'timestamptz')
      : `(${this.scope.bind(text, 'timestamp')} at time zone ${this.scope.bind(this.scope.timezone, 'text')})`;
    return { sql, kind: 'dateTime', date: this.scope.bind(text.slice(0, 10), 'date') };
  }

  #operation(node: Node): SqlValue {
    if (!Array.isArray(node)) return this.#constant(node);
    switch (node[0]) {
      case 'name':
        return this.#column(node[1]);
      case 'compare':
        return comparison(node[1], this.write(node[2]), this.write(node[3]));
      case 'between':
        return within(this.write(node[1]), this.write(node[2]), this.write(node[3]), true, true);
      case 'in':
        return this.#among(this.write(node[1]), node[2]);
      case 'and':
      case 'or':
        return joined(
          node[1].map((operand) => wanted(this.write(operand), 'boolean', `"${node[0]}"`)),
          node[0],
        );
      case 'chain':
        return node[2].reduce((left, [operator, right]) => arithmetic(operator, left, this.write(right)), this.write(node[1]));
      case 'negate': {
        const value = this.write(node[1]);
        if (value.kind !== 'number' && value.kind !== 'duration') throw new NoSqlError(`has a minus before ${named(value.kind)}`);
        return { sql: `(- ${value.sql})`, kind: value.kind };
      }
      case 'if':
        return this.#choice(node[1], node[2], node[3]);
      case 'path':
        return this.#member(node[1], node[2]);
      case 'call':
        return callInSql(
          node[1],
          node[2].map((argument) => this.write(argument)),
          node[2],
        );
      default:
        throw new NoSqlError(`has ${what[node[0]] ?? 'something'} that the database cannot compute`);
    }
  }

  #column(name: string): SqlValue {
    const column = this.scope.column(name);
    if (column === undefined) throw new NoSqlError(`reads "${name}", which is no column`);
    return 'expression' in column ? this.write(column.expression.tree as Node) : column;
  }

  #choice(condition: Node, then: Node, otherwise: Node): SqlValue {
    const test = wanted(this.write(condition), 'boolean', '"if"');
    const [left, right] = [this.write(then), this.write(otherwise)];
    if (left.kind !== right.kind && left.kind !== 'null' && right.kind !== 'null') {
      throw new NoSqlError(`gives ${named(left.kind)} or ${named(right.kind)}`);
    }
    const kind = left.kind === 'null' ? right.kind : left.kind;
    return { sql: kind === 'null' ? 'null' : `(case when ${test.sql} then ${left.sql} else ${right.sql} end)`, kind };
  }

  #among(value: SqlValue, tests: readonly Test[]): SqlValue {
    const passed = tests.map((test): SqlValue => {
      if (test[0] === 'compare') return comparison(test[1], value, this.write(test[2]));
      if (test[0] === 'range') return within(value, this.write(test[2]), this.write(test[3]), test[1], test[4]);
      const [, among] = test;
      if (Array.isArray(among) && among[0] === 'list') return this.#listed(value, among[1]);
      if (Array.isArray(among) && among[0] === 'range') return this.#inRange(value, among);
      return comparison('=', value, this.write(among));
    });
    return joined(passed, 'or');
  }

  /** Whether the value is one of a written list, or within a range of it; never null. */
  #listed(value: SqlValue, items: readonly Node[]): SqlValue {
    const found = items.map((item) =>
      Array.isArray(item) && item[0] === 'range' ? this.#inRange(value, item) : comparison('=', value, this.write(item)),
    );
    return { sql: `coalesce(${joined(found, 'or').sql}, false)`, kind: 'boolean' };
  }

  /** A range as a value has no end where that is null. */
  #inRange(value: SqlValue, [, startIncluded, start, end, endIncluded]: Extract<Node, ['range', ...unknown[]]>): SqlValue {
    const ends = [
      { node: start, comparator: startIncluded ? ('>=' as const) : ('>' as const) },
      { node: end, comparator: endIncluded ? ('<=' as const) : ('<' as const) },
    ].filter(({ node }) => node !== null);
    if (ends.some(({ node }) => readsRows(node))) throw new NoSqlError('has a range whose ends are columns; write "between" instead');
    return joined(
      ends.map(({ node, comparator }) => comparison(comparator, value, this.write(node))),
      'and',
    );
  }

  #member(owner: Node, names: readonly string[]): SqlValue {
    const value = this.write(owner);
    const [name = '', ...more] = names;
    const member = more.length === 0 ? memberOf(value, name) : undefined;
    if (member === undefined) throw new NoSqlError(`reads "${names.join('.')}" of ${named(value.kind)}`);
    return { sql: member, kind: 'number' };
  }
}

const what: Readonly<Record<string, string>> = {
  filter: 'a filter',
  for: 'a loop',
  some: 'a quantifier',
  every: 'a quantifier',
  list: 'a list',
  context: 'a context',
  function: 'a function',
  invoke: 'a function',
  instance: '"instance of"',
  range: 'a range',
  limit: 'a range',
};

/** Whether a node reads a column: everything else is the same for all rows. */
function readsRows(node: unknown): boolean {
  return Array.isArray(node) && ((node[0] === 'name' && typeof node[1] === 'string') || node.some(readsRows));
}

const names: Readonly<Record<SqlKind, string>> = {
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  date: 'a date',
  dateTime: 'a date and time',
  duration: 'a duration',
  months: 'a duration of months',
  null: 'null',
  other: 'a time of day or a duration of a column',
};

/** The kind in words with its article. */
function named(kind: SqlKind): string {
  return names[kind];
}

function wanted(value: SqlValue, kind: SqlKind, place: string): SqlValue {
  if (value.kind === 'null') return { sql: 'null::boolean', kind };
  if (value.kind !== kind) throw new NoSqlError(`has ${named(value.kind)} in ${place}`);
  return value;
}

function joined(operands: readonly SqlValue[], operator: 'and' | 'or'): SqlValue {
  const nothing = operator === 'and' ? 'true' : 'false';
  return { sql: operands.length === 0 ? nothing : `(${operands.map(({ sql }) => sql).join(` ${operator} `)})`, kind: 'boolean' };
}

const ordered: ReadonlySet<SqlKind> = new Set(['number', 'string', 'date', 'dateTime', 'duration', 'months']);

/** FEEL's comparison: null equals null alone, and has no order. */
function comparison(comparator: Comparator, left: SqlValue, right: SqlValue): SqlValue {
  const same = left.kind === right.kind || left.kind === 'null' || right.kind === 'null';
  if (!same || (left.kind === 'other' && right.kind === 'other'))
    throw new NoSqlError(`compares ${named(left.kind)} with ${named(right.kind)}`);
  if (comparator === '=' || comparator === '!=') {
    const operator = comparator === '=' ? 'is not distinct from' : 'is distinct from';
    return { sql: `(${left.sql} ${operator} ${right.sql})`, kind: 'boolean' };
  }
  const kind = left.kind === 'null' ? right.kind : left.kind;
  if (left.kind === 'null' || right.kind === 'null') return { sql: 'null::boolean', kind: 'boolean' };
  if (!ordered.has(kind)) throw new NoSqlError(`orders ${named(kind)}`);
  const collation = kind === 'string' ? ' collate "C"' : '';
  return { sql: `(${left.sql}${collation} ${comparator} ${right.sql})`, kind: 'boolean' };
}

function within(value: SqlValue, low: SqlValue, high: SqlValue, lowIncluded: boolean, highIncluded: boolean): SqlValue {
  return joined([comparison(lowIncluded ? '>=' : '>', value, low), comparison(highIncluded ? '<=' : '<', value, high)], 'and');
}

function arithmetic(operator: ArithmeticOperator, left: SqlValue, right: SqlValue): SqlValue {
  const kinds = `${left.kind} ${operator} ${right.kind}`;
  if (left.kind === 'null' || right.kind === 'null') return { sql: 'null', kind: 'null' };
  if (kinds === 'number / number') return { sql: `feel_quotient(${left.sql}, ${right.sql})`, kind: 'number' };
  const make = operations[kinds];
  if (make === undefined) throw new NoSqlError(`has "${operator}" between ${named(left.kind)} and ${named(right.kind)}`);
  return make(left.sql, right.sql);
}

const plain =
  (kind: SqlKind, operator: string) =>
  (left: string, right: string): SqlValue => ({ sql: `(${left} ${operator} ${right})`, kind });

/** A duration moves a date by whole days, downwards where it has a rest. */
const movedDate =
  (sign: '+' | '-') =>
  (date: string, seconds: string): SqlValue => ({
    sql: `(case when abs(${seconds}) < 1e11 then ${date} + floor((0 ${sign} ${seconds}) / ${DAY_SECONDS})::integer end)`,
    kind: 'date',
  });

const movedTime =
  (sign: '+' | '-') =>
  (time: string, seconds: string): SqlValue => ({
    sql: `(case when abs(${seconds}) < 1e11 then ${time} ${sign} make_interval(secs => (${seconds})::double precision) end)`,
    kind: 'dateTime',
  });

const movedMonths =
  (sign: '+' | '-') =>
  (date: string, months: string): SqlValue => ({ sql: `(${date} ${sign} make_interval(months => ${months}))::date`, kind: 'date' });

const swapped = (make: (left: string, right: string) => SqlValue) => (left: string, right: string) => make(right, left);

const operations: Readonly<Record<string, (left: string, right: string) => SqlValue>> = {
  'number + number': plain('number', '+'),
  'number - number': plain('number', '-'),
  'number * number': plain('number', '*'),
  'string + string': plain('string', '||'),
  'date - date': (left, right) => ({ sql: `((${left} - ${right}) * ${DAY_SECONDS}::numeric)`, kind: 'duration' }),
  'date + duration': movedDate('+'),
  'date - duration': movedDate('-'),
  'duration + date': swapped(movedDate('+')),
  'date + months': movedMonths('+'),
  'date - months': movedMonths('-'),
  'months + date': swapped(movedMonths('+')),
  'dateTime - dateTime': (left, right) => ({ sql: `(extract(epoch from ${left}) - extract(epoch from ${right}))`, kind: 'duration' }),
  'dateTime + duration': movedTime('+'),
  'dateTime - duration': movedTime('-'),
  'duration + dateTime': swapped(movedTime('+')),
  'duration + duration': plain('duration', '+'),
  'duration - duration': plain('duration', '-'),
  'duration * number': plain('duration', '*'),
  'number * duration': plain('duration', '*'),
};

function memberOf({ sql, kind }: SqlValue, name: string): string | undefined {
  const fields: Readonly<Record<string, string>> = { year: 'year', month: 'month', day: 'day', weekday: 'isodow' };
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (kind === 'date') return field === undefined ? undefined : `extract(${field} from ${sql})`;
  if (kind !== 'duration') return undefined;
  switch (name) {
    case 'days':
      return `trunc(${sql} / ${DAY_SECONDS})`;
    case 'hours':
      return `mod(trunc(${sql} / 3600), 24)`;
    case 'minutes':
      return `mod(trunc(${sql} / 60), 60)`;
    case 'seconds':
      return `mod(trunc(${sql}), 60)`;
    default:
      return undefined;
  }
}
