import type { Diagram, DiagramFlow, DiagramNode } from './export-diagram';
import type { DiagramLane } from './export-lanes';
import { type Frame, frameOf, labelOf, sizes } from './layout-frame';
import { areApart, laneSizes, type PlacedPool, placedAlready, placesInLanes, pooled } from './layout-lanes';
import { orderOf } from './layout-order';
import { lineHeight } from './layout-text';

export interface Point {
  x: number;
  y: number;
}

export interface Bounds extends Point {
  width: number;
  height: number;
}

/** A text in lines, with the room that it takes. */
export interface Label {
  lines: string[];
  bounds: Bounds;
}

/** A node with its place. A sub-process is drawn open, with what it holds inside of it. */
export interface PlacedShape {
  shape: DiagramNode;
  bounds: Bounds;
  /** Beside events and gateways, at the top of sub-processes; what other activities are called stands inside of them. */
  label?: Label;
}

/** A flow with the points that it goes through; each stretch is horizontal or vertical. */
export interface PlacedFlow {
  flow: DiagramFlow;
  points: Point[];
  label?: Label;
}

/** A diagram on paper; containers stand before what they hold. */
export interface Layout {
  width: number;
  height: number;
  shapes: PlacedShape[];
  flows: PlacedFlow[];
  /** Where the process is drawn in lanes. */
  pool?: PlacedPool;
}

/** What the layout library is asked: boxes with ports on their borders, and edges between ports. Its answer has coordinates. */
export interface BoxGraph {
  id: string;
  layoutOptions: Record<string, string>;
  children: Box[];
  edges: BoxEdge[];
  width?: number;
  height?: number;
}

interface Box extends Partial<Point> {
  id: string;
  width: number;
  height: number;
  layoutOptions: Record<string, string>;
  ports: { id: string; x: number; y: number; width: number; height: number; layoutOptions: Record<string, string> }[];
}

interface BoxEdge {
  id: string;
  sources: string[];
  targets: string[];
  labels?: (Partial<Point> & { text: string; width: number; height: number })[];
  sections?: { startPoint: Point; endPoint: Point; bendPoints?: Point[] }[];
}

/** Finds places for the boxes of one graph. The same graph gets the same places. */
export type Arrange = (graph: BoxGraph) => Promise<BoxGraph>;

const margin = 24;
const gap = 36;
/** The most room that is left between two lanes. */
const mostRoom = 192;

const layoutOptions = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.randomSeed': '1',
  'elk.padding': '[top=0,left=0,bottom=0,right=0]',
  'elk.spacing.nodeNode': String(gap),
  'elk.spacing.edgeNode': '20',
  'elk.spacing.edgeEdge': '14',
  'elk.spacing.edgeLabel': '3',
  'elk.spacing.componentComponent': String(gap),
  'elk.layered.spacing.nodeNodeBetweenLayers': '36',
  'elk.layered.spacing.edgeNodeBetweenLayers': '18',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
  'elk.layered.cycleBreaking.strategy': 'MODEL_ORDER',
  'elk.layered.thoroughness': '20',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
  'elk.layered.edgeLabels.sideSelection': 'ALWAYS_UP',
};

/** Lays a diagram out from left to right, sub-processes open, with boundary events at the lower edges of their activities; in lanes where there are any. */
export async function layoutOf(diagram: Diagram, arrange: Arrange, lanes: readonly DiagramLane[] = []): Promise<Layout> {
  const layouter = new Layouter(diagram, arrange);
  const layout = lanes.length === 0 ? await layouter.contents(undefined) : pooled(await layouter.inLanes(lanes), lanes);
  const { x, y } = layout.pool?.bounds ?? { x: 0, y: 0 };
  const room = { ...layout, width: layout.width + 2 * margin, height: layout.height + 2 * margin };
  return moved(room, { x: margin - x, y: margin - y });
}

/** The room of each element of a container, and what it holds. */
type Frames = Map<string, { frame: Frame; inner?: Layout }>;

class Layouter {
  private readonly parents: ReadonlyMap<string, string | undefined>;

  constructor(
    private readonly diagram: Diagram,
    private readonly arrange: Arrange,
  ) {
    this.parents = new Map(diagram.nodes.map(({ id, parent }) => [id, parent]));
  }

  /** Places what a sub-process, or the process itself, holds; from (0, 0) on. */
  async contents(container: string | undefined): Promise<Layout> {
    const { members, frames, apart } = await this.members(container);
    const { graph, flows } = this.graph(members, frames, container);
    return stacked(
      this.arranged(await this.arrange(graph), members, frames, flows),
      apart.map((member) => this.placed(member, frames, { x: 0, y: 0 })),
    );
  }

  /** Places what the process holds, what is of one lane in one band; event sub-processes stand behind everything else of their lane. */
  async inLanes(lanes: readonly DiagramLane[]): Promise<Layout> {
    const { members, frames, apart } = await this.members(undefined);
    const { graph, flows } = this.graph(members, frames, undefined);
    const first = await this.arrange({ ...graph, layoutOptions: { ...layoutOptions, 'elk.separateConnectedComponents': 'false' } });
    const rooms = new Map([...frames].map(([id, { frame }]) => [id, frame]));
    const besideOf = ({ nodes }: DiagramLane) => apart.filter(({ id }) => nodes.includes(id));
    const tall = (lane: DiagramLane) => Math.max(0, ...besideOf(lane).map(({ id }) => rooms.get(id)?.height ?? 0));
    let room = 0;
    let planned = placesInLanes(lanes, first, rooms, tall, room);
    let second = await this.arrangeAt(planned.places, members, frames);
    // ways between the boxes have taken the room between two lanes
    while (!areApart(lanes, second) && room < mostRoom) {
      room += 48;
      planned = placesInLanes(lanes, first, rooms, tall, room);
      second = await this.arrangeAt(planned.places, members, frames);
    }
    const { places, tops } = planned;
    let main = this.arranged(second, members, frames, flows);
    let lowered = 0;
    const shift = Math.max(0, ...second.children.map(({ id, y = 0 }) => y - (places.get(id)?.y ?? 0)));
    const parts = lanes.flatMap((lane, index) => {
      let x = main.width + (main.shapes.length === 0 ? 0 : gap);
      const beside = besideOf(lane).map((member) => {
        const part = this.placed(member, frames, { x, y: (tops[index] ?? 0) + shift + lowered });
        x += part.width + gap;
        return part;
      });
      // the ways have taken the room of what is higher than all else in its lane: the next lanes make it
      const next = topOf(main, lanes.slice(index + 1));
      const missing = bottomOf(beside) + 2 * laneSizes.padding - next;
      if (missing > 0 && Number.isFinite(next) && areApart(lanes, second)) {
        main = opened(main, next, missing);
        lowered += missing;
      }
      return beside;
    });
    return joined(main, parts);
  }

  /** Ways between boxes that have their places. What was arranged before would keep its first ways, so all is made anew. */
  private arrangeAt(places: ReadonlyMap<string, Point>, members: DiagramNode[], frames: Frames): Promise<BoxGraph> {
    const { graph } = this.graph(members, frames, undefined);
    const children = graph.children.map((box) => ({ ...box, ...places.get(box.id) }));
    return this.arrange({ ...graph, layoutOptions: { ...layoutOptions, ...placedAlready }, children });
  }

  /** What a container holds, with its room; `apart` are its event sub-processes. */
  private async members(container: string | undefined): Promise<{ members: DiagramNode[]; frames: Frames; apart: DiagramNode[] }> {
    const all = this.diagram.nodes.filter(({ parent, attachedTo }) => parent === container && attachedTo === undefined);
    const frames: Frames = new Map();
    for (const member of all) {
      const inner = member.kind === 'subProcess' ? await this.contents(member.id) : undefined;
      const events = this.diagram.nodes.filter(({ attachedTo }) => attachedTo === member.id);
      frames.set(member.id, { frame: frameOf(member, events, inner), ...(inner === undefined ? {} : { inner }) });
    }
    const apart = all.filter(({ node }) => node?.kind === 'subProcess' && node.variant === 'event');
    return { members: all.filter((member) => !apart.includes(member)), frames, apart };
  }

  private graph(members: DiagramNode[], frames: Frames, container: string | undefined): { graph: BoxGraph; flows: DiagramFlow[] } {
    const flows = this.diagram.flows.filter(({ to }) => this.parents.get(to) === container);
    const hosts = new Map(this.diagram.nodes.map(({ id, attachedTo }) => [id, attachedTo ?? id]));
    const ordered = orderOf(members, flows, hosts);
    const graph = {
      id: container ?? 'process',
      layoutOptions,
      children: ordered.map((member) => boxOf(member, frames.get(member.id)?.frame as Frame)),
      edges: flows.map((flow) => edgeOf(flow, hosts)),
    };
    return { graph, flows };
  }

  /** The shapes and lines of a graph that has its places. */
  private arranged(result: BoxGraph, members: readonly DiagramNode[], frames: Frames, flows: readonly DiagramFlow[]): Layout {
    const parts = result.children.flatMap(({ id, x = 0, y = 0 }) => {
      const member = members.find((known) => known.id === id);
      return member === undefined ? [] : [this.placed(member, frames, { x, y })];
    });
    const shapes = parts.flatMap((part) => part.shapes);
    const bounds = new Map(shapes.map((placed) => [placed.shape.id, placed.bounds]));
    const lines = flows.map((flow, index) => line(flow, result.edges[index] as BoxEdge, bounds));
    return {
      width: result.width ?? 0,
      height: result.height ?? 0,
      shapes,
      flows: [...parts.flatMap((part) => part.flows), ...lines],
    };
  }

  /** An element with its boundary events and all that it holds; `at` is where its box is. */
  private placed(member: DiagramNode, frames: Frames, at: Point): Layout {
    const { frame, inner } = frames.get(member.id) as { frame: Frame; inner?: Layout };
    const icon = { x: at.x + frame.icon.x, y: at.y + frame.icon.y, width: frame.icon.width, height: frame.icon.height };
    const label = labelOf(member, icon);
    const own: PlacedShape = { shape: member, bounds: icon, ...(label === undefined ? {} : { label }) };
    const held = inner === undefined ? undefined : moved(inner, { x: icon.x + sizes.padding, y: icon.y + sizes.header });
    const events = frame.events.map(({ event, x, label: lines }): PlacedShape => {
      const bounds = {
        x: icon.x + x - sizes.event / 2,
        y: icon.y + icon.height - sizes.event / 2,
        width: sizes.event,
        height: sizes.event,
      };
      const place = {
        x: bounds.x + sizes.event / 2 + 6,
        y: bounds.y + sizes.event + 1,
        width: lines.width,
        height: lines.lines.length * lineHeight,
      };
      return { shape: event, bounds, ...(lines.lines.length === 0 ? {} : { label: { lines: lines.lines, bounds: place } }) };
    });
    return {
      width: frame.width,
      height: frame.height,
      shapes: [own, ...(held?.shapes ?? []), ...events],
      flows: held?.flows ?? [],
    };
  }
}

function boxOf({ id }: DiagramNode, { width, height, icon, events }: Frame): Box {
  const port = (name: string, side: string, x: number, y: number) => {
    return { id: `${id}:${name}`, x, y, width: 0, height: 0, layoutOptions: { 'elk.port.side': side } };
  };
  const middle = icon.y + icon.height / 2;
  return {
    id,
    width,
    height,
    layoutOptions: { 'elk.portConstraints': 'FIXED_POS' },
    ports: [
      port('in', 'WEST', 0, middle),
      port('out', 'EAST', width, middle),
      ...events.map(({ event, x }) => port(event.id, 'SOUTH', icon.x + x, height)),
    ],
  };
}

function edgeOf(flow: DiagramFlow, hosts: ReadonlyMap<string, string>): BoxEdge {
  const host = hosts.get(flow.from) ?? flow.from;
  const label = labelLines(flow);
  return {
    id: flow.id,
    sources: [host === flow.from ? `${host}:out` : `${host}:${flow.from}`],
    targets: [`${flow.to}:in`],
    ...(label === undefined
      ? {}
      : { labels: [{ text: label.lines.join('\n'), width: label.width, height: label.lines.length * lineHeight }] }),
  };
}

function labelLines({ name }: DiagramFlow): { lines: string[]; width: number } | undefined {
  return name === '' ? undefined : sizes.flowLabel(name);
}

/** The way of a flow from the border of one shape to that of the other. */
function line(flow: DiagramFlow, edge: BoxEdge, bounds: ReadonlyMap<string, Bounds>): PlacedFlow {
  const [section] = edge.sections ?? [];
  const from = bounds.get(flow.from) as Bounds;
  const to = bounds.get(flow.to) as Bounds;
  const inner = section === undefined ? [] : [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
  const below = inner[0] !== undefined && Math.abs(inner[0].x - (from.x + from.width / 2)) < 1 && inner[0].y > from.y + from.height / 2 + 1;
  const start = below ? { x: from.x + from.width / 2, y: from.y + from.height } : { x: from.x + from.width, y: from.y + from.height / 2 };
  const points = straightened([start, ...inner, { x: to.x, y: to.y + to.height / 2 }]);
  const written = labelLines(flow);
  const [place] = edge.labels ?? [];
  if (written === undefined || place === undefined) return { flow, points };
  const height = written.lines.length * lineHeight;
  return { flow, points, label: { lines: written.lines, bounds: { x: place.x ?? 0, y: place.y ?? 0, width: written.width, height } } };
}

/** Whole pixels, and no points between others of the same stretch. */
function straightened(points: Point[]): Point[] {
  const rounded = points.map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) }));
  return rounded.filter((point, index) => {
    const before = rounded[index - 1];
    const after = rounded[index + 1];
    if (before === undefined || after === undefined) return true;
    if (before.x === point.x && before.y === point.y) return false;
    return !((before.x === point.x && point.x === after.x) || (before.y === point.y && point.y === after.y));
  });
}

/** Event sub-processes stand in rows below what they belong to. */
function stacked(main: Layout, apart: Layout[]): Layout {
  if (apart.length === 0) return main;
  const widest = Math.max(main.width, ...apart.map(({ width }) => width), 700);
  let x = 0;
  let y = main.shapes.length === 0 ? 0 : main.height + gap;
  let row = 0;
  const parts = [main];
  for (const part of apart) {
    if (x > 0 && x + part.width > widest) {
      x = 0;
      y += row + gap;
      row = 0;
    }
    parts.push(moved(part, { x, y }));
    x += part.width + gap;
    row = Math.max(row, part.height);
  }
  return { ...joined(main, parts.slice(1)), height: y + row };
}

/** Where the first of what stands in some lanes begins. */
function topOf({ shapes }: Layout, lanes: readonly DiagramLane[]): number {
  const held = new Set(lanes.flatMap(({ nodes }) => nodes));
  return Math.min(...shapes.filter(({ shape }) => held.has(shape.id)).map(({ bounds }) => bounds.y));
}

function bottomOf(layouts: readonly Layout[]): number {
  return Math.max(0, ...layouts.flatMap(({ shapes }) => shapes.map(({ bounds }) => bounds.y + bounds.height)));
}

/** What begins at a height or below it stands lower; ways that come from above are longer. */
function opened(layout: Layout, at: number, by: number): Layout {
  const lower = <P extends Point>(point: P): P => (point.y < at ? point : shifted(point, { x: 0, y: by }));
  return {
    ...layout,
    height: layout.height + by,
    shapes: layout.shapes.map((placed) => (placed.bounds.y < at ? placed : movedShape(placed, { x: 0, y: by }))),
    flows: layout.flows.map((placed) => ({
      ...placed,
      points: placed.points.map(lower),
      ...(placed.label === undefined ? {} : { label: { ...placed.label, bounds: lower(placed.label.bounds) } }),
    })),
  };
}

function joined(main: Layout, others: readonly Layout[]): Layout {
  const shapes = [main, ...others].flatMap((part) => part.shapes);
  return {
    width: Math.max(...shapes.map(({ bounds }) => bounds.x + bounds.width), main.width),
    height: main.height,
    shapes,
    flows: [main, ...others].flatMap(({ flows }) => flows),
  };
}

function moved({ width, height, shapes, flows, pool }: Layout, by: Point): Layout {
  return {
    width,
    height,
    shapes: shapes.map((placed) => movedShape(placed, by)),
    flows: flows.map((placed) => ({ ...placed, points: placed.points.map((point) => shifted(point, by)), ...movedLabel(placed, by) })),
    ...(pool === undefined
      ? {}
      : { pool: { bounds: shifted(pool.bounds, by), lanes: pool.lanes.map((one) => ({ ...one, bounds: shifted(one.bounds, by) })) } }),
  };
}

function movedShape(placed: PlacedShape, by: Point): PlacedShape {
  return { ...placed, bounds: shifted(placed.bounds, by), ...movedLabel(placed, by) };
}

function movedLabel({ label }: { label?: Label }, by: Point): { label?: Label } {
  return label === undefined ? {} : { label: { ...label, bounds: shifted(label.bounds, by) } };
}

function shifted<P extends Point>(point: P, by: Point): P {
  return { ...point, x: Math.round(point.x + by.x), y: Math.round(point.y + by.y) };
}
