import { stringify } from 'yaml';
import { businessKeyOf, closureOf } from '../compile/closure';
import type { CompiledSources } from '../compile/compile';
import type { Compilation, CompiledDealership } from '../compile/deployment';
import type { Json, JsonObject } from '../json';
import { runScenario } from '../language/run-scenario';
import { readScenario, TEST_DEALERSHIP } from '../language/scenario';
import { breach } from '../runtime/constraint';
import type { Actor, Refusal } from '../runtime/events';
import type { ProcessModel } from '../runtime/process-model';
import { variablesAtStart } from '../runtime/start-conditions';
import { CaseSimulator } from '../simulate/case-simulator';
import { nearestTimerOf, observationOf } from '../simulate/observation';
import { createSimulator } from '../simulate/simulator';
import type { CheckedFinding, Checker } from './check';
import type { Edge } from './explore';
import { type Assumption, assumptionsOf, type Guess, guessesOf } from './guesses';
import type { Happening } from './happenings';
import { sampleOfSchema } from './samples';
import { describe } from './trace-words';

/** A Monday morning in Shanghai: when scenarios begin. */
const START_MS = 1_772_413_200_000;

/** A scenario for a finding. `leadsThere`: played, it shows what was found; else it comes as far as no condition has to be assumed, and its comment says which. */
export interface FindingScenario {
  text: string;
  leadsThere: boolean;
}

/**
 * The scenario that leads to a finding of the exploration, as `neiqin test` plays it at the test dealership, or at the one whose overlays make it so. Where a condition was assumed,
 * values are looked for that turn it. Undefined for a finding without a way, and where not even its beginning can be played.
 */
export async function scenarioOf(
  finding: CheckedFinding,
  sources: CompiledSources,
  checker: Checker,
  dealerships: Compilation['dealerships'] = {},
): Promise<FindingScenario | undefined> {
  const { trace } = finding;
  if (trace === undefined) return undefined;
  const dealership = trace.dealership === undefined ? testDealershipOf(sources) : dealerships[trace.dealership];
  if (dealership === undefined) return undefined;
  const model = dealership.processes[trace.process]?.model;
  if (model === undefined) return undefined;
  const forms = new Map(Object.entries(dealership.forms));
  const assumed = assumptionsOf(model, forms, trace.edges);
  const player = (guess: Guess, sets: boolean): Player =>
    new Player(dealership, trace.process, (process) => checker.waysThrough(process), guess, sets);
  for (const guess of guessesOf(model, forms, assumed)) {
    for (const sets of [false, true]) {
      const played = player(guess, sets);
      if (!trace.edges.every((edge) => played.play(edge))) continue;
      if (trace.nodes !== undefined && played.nodes() !== trace.nodes) continue;
      const text = played.text(finding);
      if (await plays(text, dealership)) return { text, leadsThere: true };
    }
  }
  return beginning(finding, trace.edges, assumed, player({}, false), dealership);
}

/** As much of the way as can be played without assuming anything, with what is assumed in its comment. */
async function beginning(
  finding: CheckedFinding,
  edges: readonly Edge[],
  assumed: readonly Assumption[],
  player: Player,
  dealership: CompiledDealership,
): Promise<FindingScenario | undefined> {
  for (const edge of edges) if (edge.branches.length > 0 || !player.play(edge)) break;
  if (!player.begun) return undefined;
  const conditions = assumed.map(
    ({ at, expression, holds }) => `assumed: "${expression.text}" at "${at}" is ${holds ? 'true' : 'not true'}`,
  );
  const remarks = [`no values were found that lead there: ${describe(edges)}`, ...conditions];
  const text = player.text(finding, remarks);
  return (await plays(text, dealership)) ? { text, leadsThere: false } : undefined;
}

async function plays(text: string, dealership: CompiledDealership): Promise<boolean> {
  const { scenario } = readScenario({ path: 'finding.yaml', text });
  if (scenario === undefined) return false;
  const { failures } = await runScenario(scenario, dealership, createSimulator(dealership));
  return failures.length === 0;
}

/** The dealership at which scenarios are played that name none: all processes, one person for each role. */
export function testDealershipOf(sources: CompiledSources): CompiledDealership {
  const processes = Object.fromEntries([...sources.processes].map(([id, { compiled }]) => [id, compiled]));
  const roles = new Set(Object.values(processes).flatMap(({ model }) => rolesOf(model)));
  return {
    id: TEST_DEALERSHIP,
    title: { zh: TEST_DEALERSHIP, en: TEST_DEALERSHIP },
    timezone: 'Asia/Shanghai',
    roles: Object.fromEntries([...roles].map((role) => [role, [`${role}@test`]])),
    settings: {},
    settingsType: sources.settingsType,
    processes,
    forms: Object.fromEntries(sources.forms),
    registers: {},
    reports: {},
    templates: {},
    schedules: {},
    calendars: Object.fromEntries(sources.calendars),
  };
}

function rolesOf(model: ProcessModel): string[] {
  const ofTasks = Object.values(model.nodes).flatMap((node) => (node.kind === 'userTask' ? node.assign.roles : []));
  return [...(model.startForm?.roles ?? []), ...ofTasks];
}

/** Plays happenings on the real models, and writes down what it does. */
class Player {
  readonly #steps: JsonObject[] = [];
  readonly #head: JsonObject = {};
  #simulator: CaseSimulator | undefined;
  #depth = 0;

  constructor(
    private readonly dealership: CompiledDealership,
    private readonly process: string,
    /** How a process that is called can be gone through from its start to an end: ways to try. */
    private readonly waysThrough: (process: string) => readonly (readonly Edge[])[],
    private readonly guess: Guess,
    /** Whether guessed values are set by hand where nothing else gives them. */
    private readonly sets: boolean,
  ) {}

  get begun(): boolean {
    return this.#simulator !== undefined;
  }

  play({ happening }: Edge): boolean {
    if (happening.kind === 'start') return this.#start(happening);
    if (this.#simulator === undefined) return false;
    if (this.sets && happening.kind !== 'turned' && !this.#setGuessed(this.#simulator)) return false;
    return this.#perform(happening, this.#simulator);
  }

  /** The nodes at which tokens of the root process stand. */
  nodes(): string {
    return nodesOf(this.#running.state);
  }

  text(finding: CheckedFinding, remarks: readonly string[] = []): string {
    const { closure, state, records } = this.#running;
    const seen = observationOf(closure, state, records);
    const incidents = seen.incidents.map(({ elementId, code }) => ({ step: elementId, code }));
    const expect = {
      ended: seen.ended !== null && seen.state !== 'ACTIVE' ? seen.ended : false,
      tasks: seen.tasks.map(({ elementId }) => elementId),
      waits: seen.waits.map(({ elementId }) => elementId),
      ...(incidents.length === 0 ? {} : { incidents }),
    };
    const title = `${finding.rule} at ${finding.file}:${finding.line}`.slice(-200);
    const at = this.dealership.id === TEST_DEALERSHIP ? {} : { dealership: this.dealership.id };
    const document = { scenario: title, process: this.process, ...at, ...this.#head, steps: [...this.#steps, { expect }] };
    const comments = [finding.message, ...remarks].map((line) => `# ${line.replace(/\s+/gu, ' ')}\n`).join('');
    return `${comments}${stringify(document, { lineWidth: 140, aliasDuplicateObjects: false })}`;
  }

  get #running(): CaseSimulator {
    if (this.#simulator === undefined) throw new Error('invariant: nothing has been played');
    return this.#simulator;
  }

  #start({ start, variables }: Extract<Happening, { kind: 'start' }>): boolean {
    const closure = closureOf(this.dealership, this.process);
    const model = closure.models[closure.root] as ProcessModel;
    const given = start === undefined ? withUser(merged(variables, this.#startGuess(model)), this.#starter(model)) : variables;
    const came = start === undefined ? {} : contextOf(this.#received(model, start, {}));
    const seen = start === undefined ? given : variablesAtStart(model, start, came, given).seen;
    const key = businessKeyOf(closure, this.process, seen, START_MS);
    if (!key.ok) return false;
    this.#simulator = new CaseSimulator(closure, START_MS);
    const user = this.#starter(model);
    const trigger = start === undefined ? {} : { trigger: { node: start, variables: came } };
    const refusal = this.#simulator.start({
      instanceKey: 'case',
      dealership: this.dealership.id,
      variables: given,
      businessKey: key.key ?? 'case',
      actor: this.#actor(user),
      ...trigger,
    });
    if (Object.keys(given).length > 0) this.#head['start'] = given;
    if (start !== undefined) this.#head['startAt'] = start;
    if (Object.keys(came).length > 0) this.#head['trigger'] = came;
    return refusal === undefined;
  }

  #starter(model: ProcessModel): string {
    return model.startForm?.roles.flatMap((role) => this.dealership.roles[role] ?? [])[0] ?? 'system';
  }

  #actor(user: string): Actor {
    return { user, roles: Object.keys(this.dealership.roles).filter((role) => this.dealership.roles[role]?.includes(user)) };
  }

  #done(step: JsonObject, refusal: Refusal | undefined): boolean {
    this.#steps.push(step);
    return refusal === undefined;
  }

  #perform(happening: Exclude<Happening, { kind: 'start' }>, simulator: CaseSimulator): boolean {
    switch (happening.kind) {
      case 'complete':
      case 'return':
        return this.#task(happening, simulator);
      case 'timer':
        return this.#timer(happening.node, simulator);
      case 'answer':
        return this.#answer(happening.node, simulator);
      case 'error':
        return this.#error(happening.node, happening.code, simulator);
      case 'message': {
        const awaited = Object.values(simulator.state.subscriptions).find(
          ({ name, correlationKey }) => name === happening.name && correlationKey !== null,
        );
        if (awaited === undefined) return false;
        const variables = contextOf(this.#guessFor(happening.node, {}));
        const given = Object.keys(variables).length > 0 ? { variables } : {};
        const message = { name: happening.name, key: awaited.correlationKey ?? '', ...given };
        const request = {
          actor: this.#actor('system'),
          messageId: `m${this.#steps.length}`,
          name: message.name,
          correlationKey: message.key,
          variables,
        };
        return this.#done({ message }, simulator.apply({ type: 'deliverMessage', ...request }));
      }
      case 'signal': {
        const request = { actor: this.#actor('system'), signalId: `s${this.#steps.length}`, name: happening.name, variables: {} };
        return this.#done({ signal: happening.name }, simulator.apply({ type: 'deliverSignal', ...request }));
      }
      case 'begin':
        return this.#done(
          { startStep: happening.step, as: 'admin@test' },
          simulator.apply({ type: 'startAdHocStep', actor: this.#actor('admin@test'), elementId: happening.step }),
        );
      case 'finish':
        return this.#done(
          { completeActivity: happening.node, as: 'admin@test' },
          simulator.apply({ type: 'completeActivity', actor: this.#actor('admin@test'), elementId: happening.node }),
        );
      case 'turned':
        return Object.keys(this.guess).length > 0 && this.#setGuessed(simulator);
    }
  }

  #task(happening: Extract<Happening, { kind: 'complete' | 'return' }>, simulator: CaseSimulator): boolean {
    const task = simulator.tasksOf(happening.node)[0];
    if (task === undefined) return false;
    const able = [...task.candidateUsers, ...task.candidateGroups.flatMap((role) => this.dealership.roles[role] ?? [])];
    const user = task.assignee ?? able.find((one) => !task.excludedUsers.includes(one) && (task.onlyUsers?.includes(one) ?? true));
    if (user === undefined) return false;
    const base = { actor: this.#actor(user), taskKey: task.key };
    if (happening.kind === 'return') {
      const step = { return: happening.node, as: user, to: happening.target };
      return this.#done(step, simulator.apply({ type: 'returnTask', ...base, target: happening.target, reason: null }));
    }
    const { outcome } = happening;
    const data = withUser(merged(happening.data, this.#fieldGuess(happening.node)), user);
    const step: JsonObject = { complete: happening.node, as: user };
    if (Object.keys(data).length > 0) step['with'] = data;
    if (outcome !== null) step['outcome'] = outcome;
    return this.#done(step, simulator.apply({ type: 'completeTask', ...base, outcome, data }));
  }

  #timer(node: string, simulator: CaseSimulator): boolean {
    const due = nearestTimerOf(simulator.state, node);
    if (due === undefined) return false;
    simulator.advanceTo(due);
    this.#steps.push({ fireTimer: node });
    return true;
  }

  #answer(node: string, simulator: CaseSimulator): boolean {
    const job = Object.values(simulator.state.jobs).find((one) => one.node === node);
    if (job !== undefined) {
      const output = this.#guessFor(node) ?? null;
      simulator.answer(job.id, output);
      this.#steps.push({ answer: node, output });
      return true;
    }
    return this.#through(this.#called(node));
  }

  #error(node: string, code: string | undefined, simulator: CaseSimulator): boolean {
    const job = Object.values(simulator.state.jobs).find((one) => one.node === node);
    if (job === undefined) return false;
    simulator.fail(job.id, 'failed', code);
    this.#steps.push(code === undefined ? { answer: node, fail: 'failed' } : { answer: node, error: code });
    return true;
  }

  /** Sets by hand what is guessed and is not so; false where that is refused. */
  #setGuessed(simulator: CaseSimulator): boolean {
    const root = Object.values(simulator.state.scopes).find(({ caller }) => caller === undefined);
    const wanted = Object.entries(this.guess).filter(
      ([name, value]) => JSON.stringify(root?.variables[name] ?? null) !== JSON.stringify(value),
    );
    if (wanted.length === 0) return true;
    const variables = Object.fromEntries(wanted);
    return this.#done(
      { set: variables, as: 'admin@test' },
      simulator.apply({ type: 'setVariables', actor: this.#actor('admin@test'), variables }),
    );
  }

  /** What is guessed of what a node gives. */
  #guessFor(node: string, otherwise: Json = null): Json | undefined {
    const { closure } = this.#running;
    return this.#received(closure.models[closure.root], node, otherwise);
  }

  /** What a node gives: what is guessed, filled up where the variable that receives it may not have that, or not what is given `otherwise`. */
  #received(model: ProcessModel | undefined, node: string, otherwise: Json): Json | undefined {
    const found = model?.nodes[node];
    const name = found !== undefined && 'result' in found ? found.result : undefined;
    if (name === undefined) return undefined;
    const guessed = this.guess[name];
    const constraint = model?.variables[name]?.constraint;
    if (constraint === undefined || breach(guessed ?? otherwise, constraint, name) === undefined) return guessed;
    return merged(contextOf(sampleOfSchema(constraint as JsonObject)), contextOf(guessed));
  }

  #fieldGuess(node: string): JsonObject {
    const { outcome: _outcome, ...fields } = contextOf(this.#guessFor(node));
    return fields;
  }

  /** What is guessed of variables that no step gives. */
  #startGuess(model: ProcessModel): JsonObject {
    const given = new Set(
      Object.values(model.nodes).flatMap((node) => ('result' in node && node.result !== undefined ? [node.result] : [])),
    );
    return Object.fromEntries(Object.entries(this.guess).filter(([name]) => Object.hasOwn(model.variables, name) && !given.has(name)));
  }

  #called(node: string): string | undefined {
    const called = Object.values(this.#running.closure.models).flatMap((model) => model.nodes[node] ?? []);
    return called.flatMap((one) => (one.kind === 'callActivity' ? [one.process] : []))[0];
  }

  /** Plays a called process, which has begun, to its end; a way that turns out otherwise is taken back. */
  #through(process: string | undefined): boolean {
    if (process === undefined || this.#depth > 2) return false;
    const before = [...this.#running.events];
    const steps = this.#steps.length;
    const open = this.#openCalls(process);
    this.#depth += 1;
    const played = this.waysThrough(process).some((way) => {
      const whole = way.every(({ happening }) => happening.kind === 'start' || this.#perform(happening, this.#running));
      if (whole && this.#openCalls(process) < open) return true;
      this.#simulator = replayed(this.#running, before);
      this.#steps.length = steps;
      return false;
    });
    this.#depth -= 1;
    return played;
  }

  #openCalls(process: string): number {
    return Object.values(this.#running.state.scopes).filter(({ kind, processId }) => kind === 'process' && processId === process).length;
  }
}

/** A case as it was after some of its events. */
function replayed({ closure }: CaseSimulator, events: CaseSimulator['events']): CaseSimulator {
  const simulator = new CaseSimulator(closure, START_MS);
  for (const event of events) {
    simulator.nowMs = event.atMs;
    simulator.apply(event);
  }
  return simulator;
}

/** The nodes at which tokens of the root process stand, with how they do. */
export function nodesOf({ scopes, tokens }: CaseSimulator['state']): string {
  const root = Object.values(scopes).find(({ caller }) => caller === undefined);
  const own = Object.values(tokens).filter(({ scope, listens }) => scope === root?.id && listens !== true);
  return own
    .map(({ node }) => node)
    .sort()
    .join();
}

/** Values over others, member by member. */
function merged(base: JsonObject, over: JsonObject): JsonObject {
  const isContext = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
  const entries = Object.entries(over).map(([name, value]) => {
    const below = base[name];
    return [name, isContext(below) && isContext(value) ? merged(below, value) : value] as const;
  });
  return { ...base, ...Object.fromEntries(entries) };
}

function contextOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

/** Sample data name a person; here it is one who exists. */
function withUser(data: JsonObject, user: string): JsonObject {
  const replace = (value: Json): Json => {
    if (value === sampleOfSchema({ type: 'string', format: 'user' })) return user;
    if (Array.isArray(value)) return value.map(replace);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, replace(member)]));
  };
  return replace(data) as JsonObject;
}
