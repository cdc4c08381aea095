import Ajv2020, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020';
import type { AnySchemaObject, SchemaValidateFunction } from 'ajv/dist/types';
import addFormats from 'ajv-formats';
import localizeEn from 'ajv-i18n/localize/en';
import localizeZh from 'ajv-i18n/localize/zh';
import type { Json, JsonObject } from '../json';
import { brokenBound, MONEY, type NumericBounds, USER } from '../runtime/constraint';
import { compileUserPattern } from './user-pattern';

/** What is wrong with one field of a form. */
export interface FieldError {
  /** JSON pointer into the data; for a missing or an unknown field it names that field. */
  pointer: string;
  /** The keyword of JSON Schema that failed, in kebab-case: `required`, `min-length`, `additional-properties`. */
  code: string;
  /** For people, in the wanted language. */
  message: string;
}

/** A language that messages come in. */
export type Locale = 'zh' | 'en';

/** Patterns come from people: they are searched for in linear time. A published one that is none lets every text pass. */
const searchInLinearTime = Object.assign(
  (pattern: string) => {
    const compiled = compileUserPattern(pattern);
    return compiled.ok ? compiled.pattern : { test: () => true, toString: () => pattern };
  },
  { code: 'searchInLinearTime' },
);

const ajv = new Ajv2020({
  allErrors: true,
  strict: false,
  validateSchema: false,
  logger: false,
  addUsedSchema: false,
  code: { regExp: searchInLinearTime },
});
addFormats(ajv);
ajv.addFormat('money', MONEY);
ajv.addFormat('user', USER);

const comparisons: Record<keyof NumericBounds, string> = {
  minimum: '>=',
  maximum: '<=',
  exclusiveMinimum: '>',
  exclusiveMaximum: '<',
  multipleOf: '',
};

// bounds in exact decimals, for amounts of money as well
for (const [keyword, comparison] of Object.entries(comparisons)) {
  const check: SchemaValidateFunction = (limit: number, data: unknown, parent?: AnySchemaObject) => {
    const bounds = { [keyword]: limit, ...(parent?.['format'] === 'money' ? { format: 'money' } : {}) };
    if (brokenBound(data, bounds) === undefined) return true;
    const params = keyword === 'multipleOf' ? { multipleOf: limit } : { comparison, limit };
    check.errors = [{ keyword, params, message: `must be ${comparison} ${limit}` }];
    return false;
  };
  ajv.removeKeyword(keyword);
  ajv.addKeyword({ keyword, type: ['number', 'string'], schemaType: 'number', validate: check, errors: true });
}

const compiled = new WeakMap<JsonObject, ValidateFunction>();

/**
 * Checks the data of a form against the form's JSON Schema 2020-12; gives every error, none where the data is right. Fields that a form
 * does not declare are errors unless its schema says `additionalProperties: true`. A schema is compiled once for each object that holds it.
 */
export function checkFormData(schema: JsonObject, data: unknown, locale: Locale): FieldError[] {
  const validate = compiled.get(schema) ?? ajv.compile(closed(schema) as JsonObject);
  compiled.set(schema, validate);
  if (validate(data)) return [];
  const errors = (validate.errors ?? []).filter((error) => !wrappers.has(error.keyword));
  const shown = errors.length > 0 ? errors : (validate.errors ?? []);
  (locale === 'zh' ? localizeZh : localizeEn)(shown);
  return shown.map((error) => ({ pointer: pointerOf(error), code: kebab(error.keyword), message: messageOf(error, locale) }));
}

/** Keywords whose error only says that a part failed; the parts report themselves. */
const wrappers = new Set(['if', 'allOf']);
const composing = ['allOf', 'anyOf', 'oneOf', 'if', '$ref', 'dependentSchemas'];

/** The schema with every object closed that declares properties and does not say what it does with others. */
function closed(schema: Json): Json {
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) return schema;
  const result: JsonObject = { ...schema };
  if (isObject(schema['properties'])) {
    result['properties'] = Object.fromEntries(Object.entries(schema['properties']).map(([name, part]) => [name, closed(part)]));
    if (schema['additionalProperties'] === undefined && schema['unevaluatedProperties'] === undefined) {
      result[composing.some((keyword) => schema[keyword] !== undefined) ? 'unevaluatedProperties' : 'additionalProperties'] = false;
    }
  }
  if (isObject(schema['items'])) result['items'] = closed(schema['items']);
  if (Array.isArray(schema['prefixItems'])) result['prefixItems'] = schema['prefixItems'].map(closed);
  return result;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pointerOf(error: ErrorObject): string {
  const params = error.params as Record<string, unknown>;
  const name = params['missingProperty'] ?? params['additionalProperty'] ?? params['unevaluatedProperty'];
  return name === undefined ? error.instancePath : `${error.instancePath}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function messageOf(error: ErrorObject, locale: Locale): string {
  if (error.keyword !== 'format') return error.message ?? error.keyword;
  const format = String((error.params as { format?: unknown }).format);
  if (format === 'money')
    return locale === 'zh' ? '应为两位小数的金额，例如 "1800.00"' : 'must be an amount with two decimals, such as "1800.00"';
  if (format === 'user') return locale === 'zh' ? '应为用户名' : 'must be a user name';
  return error.message ?? format;
}

function kebab(keyword: string): string {
  return keyword.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
}
