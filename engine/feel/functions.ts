import { Decimal, decimalOf, finite, safeInteger } from './decimal';
import type { ValueType } from './expression';
import { includes, negation, order } from './operators';
import type { Run } from './run';
import { elementType, joinTypes, type StaticType } from './static-type';
import {
  combine,
  dateFrom,
  dateOf,
  dateTimeAt,
  formatTemporal,
  isDate,
  isDateTime,
  isTemporal,
  orNull,
  parseDate,
  parseDateTime,
  parseDuration,
  parseTime,
  Time,
} from './temporal';
import { Context, type Value } from './value';

/** A built-in function: everything that the compiler and the evaluator know of it. */
export interface BuiltIn {
  /** The least and the most arguments. */
  arity: [least: number, most: number];
  /** The type of the result. */
  type: ValueType | ((args: StaticType[]) => StaticType);
  /** For a function of one literal: what the literal must be, checked when the expression compiles. */
  reads?: { what: string; parse: (text: string) => Value };
  /** The value for as many arguments as the arity allows; null where they do not fit. */
  apply(args: Value[], run: Run): Value;
}

const parseCost = 40;
const zoneCost = 100;
const many = 255;
const number: ValueType = { kind: 'number' };
const boolean: ValueType = { kind: 'boolean' };

/**
 * The built-in functions (DMN 1.3 §10.3.4) that expressions may call, by name. `is defined` is not among them: it asks for a name, not
 * for a value, so the evaluator answers it.
 */
export const builtIns: ReadonlyMap<string, BuiltIn> = new Map<string, BuiltIn>([
  ['count', { arity: [1, 1], type: number, apply: ([list]) => (list === null ? null : new Decimal(listOf(list!).length)) }],
  ['not', { arity: [1, 1], type: boolean, apply: ([value]) => negation(value!) }],
  ['sum', { arity: [1, many], type: elementOfArguments, apply: (args, run) => total(elements(args), run) }],
  ['min', { arity: [1, many], type: elementOfArguments, apply: (args, run) => extreme(elements(args), -1, run) }],
  ['max', { arity: [1, many], type: elementOfArguments, apply: (args, run) => extreme(elements(args), 1, run) }],
  ['contains', { arity: [2, 2], type: boolean, apply: ([text, part], run) => containsText(text!, part!, run) }],
  ['string', { arity: [1, 1], type: { kind: 'string' }, apply: ([value], run) => (value === null ? null : textOf(value!, run, false)) }],
  ['string length', { arity: [1, 1], type: number, apply: ([text], run) => length(text!, run) }],
  ['number', { arity: [1, 3], type: number, apply: (args, run) => numberOf(args, run) }],
  ['append', { arity: [2, many], type: appendedType, apply: ([list, ...items], run) => append(list!, items, run) }],
  [
    'list contains',
    { arity: [2, 2], type: boolean, apply: ([list, item], run) => (list === null ? null : includes(listOf(list!), item!, run)) },
  ],
  ['get value', { arity: [2, 2], type: { kind: 'any' }, apply: ([context, key], run) => member(context!, key!, run) }],
  ['today', { arity: [0, 0], type: { kind: 'date' }, apply: (_, run) => zoned(run).toPlainDate() }],
  ['now', { arity: [0, 0], type: { kind: 'dateTime' }, apply: (_, run) => zoned(run) }],
  ['date', { arity: [1, 3], type: { kind: 'date' }, reads: { what: 'a date such as 2026-03-02', parse: parseDate }, apply: date }],
  ['time', { arity: [1, 1], type: { kind: 'time' }, reads: { what: 'a time such as 09:00:00', parse: parseTime }, apply: time }],
  [
    'date and time',
    {
      arity: [1, 2],
      type: { kind: 'dateTime' },
      reads: { what: 'a date and time such as 2026-03-02T09:00:00+08:00', parse: parseDateTime },
      apply: dateAndTime,
    },
  ],
  [
    'duration',
    {
      arity: [1, 1],
      type: { kind: 'duration' },
      reads: { what: 'a duration such as PT4H, P2D or P1Y6M', parse: parseDuration },
      apply: ([text], run) => parsed(text!, parseDuration, run),
    },
  ],
]);

function listOf(value: Value): Value[] {
  return Array.isArray(value) ? value : [value];
}

/** The elements of a sole list, or the arguments themselves (DMN 1.3 §10.3.4). */
function elements(args: Value[]): Value[] | null {
  if (args.length > 1) return args;
  return args[0] === null ? null : listOf(args[0]!);
}

function elementOfArguments(args: StaticType[]): StaticType {
  return args.length === 1 ? elementType(args[0]!) : args.reduce(joinTypes);
}

function appendedType([list, ...items]: StaticType[]): StaticType {
  return { kind: 'list', items: items.reduce(joinTypes, elementType(list!)) ?? { kind: 'any' } };
}

function total(items: Value[] | null, run: Run): Value {
  if (items === null || items.length === 0) return null;
  run.spend(items.length);
  let result: Decimal = new Decimal(0);
  for (const item of items) {
    if (!(item instanceof Decimal)) return null;
    result = result.plus(item);
  }
  return finite(result);
}

function extreme(items: Value[] | null, sign: 1 | -1, run: Run): Value {
  if (items === null || items.length === 0) return null;
  run.spend(items.length);
  let best: Value = items[0] ?? null;
  for (const item of items) {
    const found = order(item, best, run);
    if (found === null) return null;
    if (found * sign > 0) best = item;
  }
  return best;
}

function containsText(text: Value, part: Value, run: Run): boolean | null {
  if (typeof text !== 'string' || typeof part !== 'string') return null;
  run.spendCharacters(text.length + part.length);
  return text.includes(part);
}

function length(text: Value, run: Run): Value {
  if (typeof text !== 'string') return null;
  run.spendCharacters(text.length);
  let count = 0;
  for (const _ of text) count += 1;
  return new Decimal(count);
}

/** FEEL's text of a value: a string as it stands, within lists and contexts in quotes. */
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
  if (value instanceof Decimal) return value.isZero() ? '0' : value.toFixed();
  if (Array.isArray(value)) return `[${value.map((item) => textOf(item, run, true)).join(', ')}]`;
  if (isTemporal(value)) return formatTemporal(value);
  return `{${value
    .names()
    .map((name) => `${name}: ${textOf(value.get(name, run), run, true)}`)
    .join(', ')}}`;
}

const groupings = [' ', ',', '.', null];
const points = ['.', ',', null];

function numberOf([from, grouping = null, point = null]: Value[], run: Run): Value {
  if (from instanceof Decimal) return from;
  if (typeof from !== 'string' || !groupings.includes(grouping as string) || !points.includes(point as string)) return null;
  if (grouping !== null && grouping === point) return null;
  run.spendCharacters(from.length);
  if (from.length > 10_000) return null;
  const ungrouped = grouping === null ? from : from.split(grouping as string).join('');
  return decimalOf(point === ',' ? ungrouped.replace(',', '.') : ungrouped);
}

function append(list: Value, items: Value[], run: Run): Value {
  if (list === null) return null;
  const start = listOf(list);
  run.spend(3 * (start.length + items.length));
  return [...start, ...items];
}

function member(context: Value, key: Value, run: Run): Value {
  return context instanceof Context && typeof key === 'string' ? context.get(key, run) : null;
}

function zoned(run: Run) {
  run.spend(zoneCost);
  return dateTimeAt(run.nowMs, run.timezone);
}

function parsed(text: Value, parse: (text: string) => Value, run: Run): Value {
  run.spend(parseCost);
  return typeof text === 'string' ? parse(text) : null;
}

function date(args: Value[], run: Run): Value {
  const [from] = args;
  if (args.length === 3) return dateOfNumbers(args, run);
  if (args.length === 2) return null;
  if (isDate(from)) return from;
  return isDateTime(from) ? dateOf(from) : parsed(from!, parseDate, run);
}

function dateOfNumbers(args: Value[], run: Run): Value {
  run.spend(parseCost);
  const [year, month, day] = args.map((part) => (part instanceof Decimal ? safeInteger(part) : undefined));
  return year === undefined || month === undefined || day === undefined ? null : dateFrom(year, month, day);
}

function time([from]: Value[], run: Run): Value {
  if (from instanceof Time) return from;
  return isDateTime(from) ? orNull(() => new Time(from.toPlainTime(), null)) : parsed(from!, parseTime, run);
}

function dateAndTime([from, clock]: Value[], run: Run): Value {
  if (clock === undefined) return isDateTime(from) ? from : parsed(from!, parseDateTime, run);
  run.spend(zoneCost);
  const day = isDateTime(from) ? dateOf(from) : from;
  return isDate(day) && clock instanceof Time ? combine(day, clock) : null;
}
