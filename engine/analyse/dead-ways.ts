import { neverGiven } from './compared-texts';
import { GivenTexts } from './given-texts';
import { type ExploredProcess, pathOfNode } from './rule';
import { outcomesNeverGiven } from './rules/outcome-never-given';

/**
 * Steps and branches that are never reached because their own condition compares something with a value that it never has: the rule that names
 * the value tells of it. Both the ids of flows and of the steps at which they stand and to which they lead.
 */
export function explainedByValues({ model, forms, index }: ExploredProcess): Set<string> {
  const wrong = [
    ...neverGiven(model, new GivenTexts(model, forms, new Set())).map(({ at }) => at),
    ...outcomesNeverGiven(model).map(({ at }) => at),
  ];
  return new Set(wrong.flatMap((at) => [at, pathOfNode({ index }, at).id, ...(model.flows[at] === undefined ? [] : [model.flows[at].to])]));
}

/** The conditions on the ways to a node that is never reached, where cases come up to them; null stands for a way that is taken where none is true. */
export function conditionsBefore({ model, exploration }: ExploredProcess, node: string): (string | null)[] {
  const seen = new Set([node]);
  const texts = new Set<string | null>();
  for (const id of seen) {
    for (const flow of model.nodes[id]?.incoming ?? []) {
      const way = model.flows[flow];
      if (way === undefined) continue;
      if (!exploration.reached.has(way.from)) seen.add(way.from);
      else texts.add(way.condition?.text.trim() ?? null);
    }
  }
  return [...texts];
}
