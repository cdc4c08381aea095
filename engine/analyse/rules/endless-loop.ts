import { quoted } from '../../language/suggestion';
import { pathOfNode, type Rule } from '../rule';
import { describe } from '../trace-words';

/** Steps run round and round without ever waiting for anything. */
export const endlessLoop: Rule = {
  id: 'endless-loop',
  severity: 'error',
  about: 'process',
  check(process) {
    const { exploration, outlook, document } = process;
    const stopped = exploration.stopped.find(({ code }) => code === 'too-many-steps' || code === 'too-many-tokens');
    if (stopped === undefined) return [];
    const { id, path } = pathOfNode(process, stopped.node);
    const trace = [...(stopped.edge.source === undefined ? [] : outlook.pathTo(stopped.edge.source)), { ...stopped.edge, target: -1 }];
    const message = `the steps around ${quoted(id)} run for ever without a wait, after ${describe(trace)}`;
    return [
      { document, path, message, remedy: 'let something in the loop wait (a task, a timer), or give it a condition that ends it', trace },
    ];
  },
};
