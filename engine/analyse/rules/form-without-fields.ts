import { quoted } from '../../language/suggestion';
import type { Rule } from '../rule';

/** A form in which nothing can be filled in. */
export const formWithoutFields: Rule = {
  id: 'form-without-fields',
  severity: 'warning',
  about: 'definitions',
  check({ sources }) {
    return sources.documents.flatMap((document) => {
      const schema = sources.forms.get(document.id)?.schema;
      if (document.kind !== 'form' || schema === undefined || schema['additionalProperties'] === true) return [];
      if (Object.keys((schema['properties'] ?? {}) as object).length > 0) return [];
      const message = `form ${quoted(document.id)} has no fields, so that nothing can be filled in`;
      const remedy = 'add them to its schema, for example "properties: { text: { type: string } }", or leave "form" out of the task';
      return [{ document, path: ['schema'], part: 'key' as const, message, remedy }];
    });
  },
};
