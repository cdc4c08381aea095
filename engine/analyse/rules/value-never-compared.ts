import type { DecisionTable } from '../../decision/decision-table';
import { quoted } from '../../language/suggestion';
import { comparisonsOf } from '../compared-texts';
import { decisionTexts } from '../given-texts';
import { pathOfNode, type Remark, type Rule } from '../rule';

/** Shorter texts may well differ in one letter. */
const shortest = 5;

/** A decision gives a text that nobody compares with anything, and that is one letter away from another one that is. */
export const valueNeverCompared: Rule = {
  id: 'value-never-compared',
  severity: 'warning',
  about: 'definitions',
  check({ sources }) {
    const told = new Set<string>();
    return [...sources.processes.values()].flatMap(({ compiled, document, index }) => {
      const comparisons = comparisonsOf(compiled.model);
      return Object.values(compiled.model.nodes).flatMap((node) => {
        if (node.kind !== 'businessRuleTask') return [];
        const { decision, result } = node;
        const one = decision.outputs.length === 1;
        return decision.outputs.flatMap(({ id }, column) => {
          const path = one ? [result] : [result, id];
          const compared = new Set(comparisons.flatMap((other) => (other.path.join('\n') === path.join('\n') ? [other.text] : [])));
          const given = decisionTexts(decision, path.slice(1));
          return [...(given ?? [])].flatMap((text): Remark[] => {
            const meant = compared.has(text) ? undefined : [...compared].find((other) => given?.has(other) === true && isSlip(text, other));
            const rule = decision.rules.findIndex(({ outputs }) => outputs[column]?.tree === text);
            const source = sources.documents.find(({ kind, id: known }) => kind === 'decision' && known === decision.id);
            if (meant === undefined || told.has(`${decision.id} ${text}`)) return [];
            told.add(`${decision.id} ${text}`);
            const message = `rule ${rule + 1} gives ${quoted(text)}, with which nothing compares ${quoted(path.join('.'))}`;
            const place = source === undefined ? { document, ...pathOfNode({ index }, node.id) } : placeIn(decision, source, rule, column);
            return [{ document: place.document, path: place.path, message, remedy: `did you mean ${quoted(meant)}?` }];
          });
        });
      });
    });
  },
};

function placeIn(decision: DecisionTable, document: Remark['document'], rule: number, column: number): Pick<Remark, 'document' | 'path'> {
  return { document, path: rule < 0 ? ['outputs', column] : ['rules', rule, decision.inputs.length + column] };
}

/** Whether two words differ by one letter that is wrong, missing or too much, or by two that changed places. */
function isSlip(one: string, other: string): boolean {
  if (Math.min(one.length, other.length) < shortest || Math.abs(one.length - other.length) > 1) return false;
  let before = 0;
  while (before < Math.min(one.length, other.length) && one[before] === other[before]) before += 1;
  let behind = 0;
  while (behind < Math.min(one.length, other.length) - before && one.at(-1 - behind) === other.at(-1 - behind)) behind += 1;
  const [left, right] = [one.slice(before, one.length - behind), other.slice(before, other.length - behind)];
  if (!/^[a-z]*$/iu.test(left + right)) return false;
  return Math.max(left.length, right.length) === 1 || (left.length === 2 && left[0] === right[1] && left[1] === right[0]);
}
