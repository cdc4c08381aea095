import { type ConnectorSignature, objectOf, textOf } from './signature';

/** `document.render`: a template of the dealership, filled with values, is kept as a document. */
export const renderSignature: ConnectorSignature = {
  input: objectOf({
    template: textOf(60),
    format: { enum: ['pdf', 'docx'] },
    values: { type: 'object', maxProperties: 100 },
    'name?': textOf(150),
    'language?': { enum: ['zh', 'en'] },
  }),
  output: objectOf({
    document: { type: 'string', format: 'uuid' },
    name: { type: 'string' },
    mediaType: { type: 'string' },
    bytes: { type: 'integer' },
    sha256: { type: 'string' },
  }),
  errors: ['document.template-unknown', 'document.values-invalid'],
};
