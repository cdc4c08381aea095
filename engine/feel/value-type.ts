import type { Json, JsonObject } from '../json';
import type { ValueType } from './expression';

const maximalDepth = 64;
const stringFormats: Record<string, ValueType['kind'] & ('money' | 'date' | 'time' | 'dateTime' | 'duration')> = {
  money: 'money',
  date: 'date',
  time: 'time',
  'date-time': 'dateTime',
  duration: 'duration',
};

/**
 * The type that a JSON Schema 2020-12 gives to values, as far as FEEL needs it: `type` (null beside one other type is that type),
 * `format`, `properties`, `items`, `additionalProperties`.
 *
 * An object that lists `properties` is closed, so that a misspelt member is found when an expression compiles, unless
 * `additionalProperties` is `true` or a schema. An object without `properties` is open. What else there is, `$ref` among it, is `any`:
 * references are resolved before.
 */
export function valueTypeOf(schema: Json): ValueType {
  return typeOf(schema, 0);
}

function typeOf(schema: Json | undefined, depth: number): ValueType {
  if (schema === undefined || !isObject(schema) || depth > maximalDepth) return { kind: 'any' };
  switch (typeName(schema)) {
    case 'string':
      return { kind: stringKind(schema['format']) };
    case 'number':
    case 'integer':
      return { kind: 'number' };
    case 'boolean':
      return { kind: 'boolean' };
    case 'array':
      return { kind: 'list', items: typeOf(schema['items'], depth + 1) };
    case 'object':
      return contextType(schema, depth);
    default:
      return { kind: 'any' };
  }
}

function typeName(schema: JsonObject): Json | undefined {
  const type = schema['type'];
  if (type === undefined) return isObject(schema['properties']) ? 'object' : undefined;
  if (!Array.isArray(type)) return type;
  const others = type.filter((name) => name !== 'null');
  return others.length === 1 ? others[0] : undefined;
}

function stringKind(format: Json | undefined): 'string' | 'money' | 'date' | 'time' | 'dateTime' | 'duration' {
  return typeof format === 'string' && Object.hasOwn(stringFormats, format) ? stringFormats[format]! : 'string';
}

function contextType(schema: JsonObject, depth: number): ValueType {
  const members = schema['properties'];
  if (!isObject(members)) return { kind: 'context', properties: {}, open: true };
  const properties: Record<string, ValueType> = {};
  for (const [name, member] of Object.entries(members)) {
    if (name !== '__proto__') properties[name] = typeOf(member, depth + 1);
  }
  const additional = schema['additionalProperties'];
  return additional === true || isObject(additional) ? { kind: 'context', properties, open: true } : { kind: 'context', properties };
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
