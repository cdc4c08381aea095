import type { Json } from '../json';
import { compileUserPattern, type UserPattern } from '../language/user-pattern';
import type { TextPattern } from './process-model';

/** Compiled patterns, by the declaration that has them. */
const compiled = new WeakMap<TextPattern, UserPattern>();

/** Where a text of a value does not match its pattern: the path to it, such as `order.phone`; undefined where all do. Texts that are missing or null match. */
export function mismatch(value: Json, patterns: readonly TextPattern[], name: string): string | undefined {
  for (const pattern of patterns) {
    const found = search(value, pattern, 0, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function search(value: Json | undefined, pattern: TextPattern, depth: number, at: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  const step = pattern.path[depth];
  if (step === undefined) return typeof value !== 'string' || patternOf(pattern).test(value) ? undefined : at;
  if (step !== null) {
    if (typeof value !== 'object' || Array.isArray(value) || !Object.hasOwn(value, step)) return undefined;
    return search(value[step], pattern, depth + 1, `${at}.${step}`);
  }
  if (!Array.isArray(value)) return undefined;
  for (const [index, item] of value.entries()) {
    const found = search(item, pattern, depth + 1, `${at}[${index + 1}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A published pattern that is none lets every text pass, as in forms. */
function patternOf(declared: TextPattern): UserPattern {
  const known = compiled.get(declared);
  if (known !== undefined) return known;
  const result = compileUserPattern(declared.pattern);
  const pattern = result.ok ? result.pattern : { test: () => true, toString: () => declared.pattern };
  compiled.set(declared, pattern);
  return pattern;
}
