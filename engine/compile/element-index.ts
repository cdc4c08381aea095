import type { ValueType } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import type { Report } from './report';
import { Scope } from './scopes';
import {
  type Container,
  type Element,
  type ElementKind,
  innermostOf,
  isActivity,
  isBranching,
  kindOf,
  listOf,
  mapOf,
  nodeKindOf,
  type PartEntry,
  type StepDocument,
  type StepList,
  stepsOf,
  textOf,
} from './step-document';

const reservedIds = ['start', 'end'];
const barriers: Partial<Record<ElementKind, NonNullable<StepList['barrier']>>> = { parallel: 'parallel', inclusive: 'inclusive' };

/** What an element is made from. */
interface Draft {
  step: StepDocument;
  kind: ElementKind;
  path: Path;
  container: Container;
  list?: StepList;
  outer?: Scope;
  undoes?: Element;
}

/** Everything in a process that has an id, in both notations, in the order of the text: steps, nodes, branches and events. */
export class ElementIndex {
  readonly root: Container;
  /** All elements; an enclosing one comes before what it holds. */
  readonly elements: Element[] = [];
  private readonly byId = new Map<string, Element>();
  private readonly byPath = new Map<string, Element>();
  private readonly parts = new Map<string, PartEntry>();
  private readonly lists = new Map<string, StepList>();

  constructor(
    private readonly report: Report,
    private readonly settingsType: ValueType,
  ) {
    const isGraph = report.document.value['nodes'] !== undefined;
    this.root = { path: [], variant: 'process', scope: new Scope(settingsType), elements: [], isGraph };
    this.addContent(this.root);
  }

  /** The element of an id; of an id that is given twice the first. */
  get(id: string): Element | undefined {
    return this.byId.get(id);
  }

  ids(): Iterable<string> {
    return this.byId.keys();
  }

  /** True where an id is taken by anything. */
  isTaken(id: string): boolean {
    return this.byId.has(id) || this.parts.has(id);
  }

  /** Where a step, branch or event stands; undefined where the id is none. */
  pathOf(id: string): Path | undefined {
    return (this.byId.get(id) ?? this.parts.get(id))?.path;
  }

  /** The element at a path. */
  at(path: Path): Element {
    const element = this.byPath.get(path.join('/'));
    if (element === undefined) throw new Error(`invariant: there is no step at "${path.join('/')}"`);
    return element;
  }

  /** The list of steps at a path. */
  list(path: Path): StepList {
    const list = this.lists.get(path.join('/'));
    if (list === undefined) throw new Error(`invariant: there is no list of steps at "${path.join('/')}"`);
    return list;
  }

  /**
   * The step that `next` in a list names. A jump goes to a step of the same list or of an enclosing one, and never leaves a branch of a
   * parallel or inclusive step, since its join would wait for ever, nor a sub-process.
   */
  target(id: string, from: StepList, path: Path): Element | undefined {
    const element = this.byId.get(id);
    if (element === undefined) {
      const remedy = suggestion(id, this.byId.keys()) ?? 'write the id of a step';
      this.report.at(path, { rule: 'unknown-step', message: `there is no step ${quoted(id)}`, remedy });
      return undefined;
    }
    let barrier: StepList['barrier'];
    for (let list: StepList | undefined = from; list !== undefined; list = list.parent) {
      if (list === element.list) return barrier === undefined ? element : this.refuseJump(id, barrier, path);
      barrier ??= list.barrier;
    }
    const message = `step ${quoted(id)} is inside another part of the process`;
    this.report.at(path, { rule: 'jump-target', message, remedy: 'jump to a step of the same list or of an enclosing one' });
    return undefined;
  }

  private refuseJump(id: string, barrier: NonNullable<StepList['barrier']>, path: Path): undefined {
    const branch = 'jump within the branch, and decide after the step where to go on';
    const [what, remedy] = {
      parallel: ['leaves a branch of a parallel step', branch],
      inclusive: ['leaves a branch of an inclusive step', branch],
      nonInterrupting: [
        'leaves the steps of an event that does not interrupt',
        'jump within these steps, or leave "interrupting: false" out',
      ],
    }[barrier] as [string, string];
    this.report.at(path, { rule: 'jump-target', message: `the jump to ${quoted(id)} ${what}`, remedy });
    return undefined;
  }

  /** The steps or the nodes of a process or sub-process, and its event sub-processes. */
  private addContent(container: Container): void {
    const body = mapOf(this.valueAt(container.path));
    if (container.isGraph) this.addNodes(container, stepsOf(body['nodes']));
    else this.addList({ path: [...container.path, 'steps'] }, stepsOf(body['steps']), container);
    stepsOf(body['eventSubProcesses']).forEach((step, index) => {
      this.addElement({ step, kind: 'eventSubProcess', path: [...container.path, 'eventSubProcesses', index], container });
    });
  }

  /** Nodes may say in which sub-process they are (`in`), which may stand after them. */
  private addNodes(container: Container, nodes: StepDocument[]): void {
    const places = new Map(nodes.map((node, index) => [node.id, index] as const).reverse());
    const added = new Map<number, Element | undefined>();
    const add = (index: number): Element | undefined => {
      if (added.has(index)) return added.get(index);
      added.set(index, undefined);
      const step = nodes[index] as StepDocument;
      const path = [...container.path, 'nodes', index];
      const holder = this.holderOf(step, path, places, add);
      const home = step['in'] === undefined ? container : (holder?.inner ?? container);
      const element = this.addElement({ step, kind: nodeKindOf(step), path, container: home });
      added.set(index, element);
      return element;
    };
    nodes.forEach((_, index) => {
      add(index);
    });
    this.inOrderOfText(container, nodes);
  }

  /** The sub-process that a node says it is in. */
  private holderOf(
    step: StepDocument,
    path: Path,
    places: ReadonlyMap<string, number>,
    add: (index: number) => Element | undefined,
  ): Element | undefined {
    const id = textOf(step['in']);
    if (id === undefined) return undefined;
    const place = places.get(id);
    const holder = place === undefined ? undefined : add(place);
    if (holder?.inner !== undefined) return holder;
    const remedy = suggestion(id, places.keys()) ?? 'name a "subProcess" of the same list of nodes';
    const message =
      place === undefined ? `there is no node ${quoted(id)} in this list` : `${quoted(id)} is no sub-process that could hold it`;
    this.report.at([...path, 'in'], { rule: 'unknown-sub-process', message, remedy });
    return undefined;
  }

  /** What a sub-process holds comes in the order of the text, whatever named it first. */
  private inOrderOfText(container: Container, nodes: readonly StepDocument[]): void {
    const places = new Map<JsonObject, number>(nodes.map((node, index) => [node, index]));
    const order = (element: Element): number => places.get(element.value) ?? -1;
    const holders = [container, ...this.elements.flatMap((element) => (places.has(element.value) && element.inner ? [element.inner] : []))];
    for (const holder of holders) holder.elements.sort((a, b) => order(a) - order(b));
  }

  private addList(list: StepList, steps: StepDocument[], container: Container): void {
    this.lists.set(list.path.join('/'), list);
    steps.forEach((step, index) => {
      this.addElement({ step, kind: kindOf(step), path: [...list.path, index], container, list });
    });
  }

  private addElement(draft: Draft): Element {
    const { step, kind, path, container, list, undoes } = draft;
    const outer = draft.outer ?? container.scope;
    const loop = this.loopScope(step, kind, outer);
    const element: Element = { id: step.id, kind, value: step, path, container, outer };
    if (list !== undefined) element.list = list;
    if (loop !== undefined) element.loop = loop;
    if (undoes !== undefined) element.undoes = undoes;
    const isNew = this.claim(step.id, path, container.isGraph);
    if (isNew) this.byId.set(step.id, element);
    this.byPath.set(path.join('/'), element);
    this.elements.push(element);
    container.elements.push(element);
    if (kind === 'subProcess') this.addInner(element, [...path, 'subProcess'], loop ?? outer);
    if (kind === 'eventSubProcess') this.addInner(element, path, outer);
    if (list !== undefined) this.addParts(element, list);
    if (step['compensate'] !== undefined) this.addHandler(element);
    return element;
  }

  private loopScope(step: StepDocument, kind: ElementKind, outer: Scope): Scope | undefined {
    const rule = mapOf(step['forEach'] ?? step['repeat']);
    if (!isActivity(kind) || (step['forEach'] === undefined && step['repeat'] === undefined)) return undefined;
    const scope = new Scope(this.settingsType, outer);
    const item = textOf(rule['as']);
    if (item !== undefined) scope.declare(item, { type: { kind: 'any' } });
    scope.declare('loopCounter', { type: { kind: 'number' } });
    return scope;
  }

  private addInner(element: Element, path: Path, around: Scope): void {
    const body = mapOf(this.valueAt(path));
    const variant = element.kind === 'eventSubProcess' ? 'event' : variantOf(body);
    element.inner = {
      id: element.id,
      path,
      variant,
      parent: element.container,
      scope: new Scope(this.settingsType, around),
      elements: [],
      isGraph: body['steps'] === undefined && (body['nodes'] !== undefined || element.container.isGraph),
    };
    this.addContent(element.inner);
  }

  private addHandler(element: Element): void {
    const path = [...element.path, 'compensate'];
    const step = mapOf(element.value['compensate']) as StepDocument;
    this.addElement({ step, kind: kindOf(step), path, container: element.container, outer: innermostOf(element), undoes: element });
  }

  /** Branches and boundary events, with their steps. */
  private addParts(element: Element, list: StepList): void {
    const { kind, value, path, container } = element;
    if (isBranching(kind)) {
      const barrier = barriers[kind];
      this.addLists(value[kind], [...path, kind], container, () => ({ parent: list, ...(barrier === undefined ? {} : { barrier }) }));
    }
    this.addLists(value['boundary'], [...path, 'boundary'], container, (event) =>
      event['interrupting'] === false ? { parent: list, barrier: 'nonInterrupting' } : { parent: list },
    );
  }

  private addLists(
    parts: Json | undefined,
    path: Path,
    container: Container,
    listOfPart: (part: JsonObject) => Omit<StepList, 'path'>,
  ): void {
    listOf(parts).forEach((value, index) => {
      const part = mapOf(value);
      const at = [...path, index];
      const id = String(part['id']);
      if (this.claim(id, at, false)) this.parts.set(id, { id, path: at });
      this.addList({ path: [...at, 'do'], ...listOfPart(part) }, stepsOf(part['do']), container);
    });
  }

  /** Complains about an id that is taken. In the graph notation no id belongs to the process itself. */
  private claim(id: string, path: Path, isGraph: boolean): boolean {
    const known = this.byId.get(id) ?? this.parts.get(id);
    if (known !== undefined) {
      const { line } = this.report.document.place([...known.path, 'id']);
      const message = `the id ${quoted(id)} is given twice, first in line ${line}`;
      this.report.at([...path, 'id'], { rule: 'duplicate-id', message, remedy: 'give each step, branch and event an id of its own' });
    } else if (reservedIds.includes(id) && !isGraph) {
      const remedy = `choose another id, for example "${id}Step"`;
      this.report.at([...path, 'id'], { rule: 'reserved-id', message: `the id ${quoted(id)} belongs to the process itself`, remedy });
    }
    return known === undefined;
  }

  private valueAt(path: Path): Json | undefined {
    return path.length === 0 ? this.report.document.value : this.report.document.at(path);
  }
}

function variantOf(body: JsonObject): Container['variant'] {
  if (body['event'] === true) return 'event';
  if (body['transaction'] === true) return 'transaction';
  return body['adHoc'] === undefined ? 'embedded' : 'adHoc';
}
