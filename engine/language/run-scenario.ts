import type { CompiledDealership } from '../compile/deployment';
import type { JsonObject } from '../json';
import type { Actor } from '../runtime/events';
import { differencesOf } from './expectation';
import type { Place } from './finding';
import { checkFormData } from './form-data';
import type { Scenario, ScenarioAction, ScenarioStep } from './scenario';
import type { HostAnswer, Observation, ScenarioHost } from './scenario-host';
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
    const { process, atMs, variables, startedBy } = this.scenario;
    const startForm = this.dealership.processes[process]?.model.startForm;
    const user = startedBy ?? startForm?.roles.flatMap((role) => this.dealership.roles[role] ?? [])[0] ?? 'system';
    const data = startForm?.result === undefined ? variables : variables[startForm.result];
    const refusal = this.checkForm(startForm?.form, (data ?? {}) as JsonObject);
    return refusal ?? this.host.start({ processId: process, atMs, actor: this.actor(user), variables });
  }

  private async step({ action, path, refused }: ScenarioStep): Promise<ScenarioFailure[]> {
    if (action.kind === 'expect') {
      const differences = differencesOf(action.expectation, await this.host.observe());
      return differences.map(({ path: part, what, expected, actual }) =>
        this.failure([...path, 'expect', ...part], what, expected, actual),
      );
    }
    if (action.kind === 'advance') {
      await this.host.advance(action.ms);
      return [];
    }
    const before = refused === undefined ? undefined : JSON.stringify(await this.host.observe());
    const answer = await this.perform(action);
    const failure = this.judge(answer, refused, path);
    if (failure !== undefined) return [failure];
    if (before === undefined || before === JSON.stringify(await this.host.observe())) return [];
    return [this.failure(path, 'refused', 'nothing changed', 'the case has changed all the same')];
  }

  private async perform(action: Exclude<ScenarioAction, { kind: 'expect' | 'advance' }>): Promise<HostAnswer> {
    const { host } = this;
    switch (action.kind) {
      case 'complete':
        return (await this.checkTaskForm(action)) ?? host.complete(action.step, this.actor(action.as), action.outcome, action.data);
      case 'claim':
        return host.claim(action.step, this.actor(action.as));
      case 'release':
        return host.release(action.step, this.actor(action.as));
      case 'message':
        return host.publish(action.name, action.key, action.variables, this.actor(action.as));
      case 'answer':
        return host.answerConnector(action.step, action.answer);
      case 'resolve':
        return host.resolveIncident(action.step, this.actor(action.as), action.variables);
      case 'cancel':
        return host.cancel(this.actor(action.as), action.reason);
    }
  }

  private async checkTaskForm({ step, data }: Extract<ScenarioAction, { kind: 'complete' }>): Promise<HostAnswer | undefined> {
    const { tasks } = await this.host.observe();
    const task = tasks.find(({ elementId }) => elementId === step);
    const node = this.dealership.processes[task?.processId ?? '']?.model.nodes[step];
    return node?.kind === 'userTask' ? this.checkForm(node.form, data) : undefined;
  }

  private checkForm(id: string | undefined, data: JsonObject): HostAnswer | undefined {
    const form = id === undefined ? undefined : this.dealership.forms[id];
    const problems = form === undefined ? [] : checkFormData(form.schema, data, 'en');
    if (problems.length === 0) return undefined;
    return { ok: false, code: 'form-invalid', message: `form ${quoted(form?.id ?? '')}: ${JSON.stringify(problems)}` };
  }

  private actor(user: string): Actor {
    const roles = Object.entries(this.dealership.roles).filter(([, users]) => users.includes(user));
    return { user, roles: roles.map(([role]) => role) };
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
