import { compileExpression } from './compile';
import type { ValueType } from './expression';
import { compiled, namesOf, problemsOf, untyped, type Variables } from './fixture';

const text: ValueType = { kind: 'string' };
const money: ValueType = { kind: 'money' };
const quote: ValueType = { kind: 'context', properties: { price: money, carrier: text, days: { kind: 'number' } } };
const variables: Variables = {
  quote: { value: null, type: quote },
  quotes: { value: [], type: { kind: 'list', items: quote } },
  ceiling: { value: null, type: money },
  review: { value: null, type: { kind: 'context', properties: { outcome: text } } },
  order: { value: null, type: { kind: 'context', properties: { number: text }, open: true } },
  dueOn: { value: null, type: { kind: 'date' } },
  anything: untyped(null),
  客户: { value: null, type: { kind: 'context', properties: { 姓名: text } } },
};

function typeOf(expression: string): ValueType {
  const result = compileExpression(expression, namesOf(variables));
  if (!result.ok) throw new Error(result.problems[0]!.message);
  return result.type;
}

describe('a compiled expression', () => {
  it('is plain JSON with its text and the free names, sorted', () => {
    const expression = compiled('review.outcome = "return" and quote.price <= ceiling', variables);
    expect(expression.reads).toEqual(['ceiling', 'quote', 'review']);
    expect(expression.text).toBe('review.outcome = "return" and quote.price <= ceiling');
    expect(JSON.parse(JSON.stringify(expression))).toEqual(expression);
  });
  it.each([
    ['for x in quotes return x.price + ceiling', ['ceiling', 'quotes']],
    ['quotes[price > ceiling and item.days < 3]', ['ceiling', 'quotes']],
    ['{a: 1, b: a + quote.days}.b', ['quote']],
    ['anything[ceiling > 1]', ['anything', 'ceiling']],
    ['anything[whatever > 1]', ['anything']],
    ['today() < dueOn', ['dueOn']],
    ['客户.姓名', ['客户']],
  ])('%s reads %j', (expression, reads) => expect(compiled(expression, variables).reads).toEqual(reads));

  it.each<[string, ValueType]>([
    ['quote.price', money],
    ['quote.price * 2 + ceiling', money],
    ['quote.price / ceiling', { kind: 'number' }],
    ['quotes.price', { kind: 'list', items: money }],
    ['quotes[1].price', money],
    ['quotes[days > 1]', { kind: 'list', items: quote }],
    ['max(quotes.price)', money],
    ['if quote.days > 1 then quote.price else null', money],
    ['for q in quotes return q.carrier', { kind: 'list', items: text }],
    ['some q in quotes satisfies q.days > 1', { kind: 'boolean' }],
    ['dueOn + duration("P1D")', { kind: 'date' }],
    ['dueOn - today()', { kind: 'duration' }],
    ['dueOn.year', { kind: 'number' }],
    ['append(quotes.price, 1)', { kind: 'list', items: { kind: 'number' } }],
    ['{a: quote.price}.a', money],
    ['anything.x.y', { kind: 'any' }],
    ['null', { kind: 'any' }],
  ])('%s has its type', (expression, type) => expect(typeOf(expression)).toEqual(type));
});

describe('an unknown name', () => {
  it.each([
    ['qoute.price > 1', '0-5 there is no "qoute" here; did you mean "quote"?'],
    ['1 + Ceiling', '4-11 there is no "Ceiling" here; did you mean "ceiling"?'],
    ['xyz', '0-3 there is no "xyz" here; use a variable of the process, or declare it'],
    ['客人', '0-2 there is no "客人" here; did you mean "客户"?'],
    ['count', '0-5 "count" is a function; call it: count(...)'],
    ['quotes[prise > 1]', '7-12 there is no "prise" here; did you mean "price"?'],
    ['for carrier in quotes return carier', '29-35 there is no "carier" here; did you mean "carrier"?'],
    ['quote ceiling', '0-13 "quote ceiling" is not a name; names are letters, digits and _; between two names stands an operator'],
  ])('%s is refused at its place', (expression, problem) => expect(problemsOf(expression, variables)).toEqual([problem]));

  it('is refused each time', () => expect(problemsOf('a1 = 1 or a2 = 2', variables)).toHaveLength(2));
  it('ends with its scope', () => expect(problemsOf('[for x in quotes return x, x]', variables)).toHaveLength(1));
});

describe('an unknown member', () => {
  it.each([
    ['quote.prise', '6-11 there is no member "prise"; did you mean "price"?'],
    ['quote.x', '6-7 there is no member "x"; its members are price, carrier, days'],
    ['quotes.carier', '7-13 there is no member "carier"; did you mean "carrier"?'],
    ['quotes[1].carier', '10-16 there is no member "carier"; did you mean "carrier"?'],
    ['quotes[item.prize > 1]', '12-17 there is no member "prize"; did you mean "price"?'],
    ['some q in quotes satisfies q.dais > 1', '29-33 there is no member "dais"; did you mean "days"?'],
    ['quote.carrier.name', '14-18 there is no member "name"; a string has no members'],
    ['dueOn.yaer', '6-10 there is no member "yaer"; did you mean "year"?'],
    ['客户.姓氏', '3-5 there is no member "姓氏"; did you mean "姓名"?'],
  ])('%s is refused at its place', (expression, problem) => expect(problemsOf(expression, variables)).toEqual([problem]));

  it('of an open or unknown type is accepted', () => {
    expect(problemsOf('order.salesman = anything.a.b and order.number.length = 1', variables)).toHaveLength(1);
    expect(problemsOf('order.salesman = anything.a.b', variables)).toEqual([]);
  });
});

describe('a syntax error', () => {
  it.each([
    ['', '0-0 the expression is empty; write a FEEL expression such as total > 0'],
    ['1 +', '3-3 the expression ends too early; complete it: an operand, a bracket or a keyword is missing'],
    ['(1', '2-2 the expression ends too early; complete it: an operand, a bracket or a keyword is missing'],
    ['1 && 2', '2-4 "&&" is not understood here; write "and" for both conditions'],
    ['ceiling && 2', '8-10 "&&" is not understood here; write "and" for both conditions'],
    ["quote.carrier = 'x'", '16-17 "\'" is not understood here; write strings in double quotes'],
    ['1 == 2', '2-3 "==" is not an operator; write "="'],
    ['1 !== 2', '2-4 "!==" is not an operator; write "!="'],
    ['"abc', '0-1 """ is not understood here; close the string with a double quote'],
    ['1 2', '2-3 "2" is not understood here; look for a missing operator, comma or bracket before it'],
    ['count（quotes）', '0-13 "count（quotes）" is not a name; write "(" in place of "（"'],
    ['quote.carrier = “x”', '16-17 "“" is not understood here; write """ in place of "“"'],
    ['1; 2', '1-2 ";" is not understood here; write one expression only'],
  ])('%s is refused at its place', (expression, problem) => expect(problemsOf(expression, variables)).toEqual([problem]));
});

describe('what is not supported is refused', () => {
  it.each([
    ['cuont(quotes)', '0-5 the function "cuont" is not supported; did you mean "count"?'],
    ['count()', '0-5 count(...) has 0 arguments; give it 1'],
    ['date(1, 2, 3, 4)', '0-4 date(...) has 4 arguments; give it 1 to 3'],
    ['sum()', '0-3 sum(...) has 0 arguments; give it at least 1'],
    ['date("2026-02-30")', '5-17 "2026-02-30" is not a date such as 2026-03-02; write a date such as 2026-03-02'],
    ['duration("P1M2D")', '9-16 "P1M2D" is not a duration such as PT4H, P2D or P1Y6M; write a duration such as PT4H, P2D or P1Y6M'],
    ['@"soon"', '0-7 "soon" is no date, time or duration; write it as ISO 8601 does'],
    ['{a: 1, a: 2}', '7-8 the entry "a" stands there twice; remove one of them'],
    ['{"__proto__": 1}', '1-12 "__proto__" is not a name; use another name'],
    ['quote.carrier("x")', '0-13 a string cannot be called; call a built-in function, or one that "function(...)" defines'],
    ['contains(string: "a", part: "b")', '0-8 contains(...) has no parameters string, part; its parameters are string, match'],
    ['ceiling instance of nubmer', '20-26 "nubmer" is no type; did you mean "number"?'],
    ['function(x, x) x', '12-13 the parameter "x" stands there twice; rename one'],
    ['function(x) external {java: {}}', '12-20 a function of another system cannot be called; write it in FEEL'],
    [
      'matches("a", "(a)\\\\1")',
      '13-21 "(a)\\1" is no regular expression of RE2; mend it; groups cannot be referred to, and repetitions written out have at most 1,000 steps',
    ],
    ['upper case(ceiling)', '11-18 upper case(...) takes a string here, and this is an amount of money; change the argument'],
    [
      'true and 2 in [1..3] or false',
      '9-29 "and" before "in" and "or" behind it can be read in two ways; put what belongs together in parentheses',
    ],
    [
      'quote.carrier = 1',
      '0-17 a string does not compare with a number; compare values of one kind; number(...), string(...), date(...) convert',
    ],
    [
      'dueOn < now()',
      '0-13 a date does not compare with a date and time; compare values of one kind; number(...), string(...), date(...) convert',
    ],
    ['quote.carrier + 1', '0-17 "+" does not go with a string and a number; change one of them; number(...) and string(...) convert'],
    ['-quote.carrier', '0-14 "-" does not go with a string; change it'],
    ['quote.carrier and true', '0-13 a string is neither true nor false; compare it with something'],
  ])('%s', (expression, problem) => expect(problemsOf(expression, variables)).toEqual([problem]));

  it('a function that there is not is told what there is', () => {
    expect(problemsOf('conv("a", "b")')[0]).toMatch(/^0-4 the function "conv" is not supported; supported are not, count, /);
  });
});

describe('the limits of a text', () => {
  const deep = (levels: number) => `${'['.repeat(levels)}1${']'.repeat(levels)}`;
  it('are 10,000 characters', () => {
    expect(problemsOf(`1${' '.repeat(9_999)}`)).toEqual([]);
    expect(problemsOf(`1${' '.repeat(10_000)}`)[0]).toMatch(/^10000-10001 the expression has more than 10000 characters/);
  });
  it('are 64 levels', () => {
    expect(problemsOf(deep(63))).toEqual([]);
    expect(problemsOf(deep(64))[0]).toMatch(/nests more than 64 levels/);
    expect(problemsOf(deep(4_000))[0]).toMatch(/^64-65 the expression nests more than 64 levels/);
    expect(problemsOf(`${'- '.repeat(500)}1`)[0]).toMatch(/nests more than 64 levels/);
    expect(problemsOf(`${'if true then '.repeat(100)}1${' else 2'.repeat(100)}`)[0]).toMatch(/nests more than 64 levels/);
    expect(problemsOf(`${'1 in '.repeat(500)}1`)[0]).toMatch(/nests more than 64 levels/);
  });
  it('do not count brackets in strings, nor the links of a chain', () => {
    expect(problemsOf(`"${'['.repeat(100)}"`)).toEqual([]);
    expect(problemsOf(`1${' + 1'.repeat(500)}`)).toEqual([]);
    expect(problemsOf(`true${' and true'.repeat(300)}`)).toEqual([]);
    expect(problemsOf(`anything${'.a'.repeat(500)}`, variables)).toEqual([]);
  });
});

it('`?` is the value of an input, which only a cell has', () => {
  expect(problemsOf('? > 3', variables)).toEqual(['0-1 there is no "?" here; it is the value of an input in a cell of a decision table']);
});
