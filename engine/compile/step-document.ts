import type { Json, JsonObject } from '../json';
import type { Path } from '../language/source-document';
import type { Scope } from './scopes';

/** A step or a node as it stands in a document whose schema has been checked. */
export interface StepDocument extends JsonObject {
  id: string;
}

/** The kinds of activities, by their keys. */
export const activityKinds = [
  'userTask',
  'serviceTask',
  'scriptTask',
  'businessRuleTask',
  'sendTask',
  'receiveTask',
  'callActivity',
  'subProcess',
  'task',
] as const;
const catchKinds = ['timer', 'waitFor', 'message', 'signal'] as const;
const branchKinds = ['exclusive', 'parallel', 'inclusive', 'eventBased'] as const;
const nodeKinds = [
  'startEvent',
  'endEvent',
  'catchEvent',
  'throwEvent',
  'boundaryEvent',
  'exclusiveGateway',
  'inclusiveGateway',
  'complexGateway',
  'parallelGateway',
  'eventBasedGateway',
] as const;

export type ActivityKind = (typeof activityKinds)[number];
/** The kinds of steps with branches. */
export type BranchKind = (typeof branchKinds)[number];
/** What an element does, by its key: of steps, of the nodes of the graph notation, and of the list `eventSubProcesses`. */
export type ElementKind =
  | ActivityKind
  | (typeof catchKinds)[number]
  | BranchKind
  | 'end'
  | 'throw'
  | (typeof nodeKinds)[number]
  | 'eventSubProcess';

/** `end` stands before `throw`: an end may carry what it throws beside it. */
const stepKinds: readonly ElementKind[] = [...activityKinds, ...catchKinds, ...branchKinds, 'end', 'throw'];
const graphKinds: readonly ElementKind[] = [...activityKinds, ...nodeKinds];

/** What a step does: the one kind that it has. */
export function kindOf(step: StepDocument): ElementKind {
  return kindAmong(step, stepKinds);
}

/** What a node of the graph notation is. */
export function nodeKindOf(node: StepDocument): ElementKind {
  return kindAmong(node, graphKinds);
}

function kindAmong(owner: StepDocument, kinds: readonly ElementKind[]): ElementKind {
  const kind = kinds.find((known) => Object.hasOwn(owner, known));
  if (kind === undefined) throw new Error(`invariant: "${owner.id}" has no kind`);
  return kind;
}

/** True for events and gateways at which a token waits for something to happen. */
export function waits(kind: ElementKind): boolean {
  return kind === 'catchEvent' || kind === 'eventBased' || kind === 'eventBasedGateway' || catchKinds.some((known) => known === kind);
}

/** True for what BPMN calls an activity: it can be repeated, interrupted and undone. */
export function isActivity(kind: ElementKind): kind is ActivityKind {
  return activityKinds.some((known) => known === kind);
}

/** True for steps with branches. */
export function isBranching(kind: ElementKind): kind is BranchKind {
  return branchKinds.some((known) => known === kind);
}

/** The node at which a list of steps begins; the continuation where it is empty. */
export function entryOf(steps: readonly StepDocument[], continuation: string): string {
  const first = steps[0];
  if (first === undefined) return continuation;
  return first['if'] === undefined ? first.id : conditionOf(first.id);
}

/** The id of the gateway that stands before a step with `if`. */
export function conditionOf(stepId: string): string {
  return `${stepId}.if`;
}

/** The map under a key; empty where there is none. */
export function mapOf(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

/** The list under a key; empty where there is none. */
export function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

/** The steps under a key. */
export function stepsOf(value: Json | undefined): StepDocument[] {
  return listOf(value) as StepDocument[];
}

/** The text under a key; undefined where there is none. */
export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The number under a key; undefined where there is none. */
export function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Why a jump may not leave a list of steps. */
type Barrier = 'parallel' | 'inclusive' | 'nonInterrupting';

/** A list of steps and where it stands; a sub-process begins a list without a parent. */
export interface StepList {
  path: Path;
  parent?: StepList;
  barrier?: Barrier;
}

/** A process or a sub-process: what holds elements and variables. */
export interface Container {
  /** Absent: the process itself. */
  id?: string;
  /** Where `steps`, `nodes` and `eventSubProcesses` stand. */
  path: Path;
  variant: 'process' | 'embedded' | 'transaction' | 'adHoc' | 'event';
  parent?: Container;
  scope: Scope;
  /** Everything directly in it, in the order of the text. */
  elements: Element[];
  /** Written as nodes and flows. */
  isGraph: boolean;
}

/** A step, or a node of the graph notation, with its place and the names that it sees. */
export interface Element {
  id: string;
  kind: ElementKind;
  value: StepDocument;
  path: Path;
  container: Container;
  /** The list of steps in which it stands; absent in the graph notation and at what no flow leads to. */
  list?: StepList;
  /** The names around it. */
  outer: Scope;
  /** The names of one of its instances, where it is repeated. */
  loop?: Scope;
  /** What it holds, where it is a sub-process. */
  inner?: Container;
  /** Undoes this element: it is reached by compensation alone. */
  undoes?: Element;
}

/** The names under which an element's own content is evaluated. */
export function namesOf(element: Element): Scope {
  return element.loop ?? element.outer;
}

/** The names inside an element: those of a sub-process are its own ones. */
export function innermostOf(element: Element): Scope {
  return element.inner?.scope ?? namesOf(element);
}

/** What an end ends beside itself: nothing, its process or sub-process, or the whole case. */
export function terminateOf(end: JsonObject): boolean | 'all' {
  const { terminate } = end;
  return terminate === 'all' || terminate === true ? terminate : false;
}

/** The id of the activity that a boundary event undoes its activity by. */
export function handlerOf({ value }: Element): string | undefined {
  return textOf(mapOf(mapOf(value['boundaryEvent'])['compensation'])['handler']);
}

/** Where what an element gives is declared if nothing else declares it: of a multi-instance activity each instance has its own. */
export function homeOf(element: Element): Scope {
  if (element.kind === 'eventSubProcess' && element.inner !== undefined) return element.inner.scope;
  if (element.value['forEach'] !== undefined && element.loop !== undefined) return element.loop;
  return element.container.scope;
}

/** The variable of an id: ids of the graph notation may hold characters that no name has. */
export function variableOf(id: string): string {
  return id.replaceAll(/[.-]/gu, '_');
}

/** Something with an id that is no element: a branch, or a boundary event of a step. */
export interface PartEntry {
  id: string;
  path: Path;
}
