import { dutyRows } from '../duty-rows';
import type { Rule } from '../rule';

/** A row of the job descriptions that no duty covers. */
export const dutyRowUncovered: Rule = {
  id: 'duty-row-uncovered',
  severity: 'note',
  about: 'definitions',
  check({ sources }) {
    const duties = sources.documents.filter((document) => document.kind === 'duty');
    const known = new Set(duties.map(({ id }) => id));
    const named = sources.documents.flatMap(({ kind, value }) =>
      kind === 'dealership' && Array.isArray(value['duties']) ? value['duties'] : [],
    );
    // what a duty with an error covers is not known
    if (named.some((duty) => !known.has(String(duty)))) return [];
    const covered = new Set(duties.flatMap((document) => (Array.isArray(document.value['covers']) ? document.value['covers'] : [])));
    const [first] = duties.filter((document) => document.value['covers'] !== undefined);
    if (first === undefined) return [];
    return dutyRows
      .filter((row) => !covered.has(row))
      .map((row) => ({
        document: first,
        path: ['covers'],
        part: 'key' as const,
        message: `no duty covers row "${row}" of the job descriptions`,
        remedy: `write "${row}" under "covers" of the duty whose processes fulfil it`,
      }));
  },
};
