import { quoted } from '../../language/suggestion';
import { pathOfNode, type Rule } from '../rule';
import { describe } from '../trace-words';

/** After a task was sent back the case can never end. */
export const returnStrands: Rule = {
  id: 'return-strands',
  severity: 'error',
  about: 'process',
  check(process) {
    const { outlook, document } = process;
    return outlook.turningPoints.flatMap(({ edge }) => {
      if (edge.happening.kind !== 'return') return [];
      const { path } = pathOfNode(process, edge.happening.node);
      const trace = outlook.pathTo(edge.target);
      const message = `sent back to ${quoted(edge.happening.target)}, the case can never end, after ${describe(trace)}`;
      const remedy = 'let it be returned to a task before the branches only, or use "afterReturn: straightBack"';
      return [{ document, path: [...path.slice(0, -1), 'userTask', 'mayReturnTo'], message, remedy, trace }];
    });
  },
};
