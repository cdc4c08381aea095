import type { ValueType } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import type { ScopeInstance } from './instance-state';

/** Characters of a value that a message shows. */
const SHOWN_CHARS = 60;

/** Characters that a value takes in the state, as JSON. */
export function sizeOf(value: Json): number {
  return JSON.stringify(value).length;
}

/** Characters of all variables of a case. */
export function variableChars(scopes: Record<string, Pick<ScopeInstance, 'variables'>>): number {
  let sum = 0;
  for (const id in scopes) sum += sizeOf((scopes[id] as ScopeInstance).variables);
  return sum;
}

/** Characters by which variables grow where some of them are set: only those are measured. */
export function growth(before: JsonObject, set: JsonObject, measure: (value: Json) => number = sizeOf): number {
  let isEmpty = true;
  for (const _name in before) {
    isEmpty = false;
    break;
  }
  let chars = 0;
  for (const name in set) {
    const isNew = !Object.hasOwn(before, name);
    // a member takes its name, a colon, its value, and all but the first a comma
    if (isNew) chars += sizeOf(name) + (isEmpty ? 1 : 2);
    chars += measure(set[name] as Json) - (isNew ? 0 : sizeOf(before[name] as Json));
    isEmpty = false;
  }
  return chars;
}

const typeNames: Record<ValueType['kind'], string> = {
  any: 'anything',
  boolean: 'true or false',
  context: 'an object',
  list: 'a list',
  number: 'a number',
  string: 'a text',
  money: 'an amount of money as a text',
  date: 'a date as a text',
  time: 'a time as a text',
  dateTime: 'a date and time as a text',
  duration: 'a duration as a text',
};

/**
 * Why a value is not of a type: one line with the path to the part that is not, such as `order.price`; undefined where it fits. Null fits every type, and a
 * context may lack members.
 */
export function misfit(value: Json, type: ValueType, path: string): string | undefined {
  if (value === null || isOfKind(value, type.kind)) return misfitInside(value, type, path);
  return `"${path}" has to be ${typeNames[type.kind]}, and is ${shown(value)}`;
}

function isOfKind(value: Exclude<Json, null>, kind: ValueType['kind']): boolean {
  if (kind === 'any') return true;
  if (kind === 'number') return Number.isFinite(value);
  if (kind === 'list') return Array.isArray(value);
  if (kind === 'context') return typeof value === 'object' && !Array.isArray(value);
  return typeof value === (kind === 'boolean' ? 'boolean' : 'string');
}

function misfitInside(value: Json, type: ValueType, path: string): string | undefined {
  if (type.kind === 'list' && Array.isArray(value))
    return firstOf(value, (item, index) => misfit(item, type.items, `${path}[${index + 1}]`));
  if (type.kind !== 'context' || typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return firstOf(Object.entries(type.properties), ([name, member]) =>
    Object.hasOwn(value, name) ? misfit(value[name] as Json, member, `${path}.${name}`) : undefined,
  );
}

/** A value in a message: as JSON, cut where it is long. */
export function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= SHOWN_CHARS ? text : `${text.slice(0, SHOWN_CHARS)}…`;
}

function firstOf<T>(items: readonly T[], find: (item: T, index: number) => string | undefined): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
