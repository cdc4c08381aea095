import type { Json, JsonObject } from '../json';
import type { Path } from '../language/source-document';

/** A step as it stands in a document whose schema has been checked. */
export interface StepDocument extends JsonObject {
  id: string;
}

/** The kinds of steps, by their keys. */
const activityKinds = ['userTask', 'serviceTask', 'scriptTask', 'callActivity'] as const;
const catchKinds = ['timer', 'waitFor', 'message'] as const;
export type StepKind = (typeof activityKinds)[number] | (typeof catchKinds)[number] | 'exclusive' | 'parallel' | 'end';

const stepKinds: readonly StepKind[] = [...activityKinds, ...catchKinds, 'exclusive', 'parallel', 'end'];

/** What a step does: the one kind that it has. */
export function kindOf(step: StepDocument): StepKind {
  const kind = stepKinds.find((known) => Object.hasOwn(step, known));
  if (kind === undefined) throw new Error(`invariant: step "${step.id}" has no kind`);
  return kind;
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

/** Why a jump may not leave a list of steps. */
type Barrier = 'parallel' | 'nonInterrupting';

/** A list of steps and where it stands. */
export interface StepList {
  path: Path;
  parent?: StepList;
  barrier?: Barrier;
}

/** A step, with its place and list. */
export interface StepEntry {
  id: string;
  step: StepDocument;
  kind: StepKind;
  path: Path;
  list: StepList;
}

/** Something with an id that is no step: a branch or a boundary event. */
export interface PartEntry {
  id: string;
  path: Path;
}
