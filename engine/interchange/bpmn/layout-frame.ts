import type { DiagramNode } from './export-diagram';
import type { Bounds, Label, Layout } from './layout';
import { fontSize, lineHeight, textWidth, wrapText } from './layout-text';

/** Sizes of symbols, in pixels. */
export const sizes = {
  event: 36,
  gateway: 50,
  activity: { width: 116, height: 76 },
  /** Around what a sub-process holds, and above it for its name. */
  padding: 22,
  header: 40,
  footer: 30,
  /** A name beside a flow. */
  flowLabel(name: string): { lines: string[]; width: number } {
    return measured(wrapText(name, 120, 2));
  },
};

/** The box that an element takes: its symbol, its boundary events, and what is written beside them. */
export interface Frame {
  width: number;
  height: number;
  /** Within the box. */
  icon: Bounds;
  /** Events at the lower edge: `x` is the middle of each, within the symbol. */
  events: { event: DiagramNode; x: number; label: { lines: string[]; width: number } }[];
}

/** The room of an element. `inner` is what a sub-process holds. */
export function frameOf(shape: DiagramNode, events: readonly DiagramNode[], inner?: Layout): Frame {
  const { kind } = shape;
  if (kind.endsWith('Event')) return eventFrame(shape);
  if (kind.endsWith('Gateway')) return gatewayFrame(shape);
  const name = measured(wrapText(shape.name, 400, 1));
  const size =
    inner === undefined
      ? { ...sizes.activity, height: sizes.activity.height + (events.length === 0 ? 0 : sizes.event / 2) }
      : {
          width: Math.max(inner.width + 2 * sizes.padding, name.width + 2 * sizes.padding, sizes.activity.width),
          height: inner.height + sizes.header + sizes.footer,
        };
  return activityFrame(size, events, hasMarker(shape));
}

/** True where the middle of the lower edge has a sign: of repetition, compensation, ad hoc. */
function hasMarker({ node }: DiagramNode): boolean {
  if (node === undefined || !('boundary' in node)) return false;
  return node.loop !== undefined || node.forCompensation === true || (node.kind === 'subProcess' && node.adHoc !== undefined);
}

function eventFrame({ name }: DiagramNode): Frame {
  const label = measured(eventLines(name));
  const width = Math.max(sizes.event, label.width);
  const height = sizes.event + (label.lines.length === 0 ? 0 : 4 + label.lines.length * lineHeight);
  return { width, height, icon: { x: (width - sizes.event) / 2, y: 0, width: sizes.event, height: sizes.event }, events: [] };
}

function gatewayFrame({ name }: DiagramNode): Frame {
  const label = measured(gatewayLines(name));
  const width = Math.max(sizes.gateway, label.width);
  const above = label.lines.length === 0 ? 0 : 2 + label.lines.length * lineHeight;
  const icon = { x: (width - sizes.gateway) / 2, y: above, width: sizes.gateway, height: sizes.gateway };
  return { width, height: above + sizes.gateway, icon, events: [] };
}

function activityFrame(size: { width: number; height: number }, events: readonly DiagramNode[], marked: boolean): Frame {
  const placed: Frame['events'] = [];
  let x = 28;
  let right = size.width;
  for (const event of events) {
    const label = measured(wrapText(event.name, 84, 3));
    if (marked && events.length === 1) x = 24;
    placed.push({ event, x, label });
    right = Math.max(right, x + 6 + label.width);
    x += Math.max(sizes.event + 12, 6 + label.width + 24);
  }
  const last = placed.at(-1);
  const width = Math.max(size.width, last === undefined ? 0 : last.x + 28);
  const lines = Math.max(0, ...placed.map(({ label }) => label.lines.length));
  const below = placed.length === 0 ? 0 : sizes.event / 2 + lines * lineHeight + 2;
  return { width: Math.max(width, right), height: size.height + below, icon: { x: 0, y: 0, width, height: size.height }, events: placed };
}

/** What is written beside a symbol: below events, above gateways, at the top of sub-processes. */
export function labelOf({ kind, name }: DiagramNode, icon: Bounds): Label | undefined {
  if (name === '') return undefined;
  if (kind.endsWith('Event')) {
    const { lines, width } = measured(eventLines(name));
    return centred(lines, width, icon, icon.y + icon.height + 4);
  }
  if (kind.endsWith('Gateway')) {
    const { lines, width } = measured(gatewayLines(name));
    return centred(lines, width, icon, icon.y - 2 - lines.length * lineHeight);
  }
  if (kind !== 'subProcess') return undefined;
  const { lines, width } = measured(wrapText(name, Math.max(icon.width - 2 * sizes.padding, fontSize * 4), 1));
  return { lines, bounds: { x: icon.x + 14, y: icon.y + 10, width, height: lineHeight } };
}

function centred(lines: string[], width: number, icon: Bounds, y: number): Label {
  return { lines, bounds: { x: Math.round(icon.x + icon.width / 2 - width / 2), y, width, height: lines.length * lineHeight } };
}

function eventLines(name: string): string[] {
  return name === '' ? [] : wrapText(name, 96, 3);
}

function gatewayLines(name: string): string[] {
  return name === '' ? [] : wrapText(name, 110, 2);
}

function measured(lines: string[]): { lines: string[]; width: number } {
  return { lines, width: Math.ceil(Math.max(0, ...lines.map(textWidth))) };
}
