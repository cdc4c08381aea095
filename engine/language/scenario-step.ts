import type { Json, JsonObject } from '../json';
import { durationMs, instantMs } from '../runtime/durations';
import type { Complaint } from './finding';
import type { CaseOperation, Doer, Expectation, ScenarioAction, TaskOperation, Which } from './scenario';
import type { ConnectorAnswer } from './scenario-host';
import { quoted } from './suggestion';

const person = ['as', 'for', 'refused'] as const;
const ofTask = [...person, 'which'] as const;

/** What may stand beside each verb. */
const companions = {
  expect: [],
  complete: [...ofTask, 'all', 'with', 'outcome'],
  claim: ofTask,
  assign: [...ofTask, 'to', 'override'],
  release: ofTask,
  transfer: [...ofTask, 'to'],
  delegate: [...ofTask, 'to'],
  return: [...ofTask, 'to', 'reason'],
  takeBack: [...person, 'drafted'],
  addSigner: [...ofTask, 'place', 'user'],
  removeSigner: [...ofTask, 'user'],
  urge: [...ofTask, 'reason'],
  copy: [...ofTask, 'users', 'roles'],
  suspend: person,
  resume: person,
  addInstance: [...person, 'item'],
  removeInstance: [...person, 'index'],
  completeActivity: person,
  startStep: person,
  draft: [...ofTask, 'with', 'outcome'],
  comment: [...ofTask, 'text'],
  suspendProcess: person,
  resumeProcess: person,
  set: [...person, 'of'],
  message: ['as', 'refused'],
  signal: ['as', 'refused'],
  answer: ['which', 'all', 'output', 'error', 'fail', 'refused'],
  resolve: [...ofTask, 'all', 'variables'],
  cancel: person,
  fireTimer: ['refused'],
  advance: [],
  advanceTo: [],
} as const satisfies Record<string, readonly string[]>;

/** The key of a step that says what is done. */
export type Verb = keyof typeof companions;

/** A step as it is written, and where to say what is wrong with it: at one of its keys, or at all of it. */
export interface StepText {
  value: JsonObject;
  complain(key: string | undefined, complaint: Complaint, part?: 'key' | 'value'): void;
}

/** The verb of a step that fits the schema. */
export function verbOf(step: JsonObject): Verb {
  return (Object.keys(companions) as Verb[]).find((known) => Object.hasOwn(step, known)) ?? 'expect';
}

/** Reads what a step does; what does not go together is complained of. */
export function readAction(verb: Verb, step: StepText): ScenarioAction {
  checkCompanions(verb, step);
  const { value } = step;
  const named = String(value[verb]);
  const operation = taskOperation(verb, step);
  if (operation !== undefined) {
    const by = verb === 'complete' && value['as'] === undefined && value['for'] === undefined ? {} : doer(step);
    return { kind: 'task', step: named, ...whichOf(value), operation, ...by };
  }
  const ofCase = caseOperation(verb, step);
  if (ofCase !== undefined) return { kind: 'case', ...('elementId' in ofCase ? { step: named } : {}), operation: ofCase, ...steward(step) };
  switch (verb) {
    case 'advance':
      return { kind: 'advance', ms: durationMs(named) ?? 0 };
    case 'advanceTo':
      return { kind: 'advanceTo', atMs: pointInTime(named, step) };
    case 'suspendProcess':
    case 'resumeProcess':
      return { kind: 'process', process: named, suspended: verb === 'suspendProcess', ...steward(step) };
    case 'draft':
      return { kind: 'note', step: named, ...whichOf(value), note: { kind: 'draft', ...completion(value) }, ...doer(step) };
    case 'comment': {
      const note = { kind: 'comment', text: needed(step, 'text', '<what is said>') } as const;
      return { kind: 'note', step: named, ...whichOf(value), note, ...doer(step) };
    }
    case 'fireTimer':
      return { kind: 'fireTimer', step: named };
    case 'message':
      return message(value['message'] ?? null, text(value['as']) ?? 'system');
    case 'signal':
      return signal(value['signal'] ?? null, text(value['as']) ?? 'system');
    case 'answer':
      return { kind: 'answer', step: named, ...whichOf(value), answer: answer(step) };
    case 'resolve':
      return { kind: 'resolve', step: named, ...whichOf(value), variables: map(value['variables']), ...steward(step) };
    default:
      return { kind: 'expect', expectation: map(value['expect']) as Expectation };
  }
}

function taskOperation(verb: Verb, step: StepText): TaskOperation | undefined {
  const { value } = step;
  const reason = text(value['reason']) ?? null;
  switch (verb) {
    case 'complete':
      return { type: 'completeTask', ...completion(value) };
    case 'claim':
      return { type: 'assignTask', override: false };
    case 'assign':
      return { type: 'assignTask', to: needed(step, 'to', '<user>'), override: value['override'] === true };
    case 'release':
      return { type: 'unassignTask' };
    case 'transfer':
      return { type: 'transferTask', to: needed(step, 'to', '<user>') };
    case 'delegate':
      return { type: 'delegateTask', to: needed(step, 'to', '<user>') };
    case 'return':
      return { type: 'returnTask', target: needed(step, 'to', '<step>'), reason };
    case 'takeBack':
      return { type: 'withdrawTask', drafted: texts(value['drafted']) };
    case 'addSigner':
      return { type: 'addSigner', place: (text(value['place']) ?? 'beside') as 'beside', user: needed(step, 'user', '<user>') };
    case 'removeSigner':
      return { type: 'removeSigner', user: needed(step, 'user', '<user>') };
    case 'urge':
      return { type: 'urgeTask', message: reason };
    case 'copy':
      return { type: 'copyTask', users: texts(value['users']), roles: texts(value['roles']) };
    default:
      return undefined;
  }
}

function caseOperation(verb: Verb, step: StepText): CaseOperation | undefined {
  const { value } = step;
  const elementId = String(value[verb]);
  switch (verb) {
    case 'suspend':
      return { type: 'suspendCase', reason: elementId };
    case 'cancel':
      return { type: 'cancelInstance', reason: elementId };
    case 'resume':
      return { type: 'resumeCase' };
    case 'set':
      return { type: 'setVariables', variables: map(value['set']), ...(value['of'] === undefined ? {} : { of: String(value['of']) }) };
    case 'addInstance':
      return { type: 'addInstance', elementId, item: value['item'] ?? null };
    case 'removeInstance':
      if (typeof value['index'] !== 'number') missing(step, 'the number of the instance', 'index: 1');
      return { type: 'removeInstance', elementId, index: Number(value['index']) };
    case 'completeActivity':
      return { type: 'completeActivity', elementId };
    case 'startStep':
      return { type: 'startAdHocStep', elementId };
    default:
      return undefined;
  }
}

function message(written: Json, as: string): ScenarioAction {
  const given = map(written);
  const [id, key] = [text(given['id']), text(given['key'])];
  return {
    kind: 'message',
    name: text(written) ?? String(given['name']),
    ...(key === undefined ? {} : { key }),
    variables: map(given['variables']),
    timeToLiveMs: durationMs(text(given['ttl']) ?? 'PT0S') ?? 0,
    ...(id === undefined ? {} : { id }),
    as,
  };
}

function signal(given: Json, as: string): ScenarioAction {
  return { kind: 'signal', name: text(given) ?? String(map(given)['name']), variables: map(map(given)['variables']), as };
}

function answer({ value, complain }: StepText): ConnectorAnswer {
  const given = ['output', 'error', 'fail'].filter((key) => value[key] !== undefined);
  if (given.length !== 1) {
    const what = given.length === 0 ? 'the connector answers nothing' : `the connector answers ${given.map(quoted).join(' and ')} at once`;
    complain(undefined, { rule: 'one-of', message: what, remedy: 'write one of: output, error, fail' });
  }
  if (value['error'] !== undefined) return { kind: 'error', code: String(value['error']), message: `scenario: ${String(value['error'])}` };
  if (value['fail'] !== undefined) return { kind: 'failure', message: String(value['fail']) };
  return { kind: 'output', output: value['output'] ?? null };
}

function pointInTime(written: string, step: StepText): number {
  const atMs = instantMs(written, 'UTC');
  if (atMs === undefined) {
    const complaint = { rule: 'wrong-form', message: 'there is no such point in time', remedy: 'write 2026-03-02T09:00:00+08:00' };
    step.complain('advanceTo', complaint);
  }
  return atMs ?? 0;
}

function doer(step: StepText): Doer {
  const principal = text(step.value['for']);
  const as = text(step.value['as']);
  if (as === undefined) {
    const remedy = 'add "as: <user>", for example "as: clerk@tianhe"';
    step.complain(undefined, { rule: 'missing-key', message: 'it does not say who does it', remedy });
  }
  return { as: as ?? '', ...(principal === undefined ? {} : { for: principal }) };
}

/** Who does what is done with the case as a whole: `system` where nobody is named. */
function steward(step: StepText): Doer {
  return step.value['as'] === undefined && step.value['for'] === undefined ? { as: 'system' } : doer(step);
}

function whichOf(value: JsonObject): { which?: Which } {
  if (value['all'] === true) return { which: 'all' };
  return typeof value['which'] === 'number' ? { which: value['which'] } : {};
}

function needed(step: StepText, key: string, example: string): string {
  const given = text(step.value[key]);
  if (given === undefined) missing(step, quoted(key), `${key}: ${example}`);
  return given ?? '';
}

function missing(step: StepText, what: string, example: string): void {
  step.complain(undefined, { rule: 'missing-key', message: `${what} is missing`, remedy: `add "${example}"` });
}

function checkCompanions(verb: Verb, { value, complain }: StepText): void {
  const allowed: readonly string[] = companions[verb];
  for (const key of Object.keys(value)) {
    if (key === verb || allowed.includes(key)) continue;
    const remedy = `leave "${key}" out; beside "${verb}" stand: ${allowed.join(', ') || 'nothing'}`;
    complain(key, { rule: 'misplaced-key', message: `${quoted(key)} does not go with ${quoted(verb)}`, remedy }, 'key');
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

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function map(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}
