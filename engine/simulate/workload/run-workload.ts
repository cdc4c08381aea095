import { sampleOfSchema } from '../../analyse/samples';
import { addWorkingTime, isOpen, workingTimeBetween } from '../../calendar/working-time';
import type { CompiledDealership } from '../../compile/deployment';
import { evaluate } from '../../feel/evaluate';
import type { Json, JsonObject } from '../../json';
import type { Actor } from '../../runtime/events';
import type { InstanceState, UserTask } from '../../runtime/instance-state';
import type { UserTaskNode } from '../../runtime/process-model';
import { checkActor } from '../../runtime/requests';
import { nextDueAtMs } from '../../runtime/transition';
import type { CaseSimulator } from '../case-simulator';
import { createSimulator, type Simulator } from '../simulator';
import { Agenda } from './agenda';
import { Chance } from './chance';
import { Queue, type Times, timesOf } from './figures';
import type { Length, Work, Workload } from './workload';

/** What happened at one step of people. Times are as on the clock, nights included, but for `work`. */
export interface StepFigures {
  step: string;
  opened: number;
  done: number;
  /** From when it was open to when somebody began. */
  wait: Times;
  /** Working time that it took. */
  work: Times;
  queue: { mean: number; longest: number };
  /** Tasks that were done, or are still open, after their due date; null where none has one. */
  overdue: number | null;
}

/** What came of a simulation. */
export interface WorkloadFigures {
  cases: { begun: number; open: number; duration: Times };
  ends: Record<string, number>;
  steps: StepFigures[];
  /** People of a role, and the share of their working time in which they were busy. */
  staff: { role: string; people: number; busy: number }[];
  incidents: number;
  /** What kept something from going on, and how often. */
  obstacles: Record<string, number>;
  transitions: number;
  untilMs: number;
}

/** What a simulation may take at most. */
export const workloadLimits = { cases: 100_000, happenings: 5_000_000, staff: 10_000 };

type Happening =
  | { kind: 'arrival'; number: number }
  | { kind: 'opening' }
  | { kind: 'timer'; one: RunningCase }
  | { kind: 'done'; person: Person; job: PersonsWork }
  | { kind: 'reply'; one: RunningCase; jobId: string }
  | { kind: 'message'; one: RunningCase; subscription: string };

interface Person {
  actor: Actor;
  job?: PersonsWork;
  busyMs: number;
}

interface PersonsWork {
  waiting: WaitingTask;
  takesMs: number;
}

interface WaitingTask {
  one: RunningCase;
  task: UserTask;
}

interface RunningCase {
  /** From 1. */
  number: number;
  simulator: Simulator;
  begunMs: number;
  seen: Set<string>;
  /** The deadline for which the agenda has an entry. */
  timerMs?: number;
}

interface StepLog {
  opened: number;
  waits: number[];
  works: number[];
  queue: Queue;
  due: number;
  overdue: number;
}

/**
 * Plays cases as they come, with people who work on one task at a time in their hours, the nearest due date first. The same workload gives the same figures.
 * Processes that a case starts detached are not worked on; signals reach only the case that throws them.
 */
export async function runWorkload(dealership: CompiledDealership, workload: Workload): Promise<WorkloadFigures> {
  return new WorkloadRun(dealership, workload).run();
}

class WorkloadRun {
  readonly #agenda = new Agenda<Happening>();
  readonly #chance: Chance;
  readonly #people: Person[] = [];
  readonly #waiting: WaitingTask[] = [];
  readonly #steps = new Map<string, StepLog>();
  readonly #running = new Set<RunningCase>();
  readonly #durations: number[] = [];
  readonly #ends: Record<string, number> = {};
  readonly #obstacles: Record<string, number> = {};
  #nowMs: number;
  #openingMs: number | undefined;
  #begun = 0;
  #incidents = 0;
  #transitions = 0;

  constructor(
    private readonly dealership: CompiledDealership,
    private readonly workload: Workload,
  ) {
    this.#chance = new Chance(workload.seed);
    this.#nowMs = workload.atMs;
    const roles = new Map<string, string[]>();
    for (const [role, users] of Object.entries(workload.staff)) {
      for (const user of users) roles.set(user, [...(roles.get(user) ?? []), role]);
    }
    for (const [user, held] of roles) this.#people.push({ actor: { user, roles: held }, busyMs: 0 });
  }

  async run(): Promise<WorkloadFigures> {
    this.#agenda.add(this.#arrivalAfter(this.workload.atMs, { kind: 'fixed', ms: 0 }), { kind: 'arrival', number: 1 });
    for (let happenings = 1; ; happenings += 1) {
      const next = this.#agenda.next();
      if (next === undefined) break;
      if (happenings > workloadLimits.happenings) {
        this.#obstacle(`it was stopped after ${workloadLimits.happenings} happenings`);
        break;
      }
      this.#nowMs = next.atMs;
      await this.#happen(next.what);
      await this.#giveOut();
    }
    return this.#figures();
  }

  async #happen(what: Happening): Promise<void> {
    switch (what.kind) {
      case 'arrival':
        return this.#arrive(what.number);
      case 'opening':
        this.#openingMs = undefined;
        return;
      case 'timer':
        if (what.one.timerMs === this.#nowMs) await this.#changed(what.one);
        return;
      case 'done':
        if (what.person.job === what.job) await this.#finish(what.person, what.job);
        return;
      case 'reply':
        return this.#reply(what.one, what.jobId);
      case 'message':
        return this.#tell(what.one, what.subscription);
    }
  }

  async #arrive(number: number): Promise<void> {
    const { workload } = this;
    const starter = this.#starter();
    const simulator = createSimulator(this.dealership);
    const start = { processId: workload.process, atMs: this.#nowMs, actor: starter, variables: this.#startVariables(number) };
    const answer = await simulator.start(start);
    if (!answer.ok) this.#obstacle(`a case could not begin: ${answer.message}`);
    else {
      this.#begun += 1;
      const one: RunningCase = { number, simulator, begunMs: this.#nowMs, seen: new Set() };
      this.#running.add(one);
      await this.#changed(one);
    }
    if (number < workload.cases) this.#agenda.add(this.#arrivalAfter(this.#nowMs, workload.every), { kind: 'arrival', number: number + 1 });
  }

  #arrivalAfter(fromMs: number, every: Length): number {
    return this.#workedUntil(this.workload.arrivals, fromMs, this.#chance.lengthOf(every));
  }

  /** When so much working time is over; where the calendar ends, time goes on as on the clock. */
  #workedUntil(calendar: Workload['hours'], fromMs: number, ms: number): number {
    if (calendar === undefined) return fromMs + ms;
    // a length of nothing ends when the calendar opens
    const until = addWorkingTime(calendar, fromMs, `PT${(Math.max(ms, 1) / 1_000).toFixed(3)}S`);
    return until === undefined ? fromMs + ms : until - (ms < 1 ? 1 : 0);
  }

  #starter(): Actor {
    const roles = this.#model(this.workload.process)?.startForm?.roles ?? [];
    const [first] = this.#people.filter(({ actor }) => actor.roles.some((role) => roles.includes(role)));
    return first?.actor ?? this.#people[0]?.actor ?? { user: 'system', roles: [] };
  }

  #startVariables(number: number): JsonObject {
    const picks: JsonObject = {};
    for (const [role, users] of Object.entries(this.workload.staff)) picks[role] = users[(number - 1) % Math.max(1, users.length)] ?? null;
    return this.#valuesOf(this.workload.start, { number, pick: picks });
  }

  #valuesOf(values: Workload['start'], names: Readonly<Record<string, Json>>): JsonObject {
    const { settings, settingsType, timezone } = this.dealership;
    const read = (name: string) => {
      if (name === 'settings') return { value: settings, type: settingsType };
      return Object.hasOwn(names, name) ? { value: names[name] as Json, type: { kind: 'any' as const } } : undefined;
    };
    const given: JsonObject = {};
    for (const [name, source] of Object.entries(values)) {
      if ('literal' in source) {
        given[name] = source.literal;
        continue;
      }
      const result = evaluate(source, { read, nowMs: this.#nowMs, timezone });
      if (result.ok) given[name] = result.value;
      else this.#obstacle(`the value of "${name}": ${result.message}`);
    }
    return given;
  }

  #model(processId: string) {
    return this.dealership.processes[processId]?.model;
  }

  #caseOf({ simulator }: RunningCase): CaseSimulator {
    const [main] = simulator.cases();
    if (main === undefined) throw new Error('invariant: the case has begun');
    return main;
  }

  /** Looks at what a case needs now: tasks, answers, messages, its next deadline. */
  async #changed(one: RunningCase): Promise<void> {
    const behind = this.#nowMs - this.#caseOf(one).nowMs;
    if (behind > 0) await one.simulator.advance(behind);
    const { state } = this.#caseOf(one);
    this.#withdraw(one, state);
    for (const task of Object.values(state.tasks)) if (this.#isNew(one, `task ${task.id}`)) this.#open(one, task);
    for (const job of Object.values(state.jobs)) {
      if (!this.#isNew(one, `job ${job.id}`)) continue;
      const reply = this.workload.replies[job.node];
      if (reply === undefined) this.#obstacle(`nothing is said of what the connector of "${job.node}" answers`);
      const after = reply === undefined ? 0 : this.#chance.lengthOf(reply.after);
      this.#agenda.add(this.#nowMs + after, { kind: 'reply', one, jobId: job.id });
    }
    for (const { id } of Object.values(state.subscriptions)) {
      const message = this.#messageFor(state, id);
      if (message === undefined || !this.#isNew(one, `message ${id}`)) continue;
      this.#agenda.add(this.#nowMs + this.#chance.lengthOf(message.after), { kind: 'message', one, subscription: id });
    }
    for (const { id, node, code } of Object.values(state.incidents)) {
      if (!this.#isNew(one, `incident ${id}`)) continue;
      this.#incidents += 1;
      this.#obstacle(`an incident at "${node}": ${code}`);
    }
    if (state.status !== 'active') return this.#ended(one, state);
    const due = nextDueAtMs(state);
    if (due === undefined || due === one.timerMs) return;
    one.timerMs = Math.max(due, this.#nowMs);
    this.#agenda.add(one.timerMs, { kind: 'timer', one });
  }

  #isNew({ seen }: RunningCase, what: string): boolean {
    if (seen.has(what)) return false;
    seen.add(what);
    return true;
  }

  #messageFor(state: InstanceState, id: string) {
    const subscription = state.subscriptions[id];
    if (subscription === undefined || subscription.correlationKey === null) return undefined;
    const token = state.tokens[subscription.token];
    return this.workload.messages[subscription.event ?? token?.node ?? ''];
  }

  #open(one: RunningCase, task: UserTask): void {
    const log = this.#log(task.node);
    log.opened += 1;
    if (task.dueAtMs !== null) log.due += 1;
    log.queue.change(1, this.#nowMs);
    this.#waiting.push({ one, task });
  }

  /** Tasks that the case has withdrawn are waited for no more, and whoever was at one is free. */
  #withdraw(one: RunningCase, state: InstanceState): void {
    for (let at = this.#waiting.length - 1; at >= 0; at -= 1) {
      const waiting = this.#waiting[at] as WaitingTask;
      if (waiting.one !== one) continue;
      const now = state.tasks[waiting.task.id];
      if (now !== undefined) waiting.task = now;
      else {
        this.#waiting.splice(at, 1);
        this.#log(waiting.task.node).queue.change(-1, this.#nowMs);
      }
    }
    for (const person of this.#people) {
      const task = person.job?.waiting;
      if (task?.one === one && state.tasks[task.task.id] === undefined) delete person.job;
    }
  }

  /** Gives waiting tasks to those who are free and at work. */
  async #giveOut(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const { hours } = this.workload;
    if (hours !== undefined && !isOpen(hours, this.#nowMs)) {
      const opening = this.#workedUntil(hours, this.#nowMs, 0);
      if (this.#openingMs === undefined || opening < this.#openingMs) {
        this.#openingMs = opening;
        this.#agenda.add(opening, { kind: 'opening' });
      }
      return;
    }
    for (const person of this.#people) if (person.job === undefined) this.#takeOne(person);
  }

  #takeOne(person: Person): void {
    let best = -1;
    for (const [at, { task }] of this.#waiting.entries()) {
      if ((task.assignee !== null && task.assignee !== person.actor.user) || checkActor(task, person.actor) !== undefined) continue;
      if (best < 0 || isMoreUrgent(task, (this.#waiting[best] as WaitingTask).task)) best = at;
    }
    const [waiting] = best < 0 ? [] : this.#waiting.splice(best, 1);
    if (waiting === undefined) return;
    const log = this.#log(waiting.task.node);
    log.queue.change(-1, this.#nowMs);
    log.waits.push(this.#nowMs - waiting.task.createdAtMs);
    const takesMs = this.#chance.lengthOf(this.#workOf(waiting.task.node).takes);
    const job = { waiting, takesMs };
    person.job = job;
    this.#agenda.add(this.#workedUntil(this.workload.hours, this.#nowMs, takesMs), { kind: 'done', person, job });
  }

  #workOf(step: string): Work {
    return this.workload.work[step] ?? this.workload.otherWork;
  }

  async #finish(person: Person, { waiting, takesMs }: PersonsWork): Promise<void> {
    const { one, task } = waiting;
    delete person.job;
    person.busyMs += takesMs;
    const behind = this.#nowMs - this.#caseOf(one).nowMs;
    if (behind > 0) await one.simulator.advance(behind);
    const current = this.#caseOf(one).state.tasks[task.id];
    if (current === undefined) return this.#changed(one);
    const work = this.#workOf(task.node);
    const node = this.#nodeOf(one, current);
    const outcome = this.#outcomeOf(node, work);
    const schema = node?.form === undefined ? undefined : this.dealership.forms[node.form]?.schema;
    const sample = schema === undefined ? {} : (sampleOfSchema(schema, person.actor.user) as JsonObject);
    const data = { ...sample, ...this.#valuesOf(work.data, { number: one.number, pick: {} }) };
    const answer = await one.simulator.act({ type: 'completeTask', taskKey: task.key, actor: person.actor, outcome, data });
    if (!answer.ok) this.#obstacle(`"${task.node}" could not be completed: ${answer.message}`);
    else {
      const log = this.#log(task.node);
      log.works.push(takesMs);
      if (current.dueAtMs !== null && this.#nowMs > current.dueAtMs) log.overdue += 1;
    }
    await this.#changed(one);
  }

  #nodeOf(one: RunningCase, task: UserTask): UserTaskNode | undefined {
    const main = this.#caseOf(one);
    const scope = main.state.scopes[task.scope];
    const node = main.closure.models[scope?.model ?? '']?.nodes[task.node];
    return node?.kind === 'userTask' ? node : undefined;
  }

  #outcomeOf(node: UserTaskNode | undefined, { outcomes }: Work): string | null {
    const ids = (node?.outcomes ?? []).map(({ id }) => id);
    if (ids.length === 0) return null;
    return this.#chance.choose(ids.map((id) => [id, outcomes === undefined ? 1 : (outcomes[id] ?? 0)] as const)) ?? ids[0] ?? null;
  }

  async #reply(one: RunningCase, jobId: string): Promise<void> {
    const behind = this.#nowMs - this.#caseOf(one).nowMs;
    if (behind > 0) await one.simulator.advance(behind);
    const jobs = Object.values(this.#caseOf(one).state.jobs);
    const job = jobs.find(({ id }) => id === jobId);
    if (job !== undefined) {
      const reply = this.workload.replies[job.node];
      const which = jobs.filter(({ node }) => node === job.node).indexOf(job) + 1;
      await one.simulator.answerConnector(job.node, this.#answerOf(reply), which);
    }
    await this.#changed(one);
  }

  #answerOf(reply: Workload['replies'][string] | undefined) {
    if (reply === undefined || this.#chance.next() >= reply.failing) return { kind: 'output' as const, output: reply?.output ?? null };
    const message = 'the simulation lets it fail';
    return reply.errorCode === null ? { kind: 'failure' as const, message } : { kind: 'error' as const, code: reply.errorCode, message };
  }

  async #tell(one: RunningCase, id: string): Promise<void> {
    const behind = this.#nowMs - this.#caseOf(one).nowMs;
    if (behind > 0) await one.simulator.advance(behind);
    const { state } = this.#caseOf(one);
    const message = this.#messageFor(state, id);
    const { name, correlationKey } = state.subscriptions[id] ?? {};
    if (message !== undefined && name !== undefined && correlationKey !== undefined && correlationKey !== null) {
      const actor = { user: 'system', roles: [] };
      await one.simulator.publish({ name, correlationKey, variables: message.variables, timeToLiveMs: 0, actor });
    }
    await this.#changed(one);
  }

  #ended(one: RunningCase, state: InstanceState): void {
    if (!this.#running.delete(one)) return;
    this.#transitions += this.#caseOf(one).events.length;
    this.#durations.push(this.#nowMs - one.begunMs);
    const root = Object.values(state.scopes).find(({ caller }) => caller === undefined);
    const how = state.status === 'completed' ? (root?.end ?? 'completed') : state.status;
    this.#ends[how] = (this.#ends[how] ?? 0) + 1;
  }

  #obstacle(what: string): void {
    this.#obstacles[what] = (this.#obstacles[what] ?? 0) + 1;
  }

  #log(step: string): StepLog {
    let log = this.#steps.get(step);
    if (log === undefined) {
      log = { opened: 0, waits: [], works: [], queue: new Queue(this.workload.atMs), due: 0, overdue: 0 };
      this.#steps.set(step, log);
    }
    return log;
  }

  #figures(): WorkloadFigures {
    const untilMs = this.#nowMs;
    for (const { task } of this.#waiting) {
      if (this.#people.every(({ actor }) => checkActor(task, actor) !== undefined))
        this.#obstacle(`nobody of the staff may do "${task.node}"`);
      if (task.dueAtMs !== null && task.dueAtMs < untilMs) this.#log(task.node).overdue += 1;
    }
    const open = [...this.#running].reduce((sum, one) => sum + this.#caseOf(one).events.length, 0);
    return {
      cases: { begun: this.#begun, open: this.#running.size, duration: timesOf(this.#durations) },
      ends: this.#ends,
      steps: [...this.#steps].map(([step, log]) => ({
        step,
        opened: log.opened,
        done: log.works.length,
        wait: timesOf(log.waits),
        work: timesOf(log.works),
        queue: log.queue.figures(untilMs),
        overdue: log.due === 0 ? null : log.overdue,
      })),
      staff: Object.keys(this.workload.staff).map((role) => this.#staffFigures(role, untilMs)),
      incidents: this.#incidents,
      obstacles: this.#obstacles,
      transitions: this.#transitions + open,
      untilMs,
    };
  }

  #staffFigures(role: string, untilMs: number): WorkloadFigures['staff'][number] {
    const { atMs, hours } = this.workload;
    const people = this.#people.filter(({ actor }) => actor.roles.includes(role));
    const available = (hours === undefined ? undefined : workingTimeBetween(hours, atMs, untilMs)) ?? untilMs - atMs;
    const busyMs = people.reduce((sum, person) => sum + person.busyMs, 0);
    return { role, people: people.length, busy: people.length === 0 || available <= 0 ? 0 : busyMs / (available * people.length) };
  }
}

function isMoreUrgent(task: UserTask, than: UserTask): boolean {
  const [due, otherDue] = [task.dueAtMs ?? Number.POSITIVE_INFINITY, than.dueAtMs ?? Number.POSITIVE_INFINITY];
  return due < otherDue || (due === otherDue && task.createdAtMs < than.createdAtMs);
}
