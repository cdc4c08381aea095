import type { Json, JsonObject } from '../json';
import type { Passage } from '../runtime/draft';
import type { Actor, EngineCommand, EngineEvent, EngineRequest, Refusal } from '../runtime/events';
import type { InstanceState } from '../runtime/instance-state';
import type { ModelClosure } from '../runtime/process-model';
import type { EngineRecord } from '../runtime/records';
import { nextDueAtMs, transition } from '../runtime/transition';

type Unstamped<E> = E extends { atMs: number } ? Omit<E, 'atMs'> : never;
type Invocation = Extract<EngineCommand, { type: 'invokeConnector' }>;
type Errand = Exclude<EngineCommand, { type: 'invokeConnector' | 'cancelConnector' }>;
type Start = Omit<Extract<EngineRequest, { type: 'startInstance' }>, 'atMs' | 'type'>;

/** A host in virtual time: the engine's third one beside production and analysis. Connectors wait until somebody answers them. */
export class CaseSimulator {
  /** Every event that the case has seen, in order: enough to replay it. */
  readonly events: EngineEvent[] = [];
  readonly records: EngineRecord[] = [];
  /** Where tokens came, in order. */
  readonly passed: Passage[] = [];
  /** Connectors that were asked and have not answered, in order. */
  readonly pending = new Map<string, Invocation>();
  /** What the case asked of the world and nobody has done yet, in order. */
  readonly errands: Errand[] = [];
  #state: InstanceState | null = null;

  constructor(
    readonly closure: ModelClosure,
    /** Virtual time, milliseconds since the epoch. */
    public nowMs: number,
  ) {}

  get state(): InstanceState {
    if (this.#state === null) throw new Error('invariant: the case has not been started');
    return this.#state;
  }

  get started(): boolean {
    return this.#state !== null;
  }

  start(start: Start): Refusal | undefined {
    return this.apply({ type: 'startInstance', ...start });
  }

  /** Applies a request or a fact now; gives the refusal where there is one. */
  apply(event: Unstamped<EngineEvent>): Refusal | undefined {
    // the time stands first: adding a member to a spread object takes ten times as long
    const stamped = { atMs: this.nowMs, ...event } as EngineEvent;
    const step = transition(this.closure, this.#state, stamped);
    if (!step.ok) return step.refusal;
    this.#state = step.state;
    this.events.push(stamped);
    this.records.push(...step.records);
    this.passed.push(...step.passed);
    for (const command of step.commands) {
      if (command.type === 'invokeConnector') this.pending.set(command.jobId, command);
      else if (command.type === 'cancelConnector') this.pending.delete(command.jobId);
      else this.errands.push(command);
    }
    return undefined;
  }

  answer(jobId: string, output: Json): void {
    this.pending.delete(jobId);
    this.apply({ type: 'connectorSucceeded', jobId, output });
  }

  /** @param errorCode set for a BPMN error; absent where the attempts are spent */
  fail(jobId: string, message: string, errorCode?: string): void {
    this.pending.delete(jobId);
    this.apply({ type: 'connectorFailed', jobId, message, ...(errorCode === undefined ? {} : { errorCode }) });
  }

  /** A copy that goes on by itself. */
  fork(): CaseSimulator {
    const copy = new CaseSimulator(this.closure, this.nowMs);
    copy.#state = this.#state;
    copy.events.push(...this.events);
    copy.records.push(...this.records);
    copy.passed.push(...this.passed);
    copy.errands.push(...this.errands);
    for (const [id, invocation] of this.pending) copy.pending.set(id, invocation);
    return copy;
  }

  /** Lets the clock run to a point in time; every deadline on the way is met at its own moment, in order. */
  advanceTo(atMs: number): void {
    for (;;) {
      const due = this.#state?.status === 'active' ? nextDueAtMs(this.#state) : undefined;
      if (due === undefined || due > atMs) break;
      this.nowMs = Math.max(this.nowMs, due);
      this.apply({ type: 'timersDue' });
    }
    this.nowMs = Math.max(this.nowMs, atMs);
  }

  /** Open tasks of a step, the oldest first. */
  tasksOf(elementId: string): InstanceState['tasks'][string][] {
    return Object.values(this.state.tasks).filter((task) => task.node === elementId);
  }

  complete(elementId: string, actor: Actor, outcome: string | null = null, data: JsonObject = {}): Refusal | undefined {
    const task = this.tasksOf(elementId)[0];
    return this.apply({ type: 'completeTask', actor, taskKey: task?.key ?? `no open task at ${elementId}`, outcome, data });
  }
}
