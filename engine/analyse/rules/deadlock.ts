import { quoted } from '../../language/suggestion';
import { type ExploredProcess, pathOfNode, type Remark, type Rule } from '../rule';
import { describe } from '../trace-words';

/** A case comes to where a step waits for something that can never come (a deadlock). */
export const deadlock: Rule = {
  id: 'deadlock',
  severity: 'error',
  about: 'process',
  check(process) {
    const { turningPoints } = process.outlook;
    const told = new Set<string>();
    return turningPoints
      .filter(({ edge, stuck }) => stuck.length > 0 && edge.happening.kind !== 'return')
      .flatMap(({ stuck }) => stuck)
      .flatMap(({ node, state }) => {
        if (told.has(node)) return [];
        told.add(node);
        return [remark(process, node, process.outlook.pathTo(state))];
      });
  },
};

function remark(process: ExploredProcess, node: string, trace: Remark['trace'] = []): Remark {
  const { id, path } = pathOfNode(process, node);
  const [what, remedy] = wordsFor(process, node);
  return { document: process.document, path, message: `${quoted(id)} waits for ever${what}, after ${describe(trace)}`, remedy, trace };
}

function wordsFor({ model }: ExploredProcess, id: string): [what: string, remedy: string] {
  const node = model.nodes[id];
  if (node?.kind.includes('Gateway') === true) {
    return [
      ' for a way that was not taken',
      'let it wait only for what was begun: join an exclusive choice without a parallel gateway, or with an inclusive one',
    ];
  }
  if (node !== undefined && 'mutex' in node && node.mutex !== undefined) {
    return [` for the critical section ${quoted(node.mutex)}`, 'name it at one of two steps only, where one is inside of the other'];
  }
  return [
    ': nothing can happen there',
    'give it a way on: a value that makes its condition true, a boundary timer, or a message that somebody sends',
  ];
}
