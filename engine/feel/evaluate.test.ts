import type { Json } from '../json';
import { evaluate } from './evaluate';
import type { Expression, ValueType } from './expression';
import { condition, evaluation, resultOf, scopeOf, untyped, type Variables } from './fixture';

const order: ValueType = {
  kind: 'context',
  properties: {
    number: { kind: 'string' },
    price: { kind: 'money' },
    dueOn: { kind: 'date' },
    signedAt: { kind: 'dateTime' },
    lead: { kind: 'duration' },
  },
};
const variables: Variables = {
  order: {
    value: { number: 'SO-1', price: '1800.10', dueOn: '2026-03-05', signedAt: '2026-03-01T10:00:00+08:00', lead: 'PT4H' },
    type: order,
  },
  answers: untyped([
    { bank: 'a', accepted: true, rate: 3.5 },
    { bank: 'b', accepted: false, rate: 3.1 },
    { bank: 'c', accepted: true, rate: 4 },
  ]),
  nothing: untyped(null),
  one: untyped(1),
  letter: untyped('a'),
  yes: untyped(true),
  anyDay: untyped('2026-03-02'),
  numbers: untyped([1, 2, 3]),
  matrix: untyped([[1], [2]]),
  trap: untyped(JSON.parse('{"__proto__": {"polluted": 1}, "a": 1}')),
  客户: {
    value: { 姓名: '王芳', 电话: null },
    type: { kind: 'context', properties: { 姓名: { kind: 'string' }, 电话: { kind: 'string' } } },
  },
};

const tables: Record<string, [text: string, value: Json][]> = {
  'literals give their values': [
    ['1', 1],
    ['-1.50', -1.5],
    ['.5', 0.5],
    ['1e3', 1000],
    ['true', true],
    ['null', null],
    ['"a\\"b\\n\\u4e2d"', 'a"b\n中'],
    ['[1, "a", null]', [1, 'a', null]],
    ['{a: 1, "b c": 2, d: a + 1}', { a: 1, 'b c': 2, d: 2 }],
    ['{}', {}],
    ['/* why */ 1 // because', 1],
  ],
  'arithmetic is exact': [
    ['0.1 + 0.2 = 0.3', true],
    ['1 / 3 * 3 = 1', false],
    ['0.1 * 3', 0.3],
    ['1 + 2 * 3 - 4 / 2', 5],
    ['2 ** 10', 1024],
    ['4 ** 0.5', 2],
    ['-(2 + 1)', -3],
    ['1 - 2 - 3', -4],
    ['99999999999999999999 + 1 = 100000000000000000000', true],
    ['"a" + "b" + "c"', 'abc'],
    ['1.005 * 100 = 100.5', true],
  ],
  'invalid operations give null': [
    ['1 / 0', null],
    ['0 / 0', null],
    ['one + "a"', null],
    ['letter - "b"', null],
    ['null + 1', null],
    ['-letter', null],
    ['10 ** 9999', null],
    ['(0 - 1) ** 0.5', null],
    ['yes + true', null],
    ['nothing.a.b', null],
    ['sum(["a"])', null],
    ['min([1, "a"])', null],
  ],
  'comparison follows the kinds of its operands': [
    ['1 = 1.0', true],
    ['1 != 2', true],
    ['"a" < "b"', true],
    ['one = "1"', null],
    ['one != "1"', null],
    ['null = null', true],
    ['1 = null', false],
    ['1 != null', true],
    ['1 < null', null],
    ['null <= null', null],
    ['true < false', null],
    ['[1, 2] = [1, 2]', true],
    ['[1] = ["a"]', false],
    ['{a: 1, b: 2} = {b: 2, a: 1}', true],
    ['{a: 1} = {b: 1}', false],
    ['2 between 1 and 3', true],
    ['null between 1 and 3', null],
    ['3 >= 3', true],
  ],
  'in tests ranges, lists and comparisons': [
    ['2 in [1..3]', true],
    ['2 in [1..3] and true', true],
    ['2 in [1..3] and (false)', false],
    ['2 in [4..5] or true', true],
    ['2 in [1..3] and 1 in [1, 2] and "a" in ["a"]', true],
    ['2 in [1..3] and false or true', true],
    ['2 in (1, 2) and true', true],
    ['true in (true and true)', true],
    ['false or 2 in [1..3] and true', true],
    ['{ list: [1, 2], found: 2 in list and true }.found', true],
    ['3 in [1..3)', false],
    ['1 in (1..3]', false],
    ['1 in ]1..3]', false],
    ['2 in (5, < 3)', true],
    ['2 in > 3', false],
    ['2 in [1, 2]', true],
    ['2 in numbers', true],
    ['"return" in ("approve", "return")', true],
    ['2 in [[4..5], 2]', true],
    ['null in [1..3]', null],
  ],
  'logic is three-valued': [
    ['true and null', null],
    ['false and null', false],
    ['null and false', false],
    ['true or null', true],
    ['false or null', null],
    ['true and true and false', false],
    ['1 and true', null],
    ['not(true)', false],
    ['not(null)', null],
    ['not(1)', null],
  ],
  'if takes the second way unless the condition is true': [
    ['if 1 < 2 then "a" else "b"', 'a'],
    ['if null then "a" else "b"', 'b'],
    ['if false then 1 else if true then 2 else 3', 2],
  ],
  'paths read members and project lists': [
    ['order.number', 'SO-1'],
    ['answers.bank', ['a', 'b', 'c']],
    ['answers.missing', [null, null, null]],
    ['{a: {b: {c: 1}}}.a.b.c', 1],
    ['客户.姓名', '王芳'],
    ['order.dueOn.month', 3],
    ['order.dueOn.weekday', 4],
    ['order.lead.hours', 4],
  ],
  'filters keep elements or take one': [
    ['answers[accepted = true].bank', ['a', 'c']],
    ['answers[item.accepted].bank', ['a', 'c']],
    ['count(answers[rate < 4 and accepted])', 1],
    ['numbers[item > 1]', [2, 3]],
    ['numbers[1]', 1],
    ['numbers[-1]', 3],
    ['numbers[0]', null],
    ['numbers[4]', null],
    ['numbers[1 + 1]', 2],
    ['numbers[numbers[1]]', 1],
    ['[][1]', null],
    ['5[item > 1]', [5]],
    ['nothing[a = 1]', null],
    ['answers[bank = "b"][1].rate', 3.1],
    ['[{a: 1, b: [{c: 1}, {c: 2}]}][count(b[c = a]) = 1].a', [1]],
    ['numbers[nothing]', []],
  ],
  'for visits every combination': [
    ['for x in numbers return x * 2', [2, 4, 6]],
    ['for x in [1, 2], y in [10, 20] return x + y', [11, 21, 12, 22]],
    ['for x in matrix, y in x return y', [1, 2]],
    ['for x in 1..3 return x', [1, 2, 3]],
    ['for x in 3..1 return x', [3, 2, 1]],
    ['for x in nothing return x', null],
    ['for 项 in numbers return 项', [1, 2, 3]],
  ],
  'some and every are three-valued': [
    ['some x in numbers satisfies x > 2', true],
    ['some x in numbers satisfies x > 3', false],
    ['some x in [1, null] satisfies x > 3', null],
    ['some x in [null, 4] satisfies x > 3', true],
    ['every x in numbers satisfies x > 0', true],
    ['every x in numbers satisfies x > 1', false],
    ['every x in [1, null] satisfies x > 0', null],
    ['every x in [] satisfies false', true],
    ['some x in numbers, y in numbers satisfies x + y = 6', true],
    ['every x in nothing satisfies true', null],
  ],
  'functions of lists, texts and contexts': [
    ['count(numbers)', 3],
    ['count([])', 0],
    ['count(nothing)', null],
    ['sum(numbers)', 6],
    ['sum(0.1, 0.2)', 0.3],
    ['sum([])', null],
    ['min(3, 1, 2)', 1],
    ['max(["a", "b"])', 'b'],
    ['max([])', null],
    ['contains("foobar", "oba")', true],
    ['contains(null, "a")', null],
    ['string(1.10)', '1.1'],
    ['string(order.price)', '1800.1'],
    ['string([1, "a", {b: null}])', '[1, "a", {b: null}]'],
    ['string(null)', null],
    ['number("1800.00")', 1800],
    ['number("1.800,50", ".", ",")', 1800.5],
    ['number("abc")', null],
    ['number("")', null],
    ['append([1], 2, 3)', [1, 2, 3]],
    ['list contains(numbers, 2)', true],
    ['list contains([1, null], null)', true],
    ['list contains(numbers, "2")', false],
    ['string length("提车𠮷")', 3],
    ['get value({"a-b": 1}, "a-b")', 1],
    ['get value(nothing, "a")', null],
    ['is defined(order.number)', true],
    ['is defined(客户.电话)', true],
    ['is defined(trap.b)', false],
    ['is defined(nothing)', true],
  ],
  'dates, times and durations': [
    ['today()', '2026-03-02'],
    ['now()', '2026-03-02T09:00:00+08:00'],
    ['order.dueOn < today()', false],
    ['order.dueOn - today() = duration("P3D")', true],
    ['today() + duration("P1M")', '2026-04-02'],
    ['today() - duration("P2D")', '2026-02-28'],
    ['date("2026-01-31") + duration("P1M")', '2026-02-28'],
    ['today() + duration("PT1H")', '2026-03-02'],
    ['today() - duration("PT1H")', '2026-03-01'],
    ['order.signedAt + order.lead', '2026-03-01T14:00:00+08:00'],
    ['now() - order.signedAt', 'PT23H'],
    ['now() = date and time("2026-03-02T01:00:00Z")', true],
    ['date and time("2026-03-02T09:00:00") = now()', true],
    ['date and time("2026-03-02T09:00:00@Asia/Shanghai")', '2026-03-02T09:00:00+08:00'],
    ['date and time(today(), time("10:30:00"))', '2026-03-02T10:30:00'],
    ['date(now())', '2026-03-02'],
    ['date(2026, 2, 29)', null],
    ['date(2026, 2, 28)', '2026-02-28'],
    ['time("10:00:00") < time("10:00:01")', true],
    ['time("10:00:00+08:00") = time("02:00:00Z")', true],
    ['time("10:00:00+08:00") = time("10:00:00")', null],
    ['time("23:00:00") + duration("PT2H")', '01:00:00'],
    ['duration("PT90M")', 'PT1H30M'],
    ['duration("PT1.5S") * 2', 'PT3S'],
    ['duration("P1D") / duration("PT6H")', 4],
    ['duration("P1Y") + duration("P2M")', 'P1Y2M'],
    ['duration("P1Y") < duration("P1D")', null],
    ['-duration("P1D")', '-P1D'],
    ['duration("P14D") = duration("P2W")', true],
    ['@"2026-03-02" = today()', true],
    ['anyDay < now()', null],
    ['anyDay + 1', null],
    ['date and time("9999-12-31T23:59:59Z") + duration("P999999999D")', null],
  ],
  'only own properties are names': [
    ['trap.__proto__', null],
    ['trap.constructor', null],
    ['trap.toString', null],
    ['get value(trap, "__proto__")', null],
    ['nothing.constructor', null],
    ['trap.a', 1],
    ['{constructor: 1}.constructor', 1],
  ],
};

for (const [name, rows] of Object.entries(tables)) {
  describe(name, () => {
    it.each(rows)('%s is %j', (text, value) => expect(resultOf(text, variables)).toEqual(value));
  });
}

describe('a condition', () => {
  it('is true or false', () => {
    expect(condition('order.price > 1800', variables)).toEqual({ ok: true, value: true });
    expect(condition('order.price > 1801', variables)).toEqual({ ok: true, value: false });
  });
  it('fails on null and names its text', () => {
    expect(condition('nothing.price <= 1', variables)).toEqual({
      ok: false,
      code: 'expression-failed',
      message: 'condition "nothing.price <= 1" gave null, not true or false',
    });
  });
  it('fails on other values in one line', () => {
    expect(condition('"a" +\n"b"')).toMatchObject({
      message: 'condition "\\"a\\" + \\"b\\"" gave a string, not true or false'.replaceAll('\\', ''),
    });
    expect(condition('[1]')).toMatchObject({ ok: false, message: 'condition "[1]" gave a list, not true or false' });
    expect(condition('1')).toMatchObject({ ok: false, message: 'condition "1" gave a number, not true or false' });
    expect(condition('{}')).toMatchObject({ ok: false, message: 'condition "{}" gave a context, not true or false' });
  });
});

describe('the wanted type', () => {
  it('makes money a string of two decimals', () => {
    expect(resultOf('order.price * 2', variables, { kind: 'money' })).toBe('3600.20');
    expect(resultOf('order.price * 2', variables)).toBe('3600.20');
  });
  it('refuses a value of another type', () => {
    expect(evaluation('order.number', variables, { kind: 'number' })).toEqual({
      ok: false,
      code: 'expression-failed',
      message: 'expression "order.number" gave a string, not a number',
    });
  });
  it('keeps an object that was only read as it was', () => {
    expect(resultOf('order', variables)).toEqual(variables['order']!.value);
    expect(resultOf('{o: order}.o', variables)).toEqual(variables['order']!.value);
  });
  it('writes every member of an object by its own type', () => {
    expect(resultOf('{price: order.price + 1, note: "x"}', variables, order)).toEqual({ price: '1801.10', note: 'x' });
  });
});

describe('an evaluation never throws', () => {
  it.each<[string, Json]>([
    ['an unknown operation', ['nonsense']],
    ['an unknown function', ['call', 'eval', []]],
    ['missing operands', ['path']],
    ['an object', { a: 1 }],
    ['a bare list', []],
  ])('on a tree that is %s', (_, tree) => {
    const broken: Expression = { text: 'broken', tree, reads: [] };
    expect(evaluate(broken, scopeOf({}))).toEqual({
      ok: false,
      code: 'expression-failed',
      message: 'expression "broken" could not be computed',
    });
  });
  it('when the scope throws', () => {
    const scope = {
      ...scopeOf({}),
      read: () => {
        throw new Error('secret');
      },
    };
    expect(evaluate({ text: 'a', tree: ['name', 'a'], reads: ['a'] }, scope)).toMatchObject({ ok: false, code: 'expression-failed' });
  });
  it('on a time zone that there is not', () => {
    expect(evaluate({ text: 'now()', tree: ['call', 'now', []], reads: [] }, { ...scopeOf({}), timezone: 'Mars/Base' })).toMatchObject({
      ok: false,
    });
  });
});
