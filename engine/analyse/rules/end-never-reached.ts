import { quoted } from '../../language/suggestion';
import type { Node, ProcessModel } from '../../runtime/process-model';
import { unseenBeside } from '../beside';
import { pathOfNode, type Rule } from '../rule';

/** No case ever comes to an end that the process has. */
export const endNeverReached: Rule = {
  id: 'end-never-reached',
  severity: 'warning',
  about: 'process',
  check(process) {
    const { exploration, model, document, index } = process;
    if (!exploration.complete) return [];
    const unseen = unseenBeside(model, exploration.model.followers);
    return Object.values(model.nodes).flatMap((node) => {
      if (unseen.has(node.id)) return [];
      if (node.kind !== 'endEvent' || exploration.reached.has(node.id) || index.pathOf(node.id) === undefined) return [];
      const before = node.incoming.flatMap((flow) => model.flows[flow]?.from ?? []);
      const deadBefore =
        before.length > 0 && before.every((id) => !model.nodes[id]?.kind.endsWith('Gateway') && !exploration.reached.has(id));
      if (deadBefore || isUnseen(model, node)) return [];
      const { id, path } = pathOfNode(process, node.id);
      const message = `no case ever comes to the end ${quoted(id)}`;
      return [{ document, path, message, remedy: 'look at the conditions on the way to it, or delete it' }];
    });
  },
};

/** Ends that cancel a transaction leave no trace, and event sub-processes may be begun by what is not seen. */
function isUnseen(model: ProcessModel, node: Extract<Node, { kind: 'endEvent' }>): boolean {
  if (node.throws?.kind === 'cancel' || node.throws?.kind === 'compensation') return true;
  for (let parent = node.parent; parent !== undefined; parent = model.nodes[parent]?.parent) {
    const around = model.nodes[parent];
    if (around?.kind === 'subProcess' && around.variant === 'event') return true;
  }
  return false;
}
