import { SWEEP_AFTER_MS } from '../../db/command-repository';
import { putMessage } from '../../db/message-repository';
import { catchUp } from '../../server/catch-up';
import { startSweeper, sweep } from '../../server/sweeper';
import { completing } from './memory-gateway';
import { createTestApi, type TestApi } from './support';

let api: TestApi;
let nowMs = Date.now();
beforeAll(async () => {
  api = await createTestApi();
  api.parts.clock = () => nowMs;
  api.gateway.onAct = completing;
});
afterAll(() => api.drop());

const done = { outcome: 'approve', variables: { creditChecked: true } };
const states = (key: string) => api.system('select state, sweeps from command where idempotency_key = $1', [key]);

it('writes what an API that died left unwritten; the repeat of the key then gets the answer', async () => {
  const { review, instanceKey } = await api.order('SW-1');
  const clerk = await api.as('clerk@tianhe');
  api.gateway.lose = 'answer';
  expect((await clerk.post(`/v1/user-tasks/${review}/completion`, done).set('Idempotency-Key', 'sw-1')).status).toBe(503);
  api.gateway.lose = 'nothing';
  expect(await sweep(api.parts)).toEqual({ commands: 0, batches: 0, messages: 0 });
  nowMs += SWEEP_AFTER_MS + 1000;
  expect(await sweep(api.parts)).toEqual({ commands: 1, batches: 1, messages: 0 });
  expect(await api.system('select state from user_task where task_key = $1', [review])).toEqual([{ state: 'COMPLETED' }]);
  expect(await states('sw-1')).toEqual([{ state: 'PENDING', sweeps: 1 }]);
  expect(await sweep(api.parts)).toMatchObject({ commands: 0 });
  const answer = await clerk.post(`/v1/user-tasks/${review}/completion`, done).set('Idempotency-Key', 'sw-1');
  expect([answer.status, answer.body.next.length]).toEqual([200, 1]);
  expect(await api.system(`select 1 from audit_event where root_key = $1 and type = 'taskCompleted'`, [instanceKey])).toHaveLength(1);
});

it('closes a start that never happened, and a repetition still starts it', async () => {
  const salesman = await api.as('salesman@tianhe');
  const body = { processDefinitionId: 'order-to-delivery', variables: { number: 'SW-2', amount: '1.00' } };
  api.gateway.lose = 'request';
  expect((await salesman.post('/v1/process-instances', body).set('Idempotency-Key', 'sw-2')).status).toBe(503);
  api.gateway.lose = 'nothing';
  for (let look = 0; look < 6; look++) {
    nowMs += 7 * 3_600_000;
    await sweep(api.parts);
  }
  expect(await states('sw-2')).toEqual([{ state: 'CLOSED', sweeps: 5 }]);
  nowMs = Date.now();
  const answer = await salesman.post('/v1/process-instances', body).set('Idempotency-Key', 'sw-2');
  expect(answer.status).toBe(201);
});

it('sends matched messages on again that nobody delivered', async () => {
  const { workflowId } = await api.order('SW-3');
  const builder = api.gateway.cases.get(workflowId)!;
  api.gateway.journals
    .get(workflowId)!
    .push(builder.batch({ type: 'messageSubscribed', subscription: builder.subscription('payment.received', 'SW-3') }));
  const message = {
    dealership: 'tianhe',
    messageId: 'm3',
    name: 'payment.received',
    correlationKey: 'SW-3',
    variables: {},
    actor: { user: 'f', roles: [] },
    timeToLiveMs: 60_000,
  };
  await api.db.tenant('tianhe', (trx) => putMessage(trx, message, 'start-key'));
  await catchUp(api.parts, 'tianhe', { workflowId, instanceKey: builder.rootKey });
  expect(api.delivered.splice(0)).toMatchObject([{ messageId: 'm3', workflowId }]);
  nowMs = Date.now() + 60_000;
  expect(await sweep(api.parts)).toMatchObject({ messages: 1 });
  expect(api.delivered).toMatchObject([{ messageId: 'm3' }]);
});

it('ends its pass where Temporal is away, and is run by one process at a time', async () => {
  nowMs = Date.now();
  const salesman = await api.as('salesman@tianhe');
  api.gateway.lose = 'request';
  for (let i = 0; i < 5; i++) {
    await salesman.post('/v1/process-instances', {
      processDefinitionId: 'order-to-delivery',
      variables: { number: `SW-4${i}`, amount: '1.00' },
    });
  }
  api.gateway.lose = 'nothing';
  api.gateway.up = false;
  nowMs += SWEEP_AFTER_MS + 1000;
  expect(await sweep(api.parts)).toEqual({ commands: 3, batches: 0, messages: 0 });
  api.gateway.up = true;
  const both = await Promise.all([sweep(api.parts), sweep(api.parts)]);
  expect(both.map(({ commands }) => commands).sort()).toEqual([0, 2]);
});

it('runs until it is stopped', async () => {
  const sweeper = startSweeper(api.parts, 5);
  await new Promise((resolve) => setTimeout(resolve, 60));
  await sweeper.stop();
});
