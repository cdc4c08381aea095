import { quoted } from '../../language/suggestion';
import { type ExploredProcess, pathOfNode, type Rule } from '../rule';

/** No case ever comes to a step. */
export const stepNeverRuns: Rule = {
  id: 'step-never-runs',
  severity: 'warning',
  about: 'process',
  check(process) {
    const { exploration, model, document } = process;
    if (!exploration.complete) return [];
    const dead = new Set(Object.keys(model.nodes).filter((id) => isStep(process, id) && !exploration.reached.has(id)));
    const led = new Set<string>();
    // what comes only after a step that never runs is told by that one
    for (const id of dead) for (const next of exploration.model.followers(id)) if (dead.has(next)) led.add(next);
    return [...dead]
      .filter((id) => !led.has(id))
      .map((node) => {
        const { id, path } = pathOfNode(process, node);
        const message = `no case ever comes to step ${quoted(id)}: the conditions before it are never true together`;
        return {
          document,
          path,
          message,
          remedy: 'look at the conditions on the way to it, for a value that is never given, or delete it',
        };
      });
  },
};

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
