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
    const told = new Set<string>();
    return outcomesNeverGiven(process.model).flatMap(({ at, name, outcome, known }) => {
      if (told.has(`${at} ${outcome}`)) return [];
      told.add(`${at} ${outcome}`);
      const message = `${quoted(name)} never has the outcome ${quoted(outcome)}`;
      const remedy = suggestion(outcome, known) ?? `its outcomes are: ${[...known].join(', ')}`;
      return [{ document: process.document, path: pathOfNode(process, at).path, message, remedy }];
    });
  },
};

/** Comparisons of an outcome with one that no task has that gives it; `at`: the flow or the node of the condition. */
export function outcomesNeverGiven(model: ProcessModel): { at: string; name: string; outcome: string; known: ReadonlySet<string> }[] {
  const outcomes = outcomesOf(model);
  return conditionsOf(model).flatMap(({ id, expression }) =>
    readsOf(expression).reads.flatMap(({ name, member, literals = [] }) => {
      const known = member === 'outcome' ? outcomes.get(name) : undefined;
      const outcome = literals.find((one) => typeof one === 'string' && known?.has(one) === false);
      return known === undefined || outcome === undefined ? [] : [{ at: id, name, outcome: String(outcome), known }];
    }),
  );
}

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
