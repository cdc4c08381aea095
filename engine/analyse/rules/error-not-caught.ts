import { quoted } from '../../language/suggestion';
import { pathOfNode, type Rule } from '../rule';
import { describe } from '../trace-words';

/** An error that the process throws and that nothing in it catches: the case stops. In a called process the caller may catch it. */
export const errorNotCaught: Rule = {
  id: 'error-not-caught',
  severity: 'warning',
  about: 'process',
  check(process) {
    const { exploration, outlook, document, model } = process;
    if (model.startForm === undefined && (model.triggeredStarts ?? []).length === 0) return [];
    const told = new Set<string>();
    return exploration.stopped.flatMap(({ code, node, edge }) => {
      if (code !== 'error-not-caught' || told.has(node)) return [];
      told.add(node);
      const { id, path } = pathOfNode(process, node);
      const trace = [...(edge.source === undefined ? [] : outlook.pathTo(edge.source)), { ...edge, target: -1 }];
      const message = `nothing catches the error of ${quoted(id)}: the case stops there, after ${describe(trace)}`;
      return [
        {
          document,
          path,
          message,
          remedy: 'add a boundary event "error: { code: ... }" around it, or end with a name in place of the error',
          trace,
        },
      ];
    });
  },
};
