import type { JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import { titleOf } from './activities';
import type { ProcessContext } from './context';
import type { Graph, NodeDraft } from './graph';
import { checkGraph } from './graph-checks';
import type { NodeCompiler } from './node-compiler';
import { withoutCase } from './scopes';
import { type Container, type Element, handlerOf, isActivity, listOf, mapOf, numberOf, terminateOf, textOf } from './step-document';

/** Gateways that take their flows whatever a condition says (BPMN 2.0, 13.4). */
const unconditional = ['parallelGateway', 'eventBasedGateway'];

/** Compiles the nodes and flows of one process or sub-process in the graph notation. */
export class GraphFlow {
  constructor(
    private readonly context: ProcessContext,
    private readonly graph: Graph,
    private readonly nodes: NodeCompiler,
    private readonly container: Container,
  ) {}

  /** Brings everything into the graph. Returns where a token begins; of a process that is begun by triggers alone, nothing. */
  compile(): string[] {
    this.addFlows([...this.container.path, 'flows']);
    for (const element of this.container.elements) if (element.kind !== 'eventSubProcess') this.addNode(element);
    checkGraph(this.context, this.graph, this.container);
    return this.entries();
  }

  /** Nodes that say which sub-process they are in have their flows in the list of the nodes. */
  private addFlows(path: Path): void {
    listOf(this.context.report.document.at(path)).forEach((value, index) => {
      this.addFlow(mapOf(value), [...path, index]);
    });
  }

  private addFlow(flow: JsonObject, path: Path): void {
    const from = this.end(flow, 'from', path);
    const to = this.end(flow, 'to', path);
    if (from === undefined || to === undefined) return;
    const id = textOf(flow['id']) ?? `${from.id}>${to.id}`;
    const { report } = this.context;
    if (from.container !== to.container) {
      const message = `the flow from ${quoted(from.id)} to ${quoted(to.id)} leaves or enters a sub-process`;
      const remedy = 'let it end at a node of the same process or sub-process; events lead out of a sub-process';
      report.at(path, { rule: 'flow-between-scopes', message, remedy });
      return;
    }
    if (this.graph.hasFlow(id)) {
      const message = `there are two flows with the id ${quoted(id)}`;
      report.at(path, { rule: 'duplicate-id', message, remedy: 'give one of them another "id"' });
      return;
    }
    this.graph.addFlow(id, from.id, to.id, this.condition(flow, from, path));
  }

  private end(flow: JsonObject, key: 'from' | 'to', path: Path): Element | undefined {
    const id = String(flow[key]);
    const element = this.context.index.get(id);
    if (element !== undefined) return element;
    const remedy = suggestion(id, this.context.index.ids()) ?? 'write the id of a node';
    this.context.report.at([...path, key], { rule: 'unknown-node', message: `there is no node ${quoted(id)}`, remedy });
    return undefined;
  }

  /** Activities, events and gateways that choose may have conditions on the flows out of them. */
  private condition(flow: JsonObject, from: Element, path: Path) {
    if (flow['when'] === undefined) return undefined;
    const at = [...path, 'when'];
    const condition = this.context.expressions(from.container.scope).condition(at);
    if (!unconditional.includes(from.kind)) return condition;
    const message = `flows out of ${quoted(from.id)} are taken whatever their condition says`;
    const remedy = 'leave "when" out, or put an "exclusiveGateway" before it';
    this.context.report.at(at, { rule: 'condition-without-effect', severity: 'warning', message, remedy });
    return undefined;
  }

  private addNode(element: Element): void {
    this.checkModifiers(element);
    const node = this.node(element);
    if (node !== undefined) this.place(node);
  }

  private place(node: NodeDraft): void {
    this.graph.addNode(this.container.id === undefined ? node : { ...node, parent: this.container.id });
  }

  private checkModifiers({ kind, value, path }: Element): void {
    for (const key of isActivity(kind) ? [] : ['retry', 'forEach', 'repeat', 'mutex', 'cancels', 'milestone', 'default']) {
      if (value[key] === undefined) continue;
      const remedy = key === 'default' ? `write it inside "${kind}" if that is a gateway` : `leave "${key}" out here`;
      this.context.misplaced([...path, key], `only an activity has ${quoted(key)} beside it`, remedy);
    }
  }

  private node(element: Element): NodeDraft | undefined {
    const { id, kind, value, path } = element;
    const head = { id, ...titleOf(value) };
    const body = mapOf(value[kind]);
    const at = [...path, kind];
    switch (kind) {
      case 'startEvent':
        return { ...head, kind, ...this.start(element, at) };
      case 'endEvent': {
        const throws = this.nodes.thrown(at, this.container);
        const node: NodeDraft = { ...head, kind, name: textOf(body['name']) ?? '', terminate: terminateOf(body) };
        return throws === undefined ? node : { ...node, throws };
      }
      case 'catchEvent':
        return { ...this.nodes.caught(body, id, at, element.outer), ...head };
      case 'throwEvent': {
        const throws = this.nodes.thrown(at, this.container);
        return { ...head, kind: 'intermediateThrowEvent', ...(throws === undefined ? {} : { throws }) };
      }
      case 'boundaryEvent':
        return this.boundary(element, body, at);
      case 'exclusiveGateway':
      case 'inclusiveGateway':
        return { ...head, kind, ...this.defaultFlow(element, body, at) };
      case 'complexGateway':
        return { ...head, kind, ...this.complex(element, body), ...this.defaultFlow(element, body, at) };
      case 'parallelGateway':
      case 'eventBasedGateway':
        return { ...head, kind };
      default:
        return isActivity(kind) ? this.activity(element) : undefined;
    }
  }

  private start(element: Element, path: Path): Partial<Omit<Extract<NodeDraft, { kind: 'startEvent' }>, 'id' | 'kind'>> {
    const body = mapOf(this.context.report.document.at(path));
    const isEvent = this.container.variant === 'event';
    const { scope } = this.container;
    if (!hasTrigger(body)) return this.nodes.events.output(path, scope);
    const trigger = this.nodes.events.trigger(path, scope.parent ?? withoutCase(scope));
    this.nodes.events.checkInterrupting(path, trigger);
    const named = textOf(body['result']);
    const result = isEvent ? this.nodes.events.result(path, element.id, trigger) : named === undefined ? {} : { result: named };
    return {
      trigger,
      ...(isEvent ? { interrupting: body['interrupting'] !== false } : {}),
      ...result,
      ...this.nodes.events.output(path, scope),
    };
  }

  /** A boundary event that undoes its activity is no node: see `activity`. */
  private boundary(element: Element, body: JsonObject, path: Path): NodeDraft | undefined {
    const host = this.hostOf(path);
    if (body['compensation'] !== undefined) {
      for (const key of ['result', 'output', 'interrupting']) {
        if (body[key] === undefined) continue;
        this.context.misplaced([...path, key], `what undoes an activity has no ${quoted(key)}`, `leave ${quoted(key)} out here`);
      }
      return undefined;
    }
    if (host === undefined) return undefined;
    return { ...this.nodes.boundary(body, element.id, path, host), ...titleOf(element.value) };
  }

  private hostOf(path: Path): Element | undefined {
    const fits = (known: Element): boolean =>
      isActivity(known.kind) && known.container === this.container && known.inner?.variant !== 'event';
    const id = this.context.reference([...path, 'attachedTo'], 'an activity of the same process or sub-process', fits);
    const host = id === undefined ? undefined : this.context.index.get(id);
    return host !== undefined && fits(host) ? host : undefined;
  }

  private activity(element: Element): NodeDraft {
    const { elements } = this.container;
    const events = elements.filter(({ kind, value }) => kind === 'boundaryEvent' && mapOf(value[kind])['attachedTo'] === element.id);
    const undoing = events.find(({ value }) => mapOf(value['boundaryEvent'])['compensation'] !== undefined);
    const handler = undoing === undefined ? undefined : handlerOf(undoing);
    const isHandler = elements.some((known) => known.kind === 'boundaryEvent' && handlerOf(known) === element.id);
    return {
      ...this.nodes.activity(element),
      boundary: events.filter(({ value }) => mapOf(value['boundaryEvent'])['compensation'] === undefined).map(({ id }) => id),
      ...this.defaultFlow(element, element.value, element.path),
      ...(handler === undefined ? {} : { compensation: handler }),
      ...(isHandler ? { forCompensation: true } : {}),
    };
  }

  private defaultFlow(element: Element, owner: JsonObject, path: Path): { defaultFlow?: string } {
    const id = textOf(owner['default']) ?? this.onlyOther(element);
    if (id === undefined) return {};
    const outgoing = this.graph.flowsFrom(element.id).map((flow) => flow.id);
    if (!outgoing.includes(id)) {
      const message = `no flow ${quoted(id)} leads out of ${quoted(element.id)}`;
      const remedy = suggestion(id, outgoing) ?? (outgoing.length === 0 ? 'add the flow' : `write one of: ${outgoing.join(', ')}`);
      this.context.report.at([...path, 'default'], { rule: 'unknown-flow', message, remedy });
    }
    return { defaultFlow: id };
  }

  /** Of several flows out of an exclusive gateway the first without a condition: it is for all other cases, though nobody said so. */
  private onlyOther(element: Element): string | undefined {
    const flows = element.kind === 'exclusiveGateway' ? this.graph.flowsFrom(element.id) : [];
    return flows.length > 1 ? flows.find(({ condition }) => condition === undefined)?.id : undefined;
  }

  private complex(element: Element, body: JsonObject): { need: number; of: number; rest: 'ignore' | 'block' | 'cancel' } {
    const of = numberOf(body['of']) ?? Math.max(1, this.graph.flowsTo(element.id).length);
    const need = numberOf(body['need']) ?? 1;
    if (need > of) {
      const message = `${need} arrivals of a round of ${of} are wanted`;
      this.context.report.at([...element.path, 'complexGateway', 'need'], { rule: 'join-need', message, remedy: `write ${of} or less` });
    }
    const rest = body['rest'] === 'block' || body['rest'] === 'cancel' ? body['rest'] : 'ignore';
    return { need, of, rest };
  }

  /** The start events without a trigger, else the nodes to which nothing leads; of an event sub-process its start. */
  private entries(): string[] {
    const { elements, variant } = this.container;
    const starts = elements.filter(({ kind }) => kind === 'startEvent');
    if (variant === 'event') return starts.slice(0, 1).map(({ id }) => id);
    const none = starts.filter(({ value }) => !hasTrigger(mapOf(value['startEvent'])));
    if (none.length > 0 || (variant === 'process' && starts.length > 0)) return none.map(({ id }) => id);
    const led = new Set(this.graph.targets());
    const implicit = elements.filter((element) => !led.has(element.id) && this.beginsByItself(element)).map(({ id }) => id);
    if (elements.length === 0 && this.container.id !== undefined) return this.emptyStart(`${this.container.id}.start`);
    if (implicit.length === 0 && variant !== 'adHoc') {
      const message = 'nothing begins here: a flow leads to each node';
      this.context.report.at([...this.container.path, 'nodes'], {
        rule: 'no-start',
        message,
        remedy: 'add "startEvent: {}" and a flow from it',
      });
    }
    return implicit;
  }

  /** A sub-process with nothing in it begins and ends. */
  private emptyStart(id: string): string[] {
    this.place({ id, kind: 'startEvent' });
    return [id];
  }

  private beginsByItself({ id, kind, value, inner }: Element): boolean {
    if (kind === 'boundaryEvent' || kind === 'eventSubProcess' || inner?.variant === 'event') return false;
    const node = this.graph.get(id);
    return mapOf(value['catchEvent'])['link'] === undefined && !(node !== undefined && 'boundary' in node && node.forCompensation === true);
  }
}

/** True where a start says what begins it. */
function hasTrigger(body: JsonObject): boolean {
  return ['message', 'signal', 'timer', 'condition', 'error', 'escalation', 'compensation'].some((key) => body[key] !== undefined);
}
