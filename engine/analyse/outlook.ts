import type { ProcessModel } from '../runtime/process-model';
import type { Edge, Exploration, Found } from './explore';

/** A step after which a case can never end any more. */
interface TurningPoint {
  /** The last happening; undefined where no case can ever end. */
  edge: Edge;
  /** The state after it. */
  state: Found;
  /**
   * Nodes at which tokens wait for others that can never come, each with the nearest state in which one does; empty where the case goes round
   * instead.
   */
  stuck: { node: string; state: number }[];
}

/** What the explored states say together. */
export interface Outlook {
  turningPoints: TurningPoint[];
  /** The shortest list of happenings that leads to a state. */
  pathTo(number: number): Edge[];
}

/** Looks at an exploration as a whole: from which states a case can end, and where it loses that. */
export function outlookOf(exploration: Exploration): Outlook {
  const { states } = exploration;
  const parents = shortestParents(states);
  const hopeful = canEnd(states);
  const pathTo = (number: number): Edge[] => {
    const path: Edge[] = [];
    for (let edge = parents.get(number); edge !== undefined; edge = edge.source === undefined ? undefined : parents.get(edge.source)) {
      path.unshift(edge);
    }
    return path;
  };
  const seen = new Set<number>();
  const turningPoints: TurningPoint[] = [];
  // the nearest first, as they were found
  for (const edge of parents.values()) {
    if (hopeful.has(edge.target) || seen.has(edge.target)) continue;
    if (edge.source !== undefined && !hopeful.has(edge.source)) continue;
    const after = reachableFrom(states, edge.target);
    for (const number of after) seen.add(number);
    turningPoints.push({ edge, state: states[edge.target] as Found, stuck: stuckIn(states, [...after], exploration.model.original) });
  }
  return { turningPoints, pathTo };
}

function shortestParents(states: readonly Found[]): Map<number, Edge> {
  const parents = new Map<number, Edge>();
  const queue: number[] = [];
  for (const { number, from } of states) {
    if (from === undefined || from.source !== undefined) continue;
    parents.set(number, from);
    queue.push(number);
  }
  for (let at = 0; at < queue.length; at += 1) {
    for (const edge of states[queue[at] as number]?.next ?? []) {
      if (parents.has(edge.target)) continue;
      parents.set(edge.target, edge);
      queue.push(edge.target);
    }
  }
  return parents;
}

/** States from which an end can be reached, or of which that is not known; where a case stops with an incident, that is told by itself. */
function canEnd(states: readonly Found[]): Set<number> {
  const before = new Map<number, number[]>();
  const queue: number[] = [];
  const hopeful = new Set<number>();
  for (const { number, state, next, expanded, leaves } of states) {
    for (const { target } of next) before.set(target, [...(before.get(target) ?? []), number]);
    if (state.status === 'active' && expanded && !leaves) continue;
    hopeful.add(number);
    queue.push(number);
  }
  for (let at = 0; at < queue.length; at += 1) {
    for (const number of before.get(queue[at] as number) ?? []) {
      if (hopeful.has(number)) continue;
      hopeful.add(number);
      queue.push(number);
    }
  }
  return hopeful;
}

function reachableFrom(states: readonly Found[], start: number): Set<number> {
  const reached = new Set([start]);
  for (const number of reached) for (const { target } of states[number]?.next ?? []) reached.add(target);
  return reached;
}

/**
 * Nodes at which a token waits in every state in which nothing can happen any more; where there is none of those, in every state at all. The states
 * come nearest first.
 */
function stuckIn(states: readonly Found[], numbers: readonly number[], model: ProcessModel): TurningPoint['stuck'] {
  const last = numbers.filter((number) => states[number]?.next.length === 0);
  let common: Map<string, number> | undefined;
  for (const number of last.length > 0 ? last : numbers) {
    const { state } = states[number] as Found;
    const waiting = waitingIn(state, last.length === 0, model);
    if (common === undefined) common = new Map(waiting.map((node) => [node, number]));
    else for (const node of [...common.keys()]) if (!waiting.includes(node)) common.delete(node);
  }
  const stuck = [...(common ?? [])].map(([node, state]) => ({ node, state }));
  return causesOf(stuck, model);
}

function waitingIn({ tokens }: Found['state'], moves: boolean, { nodes }: ProcessModel): string[] {
  return Object.values(tokens).flatMap(({ node, status, listens }) => {
    if (listens === true) return [];
    const forOthers = status === 'joining' || status === 'blocked' || status === 'guarded' || status === 'locked';
    const at = nodes[node];
    const forValues = at?.kind === 'intermediateCatchEvent' && at.trigger.kind === 'condition';
    return forOthers || (status === 'waiting' && (!moves || forValues)) ? [node] : [];
  });
}

/** Where something waits by itself, the joins and the sub-processes that wait for it are only a consequence. */
function causesOf(stuck: TurningPoint['stuck'], { nodes }: ProcessModel): TurningPoint['stuck'] {
  const around = new Set(stuck.map(({ node }) => nodes[node]?.parent));
  const causes = stuck.filter(({ node }) => nodes[node]?.kind.endsWith('Gateway') === false && !around.has(node));
  return causes.length > 0 ? causes : stuck;
}
