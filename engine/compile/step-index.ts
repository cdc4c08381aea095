import type { JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import type { Report } from './report';
import { kindOf, listOf, mapOf, type PartEntry, type StepDocument, type StepEntry, type StepList, stepsOf } from './step-document';

const reservedIds = ['start', 'end'];

/** All steps of a process by id, in the order of the text. */
export class StepIndex {
  readonly steps = new Map<string, StepEntry>();
  private readonly parts = new Map<string, PartEntry>();
  private readonly lists = new Map<string, StepList>();

  constructor(private readonly report: Report) {
    this.addList({ path: ['steps'] }, stepsOf(report.document.value['steps']));
  }

  /** The list of steps at a path. */
  list(path: Path): StepList {
    const list = this.lists.get(path.join('/'));
    if (list === undefined) throw new Error(`invariant: there is no list of steps at "${path.join('/')}"`);
    return list;
  }

  /**
   * The step that `next` in a list names. A jump goes to a step of the same list or of an enclosing one, and never leaves a branch of a
   * parallel step: its join would wait for ever.
   */
  target(id: string, from: StepList, path: Path): StepEntry | undefined {
    const entry = this.steps.get(id);
    if (entry === undefined) {
      const remedy = suggestion(id, this.steps.keys()) ?? 'write the id of a step';
      this.report.at(path, { rule: 'unknown-step', message: `there is no step ${quoted(id)}`, remedy });
      return undefined;
    }
    let barrier: StepList['barrier'];
    for (let list: StepList | undefined = from; list !== undefined; list = list.parent) {
      if (list === entry.list) return barrier === undefined ? entry : this.refuseJump(id, barrier, path);
      barrier ??= list.barrier;
    }
    const message = `step ${quoted(id)} is inside another part of the process`;
    this.report.at(path, { rule: 'jump-target', message, remedy: 'jump to a step of the same list or of an enclosing one' });
    return undefined;
  }

  private refuseJump(id: string, barrier: NonNullable<StepList['barrier']>, path: Path): undefined {
    const [what, remedy] =
      barrier === 'parallel'
        ? ['leaves a branch of a parallel step', 'jump within the branch, and decide after the parallel step where to go on']
        : ['leaves the steps of an event that does not interrupt', 'jump within these steps, or leave "interrupting: false" out'];
    this.report.at(path, { rule: 'jump-target', message: `the jump to ${quoted(id)} ${what}`, remedy });
    return undefined;
  }

  private addList(list: StepList, steps: StepDocument[]): void {
    this.lists.set(list.path.join('/'), list);
    steps.forEach((step, index) => {
      this.addStep(step, [...list.path, index], list);
    });
  }

  private addStep(step: StepDocument, path: Path, list: StepList): void {
    const { id } = step;
    const kind = kindOf(step);
    if (this.claim(id, [...path, 'id'])) this.steps.set(id, { id, step, kind, path, list });
    if (kind === 'exclusive') this.addBranches(step, path, 'exclusive', list);
    if (kind === 'parallel') this.addBranches(step, path, 'parallel', list);
    listOf(step['boundary']).forEach((value, index) => {
      this.addBoundary(mapOf(value), [...path, 'boundary', index], list);
    });
  }

  private addBranches(step: StepDocument, path: Path, kind: 'exclusive' | 'parallel', parent: StepList): void {
    listOf(step[kind]).forEach((value, index) => {
      const branch = mapOf(value);
      const branchPath = [...path, kind, index];
      this.addPart(branch, branchPath);
      const list: StepList = { path: [...branchPath, 'do'], parent };
      this.addList(kind === 'parallel' ? { ...list, barrier: 'parallel' } : list, stepsOf(branch['do']));
    });
  }

  private addBoundary(event: JsonObject, path: Path, parent: StepList): void {
    this.addPart(event, path);
    const list: StepList = { path: [...path, 'do'], parent };
    this.addList(event['interrupting'] === false ? { ...list, barrier: 'nonInterrupting' } : list, stepsOf(event['do']));
  }

  private addPart(part: JsonObject, path: Path): void {
    const id = String(part['id']);
    if (this.claim(id, [...path, 'id'])) this.parts.set(id, { id, path });
  }

  private claim(id: string, path: Path): boolean {
    const known = this.steps.get(id) ?? this.parts.get(id);
    if (known !== undefined) {
      const { line } = this.report.document.place([...known.path, 'id']);
      const message = `the id ${quoted(id)} is given twice, first in line ${line}`;
      this.report.at(path, { rule: 'duplicate-id', message, remedy: 'give each step, branch and event an id of its own' });
    } else if (reservedIds.includes(id)) {
      const remedy = `choose another id, for example "${id}Step"`;
      this.report.at(path, { rule: 'reserved-id', message: `the id ${quoted(id)} belongs to the process itself`, remedy });
    }
    return known === undefined;
  }
}
