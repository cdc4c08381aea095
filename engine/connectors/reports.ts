import type { JsonObject } from '../json';
import { type ConnectorSignature, instantSchema, objectOf, textOf } from './signature';

const report = textOf(60);
const version: JsonObject = { type: 'integer', minimum: 1 };
const names: JsonObject = { type: 'array', items: textOf(100), minItems: 1, maxItems: 200, uniqueItems: true };

/** `report.run`: what a report says of a period, kept as its next version. `corrects` is the version that this one takes the place of. */
export const runSignature: ConnectorSignature = {
  input: objectOf({
    report,
    'date?': { type: 'string', format: 'date' },
    'asOf?': instantSchema,
    'corrects?': version,
    'reason?': textOf(500),
  }),
  output: objectOf({
    report: { type: 'string' },
    period: { type: ['string', 'null'] },
    version,
    rows: { type: 'integer' },
    hash: { type: 'string' },
    totals: { type: 'object', additionalProperties: true },
  }),
  errors: ['report.not-found', 'report.too-large', 'report.invalid'],
};

/** `report.deliver`: a version of a report goes to people by inbox and mail; without `version` the last one of the period. */
export const deliverReportSignature: ConnectorSignature = {
  input: {
    ...objectOf({
      report,
      period: { type: ['string', 'null'], maxLength: 20 },
      'version?': version,
      'users?': names,
      'roles?': names,
      'mail?': { type: 'array', items: { type: 'string', format: 'email', maxLength: 254 }, minItems: 1, maxItems: 50, uniqueItems: true },
      'byMail?': { type: 'boolean' },
      formats: { type: 'array', items: { enum: ['html', 'xlsx', 'pdf'] }, minItems: 1, maxItems: 3, uniqueItems: true },
      'text?': textOf(4_000),
      'language?': { enum: ['zh', 'en'] },
    }),
    anyOf: [{ required: ['users'] }, { required: ['roles'] }, { required: ['mail'] }],
  },
  output: objectOf({
    version,
    recipients: { type: 'array', items: objectOf({ to: { type: 'string' }, by: { enum: ['inbox', 'mail'] } }) },
  }),
  errors: ['report.not-found', 'report.too-large', 'report.not-a-reader', 'notify.nobody', 'mail.refused'],
};
