import { sampleOfSchema } from '../../engine/analyse/samples';
import type { CompiledDealership } from '../../engine/compile/deployment';
import type { JsonObject } from '../../engine/json';
import { runScenario, type ScenarioResult } from '../../engine/language/run-scenario';
import type { Scenario, ScenarioAction, ScenarioStep } from '../../engine/language/scenario';
import type { Observation, ObservedTask, ScenarioHost } from '../../engine/language/scenario-host';
import { createSimulator } from '../../engine/simulate/simulator';
import { type CaseDifference, differenceOf, isOfPeople } from './difference';

type TaskAction = Extract<ScenarioAction, { kind: 'task' }>;
type Refused = { code: string; text: string };

/** Steps that nobody recorded and that are taken as done between two recorded ones. */
const MOST_ASSUMED = 20;
/** How often one step is tried in another way before it is left out. */
const MOST_TRIES = 4;
/** Refusals of what comes from outside: the case may not have come so far. */
const NOT_WAITING = new Set(['message-not-awaited', 'signal-not-awaited', 'connector-not-waiting', 'timer-not-waiting']);

/**
 * Plays a recorded case on other definitions, and tells what goes otherwise. Where a recorded step no longer fits, the replay goes on: a task that was
 * not recorded is taken as done, another person takes the place of one who may not any more, data that a form does not take any more are filled up;
 * what is still refused is left out.
 */
export async function replayCase(scenario: Scenario, dealership: CompiledDealership | undefined): Promise<CaseDifference[]> {
  const lost = (key: string, text: string): CaseDifference[] => [{ kind: 'way', line: scenario.placeOf([key]).line, text }];
  if (dealership === undefined) return lost('dealership', `there is no dealership "${scenario.dealership}" any more`);
  if (dealership.processes[scenario.process] === undefined) {
    return lost('process', `"${scenario.dealership}" has no process "${scenario.process}" any more`);
  }
  return new ReplayedCase(scenario, dealership).replay();
}

class ReplayedCase {
  readonly #differences: CaseDifference[] = [];
  readonly #host: ScenarioHost;
  readonly #recorded: Set<string>;
  readonly #standIns = new Map<string, string>();
  /** What was told last of each part, so that it is told once. */
  readonly #told = new Map<string, string>();

  constructor(
    private readonly scenario: Scenario,
    private readonly dealership: CompiledDealership,
  ) {
    this.#host = createSimulator(dealership);
    this.#recorded = new Set(scenario.steps.flatMap(({ action }) => stepsIn(action)));
  }

  async replay(): Promise<CaseDifference[]> {
    const { scenario } = this;
    if (!(await this.#begin(scenario)) && !(await this.#begin(this.#withFittingStart()))) return this.#differences;
    for (const [index, step] of scenario.steps.entries()) {
      const line = scenario.placeOf(step.path).line;
      const last = index === scenario.steps.length - 1;
      if (step.action.kind === 'expect') await this.#expect(step, line, last);
      else await this.#perform(step, line);
    }
    return this.#differences;
  }

  async #begin(scenario: Scenario): Promise<boolean> {
    const { failures } = await runScenario({ ...scenario, steps: [] }, this.dealership, this.#host);
    const [failure] = failures;
    if (failure === undefined) return true;
    this.#tell({ kind: 'way', line: failure.place.line, text: `it does not begin as it did: ${failure.actual}` });
    return false;
  }

  /** Begun with data that the start form takes. */
  #withFittingStart(): Scenario {
    const { scenario } = this;
    const startForm = this.dealership.processes[scenario.process]?.model.startForm;
    if (startForm === undefined) return scenario;
    const { form, result } = startForm;
    const { variables } = scenario;
    const data = result === undefined ? variables : ((variables[result] ?? {}) as JsonObject);
    const fitting = this.#fitting(form, data, scenario.startedBy);
    return { ...scenario, variables: result === undefined ? fitting : { ...variables, [result]: fitting } };
  }

  async #expect(step: ScenarioStep, line: number, last: boolean): Promise<void> {
    const told = new Set<string>();
    await this.#assume(line);
    const { failures } = await this.#play(step);
    for (const failure of failures) {
      const { message } = failure;
      told.add(message);
      const difference = differenceOf(failure, line, this.dealership.timezone);
      if (difference === undefined || this.#told.get(message) === difference.text) continue;
      this.#told.set(message, difference.text);
      this.#tell(difference);
    }
    for (const what of this.#told.keys()) if (!told.has(what)) this.#told.delete(what);
    if (last && step.action.kind === 'expect') this.#moreSteps(step.action.expectation.ran, await this.#host.observe(), line);
  }

  /** Steps that ran and that nobody recorded. */
  #moreSteps(recorded: Record<string, number> | undefined, { ran }: Observation, line: number): void {
    if (recorded === undefined) return;
    const more = [...new Set(ran.map(({ elementId }) => elementId))].filter((id) => !Object.hasOwn(recorded, id));
    for (const id of more) {
      const count = ran.filter(({ elementId }) => elementId === id).reduce((sum, step) => sum + step.count, 0);
      this.#tell({ kind: 'way', line, text: `"${id}" runs ${count === 1 ? 'once' : `${count} times`}, which was not so` });
    }
  }

  /** Does what was recorded, or what comes nearest to it. */
  async #perform(step: ScenarioStep, line: number): Promise<void> {
    let tried = { ...step, action: this.#withStandIn(step.action) };
    for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
      const refused = refusalOf(await this.#play(tried), step.refused);
      if (refused === undefined) return;
      const { action } = tried;
      const what = `"${step.verb}${'step' in action ? ` ${action.step}` : ''}"${'as' in action ? ` as "${action.as}"` : ''}`;
      const other = await this.#another(action, refused, line, what);
      if (other === undefined) {
        const kind = isOfPeople(refused.code) ? 'people' : refused.code === 'timer-not-waiting' ? 'date' : 'way';
        this.#tell({ kind, line, text: `${what} no longer fits and is left out: ${refused.text}` });
        return;
      }
      tried = { ...tried, action: other };
    }
  }

  /** The action as it can be done now; undefined where nothing helps. */
  async #another(action: ScenarioAction, refused: Refused, line: number, what: string): Promise<ScenarioAction | undefined> {
    if (action.kind !== 'task') return NOT_WAITING.has(refused.code) && (await this.#assume(line)) > 0 ? action : undefined;
    return this.#anotherOfTask(action, refused, line, what);
  }

  async #anotherOfTask(action: TaskAction, refused: Refused, line: number, what: string): Promise<TaskAction | undefined> {
    const open = (await this.#host.observe()).tasks.filter(({ elementId }) => elementId === action.step);
    const [task] = open;
    if (task === undefined) return (await this.#assume(line)) > 0 ? action : undefined;
    if (refused.code === 'form-invalid' && action.operation.type === 'completeTask') {
      const { form } = this.#nodeOf(task);
      const data = this.#fitting(form, action.operation.data);
      if (JSON.stringify(data) === JSON.stringify(action.operation.data)) return undefined;
      this.#tell({ kind: 'way', line, text: `${what}: what was entered does not fit the form any more; ${refused.text}` });
      return { ...action, operation: { ...action.operation, data } };
    }
    if (!isOfPeople(refused.code)) return undefined;
    const user = this.#somebodyFor(task, action.as);
    if (user === undefined) return undefined;
    this.#tell({ kind: 'people', line, text: `${what} is refused (${refused.code}); "${user}" could do it` });
    this.#standIns.set(`${action.step} ${action.as}`, user);
    const { for: _, ...rest } = action;
    return { ...rest, as: user };
  }

  /** Who had to take the place of somebody at a step goes on with it. */
  #withStandIn(action: ScenarioAction): ScenarioAction {
    const user = action.kind === 'task' ? this.#standIns.get(`${action.step} ${action.as}`) : undefined;
    return user === undefined ? action : ({ ...action, as: user } as ScenarioAction);
  }

  /** Takes open tasks that nobody recorded as done, by somebody who may and with data that fit; gives how many. */
  async #assume(line: number): Promise<number> {
    for (let assumed = 0; ; assumed += 1) {
      const task = (await this.#host.observe()).tasks.find(({ elementId }) => !this.#recorded.has(elementId));
      const user = task === undefined ? undefined : this.#somebodyFor(task, undefined);
      if (task === undefined || user === undefined || assumed >= MOST_ASSUMED) return assumed;
      const { form, outcomes } = this.#nodeOf(task);
      const operation = { type: 'completeTask', outcome: outcomes[0]?.id ?? null, data: this.#fitting(form, {}, user) } as const;
      const action = { kind: 'task', step: task.elementId, operation, as: user } as const;
      const refused = refusalOf(await this.#play({ path: ['steps', 0], verb: 'complete', action }), undefined);
      if (refused !== undefined) return assumed;
      const outcome = operation.outcome === null ? '' : ` with "${operation.outcome}"`;
      const people = [...task.candidateGroups, ...task.candidateUsers].join(', ');
      this.#tell({
        kind: 'way',
        line,
        text: `"${task.elementId}" comes in between, for [${people}]; taken as done by "${user}"${outcome}`,
      });
    }
  }

  #nodeOf({ processId, elementId }: ObservedTask): { form?: string; outcomes: readonly { id: string }[] } {
    const node = this.dealership.processes[processId]?.model.nodes[elementId];
    return node?.kind === 'userTask' ? node : { outcomes: [] };
  }

  /** Data for a form: what was recorded, without fields that it does not know, and with what it wants besides. */
  #fitting(form: string | undefined, data: JsonObject, user = 'somebody'): JsonObject {
    const schema = this.dealership.forms[form ?? '']?.schema;
    if (schema === undefined) return data;
    const sample = sampleOfSchema(schema, user) as JsonObject;
    const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
    const known = Object.entries(data).filter(([name]) => Object.hasOwn(sample, name));
    const wanted = required.filter((name) => !Object.hasOwn(data, name)).map((name) => [name, sample[name] ?? null] as const);
    return Object.fromEntries([...known, ...wanted]);
  }

  /** Who may do a task: who has it, else the first of its people but the one who was refused. */
  #somebodyFor(task: ObservedTask, but: string | undefined): string | undefined {
    const inRoles = task.candidateGroups.flatMap((role) => this.dealership.roles[role] ?? []);
    const people = task.assignee === null ? [...task.candidateUsers, ...inRoles] : [task.assignee];
    return people.find((user) => user !== but);
  }

  /** One step on the case as it stands. */
  #play(step: ScenarioStep): Promise<ScenarioResult> {
    const { refused: _, ...scenario } = this.scenario;
    const trigger = { node: '', variables: {} };
    return runScenario({ ...scenario, trigger, steps: [step] }, this.dealership, { ...this.#host, start: () => ({ ok: true }) });
  }

  #tell(difference: CaseDifference): void {
    if (this.#differences.some(({ kind, text }) => kind === difference.kind && text === difference.text)) return;
    this.#differences.push(difference);
  }
}

/** Steps that a recorded case names: it knows of them. */
function stepsIn(action: ScenarioAction): string[] {
  if (action.kind !== 'expect') return 'step' in action && action.step !== undefined ? [action.step] : [];
  const { tasks = [], ran = {} } = action.expectation;
  return [...tasks, ...Object.keys(ran)];
}

function refusalOf({ failures }: ScenarioResult, expected: string | undefined): Refused | undefined {
  const [failure] = failures;
  if (failure === undefined) return undefined;
  const [, code = '', reason = ''] = /^refused: ([a-z-]+) \((.*)\)$/su.exec(failure.actual) ?? [];
  if (code === '' && expected !== undefined) return { code: '', text: `it was refused with "${expected}" and is done now` };
  return { code, text: code === '' ? failure.actual : `${code}, ${reason}` };
}
