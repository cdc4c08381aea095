import type { Node } from '../../runtime/process-model';
import type { Diagram, DiagramNode } from './export-diagram';
import { orderOf } from './layout-order';

/** A lane: who does what stands in it. */
export interface DiagramLane {
  name: string;
  /** The nodes of the process itself; what a sub-process holds stands where the sub-process stands. */
  nodes: string[];
}

/**
 * The lanes of a process: one for the roles of each of its user tasks, in the order in which a token comes to them. What nobody does stands
 * where the token comes from, or else goes; a sub-process with the first who does something in it. None where no step has roles.
 */
export function lanesOf({ nodes, flows }: Diagram): DiagramLane[] {
  const top = nodes.filter(({ parent }) => parent === undefined);
  const lanes = new Map<string, string>();
  for (const shape of top) {
    const name = rolesOf(shape.node) ?? firstWithin(shape.id, nodes);
    if (name !== undefined) lanes.set(shape.id, name);
  }
  // an event at an activity stands with it
  const activities = new Map(top.map(({ id, attachedTo }) => [id, attachedTo ?? id]));
  const order = new Map(orderOf(top, flows, activities).map(({ id }, index) => [id, index]));
  const place = (id: string): number => order.get(id) ?? 0;
  // a way back does not bring what comes first to where the token was later
  const ways = flows
    .map(({ from, to }) => ({ from: activities.get(from) ?? from, to }))
    .filter(({ from, to }) => activities.has(to) && place(from) < place(to));
  spread(lanes, ways);
  spread(
    lanes,
    ways.map(({ from, to }) => ({ from: to, to: from })),
  );
  const first = [...lanes.values()][0];
  if (first === undefined) return [];
  const found = new Map<string, string[]>();
  for (const { id, attachedTo = id } of top) {
    const name = lanes.get(attachedTo) ?? first;
    found.set(name, [...(found.get(name) ?? []), id]);
  }
  return [...found].map(([name, ids]) => ({ name, nodes: ids }));
}

/** Gives the lane of what a way begins at to what it leads to, where that has none. */
function spread(lanes: Map<string, string>, ways: readonly { from: string; to: string }[]): void {
  const open = [...lanes.keys()];
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    for (const { from, to } of ways) {
      if (from !== id || lanes.has(to)) continue;
      lanes.set(to, lanes.get(id) as string);
      open.push(to);
    }
  }
}

function rolesOf(node: Node | undefined): string | undefined {
  if (node?.kind !== 'userTask') return undefined;
  return node.assign.roles.length === 0 ? undefined : node.assign.roles.join(', ');
}

function firstWithin(container: string, nodes: readonly DiagramNode[]): string | undefined {
  for (const { id, node, parent } of nodes) {
    if (parent !== container) continue;
    const name = rolesOf(node) ?? firstWithin(id, nodes);
    if (name !== undefined) return name;
  }
  return undefined;
}
