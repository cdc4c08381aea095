import type { DiagramNode } from './export-diagram';
import type { Bounds, Label, Layout, PlacedFlow, PlacedShape, Point } from './layout';
import { laneSizes, type PlacedPool } from './layout-lanes';
import { fontSize, lineHeight, wrapText } from './layout-text';
import { activitySymbol, eventSymbol, gatewaySymbol, hasSign } from './svg-symbols';

const light = { line: '#30363d', text: '#1f2328', soft: '#656d76', paper: '#ffffff', box: '#f6f8fa', call: '#eef4fb', event: '#fbfbf7' };
const dark = { line: '#b1bac4', text: '#e6edf3', soft: '#8d96a0', paper: '#0d1117', box: '#1c2128', call: '#1b2836', event: '#21211c' };

/** Colours by class, in words that every reader of SVG knows. */
function colours({ line, text, soft, paper, box, call, event }: typeof light): string {
  return [
    `text{fill:${text}}.q{fill:${soft}}.l,.m,.h{stroke:${paper}}.a,.p,.e,.g,.n,.s,.k,.f,.c{stroke:${line}}.a{fill:${box}}.a.t{fill:${call}}`,
    `.e,.g{fill:${event}}.f,.b{fill:${paper}}.w .f,.x,.z{fill:${line}}.w .s{stroke:${paper}}`,
  ].join('');
}

const style = [
  `text{font:${fontSize}px "Noto Sans SC","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",system-ui,"Segoe UI",Helvetica,Arial,sans-serif;text-anchor:middle}`,
  '.q{font-size:10px}.h{text-anchor:start;font-weight:600}.l{text-anchor:start}',
  '.l,.m{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}.h{stroke-width:0}',
  '.a,.p,.e,.g,.n,.s,.k,.f,.c{stroke-width:1.4;stroke-linejoin:round;stroke-linecap:round}',
  '.p,.n,.k,.c,.s{fill:none}.o{stroke-dasharray:2 3}.a.t{stroke-width:3.5}',
  '.e.t{stroke-width:3.2}.d{stroke-dasharray:4 3}.k{stroke-width:2.4}.u{stroke-dasharray:1 4}.z{stroke:none}',
  colours(light),
  `@media (prefers-color-scheme:dark){${colours(dark)}}`,
].join('');

/**
 * Draws a diagram: one SVG that needs nothing else, in the colours of a light or a dark page as its reader wishes, with a title and a
 * description for those who hear it.
 */
export function svgOf(layout: Layout, title: string): string {
  const { width, height, shapes, flows, pool } = layout;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(description(layout))}</desc>`,
    `<style>${style}</style>`,
    '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path class="z" d="M0 1 10 5 0 9z"/></marker></defs>',
    `<rect class="b" width="${width}" height="${height}" rx="8"/>`,
    ...(pool === undefined ? [] : drawnPool(pool, title)),
    ...shapes.filter(({ shape }) => shape.kind === 'subProcess').map(drawnShape),
    ...flows.map(drawnFlow),
    ...shapes.filter(({ shape }) => shape.kind !== 'subProcess').map(drawnShape),
    ...flows.map(({ label }) => (label === undefined ? '' : text(label, 'm'))).filter((line) => line !== ''),
    '</svg>',
    '',
  ].join('\n');
}

/** A pool with its lanes: names stand at the left edges, from below upwards. */
function drawnPool({ bounds, lanes }: PlacedPool, title: string): string[] {
  const box = ({ x, y, width, height }: Bounds) => `<rect class="p" x="${x}" y="${y}" width="${width}" height="${height}"/>`;
  const name = (written: string, { x, y, height }: Bounds) => {
    const middle = { x: x + laneSizes.name / 2 + 4, y: y + height / 2 };
    const [line = ''] = wrapText(written, height - 12, 1);
    return `<text x="${middle.x}" y="${middle.y}" transform="rotate(-90 ${middle.x} ${middle.y})">${escaped(line)}</text>`;
  };
  return [box(bounds), name(title, bounds), ...lanes.flatMap(({ lane, bounds: place }) => [box(place), name(lane.name, place)])];
}

function drawnShape({ shape, bounds, label }: PlacedShape): string {
  const { kind } = shape;
  const name = label === undefined ? '' : text(label, labelClass(kind));
  const about = shape.name === '' ? '' : `<title>${escaped(shape.name)}</title>`;
  if (kind.endsWith('Event')) return `<g>${about}${eventSymbol(shape, bounds)}${name}</g>`;
  if (kind.endsWith('Gateway')) return `<g>${about}${gatewaySymbol(shape, bounds)}${name}</g>`;
  return `<g>${about}${activitySymbol(shape, bounds)}${kind === 'subProcess' ? name : inside(shape, bounds)}</g>`;
}

function labelClass(kind: DiagramNode['kind']): string {
  if (kind === 'subProcess') return 'h';
  return kind === 'boundaryEvent' ? 'l' : 'm';
}

/** The name of a task in its middle, and below it who does it. */
function inside({ name, detail, kind }: DiagramNode, { x, y, width, height }: Bounds): string {
  const lines = wrapText(name, width - 14, detail === '' ? 3 : 2);
  const small = detail === '' ? [] : wrapText(detail, (width - 12) * 1.2, 1);
  const total = (lines.length + small.length) * lineHeight;
  const middle = y + height / 2 - total / 2;
  const top = kind === 'callActivity' ? middle - 3 : hasSign(kind) ? Math.max(middle, y + 23) : middle;
  const first = top + fontSize;
  const spans = [
    ...lines.map((line, index) => span(line, x + width / 2, first + index * lineHeight, '')),
    ...small.map((line, index) => span(line, x + width / 2, first + (lines.length + index) * lineHeight, ' class="q"')),
  ];
  return spans.join('');
}

function text({ lines, bounds }: Label, kind: string): string {
  const x = kind === 'm' ? bounds.x + bounds.width / 2 : bounds.x;
  return lines.map((line, index) => span(line, x, bounds.y + fontSize + index * lineHeight, ` class="${kind}"`)).join('');
}

function span(line: string, x: number, y: number, attributes: string): string {
  return `<text x="${round(x)}" y="${round(y)}"${attributes}>${escaped(line)}</text>`;
}

function drawnFlow({ flow, points }: PlacedFlow): string {
  const [first, second] = points;
  if (first === undefined || second === undefined) return '';
  if (flow.kind === 'association') return `<path class="c u" d="${way(points)}"/>`;
  const sign = flow.isDefault ? slash(points) : flow.isConditional ? diamond(first, second) : '';
  return `<path class="c" marker-end="url(#arrow)" d="${way(points)}"/>${sign}`;
}

const bend = 6;

/** A line with rounded corners. */
function way(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const before = points[index - 1];
      const after = points[index + 1];
      if (before === undefined) return `M${point.x} ${point.y}`;
      if (after === undefined) return `L${point.x} ${point.y}`;
      const from = towards(point, before);
      const to = towards(point, after);
      return `L${from.x} ${from.y}Q${point.x} ${point.y} ${to.x} ${to.y}`;
    })
    .join('');
}

/** A point near a corner on the way to another one: not further than half the stretch. */
function towards(corner: Point, other: Point): Point {
  const length = Math.abs(other.x - corner.x) + Math.abs(other.y - corner.y);
  const step = Math.min(bend, length / 2);
  const part = length === 0 ? 0 : step / length;
  return { x: round(corner.x + (other.x - corner.x) * part), y: round(corner.y + (other.y - corner.y) * part) };
}

/** The stroke through a default flow, where it has parted from the others that lead out at the same point. */
function slash(points: readonly Point[]): string {
  const parted = points.length > 3;
  const [from, to] = parted ? points.slice(2) : points;
  if (from === undefined || to === undefined) return '';
  const away = parted ? 13 : 24;
  const x = from.x + Math.sign(to.x - from.x) * away;
  const y = from.y + Math.sign(to.y - from.y) * away;
  return `<path class="c" d="M${x - 4} ${y + 5}L${x + 4} ${y - 5}"/>`;
}

/** The small diamond at the beginning of a conditional flow out of an activity. */
function diamond(from: Point, to: Point): string {
  const x = Math.sign(to.x - from.x) * 8;
  const y = Math.sign(to.y - from.y) * 8;
  return `<path class="f" d="M${from.x} ${from.y}l${x - y / 2} ${y + x / 2}l${x + y / 2} ${y - x / 2}l${y / 2 - x} ${-x / 2 - y}z"/>`;
}

function description({ shapes, flows }: Layout): string {
  const names = new Map(shapes.map(({ shape }) => [shape.id, shape.name === '' ? undefined : shape.name]));
  const ways = flows.flatMap(({ flow }) => {
    const from = names.get(flow.from);
    const to = names.get(flow.to);
    return from === undefined || to === undefined ? [] : [`${from} → ${to}`];
  });
  const named = [...names.values()].filter((name) => name !== undefined);
  return [named.join(', '), ...ways].join('; ');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(value: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return value.replaceAll(/[&<>"]/gu, (character) => entities[character] ?? character);
}
