import type { Json, JsonObject } from '../json';
import type { Constraint } from '../runtime/constraint';
import { mapOf } from './step-document';

/** Keywords that values can break, without those that hold schemas. */
const keywords = [
  'type',
  'format',
  'enum',
  'const',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'uniqueItems',
  'required',
  'additionalProperties',
] as const;

/** What a schema without references asks of values; undefined where any value fits. */
export function constraintOf(schema: JsonObject): Constraint | undefined {
  const constraint = part(schema);
  return Object.keys(constraint).length === 0 ? undefined : constraint;
}

function part(schema: JsonObject): Constraint {
  const kept = keywords
    .filter((keyword) => schema[keyword] !== undefined)
    .map((keyword): [string, Json | undefined] => [keyword, schema[keyword]]);
  const properties = Object.entries(mapOf(schema['properties'])).map(([name, member]) => [name, part(mapOf(member))] as const);
  const items = schema['items'] === undefined ? {} : { items: part(mapOf(schema['items'])) };
  return {
    ...(Object.fromEntries(kept) as Constraint),
    ...(schema['properties'] === undefined ? {} : { properties: Object.fromEntries(properties) }),
    ...items,
  };
}
