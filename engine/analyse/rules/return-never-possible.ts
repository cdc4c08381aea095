import { quoted } from '../../language/suggestion';
import { pathOfNode, type Rule } from '../rule';

/** A task may be sent back to a step that has never been done when it is open, or to which effects in between always keep it from going. */
export const returnNeverPossible: Rule = {
  id: 'return-never-possible',
  severity: 'warning',
  about: 'process',
  check(process) {
    const { exploration, document } = process;
    if (!exploration.complete) return [];
    return [...exploration.returns].flatMap(([key, possible]) => {
      const [node = '', target = ''] = key.split(' ');
      if (possible) return [];
      const { path } = pathOfNode(process, node);
      const element = process.model.nodes[node];
      const refuses = element?.kind === 'userTask' && element.return?.effects === 'refuse';
      const undoable = Object.values(process.model.nodes).some((one) => 'compensation' in one && one.compensation !== undefined);
      const why = 'that has never been done on the way to it';
      const message = `${quoted(node)} can never be sent back to ${quoted(target)}: ${refuses && undoable ? `${why}, or what was done since refuses it` : why}`;
      const before = 'name a user task that comes before it on every way';
      const remedy = refuses && undoable ? `${before}, or say "returnEffects: compensate"` : before;
      return [{ document, path: [...path.slice(0, -1), 'userTask', 'mayReturnTo'], message, remedy }];
    });
  },
};
