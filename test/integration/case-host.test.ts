import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { archiveEndedCases, type CaseFailure, readArchive } from '../../server/history-archive';
import { fastForward } from '../../server/rehearsal';
import { wakeMessage } from '../../server/temporal-gateway';
import { endTerminatedCases } from '../../server/terminated-cases';
import {
  boundary,
  CLERK,
  call,
  closureOf,
  exclusive,
  feel,
  graph,
  parallel,
  pause,
  receive,
  SALESMAN,
  service,
  task,
} from '../engine/graph';
import { recordHistory } from './histories';
import { DEALERSHIP, eventually, Rig } from './rig';

const HOUR_MS = 3_600_000;
const fail = ({ error }: CaseFailure) => {
  throw error;
};

const order = closureOf(
  graph(
    'order',
    'start -> review\nreview -> which\nwhich -> split ? review.ok\nwhich -> end\nsplit -> a\nsplit -> b\na -> join\nb -> join\njoin -> end',
    {
      review: task({
        result: 'review',
        due: { after: 'PT1H' },
        overdue: [{ id: 'urge', after: 'PT1H', every: 'PT1H', times: 2, action: { kind: 'urge' } }],
      }),
      which: exclusive('which>end'),
      split: parallel(),
      a: task({ result: 'a' }),
      b: task({ result: 'b' }),
      join: parallel(),
    },
  ),
);

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterAll(() => rig.stop());

describe('requests', () => {
  it('are answered with rows that their caller can read', async () => {
    const live = await rig.begin(order);
    expect(await live.openSteps()).toEqual(['review']);
    await live.complete('review', CLERK, null, { ok: true });
    expect(await live.openSteps()).toEqual(['a', 'b']);
    await Promise.all([live.complete('a', CLERK), live.complete('b', CLERK)]);
    expect(await live.row()).toMatchObject({ state: 'COMPLETED', end_name: 'done' });
    expect(await live.handle.result()).toEqual({ status: 'completed', end: 'done' });
  });

  it('are refused with the reason of the engine and leave nothing in the history', async () => {
    const live = await rig.begin(order);
    const before = (await live.handle.describe()).historyLength;
    const stranger = { user: 'x@tianhe', roles: [] };
    expect(await live.complete('review', stranger)).toMatchObject({ kind: 'refused', refusal: { code: 'not-a-candidate' } });
    expect((await live.handle.describe()).historyLength).toBe(before);
  });

  it('that are sent twice under one id are applied once, and answered the same, before and after the end', async () => {
    const live = await rig.begin(order);
    const [review] = await live.tasks('review');
    const request = { type: 'completeTask', actor: CLERK, taskKey: review?.key as string, outcome: null, data: { ok: false } } as const;
    const answers = await Promise.all(['same', 'same', 'same'].map((id) => live.send(request, id)));
    await live.write(answers[0] as (typeof answers)[0]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    await live.handle.result();
    expect(await live.send(request, 'same')).toEqual(answers[0]);
    expect(await live.send(request, 'other')).toEqual({ kind: 'gone' });
  });

  it('of an ended case are answered though its business key has gone to a later one', async () => {
    const live = await rig.begin(order);
    const { address, closure } = live;
    const [review] = await live.tasks('review');
    const request = { type: 'completeTask', actor: CLERK, taskKey: review?.key as string, outcome: null, data: { ok: false } } as const;
    // the case ends, and the API dies before it writes the rows
    await live.send(request, 'the-last');
    await live.handle.result();
    const later = { updateId: 'later', repeated: false, processId: 'order', title: '', dealership: DEALERSHIP, actor: SALESMAN };
    const laterAddress = { ...address, instanceKey: 'later' };
    await rig.gateway.start({ ...later, businessKey: 'x', variables: {}, closure, address: laterAddress });
    await eventually(
      () => rig.gateway.journal(address, 2),
      (batches) => batches.map(({ sequence }) => sequence).join() === '2',
    );
    expect(await live.send(request, 'the-last')).toEqual({ kind: 'applied', outcome: { sequence: 2, batch: null } });
    expect(await live.send(request, 'never-sent')).toMatchObject({ kind: 'refused', refusal: { code: 'instance-not-active' } });
  });

  it('start one case only, however often the start is repeated, and no second one under a running business key', async () => {
    const live = await rig.begin(order);
    const { address, closure } = live;
    const start = {
      updateId: `start-${address.instanceKey}`,
      repeated: true,
      processId: 'order',
      title: '',
      dealership: DEALERSHIP,
      actor: SALESMAN,
      businessKey: 'x',
      variables: {},
      closure,
    };
    expect(await rig.gateway.start({ ...start, address })).toMatchObject({ kind: 'applied', outcome: { sequence: 1 } });
    const second = { ...start, repeated: false, updateId: 'another', address: { ...address, instanceKey: 'another' } };
    expect(await rig.gateway.start(second)).toEqual({ kind: 'business-key-taken' });
    await live.complete('review', CLERK, null, { ok: false });
    await live.handle.result();
    expect(await rig.gateway.start({ ...start, address })).toMatchObject({ kind: 'applied', outcome: { sequence: 1 } });
    expect((await live.handle.describe()).status.name).toBe('COMPLETED');
  });
});

describe('timers', () => {
  it('urge an overdue task in virtual time and leave it open', async () => {
    const live = await rig.begin(order);
    await fastForward(rig.client, live.address.workflowId, 2 * HOUR_MS + 1_000);
    await eventually(live.records.bind(live), (records) => records.filter(({ type }) => type === 'taskUrged').length === 1);
    await fastForward(rig.client, live.address.workflowId, HOUR_MS);
    const records = await eventually(live.records.bind(live), (seen) => seen.filter(({ type }) => type === 'taskUrged').length === 2);
    expect(records.at(-1)).toMatchObject({ type: 'taskUrged', actor: 'system', task: { urgedCount: 2, state: 'CREATED' } });
    await live.complete('review', CLERK, null, { ok: false });
    expect(await live.row()).toMatchObject({ state: 'COMPLETED' });
  });

  it('interrupt, and what the caller left unwritten is written by the case itself', async () => {
    const model = graph('late', 'start -> a\na -> b\nb -> end\nlate -> c\nc -> end', {
      a: task({ result: 'a' }),
      b: task({ result: 'b' }),
      c: task({ result: 'c' }),
      late: boundary('b', { kind: 'timer', timer: { after: 'PT1H' } }),
    });
    const live = await rig.begin(closureOf(model));
    const [first] = await live.tasks('a');
    // an API that died before it wrote the rows
    await live.send({ type: 'completeTask', actor: CLERK, taskKey: first?.key as string, outcome: null, data: {} });
    expect(await live.openSteps()).toEqual(['a']);
    await fastForward(rig.client, live.address.workflowId, HOUR_MS + 1_000);
    await eventually(live.openSteps.bind(live), (open) => open.join() === 'c');
    await recordHistory(live, 'gap-filled-by-the-case');
    expect((await live.row()).applied_sequence).toBe(3);
  });
});

describe('connectors', () => {
  let carrier: Server;
  let url: string;
  const calls: { key: string | undefined; body: string }[] = [];
  let answers: number[] = [];
  beforeAll(async () => {
    carrier = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        calls.push({ key: request.headers['idempotency-key'] as string | undefined, body });
        const status = answers.shift() ?? 200;
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ price: '1500.00' }));
      });
    });
    await new Promise<void>((resolve) => carrier.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(carrier.address() as AddressInfo).port}/quotes`;
  });
  afterAll(() => new Promise((resolve) => carrier.close(resolve)));
  beforeEach(() => {
    calls.length = 0;
    answers = [];
  });

  const asking = (more = {}, lines = '') =>
    closureOf(
      graph('ask', `start -> ask\nask -> after\nafter -> end\n${lines}`, {
        ask: { ...service({ url, body: { from: '广州' } }), connector: 'http.request' } as ReturnType<typeof service>,
        after: task({ result: 'after' }),
        ...more,
      }),
    );

  it('are tried again with one key until they answer', async () => {
    answers = [503, 429];
    const live = await rig.begin(asking());
    await eventually(live.openSteps.bind(live), (open) => open.join() === 'after');
    expect(calls).toHaveLength(3);
    expect(new Set(calls.map(({ key }) => key)).size).toBe(1);
    expect(JSON.parse(calls[0]?.body as string)).toEqual({ from: '广州' });
    const { variables } = Object.values((await live.state()).scopes)[0] as { variables: Record<string, unknown> };
    expect(variables['output']).toEqual({ status: 200, body: { price: '1500.00' } });
  });

  it('throw a BPMN error that a boundary event catches, without another try', async () => {
    answers = [422];
    const more = { refused: boundary('ask', { kind: 'error', code: 'http.422' }), mend: task({ result: 'mend' }) };
    const live = await rig.begin(asking(more, 'refused -> mend\nmend -> end'));
    await eventually(live.openSteps.bind(live), (open) => open.join() === 'mend');
    expect(calls).toHaveLength(1);
  });

  it('raise an incident when their attempts are spent, which somebody resolves', async () => {
    answers = [500, 500, 500];
    const live = await rig.begin(asking());
    const records = await eventually(live.records.bind(live), (seen) => seen.some(({ type }) => type === 'incidentOpened'));
    const opened = records.find((record) => record.type === 'incidentOpened');
    expect(opened).toMatchObject({ elementId: 'ask', incident: { code: 'connector-failed', message: expect.stringContaining('500') } });
    const incidentKey = opened?.type === 'incidentOpened' ? opened.incident.key : '';
    await live.act({ type: 'resolveIncident', actor: CLERK, incidentKey, variables: {} });
    await eventually(live.openSteps.bind(live), (open) => open.join() === 'after');
    expect(new Set(calls.map(({ key }) => key)).size).toBe(1);
  });
});

describe('messages', () => {
  const paid = closureOf(
    graph('paid', 'start -> first\nfirst -> wait\nwait -> end', {
      first: task({ result: 'first' }),
      wait: receive('payment', 'case.businessKey', 'payment'),
    }),
  );
  const message = (correlationKey: string, timeToLiveMs: number) => ({
    dealership: DEALERSHIP,
    messageId: `m-${correlationKey}`,
    name: 'payment',
    correlationKey,
    variables: { amount: '1.00' },
    timeToLiveMs,
    actor: CLERK,
  });

  it('reach the case that awaits them, once', async () => {
    const live = await rig.begin(paid);
    await live.complete('first', CLERK);
    const { instanceKey } = live.address;
    const answer = await rig.gateway.publish(message(instanceKey, 0));
    expect(answer).toEqual({ state: 'CORRELATED', processInstanceKey: instanceKey });
    expect(await live.row()).toMatchObject({ state: 'COMPLETED' });
    expect(await rig.gateway.publish(message(instanceKey, 0))).toEqual(answer);
    expect((await live.records()).filter(({ type }) => type === 'messageReceived')).toHaveLength(1);
  });

  it('that come early are kept until a case awaits them', async () => {
    const live = await rig.begin(paid);
    const { instanceKey } = live.address;
    expect(await rig.gateway.publish(message(instanceKey, 60_000))).toEqual({ state: 'BUFFERED', processInstanceKey: null });
    const answer = await live.complete('first', CLERK);
    expect(answer.kind).toBe('applied');
    await wakeMessage(rig.client, { dealership: DEALERSHIP, messageId: `m-${instanceKey}` });
    await eventually(live.row.bind(live), (row) => row.state === 'COMPLETED');
  });

  it('that nobody awaits expire', async () => {
    expect(await rig.gateway.publish(message('nobody', 0))).toEqual({ state: 'EXPIRED', processInstanceKey: null });
  });
});

describe('long cases', () => {
  const loop = closureOf(
    graph('loop', 'start -> again\nagain -> which\nwhich -> again ? again.more\nwhich -> end', {
      again: task({ result: 'again' }),
      which: exclusive('which>end'),
    }),
  );

  it('continue as new runs, remember what they have processed, and archive each run', async () => {
    const short = await Rig.start({ updatesPerRun: 4 });
    try {
      const live = await short.begin(loop);
      const [first] = await live.tasks('again');
      const request = { type: 'completeTask', actor: CLERK, taskKey: first?.key as string, outcome: null, data: { more: true } } as const;
      await live.act(request, 'the-first');
      for (let turn = 0; turn < 12; turn += 1)
        expect(await live.complete('again', CLERK, null, { more: true })).toMatchObject({ kind: 'applied' });
      const firstRun = (await live.rig.db.tenant(DEALERSHIP, (trx) => trx.query<{ run_id: string }>('select run_id from run_history')))[0];
      expect((await live.handle.describe()).runId).not.toBe(firstRun?.run_id);
      expect(await live.send(request, 'the-first')).toEqual({ kind: 'applied', outcome: { sequence: 2, batch: null } });
      await live.complete('again', CLERK, null, { more: false });
      expect(await live.row()).toMatchObject({ state: 'COMPLETED', applied_sequence: 15 });
      await live.handle.result();
      await recordHistory(live, 'third-run');
      await eventually(
        async () => {
          await archiveEndedCases(short.db, short.client, fail);
          return (await readArchive(short.db, DEALERSHIP, live.address.instanceKey)).length;
        },
        (runs) => runs >= 3,
      );
    } finally {
      await short.stop();
    }
  });

  it('lose and double nothing where many requests meet the change of run', async () => {
    const short = await Rig.start({ updatesPerRun: 5 });
    try {
      const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`t${i}`, task({ result: `t${i}` })]));
      const lines = Object.keys(many)
        .map((id) => `split -> ${id}\n${id} -> join`)
        .join('\n');
      const live = await short.begin(
        closureOf(graph('many', `start -> split\n${lines}\njoin -> end`, { split: parallel(), join: parallel(), ...many })),
      );
      const tasks = await live.tasks();
      const answers = await Promise.all(
        tasks.map(({ key }) => live.act({ type: 'completeTask', actor: CLERK, taskKey: key, outcome: null, data: {} }, `complete-${key}`)),
      );
      expect(answers.every(({ kind }) => kind === 'applied')).toBe(true);
      expect(await live.row()).toMatchObject({ state: 'COMPLETED' });
      expect((await live.records()).filter(({ type }) => type === 'taskCompleted')).toHaveLength(30);
    } finally {
      await short.stop();
    }
  });

  it('hand a connector that will not end to the next run, with its key', async () => {
    const keys: (string | undefined)[] = [];
    const slow = createServer((request, response) => {
      keys.push(request.headers['idempotency-key'] as string | undefined);
      // the first attempt never answers; the next run asks again
      if (keys.length > 1) response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
    const short = await Rig.start({ updatesPerRun: 3, connectorGraceMs: 1_000 });
    try {
      const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/`;
      const ask = { ...service({ url }), connector: 'http.request', timeout: { attempt: 'PT5M', total: 'P1D' } } as ReturnType<
        typeof service
      >;
      const again = task({ result: 'again' });
      const lines =
        'start -> split\nsplit -> ask\nsplit -> again\nagain -> which\nwhich -> again ? again.more\nwhich -> join\nask -> join\njoin -> end';
      const model = graph('slow', lines, { split: parallel(), join: parallel(), ask, again, which: exclusive('which>join') });
      const live = await short.begin(closureOf(model));
      const firstRun = (await live.handle.describe()).runId;
      for (let turn = 0; turn < 3; turn += 1) await live.complete('again', CLERK, null, { more: true });
      await eventually(
        async () => (await live.handle.describe()).runId,
        (runId) => runId !== firstRun,
      );
      await eventually(
        async () => keys.length,
        (count) => count === 2,
      );
      expect(keys[0]).toBe(keys[1]);
      await live.complete('again', CLERK, null, { more: false });
      await eventually(live.row.bind(live), (row) => row.state === 'COMPLETED');
    } finally {
      slow.closeAllConnections();
      slow.close();
      await short.stop();
    }
  }, 120_000);

  it('goes on after its worker was away, with timers and called processes', async () => {
    const outer = graph('outer', 'start -> sub\nsub -> wait\nwait -> end', { sub: call('inner'), wait: pause('PT1H') });
    const inner = graph('inner', 'start -> a\na -> end', { a: task({ result: 'a' }) }, { result: feel('a') });
    const live = await rig.begin(closureOf(outer, inner));
    await rig.stopWorker();
    const [open] = await live.tasks('a');
    const request = { type: 'completeTask', actor: CLERK, taskKey: open?.key as string, outcome: null, data: { n: 1 } } as const;
    const answer = live.act(request, 'while-away');
    await rig.startWorker();
    expect(await answer).toMatchObject({ kind: 'applied' });
    await fastForward(rig.client, live.address.workflowId, HOUR_MS + 1_000);
    await eventually(live.row.bind(live), (row) => row.state === 'COMPLETED');
  });
});

describe('operators', () => {
  it('that cancel in Temporal cancel the case with its rows', async () => {
    const live = await rig.begin(order);
    await live.handle.cancel();
    await eventually(live.row.bind(live), (row) => row.state === 'CANCELED');
    expect(await live.openSteps()).toEqual([]);
    await live.handle.result();
    await recordHistory(live, 'canceled-in-temporal');
  });

  it('that terminate in Temporal end the case in the rows', async () => {
    const live = await rig.begin(order);
    const [review] = await live.tasks('review');
    // an API that died before it wrote the rows
    await live.send({ type: 'completeTask', actor: CLERK, taskKey: review?.key as string, outcome: null, data: { ok: true } });
    const sinceMs = Date.now();
    await live.handle.terminate('an operator');
    await eventually(
      async () => {
        await endTerminatedCases(rig, sinceMs, fail);
        return live.row();
      },
      ({ state }) => state === 'TERMINATED',
    );
    expect(await live.openSteps()).toEqual([]);
    expect((await live.records()).map(({ type }) => type)).toEqual(expect.arrayContaining(['taskCompleted', 'instanceTerminated']));
    expect(await endTerminatedCases(rig, sinceMs, fail)).toBe(0);
  });

  it('read in Temporal where a case stands', async () => {
    const live = await rig.begin(order);
    const metadata = (await live.handle.query('__temporal_workflow_metadata')) as { currentDetails?: string };
    expect(metadata.currentDetails).toContain('review');
  });
});
