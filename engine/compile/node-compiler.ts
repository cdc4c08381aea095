import type { Expression } from '../feel/expression';
import type { JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted } from '../language/suggestion';
import type { AdHocRule, SubProcessNode, ThrowRule } from '../runtime/process-model';
import { ActivityCompiler, type ActivityDraft, titleOf } from './activities';
import { BoundaryRepetition } from './boundary-repetition';
import { never, type ProcessContext } from './context';
import { EventCompiler } from './events';
import type { Graph, NodeDraft } from './graph';
import { GraphFlow } from './graph-flow';
import { carriedOut } from './loops';
import type { Scope } from './scopes';
import { addStarts } from './starts';
import { type Container, type Element, isActivity, mapOf, namesOf } from './step-document';
import { StepFlow, startOf } from './step-flow';

/** Compiles elements into nodes, and what sub-processes hold into more of them: the one place that both notations meet. */
export class NodeCompiler {
  private readonly activities: ActivityCompiler;
  private readonly repetition: BoundaryRepetition;
  readonly events: EventCompiler;

  constructor(
    private readonly context: ProcessContext,
    private readonly graph: Graph,
  ) {
    this.activities = new ActivityCompiler(context);
    this.repetition = new BoundaryRepetition(context.report);
    this.events = new EventCompiler(context);
  }

  /** The node of an activity, without its boundary events and its compensation; a sub-process brings what it holds into the graph. */
  activity(element: Element): ActivityDraft {
    const { kind, inner } = element;
    if (!isActivity(kind)) throw new Error(`invariant: "${element.id}" is no activity`);
    return kind === 'subProcess' && inner !== undefined ? this.subProcess(element, inner) : this.activities.node(element, kind as 'task');
  }

  /** The node of an event that is awaited; `path` leads to the map with its trigger. */
  caught(event: JsonObject, id: string, path: Path, names: Scope): NodeDraft {
    const trigger = this.events.catchTrigger(path, names);
    const gives = { ...this.events.result(path, id, trigger), ...this.events.output(path, names) };
    return { id, ...titleOf(event), kind: 'intermediateCatchEvent', trigger, ...gives };
  }

  /** The node of a boundary event; `path` leads to the map with its trigger. */
  boundary(event: JsonObject, id: string, path: Path, host: Element): NodeDraft {
    const trigger = this.events.trigger(path, host.outer);
    this.events.checkInterrupting(path, trigger);
    if (trigger.kind === 'cancel' && host.inner?.variant !== 'transaction') {
      const remedy = 'write "transaction: true" at the sub-process, or wait for an error';
      this.context.report.at(
        [...path, 'cancel'],
        { rule: 'cancel-outside-transaction', message: 'only a transaction is cancelled', remedy },
        'key',
      );
    }
    const interrupting = mapOf(this.context.report.document.at(path))['interrupting'] !== false;
    this.repetition.check(host.id, { id, interrupting }, trigger, path);
    const gives = { ...this.events.result(path, id, trigger), ...this.events.output(path, host.outer) };
    return { id, ...titleOf(event), kind: 'boundaryEvent', attachedTo: host.id, interrupting, trigger, ...gives };
  }

  /** What stands at a path to be thrown. */
  thrown(path: Path, container: Container): ThrowRule | undefined {
    return this.events.throwRule(path, container, container.scope);
  }

  /** What an end of steps throws: `throw` beside it, or the cancelling of a transaction. */
  thrownByEnd(step: JsonObject, path: Path, container: Container): ThrowRule | undefined {
    if (step['throw'] !== undefined) return this.thrown([...path, 'throw'], container);
    return step['cancel'] === true ? this.thrown(path, container) : undefined;
  }

  /** Compiles what a process or sub-process holds. Returns where it begins and its event sub-processes. */
  content(container: Container): { entries: string[]; eventSubProcesses: string[] } {
    this.checkNotation(container);
    const listed = container.elements.filter(({ kind }) => kind === 'eventSubProcess');
    const entries = container.isGraph ? this.graphContent(container) : this.stepContent(container);
    for (const element of listed) this.eventSubProcess(element);
    const inGraph = container.elements.filter(({ kind, inner }) => kind === 'subProcess' && inner?.variant === 'event');
    return { entries, eventSubProcesses: [...inGraph, ...listed].map(({ id }) => id) };
  }

  /** Complains about keys of the other notation. */
  private checkNotation({ path, isGraph, id }: Container): void {
    const body = path.length === 0 ? this.context.report.document.value : mapOf(this.context.report.document.at(path));
    const [keys, remedy] = isGraph
      ? [['steps', ...(id === undefined ? ['start'] : [])], 'write it as nodes: a start is a "startEvent"']
      : [['nodes', 'flows'], 'write either "steps", or "nodes" and "flows"'];
    for (const key of keys) {
      if (body[key] !== undefined) this.context.misplaced([...path, key], `${key} have no meaning in this notation`, remedy);
    }
    if (isGraph || body['steps'] !== undefined) return;
    this.context.report.at(path, { rule: 'missing-key', message: 'the sub-process has no "steps"', remedy: 'add "steps: [...]"' }, 'key');
  }

  private graphContent(container: Container): string[] {
    return new GraphFlow(this.context, this.graph, this, container).compile();
  }

  private stepContent(container: Container): string[] {
    const steps = new StepFlow(this.context, this.graph, this, container);
    if (container.variant === 'adHoc') {
      steps.compile();
      const led = new Set(this.graph.targets());
      return container.elements.map(({ id }) => id).filter((id) => this.isLooseEntry(id, container, led));
    }
    if (container.variant === 'process') {
      const entries = addStarts(this.context, this.events, this.graph, steps);
      steps.compile();
      return entries;
    }
    const start = startOf(container);
    if (container.variant !== 'event') steps.add({ id: start, kind: 'startEvent' });
    this.graph.addFlow(`${start}.next`, start, steps.entry());
    steps.compile();
    return [start];
  }

  /** A step of an ad-hoc sub-process to which no other one leads; nothing inside of a step is one. */
  private isLooseEntry(id: string, container: Container, led: ReadonlySet<string>): boolean {
    const element = this.context.index.get(id);
    return element?.list?.path.length === container.path.length + 1 && !led.has(id);
  }

  private subProcess(element: Element, inner: Container): ActivityDraft {
    const at = [...element.path, 'subProcess'];
    const { entries, eventSubProcesses } = this.content(inner);
    const body = mapOf(element.value['subProcess']);
    this.checkVariant(element, body);
    const head = this.activities.head(element);
    const output = { ...carriedOut(this.context, element), ...this.context.expressionMap([...at, 'output'], inner.scope) };
    return {
      ...head,
      kind: 'subProcess',
      variant: inner.variant as SubProcessNode['variant'],
      entries,
      eventSubProcesses,
      variables: inner.scope.declarations(),
      input: this.context.values([...at, 'input'], namesOf(element)),
      ...(Object.keys(output).length === 0 ? {} : { output }),
      ...(body['adHoc'] === undefined ? {} : { adHoc: this.adHoc(inner, [...at, 'adHoc']) }),
    } as ActivityDraft;
  }

  private checkVariant({ path, container }: Element, body: JsonObject): void {
    const variants = ['transaction', 'adHoc', 'event'].filter((key) => body[key] !== undefined);
    const second = variants[1];
    if (second !== undefined) {
      const message = `a sub-process is not ${variants.map(quoted).join(' and ')} at once`;
      this.context.misplaced([...path, 'subProcess', second], message, 'keep one of them');
    }
    if (body['event'] !== undefined && !container.isGraph) {
      const message = 'what an event begins stands apart from the steps';
      this.context.misplaced([...path, 'subProcess', 'event'], message, 'write it under "eventSubProcesses"');
    }
  }

  private adHoc(inner: Container, path: Path): AdHocRule {
    const rule = mapOf(this.context.report.document.at(path));
    const names = this.context.expressions(inner.scope);
    const until = rule['until'] === undefined ? undefined : names.condition([...path, 'until']);
    return {
      ordering: rule['ordering'] === 'sequential' ? 'sequential' : 'parallel',
      activate: this.activation(rule, path, inner),
      ...(until === undefined ? {} : { until }),
      cancelRemaining: rule['cancelRemaining'] !== false,
    };
  }

  private activation(rule: JsonObject, path: Path, inner: Container): 'all' | 'byHand' | Expression {
    const { activate } = rule;
    if (activate === 'all') return 'all';
    if (activate === undefined || activate === 'byHand') return 'byHand';
    return this.context.expressions(inner.scope).expressionAt([...path, 'activate']) ?? never;
  }

  /** An event sub-process of the list `eventSubProcesses`: its start stands beside its steps. */
  private eventSubProcess(element: Element): void {
    const { id, value, path, container, inner, outer } = element;
    if (inner === undefined) return;
    const start = startOf(inner);
    const trigger = this.events.trigger(path, outer);
    this.events.checkInterrupting(path, trigger);
    const interrupting = value['interrupting'] !== false;
    const gives = { ...this.events.result(path, id, trigger), ...this.events.output(path, inner.scope) };
    this.graph.addNode({ id: start, kind: 'startEvent', parent: id, trigger, interrupting, ...gives });
    const { entries, eventSubProcesses } = this.content(inner);
    const node: NodeDraft = {
      id,
      ...titleOf(value),
      kind: 'subProcess',
      boundary: [],
      variant: 'event',
      entries,
      eventSubProcesses,
      variables: inner.scope.declarations(),
      input: {},
    };
    this.graph.addNode(container.id === undefined ? node : { ...node, parent: container.id });
  }
}
