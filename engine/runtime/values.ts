import type { ValueType } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import type { InstanceState, ScopeInstance } from './instance-state';

/** Sizes of the variables of scopes that were measured: they are replaced, never changed in place. */
const sizes = new WeakMap<JsonObject, number>();

/** Characters that a value takes in the state, as JSON. */
export function sizeOf(value: Json): number {
  return JSON.stringify(value).length;
}

/** Characters of all variables of a case. Cost: the number of scopes, and the size of those that were not measured. */
export function variableChars(state: InstanceState): number {
  let sum = 0;
  for (const id in state.scopes) {
    const { variables } = state.scopes[id] as ScopeInstance;
    let size = sizes.get(variables);
    if (size === undefined) {
      size = sizeOf(variables);
      sizes.set(variables, size);
    }
    sum += size;
  }
  return sum;
}

/** Variables with some of them set. Their size follows from the size of before: only what is set is measured. */
export function withVariables(before: JsonObject, set: JsonObject): JsonObject {
  const after = { ...before, ...set };
  let size = sizes.get(before);
  if (size !== undefined) {
    for (const name in set) {
      const isNew = !Object.hasOwn(before, name);
      // a member takes its name, a colon, its value, and all but the first a comma
      if (isNew) size += sizeOf(name) + (size === 2 ? 1 : 2);
      size += sizeOf(set[name] as Json) - (isNew ? 0 : sizeOf(before[name] as Json));
    }
    sizes.set(after, size);
  }
  return after;
}

/**
 * Where a value is not of a type: the path to the part that is not, such as `order.price`; undefined where it fits. Null fits every type, and a
 * context may lack members.
 */
export function misfit(value: Json, type: ValueType, path: string): string | undefined {
  if (value === null) return undefined;
  switch (type.kind) {
    case 'any':
      return undefined;
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : path;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : path;
    case 'list':
      if (!Array.isArray(value)) return path;
      return firstOf(value, (item, index) => misfit(item, type.items, `${path}[${index + 1}]`));
    case 'context':
      if (typeof value !== 'object' || Array.isArray(value)) return path;
      return firstOf(Object.entries(type.properties), ([name, member]) =>
        Object.hasOwn(value, name) ? misfit(value[name] as Json, member, `${path}.${name}`) : undefined,
      );
    default:
      return typeof value === 'string' ? undefined : path;
  }
}

function firstOf<T>(items: readonly T[], find: (item: T, index: number) => string | undefined): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
