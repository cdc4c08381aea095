import fc from 'fast-check';
import type { Json } from '../json';
import { compileExpression } from './compile';
import { evaluate } from './evaluate';
import type { Expression, ValueType } from './expression';
import { compiled, evaluation, namesOf, resultOf, scopeOf, untyped, type Variables } from './fixture';
import { fromJson, toJson } from './value';

const amount = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).map((cents) => {
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
});
const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as Json);
const words = fc.constantFrom(
  ...'a b list item 客户 1 2.5 "x" true null ( ) [ ] { } : , . .. + - * / ** = != < >= and or not in between if then else for return some every satisfies count( sum( date( today() duration("P1D") @"2026-03-02"'.split(
    ' ',
  ),
);
const sentence = fc.array(words, { maxLength: 24 }).map((parts) => parts.join(' '));

describe('the laws of decimals', () => {
  const of = (a: string, b: string): Variables => ({ a: { value: a, type: { kind: 'money' } }, b: { value: b, type: { kind: 'money' } } });
  it('a + b - b is a', () => fc.assert(fc.property(amount, amount, (a, b) => resultOf('a + b - b = a', of(a, b)) === true)));
  it('a + b is b + a', () =>
    fc.assert(fc.property(amount, amount, (a, b) => resultOf('a + b = b + a and a * b = b * a', of(a, b)) === true)));
  it('exactly one of <, = and > holds', () => {
    fc.assert(fc.property(amount, amount, (a, b) => resultOf('count([a < b, a = b, a > b][item])', of(a, b)) === 1));
  });
  it('money survives the way through FEEL', () => {
    fc.assert(fc.property(amount, (a) => resultOf('a', of(a, a), { kind: 'money' }) === (a === '-0.00' ? '0.00' : a)));
  });
  it('a JSON number of 15 digits survives the way through FEEL', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => Number(value.toPrecision(15)) + 0);
    fc.assert(fc.property(number.filter(Number.isFinite), (value) => Object.is(resultOf('a', { a: untyped(value) }), value)));
  });
});

describe('the laws of logic', () => {
  const truth = fc.constantFrom<boolean | null>(true, false, null);
  it('De Morgan holds with null', () => {
    fc.assert(
      fc.property(truth, truth, (a, b) => {
        const variables = { a: untyped(a), b: untyped(b) };
        expect(resultOf('not(a and b)', variables)).toBe(resultOf('not(a) or not(b)', variables));
      }),
    );
  });
});

describe('JSON', () => {
  it('that is read and written without a type is the same', () => {
    const rounded = json.map((value) =>
      JSON.parse(JSON.stringify(value, (_, item) => (typeof item === 'number' ? Number(item.toPrecision(15)) + 0 : item))),
    );
    fc.assert(fc.property(rounded, (value) => expect(toJson(fromJson(value, { kind: 'any' }))).toEqual({ ok: true, value })));
  });
  it('of any shape is read by any type', () => {
    const kinds = fc.constantFrom<ValueType>(
      { kind: 'money' },
      { kind: 'date' },
      { kind: 'time' },
      { kind: 'dateTime' },
      { kind: 'duration' },
      { kind: 'list', items: { kind: 'money' } },
      { kind: 'context', properties: { a: { kind: 'date' } } },
    );
    fc.assert(fc.property(json, kinds, (value, type) => expect(typeof toJson(fromJson(value, type)).ok).toBe('boolean')));
  });
});

describe('no text and no value makes it throw', () => {
  const check = (text: string, value: Json) => {
    const variables = { a: untyped(value), b: untyped(1), list: untyped([value]), 客户: untyped({ 姓名: value }) };
    const result = compileExpression(text, namesOf(variables));
    if (!result.ok) {
      for (const { from, to } of result.problems) expect(0 <= from && from <= to && to <= text.length).toBe(true);
      return;
    }
    const first = evaluate(result.expression, scopeOf(variables));
    expect(first).toEqual(evaluate(result.expression, scopeOf(variables)));
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
  };
  it('as random characters', () => fc.assert(fc.property(fc.string({ unit: 'grapheme' }), json, check), { numRuns: 500 }));
  it('as random words', () => fc.assert(fc.property(sentence, json, check), { numRuns: 2_000 }));
  it('as a random tree', () => {
    fc.assert(
      fc.property(json, (tree) => {
        expect(typeof evaluate({ text: 'x', tree, reads: [] }, scopeOf({})).ok).toBe('boolean');
      }),
    );
  });
});

describe('a bomb ends within its budget', () => {
  const doubling = (start: string, step: (before: string) => string, times = 60) =>
    `{a0: ${start}${Array.from({ length: times }, (_, at) => `, a${at + 1}: ${step(`a${at}`)}`).join('')}}.a${times}`;
  const long: Variables = { list: untyped(Array.from({ length: 2_000 }, (_, at) => at)), text: untyped('a1'.repeat(20_000)) };
  it.each([
    ['nested loops', 'for a in 1..1000, b in 1..1000, c in 1..1000 return a'],
    ['a long range', 'count(for a in 1..9000000000000 return 1)'],
    ['an endless search', 'some a in 1..9000000000000 satisfies a < 0'],
    ['a text that doubles', doubling('"0123456789"', (a) => `${a} + ${a}`)],
    ['a list that doubles', doubling('[1]', (a) => `append(${a}, for x in ${a} return x)`)],
    ['a tree that doubles', doubling('[1]', (a) => `[${a}, ${a}]`)],
    ['two trees that compare', `{x: ${doubling('[1]', (a) => `[${a}, ${a}]`)}, y: ${doubling('[1]', (a) => `[${a}, ${a}]`)}, z: x = y}.z`],
    ['a tree as a text', `string(${doubling('[1]', (a) => `[${a}, ${a}]`)})`],
    ['deep values', doubling('[1]', (a) => `[${a}]`, 400)],
    ['a list read again and again', 'for x in list return count(list[item = x])'],
    ['projections', 'for x in list return list.a'],
    ['roots', 'for x in list return x ** 0.123456789'],
    ['powers', 'for x in list return (x + 1.000000001) ** 9999'],
    ['quotients', 'for x in 1..99999 return 1 / x'],
    ['dates', 'for x in list return date("2026-03-02") + duration("P1D")'],
    ['moments', 'for x in list return date and time("2026-03-02T09:00:00") < now()'],
    ['zones', 'for x in list return date and time("2026-03-02T09:00:00@Europe/Paris") < now()'],
    ['minima', 'for x in list return min(list)'],
    ['a function that calls itself', '(function(f) f(f))(function(f) f(f))'],
    ['functions of functions', 'for x in list return sort(list, function(a, b) a > b)'],
    ['partial results', 'for x in 1..100000 return count(partial)'],
    ['matches', 'for x in list return matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "(a*)*b")'],
    ['patterns', 'for x in list return matches(string(x), "(a{1,9}){1,9}" + string(x))'],
    ['a long text', `matches(${doubling('"0123456789"', (a) => `${a} + ${a}`, 12)}, "((a|b|c|[0-9]){1,9}x?){1,9}z")`],
    ['replacements', `for x in list return replace(${doubling('"0123456789"', (a) => `${a} + ${a}`, 8)}, "[0-9]", "$0$0$0$0")`],
    ['replacements of many escapes', `for x in list return replace(text, "a", "${'\\\\'.repeat(1_000)}")`],
    ['replacements of many digits', `for x in list return replace(text, "a", "$1${'1'.repeat(900)}")`],
    ['replacements with groups', 'for x in list return replace(text, "(.*)1(.*)a(.*)", "$1$2$3$1$2$3")'],
    ['replacements by a long text', 'for x in list return replace(text, "a", text)'],
    ['splits', `for x in list return split(${doubling('"0 1 2 3 4 5"', (a) => `${a} + ${a}`, 8)}, " ")`],
    ['joins', 'for x in list return string join(for y in list return string(y), ",")'],
    ['flattened trees', `flatten(${doubling('[1]', (a) => `[${a}, ${a}]`, 40)})`],
    ['distinct values', 'distinct values(for x in list, y in 1..40 return x * y)'],
    ['orders', 'for x in list return sort(list)'],
    ['deviations', 'for x in list return stddev(list)'],
    ['exponentials', 'for x in list return exp(x / 7)'],
    ['logarithms', 'for x in list return log(x + 1.5)'],
    ['square roots', 'for x in list return sqrt(x + 1.5)'],
    ['merged contexts', `context merge(${doubling('[{a: 1}]', (a) => `concatenate(${a}, ${a})`)})`],
    ['ranges of days', 'for d in @"0001-01-01"..@"9999-12-31" return d'],
    ['instances', 'for x in list return list instance of list<number>'],
    ['ranges as texts', 'for x in 1..99999 return range("[1..2]")'],
    ['large numbers as texts', 'for x in list, y in list return string(1E6000 + y)'],
    ['large amounts', 'for x in list, y in list return money text(1E6000 + y, ",")'],
    ['small numbers as texts', 'for x in list, y in list return string(1 / 3 * 1E-6000)'],
    ['sorting by a function', 'sort(list, function(a, b) modulo(a * 7919, 2003) < modulo(b * 7919, 2003))'],
    ['a list that grows with each result', 'for x in list return concatenate(partial, partial)'],
    ['a function that doubles what it calls', '{f: function(f, n) if n = 0 then 0 else f(f, n - 1) + f(f, n - 1), r: f(f, 60)}.r'],
    ['contexts merged into themselves', doubling('{a: 1}', (a) => `context merge([${a}, {x: ${a}, y: ${a}}])`)],
    ['roundings', 'for x in 1..99999 return round up(x / 7, 2)'],
  ])('%s', (_, text) => {
    const expression = compiled(text, long);
    evaluate(expression, scopeOf({}));
    const result = evaluate(expression, scopeOf(long));
    expect(result).toMatchObject({ ok: false, code: 'expression-too-costly' });
  });
  it('also as a tree that no text compiles to', () => {
    let tree: Json = true;
    for (let level = 0; level < 10_000; level += 1) tree = ['negate', tree];
    const deep: Expression = { text: 'deep', tree, reads: [] };
    expect(evaluate(deep, scopeOf({}))).toMatchObject({ ok: false, code: 'expression-too-costly' });
  });
  it('while ordinary work is far below it', () => {
    expect(evaluation('sum(for x in list return x * 2)', long)).toEqual({ ok: true, value: 3_998_000 });
  });
});
