import { quoted } from '../../language/suggestion';
import { pathOfNode, type Rule } from '../rule';

/** A task may be sent back to a step that has never been done when it is open. */
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
      const message = `${quoted(node)} can never be sent back to ${quoted(target)}: that has never been done on the way to it`;
      return [
        {
          document,
          path: [...path.slice(0, -1), 'userTask', 'mayReturnTo'],
          message,
          remedy: 'name a user task that comes before it on every way',
        },
      ];
    });
  },
};
