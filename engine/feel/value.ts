import type { Json, JsonObject } from '../json';
import { evaluationDepth, type Meter, TooCostly } from './budget';
import { Decimal, decimalOf } from './decimal';
import type { ValueType } from './expression';
import { FunctionValue } from './function-value';
import { Range } from './range';
import {
  DaysDuration,
  formatTemporal,
  isDate,
  isDateTime,
  isTemporal,
  MonthsDuration,
  parseDate,
  parseDateTime,
  parseDuration,
  parseTime,
  type TemporalValue,
  Time,
} from './temporal';

/** A FEEL value (DMN 1.5 §10.3.2). Ranges and functions have no JSON: they live within one evaluation. */
export type Value = null | boolean | string | Decimal | TemporalValue | Value[] | Context | Range | FunctionValue;

const free: Meter = { spend: () => {} };
const anyType: ValueType = { kind: 'any' };

/** A FEEL context: entries by name. One that was read from JSON converts a member when it is asked for. */
export class Context {
  private constructor(
    private readonly entries: Map<string, Value>,
    /** The JSON that it was read from, unchanged; undefined for one that an expression has made. */
    readonly source: JsonObject | undefined,
    private readonly types: Record<string, ValueType>,
  ) {}

  /** A context of JSON members, read by the types of their names; members without a type are read as `any`. */
  static ofJson(source: JsonObject, types: Record<string, ValueType>): Context {
    return new Context(new Map(), source, types);
  }

  /** A context of values. */
  static of(entries: Map<string, Value>): Context {
    return new Context(entries, undefined, {});
  }

  /** True where the context has an own member of the name; `__proto__` never is one. */
  has(name: string): boolean {
    if (this.source === undefined) return this.entries.has(name);
    return Object.hasOwn(this.source, name) && name !== '__proto__';
  }

  /** The member's value, null where there is none. Inherited properties are never members. */
  get(name: string, meter: Meter = free): Value {
    const known = this.entries.get(name);
    if (known !== undefined) return known;
    if (this.source === undefined || !this.has(name)) return null;
    const value = fromJson(this.source[name]!, own(this.types, name) ?? anyType, meter);
    this.entries.set(name, value);
    return value;
  }

  /** The names of the members, in their order. */
  names(): string[] {
    return this.source === undefined ? [...this.entries.keys()] : Object.keys(this.source).filter((name) => name !== '__proto__');
  }
}

/**
 * Reads JSON as a FEEL value of the given type: money and numbers become exact decimals, dates, times and durations temporal values,
 * objects contexts that convert on demand. A string that the type cannot read (an impossible date) is null; JSON of another shape than
 * the type says is read as it stands. Costs a unit per element of a list.
 */
export function fromJson(json: Json, type: ValueType, meter: Meter = free): Value {
  if (typeof json === 'string') return fromString(json, type);
  if (typeof json === 'number') return decimalOf(json);
  if (json === null || typeof json === 'boolean') return json;
  if (!Array.isArray(json)) return Context.ofJson(json, type.kind === 'context' ? type.properties : {});
  meter.spend(json.length);
  const items = type.kind === 'list' ? type.items : anyType;
  return json.map((item) => fromJson(item, items, meter));
}

function fromString(text: string, type: ValueType): Value {
  switch (type.kind) {
    case 'money':
      return decimalOf(text);
    case 'date':
      return parseDate(text);
    case 'time':
      return parseTime(text);
    case 'dateTime':
      return parseDateTime(text);
    case 'duration':
      return parseDuration(text);
    default:
      return text;
  }
}

/** JSON, or one line in lower case that says why the value has none of the wanted type. */
export type Written = { ok: true; value: Json } | { ok: false; message: string };

/**
 * Writes a FEEL value as JSON of the wanted type, null always as null.
 *
 * - money: a string of exactly two decimals, rounded half-even, of at most 16 digits before the point (`numeric(18,2)`);
 * - number: a JSON number, rounded half-even to 15 significant digits; a magnitude above a double's range is refused, one below is 0;
 * - date, time, dateTime, duration: an ISO 8601 string; a string accepts them too;
 * - no type, or `any`: decimals are numbers, temporal values ISO strings, and an object that was read from JSON is that JSON.
 *
 * Members that a wanted context does not name are kept, written without a type.
 */
export function toJson(value: Value, type?: ValueType): Written {
  try {
    return { ok: true, value: writeJson(value, type, free) };
  } catch (error) {
    if (error instanceof Unwritable) return { ok: false, message: error.message };
    if (error instanceof TooCostly) return { ok: false, message: `gave a value nested more than ${evaluationDepth} deep` };
    throw error;
  }
}

/** Thrown by `writeJson` where a value has no JSON of the wanted type; the message goes on from the expression's text. */
export class Unwritable extends Error {}

/** As `toJson`, but throws `Unwritable` and `TooCostly`; costs a unit per value. */
export function writeJson(value: Value, type: ValueType | undefined, meter: Meter, depth = 0): Json {
  meter.spend(1);
  if (depth > evaluationDepth) throw new TooCostly();
  if (value === null) return null;
  if (type === undefined || type.kind === 'any') return writeUntyped(value, meter, depth);
  if (type.kind === 'list' && Array.isArray(value)) return value.map((item) => writeJson(item, type.items, meter, depth + 1));
  if (type.kind === 'context' && value instanceof Context) return writeContext(value, type.properties, meter, depth);
  const written = writeScalar(value, type.kind);
  if (written === undefined) throw new Unwritable(`gave ${describe(value)}, not ${kindNames[type.kind]}`);
  return written;
}

function writeUntyped(value: Exclude<Value, null>, meter: Meter, depth: number): Json {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (value instanceof Decimal) return writeNumber(value);
  if (Array.isArray(value)) return value.map((item) => writeJson(item, undefined, meter, depth + 1));
  if (value instanceof Context) return value.source ?? writeContext(value, {}, meter, depth);
  if (value instanceof Range || value instanceof FunctionValue) throw new Unwritable(`gave ${describe(value)}, which no variable can hold`);
  return formatTemporal(value);
}

function writeContext(value: Context, types: Record<string, ValueType>, meter: Meter, depth: number): Json {
  const object: JsonObject = {};
  for (const name of value.names()) {
    if (name !== '__proto__') object[name] = writeJson(value.get(name, meter), own(types, name), meter, depth + 1);
  }
  return object;
}

function writeScalar(value: Exclude<Value, null>, kind: ValueType['kind']): Json | undefined {
  switch (kind) {
    case 'money':
      return value instanceof Decimal ? writeMoney(value) : undefined;
    case 'number':
      return value instanceof Decimal ? writeNumber(value) : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'string':
      return typeof value === 'string' ? value : isTemporal(value) ? formatTemporal(value) : undefined;
    default:
      return isTemporal(value) && temporalKind(value) === kind ? formatTemporal(value) : undefined;
  }
}

function writeMoney(value: Decimal): string {
  const rounded = value.toDecimalPlaces(2, Decimal.ROUND_HALF_EVEN);
  if (rounded.abs().gte('1e16')) throw new Unwritable('gave more money than 16 digits before the point can tell');
  return rounded.isZero() ? '0.00' : rounded.toFixed(2);
}

function writeNumber(value: Decimal): number {
  const number = value.toSignificantDigits(15, Decimal.ROUND_HALF_EVEN).toNumber();
  if (!Number.isFinite(number)) throw new Unwritable('gave a number beyond the range of JSON numbers');
  return number === 0 ? 0 : number;
}

/** The kinds of values in words with their articles, for messages. */
export const kindNames: Record<ValueType['kind'] | 'null' | 'range' | 'function', string> = {
  null: 'null',
  any: 'a value',
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  money: 'an amount of money',
  date: 'a date',
  time: 'a time',
  dateTime: 'a date and time',
  duration: 'a duration',
  list: 'a list',
  context: 'a context',
  range: 'a range',
  function: 'a function',
};

/** The kind of a value in words with its article, for messages: `a number`. */
function describe(value: Value): string {
  return kindNames[kindOf(value)];
}

/** The kind of a value in the words of `ValueType`; money is a number here. */
export function kindOf(value: Value): Exclude<ValueType['kind'], 'any' | 'money'> | 'null' | 'range' | 'function' {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  if (value instanceof Decimal) return 'number';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Context) return 'context';
  if (value instanceof Range) return 'range';
  return value instanceof FunctionValue ? 'function' : temporalKind(value);
}

function temporalKind(value: TemporalValue): 'date' | 'time' | 'dateTime' | 'duration' {
  if (isDate(value)) return 'date';
  if (isDateTime(value)) return 'dateTime';
  if (value instanceof Time) return 'time';
  if (value instanceof MonthsDuration || value instanceof DaysDuration) return 'duration';
  throw new Error('invariant: a value of no kind');
}

function own<T>(record: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

export { valueTypeOf } from './value-type';
