import type { JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { ActivityCompiler, type ProcessContext, titleOf } from './activities';
import { Graph } from './graph';
import { kindOf, listOf, mapOf, type StepDocument, type StepEntry, stepsOf } from './step-document';
import type { StepIndex } from './step-index';

/** The ids of the nodes that belong to the process itself. */
export const startNode = 'start';
const endNode = 'end';

/**
 * Turns block steps into a flat graph by continuation passing: each step is compiled with the id of the node that comes after it. Since a
 * step's entry is known by its id alone, jumps back and forth need no second pass.
 */
export class StepFlow {
  readonly graph = new Graph();
  private readonly activities: ActivityCompiler;

  constructor(
    private readonly context: ProcessContext,
    private readonly index: StepIndex,
  ) {
    this.activities = new ActivityCompiler(context);
  }

  /** Compiles all steps. The implicit end is added where something comes to it. */
  compile(): Graph {
    const steps = stepsOf(this.context.report.document.value['steps']);
    this.graph.addNode({ id: startNode, kind: 'startEvent' });
    this.graph.addFlow(`${startNode}.next`, startNode, entryOf(steps, endNode));
    this.list(['steps'], endNode);
    this.addEnd(endNode, 'completed');
    return this.graph;
  }

  private list(path: Path, continuation: string): void {
    const steps = stepsOf(this.context.report.document.at(path));
    steps.forEach((step, index) => {
      const following = entryOf(steps.slice(index + 1), continuation);
      this.step(step, [...path, index], following);
    });
  }

  private step(step: StepDocument, path: Path, following: string): void {
    if (step['if'] !== undefined) this.condition(step, path, following);
    const target = this.jump(step, path) ?? following;
    const kind = kindOf(step);
    if (kind === 'end') this.end(step, path);
    else if (kind === 'exclusive') this.exclusive(step, path, target);
    else if (kind === 'parallel') this.parallel(step, path, target);
    else {
      const node = this.activities.node(step, kind, path);
      const boundary = listOf(step['boundary']).map((event) => String(mapOf(event)['id']));
      this.graph.addNode('boundary' in node ? { ...node, boundary } : node);
      this.graph.addFlow(`${step.id}.next`, step.id, target);
      listOf(step['boundary']).forEach((event, index) => {
        this.boundary(mapOf(event), step.id, [...path, 'boundary', index], target);
      });
    }
  }

  /** A gateway before the step: where the condition is false, the step and its `next` are left out. */
  private condition(step: StepDocument, path: Path, following: string): void {
    const gateway = conditionOf(step.id);
    const condition = this.context.expressions.condition([...path, 'if']);
    this.graph.addNode({ id: gateway, kind: 'exclusiveGateway', defaultFlow: `${gateway}.false` });
    this.graph.addFlow(`${gateway}.true`, gateway, step.id, condition);
    this.graph.addFlow(`${gateway}.false`, gateway, following);
  }

  private exclusive(step: StepDocument, path: Path, target: string): void {
    this.refuseCompanions(step, path);
    const branches = listOf(step['exclusive']).map(mapOf);
    const defaults = branches.filter((branch) => branch['default'] === true).map((branch) => String(branch['id']));
    this.checkDefaults(defaults, [...path, 'exclusive']);
    const defaultFlow = defaults[0];
    this.graph.addNode({ id: step.id, ...titleOf(step), kind: 'exclusiveGateway', ...(defaultFlow === undefined ? {} : { defaultFlow }) });
    branches.forEach((branch, index) => {
      const at = [...path, 'exclusive', index];
      const condition = branch['when'] === undefined ? undefined : this.context.expressions.condition([...at, 'when']);
      const continuation = this.jump(branch, at) ?? target;
      this.graph.addFlow(String(branch['id']), step.id, entryOf(stepsOf(branch['do']), continuation), condition);
      this.list([...at, 'do'], continuation);
    });
  }

  private checkDefaults(defaults: string[], path: Path): void {
    if (defaults.length > 1) {
      const message = 'more than one branch is the default';
      this.context.report.at(path, { rule: 'one-default', message, remedy: 'keep "default: true" at one of them' });
    }
    if (defaults.length === 0) {
      const message = 'no branch is taken where no condition is true';
      const remedy = 'make one of them the default: write "default: true" in place of its "when"';
      this.context.report.at(path, { rule: 'no-default', severity: 'warning', message, remedy });
    }
  }

  /** Fork and join. Each branch comes to the join by one flow, so that a token of each is awaited, neither more nor less. */
  private parallel(step: StepDocument, path: Path, target: string): void {
    this.refuseCompanions(step, path);
    const join = `${step.id}.join`;
    this.graph.addNode({ id: step.id, ...titleOf(step), kind: 'parallelGateway' });
    this.graph.addNode({ id: join, kind: 'parallelGateway' });
    listOf(step['parallel'])
      .map(mapOf)
      .forEach((branch, index) => {
        const id = String(branch['id']);
        const merge = `${id}.merge`;
        const at = [...path, 'parallel', index];
        this.graph.addFlow(id, step.id, entryOf(stepsOf(branch['do']), merge));
        this.list([...at, 'do'], merge);
        if (this.graph.gather(merge, join) === 0) {
          const message = 'this branch never comes to its end, so that the others would wait for it for ever';
          this.context.report.at(at, {
            rule: 'branch-never-joins',
            message,
            remedy: 'let it run to its end, and decide after the parallel step',
          });
        }
      });
    this.graph.addFlow(`${join}.next`, join, target);
  }

  private boundary(event: JsonObject, attachedTo: string, path: Path, target: string): void {
    const id = String(event['id']);
    const node = this.activities.boundary(event, attachedTo, path);
    this.graph.addNode(node);
    const interrupting = event['interrupting'] !== false;
    const ownEnd = `${id}.end`;
    const jump = interrupting ? this.jump(event, path) : this.refuseJump(event, path);
    const continuation = jump ?? (interrupting ? target : ownEnd);
    this.graph.addFlow(`${id}.next`, id, entryOf(stepsOf(event['do']), continuation));
    this.list([...path, 'do'], continuation);
    this.addEnd(ownEnd, '');
  }

  private end(step: StepDocument, path: Path): void {
    const { report } = this.context;
    const terminate = step['terminate'] === true;
    for (const key of ['next', 'boundary', 'retry', 'result']) {
      if (step[key] === undefined) continue;
      report.at([...path, key], { rule: 'misplaced-key', message: `an end has no ${key}`, remedy: `leave "${key}" out here` }, 'key');
    }
    if (!terminate && this.insideParallel(step, path)) {
      const message = 'an end inside a branch of a parallel step leaves the other branches waiting for ever';
      const remedy = 'write "terminate: true" beside it to end everything, or let the branch run to its end';
      report.at([...path, 'end'], { rule: 'end-in-parallel', message, remedy });
    }
    this.graph.addNode({ id: step.id, ...titleOf(step), kind: 'endEvent', name: String(step['end']), terminate });
  }

  private insideParallel(step: StepDocument, path: Path): boolean {
    const entry: StepEntry | undefined = this.index.steps.get(step.id);
    for (let list = entry?.list ?? this.index.list(path.slice(0, -1)); list !== undefined; ) {
      if (list.barrier === 'nonInterrupting') return false;
      if (list.barrier === 'parallel') return true;
      if (list.parent === undefined) return false;
      list = list.parent;
    }
    return false;
  }

  private addEnd(id: string, name: string): void {
    if (this.graph.flowsTo(id).length > 0) this.graph.addNode({ id, kind: 'endEvent', name, terminate: false });
  }

  /** The entry of the step that `next` names; undefined where there is no `next`. */
  private jump(owner: JsonObject, path: Path): string | undefined {
    const next = owner['next'];
    if (typeof next !== 'string') return undefined;
    const target = this.index.target(next, this.index.list(listPathOf(path)), [...path, 'next']);
    return target === undefined ? undefined : entryOf([target.step], next);
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

  private refuseCompanions(step: StepDocument, path: Path): void {
    for (const key of ['boundary', 'retry', 'result', 'terminate']) {
      if (step[key] === undefined) continue;
      const message = `a gateway has no ${key}`;
      this.context.report.at([...path, key], { rule: 'misplaced-key', message, remedy: `leave "${key}" out here` }, 'key');
    }
  }
}

/** The node at which a list of steps begins; the continuation where it is empty. */
function entryOf(steps: readonly StepDocument[], continuation: string): string {
  const first = steps[0];
  if (first === undefined) return continuation;
  return first['if'] === undefined ? first.id : conditionOf(first.id);
}

function conditionOf(stepId: string): string {
  return `${stepId}.if`;
}

/** The list in which the step, branch or event at a path stands: `steps/0/exclusive/1` and `steps/0/boundary/1` belong to `steps`. */
function listPathOf(path: Path): Path {
  const owner = path.slice(0, -1);
  const key = owner.at(-1);
  return key === 'exclusive' || key === 'boundary' ? owner.slice(0, -2) : owner;
}
