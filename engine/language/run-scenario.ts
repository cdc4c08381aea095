import { closureOf } from '../compile/closure';
import type { CompiledDealership } from '../compile/deployment';
import type { JsonObject } from '../json';
import type { Actor } from '../runtime/events';
import { askStartConditions, variablesAtStart } from '../runtime/start-conditions';
import { differencesOf } from './expectation';
import type { Place } from './finding';
import { checkFormData } from './form-data';
import type { Scenario, ScenarioAction, ScenarioStep } from './scenario';
import type { HostAnswer, Observation, ObservedTask, ScenarioHost } from './scenario-host';
import { numbersOf, requestFor, tasksOf } from './scenario-requests';
import type { Path } from './source-document';
import { quoted } from './suggestion';

/** The line of a scenario that did not go as expected. */
interface ScenarioFailure {
  place: Place;
  message: string;
  expected: string;
  actual: string;
}

/** How a scenario went, and what the case looked like at the end. */
export interface ScenarioResult {
  scenario: Scenario;
  failures: ScenarioFailure[];
  observation: Observation | undefined;
}

/**
 * Runs a scenario on a host, up to the first step that does not go as expected. Data of a start form or a task's form are checked first
 * and refused with `form-invalid`, as every way into the engine does.
 */
export async function runScenario(scenario: Scenario, dealership: CompiledDealership, host: ScenarioHost): Promise<ScenarioResult> {
  const run = new ScenarioRun(scenario, dealership, host);
  const failures = await run.run();
  const observation = run.started ? await host.observe() : undefined;
  return { scenario, failures, observation };
}

class ScenarioRun {
  started = false;

  constructor(
    private readonly scenario: Scenario,
    private readonly dealership: CompiledDealership,
    private readonly host: ScenarioHost,
  ) {}

  async run(): Promise<ScenarioFailure[]> {
    const started = await this.start();
    const failure = this.judge(started, this.scenario.refused, ['start']);
    if (failure !== undefined) return [failure];
    this.started = started.ok;
    for (const step of started.ok ? this.scenario.steps : []) {
      const failures = await this.step(step);
      if (failures.length > 0) return failures;
    }
    return [];
  }

  private start(): HostAnswer | Promise<HostAnswer> {
    const { process, atMs, variables, startedBy, trigger, evaluate } = this.scenario;
    if (evaluate !== undefined) return this.startByCondition(evaluate);
    const model = this.dealership.processes[process]?.model;
    const startForm = trigger === undefined ? model?.startForm : undefined;
    const user = startedBy ?? startForm?.roles.flatMap((role) => this.dealership.roles[role] ?? [])[0] ?? 'system';
    const data = startForm?.result === undefined ? variables : variables[startForm.result];
    const refusal = this.checkForm(startForm?.form, (data ?? {}) as JsonObject);
    const begun = trigger === undefined ? {} : { trigger };
    return refusal ?? this.host.start({ processId: process, atMs, actor: this.actor(user), variables, ...begun });
  }

  /** The conditions are asked here, on every host; the case begins by the first that is true. */
  private startByCondition(handedIn: JsonObject): HostAnswer | Promise<HostAnswer> {
    const { process: processId, atMs, startedBy = 'system' } = this.scenario;
    const closure = closureOf(this.dealership, processId);
    const asked = askStartConditions(closure, handedIn, atMs);
    const node = asked.find(({ holds }) => holds)?.node;
    const model = closure.models[closure.root];
    if (node === undefined || model === undefined) {
      const failure = asked.flatMap((one) => one.failure ?? [])[0];
      const message = asked.length === 0 ? `process ${quoted(processId)} has no start by a condition` : 'no condition of a start is true';
      return { ok: false, ...(failure ?? { code: 'condition-not-true', message }) };
    }
    const { seen } = variablesAtStart(model, node, handedIn);
    const trigger = { node, variables: handedIn };
    return this.host.start({ processId, atMs, actor: this.actor(startedBy), variables: seen, trigger });
  }

  private async step({ action, path, refused }: ScenarioStep): Promise<ScenarioFailure[]> {
    if (action.kind === 'expect') {
      const differences = differencesOf(action.expectation, await this.host.observe());
      return differences.map(({ path: part, what, expected, actual }) =>
        this.failure([...path, 'expect', ...part], what, expected, actual),
      );
    }
    if (action.kind === 'advance' || action.kind === 'advanceTo') {
      const ms = action.kind === 'advance' ? action.ms : action.atMs - (await this.host.nowMs());
      if (ms < 0) return [this.failure(path, 'advanceTo', 'a time to come', 'that time is past')];
      await this.host.advance(ms);
      return [];
    }
    const before = refused === undefined ? undefined : JSON.stringify(await this.host.observe());
    const answer = await this.perform(action);
    const failure = this.judge(answer, refused, path);
    if (failure !== undefined) return [failure];
    if (before === undefined || before === JSON.stringify(await this.host.observe())) return [];
    return [this.failure(path, 'refused', 'nothing changed', 'the case has changed all the same')];
  }

  private async perform(action: Exclude<ScenarioAction, { kind: 'expect' | 'advance' | 'advanceTo' }>): Promise<HostAnswer> {
    const { host } = this;
    switch (action.kind) {
      case 'task':
      case 'note':
        return this.performTask(action);
      case 'case':
        return this.performCase(action);
      case 'process':
        return host.suspendProcess(action.process, action.suspended, this.actor(action.as, action.for));
      case 'fireTimer':
        return host.fireTimer(action.step);
      case 'message': {
        const { kind: _, as, key: correlationKey, ...message } = action;
        return host.publish({ ...message, correlationKey, actor: this.actor(as) });
      }
      case 'signal':
        return host.signal(action.name, action.variables, this.actor(action.as));
      case 'answer':
        return this.answer(action);
      case 'resolve':
        return this.resolve(action);
    }
  }

  private async performCase({ operation, as, for: principal }: Extract<ScenarioAction, { kind: 'case' }>): Promise<HostAnswer> {
    const actor = this.actor(as, principal);
    if (operation.type !== 'setVariables' || operation.of === undefined) return this.host.act({ ...operation, actor });
    const { type, of, variables } = operation;
    const open = (await this.host.observe()).instances.filter(({ processId }) => processId === of);
    const instanceKey = open.at(-1)?.key;
    if (instanceKey === undefined) return { ok: false, code: 'instance-not-active', message: `no process ${quoted(of)} is open` };
    return this.host.act({ type, variables, instanceKey, actor });
  }

  /** With `all` each call that waits now is answered, always the oldest that is left. */
  private async answer({ step, which, answer }: Extract<ScenarioAction, { kind: 'answer' }>): Promise<HostAnswer> {
    if (typeof which === 'number') return this.host.answerConnector(step, answer, which);
    const awaited = which === 'all' ? (await this.host.observe()).awaits : [];
    const open = awaited.filter(({ kind, elementId }) => kind === 'connector' && elementId === step).length;
    let given = await this.host.answerConnector(step, answer);
    for (let more = 1; more < open && given.ok; more += 1) given = await this.host.answerConnector(step, answer);
    return given;
  }

  private async resolve({ step, which, variables, ...by }: Extract<ScenarioAction, { kind: 'resolve' }>): Promise<HostAnswer> {
    const open = (await this.host.observe()).incidents.filter(({ elementId }) => elementId === step);
    const actor = this.actor(by.as, by.for);
    let given: HostAnswer = { ok: true };
    for (const number of numbersOf(which, open.length)) {
      given = await this.host.act({ type: 'resolveIncident', actor, incidentKey: open[number - 1]?.key ?? '', variables });
      if (!given.ok) break;
    }
    return given;
  }

  /** Does the same with each of the tasks that are meant, up to the first that is refused. */
  private async performTask(action: Extract<ScenarioAction, { kind: 'task' | 'note' }>): Promise<HostAnswer> {
    const actor = this.actor(action.as, action.for);
    const seen = await this.host.observe();
    let answer: HostAnswer = { ok: true };
    for (const task of tasksOf(action, seen, actor)) {
      if (action.kind === 'note') answer = await this.host.note(task.key, action.note, actor);
      else {
        const request = requestFor(action.operation, { seen, actor, taskKey: task.key, rolesOf: (user) => this.rolesOf(user) });
        answer = this.checkTaskForm(task, action) ?? (await this.host.act(request));
      }
      if (!answer.ok) break;
    }
    return answer;
  }

  private checkTaskForm(task: { key: string } | ObservedTask, { operation, step }: Extract<ScenarioAction, { kind: 'task' }>) {
    if (operation.type !== 'completeTask' || !('processId' in task)) return undefined;
    const node = this.dealership.processes[task.processId]?.model.nodes[step];
    return node?.kind === 'userTask' ? this.checkForm(node.form, operation.data) : undefined;
  }

  private checkForm(id: string | undefined, data: JsonObject): HostAnswer | undefined {
    const form = id === undefined ? undefined : this.dealership.forms[id];
    const problems = form === undefined ? [] : checkFormData(form.schema, data, 'en');
    if (problems.length === 0) return undefined;
    return { ok: false, code: 'form-invalid', message: `form ${quoted(form?.id ?? '')}: ${JSON.stringify(problems)}` };
  }

  private actor(user: string, principal?: string): Actor {
    const actor = { user, roles: this.rolesOf(user) };
    return principal === undefined ? actor : { ...actor, for: { user: principal, roles: this.rolesOf(principal) } };
  }

  private rolesOf(user: string): string[] {
    return Object.entries(this.dealership.roles).flatMap(([role, users]) => (users.includes(user) ? [role] : []));
  }

  private judge(answer: HostAnswer, refused: string | undefined, path: Path): ScenarioFailure | undefined {
    const actual = answer.ok ? 'done' : `refused: ${answer.code} (${answer.message})`;
    if (refused === undefined) return answer.ok ? undefined : this.failure(path, 'what is done', 'done', actual);
    return !answer.ok && answer.code === refused ? undefined : this.failure([...path, 'refused'], 'refused', `refused: ${refused}`, actual);
  }

  private failure(path: Path, message: string, expected: string, actual: string): ScenarioFailure {
    return { place: this.scenario.placeOf(path), message, expected, actual };
  }
}
