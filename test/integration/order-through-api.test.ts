import { randomUUID } from 'node:crypto';
import pino from 'pino';
import request from 'supertest';
import { putDemoAccounts } from '../../db/account-repository';
import { publishDealership } from '../../db/definition-repository';
import { compileDefinitions } from '../../engine/compile/compile';
import type { CompiledDealership } from '../../engine/compile/deployment';
import { createApp } from '../../server/app';
import { wakeMessage } from '../../server/temporal-gateway';
import { definitionsFolder, filesIn, ports } from '../language/definition-files';
import { eventually, Rig } from './rig';

const { dealerships } = compileDefinitions(filesIn(definitionsFolder), ports);

interface Task {
  userTaskKey: string;
  elementId: string;
}

describe('an order through the API', () => {
  let rig: Rig;
  let app: ReturnType<typeof createApp>;
  const tokens = new Map<string, string>();

  beforeAll(async () => {
    rig = await Rig.start({ answerWithinMs: 3_000 });
    const { db, gateway, client } = rig;
    for (const id of ['tianhe', 'haizhu']) {
      await publishDealership(db, dealerships[id] as CompiledDealership);
      await putDemoAccounts(db, dealerships[id] as CompiledDealership, 'neiqin');
    }
    const deliverMatched = async (messages: { dealership: string; messageId: string }[]) => {
      await Promise.all(messages.map((message) => wakeMessage(client, message)));
    };
    const logger = pino({ level: 'silent' });
    app = createApp({ db, gateway, clock: Date.now, logger, deliverMatched, settings: { validateResponses: true } });
  });
  afterAll(() => rig.stop());

  async function ask(user: string, method: 'get' | 'post' | 'delete', path: string, body?: object, key: string = randomUUID()) {
    if (!tokens.has(user)) {
      const login = await request(app).post('/v1/sessions').send({ username: user, password: 'neiqin' });
      tokens.set(user, login.body.token);
    }
    const sent = request(app)
      [method](path)
      .set('authorization', `Bearer ${tokens.get(user)}`);
    return method === 'post' ? sent.set('idempotency-key', key).send(body ?? {}) : sent;
  }

  async function start(number: string): Promise<string> {
    const variables = { number, customer: '王芳', model: 'X5', price: '258000.00', salesman: 'salesman@tianhe' };
    const { status, body } = await ask('salesman@tianhe', 'post', '/v1/process-instances', {
      processDefinitionId: 'order-to-delivery',
      variables,
    });
    expect([status, body.businessKey]).toEqual([201, number]);
    return body.processInstanceKey;
  }

  async function complete(user: string, caseKey: string, elementId: string, body: object) {
    const filter = { processInstanceKey: caseKey, elementId, state: 'CREATED' };
    const [task] = await eventually(
      async () => (await ask(user, 'post', '/v1/user-tasks/search', { filter })).body.items as Task[],
      (found) => found.length === 1,
    );
    const answer = await ask(user, 'post', `/v1/user-tasks/${task?.userTaskKey}/completion`, body);
    expect([answer.status, answer.body]).toEqual([200, expect.objectContaining({ task: expect.objectContaining({ state: 'COMPLETED' }) })]);
    return answer.body as { next: Task[] };
  }

  it('runs from signature to hand-over, and an auditor of the dealership alone reads it', async () => {
    const vehicle = { vin: 'LSVAA4187N2000001', model: 'X5' };
    await ask('warehouse@tianhe', 'post', '/v1/process-instances', { processDefinitionId: 'receive-vehicle', variables: vehicle });
    const key = await start('SO-live-1');
    await complete('clerk@tianhe', key, 'review', { outcome: 'approve', variables: { creditChecked: true } });
    const told = { at: '2026-12-01T10:00:00+08:00', transportNeeded: false };
    await complete('salesman@tianhe', key, 'shipTime', { outcome: null, variables: told });
    await complete('finance@tianhe', key, 'payment', { outcome: null, variables: { amount: '258000.00' } });
    const { next } = await complete('warehouse@tianhe', key, 'prepareVehicle', { outcome: null, variables: {} });
    expect(next.map(({ elementId }) => elementId)).toEqual(['inspect']);
    await complete('warehouse@tianhe', key, 'inspect', { outcome: 'pass', variables: {} });
    await complete('warehouse@tianhe', key, 'handOver', { outcome: null, variables: {} });
    const { body } = await eventually(
      () => ask('auditor@tianhe', 'get', `/v1/process-instances/${key}`),
      (answer) => answer.body.state === 'COMPLETED', // the vehicle leaves the stock and the registers are told
    );
    expect(body).toMatchObject({ state: 'COMPLETED', end: 'delivered', variables: { payment: { amount: '258000.00' }, shipTime: told } });
    const history = await ask('auditor@tianhe', 'get', `/v1/process-instances/${key}/history?limit=500`);
    const types = (history.body.items as { type: string }[]).map(({ type }) => type);
    expect(types.filter((type) => type === 'taskCompleted')).toHaveLength(6);
    expect(types.at(-1)).toBe('instanceCompleted');
    expect((await ask('auditor@haizhu', 'get', `/v1/process-instances/${key}`)).status).toBe(404);
  });

  it('says 503 where the case does not answer, and the repeat with the same key gives the first answer, once', async () => {
    const key = await start('SO-live-2');
    const { body: found } = await ask('clerk@tianhe', 'post', '/v1/user-tasks/search', { filter: { processInstanceKey: key } });
    const path = `/v1/user-tasks/${found.items[0].userTaskKey}/completion`;
    const reject = { outcome: 'reject', variables: {} };
    await rig.stopWorker();
    const unknown = await ask('clerk@tianhe', 'post', path, reject, 'my-key');
    expect([unknown.status, unknown.body.code]).toEqual([503, 'no-answer']);
    expect(unknown.headers['retry-after']).toBeDefined();
    await rig.startWorker();
    const first = await eventually(
      () => ask('clerk@tianhe', 'post', path, reject, 'my-key'),
      ({ status }) => status !== 503,
    );
    expect([first.status, first.body.task.completedBy]).toEqual([200, 'clerk@tianhe']);
    const again = await ask('clerk@tianhe', 'post', path, reject, 'my-key');
    expect([again.status, again.body]).toEqual([200, first.body]);
    const { body } = await eventually(
      () => ask('auditor@tianhe', 'get', `/v1/process-instances/${key}`),
      (answer) => answer.body.state === 'COMPLETED', // the rejection is entered in the register of orders first
    );
    expect(body).toMatchObject({ state: 'COMPLETED', end: 'rejected' });
  });

  it('lets one of many win who complete the same task at once', async () => {
    const key = await start('SO-live-3');
    const { body: found } = await ask('clerk@tianhe', 'post', '/v1/user-tasks/search', { filter: { processInstanceKey: key } });
    const path = `/v1/user-tasks/${found.items[0].userTaskKey}/completion`;
    const reject = { outcome: 'reject', variables: {} };
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        eventually(
          () => ask('clerk@tianhe', 'post', path, reject, `many-${i}`),
          ({ status }) => status !== 503,
        ),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(409)]);
    expect(answers.find(({ status }) => status === 409)?.body.details).toMatchObject({ completedBy: 'clerk@tianhe' });
  });
});
