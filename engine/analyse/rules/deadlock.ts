import { quoted } from '../../language/suggestion';
import type { Node } from '../../runtime/process-model';
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
        return [remark(process, node, state)];
      });
  },
};

function remark(process: ExploredProcess, node: string, state: number): Remark {
  const { id, path } = pathOfNode(process, node);
  const [what, remedy] = wordsFor(process, node, state);
  const trace = process.outlook.pathTo(state);
  return { document: process.document, path, message: `${quoted(id)} waits for ever${what}, after ${describe(trace)}`, remedy, trace };
}

function wordsFor(process: ExploredProcess, id: string, state: number): [what: string, remedy: string] {
  const node = process.model.nodes[id];
  if (node?.kind.includes('Gateway') === true) {
    return [
      waysMissing(process, id, state),
      'let it wait only for what was begun: join an exclusive choice without a parallel gateway, or with an inclusive one',
    ];
  }
  if (node !== undefined && 'mutex' in node && node.mutex !== undefined) {
    return [` for the critical section ${quoted(node.mutex)}`, 'name it at one of two steps only, where one is inside of the other'];
  }
  const awaited = node === undefined ? undefined : conditionAt(node);
  if (awaited !== undefined) {
    return [
      `: =${awaited} is not true there, and nothing changes that any more`,
      'let a step before it, or one that goes on beside it, set what the condition reads, or give it a boundary timer',
    ];
  }
  return [
    ': nothing can happen there',
    'give it a way on: a value that makes its condition true, a boundary timer, or a message that somebody sends',
  ];
}

/** The condition that a node waits for, as it is written. */
function conditionAt(node: Node): string | undefined {
  if ('trigger' in node && node.trigger?.kind === 'condition') return node.trigger.condition.text.trim();
  return 'milestone' in node ? node.milestone?.condition.text.trim() : undefined;
}

/** The ways to a join by which nothing has come, by the steps where they begin. */
function waysMissing(process: ExploredProcess, id: string, state: number): string {
  const { model, exploration } = process;
  const here = Object.values(exploration.states[state]?.state.tokens ?? {}).filter(({ node }) => node === id);
  const came = new Set(here.map(({ via }) => via));
  const missing = (model.nodes[id]?.incoming ?? []).filter((flow) => !came.has(flow));
  const steps = [...new Set(missing.map((flow) => quoted(pathOfNode(process, model.flows[flow]?.from ?? '').id)))];
  if (here.length === 0 || steps.length === 0) return ' for a way that was not taken';
  return ` for the way${steps.length > 1 ? 's' : ''} from ${steps.join(' and ')}, by which nothing comes any more`;
}
