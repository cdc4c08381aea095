import type { RE2JS } from 're2js';
import { Decimal, decimalOf, safeInteger } from './decimal';
import { formatValue } from './format-value';
import { compiledPattern } from './regular-expression';
import type { Run } from './run';
import type { functionsOf } from './signature';
import type { Value } from './value';

type Table = Parameters<typeof functionsOf>[0];

const groupings = [' ', ',', '.', null];
/** What one match costs beyond the characters that it reads. */
const matchCost = 15;
const points = ['.', ',', null];

/** The functions of strings (DMN 1.5 §10.3.4.3), with `string` and `number`. */
export const textFunctions: Table = {
  'contains(string: string, match: string): boolean': (args, run) => text(args, run, (string, match) => string.includes(match)),
  'starts with(string: string, match: string): boolean': (args, run) => text(args, run, (string, match) => string.startsWith(match)),
  'ends with(string: string, match: string): boolean': (args, run) => text(args, run, (string, match) => string.endsWith(match)),
  'string length(string: string): number': (args, run) => text(args, run, (string) => new Decimal(lengthOf(string))),
  'upper case(string: string): string': (args, run) => text(args, run, (string) => string.toUpperCase()),
  'lower case(string: string): string': (args, run) => text(args, run, (string) => string.toLowerCase()),
  'substring before(string: string, match: string): string': (args, run) =>
    text(args, run, (string, match) => string.slice(0, Math.max(0, string.indexOf(match)))),
  'substring after(string: string, match: string): string': (args, run) =>
    text(args, run, (string, match) => (string.includes(match) ? string.slice(string.indexOf(match) + match.length) : '')),
  'substring(string: string, start position: number, length?: number): string': substring,
  'string(from: value): string': ([value], run) => formatValue(value!, run),
  'money text(amount: number, grouping separator?: string?): string': moneyText,
  'string join(list: list, delimiter?: string?): string': join,
  'matches(input: string, pattern: string, flags?: string?): boolean': ([input, pattern, flags], run) =>
    withPattern(input, pattern, flags, run, (regex, string) => regex.matcher(string).find()),
  'replace(input: string, pattern: string, replacement: string, flags?: string?): string': ([input, pattern, replacement, flags], run) =>
    withPattern(input, pattern, flags, run, (regex, string) => replaced(regex, string, replacement as string, run)),
  'split(string: string, delimiter: string): strings': ([input, delimiter], run) =>
    withPattern(input, delimiter, null, run, (regex, string) => split(regex, string, run)),
  'number(from: string, grouping separator: string?, decimal separator: string?): number': numberOf,
  'number(from: string): number': numberOf,
  'number(from: number): number': ([from]) => from!,
};

function text(args: Value[], run: Run, compute: (first: string, second: string) => Value): Value {
  const [first, second = ''] = args as string[];
  run.spendCharacters(first!.length + second.length);
  return compute(first!, second);
}

function lengthOf(string: string): number {
  let count = 0;
  for (const _ of string) count += 1;
  return count;
}

/** Positions count code points from 1, or from the end where they are negative. */
function substring([string, start, length = null]: Value[], run: Run): Value {
  run.spendCharacters((string as string).length * 4);
  const characters = [...(string as string)];
  const at = safeInteger((start as Decimal).trunc());
  const many = length === null ? characters.length : safeInteger((length as Decimal).trunc());
  if (at === undefined || many === undefined || at === 0 || Math.abs(at) > characters.length || many < 1) return null;
  const from = at > 0 ? at - 1 : characters.length + at;
  return characters.slice(from, from + many).join('');
}

/** Not in the standard: an amount with two digits after the point, half a cent away from zero, in groups of three where a separator is given. */
function moneyText([amount, grouping = null]: Value[], run: Run): Value {
  const number = amount as Decimal;
  if (!groupings.includes(grouping as string) || grouping === '.') return null;
  run.spend(Math.abs(number.e) >> 2);
  const [whole, cents] = number.abs().toFixed(2, Decimal.ROUND_HALF_UP).split('.') as [string, string];
  const first = whole.length % 3;
  const groups = [whole.slice(0, first), ...(whole.slice(first).match(/\d{3}/g) ?? [])].filter((group) => group !== '');
  const text = `${groups.join((grouping ?? '') as string)}.${cents}`;
  return number.isNegative() && /[1-9]/.test(text) ? `-${text}` : text;
}

function join([list, delimiter = null]: Value[], run: Run): Value {
  const parts = (list as Value[]).filter((item) => item !== null);
  if (parts.some((part) => typeof part !== 'string')) return null;
  run.spend((list as Value[]).length);
  const glue = (delimiter ?? '') as string;
  const length = (parts as string[]).reduce((sum, part) => sum + part.length + glue.length, 0);
  run.spendCharacters(length);
  return parts.join(glue);
}

/** Computes with a compiled pattern; null where the pattern or its flags are none. The time is linear in the input. */
function withPattern(
  input: Value | undefined,
  pattern: Value | undefined,
  flags: Value | undefined,
  run: Run,
  compute: (regex: RE2JS, input: string) => Value,
): Value {
  const compiled = compiledPattern(pattern as string, (flags ?? '') as string, run);
  if (compiled === null) return null;
  run.spend(20 + Math.ceil(((input as string).length * (compiled.steps + 50)) / 200));
  return compute(compiled.regex, input as string);
}

/** XPath's `fn:replace`: `$1` is a group, a pattern that finds nothing at all is an error. A matcher that has to tell groups is slower by each. */
function replaced(regex: RE2JS, input: string, replacement: string, run: Run): Value {
  run.spend(Math.ceil(replacement.length / 4));
  if (regex.matches('') || !/^(?:[^\\$]|\\[\\$]|\$\d)*$/s.test(replacement)) return null;
  const matcher = regex.matcher(input);
  const written = piecesOf(replacement, matcher.groupCount());
  const groups = written.filter((piece) => typeof piece === 'number').length;
  if (groups > 0) run.spend(Math.ceil((input.length * matcher.groupCount()) / 3));
  const parts: string[] = [];
  let end = 0;
  while (matcher.find()) {
    run.spend(matchCost + groups);
    const text = written.map((piece) => (typeof piece === 'number' ? (matcher.group(piece) ?? '') : piece)).join('');
    run.spendCharacters(text.length);
    parts.push(input.slice(end, matcher.start()), text);
    end = matcher.end();
  }
  return parts.join('') + input.slice(end);
}

/** What a replacement writes for each match: texts, and the numbers of groups. As many digits as name a group; those that follow stand for themselves. */
function piecesOf(replacement: string, groups: number): (string | number)[] {
  const pieces: (string | number)[] = [];
  let plain = '';
  for (const [token, digits] of replacement.matchAll(/\\.|\$(\d+)|[^\\$]+/gs)) {
    if (digits === undefined) plain += token.startsWith('\\') ? token.slice(1) : token;
    else {
      let count = 1;
      let group = Number(digits[0]);
      while (count < digits.length && group * 10 + Number(digits[count]) <= groups) group = group * 10 + Number(digits[count++]);
      pieces.push(plain, ...(group > groups ? [] : [group]));
      plain = digits.slice(count);
    }
  }
  return [...pieces, plain].filter((piece) => piece !== '');
}

function split(regex: RE2JS, input: string, run: Run): Value {
  if (regex.matches('')) return null;
  const parts: string[] = [];
  const matcher = regex.matcher(input);
  let end = 0;
  while (matcher.find()) {
    run.spend(matchCost);
    parts.push(input.slice(end, matcher.start()));
    end = matcher.end();
  }
  return [...parts, input.slice(end)];
}

function numberOf([from, grouping = null, point = null]: Value[], run: Run): Value {
  const digits = from as string;
  if (!groupings.includes(grouping as string) || !points.includes(point as string)) return null;
  if (grouping !== null && grouping === point) return null;
  run.spendCharacters(digits.length);
  if (digits.length > 10_000) return null;
  const ungrouped = grouping === null ? digits : digits.split(grouping as string).join('');
  return decimalOf(point === ',' ? ungrouped.replace(',', '.') : ungrouped);
}
