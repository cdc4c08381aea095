import { Decimal } from './decimal';
import { FunctionValue } from './function-value';
import { Range } from './range';
import type { Run } from './run';
import { isTemporal, textOfTemporal } from './temporal';
import type { Value } from './value';

/** FEEL's text of a value, as `string(...)` gives it: a string as it stands, within lists and contexts in quotes. */
export function formatValue(value: Value, run: Run): string {
  return textOf(value, run, false);
}

function textOf(value: Value, run: Run, quoted: boolean): string {
  run.enter();
  const text = rawText(value, run, quoted);
  run.spendCharacters(text.length);
  run.leave();
  return text;
}

function rawText(value: Value, run: Run, quoted: boolean): string {
  if (typeof value === 'string') return quoted ? JSON.stringify(value) : value;
  if (value === null || typeof value === 'boolean') return String(value);
  if (value instanceof Decimal) return textOfNumber(value, run);
  if (Array.isArray(value)) return `[${value.map((item) => textOf(item, run, true)).join(', ')}]`;
  if (isTemporal(value)) return textOfTemporal(value);
  if (value instanceof Range) return textOfRange(value, run);
  if (value instanceof FunctionValue) return `function(${(value.parameters ?? ['...']).join(', ')})`;
  return `{${value
    .names()
    .map((name) => `${name}: ${textOf(value.get(name, run), run, true)}`)
    .join(', ')}}`;
}

/** Without an exponent, so the zeros of a very large or very small number are written one by one. */
function textOfNumber(number: Decimal, run: Run): string {
  if (number.isZero()) return '0';
  run.spend(Math.abs(number.e) >> 2);
  return number.toFixed();
}

function textOfRange(range: Range, run: Run): string {
  const { comparator, start, end, startIncluded, endIncluded } = range;
  if (comparator !== null) return `${comparator} ${textOf(start ?? end, run, true)}`;
  return `${startIncluded ? '[' : '('}${textOf(start, run, true)}..${textOf(end, run, true)}${endIncluded ? ']' : ')'}`;
}
