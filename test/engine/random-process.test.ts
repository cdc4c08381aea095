import fc from 'fast-check';
import type { EngineEvent } from '../../engine/runtime/events';
import type { InstanceState } from '../../engine/runtime/instance-state';
import { nextDueAtMs, transition } from '../../engine/runtime/transition';
import type { CaseSimulator } from '../../engine/simulate/case-simulator';
import { begin, CLERK } from './graph';
import { Dice, randomProcess } from './random-process';

const MOST_STEPS = 400;

/** Everything that the world could do next. */
function movesOf(simulator: CaseSimulator): (() => unknown)[] {
  const { state } = simulator;
  const due = nextDueAtMs(state);
  return [
    ...Object.values(state.tasks).map(
      ({ key }) =>
        () =>
          simulator.apply({ type: 'completeTask', actor: CLERK, taskKey: key, outcome: null, data: { n: 1 } }),
    ),
    ...[...simulator.pending.keys()].flatMap((jobId) => [() => simulator.answer(jobId, 'ok'), () => simulator.fail(jobId, 'no answer')]),
    ...Object.values(state.incidents).map(
      ({ key }) =>
        () =>
          simulator.apply({ type: 'resolveIncident', actor: CLERK, incidentKey: key, variables: {} }),
    ),
    ...Object.values(state.subscriptions).map(
      ({ name, correlationKey }) =>
        () =>
          simulator.apply({ type: 'deliverMessage', actor: CLERK, messageId: 'm', name, correlationKey, variables: {} }),
    ),
    ...(due === undefined ? [] : [() => simulator.advanceTo(due)]),
  ];
}

function replay(simulator: CaseSimulator): InstanceState | null {
  return simulator.events.reduce<InstanceState | null>((state, event: EngineEvent) => {
    const step = transition(simulator.closure, state, event);
    if (!step.ok) throw new Error(`replay was refused: ${step.refusal.message}`);
    return JSON.parse(JSON.stringify(step.state)) as InstanceState;
  }, null);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

/** What must hold between two events, whatever happens. */
function assertSoundState(state: InstanceState): void {
  const tokens = Object.values(state.tokens);
  for (const table of ['tasks', 'jobs', 'timers', 'subscriptions', 'incidents'] as const) {
    for (const entity of Object.values(state[table])) expect(state.tokens[entity.token]).toBeDefined();
  }
  for (const token of tokens) {
    expect(token.status).not.toBe('ready');
    expect(state.scopes[token.scope]).toBeDefined();
  }
  for (const scope of Object.values(state.scopes)) {
    if (scope.caller !== undefined) expect(state.tokens[scope.caller]).toBeDefined();
  }
  if (state.status === 'active') expect(tokens.length).toBeGreaterThan(0);
}

function playOut(seed: number): void {
  const dice = new Dice(seed);
  const simulator = begin(randomProcess(dice));
  for (let step = 0; simulator.state.status === 'active'; step += 1) {
    if (step > MOST_STEPS) throw new Error(`seed ${seed}: still active after ${MOST_STEPS} steps`);
    deepFreeze(simulator.state);
    assertSoundState(simulator.state);
    expect(replay(simulator)).toEqual(simulator.state);
    const moves = movesOf(simulator);
    if (moves.length === 0) throw new Error(`seed ${seed}: stuck: ${JSON.stringify(simulator.state.tokens)}`);
    dice.pick(moves)();
  }
  expect(simulator.state).toMatchObject({
    status: 'completed',
    tokens: {},
    tasks: {},
    jobs: {},
    timers: {},
    subscriptions: {},
    incidents: {},
  });
  expect(replay(simulator)).toEqual(simulator.state);
}

describe('random processes', () => {
  it('run to their end, and crash and replay after every step give the same state', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 31 }), playOut), { numRuns: Number(process.env.FUZZ_RUNS ?? 150) });
  });
});
