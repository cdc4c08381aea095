import { closureOf } from '../engine/compile/closure';
import { compileDefinitions } from '../engine/compile/compile';
import type { CompiledDealership } from '../engine/compile/deployment';
import type { Json, JsonObject } from '../engine/json';
import type { Actor } from '../engine/runtime/events';
import type { ModelClosure } from '../engine/runtime/process-model';
import { CaseSimulator } from '../engine/simulate/case-simulator';
import { compileFolder, compilePorts } from '../server/definitions-folder';

/** What the engine alone does in a second of a processor, its garbage collection included: other work on the machine changes little of it. */
export interface EngineSpeed {
  /** One task completed, the next one opened. */
  transitionsPerSecond: number;
  /** Orders from signature to hand-over: a transition goes through several nodes, calls processes, and computes due dates. */
  orders: { transitionsPerSecond: number; casesPerSecond: number };
  /** Completing one of 1,000 parallel tasks, in milliseconds. */
  bigCase: { tokens: number; medianMs: number; p95Ms: number };
}

const EVERYBODY: Actor = {
  user: 'bench@tianhe',
  roles: ['clerk', 'salesman', 'finance', 'warehouse', 'sales-manager', 'general-manager'],
};
const MONDAY_MS = Date.UTC(2026, 2, 2, 1);
const ORDER = { number: 'SO-1', customer: '张伟', model: '枫叶 60S', price: '168000.00', salesman: 'salesman@tianhe' };

/** What is done in an order that needs no transport, step by step. */
const STEPS: [step: string, outcome: string | null, data: JsonObject][] = [
  ['review', 'approve', { creditChecked: true }],
  ['shipTime', null, { at: '2026-03-05T10:00:00+08:00', transportNeeded: false }],
  ['payment', null, { amount: '168000.00', bankReference: 'ICBC-77', receivedOn: '2026-03-03' }],
  ['prepareVehicle', null, { vin: 'LSVAA4187N2000001', certificateReady: true }],
  ['inspect', 'pass', {}],
  ['handOver', null, { receivedBy: '张伟' }],
];

/** What connectors answer at once. */
const ANSWERS: Record<string, Json> = {
  'outbound.issue': { number: 'CK202603-0001', issuedAt: '2026-03-02T09:00:00+08:00' },
  'payment.book': { amount: '168000.00', paid: '168000.00', payments: 1 },
  'register.find': { count: 0, row: null, version: null, rows: [] },
  'register.upsert': { key: 'SO-1', version: 1, row: {} },
  'sequence.next': { number: 1, period: '202603', text: 'SJ202603-0001' },
  'vehicle.deliver': { vin: 'LSVAA4187N2000001', model: '枫叶 60S', pledgedTo: null },
  'vehicle.reserve': { vin: 'LSVAA4187N2000001', model: '枫叶 60S', pledgedTo: null },
};

/** Measures the engine without any host. `seconds` is how long orders are played. */
export function measureEngine(definitions: string, seconds: number): EngineSpeed {
  const dealership = compileFolder(definitions).find(({ id }) => id === 'tianhe');
  if (dealership === undefined) throw new Error('the definitions have no dealership "tianhe"');
  const { transitionsPerSecond } = speedOf(playTasks(), seconds);
  return { transitionsPerSecond, orders: speedOf(playOrders(dealership), seconds), bigCase: measureBigCase() };
}

/** Plays a case again and again. `playOne` gives how many transitions it took. */
function speedOf(playOne: () => number, seconds: number): EngineSpeed['orders'] {
  for (let warm = 0; warm < 200; warm += 1) playOne();
  let cases = 0;
  let transitions = 0;
  const began = process.hrtime.bigint();
  const used = process.cpuUsage();
  while (secondsSince(began) < seconds) {
    transitions += playOne();
    cases += 1;
  }
  const { user, system } = process.cpuUsage(used);
  const took = (user + system) / 1e6;
  return { transitionsPerSecond: Math.round(transitions / took), casesPerSecond: Math.round(cases / took) };
}

const TASKS_IN_TURN = 10;

function playTasks(): () => number {
  const steps = Array.from({ length: TASKS_IN_TURN }, (_, at) => `  - { id: task${at}, userTask: { assign: { roles: [clerk] } } }\n`);
  const closure = closureOfTexts('turn', `process: turn\nsteps:\n${steps.join('')}`);
  return () => {
    const simulator = new CaseSimulator(closure, MONDAY_MS);
    simulator.start({ instanceKey: 'case', dealership: 'turn', businessKey: 'case', actor: EVERYBODY, variables: {} });
    for (let at = 0; at < TASKS_IN_TURN; at += 1) simulator.complete(`task${at}`, EVERYBODY);
    if (simulator.state.status !== 'completed') throw new Error('the tasks did not end');
    return simulator.events.length;
  };
}

function closureOfTexts(id: string, process: string): ModelClosure {
  const texts = [process, `duty: ${id}\nprocesses: [${id}]\n`, `dealership: ${id}\nduties: [${id}]\nroles: { clerk: [bench@tianhe] }\n`];
  const { dealerships } = compileDefinitions(
    texts.map((text, index) => ({ path: `${index}.yaml`, text })),
    compilePorts,
  );
  return closureOf(dealerships[id] as CompiledDealership, id);
}

function playOrders(dealership: CompiledDealership): () => number {
  const closure = closureOf(dealership, 'order-to-delivery');
  return () => {
    const simulator = new CaseSimulator(closure, MONDAY_MS);
    simulator.start({
      instanceKey: 'case',
      dealership: 'tianhe',
      businessKey: 'SO-1',
      actor: { user: 'starter', roles: [] },
      variables: { order: ORDER },
    });
    answerAll(simulator);
    for (const [step, outcome, data] of STEPS) {
      const actor = step === 'shipTime' ? { ...EVERYBODY, user: ORDER.salesman } : EVERYBODY;
      const refusal = simulator.complete(step, actor, outcome, data);
      if (refusal !== undefined) throw new Error(`${step}: ${refusal.message}`);
      answerAll(simulator);
    }
    if (simulator.state.status !== 'completed') throw new Error('the order did not end');
    return simulator.events.length;
  };
}

function answerAll(simulator: CaseSimulator): void {
  for (let [asked] = simulator.pending.values(); asked !== undefined; [asked] = simulator.pending.values()) {
    simulator.answer(asked.jobId, ANSWERS[asked.connector] ?? null);
  }
}

function secondsSince(began: bigint): number {
  return Number(process.hrtime.bigint() - began) / 1e9;
}

const BIG = `process: big
steps:
  - { id: each, forEach: { count: 998 }, userTask: { assign: { roles: [clerk] } } }
`;

function measureBigCase(): EngineSpeed['bigCase'] {
  const closure = closureOfTexts('big', BIG);
  const times: number[] = [];
  let tokens = 0;
  for (let round = 0; round < 20; round += 1) {
    const simulator = new CaseSimulator(closure, MONDAY_MS);
    simulator.start({ instanceKey: 'case', dealership: 'big', businessKey: 'case', actor: EVERYBODY, variables: {} });
    tokens = Object.keys(simulator.state.tokens).length;
    for (const { key: taskKey } of simulator.tasksOf('each').slice(0, 40)) {
      const began = process.hrtime.bigint();
      simulator.apply({ type: 'completeTask', actor: EVERYBODY, taskKey, outcome: null, data: {} });
      // the first rounds are for the compiler of the language
      if (round > 3) times.push(secondsSince(began) * 1_000);
    }
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => Number((times[Math.floor(times.length * share)] as number).toFixed(3));
  return { tokens, medianMs: at(0.5), p95Ms: at(0.95) };
}
