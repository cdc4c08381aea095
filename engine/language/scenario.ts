import type { Finding, SourceFile } from '../compile/deployment';
import type { Json, JsonObject } from '../json';
import { instantMs } from '../runtime/durations';
import { readDocument } from './documents';
import { type Complaint, findingAt, type Place } from './finding';
import type { ConnectorAnswer, Note } from './scenario-host';
import { readAction, type StepText, type Verb, verbOf } from './scenario-step';
import { checkSchema } from './schema-check';
import type { Path, SourceDocument } from './source-document';

/** The dealership of scenarios that name none: that of `compileForTest`. */
export const TEST_DEALERSHIP = 'test';

/** A rehearsal of one case: what is done and what is expected, in order. */
export interface Scenario {
  title: string;
  file: string;
  place: Place;
  process: string;
  dealership: string;
  /** Milliseconds since the epoch. */
  atMs: number;
  /** Who starts it; absent: the first person of the roles that may. */
  startedBy?: string;
  variables: JsonObject;
  /** The triggered start event by which it begins, and what came with it; absent: the none start. */
  trigger?: { node: string; variables: JsonObject };
  /** Variables that are handed in: it begins by the first start whose condition is true over them. */
  evaluate?: JsonObject;
  /** The code with which the start is expected to be refused. */
  refused?: string;
  steps: ScenarioStep[];
  /** The place of anything in its document. */
  placeOf(path: Path, part?: 'key' | 'value'): Place;
}

/** One step of a scenario, where it stands, and the code with which it is expected to be refused. */
export interface ScenarioStep {
  path: Path;
  /** The key that says what it is. */
  verb: Verb;
  action: ScenarioAction;
  refused?: string;
}

/** What is done with an open task, whichever it is; each is one request of the engine. */
export type TaskOperation =
  | { type: 'completeTask'; outcome: string | null; data: JsonObject }
  /** `to`: somebody else gets it; absent: a claim. `override`: even where somebody has it. */
  | { type: 'assignTask'; to?: string; override: boolean }
  | { type: 'unassignTask' }
  | { type: 'transferTask' | 'delegateTask'; to: string }
  | { type: 'returnTask'; target: string; reason: string | null }
  | { type: 'withdrawTask'; drafted: string[] }
  | { type: 'addSigner'; place: 'before' | 'beside' | 'after'; user: string }
  | { type: 'removeSigner'; user: string }
  | { type: 'urgeTask'; message: string | null }
  | { type: 'copyTask'; users: string[]; roles: string[] };

/** What is done with the case or one of its activities. */
export type CaseOperation =
  | { type: 'suspendCase' | 'cancelInstance'; reason: string | null }
  | { type: 'resumeCase' }
  /** `of`: the process of the case whose variables they are; absent: the root. */
  | { type: 'setVariables'; variables: JsonObject; of?: string }
  | { type: 'addInstance'; elementId: string; item: Json }
  | { type: 'removeInstance'; elementId: string; index: number }
  | { type: 'completeActivity' | 'startAdHocStep'; elementId: string };

/** Who does it, and for whom as their substitute. */
export interface Doer {
  as: string;
  for?: string;
}

export type ScenarioAction =
  | { kind: 'expect'; expectation: Expectation }
  /** `which` counts the open tasks of the step from 1. Without `as` it is whoever has the task, or the first who may. */
  | ({ kind: 'task'; step: string; which?: Which; operation: TaskOperation } & Partial<Doer>)
  | ({ kind: 'note'; step: string; which?: Which; note: Note } & Doer)
  | ({ kind: 'case'; step?: string; operation: CaseOperation } & Doer)
  | ({ kind: 'process'; process: string; suspended: boolean } & Doer)
  | { kind: 'advance'; ms: number }
  | { kind: 'advanceTo'; atMs: number }
  | { kind: 'fireTimer'; step: string }
  /** Without a key it goes to the first that awaits the name. */
  | { kind: 'message'; name: string; key?: string; variables: JsonObject; timeToLiveMs: number; id?: string; as: string }
  | { kind: 'signal'; name: string; variables: JsonObject; as: string }
  | { kind: 'answer'; step: string; which?: Which; answer: ConnectorAnswer }
  | ({ kind: 'resolve'; step: string; which?: Which; variables: JsonObject } & Doer);

/** Of several that are open at one step: its number from 1, the oldest first, or each of them. */
export type Which = number | 'all';

/** Something that waits, without being a task; each part that is left out may be anything. */
export interface ExpectedWait {
  timer?: string;
  /** ISO 8601. */
  at?: string;
  message?: string;
  key?: string;
  signal?: string;
  condition?: string;
  connector?: string;
  call?: string;
}

/** What must be so; a part that is left out may be anything. */
export interface Expectation {
  tasks?: string[];
  locked?: string[];
  waits?: string[];
  awaits?: ExpectedWait[];
  detachedTasks?: string[];
  ended?: string | boolean;
  state?: string;
  ran?: Record<string, number>;
  order?: string[];
  assignees?: Record<string, string | null>;
  candidates?: Record<string, string[]>;
  /** ISO 8601 by step; null: none. */
  due?: Record<string, string | null>;
  priorities?: Record<string, number>;
  urged?: Record<string, number>;
  escalated?: Record<string, string[]>;
  copied?: Record<string, string[]>;
  notified?: Record<string, string[]>;
  comments?: Record<string, string[]>;
  /** What each step's connector was last asked, by paths. */
  asked?: Record<string, JsonObject>;
  /** Numbers of the rules by which each decision was last made. */
  rules?: Record<string, number[]>;
  errors?: string[];
  escalations?: string[];
  published?: (string | { name: string; key: string })[];
  signals?: string[];
  detached?: string[];
  variables?: JsonObject;
  variablesContain?: JsonObject;
  variablesAbsent?: string[];
  variablesExactly?: JsonObject;
  /** Variables of called processes and of open sub-processes, by their ids, then by paths. */
  variablesOf?: Record<string, JsonObject>;
  incidents?: (string | { step: string; code: string })[];
}

/** The time at which scenarios begin that do not say so: a Monday morning. */
const defaultStart = '2026-03-02T09:00:00+08:00';

/** Reads a scenario from a file; undefined, without a finding, where the file holds another kind of document. */
export function readScenario(file: SourceFile): { scenario?: Scenario; findings: Finding[] } {
  const { document, findings } = readDocument(file);
  if (document === undefined || document.kind !== 'scenario') return { findings: document === undefined ? findings : [] };
  const deviations = [...findings, ...checkSchema(document)];
  if (deviations.some(isError)) return { findings: deviations };
  const reader = new ScenarioReader(document);
  const scenario = reader.read();
  const all = [...deviations, ...reader.findings];
  return all.some(isError) ? { findings: all } : { scenario, findings: all };
}

function isError({ severity }: Finding): boolean {
  return severity === 'error';
}

class ScenarioReader {
  readonly findings: Finding[] = [];

  constructor(private readonly document: SourceDocument) {}

  read(): Scenario {
    const { document } = this;
    const { value } = document;
    const atMs = instantMs(text(value['at']) ?? defaultStart, 'UTC');
    if (atMs === undefined)
      this.complain(['at'], { rule: 'wrong-form', message: 'there is no such point in time', remedy: `write ${defaultStart}` });
    const [startedBy, refused, startAt] = [text(value['as']), text(value['refused']), text(value['startAt'])];
    if (value['trigger'] !== undefined && startAt === undefined) {
      const remedy = 'add "startAt: <start event>", or leave "trigger" out';
      this.complain(['trigger'], { rule: 'misplaced-key', message: '"trigger" goes with "startAt" alone', remedy }, 'key');
    }
    for (const key of value['evaluate'] === undefined ? [] : ['start', 'startAt']) {
      if (value[key] === undefined) continue;
      const remedy = `leave "${key}" out, or "evaluate"`;
      this.complain([key], { rule: 'misplaced-key', message: `"${key}" does not go with "evaluate"`, remedy }, 'key');
    }
    return {
      title: document.id,
      file: document.file,
      get place(): Place {
        return document.place(['scenario'], 'key');
      },
      process: text(value['process']) ?? '',
      dealership: text(value['dealership']) ?? TEST_DEALERSHIP,
      atMs: atMs ?? 0,
      ...(startedBy === undefined ? {} : { startedBy }),
      ...(refused === undefined ? {} : { refused }),
      ...(startAt === undefined ? {} : { trigger: { node: startAt, variables: map(value['trigger']) } }),
      ...(value['evaluate'] === undefined ? {} : { evaluate: map(value['evaluate']) }),
      variables: map(value['start']),
      steps: (value['steps'] as JsonObject[]).map((step, index) => this.step(step, ['steps', index])),
      placeOf: (path, part) => document.place(path, part),
    };
  }

  private step(step: JsonObject, path: Path): ScenarioStep {
    const refused = text(step['refused']);
    const given: StepText = {
      value: step,
      complain: (key, complaint, part) => this.complain(key === undefined ? path : [...path, key], complaint, part),
    };
    const verb = verbOf(step);
    return { path, verb, action: readAction(verb, given), ...(refused === undefined ? {} : { refused }) };
  }

  private complain(path: Path, complaint: Complaint, part: 'key' | 'value' = 'value'): void {
    this.findings.push(findingAt(this.document.place(path, part), complaint));
  }
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function map(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}
