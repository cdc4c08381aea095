import type { ActOnCase } from '../../server/case-gateway';
import { settleSuspensions } from '../../server/process-suspension';
import type { CaseBuilder } from '../db/case-builder';
import { completing } from './memory-gateway';
import { createTestApi, type TestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());
beforeEach(() => {
  api.gateway.onAct = completing;
});

const done = { outcome: 'approve', variables: { creditChecked: true } };

describe('operations on tasks', () => {
  it('go to the case as what they are, with the roles of those who are named', async () => {
    const { review } = await api.order('OP-1');
    const clerk = await api.as('clerk@tianhe');
    const asked: ActOnCase['request'][] = [];
    api.gateway.onAct = (act, b) => {
      asked.push(act.request);
      return b.batch({ type: 'taskTransferred', task: b.task('review', { key: review, assignee: 'wang@tianhe' }), previousAssignee: null });
    };
    const path = `/v1/user-tasks/${review}`;
    const given = await clerk.post(`${path}/transfer`, { to: 'wang@tianhe' });
    expect([given.status, given.body.assignee]).toEqual([200, 'wang@tianhe']);
    await clerk.post(`${path}/delegation`, { to: 'wang@tianhe' });
    await clerk.post(`${path}/return`, { target: 'entry', reason: '缺材料' });
    await clerk.post(`${path}/signers`, { user: 'finance@tianhe', place: 'before' });
    await clerk.delete(`${path}/signers/finance@tianhe`);
    await clerk.post(`${path}/urge`, { message: '请尽快' });
    await clerk.post(`${path}/copies`, { users: ['finance@tianhe'], roles: ['warehouse'] });
    const actor = { user: 'clerk@tianhe', roles: ['clerk'] };
    const about = { actor, taskKey: review };
    expect(asked).toEqual([
      { type: 'transferTask', ...about, to: 'wang@tianhe', toRoles: ['clerk'] },
      { type: 'delegateTask', ...about, to: 'wang@tianhe', toRoles: ['clerk'] },
      { type: 'returnTask', ...about, target: 'entry', reason: '缺材料' },
      { type: 'addSigner', ...about, user: 'finance@tianhe', place: 'before' },
      { type: 'removeSigner', ...about, user: 'finance@tianhe' },
      { type: 'urgeTask', ...about, message: '请尽快' },
      { type: 'copyTask', ...about, users: ['finance@tianhe'], roles: ['warehouse'] },
    ]);
    const unknown = await clerk.post(`${path}/transfer`, { to: 'nobody@tianhe' });
    expect([unknown.status, unknown.body.code]).toEqual([422, 'assignee-unknown']);
  });

  it('that the case refuses are refused with its code, in words', async () => {
    const { review } = await api.order('OP-2');
    api.gateway.onAct = () => ({ refused: { code: 'urged-too-often', message: 'it was urged at 09:00' } });
    const answer = await (await api.as('clerk@tianhe')).post(`/v1/user-tasks/${review}/urge`, {});
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([429, 'urged-too-often', 'it was urged at 09:00']);
  });

  it('take a completed task back with the drafts that were saved since, and answer with what opened', async () => {
    const { review } = await api.order('OP-3');
    const clerk = await api.as('clerk@tianhe');
    const { body } = await clerk.post(`/v1/user-tasks/${review}/completion`, done);
    const next: string = body.next[0].userTaskKey;
    expect((await (await api.as('salesman@tianhe')).put(`/v1/user-tasks/${next}/draft`, { variables: { at: 'x' } })).status).toBe(200);
    let asked: ActOnCase['request'] | undefined;
    api.gateway.onAct = (act, b) => {
      asked = act.request;
      return b.batch({ type: 'taskWithdrawn', taskKey: review }, b.opened(b.task('review')));
    };
    const strange = await (await api.as('wang@tianhe')).post(`/v1/user-tasks/${review}/withdrawal`, {});
    expect([strange.status, strange.body.code]).toEqual([403, 'forbidden']);
    const answer = await clerk.post(`/v1/user-tasks/${review}/withdrawal`, {});
    expect(answer.status).toBe(200);
    expect(answer.body.next).toEqual([expect.objectContaining({ elementId: 'review', state: 'CREATED' })]);
    expect(asked).toMatchObject({ type: 'withdrawTask', taskKey: review, draftedTaskKeys: [next] });
  });
});

describe('notes', () => {
  it('keep one draft of a person and task until it is deleted', async () => {
    const { review } = await api.order('NO-1');
    const clerk = await api.as('clerk@tianhe');
    const path = `/v1/user-tasks/${review}/draft`;
    await clerk.put(path, { variables: { remark: 'a' } });
    await clerk.put(path, { outcome: 'return', variables: { remark: 'b' } });
    expect((await clerk.get(path)).body).toMatchObject({ outcome: 'return', variables: { remark: 'b' } });
    expect((await (await api.as('wang@tianhe')).get(path)).status).toBe(404);
    expect((await clerk.delete(path)).status).toBe(204);
    expect((await clerk.get(path)).status).toBe(404);
  });

  it('forget a draft when its task is closed', async () => {
    const { review } = await api.order('NO-3');
    const clerk = await api.as('clerk@tianhe');
    await clerk.put(`/v1/user-tasks/${review}/draft`, { variables: { remark: 'a' } });
    expect((await clerk.post(`/v1/user-tasks/${review}/completion`, done)).status).toBe(200);
    expect((await clerk.get(`/v1/user-tasks/${review}/draft`)).status).toBe(404);
    expect((await clerk.put(`/v1/user-tasks/${review}/draft`, { variables: {} })).body.code).toBe('task-not-open');
  });

  it('keep comments in order, each once', async () => {
    const { review } = await api.order('NO-2');
    const clerk = await api.as('clerk@tianhe');
    const path = `/v1/user-tasks/${review}/comments`;
    const say = (text: string, key: string) => clerk.post(path, { text }).set('Idempotency-Key', key);
    const first = await say('请补充', 'k1');
    expect([first.status, (await say('请补充', 'k1')).body]).toEqual([201, first.body]);
    await say('已补充', 'k2');
    const { body } = await (await api.as('auditor@tianhe')).get(path);
    expect(body.items.map(({ text, author }: { text: string; author: string }) => [text, author])).toEqual([
      ['请补充', 'clerk@tianhe'],
      ['已补充', 'clerk@tianhe'],
    ]);
  });
});

describe('a delegated task', () => {
  it('shows its owner what the delegate has entered', async () => {
    const { review } = await api.order('DE-1');
    const clerk = await api.as('clerk@tianhe');
    const shown = async () => (await clerk.get(`/v1/user-tasks/${review}`)).body.handedBack;
    const data = { remark: '查过了' };
    expect(await shown()).toBeNull();
    api.gateway.onAct = (_, b) =>
      b.batch({
        type: 'taskHandedBack',
        task: b.task('review', { key: review, assignee: 'clerk@tianhe' }),
        outcome: 'approve',
        data,
        actor: 'wang@tianhe',
        elementId: 'review',
      });
    await clerk.post(`/v1/user-tasks/${review}/assignment`, {});
    expect(await shown()).toEqual({ by: 'wang@tianhe', handBackDate: expect.any(String), outcome: 'approve', variables: data });
  });
});

describe('copies', () => {
  it('go to somebody: a role that nobody has and an empty list are refused', async () => {
    const { review } = await api.order('CO-3');
    const clerk = await api.as('clerk@tianhe');
    for (const body of [{}, { users: [], roles: [] }, { roles: ['finance', 'finances'] }]) {
      const answer = await clerk.post(`/v1/user-tasks/${review}/copies`, body);
      expect([answer.status, answer.body.code]).toEqual([422, 'recipient-unknown']);
    }
  });

  it('are listed to those who got them, the unread first, and open the task to them', async () => {
    const finance = await api.as('finance@tianhe');
    const keys: string[] = [];
    for (const number of ['CO-1', 'CO-2']) {
      const { review } = await api.order(number);
      api.gateway.onAct = (_, b) => b.batch({ type: 'taskCopied', taskKey: review, users: [], roles: ['finance'], actor: 'clerk@tianhe' });
      expect((await finance.get(`/v1/user-tasks/${review}`)).status).toBe(404);
      await (await api.as('clerk@tianhe')).post(`/v1/user-tasks/${review}/copies`, { roles: ['finance'] });
      expect((await finance.get(`/v1/user-tasks/${review}`)).status).toBe(200);
      keys.push(review);
    }
    const list = async (query = '') => (await finance.get(`/v1/copies${query}`)).body;
    expect((await list()).items.map((copy: { readDate: unknown }) => copy.readDate)).toEqual([null, null]);
    const latest: string = (await list()).items[0].task.userTaskKey;
    expect((await finance.post(`/v1/copies/${latest}/read`)).status).toBe(204);
    expect((await finance.post(`/v1/copies/${latest}/read`)).status).toBe(204);
    const { items } = await list();
    const other = keys.find((key) => key !== latest);
    const receipts = async (key: string | undefined) => (await (await api.as('clerk@tianhe')).get(`/v1/user-tasks/${key}/copies`)).body;
    const copies = [{ role: 'finance', copiedBy: 'clerk@tianhe', copyDate: expect.any(String) }];
    expect(await receipts(latest)).toEqual({ copies, readers: [{ user: 'finance@tianhe', readDate: expect.any(String) }] });
    expect(await receipts(other)).toEqual({ copies, readers: [] });
    expect(items.map((copy: { task: { userTaskKey: string } }) => copy.task.userTaskKey)).toEqual([other, latest]);
    expect(items[1]).toMatchObject({ copiedBy: 'clerk@tianhe', readDate: expect.any(String) });
    const page = await list('?limit=1');
    const second = await list(`?limit=1&after=${encodeURIComponent(page.page.endCursor)}`);
    expect([page.page.hasMore, second.items[0].task.userTaskKey, second.page.hasMore]).toEqual([true, latest, false]);
    expect((await (await api.as('warehouse@tianhe')).get('/v1/copies')).body.items).toEqual([]);
  });
});

describe('substitution', () => {
  const period = { from: '2020-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' };

  it("shows a substitute the principal's tasks, and lets do them in the principal's name", async () => {
    const { review } = await api.order('SU-1');
    const warehouse = await api.as('warehouse@tianhe');
    const clerk = await api.as('clerk@tianhe');
    const path = `/v1/user-tasks/${review}`;
    const early = await warehouse.post(`${path}/completion`, { ...done, onBehalfOf: 'clerk@tianhe' });
    expect([early.status, early.body.code]).toEqual([403, 'not-a-substitute']);
    const rule = await clerk.post('/v1/substitutions', { substitute: 'warehouse@tianhe', ...period });
    expect(rule.body).toMatchObject({ principal: 'clerk@tianhe', processDefinitionIds: null, createdBy: 'clerk@tianhe' });
    const shown = (await warehouse.get('/v1/user-tasks?limit=500')).body.items.find(
      (task: { userTaskKey: string }) => task.userTaskKey === review,
    );
    expect(shown).toMatchObject({ onBehalfOf: 'clerk@tianhe' });
    expect((await warehouse.get(path)).body.onBehalfOf).toBe('clerk@tianhe');
    let actor: unknown;
    api.gateway.onAct = (act, b) => {
      if ('actor' in act.request) actor = act.request.actor;
      return completing(act, b);
    };
    expect((await warehouse.post(`${path}/completion`, done)).body.code).toBe('not-a-candidate');
    expect((await warehouse.post(`${path}/completion`, { ...done, onBehalfOf: 'clerk@tianhe' })).status).toBe(200);
    expect(actor).toEqual({ user: 'warehouse@tianhe', roles: ['warehouse'], for: { user: 'clerk@tianhe', roles: ['clerk'] } });
    // four eyes look at both
    const second = await api.order('SU-2');
    await api.system('update user_task set excluded_users = $2 where task_key = $1', [second.review, ['warehouse@tianhe']]);
    const both = await warehouse.post(`/v1/user-tasks/${second.review}/completion`, { ...done, onBehalfOf: 'clerk@tianhe' });
    expect(both.body.code).toBe('excluded-by-four-eyes');
    await clerk.delete(`/v1/substitutions/${rule.body.substitutionId}`);
    expect((await warehouse.get(`/v1/user-tasks/${second.review}`)).status).toBe(404);
  });

  it('opens the cases that wait for the principal, with their history, and marks the tasks of who sees all', async () => {
    const { review, instanceKey } = await api.order('SU-4');
    const warehouse = await api.as('warehouse@tianhe');
    const clerk = await api.as('clerk@tianhe');
    const seen = async () => {
      const path = `/v1/process-instances/${instanceKey}`;
      const filter = { filter: { processInstanceKey: instanceKey } };
      const lists = [await warehouse.post('/v1/process-instances/search', filter), await warehouse.post('/v1/user-tasks/search', filter)];
      return [
        (await warehouse.get(path)).status,
        (await warehouse.get(`${path}/history`)).status,
        ...lists.map(({ body }) => body.items.length),
      ];
    };
    expect(await seen()).toEqual([404, 404, 0, 0]);
    const make = (body: object) => clerk.post('/v1/substitutions', { ...period, ...body });
    const other = await make({ substitute: 'warehouse@tianhe', processDefinitionIds: ['book-transport'] });
    expect(await seen()).toEqual([404, 404, 0, 0]);
    await clerk.delete(`/v1/substitutions/${other.body.substitutionId}`);
    const rule = await make({ substitute: 'warehouse@tianhe', processDefinitionIds: ['order-to-delivery'] });
    expect(await seen()).toEqual([200, 200, 1, 1]);
    await api.system('update user_task set excluded_users = $2 where task_key = $1', [review, ['warehouse@tianhe']]);
    expect(await seen()).toEqual([404, 404, 0, 0]);
    await api.system('update user_task set excluded_users = $2 where task_key = $1', [review, []]);
    await warehouse.post(`/v1/user-tasks/${review}/completion`, { ...done, onBehalfOf: 'clerk@tianhe' });
    await clerk.delete(`/v1/substitutions/${rule.body.substitutionId}`);
    expect((await seen()).slice(0, 3)).toEqual([200, 200, 1]);
    const next = await api.order('SU-5');
    const forManager = await make({ substitute: 'sales-manager@tianhe' });
    const { body } = await (await api.as('sales-manager@tianhe')).get('/v1/user-tasks?limit=500');
    const marked = body.items.find((task: { userTaskKey: string }) => task.userTaskKey === next.review);
    expect(marked).toMatchObject({ onBehalfOf: 'clerk@tianhe' });
    await clerk.delete(`/v1/substitutions/${forManager.body.substitutionId}`);
  });

  it('has no chains, no overlaps, and is for oneself unless an administrator makes it', async () => {
    const finance = await api.as('finance@tianhe');
    const make = (body: object) => finance.post('/v1/substitutions', { ...period, ...body });
    expect((await make({ principal: 'clerk@tianhe', substitute: 'finance@tianhe' })).status).toBe(403);
    expect((await make({ substitute: 'finance@tianhe' })).body.code).toBe('substitution-invalid');
    expect((await make({ substitute: 'warehouse@tianhe', from: period.until, until: period.from })).body.code).toBe('substitution-invalid');
    expect((await make({ substitute: 'warehouse@tianhe', processDefinitionIds: ['book-transport'] })).status).toBe(201);
    expect((await make({ substitute: 'clerk@tianhe', processDefinitionIds: ['book-transport', 'order-to-delivery'] })).body).toMatchObject({
      code: 'substitution-overlaps',
      details: { substitute: 'warehouse@tianhe' },
    });
    const misspelt = await make({ substitute: 'clerk@tianhe', processDefinitionIds: ['order-to-delivry'] });
    expect([misspelt.status, misspelt.body.detail]).toEqual([
      422,
      'there is no process "order-to-delivry": name one that is published here',
    ]);
    const admin = await api.as('admin@tianhe');
    const chain = await admin.post('/v1/substitutions', { principal: 'warehouse@tianhe', substitute: 'auditor@tianhe', ...period });
    expect(chain.status).toBe(201);
    const { review } = await api.order('SU-3');
    const auditor = await api.as('auditor@tianhe');
    const answer = await auditor.post(`/v1/user-tasks/${review}/completion`, { ...done, onBehalfOf: 'finance@tianhe' });
    expect(answer.body.code).toBe('not-a-substitute');
    expect((await admin.get('/v1/substitutions')).body.items).toHaveLength(2);
    expect((await (await api.as('salesman@tianhe')).get('/v1/substitutions')).body.items).toEqual([]);
  });
});

describe('suspension', () => {
  const suspending = (act: ActOnCase, b: CaseBuilder) => {
    const suspends = act.request.type === 'suspendCase';
    const instance = b.instance({ state: suspends ? 'SUSPENDED' : 'ACTIVE' });
    return suspends ? b.batch({ type: 'caseSuspended', instance, reason: null }) : b.batch({ type: 'caseResumed', instance });
  };

  it('of an instance is seen in its state', async () => {
    const { instanceKey } = await api.order('SP-1');
    api.gateway.onAct = suspending;
    const admin = await api.as('admin@tianhe');
    const path = `/v1/process-instances/${instanceKey}`;
    expect((await admin.post(`${path}/suspension`, { reason: '等厂家' })).body.state).toBe('SUSPENDED');
    const found = await admin.post('/v1/process-instances/search', { filter: { state: 'SUSPENDED' } });
    expect(found.body.items.map((one: { processInstanceKey: string }) => one.processInstanceKey)).toEqual([instanceKey]);
    expect((await admin.delete(`${path}/suspension`)).body.state).toBe('ACTIVE');
  });

  it('of a process keeps new cases from starting, and suspends and resumes those that run, each once', async () => {
    const running = await api.order('SP-2');
    const before = await api.order('SP-3');
    api.gateway.onAct = suspending;
    const admin = await api.as('admin@tianhe');
    // a person has suspended this one before, so it stays suspended
    await admin.post(`/v1/process-instances/${before.instanceKey}/suspension`, {});
    api.gateway.onAct = (act, b) =>
      act.address.instanceKey === before.instanceKey
        ? { refused: { code: 'case-suspended', message: 'it is suspended' } }
        : suspending(act, b);
    const path = '/v1/process-definitions/order-to-delivery/suspension';
    const suspended = await admin.post(path, { reason: '盘点' });
    expect(suspended.body).toMatchObject({ suspended: true, suspendedBy: 'admin@tianhe', reason: '盘点' });
    await settleSuspensions(api.parts);
    const refused = await (await api.as('salesman@tianhe')).post('/v1/process-instances', {
      processDefinitionId: 'order-to-delivery',
      variables: { number: 'SP-4', amount: '1.00' },
    });
    expect([refused.status, refused.body.code]).toEqual([409, 'process-suspended']);
    const state = async (key: string) => (await admin.get(`/v1/process-instances/${key}`)).body.state;
    expect([await state(running.instanceKey), await state(before.instanceKey)]).toEqual(['SUSPENDED', 'SUSPENDED']);
    expect((await admin.get('/v1/process-definitions/order-to-delivery')).body.suspended).toBe(true);
    expect((await admin.delete(path)).body.suspended).toBe(false);
    await settleSuspensions(api.parts);
    expect([await state(running.instanceKey), await state(before.instanceKey)]).toEqual(['ACTIVE', 'SUSPENDED']);
    const told = api.gateway.acts.filter(({ address }) => address.instanceKey === running.instanceKey);
    expect([...new Set(told.map(({ request }) => request.type))]).toEqual(['suspendCase', 'resumeCase']);
    expect(await settleSuspensions(api.parts)).toBe(0);
  });
});

describe('conditions of starts', () => {
  it('are asked once for each command, and the answer names what began and what did not', async () => {
    const { instanceKey } = await api.order('COND-1');
    const start = { processId: 'order-to-delivery', nodeId: 'big' };
    api.gateway.outcome = { started: [{ ...start, instanceKey }], notStarted: [{ ...start, nodeId: 'odd', code: 'expression-failed' }] };
    const clerk = await api.as('clerk@tianhe');
    const body = { variables: { amount: 3 }, businessKey: 'B-1', processDefinitionId: 'order-to-delivery' };
    const send = () => clerk.post('/v1/conditions/evaluation', body).set('Idempotency-Key', 'cond');
    const answer = await send();
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        conditionEvaluationKey: expect.any(String),
        processInstances: [
          { processDefinitionId: 'order-to-delivery', elementId: 'big', processInstanceKey: instanceKey, businessKey: 'COND-1' },
        ],
        notStarted: [{ processDefinitionId: 'order-to-delivery', elementId: 'odd', code: 'expression-failed' }],
      },
    ]);
    expect((await send()).body).toEqual(answer.body);
    expect(api.gateway.evaluations).toEqual([
      {
        dealership: 'tianhe',
        evaluationId: answer.body.conditionEvaluationKey,
        variables: { amount: 3 },
        actor: { user: 'clerk@tianhe', roles: ['clerk'] },
        businessKey: 'B-1',
        processId: 'order-to-delivery',
      },
    ]);
  });

  it('of a process that is not there are not found, and without variables nothing is asked', async () => {
    const clerk = await api.as('clerk@tianhe');
    const asked = (body: object) => clerk.post('/v1/conditions/evaluation', body);
    expect((await asked({ variables: {}, processDefinitionId: 'nothing' })).body.code).toBe('not-found');
    expect((await asked({})).status).toBe(400);
    expect((await asked({ variables: {}, processDefinitionID: 'x' })).status).toBe(400);
  });
});

describe('signals', () => {
  it('are broadcast under the id of their command', async () => {
    const clerk = await api.as('clerk@tianhe');
    const send = () => clerk.post('/v1/signals', { name: 'day.closed', variables: { on: '2026-03-02' } }).set('Idempotency-Key', 'sig');
    const answer = await send();
    expect([answer.status, (await send()).body]).toEqual([202, answer.body]);
    expect(api.gateway.signals).toEqual([
      {
        dealership: 'tianhe',
        signalId: answer.body.signalKey,
        name: 'day.closed',
        variables: { on: '2026-03-02' },
        actor: { user: 'clerk@tianhe', roles: ['clerk'] },
      },
    ]);
  });
});
