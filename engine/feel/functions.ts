import { contextFunctions } from './context-functions';
import { listFunctions } from './list-functions';
import { numberFunctions } from './number-functions';
import { rangeFunctions } from './range-functions';
import { functionsOf, type Overload } from './signature';
import { parseDate, parseDateTime, parseDuration, parseTime } from './temporal';
import { temporalFunctions } from './temporal-functions';
import { textFunctions } from './text-functions';
import type { Value } from './value';
import { workingTimeFunctions } from './working-time-functions';

/**
 * The built-in functions (DMN 1.5 §10.3.4) that expressions may call, by name, each with its overloads. `is defined` is not among them: it asks for
 * a name, not for a value, so the evaluator answers it.
 */
export const builtIns: ReadonlyMap<string, readonly Overload[]> = functionsOf({
  ...listFunctions,
  ...textFunctions,
  ...numberFunctions,
  ...temporalFunctions,
  ...workingTimeFunctions,
  ...contextFunctions,
  ...rangeFunctions,
});

/** The functions whose second argument is a regular expression, checked when the expression compiles. */
export const patternFunctions: ReadonlySet<string> = new Set(['matches', 'replace', 'split']);

/** For a function of one literal: what the literal must be, checked when the expression compiles. */
export const literalReaders: ReadonlyMap<string, { what: string; parse: (text: string) => Value }> = new Map([
  ['date', { what: 'a date such as 2026-03-02', parse: parseDate }],
  ['time', { what: 'a time such as 09:00:00', parse: parseTime }],
  ['date and time', { what: 'a date and time such as 2026-03-02T09:00:00+08:00', parse: parseDateTime }],
  ['duration', { what: 'a duration such as PT4H, P2D or P1Y6M', parse: parseDuration }],
]);
