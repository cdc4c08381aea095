import { quoted, suggestion } from '../../language/suggestion';
import type { ProcessModel } from '../../runtime/process-model';
import { readsOf } from '../reads';
import { pathOfNode, type Rule } from '../rule';
import { conditionsOf } from '../writers';

/** A condition compares the outcome of a task with one that the task does not have. */
export const outcomeNeverGiven: Rule = {
  id: 'outcome-never-given',
  severity: 'warning',
  about: 'process',
  check(process) {
    const { model, document } = process;
    const outcomes = outcomesOf(model);
    const told = new Set<string>();
    return conditionsOf(model).flatMap((condition) =>
      readsOf(condition.expression).reads.flatMap(({ name, member, literals = [] }) => {
        const known = member === 'outcome' ? outcomes.get(name) : undefined;
        const literal = literals.find((one) => typeof one === 'string' && known?.has(one) === false);
        if (known === undefined || literal === undefined || told.has(`${condition.id} ${literal}`)) return [];
        told.add(`${condition.id} ${literal}`);
        const { path } = pathOfNode(process, condition.id);
        const message = `${quoted(name)} never has the outcome ${quoted(String(literal))}`;
        return [{ document, path, message, remedy: suggestion(String(literal), known) ?? `its outcomes are: ${[...known].join(', ')}` }];
      }),
    );
  },
};

/** The outcomes that a variable can have; only of variables that nothing but user tasks writes. */
function outcomesOf(model: ProcessModel): Map<string, Set<string>> {
  const outcomes = new Map<string, Set<string>>();
  const others = new Set<string>();
  for (const node of Object.values(model.nodes)) {
    if (node.kind === 'scriptTask') for (const { variable } of node.set) others.add(variable);
    if (!('result' in node) || node.result === undefined) continue;
    if (node.kind !== 'userTask' || node.outcomes.length === 0) others.add(node.result);
    else outcomes.set(node.result, new Set([...(outcomes.get(node.result) ?? []), ...node.outcomes.map(({ id }) => id)]));
  }
  for (const name of others) outcomes.delete(name);
  return outcomes;
}
