import type { Finding, SourceFile } from '../compile/deployment';
import type { Json, JsonObject } from '../json';
import { durationMs, instantMs } from '../runtime/durations';
import { readDocument } from './documents';
import { type Complaint, findingAt, type Place } from './finding';
import type { ConnectorAnswer } from './scenario-host';
import { checkSchema } from './schema-check';
import type { Path, SourceDocument } from './source-document';
import { quoted } from './suggestion';

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
  /** The code with which the start is expected to be refused. */
  refused?: string;
  steps: ScenarioStep[];
  /** The place of anything in its document. */
  placeOf(path: Path, part?: 'key' | 'value'): Place;
}

/** One step of a scenario, where it stands, and the code with which it is expected to be refused. */
export interface ScenarioStep {
  path: Path;
  action: ScenarioAction;
  refused?: string;
}

export type ScenarioAction =
  | { kind: 'expect'; expectation: Expectation }
  | { kind: 'complete'; step: string; as: string; outcome: string | null; data: JsonObject }
  | { kind: 'claim' | 'release'; step: string; as: string }
  | { kind: 'advance'; ms: number }
  | { kind: 'message'; name: string; key: string; variables: JsonObject; as: string }
  | { kind: 'answer'; step: string; answer: ConnectorAnswer }
  | { kind: 'resolve'; step: string; as: string; variables: JsonObject }
  | { kind: 'cancel'; reason: string; as: string };

/** What must be so; a part that is left out may be anything. */
export interface Expectation {
  tasks?: string[];
  waits?: string[];
  ended?: string | boolean;
  state?: string;
  ran?: Record<string, number>;
  urged?: Record<string, number>;
  escalated?: Record<string, string[]>;
  variables?: JsonObject;
  incidents?: (string | { step: string; code: string })[];
}

/** The time at which scenarios begin that do not say so: a Monday morning. */
const defaultStart = '2026-03-02T09:00:00+08:00';

/** Reads a scenario from a file; undefined, without a finding, where the file holds another kind of document. */
export function readScenario(file: SourceFile): { scenario?: Scenario; findings: Finding[] } {
  const { document, findings } = readDocument(file);
  if (document === undefined || document.kind !== 'scenario') return { findings: document === undefined ? findings : [] };
  const deviations = [...findings, ...checkSchema(document)];
  if (deviations.length > 0) return { findings: deviations };
  const reader = new ScenarioReader(document);
  const scenario = reader.read();
  return reader.findings.length > 0 ? { findings: reader.findings } : { scenario, findings: [] };
}

const companions: Record<string, readonly string[]> = {
  expect: [],
  complete: ['as', 'with', 'outcome', 'refused'],
  claim: ['as', 'refused'],
  release: ['as', 'refused'],
  advance: [],
  message: ['as', 'refused'],
  answer: ['output', 'error', 'fail', 'refused'],
  resolve: ['as', 'variables', 'refused'],
  cancel: ['as', 'refused'],
};

class ScenarioReader {
  readonly findings: Finding[] = [];

  constructor(private readonly document: SourceDocument) {}

  read(): Scenario {
    const { document } = this;
    const { value } = document;
    const atMs = instantMs(text(value['at']) ?? defaultStart, 'UTC');
    if (atMs === undefined)
      this.complain(['at'], { rule: 'wrong-form', message: 'there is no such point in time', remedy: `write ${defaultStart}` });
    const startedBy = text(value['as']);
    const refused = text(value['refused']);
    return {
      title: document.id,
      file: document.file,
      place: document.place(['scenario'], 'key'),
      process: text(value['process']) ?? '',
      dealership: text(value['dealership']) ?? '',
      atMs: atMs ?? 0,
      ...(startedBy === undefined ? {} : { startedBy }),
      ...(refused === undefined ? {} : { refused }),
      variables: map(value['start']),
      steps: (value['steps'] as JsonObject[]).map((step, index) => this.step(step, ['steps', index])),
      placeOf: (path, part) => document.place(path, part),
    };
  }

  private step(step: JsonObject, path: Path): ScenarioStep {
    const verb = Object.keys(companions).find((known) => Object.hasOwn(step, known)) ?? 'expect';
    this.checkCompanions(step, verb, path);
    const refused = text(step['refused']);
    return { path, action: this.action(verb, step, path), ...(refused === undefined ? {} : { refused }) };
  }

  private action(verb: string, step: JsonObject, path: Path): ScenarioAction {
    switch (verb) {
      case 'complete':
        return { kind: 'complete', step: String(step['complete']), as: this.who(step, path), ...completion(step) };
      case 'claim':
      case 'release':
        return { kind: verb, step: String(step[verb]), as: this.who(step, path) };
      case 'advance':
        return { kind: 'advance', ms: durationMs(String(step['advance'])) ?? 0 };
      case 'message':
        return this.message(map(step['message']), text(step['as']) ?? 'system');
      case 'answer':
        return { kind: 'answer', step: String(step['answer']), answer: this.answer(step, path) };
      case 'resolve':
        return { kind: 'resolve', step: String(step['resolve']), as: this.who(step, path), variables: map(step['variables']) };
      case 'cancel':
        return { kind: 'cancel', reason: String(step['cancel']), as: this.who(step, path) };
      default:
        return { kind: 'expect', expectation: map(step['expect']) as Expectation };
    }
  }

  private message(message: JsonObject, as: string): ScenarioAction {
    return { kind: 'message', name: String(message['name']), key: String(message['key']), variables: map(message['variables']), as };
  }

  private answer(step: JsonObject, path: Path): ConnectorAnswer {
    const given = ['output', 'error', 'fail'].filter((key) => step[key] !== undefined);
    if (given.length !== 1) {
      const message =
        given.length === 0 ? 'the connector answers nothing' : `the connector answers ${given.map(quoted).join(' and ')} at once`;
      this.complain(path, { rule: 'one-of', message, remedy: 'write one of: output, error, fail' });
    }
    if (step['error'] !== undefined) return { kind: 'error', code: String(step['error']), message: `scenario: ${String(step['error'])}` };
    if (step['fail'] !== undefined) return { kind: 'failure', message: String(step['fail']) };
    return { kind: 'output', output: step['output'] ?? null };
  }

  private who(step: JsonObject, path: Path): string {
    const who = text(step['as']);
    if (who === undefined) {
      this.complain(path, {
        rule: 'missing-key',
        message: 'it does not say who does it',
        remedy: 'add "as: <user>", for example "as: clerk@tianhe"',
      });
    }
    return who ?? '';
  }

  private checkCompanions(step: JsonObject, verb: string, path: Path): void {
    for (const key of Object.keys(step)) {
      if (key === verb || companions[verb]?.includes(key)) continue;
      const remedy = `leave "${key}" out; beside "${verb}" stand: ${companions[verb]?.join(', ') || 'nothing'}`;
      this.complain([...path, key], { rule: 'misplaced-key', message: `${quoted(key)} does not go with ${quoted(verb)}`, remedy }, 'key');
    }
  }

  private complain(path: Path, complaint: Complaint, part: 'key' | 'value' = 'value'): void {
    this.findings.push(findingAt(this.document.place(path, part), complaint));
  }
}

/** The outcome stands among the data, or beside them. */
function completion(step: JsonObject): { outcome: string | null; data: JsonObject } {
  const beside = text(step['outcome']);
  if (beside !== undefined) return { outcome: beside, data: map(step['with']) };
  const { outcome, ...data } = map(step['with']);
  return { outcome: text(outcome) ?? null, data };
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function map(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}
