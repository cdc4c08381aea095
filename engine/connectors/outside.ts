import type { JsonObject } from '../json';
import { type ConnectorSignature, objectOf, textOf } from './signature';

/** The name of a secret of a dealership, as a worker's environment has it behind the dealership's own. */
const secretName: JsonObject = { type: 'string', pattern: '^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$', maxLength: 100 };
/** A secret in the place of a text, with what stands around it. */
const secret = objectOf({
  secret: secretName,
  'prefix?': { type: 'string', maxLength: 1000 },
  'suffix?': { type: 'string', maxLength: 1000 },
});
const url: JsonObject = { anyOf: [{ type: 'string', pattern: '^https?://', maxLength: 2000 }, secret] };
const headers: JsonObject = {
  type: 'object',
  additionalProperties: { anyOf: [{ type: 'string', maxLength: 2000 }, secret] },
  maxProperties: 50,
};
const address: JsonObject = { type: 'string', format: 'email', maxLength: 254 };
const addresses = (minItems: number): JsonObject => ({ type: 'array', items: address, minItems, maxItems: 100, uniqueItems: true });
const documentId: JsonObject = { type: 'string', format: 'uuid' };
const documents: JsonObject = { type: 'array', items: documentId, maxItems: 20, uniqueItems: true };
const names: JsonObject = { type: 'array', items: textOf(100), minItems: 1, maxItems: 200, uniqueItems: true };

/** A length of time without months and years, whose length nobody knows. */
const duration: JsonObject = {
  type: 'string',
  format: 'duration',
  pattern: '^P([0-9]{1,4}W|([0-9]{1,4}D)?(T([0-9]{1,5}H)?([0-9]{1,6}M)?([0-9]{1,8}S)?)?)$',
};

/** Errors of whatever asks another system over HTTP, beside `http.` and the status. */
const httpErrors = ['http.not-allowed', 'http.answer-invalid', 'http.<status>'];

/** `http.request`: another system is asked over HTTP, with JSON in and out. Errors are `http.` and the status, too. */
export const requestSignature: ConnectorSignature = {
  input: objectOf({
    url,
    'method?': { enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] },
    'headers?': headers,
    'body?': {},
  }),
  output: objectOf({ status: { type: 'integer' }, body: {} }),
  errors: httpErrors,
};

/** `file.upload`: a document, or a body, is put at an address of another system. */
export const uploadSignature: ConnectorSignature = {
  input: {
    ...objectOf({ url, 'document?': documentId, 'body?': {}, 'mediaType?': textOf(200), 'headers?': headers }),
    anyOf: [{ required: ['document'] }, { required: ['body'] }],
    not: { required: ['document', 'body'] },
  },
  output: objectOf({ status: { type: 'integer' }, etag: { type: ['string', 'null'] }, receipt: {} }),
  errors: [...httpErrors, 'document.not-found'],
};

/** `mail.send`: a mail goes out to addresses, and to people at those that the dealership's document gives them. */
export const mailSignature: ConnectorSignature = {
  input: {
    ...objectOf({
      'to?': addresses(1),
      'users?': names,
      'roles?': names,
      'cc?': addresses(0),
      subject: textOf(200),
      text: textOf(100_000),
      'html?': textOf(500_000),
      'attachments?': documents,
    }),
    anyOf: [{ required: ['to'] }, { required: ['users'] }, { required: ['roles'] }],
  },
  output: objectOf({
    messageId: { type: 'string' },
    accepted: { type: 'array', items: { type: 'string' } },
    rejected: { type: 'array', items: { type: 'string' } },
  }),
  errors: ['mail.refused', 'mail.no-address', 'document.not-found'],
};

/** `notify`: people find something in their inbox; roles are those of that moment. */
export const notifySignature: ConnectorSignature = {
  input: {
    ...objectOf({
      'users?': names,
      'roles?': names,
      title: textOf(200),
      'text?': { type: 'string', maxLength: 4000 },
      'documents?': documents,
      'link?': { type: 'string', maxLength: 500, pattern: '^(https?://|/)' },
    }),
    anyOf: [{ required: ['users'] }, { required: ['roles'] }],
  },
  output: objectOf({ notified: { type: 'array', items: { type: 'string' } } }),
  errors: ['notify.nobody'],
};

/** `file.readXlsx`: the rows of a sheet, each cell of the type that its column says. */
export const readXlsxSignature: ConnectorSignature = {
  input: objectOf({
    document: documentId,
    'sheet?': textOf(31),
    columns: {
      type: 'object',
      minProperties: 1,
      maxProperties: 100,
      propertyNames: { pattern: '^[A-Za-z][A-Za-z0-9]*$', maxLength: 60 },
      additionalProperties: objectOf({
        header: textOf(200),
        type: { enum: ['text', 'integer', 'number', 'money', 'date', 'boolean'] },
        'required?': { type: 'boolean' },
      }),
    },
  }),
  output: objectOf({ rows: { type: 'array', items: { type: 'object', additionalProperties: true } }, count: { type: 'integer' } }),
  errors: ['file.invalid', 'document.not-found'],
};

/** `message.publish`: a message for whoever awaits it, in another case or the same. */
export const publishSignature: ConnectorSignature = {
  input: objectOf({
    name: textOf(200),
    'key?': { type: ['string', 'number'], maxLength: 200 },
    'variables?': { type: 'object', maxProperties: 200 },
    'ttl?': duration,
  }),
  output: objectOf({ messageId: { type: 'string' } }),
  errors: [],
};

/** `system.noop`: nothing is done; for drafts of a process and for measurements. */
export const noopSignature: ConnectorSignature = { input: { type: 'object' } satisfies JsonObject, output: { type: 'null' }, errors: [] };
