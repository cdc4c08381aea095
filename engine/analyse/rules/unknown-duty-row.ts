import { quoted } from '../../language/suggestion';
import { dutyRows } from '../duty-rows';
import type { Rule } from '../rule';

/** A duty covers a row that the job descriptions do not have. */
export const unknownDutyRow: Rule = {
  id: 'unknown-duty-row',
  severity: 'warning',
  about: 'definitions',
  check({ sources }) {
    const known = new Set(dutyRows);
    return sources.documents.flatMap((document) => {
      if (document.kind !== 'duty' || !Array.isArray(document.value['covers'])) return [];
      return document.value['covers'].flatMap((row, index) => {
        if (known.has(String(row))) return [];
        const message = `there is no row ${quoted(String(row))} in the job descriptions`;
        return [{ document, path: ['covers', index], message, remedy: 'rows are "1.1" to "5.6", in quotes: "2.10" is not "2.1"' }];
      });
    });
  },
};
