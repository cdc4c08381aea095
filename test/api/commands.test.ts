import { catchUp } from '../../server/catch-up';
import { completing } from './memory-gateway';
import { createTestApi, type TestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());
beforeEach(() => {
  api.gateway.up = true;
  api.gateway.lose = 'nothing';
  api.gateway.onAct = completing;
});

const done = { outcome: 'approve', variables: { creditChecked: true } };
const counts = (sql: string, values: unknown[]) => api.system<{ n: string }>(sql, values).then(([row]) => Number(row!.n));

describe('starting', () => {
  it('checks the start form, names the business key, and the caller reads their own write', async () => {
    const salesman = await api.as('salesman@tianhe');
    const answer = await salesman.post('/v1/process-instances', {
      processDefinitionId: 'order-to-delivery',
      variables: { number: 'SO-1', amount: '1800.00' },
    });
    expect(answer.status).toBe(201);
    const { processInstanceKey } = answer.body;
    expect(answer.body).toEqual({ processInstanceKey: expect.any(String), businessKey: 'SO-1', processDefinitionId: 'order-to-delivery' });
    expect(answer.get('Location')).toBe(`/v1/process-instances/${processInstanceKey}`);
    expect(api.gateway.starts.at(-1)).toMatchObject({
      address: { workflowId: 'tianhe:order-to-delivery:SO-1', instanceKey: processInstanceKey },
      variables: { order: { number: 'SO-1', amount: '1800.00' } },
      title: '订单到提车',
      repeated: false,
    });
    const instance = await salesman.get(`/v1/process-instances/${processInstanceKey}`);
    expect(instance.body).toMatchObject({
      state: 'ACTIVE',
      businessKey: 'SO-1',
      variables: { order: { number: 'SO-1' } },
      children: [],
      incidents: [],
    });
    expect(instance.body.tasks).toEqual([expect.objectContaining({ elementId: 'review', name: 'Review the order', state: 'CREATED' })]);
  });

  it('refuses wrong data with a pointer per field, and a taken business key', async () => {
    const salesman = await api.as('salesman@tianhe');
    const wrong = await salesman.post('/v1/process-instances', {
      processDefinitionId: 'order-to-delivery',
      variables: { amount: 1800, colour: 'red' },
    });
    expect(wrong.status).toBe(422);
    expect(wrong.body).toMatchObject({ code: 'form-invalid', status: 422 });
    expect(wrong.body.errors.map((error: { pointer: string; code: string }) => `${error.pointer} ${error.code}`).sort()).toEqual([
      '/amount type',
      '/colour additional-properties',
      '/number required',
    ]);
    await api.order('SO-2');
    const taken = await salesman.post('/v1/process-instances', {
      processDefinitionId: 'order-to-delivery',
      variables: { number: 'SO-2', amount: '1.00' },
    });
    expect(taken.status).toBe(409);
    expect(taken.body).toMatchObject({ code: 'business-key-taken', details: { businessKey: 'SO-2' } });
  });

  it('[L7.1] refuses users who have no account, with the nearest name', async () => {
    const start = async (salesman: string, language: string) =>
      (await api.as('salesman@tianhe'))
        .post('/v1/process-instances', {
          processDefinitionId: 'order-to-delivery',
          variables: { number: `SO-${salesman}`, amount: '1.00', salesman },
        })
        .set('Accept-Language', language);
    const wrong = await start('salesmann@tianhe', 'en');
    expect([wrong.status, wrong.body.code, wrong.body.errors]).toEqual([
      422,
      'form-invalid',
      [
        {
          pointer: '/salesman',
          code: 'unknown-user',
          detail: '"salesmann@tianhe" is no user of this dealership; did you mean "salesman@tianhe"?',
        },
      ],
    ]);
    expect((await start('x', 'zh')).body.errors[0].detail).toBe('"x" 不是本店的用户');
    // people of another dealership are strangers
    expect((await start('salesman@haizhu', 'en')).status).toBe(422);
    expect((await start('salesman@tianhe', 'en')).status).toBe(201);
  });

  it('is for the roles of the start form, and for processes that have one', async () => {
    const warehouse = await api.as('warehouse@tianhe');
    const refused = await warehouse.post('/v1/process-instances', {
      processDefinitionId: 'order-to-delivery',
      variables: { number: 'SO-3', amount: '1.00' },
    });
    expect([refused.status, refused.body.code]).toEqual([403, 'not-a-starter']);
    const called = await warehouse.post('/v1/process-instances', { processDefinitionId: 'book-transport' });
    expect([called.status, called.body.code]).toEqual([409, 'process-not-startable']);
    const unknown = await warehouse.post('/v1/process-instances', { processDefinitionId: 'nothing' });
    expect([unknown.status, unknown.body.code]).toEqual([404, 'not-found']);
    expect(await counts(`select count(*) as n from denial where actor = 'warehouse@tianhe'`, [])).toBe(3);
  });
});

describe('completing', () => {
  it('answers with the task and what opened for the caller', async () => {
    const { review } = await api.order('SO-10');
    const clerk = await api.as('clerk@tianhe');
    const answer = await clerk.post(`/v1/user-tasks/${review}/completion`, done);
    expect(answer.status).toBe(200);
    expect(answer.body.task).toMatchObject({ userTaskKey: review, state: 'COMPLETED', completedBy: 'clerk@tianhe', outcome: 'approve' });
    expect(answer.body.next.map((task: { elementId: string }) => task.elementId)).toEqual(['shipTime']);
    const again = await clerk.post(`/v1/user-tasks/${review}/completion`, done);
    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({
      code: 'task-not-open',
      details: { state: 'COMPLETED', completedBy: 'clerk@tianhe', completedAt: expect.any(String) },
    });
  });

  it('refuses who is no candidate, whom four eyes exclude, a wrong outcome and wrong data', async () => {
    const { review } = await api.order('SO-11');
    const path = `/v1/user-tasks/${review}/completion`;
    const seen = api.gateway.acts.length;
    const tried = async (user: string, body: object) => {
      const answer = await (await api.as(user)).post(path, body);
      return [answer.status, answer.body.code];
    };
    expect(await tried('warehouse@tianhe', done)).toEqual([403, 'not-a-candidate']);
    const stranger = { ...done, variables: { ...done.variables, second: 'clark@tianhe' } };
    expect(await tried('clerk@tianhe', stranger)).toEqual([422, 'form-invalid']);
    expect(await tried('wang@tianhe', done)).toEqual([403, 'excluded-by-four-eyes']);
    expect(await tried('clerk@haizhu', done)).toEqual([404, 'not-found']);
    expect(await tried('clerk@tianhe', { variables: { creditChecked: true } })).toEqual([422, 'outcome-missing']);
    expect(await tried('clerk@tianhe', { ...done, outcome: 'burn' })).toEqual([422, 'outcome-unknown']);
    expect(await tried('clerk@tianhe', { outcome: 'approve', variables: { creditChecked: 'yes' } })).toEqual([422, 'form-invalid']);
    expect(api.gateway.acts).toHaveLength(seen);
  });

  it('says who and when where the rows were behind the case', async () => {
    const { review, workflowId } = await api.order('SO-12');
    const builder = api.gateway.cases.get(workflowId)!;
    const batch = builder.batch(builder.completed(builder.task('review', { key: review }), 'clerk@tianhe', 'return'));
    api.gateway.journals.get(workflowId)!.push(batch);
    api.gateway.onAct = () => ({ refused: { code: 'task-not-found', message: 'there is no open task' } });
    const answer = await (await api.as('clerk@tianhe')).post(`/v1/user-tasks/${review}/completion`, done);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: 'task-not-open', details: { completedBy: 'clerk@tianhe' } });
  });

  it('passes the refusals of the engine on, and keeps them', async () => {
    const { review } = await api.order('SO-13');
    api.gateway.onAct = () => ({ refused: { code: 'not-the-assignee', message: 'it is assigned', details: { assignee: 'li@tianhe' } } });
    const clerk = await api.as('clerk@tianhe');
    const answer = await clerk.post(`/v1/user-tasks/${review}/completion`, done).set('Idempotency-Key', 'k13');
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      code: 'not-the-assignee',
      details: { assignee: 'li@tianhe' },
      detail: 'It is assigned to li@tianhe.',
    });
    api.gateway.onAct = completing;
    const again = await clerk.post(`/v1/user-tasks/${review}/completion`, done).set('Idempotency-Key', 'k13');
    expect([again.status, again.body]).toEqual([409, answer.body]);
    expect(again.get('Idempotency-Replayed')).toBe('true');
    expect(again.get('Content-Type')).toMatch('application/problem+json');
  });
});

describe('assignment, cancellation, incidents, messages', () => {
  it('claims and releases', async () => {
    const { review } = await api.order('SO-20');
    const clerk = await api.as('clerk@tianhe');
    api.gateway.onAct = ({ request }, builder) => {
      if (request.type !== 'assignTask' && request.type !== 'unassignTask') throw new Error(request.type);
      const task = builder.task('review', { key: request.taskKey, assignee: request.type === 'assignTask' ? request.assignee : null });
      return builder.batch({ type: request.type === 'assignTask' ? 'taskAssigned' : 'taskUnassigned', task, previousAssignee: null });
    };
    const claimed = await clerk.post(`/v1/user-tasks/${review}/assignment`, { assignee: 'clerk@tianhe', allowOverride: false });
    expect([claimed.status, claimed.body.assignee]).toEqual([200, 'clerk@tianhe']);
    expect(api.gateway.acts.at(-1)!.request).toMatchObject({ type: 'assignTask', assigneeRoles: ['clerk'] });
    expect((await clerk.get('/v1/user-tasks?assignee=me')).body.items.map((task: { userTaskKey: string }) => task.userTaskKey)).toEqual([
      review,
    ]);
    const given = await clerk.post(`/v1/user-tasks/${review}/assignment`, { assignee: 'nobody@tianhe' });
    expect([given.status, given.body.code]).toEqual([422, 'assignee-unknown']);
    const released = await clerk.delete(`/v1/user-tasks/${review}/assignee`);
    expect([released.status, released.body.assignee]).toEqual([200, null]);
    expect((await clerk.get('/v1/user-tasks?assignee=me')).body.items).toEqual([]);
  });

  it('cancels for its starter and managers', async () => {
    const { instanceKey } = await api.order('SO-21');
    api.gateway.onAct = (_, builder) =>
      builder.batch({ type: 'instanceCanceled', instance: builder.instance({ state: 'CANCELED', endedAtMs: builder.nowMs }), reason: 'x' });
    const path = `/v1/process-instances/${instanceKey}/cancellation`;
    const clerk = await (await api.as('clerk@tianhe')).post(path, { reason: 'x' });
    expect([clerk.status, clerk.body.code]).toEqual([403, 'forbidden']);
    const starter = await (await api.as('salesman@tianhe')).post(path, { reason: 'x' });
    expect([starter.status, starter.body.state]).toEqual([200, 'CANCELED']);
    const again = await (await api.as('admin@tianhe')).post(path);
    expect([again.status, again.body.code]).toEqual([409, 'instance-not-active']);
  });

  it('resolves incidents for admins', async () => {
    const { workflowId } = await api.order('SO-22');
    const builder = api.gateway.cases.get(workflowId)!;
    const incident = {
      key: `${builder.rootKey}-9`,
      instanceKey: builder.rootKey,
      elementId: 'ask',
      code: 'connector-failed' as const,
      message: 'm',
      state: 'ACTIVE' as const,
      openedAtMs: builder.nowMs,
      resolvedAtMs: null,
      resolvedBy: null,
    };
    api.gateway.journals.get(workflowId)!.push(builder.batch({ type: 'incidentOpened', incident }));
    const path = `/v1/incidents/${incident.key}/resolution`;
    const admin = await api.as('admin@tianhe');
    expect((await admin.post(path)).status).toBe(404);
    await catchUp(api.parts, 'tianhe', { workflowId, instanceKey: builder.rootKey });
    expect((await (await api.as('clerk@tianhe')).post(path)).status).toBe(403);
    api.gateway.onAct = () =>
      builder.batch({
        type: 'incidentResolved',
        incident: { ...incident, state: 'RESOLVED', resolvedBy: 'admin@tianhe', resolvedAtMs: builder.nowMs },
      });
    const answer = await admin.post(path, { variables: { a: 1 } });
    expect([answer.status, answer.body.state, answer.body.resolvedBy]).toEqual([200, 'RESOLVED', 'admin@tianhe']);
  });

  it('publishes messages once for each key', async () => {
    const finance = await api.as('finance@tianhe');
    const body = { name: 'payment.received', correlationKey: 'SO-1', variables: { amount: '1.00' }, timeToLive: 'PT1H' };
    const one = await finance.post('/v1/messages/publication', body).set('Idempotency-Key', '"pay-1"');
    const two = await finance.post('/v1/messages/publication', body).set('Idempotency-Key', 'pay-1');
    expect(one.status).toBe(200);
    expect(two.body).toEqual(one.body);
    expect(one.body).toEqual({ messageKey: expect.any(String), state: 'BUFFERED', processInstanceKey: null });
    expect(api.gateway.publications).toHaveLength(1);
    expect(api.gateway.publications[0]).toMatchObject({ messageId: one.body.messageKey, timeToLiveMs: 3_600_000 });
    expect((await (await api.as('warehouse@tianhe')).post('/v1/messages/publication', body)).status).toBe(403);
    expect((await finance.post('/v1/messages/publication', { ...body, timeToLive: 'PT' })).status).toBe(400);
  });

  it('[L9.4] takes messages and signals of those roles alone to which their names are left', async () => {
    const asked = async (role: string, path: string, name: string): Promise<unknown[]> => {
      const body = path === '/v1/signals' ? { name } : { name, correlationKey: 'SO-1' };
      const answer = await (await api.as(`${role}@tianhe`)).post(path, body).set('Accept-Language', 'en');
      return [answer.status, answer.body.code, answer.body.details];
    };
    const message = (role: string, name = 'order.cancelled') => asked(role, '/v1/messages/publication', name);
    const refusal = (name: string, roles: string[]) => [403, 'not-a-publisher', { name, roles }];
    expect(await message('clerk')).toEqual(refusal('order.cancelled', ['sales-manager', 'warehouse', 'admin']));
    // a role that may publish nothing else: a technical account
    expect([(await message('warehouse'))[0], (await message('sales-manager'))[0], (await message('admin'))[0]]).toEqual([200, 200, 200]);
    expect(await message('warehouse', 'order.paid')).toEqual(refusal('order.paid', ['clerk', 'finance', 'admin']));
    expect(await asked('clerk', '/v1/signals', 'ship-time.SO-1')).toEqual(refusal('ship-time.SO-1', ['warehouse', 'admin']));
    expect((await asked('warehouse', '/v1/signals', 'ship-time.SO-1'))[0]).toBe(202);
    const detail = (await (await api.as('clerk@tianhe')).post('/v1/messages/publication', { name: 'order.cancelled', correlationKey: 'a' }))
      .body;
    expect(detail.detail).toContain('sales-manager, warehouse, admin');
  });
});

describe('idempotency', () => {
  it('gives the first answer to the same key and body, and refuses another body', async () => {
    const { review } = await api.order('SO-30');
    const clerk = await api.as('clerk@tianhe');
    const path = `/v1/user-tasks/${review}/completion`;
    const first = await clerk.post(path, done).set('Idempotency-Key', 'k30');
    const second = await clerk.post(path, done).set('Idempotency-Key', 'k30');
    expect([second.status, second.body]).toEqual([200, first.body]);
    const reused = await clerk.post(path, { ...done, outcome: 'return' }).set('Idempotency-Key', 'k30');
    expect([reused.status, reused.body.code]).toEqual([422, 'idempotency-key-reused']);
    const bad = await clerk.post(path, done).set('Idempotency-Key', 'a b');
    expect([bad.status, bad.body.code]).toEqual([400, 'idempotency-key-invalid']);
  });

  it.each(['request', 'answer'] as const)(
    'says that the outcome is unknown where the %s was lost, and the repeat gets the answer',
    async (lost) => {
      const { review, instanceKey } = await api.order(`SO-31-${lost}`);
      const clerk = await api.as('clerk@tianhe');
      const path = `/v1/user-tasks/${review}/completion`;
      const key = `k31-${lost}`;
      api.gateway.lose = lost;
      const unknown = await clerk.post(path, done).set('Idempotency-Key', key);
      expect(unknown.status).toBe(503);
      expect(unknown.body).toMatchObject({ code: 'no-answer', details: { idempotencyKey: key } });
      expect(unknown.body.detail).toMatch(`Repeat the same request with the Idempotency-Key "${key}"`);
      expect(unknown.get('Retry-After')).toBe('2');
      api.gateway.lose = 'nothing';
      const repeated = await clerk.post(path, done).set('Idempotency-Key', key);
      expect(repeated.status).toBe(200);
      expect(repeated.body.next).toHaveLength(1);
      expect(await counts('select count(*) as n from audit_event where root_key = $1 and type = $2', [instanceKey, 'taskCompleted'])).toBe(
        1,
      );
    },
  );

  it('goes on with a lost start under the same instance key', async () => {
    const salesman = await api.as('salesman@tianhe');
    const body = { processDefinitionId: 'order-to-delivery', variables: { number: 'SO-32', amount: '1.00' } };
    api.gateway.lose = 'answer';
    expect((await salesman.post('/v1/process-instances', body).set('Idempotency-Key', 'k32')).status).toBe(503);
    api.gateway.lose = 'nothing';
    const answer = await salesman.post('/v1/process-instances', body).set('Idempotency-Key', 'k32');
    expect(answer.status).toBe(201);
    const [first, second] = api.gateway.starts.slice(-2);
    expect(second).toMatchObject({ address: first!.address, updateId: first!.updateId, repeated: true });
    expect(answer.body.processInstanceKey).toBe(first!.address.instanceKey);
  });

  it('lets one of two at the same time act, and both hear the same', async () => {
    const { review } = await api.order('SO-33');
    const clerk = await api.as('clerk@tianhe');
    const call = () => clerk.post(`/v1/user-tasks/${review}/completion`, done).set('Idempotency-Key', 'k33');
    const answers = await Promise.all([call(), call(), call()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  it('answers from the rows where the case processed the command in an earlier run', async () => {
    const { review, workflowId } = await api.order('SO-34');
    const builder = api.gateway.cases.get(workflowId)!;
    const act = jest.spyOn(api.gateway, 'act').mockImplementation(async (a) => {
      const batch = completing(a, builder);
      if ('refused' in batch) throw new Error('unexpected');
      api.gateway.journals.get(workflowId)!.push(batch);
      return { kind: 'applied', outcome: { sequence: batch.sequence, batch: null } };
    });
    const answer = await (await api.as('clerk@tianhe')).post(`/v1/user-tasks/${review}/completion`, done);
    act.mockRestore();
    expect(answer.status).toBe(200);
    expect(answer.body.next).toHaveLength(1);
  });

  it('says that the outcome is unknown where the rows could not be written, and the repeat gets the answer', async () => {
    const { review } = await api.order('SO-35');
    const clerk = await api.as('clerk@tianhe');
    const path = `/v1/user-tasks/${review}/completion`;
    const tenant = api.db.tenant;
    let calls = 0;
    api.db.tenant = async (dealership, work) => {
      calls += 1;
      if (calls > 1) throw Object.assign(new Error('terminating connection'), { code: '57P01' });
      return tenant(dealership, work);
    };
    const unknown = await clerk.post(path, done).set('Idempotency-Key', 'k35');
    api.db.tenant = tenant;
    expect([unknown.status, unknown.body.code]).toEqual([503, 'no-answer']);
    const answer = await clerk.post(path, done).set('Idempotency-Key', 'k35');
    expect([answer.status, answer.body.task.state]).toEqual([200, 'COMPLETED']);
  });

  it('says 503 where the database is away, and 500 where the error is ours', async () => {
    const { review } = await api.order('SO-36');
    const clerk = await api.as('clerk@tianhe');
    await clerk.get('/v1/me');
    const tenant = api.db.tenant;
    const failing = (error: Error) => async () => {
      throw error;
    };
    api.db.tenant = failing(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    const read = await clerk.get(`/v1/user-tasks/${review}`);
    const command = await clerk.post(`/v1/user-tasks/${review}/completion`, done);
    api.db.tenant = failing(new TypeError('a slip'));
    const ours = await clerk.post(`/v1/user-tasks/${review}/completion`, done);
    api.db.tenant = tenant;
    expect([read.status, read.body.code, read.get('Retry-After')]).toEqual([503, 'unavailable', '2']);
    expect([command.status, command.body.code]).toEqual([503, 'no-answer']);
    expect([ours.status, ours.body.code]).toEqual([500, 'internal-error']);
    expect(JSON.stringify(ours.body)).not.toMatch('slip');
  });

  it('alarms and answers 500 where rows and history differ', async () => {
    const { review, workflowId } = await api.order('SO-37');
    const builder = api.gateway.cases.get(workflowId)!;
    const fatal = jest.spyOn(api.parts.logger, 'fatal');
    builder.sequence = 0;
    const answer = await (await api.as('clerk@tianhe')).post(`/v1/user-tasks/${review}/completion`, done);
    expect([answer.status, answer.body.code]).toEqual([500, 'internal-error']);
    expect(fatal).toHaveBeenCalledTimes(1);
  });
});
