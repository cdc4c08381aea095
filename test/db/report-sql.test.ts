import fc from 'fast-check';
import { compileExpression } from '../../engine/feel/compile';
import { Decimal } from '../../engine/feel/decimal';
import { evaluateExactly } from '../../engine/feel/evaluate';
import type { Expression, ValueType } from '../../engine/feel/expression';
import { compiled, namesOf } from '../../engine/feel/fixture';
import { DaysDuration, formatTemporal, isDateTime, isTemporal } from '../../engine/feel/temporal';
import type { Value } from '../../engine/feel/value';
import type { Json, JsonObject } from '../../engine/json';
import { toSql } from '../../engine/report/feel-to-sql';
import { Bindings, NoSqlError, registerColumn } from '../../engine/report/sql';
import { createTestDatabase, type TestDatabase } from './support';

const types: Record<string, ValueType> = {
  n: { kind: 'number' },
  m: { kind: 'money' },
  d: { kind: 'date' },
  e: { kind: 'date' },
  t: { kind: 'dateTime' },
  s: { kind: 'string' },
  b: { kind: 'boolean' },
};
const names = namesOf(Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { value: null, type }])));
const nowMs = Date.UTC(2026, 2, 2, 1);
const timezone = 'Asia/Shanghai';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

/** What the database computes for each row. */
async function bySql(expression: Expression, rows: JsonObject[]): Promise<(string | null)[]> {
  const bindings = new Bindings();
  const { sql, kind } = toSql(expression, {
    column: (name) => (types[name] === undefined ? undefined : registerColumn(name, types[name], 's."values"')),
    bind: bindings.bind,
    nowMs,
    timezone,
  });
  const text = kind === 'dateTime' ? `extract(epoch from ${sql})::text` : `(${sql})::text`;
  const from = `jsonb_array_elements(${bindings.bind(JSON.stringify(rows), 'jsonb')}) with ordinality as s("values", place)`;
  const statement = bindings.statement(`select ${text} as value from ${from} order by place`);
  const found = await test.system<{ value: string | null }>(statement.sql, statement.bindings);
  return found.map(({ value }) => value);
}

function byFeel(expression: Expression, row: JsonObject): Value | undefined {
  const read = (name: string) => (types[name] === undefined ? undefined : { value: row[name] ?? null, type: types[name] });
  return evaluateExactly(expression, { read, nowMs, timezone });
}

/** A value of FEEL as the database writes it; numbers to 30 digits. */
function written(value: Value | undefined): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Decimal) return digits(value);
  if (value instanceof DaysDuration) return digits(new Decimal(String(value.nanoseconds)).div(1e9));
  if (isDateTime(value)) return digits(new Decimal(Date.parse(formatTemporal(value))).div(1000));
  return isTemporal(value) ? formatTemporal(value) : String(value);
}

function digits(value: Decimal): string {
  return value.isZero() ? '0' : value.toSignificantDigits(30).toString();
}

function read(text: string | null, like: string | null): string | null {
  return text !== null && (like === null || /^-?[\d.e+-]+$/u.test(like)) && /^-?\d+(\.\d+)?$/u.test(text)
    ? digits(new Decimal(text))
    : text;
}

const one = (...texts: string[]) => fc.constantFrom(...texts);
const texts = fc.letrec<Record<'num' | 'str' | 'bool' | 'date' | 'time' | 'span', string>>((tie) => {
  const [num, str, bool, date, time, span] = [tie('num'), tie('str'), tie('bool'), tie('date'), tie('time'), tie('span')];
  const join = (template: string, ...parts: fc.Arbitrary<string>[]) =>
    fc.tuple(...parts).map((values) => values.reduce((text, value) => text.replace('_', () => value), template));
  const operator = one('=', '!=', '<', '<=', '>', '>=');
  return {
    num: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      one('n', 'm', '0', '1', '2.5', '-3', '7', '0.01', 'null'),
      ...['(_ + _)', '(_ - _)', '(_ * _)', '(_ / _)'].map((template) => join(template, num, num)),
      join('abs(_)', num),
      join('(-_)', num),
      join('floor(_)', num),
      join('ceiling(_)', num),
      join('decimal(_, 1)', num),
      join('round half up(_, 2)', num),
      join('round down(_, -1)', num),
      join('modulo(_, _)', num, num),
      join('min(_, _)', num, num),
      join('max(_, _)', num, num),
      join('(if _ then _ else _)', bool, num, num),
      join('string length(_)', str),
      join('(_).year', date),
      join('(_).month', date),
      join('(_).weekday', date),
      join('week of year(_)', date),
      join('(_).days', span),
      join('(_).hours', span),
    ),
    str: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      one('s', '"A"', '"大众"', '""', 'null'),
      join('(_ + _)', str, str),
      join('(if _ then _ else _)', bool, str, str),
      join('substring(_, 2)', str),
      join('substring(_, 1, 2)', str),
    ),
    date: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      one('d', 'e', 'today()', 'date("2026-02-28")', 'date(t)'),
      join('(_ + _)', date, one('duration("P1D")', 'duration("PT30H")', 'duration("-PT1H")', 'duration("P1M")', 'duration("P2Y")')),
      join('(_ - _)', date, one('duration("P40D")', 'duration("P1M")', 'duration("PT1H")')),
      join('(if _ then _ else _)', bool, date, date),
    ),
    time: fc.oneof(
      { maxDepth: 2 },
      one('t', 'now()', 'date and time("2026-03-01T00:00:00Z")'),
      join('(_ + _)', time, one('duration("PT5H")', 'duration("-P1D")')),
    ),
    span: fc.oneof(
      { maxDepth: 2 },
      join('(_ - _)', date, date),
      join('(_ - _)', time, time),
      one('duration("P3D")'),
      join('(_ + _)', span, span),
    ),
    bool: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      one('b', 'true', 'false'),
      ...[num, str, date, time, span].map((side) => join('(_ _ _)', side, operator, side)),
      join('(_ = null)', fc.oneof(num, str, date, bool)),
      join('(_ != _)', bool, bool),
      join('(_ and _)', bool, bool),
      join('(_ or _)', bool, bool),
      join('not(_)', bool),
      join('(_ in [1..5])', num),
      join('(_ in ]0..m])', num),
      join('(_ in (1, 2.5, n))', num),
      join('(_ in [1, n, 7])', num),
      join('(_ in ["A", "b", s])', str),
      join('(_ between _ and _)', num, num, num),
      join('(_ in (< 3, > 100))', num),
      join('contains(_, _)', str, str),
      join('starts with(_, _)', str, str),
      join('ends with(_, _)', str, str),
    ),
  };
});

const nullable = <T extends Json>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 4 });
const day = fc
  .date({ min: new Date('2024-01-01'), max: new Date('2027-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const row = fc.record({
  n: nullable(fc.oneof(fc.integer({ min: -20, max: 20 }), fc.constantFrom(0.1, 2.5, -0.5, 1e9, 1234567.891))),
  m: nullable(fc.integer({ min: -100_000, max: 10_000_000 }).map((cents) => new Decimal(cents).div(100).toFixed(2))),
  d: nullable(day),
  e: nullable(fc.constantFrom('2026-03-02', '2024-02-29', '2026-12-31')),
  t: nullable(fc.tuple(day, fc.constantFrom('T00:00:00Z', 'T23:30:00+08:00', 'T12:34:56.789-05:00')).map(([date, time]) => date + time)),
  s: nullable(fc.constantFrom('', 'A', 'b', '大众', 'Ab', '大众速腾', 'a b')),
  b: nullable(fc.boolean()),
});

it.each(['num', 'str', 'bool', 'date', 'time', 'span'] as const)('[L22.3] the database computes what FEEL does: %s', async (kind) => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(texts[kind], fc.array(row, { minLength: 1, maxLength: 6 }), async (text, rows) => {
      const found = compileExpression(text, names);
      fc.pre(found.ok);
      const results = await bySql((found as Extract<typeof found, { ok: true }>).expression, rows).catch((error: Error) => {
        if (!(error instanceof NoSqlError)) throw new Error(`${text}: ${error.message}`);
        return undefined;
      });
      fc.pre(results !== undefined);
      compared += 1;
      const wanted = rows.map((one) => written(byFeel((found as Extract<typeof found, { ok: true }>).expression, one)));
      const given = results?.map((result, at) => read(result, wanted[at] ?? null));
      expect({ text, rows, values: given }).toEqual({ text, rows, values: wanted });
    }),
    { numRuns: 400 },
  );
  expect(compared).toBeGreaterThan(300);
});

it.each([
  ['upper case(s) = "A"', 'calls "upper case", which the database does not compute'],
  ['s = n', 'compares a text with a number'],
  ['t.year', 'reads "year" of a date and time'],
  ['count([n, m])', 'has a list that the database cannot compute'],
  ['n ** 2', 'has "**" between a number and a number'],
  ['some x in [1, 2] satisfies x = n', 'has a quantifier that the database cannot compute'],
  ['decimal(n, n)', 'calls "decimal" with what the database cannot compute'],
])('[L22.3] refuses %s', async (text, message) => {
  const any = namesOf(Object.fromEntries(Object.keys(types).map((name) => [name, { value: null, type: { kind: 'any' } }])));
  const found = compileExpression(text, any);
  expect(found.ok).toBe(true);
  await expect(bySql((found as Extract<typeof found, { ok: true }>).expression, [{}])).rejects.toThrow(message);
});

it('[L22.3] binds what is the same for all rows, so that no text becomes SQL', async () => {
  const expression = compiled(`s = "'; drop table report; --"`, { s: { value: null, type: { kind: 'string' } } });
  expect(await bySql(expression, [{ s: "'; drop table report; --" }, { s: 'x' }])).toEqual(['true', 'false']);
});

it('[L22.3] has no value for what is not of its column, after the register has changed', async () => {
  const rows: JsonObject[] = [{ n: 'x', m: '1', d: '2026-02-30', t: 'soon', b: 'true' }];
  for (const name of ['n', 'm', 'd', 't', 'b']) {
    const type = types[name] as ValueType;
    expect(await bySql(compiled(`${name} = null`, { [name]: { value: null, type } }), rows)).toEqual(['true']);
  }
});
