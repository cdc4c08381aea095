import { quoted } from '../../language/suggestion';
import { pathOfNode, type Rule } from '../rule';
import { describe } from '../trace-words';

/** A case goes on for ever: from some point on none of its ends can be reached (a livelock). */
export const cannotEnd: Rule = {
  id: 'cannot-end',
  severity: 'error',
  about: 'process',
  check(process) {
    const { outlook, document } = process;
    return outlook.turningPoints
      .filter(({ edge, stuck }) => stuck.length === 0 && edge.happening.kind !== 'return')
      .slice(0, 1)
      .map(({ edge, state }) => {
        const node = Object.values(state.state.tokens).find(({ listens }) => listens !== true)?.node ?? '';
        const { id, path } = pathOfNode(process, node);
        const trace = outlook.pathTo(edge.target);
        const message = `from ${quoted(id)} on the case can never end, after ${describe(trace)}`;
        return { document, path, message, remedy: 'give the loop a way out: a branch that leads on, or an event that ends it', trace };
      });
  },
};
