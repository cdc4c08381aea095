import type { Json, JsonObject } from '../../json';
import { FlowOrder } from './flow-order';
import type { GraphDocument, GraphFlowDocument, GraphNode } from './import-container';

/** A step of the block notation. */
interface Step extends JsonObject {
  id: string;
}

/** A list of steps on its way, in the lists around it. */
interface List {
  steps: Step[];
  /** The node that comes after the list; undefined where the process or sub-process ends there. */
  after: string | undefined;
  around: List | undefined;
  /** True where no jump leads out: the branches of a fork, and what runs beside a step. */
  closed: boolean;
  /** True in a branch of a parallel fork, which has to come to its end. */
  joined: boolean;
}

/** Thrown where the graph has no steps that mean the same; never leaves this file. */
class Unstructured extends Error {}

const activityKinds = new Set([
  ...['userTask', 'serviceTask', 'scriptTask', 'businessRuleTask', 'sendTask', 'receiveTask', 'callActivity', 'subProcess', 'task'],
]);
const beside = ['forEach', 'repeat', 'retry', 'mutex', 'milestone', 'cancels'];

/**
 * The document of a process in steps that mean the same as its nodes and flows, or undefined where the graph is not structured: its forks
 * and joins have to nest, and where ways meet otherwise a jump has to be allowed. `stepId` gives ids as steps may have them.
 */
export function structured(graph: GraphDocument, names: StepNames): JsonObject | undefined {
  try {
    return new Structurer(graph, names, undefined).document();
  } catch (error) {
    if (error instanceof Unstructured) return undefined;
    throw error;
  }
}

class Structurer {
  private readonly order: FlowOrder;
  private readonly nodes: ReadonlyMap<string, GraphNode>;
  private readonly boundaries = new Map<string, GraphNode[]>();
  private readonly homes = new Map<string, List>();
  private readonly seen = new Set<string>();
  private readonly deferred: { host: GraphNode; step: Step; list: List }[] = [];

  /** @param trigger the sub-process whose start event says by what it begins */
  constructor(
    graph: GraphDocument,
    private readonly names: StepNames,
    private readonly trigger: string | undefined,
  ) {
    this.nodes = new Map(graph.nodes.map((node) => [node.id, node]));
    if (this.nodes.size > 600) throw new Unstructured();
    this.order = new FlowOrder(this.nodes, graph.flows);
    for (const node of graph.nodes) {
      const host = mapOf(node['boundaryEvent'])['attachedTo'];
      if (typeof host === 'string') this.boundaries.set(host, [...(this.boundaries.get(host) ?? []), node]);
    }
  }

  /** `start`, `steps` and `eventSubProcesses`. */
  document(): JsonObject {
    const events = [...this.nodes.values()].filter((node) => mapOf(node['subProcess'])['event'] === true);
    for (const { id } of events) this.seen.add(id);
    const { entry, start } = this.entry();
    const list: List = { steps: [], after: undefined, around: undefined, closed: true, joined: false };
    if (this.fill(list, entry) !== undefined) throw new Unstructured();
    for (let next = this.deferred.shift(); next !== undefined; next = this.deferred.shift()) this.boundary(next);
    if (list.steps.length === 0 || [...this.nodes.keys()].some((id) => !this.seen.has(id))) throw new Unstructured();
    const eventSubProcesses = events.map((node) => this.eventSubProcess(node));
    return {
      ...(start === undefined ? {} : { start }),
      steps: list.steps,
      ...(eventSubProcesses.length === 0 ? {} : { eventSubProcesses }),
    };
  }

  /** Where a token begins: behind the one start event, or behind several that have all a trigger and lead to one node. */
  private entry(): { entry: string; start?: JsonObject[] } {
    const starts = [...this.nodes.values()].filter((node) => 'startEvent' in node);
    if (starts.length === 0) {
      const sources = [...this.nodes.values()].filter((node) => this.order.to(node.id).length === 0 && !this.isApart(node));
      const [only, ...others] = sources;
      if (only === undefined || others.length > 0) throw new Unstructured();
      return { entry: only.id };
    }
    if (this.trigger === undefined && starts.some((node) => mapOf(node['startEvent'])['output'] !== undefined)) throw new Unstructured();
    const targets = new Set(starts.map(({ id }) => this.behind(id)));
    const [entry] = targets;
    if (entry === undefined || targets.size > 1) throw new Unstructured();
    for (const { id } of starts) this.seen.add(id);
    const triggered = starts.filter((node) => Object.keys(mapOf(node['startEvent'])).length > 0);
    if (this.trigger !== undefined || triggered.length === 0) {
      if (starts.length > 1) throw new Unstructured();
      return { entry };
    }
    if (triggered.length < starts.length || triggered.some((node) => mapOf(node['startEvent'])['condition'] !== undefined))
      throw new Unstructured();
    return { entry, start: triggered.map((node) => ({ id: this.names.step(node.id), ...mapOf(node['startEvent']) })) };
  }

  private behind(id: string): string {
    const [flow, ...others] = this.order.from(id);
    if (flow === undefined || others.length > 0 || flow['when'] !== undefined) throw new Unstructured();
    return flow.to;
  }

  /** What no flow leads to and yet is reached: boundary events, what undoes an activity, event sub-processes. */
  private isApart(node: GraphNode): boolean {
    const handlers = [...this.boundaries.values()].flat().map((event) => mapOf(mapOf(event['boundaryEvent'])['compensation'])['handler']);
    return 'boundaryEvent' in node || handlers.includes(node.id) || mapOf(node['subProcess'])['event'] === true;
  }

  /** Fills a list from a node on. Returns where to jump if the list stays empty and what comes is not what follows it. */
  private fill(list: List, entry: string): string | undefined {
    let at: string | undefined = this.resolve(entry);
    while (at !== undefined) {
      if (at === list.after) return undefined;
      if (this.homes.has(at) || this.isAwaited(at, list)) return this.jump(list, at);
      const node: GraphNode | undefined = this.nodes.get(at);
      if (node === undefined) throw new Unstructured();
      this.seen.add(at);
      this.homes.set(at, list);
      at = this.step(node, list);
    }
    return undefined;
  }

  private resolve(id: string): string {
    return this.order.resolved(id, (passed) => this.seen.add(passed));
  }

  /** True where a node will stand behind a list around this one, to which a jump may lead. */
  private isAwaited(id: string, from: List): boolean {
    for (let list: List | undefined = from; list !== undefined && !list.closed; list = list.around) {
      if (list.around?.closed === false && list.around.after === id) return true;
    }
    return false;
  }

  private jump(list: List, target: string): string | undefined {
    const home = this.homes.get(target);
    if (home !== undefined) {
      let around: List | undefined = list;
      while (around !== home) {
        if (around === undefined || around.closed) throw new Unstructured();
        around = around.around;
      }
    }
    const last = list.steps.at(-1);
    if (last === undefined) return this.names.step(target);
    if (last['next'] !== undefined || 'end' in last) throw new Unstructured();
    last['next'] = this.names.step(target);
    return undefined;
  }

  /** Adds the step of a node. Returns the node that comes after it, if any comes. */
  private step(node: GraphNode, list: List): string | undefined {
    const [kind = ''] = Object.keys(node).filter((key) => key !== 'id' && key !== 'title' && !beside.includes(key));
    const head: Step = { id: this.names.step(node.id), ...(node['title'] === undefined ? {} : { title: node['title'] }) };
    const body = mapOf(node[kind]);
    if (activityKinds.has(kind)) return this.activity(node, kind, head, list);
    switch (kind) {
      case 'endEvent':
        return this.end(head, body, list);
      case 'catchEvent':
        list.steps.push({ ...head, ...caught(body) });
        return this.after(node, list);
      case 'throwEvent':
        if (body['link'] !== undefined) throw new Unstructured();
        list.steps.push({ ...head, ...(Object.keys(body).length === 0 ? { task: {} } : { throw: this.renamed(body) }) });
        return this.after(node, list);
      case 'exclusiveGateway':
        return this.exclusive(node, head, body, list);
      case 'eventBasedGateway':
        return this.eventBased(node, head, list);
      case 'parallelGateway':
      case 'inclusiveGateway':
        if (this.order.to(node.id).length > 1) throw new Unstructured();
        return this.fork(node.id, head, kind, body, list);
      default:
        throw new Unstructured();
    }
  }

  private renamed(body: JsonObject): JsonObject {
    const activity = body['compensation'];
    return typeof activity === 'string' ? { ...body, compensation: this.names.step(activity) } : body;
  }

  private end(head: Step, body: JsonObject, list: List): undefined {
    const { name, terminate, cancel, ...thrown } = body;
    for (let around: List | undefined = list; around !== undefined; around = around.around) {
      if (around.joined && terminate === undefined && cancel !== true && thrown['error'] === undefined) throw new Unstructured();
    }
    const throws = this.renamed(thrown);
    list.steps.push({
      ...head,
      end: typeof name === 'string' ? name : 'ended',
      ...(Object.keys(throws).length === 0 ? {} : { throw: throws }),
      ...(terminate === undefined ? {} : { terminate }),
      ...(cancel === true ? { cancel } : {}),
    });
    return undefined;
  }

  private activity(node: GraphNode, kind: string, head: Step, list: List): string | undefined {
    if (node['default'] !== undefined) throw new Unstructured();
    const step: Step = { ...head, [kind]: kind === 'subProcess' ? this.inside(node.id, mapOf(node[kind])) : (node[kind] as Json) };
    for (const key of beside) if (node[key] !== undefined) step[key] = this.cancelled(key, node[key] as Json);
    const events = this.boundaries.get(node.id) ?? [];
    for (const event of events) {
      const handler = mapOf(mapOf(event['boundaryEvent'])['compensation'])['handler'];
      if (typeof handler !== 'string') continue;
      if (step['compensate'] !== undefined) throw new Unstructured();
      step['compensate'] = this.handler(handler);
      this.seen.add(event.id);
    }
    list.steps.push(step);
    if (events.length > 0) this.deferred.push({ host: node, step, list });
    return this.after(node, list);
  }

  private cancelled(key: string, value: Json): Json {
    return key === 'cancels' && Array.isArray(value) ? value.map((id) => this.names.step(String(id))) : value;
  }

  private handler(id: string): Step {
    const node = this.nodes.get(id);
    const [kind = ''] = Object.keys(node ?? {}).filter((key) => activityKinds.has(key));
    if (node === undefined || kind === '' || this.boundaries.has(id) || this.order.from(id).length + this.order.to(id).length > 0)
      throw new Unstructured();
    this.seen.add(id);
    const { title, default: _, ...others } = node;
    return {
      ...others,
      id: this.names.step(id),
      ...(title === undefined ? {} : { title }),
      ...(kind === 'subProcess' ? { subProcess: this.inside(id, mapOf(node[kind])) } : {}),
    };
  }

  /** A sub-process in steps where it is structured, else as it is; the order of an ad-hoc one is none. */
  private inside(id: string, body: JsonObject): JsonObject {
    const { nodes, flows, ...others } = body;
    if (!Array.isArray(nodes) || !Array.isArray(flows)) return body;
    const graph = { nodes: nodes as GraphNode[], flows: flows as GraphFlowDocument[] };
    const inner = body['adHoc'] === undefined ? this.tryInside(graph, id) : undefined;
    return { ...others, ...(inner ?? this.names.renamedGraph(graph)) };
  }

  private tryInside(graph: GraphDocument, id: string): JsonObject | undefined {
    try {
      return new Structurer(graph, this.names, id).document();
    } catch (error) {
      if (error instanceof Unstructured) return undefined;
      throw error;
    }
  }

  private eventSubProcess(node: GraphNode): JsonObject {
    const { nodes, flows, event: _, input, output, ...others } = mapOf(node['subProcess']);
    if (node['forEach'] !== undefined || node['repeat'] !== undefined || input !== undefined || output !== undefined)
      throw new Unstructured();
    const graph = { nodes: nodes as unknown as GraphNode[], flows: flows as unknown as GraphFlowDocument[] };
    const inner = new Structurer(graph, this.names, node.id).document();
    if (inner['eventSubProcesses'] !== undefined) throw new Unstructured();
    const start = graph.nodes.find((inside) => 'startEvent' in inside);
    if (start === undefined) throw new Unstructured();
    const title = node['title'] === undefined ? {} : { title: node['title'] };
    const event = mapOf(start['startEvent']);
    // what the event brings keeps the name that it has in the graph
    const isRead = event['output'] !== undefined && (event['error'] !== undefined || event['escalation'] !== undefined);
    const brings = event['message'] !== undefined || event['signal'] !== undefined || isRead;
    const result = brings && event['result'] === undefined ? { result: this.names.step(start.id) } : {};
    return { id: this.names.step(node.id), ...title, ...event, ...result, ...others, steps: inner['steps'] as Json };
  }

  /** What comes after an activity or event; several flows out of it are a fork. */
  private after(node: GraphNode, list: List): string | undefined {
    const flows = this.order.from(node.id);
    if (flows.some((flow) => flow['when'] !== undefined)) throw new Unstructured();
    const [only] = flows;
    if (flows.length > 1) return this.fork(node.id, { id: this.names.fresh(`${node.id}_fork`) }, 'parallelGateway', {}, list);
    if (only !== undefined) return this.resolve(only.to);
    if (list.after !== undefined) this.endHere(node.id, list);
    return undefined;
  }

  /** A token that goes nowhere ends, although the list goes on. */
  private endHere(id: string, list: List): void {
    this.end({ id: this.names.fresh(`${id}_end`) }, {}, list);
  }

  private exclusive(node: GraphNode, head: Step, body: JsonObject, list: List): string | undefined {
    const flows = this.order.from(node.id);
    const given = typeof body['default'] === 'string' ? body['default'] : flows.find((flow) => flow['when'] === undefined)?.id;
    if (flows.length === 0 || flows.some((flow) => flow['when'] === undefined && flow.id !== given)) throw new Unstructured();
    const meeting = this.meeting(node.id, list);
    const branches: JsonObject[] = [];
    list.steps.push({ ...head, exclusive: branches });
    for (const flow of flows) {
      const inner = this.inner(list, meeting);
      const next = this.fill(inner, flow.to);
      branches.push({
        id: this.names.flow(flow.id),
        ...(flow.id === given ? { default: true } : { when: flow['when'] as Json }),
        ...(inner.steps.length === 0 ? {} : { do: inner.steps }),
        ...(next === undefined ? {} : { next }),
      });
    }
    return meeting;
  }

  private eventBased(node: GraphNode, head: Step, list: List): string | undefined {
    const flows = this.order.from(node.id);
    if (flows.length < 2) throw new Unstructured();
    const meeting = this.meeting(node.id, list);
    const branches: JsonObject[] = [];
    list.steps.push({ ...head, eventBased: branches });
    for (const { to } of flows) {
      const event = this.nodes.get(to);
      const body = mapOf(event?.['catchEvent']);
      if (event === undefined || this.order.to(to).length > 1 || body['link'] !== undefined || !('catchEvent' in event))
        throw new Unstructured();
      this.seen.add(to);
      const inner = this.inner(list, meeting);
      // nothing jumps back to a branch of these
      this.homes.set(to, inner);
      const [flow, ...others] = this.order.from(to);
      if (others.length > 0 || flow?.['when'] !== undefined) throw new Unstructured();
      const next = flow === undefined ? undefined : this.fill(inner, flow.to);
      if (flow === undefined && meeting !== undefined) this.endHere(to, inner);
      const title = event['title'] === undefined ? {} : { title: event['title'] };
      const does = { ...(inner.steps.length === 0 ? {} : { do: inner.steps }), ...(next === undefined ? {} : { next }) };
      branches.push({ id: this.names.step(to), ...title, ...body, ...does });
    }
    return meeting;
  }

  private inner(list: List, after: string | undefined): List {
    return { steps: [], after: after ?? list.after, around: list, closed: false, joined: false };
  }

  /**
   * Where to go on after a choice: where all ways meet, or else where most of them do, or with the longest way, so that what ends early
   * stands inside. Whether that is possible is seen when the branches are filled.
   */
  private meeting(split: string, list: List): string | undefined {
    const all = this.order.meeting(split);
    if (all !== undefined) return this.resolve(all);
    const ways = this.order.from(split).map(({ to }) => this.order.reachable(this.order.resolved(to), split));
    const counts = new Map<string, number>();
    for (const id of ways.flat()) counts.set(id, (counts.get(id) ?? 0) + 1);
    const open = (id: string): boolean => !this.homes.has(id) && !this.isAwaited(id, list);
    const most = Math.max(0, ...[...counts].filter(([id]) => open(id)).map(([, count]) => count));
    const candidates = most > 1 ? ways.flat().filter((id) => counts.get(id) === most && open(id)) : [];
    const longest = [...ways].sort((a, b) => b.length - a.length)[0]?.[0];
    const chosen = candidates[0] ?? (longest !== undefined && open(longest) ? longest : undefined);
    return chosen === undefined ? list.after : this.resolve(chosen);
  }

  /** A fork with the join where all of its ways meet. */
  private fork(id: string, head: Step, kind: 'parallelGateway' | 'inclusiveGateway', body: JsonObject, list: List): string | undefined {
    const flows = this.order.from(id);
    const join = this.order.meeting(id);
    const joint = join === undefined ? undefined : this.nodes.get(join);
    if (flows.length < 2 || join === undefined || joint === undefined || !(kind in joint) || this.homes.has(join)) throw new Unstructured();
    const given = typeof body['default'] === 'string' ? body['default'] : undefined;
    const branches: JsonObject[] = [];
    list.steps.push({ ...head, [kind === 'parallelGateway' ? 'parallel' : 'inclusive']: branches });
    const before = new Set(this.seen);
    const inside = (at: string): boolean => at === id || (this.seen.has(at) && !before.has(at));
    for (const flow of flows) {
      const inner: List = { steps: [], after: join, around: list, closed: true, joined: kind === 'parallelGateway' };
      if (this.fill(inner, flow.to) !== undefined) throw new Unstructured();
      const when = flow.id === given ? { default: true } : flow['when'] === undefined ? {} : { when: flow['when'] as Json };
      branches.push({ id: this.names.flow(flow.id), ...when, do: inner.steps });
    }
    const arriving = this.order.to(join);
    if (kind === 'parallelGateway' && arriving.length !== flows.length) throw new Unstructured();
    if (arriving.some(({ from }) => !inside(from))) throw new Unstructured();
    this.seen.add(join);
    this.homes.set(join, { steps: [], after: undefined, around: undefined, closed: true, joined: false });
    const [on, ...others] = this.order.from(join);
    if (others.length > 0 || on?.['when'] !== undefined) throw new Unstructured();
    if (on === undefined && list.after !== undefined) this.endHere(join, list);
    return on === undefined ? undefined : this.resolve(on.to);
  }

  /** The events at a step: what follows an interrupting one goes on after the step, or jumps; what follows another one ends by itself. */
  private boundary({ host, step, list }: { host: GraphNode; step: Step; list: List }): void {
    const events = (this.boundaries.get(host.id) ?? []).filter((event) => mapOf(event['boundaryEvent'])['compensation'] === undefined);
    if (events.length === 0) return;
    const following = this.order.from(host.id);
    const [only] = following;
    // behind a fork nothing of an event may come by itself
    const after = following.length > 1 ? '' : only === undefined ? undefined : this.resolve(only.to);
    step['boundary'] = events.map((event) => {
      this.seen.add(event.id);
      const { attachedTo: _, ...body } = mapOf(event['boundaryEvent']);
      const interrupting = body['interrupting'] !== false;
      const inner: List = { steps: [], after: interrupting ? after : undefined, around: list, closed: !interrupting, joined: false };
      const [flow, ...others] = this.order.from(event.id);
      if (others.length > 0 || flow?.['when'] !== undefined) throw new Unstructured();
      const next = flow === undefined ? undefined : this.fill(inner, flow.to);
      if (flow === undefined && interrupting) this.endHere(event.id, inner);
      if (next !== undefined && !interrupting) throw new Unstructured();
      const title = event['title'] === undefined ? {} : { title: event['title'] };
      const does = { ...(inner.steps.length === 0 ? {} : { do: inner.steps }), ...(next === undefined ? {} : { next }) };
      return { id: this.names.step(event.id), ...title, ...body, ...does };
    });
  }
}

function caught(body: JsonObject): JsonObject {
  if (body['link'] !== undefined) throw new Unstructured();
  const { condition, ...others } = body;
  return condition === undefined ? others : { waitFor: condition };
}

function mapOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

/** The ids of steps: letters, digits and `_`, none of them twice, none of a process's own. */
export class StepNames {
  private readonly given = new Map<string, string>();
  private readonly taken = new Set(['start', 'end']);

  step(id: string): string {
    return this.name(`node ${id}`, id);
  }

  /** The id of a branch by that of its flow. */
  flow(id: string): string {
    return this.name(`flow ${id}`, id);
  }

  fresh(wanted: string): string {
    return this.name(`fresh ${wanted}`, wanted);
  }

  /** The ids that are others than those of the graph, by these. */
  renamed(): [string, string][] {
    return [...this.given].flatMap(([key, name]) => {
      const [kind, id = ''] = key.split(' ', 2);
      return kind === 'node' && id !== name ? [[id, name] as [string, string]] : [];
    });
  }

  /** A graph inside of steps, whose nodes have ids of steps as well. */
  renamedGraph({ nodes, flows }: GraphDocument): JsonObject {
    const renamed = (node: GraphNode): GraphNode => {
      const copy: GraphNode = { ...node, id: this.step(node.id) };
      const boundary = mapOf(copy['boundaryEvent']);
      if (typeof boundary['attachedTo'] === 'string') {
        const handler = mapOf(boundary['compensation'])['handler'];
        const compensation = typeof handler === 'string' ? { compensation: { handler: this.step(handler) } } : {};
        copy['boundaryEvent'] = { ...boundary, attachedTo: this.step(boundary['attachedTo']), ...compensation };
      }
      for (const kind of ['throwEvent', 'endEvent']) {
        const activity = mapOf(copy[kind])['compensation'];
        if (typeof activity === 'string') copy[kind] = { ...mapOf(copy[kind]), compensation: this.step(activity) };
      }
      const inner = mapOf(copy['subProcess']);
      if (Array.isArray(inner['nodes'])) {
        const graph = { nodes: inner['nodes'] as GraphNode[], flows: (inner['flows'] ?? []) as GraphFlowDocument[] };
        copy['subProcess'] = { ...inner, ...this.renamedGraph(graph) };
      }
      return copy;
    };
    return {
      nodes: nodes.map(renamed),
      flows: flows.map((flow) => ({ ...flow, from: this.step(flow.from), to: this.step(flow.to) })),
    };
  }

  private name(key: string, id: string): string {
    const known = this.given.get(key);
    if (known !== undefined) return known;
    const letters = id.replaceAll(/[^\p{L}\p{N}_]/gu, '_').slice(0, 54);
    const base = /^[\p{L}_]/u.test(letters) ? letters : `_${letters}`;
    let name = base;
    for (let number = 2; this.taken.has(name); number++) name = `${base}_${number}`;
    this.taken.add(name);
    this.given.set(key, name);
    return name;
  }
}
