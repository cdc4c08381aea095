import canonicalize from 'canonicalize';
import type { Json, JsonObject } from '../json';
import type { Expectation } from './scenario';
import type { Observation } from './scenario-host';

/** One part of an expectation that is not met. */
export interface Difference {
  /** Keys below `expect`. */
  path: string[];
  what: string;
  expected: string;
  actual: string;
}

/** What of the expected variables is not so: by paths, as a part of a value, absent, all of them, and those of inner scopes. */
export function variablesParts(expectation: Expectation, seen: Observation): Difference[] {
  const { variables, variablesContain, variablesAbsent = [], variablesExactly, variablesOf } = expectation;
  const scopeOf = (id: string) => seen.scopes.filter(({ processId, elementId }) => (elementId || processId) === id).at(-1)?.variables;
  return [
    ...pathParts(['variables'], 'variable', variables, seen.variables),
    ...Object.entries(variablesContain ?? {}).flatMap(([path, value]) => {
      const actual = valueAt(seen.variables, path);
      if (contains(actual, value)) return [];
      const expected = `at least ${jsonText(value)}`;
      return [{ path: ['variablesContain', path], what: `variable "${path}"`, expected, actual: jsonText(actual) }];
    }),
    ...variablesAbsent.flatMap((path, index) => {
      const actual = valueAt(seen.variables, path);
      const at = ['variablesAbsent', String(index)];
      return actual === null ? [] : [{ path: at, what: `variable "${path}"`, expected: 'no value', actual: jsonText(actual) }];
    }),
    ...exactPart(variablesExactly, seen.variables),
    ...valuesPart('variablesOf', variablesOf, scopeOf),
  ];
}

/** Expected values by ids and below them by paths; `actualOf` gives undefined where there is nothing of that id. */
export function valuesPart(
  what: string,
  expected: Record<string, JsonObject> | undefined,
  actualOf: (id: string) => JsonObject | undefined,
): Difference[] {
  return Object.entries(expected ?? {}).flatMap(([id, values]) => {
    const actual = actualOf(id);
    if (actual === undefined)
      return [{ path: [what, id], what: `${what} "${id}"`, expected: jsonText(values), actual: 'nothing of that id' }];
    return pathParts([what, id], `"${id}":`, values, actual);
  });
}

function pathParts(at: string[], what: string, expected: JsonObject | undefined, values: JsonObject): Difference[] {
  return Object.entries(expected ?? {}).flatMap(([path, value]) => {
    const [wanted, found] = [jsonText(value), jsonText(valueAt(values, path))];
    return wanted === found ? [] : [{ path: [...at, path], what: `${what} "${path}"`, expected: wanted, actual: found }];
  });
}

/** A variable without a value is none. */
function exactPart(expected: JsonObject | undefined, variables: JsonObject): Difference[] {
  if (expected === undefined) return [];
  const [wanted, found] = [jsonText(withoutNulls(expected)), jsonText(withoutNulls(variables))];
  return wanted === found ? [] : [{ path: ['variablesExactly'], what: 'all variables', expected: wanted, actual: found }];
}

function withoutNulls(values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

/** An object holds at least these members, a list an element for each of these, in their order. */
function contains(actual: Json, expected: Json): boolean {
  if (Array.isArray(expected)) {
    let next = 0;
    for (const one of Array.isArray(actual) ? actual : []) if (next < expected.length && contains(one, expected[next] as Json)) next += 1;
    return Array.isArray(actual) && next === expected.length;
  }
  if (expected === null || typeof expected !== 'object') return jsonText(actual) === jsonText(expected);
  if (actual === null || typeof actual !== 'object' || Array.isArray(actual)) return false;
  return Object.entries(expected).every(([name, member]) => contains(memberOf(actual, name), member));
}

function valueAt(values: JsonObject, path: string): Json {
  if (Object.hasOwn(values, path)) return values[path] ?? null;
  return path.split('.').reduce<Json>(memberOf, values);
}

/** A member of an object, or an element of a list by its number from 1. */
function memberOf(value: Json, key: string): Json {
  if (value === null || typeof value !== 'object') return null;
  if (Array.isArray(value)) return value[Number(key) - 1] ?? null;
  return Object.hasOwn(value, key) ? (value[key] ?? null) : null;
}

/** A list in one line, sorted. */
export function listText(items: readonly string[]): string {
  return `[${[...items].sort().join(', ')}]`;
}

/** A value in one line; objects that are the same have the same text. */
export function jsonText(value: Json): string {
  return canonicalize(value) ?? 'null';
}
