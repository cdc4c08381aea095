import type { Json, JsonObject } from '../engine/json';

/** Adds what a form requires and nobody says, `user` where it names somebody; leaves out what it does not ask for. */
export function fillForm(schema: JsonObject, given: JsonObject, now: Date, user = 'salesman@tianhe'): JsonObject {
  const properties = (schema['properties'] ?? {}) as Record<string, JsonObject>;
  const filled: JsonObject = {};
  for (const [name, value] of Object.entries(given)) if (Object.hasOwn(properties, name)) filled[name] = value;
  for (const name of (schema['required'] ?? []) as string[]) filled[name] ??= sampleOf(properties[name] ?? {}, now, user);
  return filled;
}

function sampleOf(schema: JsonObject, now: Date, user: string): Json {
  if (Array.isArray(schema['enum'])) return schema['enum'][0] as Json;
  if (schema['type'] === 'boolean') return true;
  if (schema['type'] === 'integer' || schema['type'] === 'number') return 1;
  const inTwoDays = new Date(now.getTime() + 2 * 86_400_000).toISOString();
  const byFormat: Record<string, string> = {
    money: '1500.00',
    date: now.toISOString().slice(0, 10),
    'date-time': inTwoDays,
    user,
  };
  return byFormat[String(schema['format'])] ?? '示例';
}
