import { isDeepStrictEqual } from 'node:util';
import type { EngineEvent } from '../../engine/runtime/events';
import type { InstanceState, UserTask } from '../../engine/runtime/instance-state';
import type { ModelClosure } from '../../engine/runtime/process-model';
import { nextDueAtMs, transition } from '../../engine/runtime/transition';
import type { CaseSimulator } from '../../engine/simulate/case-simulator';
import { begin } from './graph';
import { Dice, randomProcess } from './random-process';
import { assertSoundState } from './sound-state';

const MOST_RANDOM_MOVES = 60;
const MOST_MOVES_TO_THE_END = 3_000;
const USERS = ['anna', 'ben', 'chen'];
const ROLES = ['clerk', 'manager'];

type Request = Parameters<CaseSimulator['apply']>[0];
type Move = () => void;

const person = (user: string) => ({ user, roles: ROLES });

/** Plays a random process with random moves and then to its end; whatever is wrong is thrown, with the seed. A negative seed draws kinds of nodes that the first ones did not. */
export function playOut(seed: number): void {
  try {
    new RandomPlay(new Dice(seed), seed < 0).run();
  } catch (error) {
    if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`;
    throw error;
  }
}

class RandomPlay {
  readonly simulator: CaseSimulator;
  /** The same case on another machine: it crashes after every event and goes on from what was stored. */
  #replica: InstanceState;
  #seen = 1;

  constructor(
    readonly dice: Dice,
    isLater: boolean,
  ) {
    this.simulator = begin(randomProcess(dice, isLater));
    this.#replica = stored(step(this.simulator.closure, null, this.simulator.events[0] as EngineEvent));
  }

  run(): void {
    const moves = this.dice.roll(MOST_RANDOM_MOVES);
    this.#check();
    for (let move = 0; move < moves && this.active; move += 1) {
      this.dice.pick([...this.#plainMoves(), ...this.#operations()])();
      this.#check();
    }
    this.#toTheEnd();
    this.#assertEmpty();
  }

  get active(): boolean {
    return this.simulator.state.status === 'active';
  }

  get state(): InstanceState {
    return this.simulator.state;
  }

  #check(): void {
    const { events, closure } = this.simulator;
    for (; this.#seen < events.length; this.#seen += 1) {
      this.#replica = stored(step(closure, this.#replica, events[this.#seen] as EngineEvent));
    }
    deepFreeze(this.state);
    if (!isDeepStrictEqual(stored(this.state), this.#replica)) throw new Error('a replay gives another state');
    assertSoundState(closure, this.state);
    this.#assertFactsAreIgnored();
  }

  /** Facts that come too late or twice are recorded, and change nothing else. */
  #assertFactsAreIgnored(): void {
    const late: EngineEvent[] = [
      { type: 'connectorSucceeded', atMs: this.simulator.nowMs, jobId: '0', output: 'late' },
      { type: 'connectorFailed', atMs: this.simulator.nowMs, jobId: '0', message: 'late' },
      { type: 'assignmentResolved', atMs: this.simulator.nowMs, taskId: '0', assignee: 'anna', nobody: false },
    ];
    const due = nextDueAtMs(this.state);
    if (due === undefined || due > this.simulator.nowMs) late.push({ type: 'timersDue', atMs: this.simulator.nowMs });
    const event = this.dice.pick(late);
    const after = step(this.simulator.closure, this.state, event);
    if (!isDeepStrictEqual(essence(after), essence(this.state))) throw new Error(`a late "${event.type}" changes the case`);
  }

  /** Applies a request: a refused one changes nothing, and one that happens once is refused the second time. */
  #ask(request: Request, once = false): void {
    const before = this.state;
    const refusal = this.simulator.apply(request);
    if (refusal?.code === 'engine-error') throw new Error(`engine-error at "${request.type}": ${refusal.message}`);
    if (refusal !== undefined) {
      if (this.state !== before) throw new Error(`a refused "${request.type}" changed the case`);
      return;
    }
    if (!once) return;
    const again = transition(this.simulator.closure, this.state, { ...request, atMs: this.simulator.nowMs } as EngineEvent);
    if (again.ok) throw new Error(`"${request.type}" was done twice`);
  }

  /** What brings a case forward: tasks, answers, messages, and what stopped is tried again. */
  #plainMoves(): Move[] {
    const { state, simulator } = this;
    const moves: Move[] = [];
    if (state.suspended !== undefined) moves.push(() => this.#ask({ type: 'resumeCase', actor: person('anna') }, true));
    for (const task of Object.values(state.tasks)) moves.push(() => this.#complete(task));
    for (const jobId of simulator.pending.keys()) moves.push(() => simulator.answer(jobId, 'ok'));
    if (simulator.errands.length > 0) moves.push(() => this.#errand());
    for (const { key } of Object.values(state.incidents))
      moves.push(() => this.#ask({ type: 'resolveIncident', actor: person('anna'), incidentKey: key, variables: {} }, true));
    return moves;
  }

  /** What comes from outside, in its own time. */
  #outside(): Move[] {
    const due = nextDueAtMs(this.state);
    const moves = Object.values(this.state.subscriptions).map(({ name, correlationKey }): Move => {
      const head = { actor: person('anna'), name, variables: {} };
      return () =>
        this.#ask(
          correlationKey === null
            ? { ...head, type: 'deliverSignal', signalId: 's' }
            : { ...head, type: 'deliverMessage', messageId: 'm', correlationKey },
        );
    });
    for (const { node } of Object.values(this.state.scopes))
      if (node?.startsWith('adHoc') === true)
        moves.push(() => this.#ask({ type: 'completeActivity', actor: person('anna'), elementId: node }));
    if (due !== undefined) moves.push(() => this.simulator.advanceTo(due));
    return moves;
  }

  #errand(): void {
    const errand = this.simulator.errands.shift();
    if (errand?.type !== 'resolveAssignment') return;
    const candidates = [undefined, ...USERS].filter((user) => user === undefined || !errand.excludedUsers.includes(user));
    this.simulator.apply({
      type: 'assignmentResolved',
      taskId: errand.taskId,
      assignee: this.dice.pick(candidates) ?? null,
      nobody: false,
    });
  }

  #doerOf(task: UserTask): string {
    if (task.assignee !== null) return task.assignee;
    return task.candidateGroups.length > 0 ? this.dice.pick(USERS) : (task.candidateUsers[0] ?? 'anna');
  }

  #complete(task: UserTask): void {
    const node = this.simulator.closure.models[this.state.scopes[task.scope]?.model ?? '']?.nodes[task.node];
    const outcomes = node?.kind === 'userTask' ? node.outcomes : [];
    const outcome = outcomes.length === 0 ? null : this.dice.pick(outcomes).id;
    const once = task.delegation === undefined;
    this.#ask({ type: 'completeTask', actor: person(this.#doerOf(task)), taskKey: task.key, outcome, data: {} }, once);
  }

  /** Everything else that people may ask; much of it is refused. */
  #operations(): Move[] {
    const { state, dice } = this;
    const actor = person(dice.pick(USERS));
    const user = dice.pick(USERS);
    const moves: Move[] = [...this.#outside()];
    for (const task of Object.values(state.tasks)) {
      const head = { actor: person(this.#doerOf(task)), taskKey: task.key };
      const assignee = head.actor.user;
      const targets = this.#returnTargets(task);
      const target = targets.length === 0 ? undefined : dice.pick(targets);
      if (target !== undefined) moves.push(() => this.#ask({ ...head, type: 'returnTask', target, reason: null }, true));
      moves.push(
        dice.pick<Move>([
          () => this.#ask({ ...head, type: 'assignTask', assignee, assigneeRoles: ROLES, allowOverride: false }),
          () => this.#ask({ ...head, type: 'unassignTask' }),
          () => this.#ask({ ...head, type: 'delegateTask', to: user, toRoles: ROLES }),
          () => this.#ask({ ...head, type: 'transferTask', to: user, toRoles: ROLES }),
          () => this.#ask({ ...head, type: 'returnTask', target: 'nowhere', reason: null }),
          () => this.#ask({ ...head, type: 'addSigner', place: dice.pick(['before', 'beside', 'after'] as const), user }),
          () => this.#ask({ ...head, type: 'removeSigner', user: this.#addedTo(task) ?? user }),
          () => this.#ask({ ...head, type: 'urgeTask', message: null }, true),
          () => this.#ask({ ...head, type: 'copyTask', users: [user], roles: [] }),
        ]),
      );
    }
    for (const { key, by } of Object.values(state.done).slice(-3))
      moves.push(() => this.#ask({ type: 'withdrawTask', actor: person(by), taskKey: key, draftedTaskKeys: [] }, true));
    for (const jobId of this.simulator.pending.keys()) moves.push(() => this.simulator.fail(jobId, 'no answer'));
    for (const elementId of this.#activities()) {
      moves.push(
        dice.pick<Move>([
          () => this.#ask({ type: 'addInstance', actor, elementId, item: 1 }),
          () => this.#ask({ type: 'removeInstance', actor, elementId, index: 1 + dice.roll(3) }),
          () => this.#ask({ type: 'completeActivity', actor, elementId }),
        ]),
      );
    }
    for (const elementId of this.#adHocSteps()) moves.push(() => this.#ask({ type: 'startAdHocStep', actor, elementId }));
    if (dice.roll(20) === 0) moves.push(() => this.#ask({ type: 'suspendCase', actor, reason: null }, true));
    if (dice.roll(60) === 0) moves.push(() => this.#ask({ type: 'cancelInstance', actor, reason: null }, true));
    return moves;
  }

  /** Tasks that have been done and to which this one may be sent back. */
  #returnTargets({ scope, node: id }: UserTask): string[] {
    const node = this.simulator.closure.models[this.state.scopes[scope]?.model ?? '']?.nodes[id];
    const done = new Set(Object.values(this.state.done).map((one) => one.node));
    return node?.kind === 'userTask' ? (node.return?.to ?? []).filter((target) => done.has(target)) : [];
  }

  /** Somebody whom people have added to the signers of a task and who has not signed. */
  #addedTo({ signing }: UserTask): string | undefined {
    const signers = this.state.signings[signing ?? '']?.signers ?? [];
    return signers.find(({ original, state }) => !original && state !== 'signed' && state !== 'removed')?.user ?? undefined;
  }

  #activities(): string[] {
    return Object.values(this.state.tokens).flatMap(({ loop, node }) => (loop === undefined ? [] : [node]));
  }

  #adHocSteps(): string[] {
    return Object.values(this.state.scopes).flatMap(({ node, model }) => {
      const at = this.simulator.closure.models[model]?.nodes[node ?? ''];
      return at?.kind === 'subProcess' && at.variant === 'adHoc' ? at.entries.slice(0, 1) : [];
    });
  }

  /** Whatever people have done, the case comes to its end by plain moves. */
  #toTheEnd(): void {
    for (let move = 0; this.active; move += 1) {
      if (move > MOST_MOVES_TO_THE_END) throw new Error(`still active after ${MOST_MOVES_TO_THE_END} moves: ${this.#picture()}`);
      const before = this.state;
      const moved = [this.#plainMoves(), this.#outside()].some((moves) => this.#moveOne(shuffled(moves, this.dice), before));
      if (!moved) throw new Error(`stuck: ${this.#picture()}`);
      this.#check();
    }
  }

  #moveOne(moves: Move[], before: InstanceState): boolean {
    return moves.some((move) => {
      move();
      return this.state !== before;
    });
  }

  #picture(): string {
    const tokens = Object.values(this.state.tokens).map(({ node, status }) => `${node} ${status}`);
    return `${tokens.join(', ')}; tasks ${Object.values(this.state.tasks).map(({ node }) => node)}`;
  }

  #assertEmpty(): void {
    const { tokens, tasks, jobs, timers, subscriptions, incidents, signings } = this.state;
    for (const [name, table] of Object.entries({ tokens, tasks, jobs, timers, subscriptions, incidents, signings })) {
      if (Object.keys(table).length > 0) throw new Error(`an ended case has ${name}: ${JSON.stringify(table)}`);
    }
  }
}

function step(closure: ModelClosure, state: InstanceState | null, event: EngineEvent): InstanceState {
  const next = transition(closure, state, event);
  if (!next.ok) throw new Error(`"${event.type}" was refused: ${next.refusal.message}`);
  return next.state;
}

function stored(state: InstanceState): InstanceState {
  return JSON.parse(JSON.stringify(state)) as InstanceState;
}

/** Without what every event counts, and what is kept for later. */
function essence(state: InstanceState): object {
  const { sequence: _, nowMs: __, held: ___, ...rest } = stored(state);
  return rest;
}

function shuffled<T>(items: readonly T[], dice: Dice): T[] {
  const rest = [...items];
  const drawn: T[] = [];
  while (rest.length > 0) drawn.push(...rest.splice(dice.roll(rest.length), 1));
  return drawn;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
