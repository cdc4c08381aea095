import { parse } from 'yaml';
import { sampleOfSchema } from '../../engine/analyse/samples';
import type { CompiledDealership } from '../../engine/compile/deployment';
import type { JsonObject } from '../../engine/json';
import type { HostAnswer } from '../../engine/language/scenario-host';
import { durationMs } from '../../engine/runtime/durations';
import type { Actor } from '../../engine/runtime/events';
import type { InstanceState, UserTask } from '../../engine/runtime/instance-state';
import type { LocalizedText, Node, ProcessModel } from '../../engine/runtime/process-model';
import { checkActor } from '../../engine/runtime/requests';
import type { CaseSimulator } from '../../engine/simulate/case-simulator';
import { createSimulator, type Simulator } from '../../engine/simulate/simulator';

/** Something that can be done now. */
export interface Choice {
  /** What it is called in the list. */
  label: string;
  /** The step of a scenario that does it, but for what is asked. */
  step: JsonObject;
  /** What has to be known first, with what is taken where nothing is said. */
  asks: { name: string; text: string; suggestion: string }[];
  act(answers: Readonly<Record<string, string>>): Promise<Acted>;
}

/** What came of it: the step as it was played, or why it was refused. */
type Acted = { ok: true; step: JsonObject } | { ok: false; message: string };

/** Thrown over an answer that is no YAML. */
class NoData extends Error {}

/**
 * A case that is played by hand: what can be done, how it stands, and what was played so far as the steps of a scenario. Every step can be taken back.
 */
export class DryRun {
  #simulator: Simulator;
  readonly #before: { simulator: Simulator; steps: number }[] = [];
  /** What was played, as steps of a scenario. */
  readonly steps: JsonObject[] = [];

  private constructor(
    private readonly dealership: CompiledDealership,
    readonly model: ProcessModel,
    readonly start: { atMs: number; variables: JsonObject; as: string },
    private readonly language: keyof LocalizedText,
    simulator: Simulator,
  ) {
    this.#simulator = simulator;
  }

  /** Begins a case; the message says why none can begin so. */
  static async begin(
    dealership: CompiledDealership,
    processId: string,
    atMs: number,
    variables: JsonObject,
    language: keyof LocalizedText = 'zh',
  ): Promise<DryRun | string> {
    const model = dealership.processes[processId]?.model;
    if (model === undefined) return `dealership "${dealership.id}" runs no process "${processId}"`;
    const roles = model.startForm?.roles ?? [];
    const [as = 'system'] = roles.flatMap((role) => dealership.roles[role] ?? []);
    const simulator = createSimulator(dealership);
    const answer = await simulator.start({ processId, atMs, actor: actorOf(dealership, as), variables });
    return answer.ok ? new DryRun(dealership, model, { atMs, variables, as }, language, simulator) : answer.message;
  }

  get case(): CaseSimulator {
    const [main] = this.#simulator.cases();
    if (main === undefined) throw new Error('invariant: the case has begun');
    return main;
  }

  get state(): InstanceState {
    return this.case.state;
  }

  /** What can be done now: tasks first, then what comes from outside, then time. */
  choices(): Choice[] {
    const { state } = this;
    if (state.status !== 'active') return [];
    const tasks = Object.values(state.tasks).flatMap((task) => this.#taskChoices(task));
    const jobs = Object.values(state.jobs).flatMap(({ node }) => this.#jobChoices(node));
    const events = Object.values(state.subscriptions).flatMap(({ name, correlationKey }) => this.#eventChoices(name, correlationKey));
    const incidents = Object.values(state.incidents).map(({ node, code }) =>
      this.#choice(`resolve the incident at ${node} (${code})`, { resolve: node, as: this.#anybody() }, [], () => this.#resolve(node)),
    );
    return [...tasks, ...jobs, ...events, ...incidents, ...this.#takeBackChoices(), ...this.#timeChoices()];
  }

  /** Takes the last step back; false where there is none. */
  undo(): boolean {
    const before = this.#before.pop();
    if (before === undefined) return false;
    this.#simulator = before.simulator;
    this.steps.length = before.steps;
    return true;
  }

  /** What was played as a scenario that expects how the case stands now. */
  scenario(title: string): JsonObject {
    const { state } = this;
    const root = Object.values(state.scopes).find(({ caller }) => caller === undefined);
    const expect: JsonObject =
      state.status === 'active'
        ? { tasks: Object.values(state.tasks).map(({ node }) => node) }
        : { state: state.status.toUpperCase(), ...(root?.end === undefined ? {} : { ended: root.end }) };
    return {
      scenario: title,
      process: this.model.id,
      ...(this.dealership.id === 'test' ? {} : { dealership: this.dealership.id }),
      at: new Date(this.start.atMs).toISOString(),
      ...(this.model.startForm === undefined ? {} : { as: this.start.as }),
      ...(Object.keys(this.start.variables).length === 0 ? {} : { start: this.start.variables }),
      steps: [...this.steps, { expect }],
    };
  }

  #choice(
    label: string,
    step: JsonObject,
    asks: Choice['asks'],
    act: (answers: Readonly<Record<string, string>>) => Promise<HostAnswer> | HostAnswer,
    played: (answers: Readonly<Record<string, string>>) => JsonObject = () => step,
  ): Choice {
    return {
      label,
      step,
      asks,
      act: async (answers) => {
        const before = { simulator: this.#simulator, steps: this.steps.length };
        this.#simulator = this.#simulator.fork();
        const answer = await this.#answered(act, answers);
        if (!answer.ok) {
          this.#simulator = before.simulator;
          return { ok: false, message: answer.message };
        }
        this.#before.push(before);
        const done = played(answers);
        this.steps.push(done);
        return { ok: true, step: done };
      },
    };
  }

  async #answered(
    act: (answers: Readonly<Record<string, string>>) => Promise<HostAnswer> | HostAnswer,
    answers: Readonly<Record<string, string>>,
  ): Promise<HostAnswer> {
    try {
      return await act(answers);
    } catch (error) {
      if (!(error instanceof NoData)) throw error;
      return { ok: false, code: 'form-invalid', message: error.message };
    }
  }

  #taskChoices(task: UserTask): Choice[] {
    const node = this.#nodeOf(task.scope, task.node);
    const outcomes = node?.kind === 'userTask' ? (node.outcomes ?? []).map(({ id }) => id) : [];
    const form = node?.kind === 'userTask' && node.form !== undefined ? this.dealership.forms[node.form] : undefined;
    const as = this.#whoMay(task);
    const title = node?.title?.[this.language] ?? task.node;
    const completions = (outcomes.length === 0 ? [null] : outcomes).map((outcome) => {
      const label = `${task.node}${title === task.node ? '' : ` ${title}`}${outcome === null ? '' : `: ${outcome}`}`;
      const asks = [
        { name: 'as', text: 'who does it', suggestion: as },
        ...(form === undefined ? [] : [{ name: 'with', text: 'what is entered', suggestion: inline(sampleOfSchema(form.schema, as)) }]),
      ];
      const data = (answers: Readonly<Record<string, string>>) => (answers['with'] === undefined ? {} : dataOf(answers['with']));
      return this.#choice(
        label,
        { complete: task.node },
        asks,
        (answers) =>
          this.#simulator.act({
            type: 'completeTask',
            taskKey: task.key,
            actor: actorOf(this.dealership, answers['as'] ?? as),
            outcome,
            data: data(answers),
          }),
        (answers) => ({
          complete: task.node,
          as: answers['as'] ?? as,
          ...(outcome === null ? {} : { outcome }),
          ...(Object.keys(data(answers)).length === 0 ? {} : { with: data(answers) }),
        }),
      );
    });
    return [...completions, ...this.#returnChoices(task, as)];
  }

  /** Where a task may be sent back to now: user tasks of its list that somebody has completed. */
  #returnChoices(task: UserTask, as: string): Choice[] {
    const node = this.#nodeOf(task.scope, task.node);
    const allowed = node?.kind === 'userTask' ? (node.return?.to ?? []) : [];
    const done = new Set(Object.values(this.state.done).flatMap((one) => (one.retracted === true ? [] : [one.node])));
    const asks = [
      { name: 'as', text: 'who sends it back', suggestion: as },
      { name: 'reason', text: 'why', suggestion: '' },
    ];
    return allowed
      .filter((target) => done.has(target))
      .map((target) =>
        this.#choice(
          `${task.node}: return to ${target}`,
          { return: task.node, to: target },
          asks,
          ({ as: by = as, reason = '' }) =>
            this.#simulator.act({
              type: 'returnTask',
              taskKey: task.key,
              actor: actorOf(this.dealership, by),
              target,
              reason: reason === '' ? null : reason,
            }),
          ({ as: by = as, reason = '' }) => ({ return: task.node, as: by, to: target, ...(reason === '' ? {} : { reason }) }),
        ),
      );
  }

  /** Completed tasks that whoever did them may take back, the last one of each step. */
  #takeBackChoices(): Choice[] {
    const last = new Map<string, { key: string; by: string }>();
    for (const { node, scope, key, by, retracted, signature } of Object.values(this.state.done)) {
      const element = this.#nodeOf(scope, node);
      const isAllowed = retracted !== true && signature !== true && element?.kind === 'userTask' && element.withdraw !== undefined;
      if (isAllowed) last.set(node, { key, by });
    }
    return [...last].map(([node, { key: taskKey, by }]) =>
      this.#choice(`take ${node} back`, { takeBack: node, as: by }, [], () =>
        this.#simulator.act({ type: 'withdrawTask', taskKey, actor: actorOf(this.dealership, by), draftedTaskKeys: [] }),
      ),
    );
  }

  #jobChoices(node: string): Choice[] {
    const answer = [{ name: 'output', text: 'what it answers', suggestion: 'null' }];
    const output = (answers: Readonly<Record<string, string>>) => parsed(answers['output'] ?? 'null');
    return [
      this.#choice(
        `the connector of ${node} answers`,
        { answer: node },
        answer,
        (answers) => this.#simulator.answerConnector(node, { kind: 'output', output: output(answers) }),
        (answers) => ({ answer: node, output: output(answers) }),
      ),
      this.#choice(`the connector of ${node} fails`, { answer: node, fail: 'failed' }, [], () =>
        this.#simulator.answerConnector(node, { kind: 'failure', message: 'failed' }),
      ),
    ];
  }

  #eventChoices(name: string, key: string | null): Choice[] {
    const asks = [{ name: 'variables', text: 'with what', suggestion: '{}' }];
    const variables = (answers: Readonly<Record<string, string>>) => dataOf(answers['variables'] ?? '{}');
    const actor = { user: 'system', roles: [] };
    if (key === null) {
      return [
        this.#choice(
          `the signal ${name}`,
          { signal: name },
          asks,
          (answers) => this.#simulator.signal(name, variables(answers), actor),
          (answers) => ({ signal: { name, variables: variables(answers) } }),
        ),
      ];
    }
    return [
      this.#choice(
        `the message ${name} for ${key}`,
        { message: { name, key } },
        asks,
        (answers) => this.#simulator.publish({ name, correlationKey: key, variables: variables(answers), timeToLiveMs: 0, actor }),
        (answers) => ({ message: { name, key, variables: variables(answers) } }),
      ),
    ];
  }

  #timeChoices(): Choice[] {
    const asks = [{ name: 'by', text: 'how long', suggestion: 'PT1H' }];
    const advance = this.#choice(
      'let time go on',
      { advance: 'PT1H' },
      asks,
      async ({ by = 'PT1H' }) => {
        const ms = durationMs(by);
        if (ms === undefined) return { ok: false, code: 'wrong-form', message: `"${by}" is no duration: write one such as PT4H or P1D` };
        await this.#simulator.advance(ms);
        return { ok: true };
      },
      ({ by = 'PT1H' }) => ({ advance: by }),
    );
    const steps = new Set(
      Object.values(this.state.timers).map(({ purpose, token }) =>
        purpose.kind === 'event' ? purpose.node : (this.state.tokens[token]?.node ?? ''),
      ),
    );
    return [
      ...[...steps].map((step) =>
        this.#choice(`wait for the timer of ${step}`, { fireTimer: step }, [], () => this.#simulator.fireTimer(step)),
      ),
      advance,
    ];
  }

  async #resolve(node: string): Promise<HostAnswer> {
    const incident = Object.values(this.state.incidents).find((one) => one.node === node);
    if (incident === undefined) return { ok: false, code: 'incident-not-found', message: `no incident at "${node}"` };
    return this.#simulator.act({
      type: 'resolveIncident',
      incidentKey: incident.key,
      variables: {},
      actor: actorOf(this.dealership, this.#anybody()),
    });
  }

  #nodeOf(scope: string, id: string): Node | undefined {
    return this.case.closure.models[this.state.scopes[scope]?.model ?? '']?.nodes[id];
  }

  /** The first person who may do a task. */
  #whoMay(task: UserTask): string {
    if (task.assignee !== null) return task.assignee;
    const users = [...task.candidateUsers, ...task.candidateGroups.flatMap((role) => this.dealership.roles[role] ?? [])];
    return users.find((user) => checkActor(task, actorOf(this.dealership, user)) === undefined) ?? users[0] ?? this.#anybody();
  }

  #anybody(): string {
    return Object.values(this.dealership.roles).flat()[0] ?? 'somebody';
  }
}

function actorOf({ roles }: CompiledDealership, user: string): Actor {
  return { user, roles: Object.keys(roles).filter((role) => roles[role]?.includes(user)) };
}

function dataOf(text: string): JsonObject {
  const value = parsed(text.trim() === '' ? '{}' : text);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new NoData(`"${text}" is no map: write { field: value }`);
  return value;
}

function parsed(text: string) {
  try {
    return parse(text) as JsonObject[string];
  } catch {
    throw new NoData(`"${text}" is no YAML: write { field: value }`);
  }
}

function inline(value: JsonObject[string]): string {
  return JSON.stringify(value);
}
