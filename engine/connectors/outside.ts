import type { JsonObject } from '../json';
import { type ConnectorSignature, objectOf } from './signature';

/** `http.request`: another system is asked over HTTP, with JSON in and out. Errors are `http.` and the status, too. */
export const requestSignature: ConnectorSignature = {
  input: objectOf({
    url: { type: 'string', pattern: '^https?://', maxLength: 2000 },
    'method?': { enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] },
    'headers?': { type: 'object', additionalProperties: { type: 'string', maxLength: 2000 }, maxProperties: 50 },
    'body?': {},
  }),
  output: objectOf({ status: { type: 'integer' }, body: {} }),
  errors: ['http.answer-invalid', 'http.<status>'],
};

/** `system.noop`: nothing is done; for drafts of a process and for measurements. */
export const noopSignature: ConnectorSignature = { input: { type: 'object' } satisfies JsonObject, output: { type: 'null' }, errors: [] };
