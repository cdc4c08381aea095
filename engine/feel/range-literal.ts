import { decimalOf } from './decimal';
import { order } from './operators';
import { Range } from './range';
import type { Run } from './run';
import { stringOf } from './string-literal';
import { parseDate, parseDateTime, parseDuration, parseTime } from './temporal';
import { kindOf, type Value } from './value';

const rangePattern = /^\s*([[\](])\s*(.*?)\s*\.\.\s*(.*?)\s*([\])[])\s*$/s;
const stringPattern = /^"(?:[^"\\]|\\.)*"$/s;
const temporalPattern = /^(@|(?:date|time|date and time|duration)\s*\()\s*("(?:[^"\\]|\\.)*")\s*(\))?$/s;
const readers: Record<string, ((text: string) => Value)[]> = {
  '@': [parseDate, parseTime, parseDateTime, parseDuration],
  date: [parseDate],
  time: [parseTime],
  'date and time': [parseDateTime],
  duration: [parseDuration],
};

/** The range that a text such as `[1..5)` stands for, its ends literals of one ordered kind, the lower first; null where it stands for none. */
export function rangeOf(text: string, run: Run): Range | null {
  run.spend(40);
  run.spendCharacters(text.length * 4);
  if (text.length > 1_000) return null;
  const [, open, start, end, close] = rangePattern.exec(text) ?? [];
  if (start === undefined || end === undefined) return null;
  const [low, high] = [literalOf(start), literalOf(end)];
  if (kindOf(low) !== kindOf(high)) return null;
  const found = order(low, high, run);
  return found === null || found > 0 ? null : new Range(low, open === '[', high, close === ']');
}

function literalOf(text: string): Value {
  if (stringPattern.test(text)) return stringOf(text);
  const [, head, literal, close] = temporalPattern.exec(text) ?? [];
  if (head === undefined || literal === undefined) return decimalOf(text);
  const name = head === '@' ? '@' : head.replace(/\s*\($/, '').replace(/\s+/g, ' ');
  if ((close === undefined) !== (name === '@')) return null;
  const written = stringOf(literal);
  return (readers[name] ?? []).map((read) => read(written)).find((value) => value !== null) ?? null;
}
