import { quoted } from '../../language/suggestion';
import type { InstanceState } from '../../runtime/instance-state';
import { followersOf } from '../ranks';
import { type ExploredProcess, pathOfNode, type Rule } from '../rule';
import { describe } from '../trace-words';

/** A step is open twice at the same time because two ways lead to it that nothing joins. */
export const lackOfSynchronisation: Rule = {
  id: 'lack-of-synchronisation',
  severity: 'warning',
  about: 'process',
  check(process) {
    const { exploration, outlook, document, model } = process;
    const repeated = besides(process);
    const told = new Set<string>();
    return exploration.states.flatMap(({ number, state }) => {
      const node = openTwice(state).find((id) => !repeated.has(id) && !told.has(id) && isWaiting(model.nodes[id]?.kind));
      if (node === undefined) return [];
      told.add(node);
      const { id, path } = pathOfNode(process, node);
      const trace = outlook.pathTo(number);
      const message = `step ${quoted(id)} is open twice at the same time, after ${describe(trace)}`;
      return [
        { document, path, message, remedy: 'join the parallel ways that lead to it, with a parallel or an inclusive gateway', trace },
      ];
    });
  },
};

function isWaiting(kind: string | undefined): boolean {
  return kind !== undefined && !kind.endsWith('Gateway') && kind !== 'boundaryEvent' && kind !== 'endEvent';
}

function openTwice(state: InstanceState): string[] {
  const counts = new Map<string, number>();
  for (const { scope, node, status, instance, listens, detour, undoes, loop } of Object.values(state.tokens)) {
    if (
      status === 'joining' ||
      status === 'blocked' ||
      instance ||
      listens ||
      detour !== undefined ||
      undoes !== undefined ||
      loop?.released
    )
      continue;
    counts.set(`${scope} ${node}`, (counts.get(`${scope} ${node}`) ?? 0) + 1);
  }
  return [...counts].flatMap(([key, count]) => (count > 1 ? [key.slice(key.indexOf(' ') + 1)] : []));
}

/**
 * Nodes that may be open several times by what the definition says: after events that do not interrupt, in ad-hoc sub-processes, and before a join
 * that goes on without waiting for the others.
 */
function besides({ model }: ExploredProcess): Set<string> {
  const nodes = Object.values(model.nodes);
  const adHoc = nodes.flatMap(({ id, parent }) => {
    const around = model.nodes[parent ?? ''];
    return around?.kind === 'subProcess' && around.variant === 'adHoc' ? [id] : [];
  });
  const beside = new Set([...adHoc, ...nodes.flatMap((node) => (node.kind === 'boundaryEvent' && !node.interrupting ? [node.id] : []))]);
  for (const id of beside) for (const next of followersOf(model, id)) beside.add(next);
  const ahead = nodes.filter(({ id }) => leadsToEarlyJoin(model, id));
  for (const { id } of ahead) beside.add(id);
  return beside;
}

function leadsToEarlyJoin(model: ExploredProcess['model'], start: string): boolean {
  const after = new Set([start]);
  for (const id of after) {
    const node = model.nodes[id];
    if (node?.kind === 'complexGateway' && node.rest !== 'cancel' && node.incoming.length > 1) return true;
    for (const next of followersOf(model, id)) after.add(next);
  }
  return false;
}
