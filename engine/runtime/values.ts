import type { ValueType } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import type { InstanceState } from './instance-state';

/** Sizes of values that were measured: variables of a scope are replaced, never changed in place. */
const sizes = new WeakMap<JsonObject, number>();

/** Characters that a value takes in the state. */
export function sizeOf(value: Json): number {
  return JSON.stringify(value).length;
}

/** Characters of all variables of a case. Cost: the number of scopes, and the size of those that changed. */
export function variableChars(state: InstanceState): number {
  let sum = 0;
  for (const { variables } of Object.values(state.scopes)) {
    let size = sizes.get(variables);
    if (size === undefined) {
      size = sizeOf(variables);
      sizes.set(variables, size);
    }
    sum += size;
  }
  return sum;
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
