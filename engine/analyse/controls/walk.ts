import type { Edge, Exploration, Passing } from '../explore';

/** What is remembered along a way: which of some conditions have been met, one bit each. */
type Memory = number;

/** Follows happenings at watched nodes: gives what is remembered then, or `broken`. */
export type Watcher = (memory: Memory, passing: Passing, edge: Omit<Edge, 'target'>) => Memory | 'broken';

/**
 * Looks for a way on which a watcher finds something broken, in the states that were explored and in what leads out of them; what is
 * remembered tells ways apart that meet in one state. The shortest way, or undefined where there is none.
 */
export function findWay(exploration: Exploration, watcher: Watcher): Edge[] | undefined {
  const seen = new Map<string, { edge: Edge; from: string | undefined }>();
  const queue: { at: number; memory: Memory; key: string }[] = [];
  const halts = new Map<number | undefined, Exploration['halts']>();
  for (const halt of exploration.halts) halts.set(halt.source, [...(halts.get(halt.source) ?? []), halt]);
  const wayTo = (last: Edge, from: string | undefined): Edge[] => {
    const way = [last];
    for (let at = from; at !== undefined; ) {
      const step = seen.get(at);
      if (step === undefined) break;
      way.unshift(step.edge);
      at = step.from;
    }
    return way;
  };
  const follow = (edge: Omit<Edge, 'target'> & { target?: number }, memory: Memory, from: string | undefined): Edge[] | undefined => {
    let now: Memory = memory;
    for (const passing of edge.passed ?? []) {
      const next = watcher(now, passing, edge);
      if (next === 'broken') return wayTo({ ...edge, target: edge.target ?? -1 }, from);
      now = next;
    }
    const { target } = edge;
    if (target === undefined) return undefined;
    const key = `${target} ${now}`;
    if (seen.has(key)) return undefined;
    seen.set(key, { edge: { ...edge, target }, from });
    queue.push({ at: target, memory: now, key });
    return undefined;
  };
  const begins: (Omit<Edge, 'target'> & { target?: number })[] = [...exploration.starts, ...(halts.get(undefined) ?? [])];
  for (const edge of begins) {
    const way = follow(edge, 0, undefined);
    if (way !== undefined) return way;
  }
  for (let next = 0; next < queue.length; next += 1) {
    const { at, memory, key } = queue[next] as (typeof queue)[number];
    for (const edge of [...(exploration.states[at]?.next ?? []), ...(halts.get(at) ?? [])]) {
      const way = follow(edge, memory, key);
      if (way !== undefined) return way;
    }
  }
  return undefined;
}
