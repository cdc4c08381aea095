import { businessKeyOf, closureAtHand } from '../compile/closure';
import type { CompiledDealership } from '../compile/deployment';
import type { HostAnswer, HostRequest, Note, Observation, ScenarioHost, ScenarioMessage } from '../language/scenario-host';
import type { Actor, Refusal } from '../runtime/events';
import type { ModelClosure } from '../runtime/process-model';
import { checkActor } from '../runtime/requests';
import { variablesAtStart } from '../runtime/start-conditions';
import { nextDueAtMs } from '../runtime/transition';
import { CaseSimulator } from './case-simulator';
import { MessageBroker } from './message-broker';
import { nearestTimerOf, observationOf } from './observation';
import { passagesOf } from './passages';

/** The key of the case that a scenario is about. */
const CASE_KEY = 'case';

/** A host that also tells what its cases have passed. */
export interface Simulator extends ScenarioHost {
  /** The case of the scenario, and those that it has started. */
  cases(): readonly CaseSimulator[];
  /** A copy of everything as it is now, which goes on by itself. */
  fork(): Simulator;
}

/** A host for scenarios in virtual time: the engine alone, without servers, thousands of steps a second. */
export function createSimulator(dealership: CompiledDealership): Simulator {
  return hostOf(new World(dealership));
}

function hostOf(world: World): Simulator {
  const { dealership } = world;
  return {
    start({ processId, atMs, actor, variables, trigger }) {
      if (world.isSuspended(processId)) return { ok: false, code: 'process-suspended', message: `process "${processId}" is suspended` };
      const closure = knownClosure(dealership, processId);
      const model = closure.models[closure.root];
      const seen =
        trigger === undefined || model === undefined ? variables : variablesAtStart(model, trigger.node, trigger.variables, variables).seen;
      const businessKey = businessKeyOf(closure, processId, seen, atMs);
      if (!businessKey.ok) return { ok: false, code: 'business-key-invalid', message: businessKey.message };
      const begun = trigger === undefined ? {} : { trigger };
      const start = {
        instanceKey: CASE_KEY,
        dealership: dealership.id,
        variables,
        businessKey: businessKey.key ?? CASE_KEY,
        actor,
        ...begun,
      };
      return answerOf(world.begin(new CaseSimulator(closure, atMs), start));
    },
    act(request) {
      return answerOf(world.act(request));
    },
    advance: (ms) => world.advanceTo(world.main.nowMs + ms),
    fireTimer(elementId) {
      const due = nearestTimerOf(world.main.state, elementId);
      if (due === undefined) return { ok: false, code: 'timer-not-waiting', message: `no timer of "${elementId}" waits` };
      world.advanceTo(due);
      return { ok: true };
    },
    publish: (message) => world.publish(message),
    signal: (name, variables, actor) => world.signal({ name, variables, actor }),
    answerConnector(elementId, answer, which = 1) {
      const job = Object.values(world.main.state.jobs).filter(({ node }) => node === elementId)[which - 1];
      if (job === undefined)
        return { ok: false, code: 'connector-not-waiting', message: `no connector of "${elementId}" waits for an answer` };
      if (answer.kind === 'output') world.main.answer(job.id, answer.output);
      else world.main.fail(job.id, answer.message, answer.kind === 'error' ? answer.code : undefined);
      world.settle();
      return { ok: true };
    },
    nowMs: () => world.main.nowMs,
    suspendProcess: (processId, suspended, actor) => world.suspendProcess(processId, suspended, actor),
    note: (taskKey, note, actor) => world.note(taskKey, note, actor),
    observe: () => world.observe(),
    passages: () => passagesOf(world.main.closure, world.main.passed, world.main.records),
    cases: () => world.cases,
    fork: () => hostOf(world.fork()),
  };
}

const closures = new WeakMap<CompiledDealership, Map<string, ModelClosure>>();

/** The closure of a process, made once for thousands of scenarios. */
function knownClosure(dealership: CompiledDealership, processId: string): ModelClosure {
  const known = closures.get(dealership) ?? new Map<string, ModelClosure>();
  closures.set(dealership, known);
  const closure = known.get(processId) ?? closureAtHand(dealership, processId);
  known.set(processId, closure);
  return closure;
}

type Start = Parameters<CaseSimulator['start']>[0];
type Errand = CaseSimulator['errands'][number];
type Signal = Pick<ScenarioMessage, 'name' | 'variables' | 'actor'>;

/** The case of a scenario, the cases that it has started, and what goes between them. */
class World {
  readonly #cases: CaseSimulator[] = [];
  readonly #turns = new Map<string, number>();
  #broker = new MessageBroker((message) => this.#deliver(message));
  #signals = 0;
  readonly #suspended = new Map<string, CaseSimulator[]>();
  readonly #drafts = new Set<string>();
  readonly #comments: Observation['comments'] = [];
  /** How many comments there are. */
  #noted = 0;
  #observed: { states: unknown[]; seen: Observation } | undefined;

  constructor(readonly dealership: CompiledDealership) {}

  get cases(): readonly CaseSimulator[] {
    return this.#cases;
  }

  fork(): World {
    const copy = new World(this.dealership);
    const copies = new Map(this.#cases.map((one) => [one, one.fork()]));
    copy.#cases.push(...copies.values());
    for (const [step, turn] of this.#turns) copy.#turns.set(step, turn);
    copy.#broker = this.#broker.fork((message) => copy.#deliver(message));
    copy.#signals = this.#signals;
    for (const [id, stopped] of this.#suspended) {
      copy.#suspended.set(
        id,
        stopped.flatMap((one) => copies.get(one) ?? []),
      );
    }
    for (const key of this.#drafts) copy.#drafts.add(key);
    copy.#comments.push(...this.#comments.map((step) => ({ ...step, texts: [...step.texts] })));
    return copy;
  }

  #deliver({ id: messageId, ...message }: Omit<ScenarioMessage, 'timeToLiveMs'> & { id: string }): boolean {
    const active = this.#cases.filter(({ state }) => state.status === 'active');
    return active.some((one) => one.apply({ type: 'deliverMessage', messageId, ...message }) === undefined);
  }

  /** The case that the scenario is about: the first that was begun. */
  get main(): CaseSimulator {
    const [first] = this.#cases;
    if (first === undefined) throw new Error('invariant: the scenario has not started its case');
    return first;
  }

  begin(simulator: CaseSimulator, start: Start): Refusal | undefined {
    const refusal = simulator.start(start);
    if (refusal !== undefined) return refusal;
    this.#cases.push(simulator);
    this.settle();
    return undefined;
  }

  isSuspended(processId: string): boolean {
    return this.#suspended.has(processId);
  }

  /** Suspends what runs of a process, or resumes what its suspension has suspended, as the product does. */
  suspendProcess(processId: string, suspended: boolean, actor: Actor): HostAnswer {
    if (this.dealership.processes[processId] === undefined) return { ok: false, code: 'not-found', message: `no process "${processId}"` };
    if (suspended === this.isSuspended(processId)) return { ok: true };
    if (suspended) {
      const running = this.#cases.filter(
        ({ closure, state }) => closure.models[closure.root]?.id === processId && state.status === 'active',
      );
      const stopped = running.filter((one) => one.apply({ type: 'suspendCase', actor, reason: null }) === undefined);
      this.#suspended.set(processId, stopped);
    } else {
      const stopped = this.#suspended.get(processId) ?? [];
      this.#suspended.delete(processId);
      for (const one of stopped) one.apply({ type: 'resumeCase', actor });
    }
    this.settle();
    return { ok: true };
  }

  act(request: HostRequest): Refusal | undefined {
    const drafts = [...this.#drafts];
    const asked = request.type === 'withdrawTask' ? { ...request, draftedTaskKeys: [...request.draftedTaskKeys, ...drafts] } : request;
    const refusal = this.main.apply(asked);
    if (refusal === undefined && 'taskKey' in request && request.type === 'completeTask') this.#drafts.delete(request.taskKey);
    this.settle();
    return refusal;
  }

  note(taskKey: string, note: Note, actor: Actor): HostAnswer {
    const task = Object.values(this.main.state.tasks).find(({ key }) => key === taskKey);
    if (task === undefined) return { ok: false, code: 'task-not-found', message: `there is no open task "${taskKey}"` };
    if (note.kind === 'draft') {
      const refusal = checkActor(task, actor);
      if (refusal !== undefined) return answerOf(refusal);
      this.#drafts.add(taskKey);
      return { ok: true };
    }
    const step = { processId: this.main.state.scopes[task.scope]?.processId ?? '', elementId: task.node };
    const known = this.#comments.find(({ processId, elementId }) => processId === step.processId && elementId === step.elementId);
    this.#noted += 1;
    if (known === undefined) this.#comments.push({ ...step, texts: [note.text] });
    else known.texts.push(note.text);
    return { ok: true };
  }

  /** Does what the cases have asked of the world, until nothing is left to do. */
  settle(): void {
    do {
      for (let found = this.#nextErrand(); found !== undefined; found = this.#nextErrand()) this.#run(found.errand, found.from);
    } while (this.#broker.deliverKept(this.main.nowMs));
  }

  #nextErrand(): { errand: Errand; from: CaseSimulator } | undefined {
    for (const from of this.#cases) {
      const at = from.errands.findIndex((errand) => errand.type !== 'startDetached' || !this.isSuspended(errand.process));
      const [errand] = at < 0 ? [] : from.errands.splice(at, 1);
      if (errand !== undefined) return { errand, from };
    }
    return undefined;
  }

  #run(errand: Errand, from: CaseSimulator): void {
    const actor = { user: `case:${from.state.instanceKey}`, roles: [] };
    switch (errand.type) {
      case 'publishMessage': {
        const { type: _, messageId: id, ...message } = errand;
        this.#broker.publish({ ...message, id, actor }, from.nowMs);
        return;
      }
      case 'broadcastSignal':
        this.#tell(errand.signalId, { name: errand.name, variables: errand.variables, actor }, from);
        return;
      case 'startDetached': {
        const { instanceKey, hash, variables, process } = errand;
        const closure = { ...from.closure, root: hash };
        const key = businessKeyOf(closure, process, variables, from.nowMs);
        const businessKey = (key.ok ? key.key : null) ?? instanceKey;
        this.begin(new CaseSimulator(closure, from.nowMs), { instanceKey, dealership: this.dealership.id, variables, businessKey, actor });
        return;
      }
      case 'resolveAssignment':
        from.apply({ type: 'assignmentResolved', taskId: errand.taskId, ...this.#assign(errand) });
        return;
    }
  }

  /** In turn, or the one with the fewest open tasks of all cases; of several the first by name. */
  #assign(question: Extract<Errand, { type: 'resolveAssignment' }>): { assignee: string | null; nobody: boolean } {
    const members = question.candidateGroups.flatMap((role) => this.dealership.roles[role] ?? []);
    const all = [...new Set([...members, ...question.candidateUsers])].filter((user) => !question.excludedUsers.includes(user)).sort();
    if (all.length === 0 || question.rule === 'members') return { assignee: null, nobody: all.length === 0 };
    if (question.rule === 'shortestQueue') {
      const tasks = this.#cases.flatMap((one) => Object.values(one.state.tasks));
      const queue = (user: string) => tasks.filter(({ assignee }) => assignee === user).length;
      return { assignee: all.reduce((best, user) => (queue(user) < queue(best) ? user : best)), nobody: false };
    }
    const step = `${question.processId}/${question.elementId}`;
    const turn = this.#turns.get(step) ?? 0;
    this.#turns.set(step, turn + 1);
    return { assignee: all[turn % all.length] ?? null, nobody: false };
  }

  publish(message: ScenarioMessage): HostAnswer {
    const { name, correlationKey } = message;
    const lost = this.#broker.publish(message, this.main.nowMs) === 'lost';
    this.settle();
    if (!lost) return { ok: true };
    if (this.main.state.status !== 'active') return { ok: false, code: 'instance-not-active', message: 'the case has ended' };
    return { ok: false, code: 'message-not-awaited', message: `nothing awaits message "${name}" with key "${correlationKey}"` };
  }

  signal(signal: Signal): HostAnswer {
    this.#signals += 1;
    const heard = this.#tell(`signal-${this.#signals}`, signal);
    this.settle();
    if (heard) return { ok: true };
    return { ok: false, code: 'signal-not-awaited', message: `nothing awaits signal "${signal.name}"` };
  }

  #tell(signalId: string, signal: Signal, except?: CaseSimulator): boolean {
    const others = this.#cases.filter((one) => one !== except && one.state.status === 'active');
    return others.map((one) => one.apply({ type: 'deliverSignal', signalId, ...signal })).includes(undefined);
  }

  /** Lets the clock of all cases run to a point in time, deadline by deadline. */
  advanceTo(atMs: number): void {
    for (;;) {
      const due = this.#cases.flatMap((one) => (one.state.status === 'active' ? (nextDueAtMs(one.state) ?? []) : []));
      const next = Math.min(atMs, ...due);
      for (const one of this.#cases) one.advanceTo(Math.max(next, one.nowMs));
      this.settle();
      if (next >= atMs) return;
    }
  }

  /** The same as the last time where nothing has happened since. */
  observe(): Observation {
    const states = [this.#cases.length, this.#noted, ...this.#cases.map(({ state }) => state)];
    const last = this.#observed;
    if (last !== undefined && last.states.length === states.length && last.states.every((one, index) => one === states[index]))
      return last.seen;
    const seen = this.#look();
    this.#observed = { states, seen };
    return seen;
  }

  #look(): Observation {
    const { closure, state, records } = this.main;
    const comments = this.#comments.map((step) => ({ ...step, texts: [...step.texts] }));
    const others = this.#cases.slice(1).map((one) => [one.closure, one.state] as const);
    const detached = () => others.flatMap(([own, at]) => observationOf(own, at, []).tasks);
    return observationOf(closure, state, [...records], {
      comments: () => comments,
      detachedTasks: () => detached().map(({ processId, elementId }) => ({ processId, elementId })),
    });
  }
}

function answerOf(refusal: Refusal | undefined): HostAnswer {
  return refusal === undefined ? { ok: true } : { ok: false, code: refusal.code, message: refusal.message };
}
