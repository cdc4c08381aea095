import { closureOf } from '../compile/closure';
import type { CompiledDealership } from '../compile/deployment';
import type { JsonObject } from '../json';
import type { ProcessModel } from '../runtime/process-model';
import { askStartConditions, variablesAtStart } from '../runtime/start-conditions';
import { differencesOf } from './expectation';
import type { Place } from './finding';
import { Performer } from './perform-action';
import type { Scenario, ScenarioStep } from './scenario';
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

/** The one start of a process that has no other. */
function onlyTrigger(model: ProcessModel | undefined): Scenario['trigger'] {
  const [node, ...others] = model?.start === undefined ? (model?.triggeredStarts ?? []) : [];
  return node === undefined || others.length > 0 ? undefined : { node, variables: {} };
}

function noStart(model: ProcessModel): HostAnswer {
  const starts = (model.triggeredStarts ?? []).map(quoted).join(', ');
  return {
    ok: false,
    code: 'not-allowed-here',
    message: `no start is without a trigger; say by which it begins with "startAt": ${starts}`,
  };
}

class ScenarioRun {
  started = false;
  private readonly performer: Performer;

  constructor(
    private readonly scenario: Scenario,
    private readonly dealership: CompiledDealership,
    private readonly host: ScenarioHost,
  ) {
    this.performer = new Performer(dealership, host);
  }

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
    const { process, atMs, variables, startedBy, evaluate } = this.scenario;
    if (evaluate !== undefined) return this.startByCondition(evaluate);
    const model = this.dealership.processes[process]?.model;
    const trigger = this.scenario.trigger ?? onlyTrigger(model);
    if (trigger === undefined && model !== undefined && model.start === undefined) return noStart(model);
    const startForm = trigger === undefined ? model?.startForm : undefined;
    const user = startedBy ?? startForm?.roles.flatMap((role) => this.dealership.roles[role] ?? [])[0] ?? 'system';
    const data = startForm?.result === undefined ? variables : variables[startForm.result];
    const refusal = this.performer.checkForm(startForm?.form, (data ?? {}) as JsonObject);
    const start = { processId: process, atMs, actor: this.performer.actor(user) };
    if (refusal !== undefined || trigger === undefined || model === undefined) return refusal ?? this.host.start({ ...start, variables });
    const { initial } = variablesAtStart(model, trigger.node, trigger.variables, variables);
    return this.host.start({ ...start, variables: initial, trigger });
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
    return this.host.start({ processId, atMs, actor: this.performer.actor(startedBy), variables: seen, trigger });
  }

  private async step({ action, path, refused }: ScenarioStep): Promise<ScenarioFailure[]> {
    if (action.kind === 'expect') {
      const differences = differencesOf(action.expectation, await this.host.observe(), this.host.passages?.bind(this.host));
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
    const answer = await this.performer.perform(action);
    const failure = this.judge(answer, refused, path);
    if (failure !== undefined) return [failure];
    if (before === undefined || before === JSON.stringify(await this.host.observe())) return [];
    return [this.failure(path, 'refused', 'nothing changed', 'the case has changed all the same')];
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
