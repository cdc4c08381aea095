import { fullFormats } from 'ajv-formats/dist/formats';
import canonicalize from 'canonicalize';
import { Decimal, decimalOf } from '../feel/decimal';
import { parseDate, parseDateTime, parseDuration, parseTime } from '../feel/temporal';
import type { Json, JsonObject } from '../json';
import { compileUserPattern, type UserPattern } from '../language/user-pattern';
import { shown } from './values';

/** What a JSON Schema says of a value, without what is there for people alone: of `definitions/schema/common.json#/$defs/schema` what can be broken. */
export interface Constraint extends NumericBounds {
  type?: string | string[];
  format?: string;
  enum?: Json[];
  const?: Json;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  items?: Constraint;
  properties?: Record<string, Constraint>;
  required?: string[];
  /** Fields that are not listed are refused only where it is false; the compiler lets nobody read them in any case. */
  additionalProperties?: boolean;
}

/** Exact decimal yuan with two places, as the language page has it. */
export const MONEY = /^-?\d{1,16}\.\d{2}$/u;
/** A user name: no spaces, not empty. */
export const USER = /^[^\s]{1,200}$/u;

/** Values of an enumeration that a message shows. */
const SHOWN_VALUES = 10;

/** Why a value breaks its constraint: one line that names the path to the part, what it has to be and what it is; undefined where it keeps it. Null is no value and fits wherever none is required. */
export function breach(value: Json, constraint: Constraint, path: string): string | undefined {
  if (value === null) return undefined;
  const wanted =
    wantedType(value, constraint) ?? wantedValue(value, constraint) ?? wantedText(value, constraint) ?? wantedNumber(value, constraint);
  if (wanted !== undefined) return `"${path}" has to be ${wanted}, and is ${shown(value)}`;
  if (Array.isArray(value)) return breachOfList(value, constraint, path);
  return typeof value === 'object' ? breachOfObject(value, constraint, path) : undefined;
}

const typeNames: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
};

function wantedType(value: Exclude<Json, null>, { type, properties }: Constraint): string | undefined {
  if (typeof type === 'string' && isOfType(value, type)) return undefined;
  const types = [type ?? (properties === undefined ? [] : 'object')].flat();
  if (types.length === 0 || types.some((name) => isOfType(value, name))) return undefined;
  return types.map((name) => typeNames[name] ?? name).join(' or ');
}

function isOfType(value: Exclude<Json, null>, type: string): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && !Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return type === 'number' ? Number.isFinite(value) : typeof value === type;
}

function wantedValue(value: Json, constraint: Constraint): string | undefined {
  const { enum: values } = constraint;
  if (constraint.const !== undefined && !isSame(constraint.const, value)) return shown(constraint.const);
  if (values === undefined || values.some((one) => isSame(one, value))) return undefined;
  const more = values.length > SHOWN_VALUES ? ` or ${values.length - SHOWN_VALUES} others` : '';
  return `one of ${values.slice(0, SHOWN_VALUES).map(shown).join(', ')}${more}`;
}

function isSame(one: Json, other: Json): boolean {
  return one === other || (typeof one === 'object' && typeof other === 'object' && canonicalize(one) === canonicalize(other));
}

const formats: Record<string, { test(text: string): boolean; wanted: string }> = {
  money: { test: (text) => MONEY.test(text), wanted: 'an amount with two decimals such as "1800.00"' },
  user: { test: (text) => USER.test(text), wanted: 'a user name' },
  date: { test: (text) => parseDate(text) !== null, wanted: 'a date such as "2026-03-02"' },
  time: { test: (text) => parseTime(text) !== null, wanted: 'a time such as "09:00:00"' },
  'date-time': { test: (text) => parseDateTime(text) !== null, wanted: 'a date and time such as "2026-03-02T09:00:00+08:00"' },
  duration: { test: (text) => parseDuration(text) !== null, wanted: 'a duration such as "PT4H"' },
  email: { test: (text) => isOfFormat('email', text), wanted: 'an e-mail address' },
  uri: { test: (text) => isOfFormat('uri', text), wanted: 'an address such as "https://example.com/a"' },
  uuid: { test: (text) => isOfFormat('uuid', text), wanted: 'a UUID' },
};

function isOfFormat(name: 'email' | 'uri' | 'uuid', text: string): boolean {
  const format = fullFormats[name];
  return format instanceof RegExp ? format.test(text) : (format as (text: string) => boolean)(text);
}

function wantedText(value: Json, constraint: Constraint): string | undefined {
  if (typeof value !== 'string') return undefined;
  const format = constraint.format === undefined ? undefined : formats[constraint.format];
  if (format !== undefined && !format.test(value)) return format.wanted;
  const { minLength, maxLength, pattern } = constraint;
  const length = minLength === undefined && maxLength === undefined ? 0 : [...value].length;
  if (minLength !== undefined && length < minLength) return `at least ${counted(minLength, 'character')} long`;
  if (maxLength !== undefined && length > maxLength) return `at most ${counted(maxLength, 'character')} long`;
  return pattern === undefined || patternOf(constraint, pattern).test(value) ? undefined : `a text that matches "${pattern}"`;
}

const patterns = new WeakMap<Constraint, UserPattern>();

/** A published pattern that is none lets every text pass, as in forms. */
function patternOf(constraint: Constraint, text: string): UserPattern {
  const known = patterns.get(constraint);
  if (known !== undefined) return known;
  const compiled = compileUserPattern(text);
  const pattern = compiled.ok ? compiled.pattern : { test: () => true, toString: () => text };
  patterns.set(constraint, pattern);
  return pattern;
}

/** Bounds of numbers, and of texts whose format is money. */
export interface NumericBounds {
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
}

const boundNames: Record<keyof NumericBounds, string> = {
  minimum: 'at least',
  exclusiveMinimum: 'more than',
  maximum: 'at most',
  exclusiveMaximum: 'less than',
  multipleOf: 'a multiple of',
};

function wantedNumber(value: Json, constraint: Constraint): string | undefined {
  const bound = brokenBound(value, constraint);
  return bound === undefined ? undefined : `${boundNames[bound]} ${constraint[bound]}`;
}

/** The first bound that a number or an amount of money breaks, compared as exact decimals; undefined for any other value. */
export function brokenBound(value: unknown, bounds: NumericBounds & Pick<Constraint, 'format'>): keyof NumericBounds | undefined {
  const number = typeof value === 'number' || (typeof value === 'string' && bounds.format === 'money') ? decimalOf(value) : null;
  if (number === null) return undefined;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = bounds;
  if (minimum !== undefined && number.lt(minimum)) return 'minimum';
  if (exclusiveMinimum !== undefined && number.lte(exclusiveMinimum)) return 'exclusiveMinimum';
  if (maximum !== undefined && number.gt(maximum)) return 'maximum';
  if (exclusiveMaximum !== undefined && number.gte(exclusiveMaximum)) return 'exclusiveMaximum';
  // in exact decimals 0.3 is a multiple of 0.1
  return multipleOf === undefined || number.div(new Decimal(multipleOf)).isInteger() ? undefined : 'multipleOf';
}

function breachOfList(list: readonly Json[], { minItems, maxItems, uniqueItems, items }: Constraint, path: string): string | undefined {
  if (minItems !== undefined && list.length < minItems)
    return `"${path}" has to hold at least ${counted(minItems, 'item')}, and holds ${list.length}`;
  if (maxItems !== undefined && list.length > maxItems)
    return `"${path}" has to hold at most ${counted(maxItems, 'item')}, and holds ${list.length}`;
  const twice = uniqueItems === true ? repeatedIn(list) : undefined;
  if (twice !== undefined) return `"${path}" has to hold no item twice, and item ${twice + 1} repeats ${shown(list[twice] as Json)}`;
  if (items === undefined) return undefined;
  for (const [index, item] of list.entries()) {
    const found = breach(item, items, `${path}[${index + 1}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The index of the first item that stands in the list before. */
function repeatedIn(list: readonly Json[]): number | undefined {
  const seen = new Set<string>();
  const index = list.findIndex((item) => {
    const text = canonicalize(item) ?? '';
    if (seen.has(text)) return true;
    seen.add(text);
    return false;
  });
  return index === -1 ? undefined : index;
}

function breachOfObject(value: JsonObject, constraint: Constraint, path: string): string | undefined {
  const { properties, required = [], additionalProperties } = constraint;
  const missing = required.find((name) => !Object.hasOwn(value, name) || (value[name] === null && !allowsNull(properties?.[name])));
  if (missing !== undefined) return `"${path}.${missing}" has to have a value`;
  for (const [name, member] of Object.entries(value)) {
    const part = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (part === undefined && additionalProperties === false) return `"${path}" has no field "${name}": allowed are ${namesOf(properties)}`;
    const found = part === undefined ? undefined : breach(member, part, `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function allowsNull(constraint: Constraint | undefined): boolean {
  return constraint?.const === null || [constraint?.type ?? []].flat().includes('null') || constraint?.enum?.includes(null) === true;
}

function namesOf(properties: Record<string, Constraint> = {}): string {
  const names = Object.keys(properties);
  const more = names.length > SHOWN_VALUES ? ` and ${names.length - SHOWN_VALUES} others` : '';
  return names.length === 0 ? 'none' : `${names.slice(0, SHOWN_VALUES).join(', ')}${more}`;
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
