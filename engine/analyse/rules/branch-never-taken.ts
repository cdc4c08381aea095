import { quoted } from '../../language/suggestion';
import { unseenBeside } from '../beside';
import { explainedByValues } from '../dead-ways';
import { pathOfNode, type Rule } from '../rule';

/** A branch of a choice is never taken: its condition is never true when it is asked. */
export const branchNeverTaken: Rule = {
  id: 'branch-never-taken',
  severity: 'warning',
  about: 'process',
  check(process) {
    const { exploration, model, document, index } = process;
    if (!exploration.complete) return [];
    let explained: Set<string> | undefined;
    const unseen = unseenBeside(model, exploration.model.followers);
    return Object.values(model.flows).flatMap(({ id, from, to, condition }) => {
      const gateway = model.nodes[from];
      if (gateway?.kind !== 'exclusiveGateway' || condition === undefined || exploration.reached.has(id) || unseen.has(id)) return [];
      // of one that was never asked, and of a step that nothing else leads to, other rules tell
      const asked = gateway.outgoing.some((flow) => exploration.reached.has(flow));
      const known = exploration.reached.has(to) || model.nodes[to]?.kind.endsWith('Gateway') === true;
      if (!asked || !known || (index.pathOf(id) === undefined && index.pathOf(from) === undefined)) return [];
      explained ??= explainedByValues(process);
      if (explained.has(id)) return [];
      const { path } = pathOfNode(process, index.pathOf(id) === undefined ? from : id);
      const message = `the branch ${quoted(id)} is never taken: the condition =${condition.text.trim()} is never true there`;
      return [
        { document, path, message, remedy: 'look at its condition, and at those before it, of which the first that is true is taken' },
      ];
    });
  },
};
