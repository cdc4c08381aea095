import type { ValueType } from './expression';
import type { Run } from './run';
import { anyType, elementType, joinTypes, type StaticType } from './static-type';
import { isDate, isDateTime } from './temporal';
import { kindOf, type Value } from './value';

/** What a parameter takes: a kind of value; `value` any but null, `any` null as well, `day` a date or a date and time. */
export type ParameterKind = ReturnType<typeof kindOf> | 'any' | 'value' | 'day';

interface Parameter {
  name: string;
  kind: ParameterKind;
  /** It need not be given. */
  optional: boolean;
  /** It may be null. */
  nullable: boolean;
}

/** One way to call a function. */
export interface Overload {
  parameters: Parameter[];
  /** The last parameter stands for any number of arguments, at least one. */
  rest: boolean;
  result: string;
  apply(args: Value[], run: Run): Value;
}

type Apply = Overload['apply'];

const most = 255;
const signaturePattern = /^(.*?)\((.*)\): ([\w ]+)$/;

/**
 * Reads a table of functions: by signature what computes them. `substring(string: string, start position: number, length?: number): string`
 * names the parameters as DMN does; `?` after a name makes it optional, after a kind it may be null, `...` before a name any number of arguments.
 * Signatures of one name are its overloads, tried in their order. The result is a kind, or `item` for that of the elements, `items` for a list of
 * them, `same` for that of the first argument.
 */
export function functionsOf(table: Record<string, Apply>): Map<string, Overload[]> {
  const functions = new Map<string, Overload[]>();
  for (const [signature, apply] of Object.entries(table)) {
    const [, name, parameters, result] = signaturePattern.exec(signature) ?? [];
    if (name === undefined || parameters === undefined || result === undefined) throw new Error(`invariant: no signature "${signature}"`);
    const rest = parameters.includes('...');
    const overload = { parameters: parameters === '' ? [] : parameters.split(', ').map(parameterOf), rest, result, apply };
    functions.set(name, [...(functions.get(name) ?? []), overload]);
  }
  return functions;
}

function parameterOf(text: string): Parameter {
  const [name, kind] = text.replace('...', '').split(': ') as [string, string];
  const optional = name.endsWith('?');
  const bare = kind.replace('?', '') as ParameterKind;
  return { name: name.replace('?', ''), kind: bare, optional, nullable: bare === 'any' || kind.endsWith('?') };
}

/** The least and the most arguments of a function. */
export function arityOf(overloads: readonly Overload[]): [least: number, most: number] {
  const least = overloads.map(({ parameters }) => parameters.filter(({ optional }) => !optional).length);
  return [Math.min(...least), Math.max(...overloads.map(({ parameters, rest }) => (rest ? most : parameters.length)))];
}

/** Whether an overload takes so many arguments. */
export function takes({ parameters, rest }: Overload, count: number): boolean {
  if (count > parameters.length) return rest && count <= most;
  return parameters.slice(count).every(({ optional }) => optional);
}

/** The value of the first overload that takes the arguments; null, as DMN has it, where none does. */
export function callBuiltIn(overloads: readonly Overload[], args: Value[], run: Run): Value {
  for (const overload of overloads) {
    if (!takes(overload, args.length)) continue;
    const given = args.map((arg, at) => conform(arg, parameterAt(overload, at)));
    if (given.every((arg) => arg !== undefined)) return overload.apply(given as Value[], run);
  }
  return null;
}

function parameterAt({ parameters }: Overload, at: number): Parameter {
  return parameters[Math.min(at, parameters.length - 1)]!;
}

/** The argument as the parameter takes it: a value in place of a list is a list of it, and a list of one in place of a value its element. */
function conform(value: Value, parameter: Parameter): Value | undefined {
  if (value === null) return parameter.nullable ? null : undefined;
  if (isOfKind(value, parameter.kind)) return value;
  if (parameter.kind === 'list') return [value];
  if (Array.isArray(value) && value.length === 1 && value[0] !== null && isOfKind(value[0]!, parameter.kind)) return value[0];
  return undefined;
}

function isOfKind(value: Value, kind: ParameterKind): boolean {
  if (kind === 'any' || kind === 'value') return true;
  return kind === 'day' ? isDate(value) || isDateTime(value) : kindOf(value) === kind;
}

/** Whether an argument of a known type can be what the parameter takes. */
export function isTaken(type: StaticType, overload: Overload, at: number): boolean {
  const { kind } = parameterAt(overload, at);
  if (type === null || type.kind === 'any' || kind === 'any' || kind === 'value' || kind === 'list') return true;
  if (type.kind === 'list') return isTaken(type.items, overload, at);
  if (kind === 'day') return type.kind === 'date' || type.kind === 'dateTime';
  return type.kind === kind || (type.kind === 'money' && kind === 'number');
}

/** The kind of a parameter, for messages. */
export function kindTaken(overload: Overload, at: number): ParameterKind {
  return parameterAt(overload, at).kind;
}

/** The type of what an overload gives for arguments of these types. */
export function resultType({ result }: Overload, args: StaticType[]): StaticType {
  const [first = null] = args;
  const item = args.length === 1 ? elementType(first) : args.reduce<StaticType>(joinTypes, null);
  switch (result) {
    case 'item':
      return item;
    case 'same':
      return first;
    case 'items':
      return { kind: 'list', items: elementType(first) ?? anyType };
    case 'all items':
      return { kind: 'list', items: args.map(elementType).reduce<StaticType>(joinTypes, null) ?? anyType };
    case 'list':
      return { kind: 'list', items: anyType };
    case 'strings':
      return { kind: 'list', items: { kind: 'string' } };
    case 'numbers':
      return { kind: 'list', items: { kind: 'number' } };
    case 'context':
      return { kind: 'context', properties: {}, open: true };
    default:
      return { kind: result } as ValueType;
  }
}

/** The arguments by position of a call that names them, -1 where one is left out; undefined where the names are not those of the overload. */
export function positionsOf({ parameters, rest }: Overload, names: string[]): number[] | undefined {
  if (rest || names.some((name, at) => names.indexOf(name) !== at || parameters.every((parameter) => parameter.name !== name)))
    return undefined;
  const positions = parameters.map(({ name }) => names.indexOf(name));
  const isComplete = parameters.every(({ optional }, at) => optional || positions[at] !== -1);
  return isComplete ? positions : undefined;
}
