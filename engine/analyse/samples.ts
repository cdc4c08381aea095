import type { ValueType } from '../feel/expression';
import type { Json, JsonObject } from '../json';

/** A value of a type that stands for any: what nobody decides upon. */
export function sampleOf(type: ValueType, depth = 0): Json {
  switch (type.kind) {
    case 'string':
      return 'text';
    case 'number':
      return 1;
    case 'boolean':
      return true;
    case 'money':
      return '1.00';
    case 'date':
      return '2026-03-02';
    case 'time':
      return '09:00:00';
    case 'dateTime':
      return '2026-03-02T09:00:00+08:00';
    case 'duration':
      return 'PT1H';
    case 'list':
      return depth > 4 ? [] : [sampleOf(type.items, depth + 1)];
    case 'context': {
      if (depth > 4) return {};
      return Object.fromEntries(Object.entries(type.properties).map(([name, inner]) => [name, sampleOf(inner, depth + 1)]));
    }
    default:
      return null;
  }
}

/** The same as something that an expression can give as it stands: what JSON writes as a text of a form is null. */
export function computedSampleOf(type: ValueType): Json {
  if (type.kind === 'list') return [computedSampleOf(type.items)];
  if (type.kind === 'context') {
    return Object.fromEntries(Object.entries(type.properties).map(([name, inner]) => [name, computedSampleOf(inner)]));
  }
  return ['string', 'number', 'boolean'].includes(type.kind) ? sampleOf(type) : null;
}

const byFormat: Record<string, string> = {
  money: '1.00',
  user: 'somebody',
  date: '2026-03-02',
  time: '09:00:00',
  'date-time': '2026-03-02T09:00:00+08:00',
  duration: 'PT1H',
  email: 'somebody@example.org',
  uri: 'http://127.0.0.1/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** Data that a form's schema takes. */
export function sampleOfSchema(schema: Json | undefined, user = 'somebody'): Json {
  const one = (schema ?? {}) as JsonObject;
  if (one['const'] !== undefined) return one['const'];
  if (Array.isArray(one['enum'])) return one['enum'][0] ?? null;
  const type = Array.isArray(one['type']) ? one['type'][0] : one['type'];
  switch (type) {
    case 'object': {
      const fields = Object.entries((one['properties'] ?? {}) as JsonObject);
      return Object.fromEntries(fields.map(([name, field]) => [name, sampleOfSchema(field, user)]));
    }
    case 'array':
      return Array.from({ length: Math.max(1, numberAt(one, 'minItems') ?? 1) }, () => sampleOfSchema(one['items'], user));
    case 'boolean':
      return true;
    case 'number':
    case 'integer':
      return numberOf(one);
    case 'string':
      return textOf(one, user);
    default:
      return null;
  }
}

function numberOf(schema: JsonObject): number {
  const least = numberAt(schema, 'minimum') ?? (numberAt(schema, 'exclusiveMinimum') ?? 0) + 1;
  const step = numberAt(schema, 'multipleOf');
  return step === undefined || step <= 0 ? least : Math.ceil(least / step) * step;
}

function textOf(schema: JsonObject, user: string): string {
  const format = String(schema['format'] ?? '');
  if (format === 'user') return user;
  if (format === 'money') return Math.max(1, numberOf(schema)).toFixed(2);
  if (byFormat[format] !== undefined) return byFormat[format];
  const example = Array.isArray(schema['examples']) ? schema['examples'][0] : undefined;
  if (typeof example === 'string') return example;
  const least = numberAt(schema, 'minLength') ?? 0;
  const most = numberAt(schema, 'maxLength') ?? 1_000;
  return 'text'.padEnd(least, 'x').slice(0, most);
}

function numberAt(schema: JsonObject, key: string): number | undefined {
  const value = schema[key];
  return typeof value === 'number' ? value : undefined;
}
