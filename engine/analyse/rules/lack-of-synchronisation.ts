import { quoted } from '../../language/suggestion';
import type { InstanceState } from '../../runtime/instance-state';
import { type ExploredProcess, pathOfNode, type Rule } from '../rule';
import { describe } from '../trace-words';

/** A step is open twice at the same time because two ways lead to it that nothing joins. */
export const lackOfSynchronisation: Rule = {
  id: 'lack-of-synchronisation',
  severity: 'warning',
  about: 'process',
  check(process) {
    const { exploration, outlook, document, model } = process;
    let repeated: Set<string> | undefined;
    const told = new Set<string>();
    return exploration.states.flatMap(({ number, state }) => {
      const twice = openTwice(state);
      if (twice.length === 0) return [];
      repeated ??= besides(process);
      const node = twice.find((id) => !repeated?.has(id) && !told.has(id) && isWaiting(model.nodes[id]?.kind));
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

/** Steps at which two tokens of one scope stand, but for those that wait there for each other or were begun several times on purpose. */
export function openTwice(state: InstanceState): string[] {
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
function besides({ model, exploration }: ExploredProcess): Set<string> {
  const nodes = Object.values(model.nodes);
  const adHoc = nodes.flatMap(({ id, parent }) => {
    const around = model.nodes[parent ?? ''];
    return around?.kind === 'subProcess' && around.variant === 'adHoc' ? [id] : [];
  });
  const beside = new Set([...adHoc, ...nodes.flatMap((node) => (node.kind === 'boundaryEvent' && !node.interrupting ? [node.id] : []))]);
  for (const id of beside) for (const next of exploration.model.followers(id)) beside.add(next);
  const early = nodes.flatMap((node) =>
    node.kind === 'complexGateway' && node.rest !== 'cancel' && node.incoming.length > 1 ? [node.id] : [],
  );
  for (const id of early.length === 0 ? [] : Object.keys(model.nodes)) if (leadsTo(exploration.model, id, early)) beside.add(id);
  return beside;
}

function leadsTo({ followers }: ExploredProcess['exploration']['model'], start: string, targets: readonly string[]): boolean {
  const after = new Set([start]);
  for (const id of after) for (const next of followers(id)) after.add(next);
  return targets.some((target) => after.has(target));
}
