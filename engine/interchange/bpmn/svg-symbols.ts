import type { EventTrigger, Node, ThrowRule } from '../../runtime/process-model';
import type { DiagramNode } from './export-diagram';
import type { Bounds } from './layout';

type EventKind = EventTrigger['kind'] | ThrowRule['kind'] | 'terminate' | 'multiple';

/** Signs inside of events (BPMN 2.0, table 10.93), drawn in a square of 20 around (0, 0). `f` is filled where the event throws. */
const eventSigns: Record<EventKind, string> = {
  message: '<path class="f" d="M-8-5.5h16v11h-16z"/><path class="s" d="M-8-5.5 0 1 8-5.5"/>',
  timer: '<circle class="n" r="8.5"/><path class="n" d="M0-5.5V0L4 2.5M0-8.5v2M0 6.5v2M-8.5 0h2M6.5 0h2"/>',
  signal: '<path class="f" d="M0-8 8 5.5h-16z"/>',
  error: '<path class="f" d="M-7.5 7-3.5-6 1.5 1 7-8 3.5 6-1.5-1z"/>',
  escalation: '<path class="f" d="M0-8 6.5 7 0 1.5-6.5 7z"/>',
  condition: '<path class="n" d="M-6-8H6V8H-6zM-3.5-4.5h7M-3.5-1.5h7M-3.5 1.5h7M-3.5 4.5h7"/>',
  compensation: '<path class="f" d="M-9 0-1-6V6zM-1 0 7-6V6z"/>',
  cancel: '<path class="f" d="M-8-5.5-5.5-8 0-2.5 5.5-8 8-5.5 2.5 0 8 5.5 5.5 8 0 2.5-5.5 8-8 5.5-2.5 0z"/>',
  link: '<path class="f" d="M-8-3.5H1.5V-7L8.5 0 1.5 7V3.5H-8z"/>',
  terminate: '<circle class="x" r="9"/>',
  multiple: '<path class="f" d="M0-8.5 8.5-2 5 7.5H-5L-8.5-2z"/>',
};

/** Signs in the upper left corner of tasks (BPMN 2.0, 10.3.3), drawn in a square of 16 from (0, 0) on. */
const taskSigns: Partial<Record<Node['kind'], string>> = {
  userTask: '<circle class="n" cx="8" cy="4.5" r="3.2"/><path class="n" d="M2 14.5c0-4 2.4-6 6-6s6 2 6 6z"/>',
  serviceTask:
    '<circle class="n" cx="8" cy="8" r="2.4"/><path class="n" d="M7 1.5h2l.4 2 1.6.7 1.7-1.1 1.4 1.4-1.1 1.7.7 1.6 2 .4v2l-2 .4-.7 1.6 1.1 1.7-1.4 1.4-1.7-1.1-1.6.7-.4 2H7l-.4-2-1.6-.7-1.7 1.1-1.4-1.4L3 12.2l-.7-1.6-2-.4v-2l2-.4L3 6.2 1.900 4.500 3.300 3.100 5 4.200 6.600 3.500z"/>',
  scriptTask:
    '<path class="n" d="M4 1.500h9.500c-3 2.500-2.500 4.500-1 6.500s1.500 4.500-1.500 6.500H1.500c3-2 3-4.500 1.500-6.500s-1.500-4 1-6.500zM5 4.500h5M4.500 7h5M5.500 9.500h5M5 12h5"/>',
  businessRuleTask:
    '<path class="n" d="M1.500 2.500h13v11h-13zM1.500 6h13M1.500 9.700h13M5.500 6v7.500"/><path class="x" d="M1.500 2.500h13V6h-13z"/>',
  sendTask: '<path class="x" d="M1 3h14l-7 5.500zM1 4.800V13h14V4.800L8 10.300z"/>',
  receiveTask: '<path class="n" d="M1 3h14v10H1zM1 3l7 5.500L15 3"/>',
};

/** Signs inside of gateways (BPMN 2.0, table 10.101), drawn around (0, 0). */
const gatewaySigns: Partial<Record<Node['kind'], string>> = {
  exclusiveGateway: '<path class="k" d="M-7-8 7 8M7-8-7 8"/>',
  parallelGateway: '<path class="k" d="M0-11V11M-11 0H11"/>',
  inclusiveGateway: '<circle class="k" r="10.500"/>',
  complexGateway: '<path class="k" d="M0-12V12M-12 0H12M-8-8 8 8M8-8-8 8"/>',
  eventBasedGateway:
    '<circle class="n" r="13"/><circle class="n" r="10.500"/><path class="n" d="M0-6.500 6.500-1.500 4 6H-4L-6.500-1.500z"/>',
};

/** The symbol of an event: one ring that is thin at starts, two in the middle, a thick one at ends; dashed where nothing is interrupted. */
export function eventSymbol({ kind, node }: DiagramNode, { x, y, width }: Bounds): string {
  const centre = `${x + width / 2} ${y + width / 2}`;
  const dashed = isBeside(node) ? ' class="e d"' : ' class="e"';
  const rings =
    kind === 'endEvent'
      ? `<circle class="e t" r="16.500"/>`
      : kind === 'startEvent'
        ? `<circle${dashed} r="17.250"/>`
        : `<circle${dashed} r="17.250"/><circle${isBeside(node) ? ' class="n d"' : ' class="n"'} r="14"/>`;
  const throws = kind === 'endEvent' || kind === 'intermediateThrowEvent';
  const sign = signOf(kind, node);
  const drawn = sign === undefined ? '' : `<g${throws ? ' class="w"' : ''}>${eventSigns[sign]}</g>`;
  return `<g transform="translate(${centre})">${rings}${drawn}</g>`;
}

function isBeside(node: Node | undefined): boolean {
  return (node?.kind === 'boundaryEvent' || node?.kind === 'startEvent') && node.interrupting === false;
}

function signOf(kind: DiagramNode['kind'], node: Node | undefined): EventKind | undefined {
  if (kind === 'compensationEvent') return 'compensation';
  if (node?.kind === 'endEvent')
    return node.throws !== undefined && node.terminate ? 'multiple' : (node.throws?.kind ?? (node.terminate ? 'terminate' : undefined));
  if (node?.kind === 'intermediateThrowEvent') return node.throws?.kind;
  return node !== undefined && 'trigger' in node ? node.trigger?.kind : undefined;
}

/** The symbol of a gateway. */
export function gatewaySymbol({ kind }: DiagramNode, { x, y, width }: Bounds): string {
  const half = width / 2;
  const sign = kind === 'compensationEvent' ? '' : (gatewaySigns[kind] ?? '');
  return `<g transform="translate(${x + half} ${y + half})"><path class="g" d="M0-${half} ${half} 0 0 ${half}-${half} 0z"/>${sign}</g>`;
}

/** True for activities with a sign in the upper left corner. */
export function hasSign(kind: DiagramNode['kind']): boolean {
  return kind in taskSigns;
}

/** The frame of an activity, its sign and its markers. */
export function activitySymbol({ node }: DiagramNode, { x, y, width, height }: Bounds): string {
  if (node === undefined || !('boundary' in node)) return '';
  const box = `<rect class="${frameClass(node)}" x="${x}" y="${y}" width="${width}" height="${height}" rx="10"/>`;
  const second =
    node.kind === 'subProcess' && node.variant === 'transaction'
      ? `<rect class="n" x="${x + 3}" y="${y + 3}" width="${width - 6}" height="${height - 6}" rx="8"/>`
      : '';
  const sign = taskSigns[node.kind];
  const corner = sign === undefined ? '' : `<g transform="translate(${x + 7} ${y + 7})">${sign}</g>`;
  const markers = markersOf(node);
  const first = x + width / 2 - ((markers.length - 1) * 18) / 2;
  const row = markers.map((marker, index) => `<g transform="translate(${first + index * 18} ${y + height - 11})">${marker}</g>`);
  return [box, second, corner, ...row].join('');
}

function frameClass(node: Node): string {
  if (node.kind === 'callActivity') return 'a t';
  if (node.kind === 'subProcess') return node.variant === 'event' ? 'p o' : 'p';
  return 'a';
}

function markersOf(node: Extract<Node, { boundary: string[] }>): string[] {
  const markers: string[] = [];
  if (node.loop?.kind === 'standard') markers.push('<path class="n" d="M-1.500 5A5.200 5.200 0 1 1 3 4.300M-6 5.500h4.500V1"/>');
  if (node.loop?.kind === 'multiInstance') {
    markers.push(
      node.loop.mode === 'parallel' ? '<path class="k" d="M-4-5V5M0-5V5M4-5V5"/>' : '<path class="k" d="M-5-4H5M-5 0H5M-5 4H5"/>',
    );
  }
  if (node.forCompensation === true) markers.push('<path class="n" d="M-7 0 0-5V5zM0 0 7-5V5z"/>');
  if (node.kind === 'callActivity') markers.push('<path class="n" d="M-6-6H6V6H-6zM0-3.500v7M-3.500 0h7"/>');
  if (node.kind === 'subProcess' && node.adHoc !== undefined)
    markers.push('<path class="k" d="M-7 2.500c2.500-6 5-4 7-1.500s4.500 3.500 7-2"/>');
  return markers;
}
