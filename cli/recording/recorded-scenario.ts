import canonicalize from 'canonicalize';
import type { CompiledDealership } from '../../engine/compile/deployment';
import type { JsonObject } from '../../engine/json';
import { runScenario, type ScenarioResult } from '../../engine/language/run-scenario';
import { readScenario } from '../../engine/language/scenario';
import type { Observation, ObservedTask } from '../../engine/language/scenario-host';
import { createSimulator } from '../../engine/simulate/simulator';
import type { Recording } from '../../server/recording';
import { WrongUse } from '../definition-roots';
import { localTime } from './local-time';
import { masked, withPeople } from './masked-recording';
import { Pseudonyms } from './pseudonyms';
import { type RecordedAction, type RecordedStart, recordedActions, recordedStart } from './recorded-actions';
import { scenarioText } from './scenario-text';

/** A case as a scenario, and what of it a scenario could not hold. */
export interface RecordedScenario {
  text: string;
  warnings: string[];
}

export interface RecordOptions {
  title: string;
  /** The key of the pseudonyms. */
  maskKey: string;
  maskPeople: boolean;
}

/** Each step is played with all that came before it. */
const MOST_ACTIONS = 400;
const SECOND = 1_000;
/** The key of the case in virtual time, and its business key where the process computes none. */
const CASE_KEY = 'case';

/**
 * Makes a scenario of a case: what was done, by whom, with what data and when, and between that what was open. Each step is played in virtual time as it
 * is written; one that does not go there as it went is left out and told.
 *
 * @throws {WrongUse} where the case is too long
 */
export async function recordedScenario(recording: Recording, options: RecordOptions): Promise<RecordedScenario> {
  const { batches, processInstanceKey: rootKey, closure } = recording;
  const [first, ...later] = batches;
  if (first === undefined) throw new WrongUse(`case "${rootKey}" has no records`);
  const own = ownIds(recording);
  const raw = { start: recordedStart(first, rootKey, closure), actions: later.flatMap((batch) => actionsOf(batch, rootKey, own)) };
  if (raw.actions.length > MOST_ACTIONS)
    throw new WrongUse(`case "${rootKey}" has ${raw.actions.length} actions, more than ${MOST_ACTIONS}: it is too long for a scenario`);
  const pseudonyms = new Pseudonyms(options.maskKey);
  pseudonyms.put(rootKey, CASE_KEY);
  const inData = masked(raw, recording, pseudonyms);
  const people = options.maskPeople ? stateIns(recording) : new Map<string, string>();
  const recorded = people.size === 0 ? inData : withPeople(inData, (user) => people.get(user) ?? user);
  const writer = new ScenarioWriter(recording, dealershipOf(recording, people), recorded.start, options.title);
  for (const action of recorded.actions) await writer.add(action);
  return writer.finish();
}

function actionsOf(batch: Recording['batches'][number], rootKey: string, own: ReadonlySet<string>): RecordedAction[] {
  try {
    return recordedActions(batch, rootKey, own);
  } catch (error) {
    throw new WrongUse(`case "${rootKey}" cannot be a scenario: ${(error as Error).message}`);
  }
}

/** Messages that the case has published, and signals that it has thrown and heard itself: it does both again by itself. */
function ownIds({ batches }: Recording): Set<string> {
  const ids = batches.flatMap(({ records }) => {
    const throws = records.some(({ type }) => type === 'signalThrown');
    return records.flatMap((record) => {
      if (record.type === 'messagePublished') return [record.messageId];
      return throws && record.type === 'signalReceived' ? [record.signalId] : [];
    });
  });
  return new Set(ids);
}

/** Who stands for whom: people are numbered by their first role. */
function stateIns({ roles, dealership }: Recording): Map<string, string> {
  const names = new Map<string, string>();
  for (const [role, users] of Object.entries(roles)) {
    for (const user of users) if (!names.has(user)) names.set(user, `${role}-${users.indexOf(user) + 1}@${dealership}`);
  }
  return names;
}

/** The dealership as it was for the case. */
function dealershipOf({ dealership, closure, forms, roles }: Recording, people: ReadonlyMap<string, string>): CompiledDealership {
  const { settings, settingsType, timezone, calendars = {}, models } = closure;
  const byId = { ...Object.fromEntries(Object.entries(models).map(([hash, model]) => [model.id, hash])), ...closure.processes };
  const processes = Object.entries(byId).flatMap(([id, hash]) => {
    const model = models[hash];
    return model === undefined ? [] : [[id, { id, hash, model }] as const];
  });
  const named = Object.entries(roles).map(([role, users]) => [role, users.map((user) => people.get(user) ?? user)] as const);
  return {
    id: dealership,
    title: { zh: dealership, en: dealership },
    timezone,
    roles: Object.fromEntries(named),
    settings,
    settingsType,
    processes: Object.fromEntries(processes),
    forms,
    registers: {},
    reports: {},
    templates: {},
    schedules: {},
    calendars,
  };
}

class ScenarioWriter {
  readonly #steps: JsonObject[] = [];
  readonly #warnings: string[] = [];
  readonly #seen = new Set<string>();
  #clockMs: number;
  /** How far the last step lets time go on. */
  #advancedMs = 0;
  #observation: Observation | undefined;
  #expected = '';

  constructor(
    private readonly recording: Recording,
    private readonly dealership: CompiledDealership,
    private readonly start: RecordedStart,
    private readonly title: string,
  ) {
    this.#clockMs = Math.floor(start.atMs / SECOND) * SECOND;
  }

  async add({ atMs, dueAtMs, step, taskId }: RecordedAction): Promise<void> {
    this.#observation ??= await this.#begin();
    const reached = dueAtMs === undefined ? Math.floor(atMs / SECOND) * SECOND : Math.ceil(dueAtMs / SECOND) * SECOND;
    if (reached > this.#clockMs) await this.#advanceTo(reached);
    if (step === undefined) return;
    const verb = Object.keys(step)[0] as string;
    const open = this.#observation.tasks.filter(({ elementId }) => elementId === step[verb]);
    const number = open.findIndex(({ key }) => key.endsWith(`-${taskId}`)) + 1;
    const which = taskId !== undefined && open.length > 1 && number > 0 && verb !== 'takeBack' ? { which: number } : {};
    const written = { ...step, ...which };
    await this.#perform(written, inPlaceOf(written, open[Math.max(number, 1) - 1]?.assignee ?? null));
  }

  async finish(): Promise<RecordedScenario> {
    const seen = this.#observation ?? (await this.#begin());
    const { observation: real } = this.recording;
    const ran = Object.fromEntries(seen.ran.map(({ elementId }) => [elementId, countOf(seen, elementId)]));
    const end = seen.state === 'COMPLETED' ? { ended: seen.ended ?? true } : { state: seen.state };
    const counts = Object.keys(ran).length === 0 ? {} : { ran };
    this.#steps.push({ expect: { ...end, tasks: seen.tasks.map(({ elementId }) => elementId), ...counts } });
    for (const [what, played, recorded] of [
      ['it ended', seen.ended ?? seen.state, real.ended ?? real.state],
      ['open tasks', idsOf(seen.tasks), idsOf(real.tasks)],
      ['steps that ran', idsOf(seen.order), idsOf(real.order)],
    ] as const) {
      if (played !== recorded)
        this.#warnings.push(`played again it is not as it was: ${what}: ${played || 'none'} in place of ${recorded || 'none'}`);
    }
    const { failures } = await this.#play(this.#steps);
    for (const { message, expected, actual } of failures)
      this.#warnings.push(`it does not pass: ${message}: ${actual} in place of ${expected}`);
    return { text: scenarioText(this.#document(this.#steps)), warnings: this.#warnings };
  }

  async #begin(): Promise<Observation> {
    const { failures, observation } = await this.#play([]);
    if (observation === undefined)
      throw new WrongUse(`the case does not begin in virtual time: ${failures[0]?.actual ?? 'no reason was given'}`);
    this.#expect(observation);
    return observation;
  }

  /** Times that nothing came between are one. */
  async #advanceTo(atMs: number): Promise<void> {
    const last = this.#steps.at(-1);
    const before = last?.['advance'] === undefined ? 0 : this.#advancedMs;
    if (before > 0) this.#steps.pop();
    this.#advancedMs = before + atMs - this.#clockMs;
    this.#clockMs = atMs;
    await this.#perform({ advance: durationText(this.#advancedMs) });
  }

  /** @param other what may have been meant where the step does not go as it is written */
  async #perform(step: JsonObject, other?: JsonObject): Promise<void> {
    const { failures, observation } = await this.#play([...this.#steps, step]);
    const [failure] = failures;
    if (failure !== undefined && other !== undefined) return this.#perform(other);
    if (failure !== undefined || observation === undefined) {
      const what = Object.entries(step)[0]
        ?.map((part) => (typeof part === 'string' ? part : ''))
        .join(' ');
      this.#warnings.push(
        `left out, since it does not go in virtual time as it went: ${what}: ${failure?.actual ?? 'no reason was given'}`,
      );
      return;
    }
    this.#steps.push(step);
    this.#observation = observation;
    this.#expect(observation);
  }

  /** What is open, where that has changed; of new tasks also for whom, and until when. */
  #expect({ tasks, waits }: Observation): void {
    const fresh = tasks.filter(({ key }) => !this.#seen.has(key));
    for (const { key } of fresh) this.#seen.add(key);
    const open = {
      tasks: tasks.map(({ elementId }) => elementId),
      ...(waits.length === 0 ? {} : { waits: waits.map(({ elementId }) => elementId) }),
    };
    const expected = JSON.stringify(open);
    if (expected === this.#expected && fresh.length === 0) return;
    this.#expected = expected;
    if (tasks.length + waits.length === 0) return;
    const candidates = byStep(fresh, (step) => [
      ...new Set(tasksAt(tasks, step).flatMap((task) => [...task.candidateGroups, ...task.candidateUsers])),
    ]);
    const due = byStep(fresh, (step) => {
      const dates = new Set(tasksAt(tasks, step).map(({ dueAtMs }) => dueAtMs));
      const [date] = dates;
      return dates.size === 1 && date != null ? localTime(date, this.dealership.timezone) : undefined;
    });
    this.#steps.push({ expect: { ...open, ...(candidates === undefined ? {} : { candidates }), ...(due === undefined ? {} : { due }) } });
  }

  async #play(steps: JsonObject[]): Promise<ScenarioResult> {
    const { scenario, findings } = readScenario({ path: 'recorded.yaml', text: JSON.stringify(this.#document(steps)) });
    if (scenario === undefined) throw new Error(`invariant: what was recorded is a scenario: ${findings[0]?.message}`);
    return runScenario(scenario, this.dealership, createSimulator(this.dealership));
  }

  #document(steps: JsonObject[]): JsonObject {
    const { start, recording } = this;
    const { trigger } = start;
    return {
      scenario: this.title,
      process: recording.processDefinitionId,
      dealership: recording.dealership,
      at: localTime(Math.floor(start.atMs / SECOND) * SECOND, this.dealership.timezone),
      as: start.startedBy,
      ...(trigger === undefined ? {} : { startAt: trigger.node, trigger: trigger.variables }),
      start: startVariables(start, recording),
      // there is no scenario without a step
      steps: steps.length === 0 ? [{ expect: { state: 'ACTIVE' } }] : steps,
    };
  }
}

/** Without what the process gives its variables by itself. */
function startVariables({ variables }: RecordedStart, { closure }: Recording): JsonObject {
  const declared = closure.models[closure.root]?.variables ?? {};
  const given = Object.entries(variables).filter(([name, value]) => canonicalize(value) !== canonicalize(declared[name]?.default ?? null));
  return Object.fromEntries(given);
}

/** The same as a substitute does it: records of some operations do not say in whose name they were done. */
function inPlaceOf(step: JsonObject, assignee: string | null): JsonObject | undefined {
  const { assign, as, to, ...rest } = step;
  if (as === undefined || step['for'] !== undefined) return undefined;
  if (assign !== undefined) return { claim: assign, as, for: to ?? null, ...rest };
  return assignee === null || assignee === as ? undefined : { ...step, for: assignee };
}

function byStep<T>(tasks: readonly ObservedTask[], of: (elementId: string) => T | undefined): Record<string, T> | undefined {
  const found = tasks.flatMap(({ elementId }) => {
    const value = of(elementId);
    return value === undefined ? [] : [[elementId, value] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function tasksAt(tasks: readonly ObservedTask[], step: string): ObservedTask[] {
  return tasks.filter(({ elementId }) => elementId === step);
}

/** As an expectation counts: a branch may have the name of a step. */
function countOf({ ran, branches }: Observation, id: string): number {
  const steps = ran.filter(({ elementId }) => elementId === id);
  return [...steps, ...branches.filter(({ flowId }) => flowId === id)].reduce((sum, { count }) => sum + count, 0);
}

function idsOf(steps: readonly { elementId: string }[]): string {
  return steps
    .map(({ elementId }) => elementId)
    .sort()
    .join(', ');
}

/** ISO 8601, of days, hours, minutes and seconds. */
function durationText(ms: number): string {
  const seconds = Math.round(ms / SECOND);
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60];
  const time = `${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${seconds % 60 > 0 ? `${seconds % 60}S` : ''}`;
  return `P${days > 0 ? `${days}D` : ''}${time === '' ? '' : `T${time}`}`;
}
