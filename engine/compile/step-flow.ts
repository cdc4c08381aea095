import type { JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted } from '../language/suggestion';
import { titleOf } from './activities';
import { compileBranches } from './branches';
import type { ProcessContext } from './context';
import type { Graph, NodeDraft } from './graph';
import type { NodeCompiler } from './node-compiler';
import {
  type Container,
  conditionOf,
  type Element,
  entryOf,
  isActivity,
  isBranching,
  listOf,
  mapOf,
  type StepDocument,
  type StepList,
  stepsOf,
  terminateOf,
} from './step-document';

/** The id of the node in which a process, or a sub-process, begins. */
export function startOf(container: Container): string {
  return container.id === undefined ? 'start' : `${container.id}.start`;
}

/** The id of the node to which the last step of a process, or a sub-process, leads. */
function endOf(container: Container): string {
  return container.id === undefined ? 'end' : `${container.id}.end`;
}

/**
 * Turns the steps of one process or sub-process into nodes and flows by continuation passing: each step is compiled with the id of the node
 * that comes after it. Since a step's entry is known by its id alone, jumps back and forth need no second pass.
 */
export class StepFlow {
  constructor(
    readonly context: ProcessContext,
    readonly graph: Graph,
    private readonly nodes: NodeCompiler,
    readonly container: Container,
  ) {}

  /** Compiles all steps. The implicit end is added where something comes to it. */
  compile(): void {
    const path = [...this.container.path, 'steps'];
    const end = endOf(this.container);
    if (this.container.variant === 'adHoc') this.loose(path, end);
    else this.list(path, end);
    this.addEnd(end, this.container.id === undefined ? 'completed' : '');
  }

  /** The node at which the steps begin. */
  entry(): string {
    return entryOf(stepsOf(this.context.report.document.at([...this.container.path, 'steps'])), endOf(this.container));
  }

  list(path: Path, continuation: string): void {
    const steps = stepsOf(this.context.report.document.at(path));
    steps.forEach((step, index) => {
      const following = entryOf(steps.slice(index + 1), continuation);
      this.step(step, [...path, index], following);
    });
  }

  add(node: NodeDraft): void {
    this.graph.addNode(this.placed(node));
  }

  /** Adds a gateway that waits for nothing, however many flows lead to it. */
  addSplit(node: NodeDraft): void {
    this.graph.addSplit(this.placed(node));
  }

  private placed(node: NodeDraft): NodeDraft {
    return this.container.id === undefined ? node : { ...node, parent: this.container.id };
  }

  /** The node of an event that is awaited beside others. */
  caught(event: JsonObject, id: string, path: Path): NodeDraft {
    return this.nodes.caught(event, id, path, this.container.scope);
  }

  /** Brings the flows that lead to a place to a node by one flow. Returns how many there were. */
  gather(place: string, node: string): number {
    return this.graph.gather(place, node, this.container.id);
  }

  /** The entry of the step that `next` names; undefined where there is no `next`. */
  jump(owner: JsonObject, path: Path): string | undefined {
    const next = owner['next'];
    if (typeof next !== 'string') return undefined;
    const target = this.context.index.target(next, this.context.index.list(listPathOf(path)), [...path, 'next']);
    return target === undefined ? undefined : entryOf([target.value], next);
  }

  /** The steps of an ad-hoc sub-process have no order but that of their `next`. */
  private loose(path: Path, continuation: string): void {
    stepsOf(this.context.report.document.at(path)).forEach((step, index) => {
      const at = [...path, index];
      if (step['if'] !== undefined) {
        const remedy = 'guard it: "milestone: { while: =..., lost: wait }"';
        this.context.misplaced([...at, 'if'], 'a step that is begun as people see fit is not left out by "if"', remedy);
      }
      this.step(step, at, continuation);
    });
  }

  private step(step: StepDocument, path: Path, following: string): void {
    if (step['if'] !== undefined) this.condition(step, path, following);
    const target = this.jump(step, path) ?? following;
    const element = this.context.index.at(path);
    const { kind } = element;
    this.checkCompanions(element);
    if (isBranching(kind)) compileBranches(this, step, path, kind, target);
    else if (kind === 'end') this.end(step, path);
    else if (kind === 'throw') this.throwing(element, target);
    else if (isActivity(kind)) this.activity(element, target);
    else {
      this.add(this.nodes.caught(element.value, element.id, path, this.container.scope));
      this.graph.addFlow(`${step.id}.next`, step.id, target);
    }
  }

  private activity(element: Element, target: string): void {
    const { id, value, path } = element;
    const events = listOf(value['boundary']).map(mapOf);
    const node = this.nodes.activity(element);
    this.add({ ...node, boundary: events.map((event) => String(event['id'])), ...this.compensation(element) });
    this.graph.addFlow(`${id}.next`, id, target);
    events.forEach((event, index) => {
      this.boundary(event, element, [...path, 'boundary', index], target);
    });
  }

  /** The handler that undoes an activity: a node without flows. */
  private compensation(element: Element): { compensation?: string } {
    if (element.value['compensate'] === undefined) return {};
    const handler = this.context.index.at([...element.path, 'compensate']);
    if (!isActivity(handler.kind)) {
      const message = 'what undoes a step is a task, a call or a sub-process';
      const remedy = 'put it inside of a sub-process: "subProcess: { steps: [...] }"';
      this.context.report.at([...handler.path, handler.kind], { rule: 'handler-kind', message, remedy }, 'key');
      return {};
    }
    for (const key of ['if', 'next', 'compensate', 'result', 'boundary']) {
      if (handler.value[key] === undefined) continue;
      this.context.misplaced([...handler.path, key], `a handler that undoes a step has no ${key}`, `leave "${key}" out here`);
    }
    this.add({ ...this.nodes.activity(handler), forCompensation: true });
    return { compensation: handler.id };
  }

  /** A gateway before the step: where the condition is false, the step and its `next` are left out. */
  private condition(step: StepDocument, path: Path, following: string): void {
    const gateway = conditionOf(step.id);
    const condition = this.context.expressions(this.container.scope).condition([...path, 'if']);
    this.add({ id: gateway, kind: 'exclusiveGateway', defaultFlow: `${gateway}.false` });
    this.graph.addFlow(`${gateway}.true`, gateway, step.id, condition);
    this.graph.addFlow(`${gateway}.false`, gateway, following);
  }

  private boundary(event: JsonObject, element: Element, path: Path, target: string): void {
    const id = String(event['id']);
    this.add(this.nodes.boundary(event, id, path, element));
    const interrupting = event['interrupting'] !== false;
    const ownEnd = `${id}.end`;
    const jump = interrupting ? this.jump(event, path) : this.refuseJump(event, path);
    const continuation = jump ?? (interrupting ? target : ownEnd);
    this.graph.addFlow(`${id}.next`, id, entryOf(stepsOf(event['do']), continuation));
    this.list([...path, 'do'], continuation);
    this.addEnd(ownEnd, '');
  }

  private end(step: StepDocument, path: Path): void {
    const throws = this.nodes.thrownByEnd(step, path, this.container);
    const terminate = terminateOf(step);
    const leaves = terminate !== false || throws?.kind === 'error' || throws?.kind === 'cancel';
    if (!leaves && this.insideParallel(path)) {
      const message = 'an end inside a branch of a parallel step leaves the other branches waiting for ever';
      const remedy = 'write "terminate: true" beside it to end everything, or let the branch run to its end';
      this.context.report.at([...path, 'end'], { rule: 'end-in-parallel', message, remedy });
    }
    const node: NodeDraft = { id: step.id, ...titleOf(step), kind: 'endEvent', name: String(step['end']), terminate };
    this.add(throws === undefined ? node : { ...node, throws });
  }

  /** What throws an error does not go on. */
  private throwing(element: Element, target: string): void {
    const { id, value, path } = element;
    const throws = this.nodes.thrown([...path, 'throw'], this.container);
    if (throws?.kind === 'error') {
      if (value['next'] !== undefined)
        this.context.misplaced([...path, 'next'], 'what throws an error does not go on', 'leave "next" out here');
      this.add({ id, ...titleOf(value), kind: 'endEvent', name: '', terminate: false, throws });
      return;
    }
    this.add({ id, ...titleOf(value), kind: 'intermediateThrowEvent', ...(throws === undefined ? {} : { throws }) });
    this.graph.addFlow(`${id}.next`, id, target);
  }

  private insideParallel(path: Path): boolean {
    for (let list: StepList | undefined = this.context.index.list(path.slice(0, -1)); list !== undefined; list = list.parent) {
      if (list.barrier === 'nonInterrupting' || list.barrier === 'inclusive') return false;
      if (list.barrier === 'parallel') return true;
    }
    return false;
  }

  private addEnd(id: string, name: string): void {
    if (this.graph.flowsTo(id).length > 0) this.add({ id, kind: 'endEvent', name, terminate: false });
  }

  private refuseJump(event: JsonObject, path: Path): undefined {
    if (event['next'] === undefined) return undefined;
    const message = 'an event that does not interrupt runs beside the step and ends by itself';
    this.context.report.at(
      [...path, 'next'],
      { rule: 'jump-target', message, remedy: 'leave "next" out, or leave "interrupting: false" out' },
      'key',
    );
    return undefined;
  }

  /** Complains about keys that stand beside a kind that does not know them. */
  private checkCompanions({ kind, value, path }: Element): void {
    const activity = isActivity(kind);
    const what = isBranching(kind) ? 'a gateway' : kind === 'end' ? 'an end' : 'an event';
    if (!activity) {
      for (const key of ['boundary', 'retry', 'forEach', 'repeat', 'compensate', 'mutex', 'cancels', 'milestone']) {
        if (value[key] === undefined) continue;
        this.context.misplaced([...path, key], `${what} has no ${key}`, `leave "${key}" out here`);
      }
    }
    if (kind === 'end' && value['next'] !== undefined)
      this.context.misplaced([...path, 'next'], 'an end has no next', 'leave "next" out here');
    if (kind !== 'end') {
      for (const key of ['terminate', 'cancel']) {
        if (value[key] === undefined) continue;
        this.context.misplaced([...path, key], `only an "end" has ${quoted(key)}`, `leave "${key}" out here`);
      }
    }
    if (value['join'] !== undefined && kind !== 'parallel' && kind !== 'inclusive') {
      this.context.misplaced([...path, 'join'], 'only a "parallel" or "inclusive" step has a join', 'leave "join" out here');
    }
    for (const key of ['result', 'output']) {
      if (value[key] === undefined || kind === 'message' || kind === 'signal') continue;
      const message = `${quoted(key)} stands inside the task, or beside a message or signal`;
      this.context.misplaced([...path, key], message, 'move it into the task, or leave it out');
    }
  }
}

/** The list in which the step, branch or event at a path stands: `steps/0/exclusive/1` and `steps/0/boundary/1` belong to `steps`. */
function listPathOf(path: Path): Path {
  const owner = path.slice(0, -1);
  const key = owner.at(-1);
  return typeof key === 'string' && ['exclusive', 'inclusive', 'eventBased', 'boundary'].includes(key) ? owner.slice(0, -2) : owner;
}
