import type { DiagramLane } from './export-lanes';
import type { Bounds, BoxGraph, Layout, Point } from './layout';
import type { Frame } from './layout-frame';

/** A lane with its place; the name stands at its left edge, from below upwards. */
interface PlacedLane {
  lane: DiagramLane;
  bounds: Bounds;
}

/** The pool around the lanes of a process, and they. */
export interface PlacedPool {
  bounds: Bounds;
  lanes: PlacedLane[];
}

/** How wide the names of a pool and of a lane are, and how far its contents stand from its edges. */
export const laneSizes = { name: 30, padding: 24, gap: 30 };

/** What the layout library is told so that it leaves boxes where they are, and finds ways for the edges between them. */
export const placedAlready = {
  'elk.separateConnectedComponents': 'false',
  'elk.layered.cycleBreaking.strategy': 'INTERACTIVE',
  'elk.layered.layering.strategy': 'INTERACTIVE',
  'elk.layered.crossingMinimization.strategy': 'INTERACTIVE',
  'elk.layered.nodePlacement.strategy': 'INTERACTIVE',
};

/** Heights within a lane, from its top, and how high it is. */
interface Band {
  tops: Map<string, number>;
  height: number;
}

/**
 * Places for the boxes of a graph, one band for each lane, below each other: `first` says where each stands from left to right, and what is
 * above what. `beside` is the height of what stands in a lane without being part of the graph,
 * `room` what is left free between two lanes.
 */
export function placesInLanes(
  lanes: readonly DiagramLane[],
  first: BoxGraph,
  frames: ReadonlyMap<string, Frame>,
  beside: (lane: DiagramLane) => number,
  room: number,
): { places: Map<string, Point>; tops: number[] } {
  const places = new Map<string, Point>();
  const tops: number[] = [];
  let top = 0;
  for (const lane of lanes) {
    const boxes = first.children.filter(({ id }) => lane.nodes.includes(id));
    const { tops: within, height } = band(boxes, frames);
    for (const { id, x = 0 } of boxes) places.set(id, { x, y: top + (within.get(id) ?? 0) });
    tops.push(top);
    top += Math.max(height, beside(lane)) + 2 * laneSizes.padding + room;
  }
  return { places, tops };
}

/** Whether each lane ends above where the next one begins. */
export function areApart(lanes: readonly DiagramLane[], { children }: BoxGraph): boolean {
  let low = 0;
  return lanes.every(({ nodes }) => {
    const held = children.filter(({ id }) => nodes.includes(id));
    const isBelow = held.every(({ y = 0 }) => y >= low);
    low = Math.max(low, ...held.map(({ y = 0, height }) => y + height));
    return isBelow;
  });
}

/** Rows: what stands below another box stands in a later one; in a row the ports stand at one height. */
function band(boxes: BoxGraph['children'], frames: ReadonlyMap<string, Frame>): Band {
  const rows: { id: string; left: number; right: number; port: number; height: number }[][] = [];
  for (const { id, x = 0, y = 0, width, height } of [...boxes].sort((a, b) => portOf(a, frames) - portOf(b, frames))) {
    const box = { id, left: x - laneSizes.gap / 2, right: x + width + laneSizes.gap / 2, port: portOf({ id, y }, frames) - y, height };
    const last = rows.findLastIndex((row) => row.some((other) => other.left < box.right && box.left < other.right));
    const row = rows[last + 1];
    if (row === undefined) rows.push([box]);
    else row.push(box);
  }
  const tops = new Map<string, number>();
  let top = 0;
  for (const row of rows) {
    const above = Math.max(...row.map(({ port }) => port));
    for (const { id, port } of row) tops.set(id, top + above - port);
    top += above + Math.max(...row.map(({ port, height }) => height - port)) + laneSizes.gap;
  }
  return { tops, height: Math.max(top - laneSizes.gap, 76) };
}

function portOf({ id, y = 0 }: { id: string; y?: number }, frames: ReadonlyMap<string, Frame>): number {
  const icon = frames.get(id)?.icon;
  return icon === undefined ? y : y + icon.y + icon.height / 2;
}

/**
 * Draws the pool and its lanes around what has been laid out: from the left edge to the right, each as high as what stands in it, and without
 * a gap between two.
 */
export function pooled(layout: Layout, lanes: readonly DiagramLane[]): Layout {
  const left = 2 * laneSizes.name + laneSizes.padding;
  const inside = new Map(layout.shapes.map((placed) => [placed.shape.id, placed]));
  const reach = lanes.map(({ nodes }) => {
    const held = nodes.flatMap((id) => inside.get(id) ?? []);
    const low = held.flatMap(({ bounds, label }) => [
      bounds.y + bounds.height,
      ...(label === undefined ? [] : [label.bounds.y + label.bounds.height]),
    ]);
    const high = held.flatMap(({ bounds, label }) => [bounds.y, ...(label === undefined ? [] : [label.bounds.y])]);
    return { high: Math.min(...high), low: Math.max(...low) };
  });
  const edges = [
    Math.min(0, reach[0]?.high ?? 0),
    ...reach.slice(1).map(({ high }, index) => Math.round(((reach[index]?.low ?? high) + high) / 2)),
    Math.round(Math.max(layout.height, reach.at(-1)?.low ?? 0)),
  ].map((edge, index, all) => edge + (index === 0 ? -laneSizes.padding : index === all.length - 1 ? laneSizes.padding : 0));
  const width = layout.width + left + laneSizes.padding;
  const [top = 0] = edges;
  const bottom = edges.at(-1) ?? top;
  const placed = lanes.map((lane, index): PlacedLane => {
    const y = edges[index] ?? top;
    return { lane, bounds: { x: laneSizes.name - left, y, width: width - laneSizes.name, height: (edges[index + 1] ?? bottom) - y } };
  });
  return { ...layout, width, height: bottom - top, pool: { bounds: { x: -left, y: top, width, height: bottom - top }, lanes: placed } };
}
