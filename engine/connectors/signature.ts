import type { JsonObject } from '../json';

/** What a connector takes and gives, for whoever writes a step that calls it. */
export interface ConnectorSignature {
  /** JSON Schema (2020-12) of its input; anything else is refused before it runs. */
  input: JsonObject;
  /** JSON Schema of its result. */
  output: JsonObject;
  /** Codes of the BPMN errors that it throws. */
  errors: readonly string[];
}

/** A closed object with these properties, of which those that end in "?" may be left out. */
export function objectOf(properties: Record<string, JsonObject>): JsonObject {
  const names = Object.keys(properties);
  return {
    type: 'object',
    additionalProperties: false,
    required: names.filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name.replace(/\?$/u, ''), schema])),
  };
}

/** A text of at most so many characters, not empty, and without NUL, which no table holds. */
export const textOf = (maxLength: number): JsonObject => ({ type: 'string', minLength: 1, maxLength, pattern: '^[^\\u0000]*$' });

/** An amount in yuan with two decimals, as text. */
export const moneySchema: JsonObject = { type: 'string', format: 'money', pattern: '^-?[0-9]{1,16}[.][0-9]{2}$' };

/** A point in time with its offset. */
export const instantSchema: JsonObject = { type: 'string', format: 'date-time' };
