import { quoted } from '../../language/suggestion';
import { unseenBeside } from '../beside';
import { conditionsBefore, explainedByValues } from '../dead-ways';
import { type ExploredProcess, pathOfNode, type Rule } from '../rule';

/** No case ever comes to a step. */
export const stepNeverRuns: Rule = {
  id: 'step-never-runs',
  severity: 'warning',
  about: 'process',
  check(process) {
    const { exploration, model, document } = process;
    if (!exploration.complete) return [];
    const unseen = unseenBeside(model, exploration.model.followers);
    const dead = new Set(Object.keys(model.nodes).filter((id) => isStep(process, id) && !exploration.reached.has(id) && !unseen.has(id)));
    const led = new Set<string>();
    // what comes only after a step that never runs is told by that one
    for (const id of dead) for (const next of exploration.model.followers(id)) if (dead.has(next)) led.add(next);
    const explained = dead.size === 0 ? dead : explainedByValues(process);
    return [...dead]
      .filter((id) => !led.has(id) && !explained.has(id))
      .map((node) => {
        const { id, path } = pathOfNode(process, node);
        return { document, path, ...wordsFor(id, conditionsBefore(process, node)) };
      });
  },
};

function wordsFor(id: string, conditions: readonly (string | null)[]): { message: string; remedy: string } {
  const [first, ...others] = conditions.filter((text) => text !== null);
  const never = `no case ever comes to step ${quoted(id)}`;
  if (first === undefined) {
    const message = `${never}: one of the other branches is always taken`;
    return { message, remedy: 'look at the conditions of the branches beside it, one of which is always true, or delete the step' };
  }
  const more = others.length === 0 ? '' : `, nor ${others.map((text) => `=${text}`).join(' nor ')}`;
  return {
    message: `${never}: the condition =${first} is never true there${more}`,
    remedy:
      'mend the condition, by what can be known of its values when it is asked, or delete the step where no case is meant to come to it',
  };
}

function isStep({ model }: ExploredProcess, id: string): boolean {
  const node = model.nodes[id];
  if (node === undefined || node.kind.endsWith('Gateway') || ['startEvent', 'endEvent', 'boundaryEvent'].includes(node.kind)) return false;
  if ('forCompensation' in node && node.forCompensation === true) return false;
  // what only an escalation or a compensation out of a called process begins is not seen
  for (let parent = node.parent; parent !== undefined; parent = model.nodes[parent]?.parent) {
    const around = model.nodes[parent];
    if (around?.kind === 'subProcess' && around.variant === 'event') return false;
  }
  if (node.kind === 'subProcess' && node.variant === 'event') return false;
  return !(node.kind === 'intermediateCatchEvent' && node.trigger.kind === 'link');
}
