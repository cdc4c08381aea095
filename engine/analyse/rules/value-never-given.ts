import { quoted, suggestion } from '../../language/suggestion';
import { neverGiven } from '../compared-texts';
import { GivenTexts } from '../given-texts';
import { givenVariables } from '../given-variables';
import { neverInColumns } from '../report-comparisons';
import { pathOfNode, type Rule } from '../rule';

/** Values that are named where none is near, at most. */
const most = 8;

/** Something is compared with a text that it can never be: neither the form, nor the decision, nor the variable has it. */
export const valueNeverGiven: Rule = {
  id: 'value-never-given',
  severity: 'warning',
  about: 'definitions',
  check({ sources }) {
    const seen = new Set<string>();
    const sets = [{ processes: sources.processes, forms: sources.forms }];
    for (const { processes, catalogue } of sources.tailored.values()) sets.push({ processes, forms: catalogue.forms });
    const ofReports = neverInColumns(sources.documents).map(({ document, path, column, text, known }) => ({
      document,
      path,
      message: `${quoted(column)} is never ${quoted(text)}`,
      remedy: remedyOf(text, known),
    }));
    const ofProcesses = sets.flatMap(({ processes, forms }) => {
      const given = givenVariables([...processes.values()].map(({ compiled }) => compiled.model));
      return [...processes].flatMap(([id, { compiled, document, index }]) => {
        if (seen.has(compiled.hash)) return [];
        seen.add(compiled.hash);
        const texts = new GivenTexts(compiled.model, forms, given.get(id) ?? new Set(), (called) => processes.get(called)?.compiled.model);
        const told = new Set<string>();
        return neverGiven(compiled.model, texts).flatMap(({ path, text, at, decision, known }) => {
          const what = path.join('.');
          const { id: step, path: place } = pathOfNode({ index }, at);
          if (told.has(`${step} ${what} ${text}`)) return [];
          told.add(`${step} ${what} ${text}`);
          const where = decision === undefined ? '' : `, with which rule ${decision.rule} of decision ${quoted(decision.id)} compares it`;
          return [{ document, path: place, message: `${quoted(what)} is never ${quoted(text)}${where}`, remedy: remedyOf(text, known) }];
        });
      });
    });
    return [...ofProcesses, ...ofReports];
  },
};

function remedyOf(text: string, known: ReadonlySet<string>): string {
  const all = [...known].slice(0, most).join(', ');
  return suggestion(text, known) ?? `it can be: ${all}${known.size > most ? ', ...' : ''}`;
}
