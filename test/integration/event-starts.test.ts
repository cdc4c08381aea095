import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { findDefinition, loadClosure, publishDealership } from '../../db/definition-repository';
import { suspendProcess } from '../../db/suspension-repository';
import { closureOf } from '../../engine/compile/closure';
import { compileDefinitions } from '../../engine/compile/compile';
import type { CompiledDealership } from '../../engine/compile/deployment';
import type { JsonObject } from '../../engine/json';
import { runScenario } from '../../engine/language/run-scenario';
import { readScenario } from '../../engine/language/scenario';
import { createSimulator } from '../../engine/simulate/simulator';
import { syncSchedules } from '../../server/schedules';
import { CLERK } from '../engine/graph';
import { ports } from '../language/definition-files';
import { recordHistory } from './histories';
import { LiveHost } from './live-host';
import { PatientConnectors } from './patient-connectors';
import { eventually, LiveCase, Rig } from './rig';

const order = `
process: order
title: 订单
key: =order.number
start:
  - { id: signed, message: { name: order.signed }, result: order }
variables: { order: { type: [object, "null"], properties: { number: { type: string } } } }
steps:
  - id: review
    userTask: { assign: { roles: [clerk] } }
`;

const waiter = `
process: waiter
title: 等待
variables: { day: { type: [string, "null"] } }
steps:
  - { id: closed, signal: day.closed, result: told }
  - id: count
    userTask: { assign: { roles: [clerk] } }
`;

const closing = `
process: closing
title: 日结
start:
  - { id: closed, signal: day.closed }
variables: { on: { type: [string, "null"] } }
steps:
  - id: close
    userTask: { assign: { roles: [clerk] } }
`;

const thrower = `
process: thrower
title: 通知
steps:
  - { id: tell, throw: { signal: { name: day.closed, variables: { on: "2026-03-02" } } } }
  - { id: after, userTask: { assign: { roles: [clerk] } } }
`;

const nightly = `
process: nightly
title: 夜间
start:
  - { id: night, timer: { cron: "0 2 * * *" } }
steps:
  - id: look
    userTask: { assign: { roles: [clerk] } }
`;

const monthly = `
process: monthly
title: 月末
start:
  - { id: monthEnd, timer: { cron: "0 18 L * *" } }
steps:
  - id: count
    userTask: { assign: { roles: [clerk] } }
`;

const opening = `
process: opening
title: 开门
start:
  - { id: doors, timer: { cron: "0 9 * * *", calendar: house } }
steps:
  - id: open
    userTask: { assign: { roles: [clerk] } }
`;

const caller = `
process: caller
title: 发起
variables: { number: { type: string, default: "D-1" } }
steps:
  - { id: begin, callActivity: { process: side, detached: true, input: { number: =number } } }
  - { id: after, userTask: { assign: { roles: [clerk] } } }
`;

const side = `
process: side
title: 附带
key: =number
variables: { number: { type: string } }
steps:
  - { id: work, userTask: { assign: { roles: [clerk] } } }
`;

const sender = `
process: sender
title: 发送
variables: { number: { type: string, default: "M-1" } }
steps:
  - { id: send, throw: { message: { name: papers.sent, key: =number, variables: { pages: 3 }, timeToLive: PT1H } } }
`;

const receiver = `
process: receiver
title: 接收
variables: { number: { type: string, default: "M-1" } }
steps:
  - { id: papers, message: { name: papers.sent, key: =number } }
  - { id: file, userTask: { assign: { roles: [clerk] } } }
`;

const chatty = `
process: chatty
title: 多话
variables: { turn: { type: integer, default: 0 } }
steps:
  - { id: count, scriptTask: { set: { turn: =turn + 1 } } }
  - { id: tell, throw: { message: { name: turn.made, key: =string(turn), timeToLive: PT1H } } }
  - id: again
    userTask: { assign: { roles: [clerk] }, outcomes: [more, enough] }
  - { id: loop, if: =again.outcome = "more", scriptTask: { set: { turn: =turn } }, next: count }
`;

const bigOrder = `
process: big-order
title: 大单
start:
  - { id: big, condition: =order.amount > 100000 }
variables: { order: { type: object, properties: { amount: { type: number } } } }
steps:
  - { id: advise, userTask: { assign: { roles: [clerk] } } }
`;

const refill = `
process: refill
title: 补货
key: =part
variables: { part: { type: string }, stock: { type: number }, least: { type: number, default: 3 } }
nodes:
  - { id: low, startEvent: { condition: =stock < least } }
  - { id: odd, startEvent: { condition: =odd } }
  - { id: buy, userTask: { assign: { roles: [clerk] } } }
flows:
  - { from: low, to: buy }
  - { from: odd, to: buy }
additionalVariables: true
`;

const processes = {
  'big-order': bigOrder,
  refill,
  chatty,
  order,
  waiter,
  closing,
  thrower,
  nightly,
  monthly,
  opening,
  caller,
  side,
  sender,
  receiver,
};
const documents = {
  ...processes,
  house: 'calendar: house\ntitle: 展厅\nhours: { mon-sun: "09:00-18:00" }\nopen: { days: [tue-sun] }\n',
  duty: `duty: all\ntitle: 全部\nprocesses: [${Object.keys(processes).join(', ')}]\ncovers: ["1.0"]\n`,
  dealership: 'dealership: tianhe\ntitle: 天河\nduties: [all]\nroles: { clerk: [clerk@tianhe] }\n',
};

function compiled(): CompiledDealership {
  const files = Object.entries(documents).map(([name, text]) => ({ path: `${name}.yaml`, text: text.trimStart() }));
  const { findings, dealerships } = compileDefinitions(files, ports);
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  return dealerships['tianhe'] as CompiledDealership;
}

const dealership = compiled();
let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
  await publishDealership(rig.db, dealership);
});
afterAll(() => rig.stop());

const begin = (process: string, variables = {}): Promise<LiveCase> => rig.begin(closureOf(dealership, process), variables);

interface Row {
  instance_key: string;
  business_key: string;
  started_by: string;
  state: string;
}

const cases = (process: string): Promise<Row[]> =>
  rig.db.tenant('tianhe', (trx) => trx.query<Row>('select * from process_instance where process_id = $1 order by started_at', [process]));

const putSuspension = (processId: string) =>
  rig.db.tenant('tianhe', (trx) => suspendProcess(trx, { id: randomUUID(), dealership: 'tianhe', processId, reason: null, actor: CLERK }));

const publish = (name: string, correlationKey: string, variables = {}, timeToLiveMs = 0, messageId: string = randomUUID()) =>
  rig.gateway.publish({ dealership: 'tianhe', messageId, name, correlationKey, variables, timeToLiveMs, actor: CLERK });

describe('a message start', () => {
  it('begins a case, once for each message; while its business key is taken the message waits', async () => {
    const first = randomUUID();
    const said = await publish('order.signed', 'x', { number: 'SO-1' }, 0, first);
    expect(said).toEqual({ state: 'CORRELATED', processInstanceKey: expect.any(String) });
    expect(await publish('order.signed', 'x', { number: 'SO-1' }, 0, first)).toEqual(said);
    expect(await cases('order')).toMatchObject([{ business_key: 'SO-1', started_by: 'clerk@tianhe', state: 'ACTIVE' }]);
    const running = { processInstanceKey: null, reason: 'a case with this business key is running: "tianhe:order:SO-1"' };
    expect(await publish('order.signed', 'x', { number: 'SO-1' })).toEqual({ state: 'EXPIRED', ...running });
    expect(await publish('order.signed', 'x', { number: 'SO-1' }, 600_000)).toEqual({ state: 'BUFFERED', ...running });
    const wrong = await publish('order.signed', 'x', { number: 2 });
    expect(wrong).toMatchObject({ state: 'EXPIRED', reason: '"order.number" has to be a text, and is 2' });
    const key = said.processInstanceKey as string;
    const begun = new LiveCase(rig, { workflowId: 'tianhe:order:SO-1', instanceKey: key }, closureOf(dealership, 'order'));
    expect((await begun.act({ type: 'cancelInstance', actor: CLERK, reason: null })).kind).toBe('applied');
    await eventually(
      () => cases('order'),
      (rows) => rows.length === 2,
    );
    expect((await cases('order')).map(({ state }) => state)).toEqual(['CANCELED', 'ACTIVE']);
  });
});

describe('a signal', () => {
  it('is heard by every case that waits for it, starts what begins with it, and is not kept', async () => {
    const [one, two] = [await begin('waiter'), await begin('waiter')];
    const throwing = await begin('thrower');
    await recordHistory(throwing, 'signal-thrown');
    for (const live of [one, two]) await eventually(live.openSteps.bind(live), (open) => open.join() === 'count');
    expect((await one.state()).scopes['1']?.variables['told']).toEqual({ on: '2026-03-02' });
    await eventually(
      () => cases('closing'),
      (rows) => rows.length === 1,
    );
    const [started] = await cases('closing');
    expect(started).toMatchObject({ state: 'ACTIVE', started_by: `case:${throwing.address.instanceKey}` });
    const variables = await rig.db.tenant('tianhe', (trx) =>
      trx.query('select name, value from variable where scope_key = $1', [started?.instance_key]),
    );
    expect(variables).toContainEqual({ name: 'on', value: '2026-03-02' });
    const late = await begin('waiter');
    expect(await late.openSteps()).toEqual([]);
    await rig.gateway.broadcast({ dealership: 'tianhe', signalId: 'again', name: 'day.closed', variables: {}, actor: CLERK });
    await rig.gateway.broadcast({ dealership: 'tianhe', signalId: 'again', name: 'day.closed', variables: {}, actor: CLERK });
    await eventually(late.openSteps.bind(late), (open) => open.join() === 'count');
    await eventually(
      () => cases('closing'),
      (rows) => rows.length === 2,
    );
  });
});

describe('a start by a condition', () => {
  const evaluate = (variables: JsonObject, more: { evaluationId?: string; businessKey?: string; processId?: string } = {}) =>
    rig.gateway.evaluateConditions({ dealership: 'tianhe', evaluationId: randomUUID(), variables, actor: CLERK, ...more });

  it('begins a case in each process whose condition is true, with what was handed in, and once for each evaluation', async () => {
    const asked = { order: { amount: 100001 }, part: 'P-1', stock: 2, other: 1 };
    const evaluationId = randomUUID();
    const said = await evaluate(asked, { evaluationId, businessKey: 'B-1' });
    expect(said.started.map(({ processId, nodeId }) => `${processId} ${nodeId}`)).toEqual(['big-order big', 'refill low']);
    expect(said.notStarted).toEqual([]);
    expect(await evaluate(asked, { evaluationId, businessKey: 'B-1' })).toEqual(said);
    const [big, low] = [await cases('big-order'), await cases('refill')];
    expect(big).toMatchObject([
      { instance_key: said.started[0]?.instanceKey, business_key: 'B-1', started_by: 'clerk@tianhe', state: 'ACTIVE' },
    ]);
    expect(low).toMatchObject([{ business_key: 'P-1', state: 'ACTIVE' }]);
    const variables = (key: string | undefined) =>
      rig.db.tenant('tianhe', (trx) => trx.query('select name, value from variable where scope_key = $1 order by name', [key]));
    expect(await variables(big[0]?.instance_key)).toEqual([{ name: 'order', value: { amount: 100001 } }]);
    expect(await variables(low[0]?.instance_key)).toContainEqual({ name: 'other', value: 1 });
    const live = new LiveCase(
      rig,
      { workflowId: 'tianhe:big-order:B-1', instanceKey: big[0]?.instance_key ?? '' },
      closureOf(dealership, 'big-order'),
    );
    expect(await live.openSteps()).toEqual(['advise']);
  });

  it('begins nothing where no condition is true, and says which one is true or fails and begins none', async () => {
    expect(await evaluate({ order: { amount: 100000 } })).toEqual({ started: [], notStarted: [] });
    expect(await evaluate({ order: { amount: 100001 } }, { processId: 'refill' })).toEqual({ started: [], notStarted: [] });
    const taken = await evaluate({ part: 'P-1', stock: 1, odd: 'yes' });
    expect(taken.notStarted).toEqual([
      { processId: 'refill', nodeId: 'odd', code: 'expression-failed' },
      { processId: 'refill', nodeId: 'low', code: 'business-key-taken' },
    ]);
    const numbers = await evaluate({ order: { amount: 200000 }, part: 7, stock: 1 });
    expect(numbers.started).toMatchObject([{ processId: 'big-order' }]);
    expect(numbers.notStarted).toMatchObject([{ processId: 'refill', nodeId: 'low' }]);
    await putSuspension('big-order');
    expect(await evaluate({ order: { amount: 200000 } })).toEqual({
      started: [],
      notStarted: [{ processId: 'big-order', nodeId: 'big', code: 'process-suspended' }],
    });
  });

  it('begins a scenario on the real server as it does in virtual time', async () => {
    const text =
      'scenario: low\nprocess: refill\ndealership: tianhe\nevaluate: { part: P-5, stock: 1 }\nsteps:\n  - expect: { tasks: [buy], variables: { stock: 1 } }\n';
    const { scenario } = readScenario({ path: 's.yaml', text });
    if (scenario === undefined) throw new Error('there is no scenario');
    for (const host of [new LiveHost(rig, dealership, new PatientConnectors()), createSimulator(dealership)]) {
      expect((await runScenario(scenario, dealership, host)).failures).toEqual([]);
      const none = { ...scenario, evaluate: { stock: 4 }, refused: 'condition-not-true' };
      expect((await runScenario(none, dealership, host)).failures).toEqual([]);
    }
  });

  it('goes on where the worker was away: what was asked is asked no second time', async () => {
    await rig.stopWorker();
    const evaluationId = randomUUID();
    const asking = evaluate({ part: 'P-9', stock: 0 }, { evaluationId });
    await rig.startWorker();
    expect((await asking).started).toMatchObject([{ processId: 'refill', nodeId: 'low' }]);
    expect((await evaluate({ part: 'P-9', stock: 0 }, { evaluationId })).started).toEqual((await asking).started);
    expect((await cases('refill')).filter(({ business_key: key }) => key === 'P-9')).toHaveLength(1);
  });
});

describe('a timer start', () => {
  it('is held by a Schedule, and starts one case for each nominal time', async () => {
    const logger = pino({ level: 'silent' });
    const sync = () => syncSchedules({ db: rig.db, client: rig.client, taskQueue: rig.taskQueue, logger });
    expect(await sync()).toBe(3);
    expect(await sync()).toBe(0);
    const handle = rig.client.schedule.getHandle('tianhe:nightly:night');
    expect((await handle.describe()).info.nextActionTimes).not.toEqual([]);
    const nominal = new Date(Date.now() - 3 * 86_400_000);
    await handle.backfill({ start: nominal, end: new Date(nominal.getTime() + 2 * 86_400_000), overlap: 'ALLOW_ALL' });
    await eventually(
      () => cases('nightly'),
      (rows) => rows.length === 2,
    );
    await handle.backfill({ start: nominal, end: new Date(nominal.getTime() + 2 * 86_400_000), overlap: 'ALLOW_ALL' });
    await handle.trigger('ALLOW_ALL');
    const rows = await eventually(
      () => cases('nightly'),
      (found) => found.length === 3,
    );
    expect(rows[0]).toMatchObject({ business_key: expect.stringMatching(/^night \d{4}-\d\d-\d\dT02:00:00\+08:00$/), started_by: 'system' });
    await handle.delete();
  });

  it('knows the last day of a month, and the days on which the house is closed', async () => {
    // March 2026: the 1st is a Sunday, the 31st a Tuesday
    const march = { start: new Date('2026-03-01T00:00:00Z'), end: new Date('2026-04-01T00:00:00Z'), overlap: 'ALLOW_ALL' as const };
    for (const [process, start, count] of [
      ['monthly', 'monthEnd', 1],
      ['opening', 'doors', 26],
    ] as const) {
      const handle = rig.client.schedule.getHandle(`tianhe:${process}:${start}`);
      await handle.backfill(march);
      const workflows = () =>
        rig.client.workflow.count(`WorkflowId STARTS_WITH "tianhe:${process}:${start}" AND ExecutionStatus = "Completed"`);
      await eventually(workflows, ({ count: ended }) => ended >= (process === 'monthly' ? 4 : 31));
      expect(await cases(process)).toHaveLength(count);
      await handle.delete();
    }
    const keys = [...(await cases('monthly')), ...(await cases('opening'))].map(({ business_key: key }) => key);
    expect(keys).toContain('monthEnd 2026-03-31T18:00:00+08:00');
    expect(keys.filter((key) => key.startsWith('doors 2026-03-02'))).toEqual([]);
  });
});

describe('a detached call', () => {
  it('starts a case of its own and goes on at once; where the business key is taken it waits', async () => {
    const live = await begin('caller');
    expect(await live.openSteps()).toEqual(['after']);
    await eventually(
      () => cases('side'),
      (rows) => rows.length === 1,
    );
    const [started] = await cases('side');
    expect(started).toMatchObject({ business_key: 'D-1', state: 'ACTIVE', started_by: `case:${live.address.instanceKey}` });
    expect(await live.row()).toMatchObject({ state: 'ACTIVE' });
    await recordHistory(live, 'detached-call');
    const second = await begin('caller');
    const starter = await eventually(async () => {
      const state = await second.records();
      return state.find((record) => record.type === 'detachedStarted');
    });
    const key = starter?.type === 'detachedStarted' ? starter.key : '';
    const handle = rig.client.workflow.getHandle(`tianhe:start:${key}`);
    await eventually(async () => (await handle.describe().catch(() => undefined))?.status.name === 'RUNNING');
    expect(await cases('side')).toHaveLength(1);
    await handle.terminate();
  });
});

describe('a message that a case throws', () => {
  it('reaches one that waits, also where it comes early', async () => {
    const waiting = await begin('receiver', { number: 'M-1' });
    await begin('sender', { number: 'M-1' });
    await eventually(waiting.openSteps.bind(waiting), (open) => open.join() === 'file');
    expect((await waiting.state()).scopes['1']?.variables['papers']).toEqual({ pages: 3 });
    const sending = await begin('sender', { number: 'M-2' });
    await sending.handle.result();
    await eventually(async () => {
      const rows = await rig.db.tenant('tianhe', (trx) =>
        trx.query("select from message where correlation_key = 'M-2' and state = 'BUFFERED'"),
      );
      return rows.length === 1;
    });
    const late = await begin('receiver', { number: 'M-2' });
    await eventually(late.openSteps.bind(late), (open) => open.join() === 'file');
  });
});

it('publishes closures that can be read again', async () => {
  const closure = await rig.db.tenant('tianhe', async (trx) => {
    const definition = await findDefinition(trx, 'tianhe', 'caller');
    return definition === undefined ? undefined : loadClosure(trx, 'tianhe', definition);
  });
  expect(Object.keys(closure?.processes ?? {}).sort()).toEqual(['caller', 'side']);
});

describe('a long case', () => {
  it('loses no errand, and does none twice, where it continues as a new run', async () => {
    const short = await Rig.start({ updatesPerRun: 2 });
    try {
      await publishDealership(short.db, dealership);
      const live = await short.begin(closureOf(dealership, 'chatty'));
      for (let round = 1; round <= 7; round++) {
        const steps = await eventually(live.openSteps.bind(live), (open) => open.join() === 'again');
        expect(steps).toEqual(['again']);
        expect((await live.complete('again', CLERK, round === 7 ? 'enough' : 'more')).kind).toBe('applied');
      }
      expect(await live.handle.result()).toMatchObject({ status: 'completed' });
      const told = await eventually(
        () =>
          short.db.tenant('tianhe', (trx) =>
            trx.query<{ correlation_key: string }>('select correlation_key from message order by published_at'),
          ),
        (rows) => rows.length === 7,
      );
      expect(told.map(({ correlation_key: key }) => Number(key)).sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    } finally {
      await short.stop();
    }
  });
});
