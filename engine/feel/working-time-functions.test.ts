import { office } from '../calendar/fixture';
import { compileExpression } from './compile';
import { evaluate } from './evaluate';
import { calendarsRead } from './working-time-functions';

const none = { has: () => false, typeOf: () => undefined, list: () => [] };

function resultOf(text: string): unknown {
  const found = compileExpression(text, none);
  if (!found.ok) return found.problems.map(({ message, remedy }) => `${message}; ${remedy}`);
  const scope = { nowMs: 0, timezone: 'Asia/Shanghai', calendars: { office }, read: () => undefined };
  const result = evaluate(found.expression, scope);
  return result.ok ? result.value : result.code;
}

const at = (text: string) => `date and time("${text}")`;

it.each([
  [`working time(${at('2026-03-02T11:00:00+08:00')}, ${at('2026-03-02T14:30:00+08:00')}, "office")`, 'PT2H'],
  [`working time(${at('2026-03-02T14:30:00+08:00')}, ${at('2026-03-02T11:00:00+08:00')}, "office")`, '-PT2H'],
  [`working time(${at('2026-03-02T03:00:00Z')}, ${at('2026-03-02T14:30:00')}, "office")`, 'PT2H'],
  [`working time(${at('2026-03-02T11:00:00+08:00')}, ${at('2026-03-02T14:30:00+08:00')}, "factory")`, null],
  [`working time(null, ${at('2026-03-02T14:30:00+08:00')}, "office")`, null],
  [`working time(${at('1026-03-02T11:00:00+08:00')}, ${at('2026-03-02T14:30:00+08:00')}, "office")`, 'expression-too-costly'],
  [`add working time(${at('2026-03-02T11:00:00+08:00')}, duration("PT2H"), "office")`, '2026-03-02T14:30:00+08:00'],
  [`add working time(${at('2026-03-02T11:00:00+08:00')}, duration("-PT3H"), "office")`, '2026-02-28T17:00:00+08:00'],
  [`add working time(${at('2026-03-02T11:00:00+08:00')}, duration("P1M"), "office")`, null],
  [`add working time(${at('2026-03-02T11:00:00+08:00')}, duration("P900D"), "office")`, 'expression-too-costly'],
  [
    `working time(${at('2026-03-02T11:00:00+08:00')}, ${at('2026-03-02T14:30:00+08:00')}, "of" + "fice")`,
    ['the calendar is not named as it stands; write its id in quotes, for example "office"'],
  ],
])('[L18.3] %s is %s', (text, value) => {
  expect(resultOf(text)).toEqual(value);
});

it('[L18.3] names the calendars that it reads, wherever they stand', () => {
  const found = compileExpression(`[1, {a: working time(now(), now(), "b")}, add working time(now(), duration("PT1H"), "a")]`, none);
  expect(found.ok && calendarsRead({ node: [found.expression.tree] })).toEqual(['a', 'b']);
});
