import type { JsonObject } from '../json';
import { type ConnectorSignature, instantSchema, objectOf, textOf } from './signature';

const register = textOf(200);
/** The value of a key of one column, or the columns of the key. */
const key: JsonObject = { type: ['string', 'number', 'object'] };
const values: JsonObject = { type: 'object', maxProperties: 200 };
const version: JsonObject = { type: 'integer', minimum: 1 };
const row: JsonObject = { type: 'object', additionalProperties: true };
const changed = objectOf({ key: { type: 'string' }, version, row });
const refusals = ['register.conflict', 'register.invalid', 'register.reference-missing'];

/** `register.find`: rows as they are now, with their computed columns. */
export const findSignature: ConnectorSignature = {
  input: {
    ...objectOf({
      register,
      'key?': key,
      'asOf?': instantSchema,
      'where?': values,
      'filters?': {
        type: 'array',
        maxItems: 50,
        items: objectOf({
          column: textOf(60),
          op: { enum: ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'contains', 'isNull'] },
          'value?': {},
        }),
      },
      'sort?': { type: 'array', maxItems: 5, items: objectOf({ column: textOf(60), 'order?': { enum: ['asc', 'desc'] } }) },
      'limit?': { type: 'integer', minimum: 1, maximum: 100 },
    }),
    dependentRequired: { asOf: ['key'] },
  },
  output: objectOf({
    count: { type: 'integer' },
    row: { ...row, type: ['object', 'null'] },
    version: { ...version, type: ['integer', 'null'] },
    rows: { type: 'array', items: row },
  }),
  errors: ['register.invalid'],
};

/** `register.insert`: a row that is not there. */
export const insertSignature: ConnectorSignature = { input: objectOf({ register, values }), output: changed, errors: refusals };

/** `register.update`: columns of a row that is there. */
export const updateSignature: ConnectorSignature = {
  input: objectOf({ register, key, values, 'version?': version }),
  output: changed,
  errors: [...refusals, 'register.not-found', 'register.version-conflict'],
};

/** `register.upsert`: columns of a row, which is added where it is not there. */
export const upsertSignature: ConnectorSignature = {
  input: objectOf({ register, 'key?': key, values, 'version?': version }),
  output: changed,
  errors: [...refusals, 'register.not-found', 'register.version-conflict'],
};

/** `register.delete`: a row that nothing refers to. */
export const deleteSignature: ConnectorSignature = {
  input: objectOf({ register, key, 'version?': version }),
  output: objectOf({ key: { type: 'string' }, version }),
  errors: ['register.conflict', 'register.invalid', 'register.not-found', 'register.version-conflict'],
};

/** `register.reserve`: a row is held for somebody, and for nobody else meanwhile. */
export const reserveSignature: ConnectorSignature = {
  input: objectOf({ register, key, 'for?': textOf(200), 'until?': instantSchema }),
  output: objectOf({ key: { type: 'string' }, heldFor: { type: 'string' }, until: { ...instantSchema, type: ['string', 'null'] } }),
  errors: ['register.conflict', 'register.invalid', 'register.not-found'],
};

/** `register.release`: a row is held no more. */
export const releaseSignature: ConnectorSignature = {
  input: objectOf({ register, key, 'for?': textOf(200) }),
  output: objectOf({ released: { type: 'boolean' } }),
  errors: ['register.conflict', 'register.invalid'],
};
