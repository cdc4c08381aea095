import { Decimal } from '../feel/decimal';
import type { Node } from '../feel/tree';
import { NoSqlError, type SqlKind, type SqlValue } from './sql';

type Make = (args: string[], values: SqlValue[], nodes: readonly Node[]) => SqlValue | undefined;

interface SqlFunction {
  takes: (SqlKind | 'any')[];
  make: Make;
}

const number = (sql: string): SqlValue => ({ sql, kind: 'number' });
const truth = (sql: string): SqlValue => ({ sql, kind: 'boolean' });

/** The functions that the database computes over rows, by name. */
const functions: Readonly<Record<string, SqlFunction[]>> = {
  not: [{ takes: ['boolean'], make: ([a]) => truth(`(not ${a})`) }],
  abs: [
    { takes: ['number'], make: ([a]) => number(`abs(${a})`) },
    { takes: ['duration'], make: ([a]) => ({ sql: `abs(${a})`, kind: 'duration' }) },
  ],
  floor: [{ takes: ['number'], make: ([a]) => number(`floor(${a})`) }],
  ceiling: [{ takes: ['number'], make: ([a]) => number(`ceiling(${a})`) }],
  decimal: [{ takes: ['number', 'number'], make: rounded((a, places) => `feel_decimal(${a}, ${places})`) }],
  'round half up': [{ takes: ['number', 'number'], make: rounded((a, places) => `round(${a}, ${places})`) }],
  'round down': [{ takes: ['number', 'number'], make: rounded((a, places) => `trunc(${a}, ${places})`) }],
  modulo: [
    {
      takes: ['number', 'number'],
      make: ([a, b]) => number(`(case when ${b} <> 0 then mod(mod(${a}, ${b}) + ${b}, ${b}) end)`),
    },
  ],
  sum: [{ takes: ['number', 'number'], make: ([a, b]) => number(`(${a} + ${b})`) }],
  min: [{ takes: ['any', 'any'], make: extreme('least') }],
  max: [{ takes: ['any', 'any'], make: extreme('greatest') }],
  contains: [{ takes: ['string', 'string'], make: ([a, b]) => truth(`(strpos(${a}, ${b}) > 0)`) }],
  'starts with': [{ takes: ['string', 'string'], make: ([a, b]) => truth(`starts_with(${a}, ${b})`) }],
  'ends with': [{ takes: ['string', 'string'], make: ([a, b]) => truth(`(right(${a}, char_length(${b})) = ${b})`) }],
  'string length': [{ takes: ['string'], make: ([a]) => number(`char_length(${a})::numeric`) }],
  substring: [
    { takes: ['string', 'number'], make: part },
    { takes: ['string', 'number', 'number'], make: part },
  ],
  date: [
    { takes: ['date'], make: ([a = '']) => ({ sql: a, kind: 'date' }) },
    { takes: ['dateTime'], make: (_, [value]) => (value?.date === undefined ? undefined : { sql: value.date, kind: 'date' }) },
  ],
  'day of year': [{ takes: ['date'], make: ([a]) => number(`extract(doy from ${a})`) }],
  'week of year': [{ takes: ['date'], make: ([a]) => number(`extract(week from ${a})`) }],
};

/**
 * A function of FEEL in SQL.
 *
 * @throws NoSqlError where the database has none that does the same
 */
export function callInSql(name: string, values: SqlValue[], nodes: readonly Node[]): SqlValue {
  const overloads = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (overloads === undefined) throw new NoSqlError(`calls "${name}", which the database does not compute`);
  const overload = overloads.find(
    ({ takes }) => takes.length === values.length && takes.every((kind, at) => kind === 'any' || kind === values[at]?.kind),
  );
  const made = overload?.make(
    values.map(({ sql }) => sql),
    values,
    nodes,
  );
  if (made === undefined) throw new NoSqlError(`calls "${name}" with what the database cannot compute`);
  return made;
}

/** Places after the point that are written as a number. */
function rounded(make: (value: string, places: number) => string): Make {
  return ([a = ''], _, [, places]) => {
    const written = wholeNumber(places);
    return written === undefined || Math.abs(written) > 30 ? undefined : number(make(a, written));
  };
}

function wholeNumber(node: Node | undefined): number | undefined {
  const isNegative = Array.isArray(node) && node[0] === 'negate';
  const literal = isNegative ? node[1] : node;
  if (!Array.isArray(literal) || literal[0] !== 'number') return undefined;
  const value = new Decimal(literal[1]).toNumber();
  return Number.isSafeInteger(value) ? (isNegative ? -value : value) : undefined;
}

/** Null where one of the two is. */
function extreme(name: 'least' | 'greatest'): Make {
  return ([a, b], [left, right]) => {
    if (left === undefined || left.kind !== right?.kind || left.kind === 'boolean' || left.kind === 'null') return undefined;
    const collation = left.kind === 'string' ? ' collate "C"' : '';
    return { sql: `(case when ${a} is not null and ${b} is not null then ${name}(${a}${collation}, ${b}) end)`, kind: left.kind };
  };
}

/** From a written position from 1, for a written length: null where the text does not reach so far. */
function part([text]: string[], _: SqlValue[], [, start, length]: readonly Node[]): SqlValue | undefined {
  const from = wholeNumber(start);
  const many = length === undefined ? 1_000_000 : wholeNumber(length);
  if (from === undefined || from < 1 || from > 1_000_000 || many === undefined || many < 1 || many > 1_000_000) return undefined;
  return { sql: `(case when char_length(${text}) >= ${from} then substr(${text}, ${from}, ${many}) end)`, kind: 'string' };
}
