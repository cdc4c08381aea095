import { quoted } from '../../language/suggestion';
import { pathOfNode, type Rule } from '../rule';
import { describe } from '../trace-words';

/** An outcome, or what was filled in, for which no branch is true. */
export const noBranchTrue: Rule = {
  id: 'no-branch-true',
  severity: 'error',
  about: 'process',
  check(process) {
    const { exploration, outlook, document } = process;
    const told = new Set<string>();
    return exploration.stopped.flatMap(({ code, node, edge }) => {
      if (code !== 'no-branch-true' || told.has(node)) return [];
      told.add(node);
      const { id, path } = pathOfNode(process, node);
      const trace = [...(edge.source === undefined ? [] : outlook.pathTo(edge.source)), { ...edge, target: -1 }];
      const message = `no branch of ${quoted(id)} is true, after ${describe(trace)}`;
      return [{ document, path, message, remedy: 'add a branch for it, or "default: true" at the branch for all other cases', trace }];
    });
  },
};
