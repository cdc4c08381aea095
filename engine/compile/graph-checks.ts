import type { Path } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import type { ProcessContext } from './context';
import type { Graph } from './graph';
import { type Container, type Element, handlerOf, isActivity, mapOf, textOf } from './step-document';

/** What may follow an event-based gateway (BPMN 2.0, 10.6.6). */
const awaited = ['timer', 'message', 'signal', 'condition'];
/** What begins an event sub-process and nothing else. */
const inside = ['error', 'escalation', 'compensation'];

/** Complains about what no BPMN model may have, in the nodes and flows of one process or sub-process. */
export function checkGraph(context: ProcessContext, graph: Graph, container: Container): void {
  const checks = new GraphChecks(context, graph, container);
  for (const element of container.elements) checks.check(element);
}

class GraphChecks {
  constructor(
    private readonly context: ProcessContext,
    private readonly graph: Graph,
    private readonly container: Container,
  ) {}

  check(element: Element): void {
    const { kind, inner } = element;
    if (kind === 'startEvent') this.start(element);
    if (kind === 'startEvent' || kind === 'boundaryEvent')
      this.noFlows(element, 'to', 'an event at which a token begins has no flow that leads to it');
    if (kind === 'endEvent') this.noFlows(element, 'from', 'a token ends here');
    if (kind === 'eventBasedGateway') this.targets(element);
    if (kind === 'eventBasedGateway') this.awaitedAlone(element);
    if (kind === 'catchEvent') this.linkTarget(element);
    if (kind === 'throwEvent' || kind === 'endEvent') this.linkSource(element);
    if (kind === 'boundaryEvent') this.handler(element);
    if (kind === 'boundaryEvent') this.undoneOnce(element);
    if (kind === 'subProcess' && inner?.variant === 'event') this.eventSubProcess(element, inner);
  }

  private start(element: Element): void {
    const { variant } = this.container;
    const body = mapOf(element.value['startEvent']);
    const at = [...element.path, 'startEvent'];
    if (variant === 'event') return;
    const never = [...inside, ...(variant === 'process' ? [] : ['message', 'signal', 'timer', 'condition'])].find(
      (key) => body[key] !== undefined,
    );
    if (never !== undefined) {
      const message = variant === 'process' ? `no case begins by ${quoted(never)}` : 'a sub-process begins when a token comes to it';
      const remedy = 'write "event: true" at a sub-process around it, or leave the trigger out';
      this.complain([...at, never], 'start-trigger', message, remedy, 'key');
    }
    if (body['interrupting'] !== undefined) {
      const message = 'only the start of an event sub-process interrupts anything';
      this.complain([...at, 'interrupting'], 'misplaced-key', message, 'leave "interrupting" out here', 'key');
    }
    for (const key of variant === 'process' ? [] : ['form', 'roles']) {
      if (body[key] === undefined) continue;
      this.complain([...at, key], 'misplaced-key', 'only a process has a start form', `leave "${key}" out here`, 'key');
    }
  }

  private noFlows({ id, path }: Element, end: 'from' | 'to', message: string): void {
    const flows = end === 'to' ? this.graph.flowsTo(id) : this.graph.flowsFrom(id);
    const flow = flows[0];
    if (flow !== undefined) this.complain([...path, 'id'], 'flow-not-allowed', message, `delete the flow ${quoted(flow.id)}`);
  }

  private targets({ id, path }: Element): void {
    for (const flow of this.graph.flowsFrom(id)) {
      const target = this.context.index.get(flow.to);
      const body = mapOf(target?.value['catchEvent']);
      if (target === undefined || target.kind === 'receiveTask' || awaited.some((key) => body[key] !== undefined)) continue;
      const message = `nothing is awaited at ${quoted(flow.to)}, to which the event-based gateway leads`;
      this.complain([...path, 'id'], 'event-target', message, 'lead its flows to "catchEvent" or "receiveTask" nodes');
    }
  }

  /** What an event-based gateway awaits has no other flow that leads to it (BPMN 2.0, 10.6.6). */
  private awaitedAlone({ id }: Element): void {
    for (const target of new Set(this.graph.flowsFrom(id).map((flow) => flow.to))) {
      const [, second] = this.graph.flowsTo(target);
      const element = this.context.index.get(target);
      if (second === undefined || element === undefined) continue;
      const message = `the event-based gateway ${quoted(id)} leads to ${quoted(target)}, and another flow does so, too`;
      const remedy = `lead the flow ${quoted(second.id)} to an event of its own, or to the gateway`;
      this.context.report.at([...element.path, 'id'], { rule: 'event-target-shared', severity: 'warning', message, remedy });
    }
  }

  /** One target for each name of a link in a scope. */
  private linkTarget(element: Element): void {
    const name = textOf(mapOf(element.value['catchEvent'])['link']);
    const targets = this.links('catchEvent').filter(([link]) => link === name);
    if (name === undefined || targets.length < 2 || targets[0]?.[1] === element) return;
    const message = `there are two targets of the link ${quoted(name)}`;
    this.complain([...element.path, 'catchEvent', 'link'], 'link-twice', message, 'give one of them another name');
  }

  private linkSource(element: Element): void {
    const name = textOf(mapOf(element.value[element.kind])['link']);
    const targets = this.links('catchEvent').map(([link]) => link);
    if (name === undefined || targets.includes(name)) return;
    const message = `the link ${quoted(name)} leads nowhere`;
    const remedy = suggestion(name, targets) ?? `add a node with "catchEvent: { link: ${name} }" to the same process or sub-process`;
    this.complain([...element.path, element.kind, 'link'], 'link-target', message, remedy);
  }

  private links(kind: 'catchEvent'): [string, Element][] {
    return this.container.elements.flatMap((element): [string, Element][] => {
      const link = textOf(mapOf(element.value[kind])['link']);
      return link === undefined ? [] : [[link, element]];
    });
  }

  /** What undoes an activity is an activity beside it, without flows. */
  private handler(element: Element): void {
    const id = handlerOf(element);
    if (id === undefined) return;
    const at = [...element.path, 'boundaryEvent', 'compensation', 'handler'];
    const host = mapOf(element.value['boundaryEvent'])['attachedTo'];
    const fits = (known: Element): boolean => isActivity(known.kind) && known.container === this.container && known.id !== host;
    this.context.reference(at, 'another activity of the same process or sub-process', fits);
    const handler = this.context.index.get(id);
    if (handler === undefined) return;
    this.noFlows(handler, 'to', 'a handler that undoes an activity is reached by compensation alone');
    this.noFlows(handler, 'from', 'a handler that undoes an activity is reached by compensation alone');
    this.noFlows(element, 'from', 'a compensation event leads to its handler alone');
  }

  /** An activity is undone in one way. */
  private undoneOnce(element: Element): void {
    const body = mapOf(element.value['boundaryEvent']);
    const host = textOf(body['attachedTo']);
    if (body['compensation'] === undefined || host === undefined) return;
    const first = this.container.elements.find(({ value }) => {
      const other = mapOf(value['boundaryEvent']);
      return other['compensation'] !== undefined && other['attachedTo'] === host;
    });
    if (first === element || first === undefined) return;
    const message = `${quoted(host)} has another boundary event for "compensation", ${quoted(first.id)}, so that this one never happens`;
    this.complain([...element.path, 'boundaryEvent', 'compensation'], 'boundary-twice', message, 'keep one of them', 'key');
  }

  private eventSubProcess(element: Element, inner: Container): void {
    this.noFlows(element, 'to', 'an event sub-process is begun by its event alone');
    this.noFlows(element, 'from', 'an event sub-process is begun by its event alone');
    const starts = inner.elements.filter(({ kind }) => kind === 'startEvent');
    const triggers = [...awaited, ...inside];
    const begins = starts.filter(({ value }) => triggers.some((key) => mapOf(value['startEvent'])[key] !== undefined));
    if (starts.length === 1 && begins.length === 1) return;
    const message = 'an event sub-process has one start event with what begins it';
    this.complain(
      [...element.path, 'id'],
      'event-sub-process',
      message,
      'add a node such as "startEvent: { message: { name: ... } }", or keep one',
    );
  }

  private complain(path: Path, rule: string, message: string, remedy: string, part: 'key' | 'value' = 'value'): void {
    this.context.report.at(path, { rule, message, remedy }, part);
  }
}
