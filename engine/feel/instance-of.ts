import { FunctionValue } from './function-value';
import { Range } from './range';
import { MonthsDuration } from './temporal';
import type { TypeName } from './tree';
import { Context, kindOf, type Value } from './value';

const kinds: Record<string, ReturnType<typeof kindOf>> = {
  number: 'number',
  string: 'string',
  boolean: 'boolean',
  date: 'date',
  time: 'time',
  'date and time': 'dateTime',
  list: 'list',
  context: 'context',
  function: 'function',
  range: 'range',
};

/** The names of types that stand alone. */
export const typeNames: ReadonlySet<string> = new Set([
  ...Object.keys(kinds),
  'Any',
  'Null',
  'days and time duration',
  'years and months duration',
]);

/** FEEL's `instance of` (DMN 1.5 §10.3.2.13). Null is an instance of `Null` alone; within lists and contexts it fits every type. */
export function isInstance(value: Value, type: TypeName): boolean {
  if (value === null) return type === 'Null';
  if (typeof type === 'string') return isOfName(value, type);
  switch (type[0]) {
    case 'list':
      return Array.isArray(value) && value.every((item) => fits(item, type[1]));
    case 'range':
      return value instanceof Range && fits(value.start, type[1]) && fits(value.end, type[1]);
    case 'context':
      return value instanceof Context && type[1].every(([name, member]) => value.has(name) && fits(value.get(name), member));
    default:
      return value instanceof FunctionValue && (value.parameters === undefined || value.parameters.length === type[1].length);
  }
}

/** As an instance, or null. */
export function fits(value: Value, type: TypeName): boolean {
  return value === null || isInstance(value, type);
}

function isOfName(value: Exclude<Value, null>, name: string): boolean {
  if (name === 'Any') return true;
  const kind = kindOf(value);
  if (kind !== 'duration') return kinds[name] === kind;
  return name === (value instanceof MonthsDuration ? 'years and months duration' : 'days and time duration');
}
