import fc from 'fast-check';
import { evaluate } from './evaluate';
import type { ValueType } from './expression';
import { namesOf, scopeOf, untyped, type Variables } from './fixture';
import { compileUnaryTests } from './unary-tests';

const number: ValueType = { kind: 'number' };
const text: ValueType = { kind: 'string' };
const money: ValueType = { kind: 'money' };
const boolean: ValueType = { kind: 'boolean' };
const any: ValueType = { kind: 'any' };
const date: ValueType = { kind: 'date' };
const list: ValueType = { kind: 'list', items: { kind: 'any' } };
const variables: Variables = { limit: { value: 100, type: number }, names: untyped(['a', 'b']), on: { value: true, type: boolean } };

/** Whether a value passes; null where the test gives null, undefined for "-". */
function passes(cell: string, type: ValueType, value: Parameters<typeof untyped>[0]) {
  const compiled = compileUnaryTests(cell, type, namesOf(variables));
  if (!compiled.ok) throw new Error(compiled.problems.map((problem) => problem.message).join());
  if (compiled.expression === null) return undefined;
  const result = evaluate(compiled.expression, scopeOf({ ...variables, '?': { value, type } }));
  if (!result.ok) throw new Error(result.message);
  return result.value;
}

const problemsOf = (cell: string, type: ValueType): string[] => {
  const compiled = compileUnaryTests(cell, type, namesOf(variables));
  return compiled.ok ? [] : compiled.problems.map(({ from, to, message, remedy }) => `${from}-${to} ${message}; ${remedy}`);
};

describe('the tests of a cell', () => {
  it.each<[string, ValueType, Parameters<typeof untyped>[0], boolean | null | undefined]>([
    ['-', number, 1, undefined],
    [' - ', number, null, undefined],
    ['<= 1000', number, 1000, true],
    ['<= 1000', number, 1001, false],
    ['<= 1000', money, '1000.00', true],
    ['<= 1000', number, null, null],
    ['= 5', number, 5, true],
    ['!= 5', number, 5, false],
    ['5', number, 5, true],
    ['-5', number, -5, true],
    ['"a", "b"', text, 'b', true],
    ['"a", "b"', text, 'c', false],
    ['[1..5]', number, 5, true],
    ['[1..5)', number, 5, false],
    [']1..5]', number, 1, false],
    ['< 1, [3..4], 9', number, 9, true],
    ['< 1, [3..4], 9', number, 2, false],
    ['not("a", "b")', text, 'c', true],
    ['not("a", "b")', text, 'a', false],
    ['not([1..5])', number, 6, true],
    ['not(< 3)', number, null, null],
    ['not(null)', text, 'a', true],
    ['null', text, null, true],
    ['null', text, 'a', false],
    ['null, "a"', text, 'a', true],
    ['true', boolean, true, true],
    ['false', boolean, false, true],
    ['false', boolean, true, false],
    ['not(true)', boolean, false, true],
    ['? > 3 and ? < limit', number, 50, true],
    ['? > 3 and ? < limit', number, 150, false],
    ['not(? > 3)', number, 3, true],
    ['? in [1..3]', number, 2, true],
    ['contains(?, "x")', text, 'axb', true],
    ['? = 1, > 9', number, 10, true],
    ['? + 1 > limit', number, 100, true],
    ['> limit', number, 101, true],
    ['limit', number, 100, true],
    ['names', text, 'b', true],
    ['["a", "b"]', text, 'b', true],
    ['on', number, 7, true],
    ['on', boolean, false, false],
    ['limit > 3', number, 7, true],
    ['list contains(?, "a")', list, ['a'], true],
    ['some x in ? satisfies x > 3', list, [1, 4], true],
    ['["a"]', list, ['a'], true],
    ['?.vip = true', any, { vip: true }, true],
    ['?', boolean, true, true],
    ['>= date("2026-03-02")', date, '2026-03-02', true],
    ['[@"2026-03-01"..@"2026-03-31"]', date, '2026-04-01', false],
    ['"a" // either', text, 'a', true],
  ])('%s of %j: %j gives %j', (cell, type, value, expected) => expect(passes(cell, type, value)).toBe(expected));

  it.each<[string, ValueType, string]>([
    ['', number, '0-0 the cell is empty; write "-" where any value will do'],
    ['<= ', number, '3-3 the expression ends too early; complete it: an operand, a bracket or a keyword is missing'],
    ['lmit', number, '0-4 there is no "lmit" here; did you mean "limit"?'],
    ['> lmit', number, '2-6 there is no "lmit" here; did you mean "limit"?'],
    ['"a"', number, '0-3 the input is a number, and this is a string: they are never equal; write a number without quotes, such as 1000'],
    [
      '[1.."z"]',
      number,
      '4-7 the input is a number, and this is a string: they are never equal; write a number without quotes, such as 1000',
    ],
    ['5', text, '0-1 the input is a string, and this is a number: they are never equal; write texts in double quotes'],
    [
      '["a", "b"]',
      number,
      '0-10 the input is a number, and this is a string: they are never equal; write a number without quotes, such as 1000',
    ],
    ['"2026-03-02"', date, '0-12 the input is a date, and this is a string: they are never equal; write a date as date("2026-03-02")'],
    [
      '= "a"',
      money,
      '2-5 the input is an amount of money, and this is a string: they are never equal; write the amount as a number without quotes, such as 1800',
    ],
    ['a && b', text, '2-4 "&&" is not understood here; write "and" for both conditions'],
  ])('"%s" is refused at its place', (cell, type, problem) => expect(problemsOf(cell, type)).toEqual([problem]));

  it('read `?` and no name twice', () => {
    const compiled = compileUnaryTests('> limit, on', number, namesOf(variables));
    expect(compiled.ok && compiled.expression?.reads).toEqual(['?', 'limit', 'on']);
    const condition = compileUnaryTests('on', number, namesOf(variables));
    expect(condition.ok && condition.expression?.reads).toEqual(['on']);
  });
});

it('any text of a cell is compiled or refused', () => {
  const words = [
    '-',
    '<=',
    '> ',
    '5',
    '"a"',
    ', ',
    '[1..5]',
    '(',
    ')',
    'not(',
    '?',
    ' and ',
    'limit',
    '.',
    '..',
    '[',
    ']',
    'x',
    ' in ',
    'date("2026-03-02")',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 12 }), fc.constantFrom(number, text, any, list), (parts, type) => {
      const compiled = compileUnaryTests(parts.join(''), type, namesOf(variables));
      if (!compiled.ok) expect(compiled.problems.length).toBeGreaterThan(0);
      else if (compiled.expression !== null) {
        const { expression } = compiled;
        expect(() => evaluate(expression, scopeOf({ ...variables, '?': { value: 3, type: any } }))).not.toThrow();
      }
    }),
    { numRuns: 2_000 },
  );
}, 60_000);
