import { randomUUID } from 'node:crypto';
import pino from 'pino';
import request from 'supertest';
import { putDemoAccounts } from '../../db/account-repository';
import { publishDealership } from '../../db/definition-repository';
import { closureOf } from '../../engine/compile/closure';
import { compileDefinitions } from '../../engine/compile/compile';
import type { CompiledDealership } from '../../engine/compile/deployment';
import type { JsonObject } from '../../engine/json';
import { createApp } from '../../server/app';
import { wakeMessage } from '../../server/temporal-gateway';
import { ports } from '../language/definition-files';
import { recordHistory } from './histories';
import { eventually, type LiveCase, Rig } from './rig';

const processes = {
  approval: `
process: approval
title: 审批
steps:
  - id: enter
    userTask: { assign: { roles: [clerk] }, withdraw: untilNextBegun }
  - id: review
    userTask:
      assign: { roles: [sales-manager] }
      outcomes: [approve, reject]
      mayReturnTo: [enter]
  - id: sign
    userTask:
      assign: { roles: [sales-manager, finance] }
      outcomes: [agree, disagree]
      signing: { mode: all }
      mayAddSigners: [beside]
  - { id: signedEnd, end: signed }
`,
  papers: `
process: papers
title: 资料
variables: { number: { type: string, default: "P-1" } }
steps:
  - { id: come, message: { name: papers.come, key: =number } }
  - { id: file, userTask: { assign: { roles: [clerk] } } }
`,
  turns: `
process: turns
title: 轮流
steps:
  - { id: work, userTask: { assign: { roles: [clerk], distribute: roundRobin } } }
`,
  nobody: `
process: nobody
title: 无人
steps:
  - { id: fly, userTask: { assign: { roles: [pilot], ifNobody: complete } } }
  - { id: walk, userTask: { assign: { roles: [clerk] } } }
`,
  banks: `
process: banks
title: 银行
variables: { banks: { type: array, items: { type: string }, default: [a, b] } }
steps:
  - id: ask
    forEach: { in: =banks, as: bank, mode: parallel }
    userTask: { assign: { roles: [clerk] } }
  - id: free
    subProcess:
      adHoc: { activate: byHand }
      steps:
        - { id: call, userTask: { assign: { roles: [clerk] } } }
        - { id: visit, userTask: { assign: { roles: [clerk] } } }
  - { id: last, userTask: { assign: { roles: [clerk] } } }
`,
};
const documents = {
  ...processes,
  duty: `duty: all\ntitle: 全部\nprocesses: [${Object.keys(processes).join(', ')}]\ncovers: ["1.0"]\n`,
  dealership:
    'dealership: tianhe\ntitle: 天河\nduties: [all]\nroles: { clerk: [clerk@tianhe, wang@tianhe], sales-manager: [sales-manager@tianhe], finance: [finance@tianhe] }\n',
};

function compiled(): CompiledDealership {
  const files = Object.entries(documents).map(([name, text]) => ({ path: `${name}.yaml`, text: text.trimStart() }));
  const { findings, dealerships } = compileDefinitions(files, ports);
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  return dealerships['tianhe'] as CompiledDealership;
}

type Method = 'get' | 'post' | 'put' | 'delete';
interface Task {
  userTaskKey: string;
  elementId: string;
  assignee: string | null;
}

const dealership = compiled();
let rig: Rig;
let app: ReturnType<typeof createApp>;
const tokens = new Map<string, string>();
beforeAll(async () => {
  rig = await Rig.start();
  const { db, gateway, client } = rig;
  await publishDealership(db, dealership);
  await putDemoAccounts(db, dealership, 'neiqin');
  const deliverMatched = async (messages: { dealership: string; messageId: string }[]) => {
    await Promise.all(messages.map((message) => wakeMessage(client, message)));
  };
  app = createApp({
    db,
    gateway,
    clock: Date.now,
    logger: pino({ level: 'silent' }),
    deliverMatched,
    settings: { validateResponses: true },
  });
});
afterAll(() => rig.stop());

async function ask(role: string, method: Method, path: string, body?: object) {
  const user = `${role}@tianhe`;
  if (!tokens.has(user)) {
    const login = await request(app).post('/v1/sessions').send({ username: user, password: 'neiqin' });
    tokens.set(user, login.body.token);
  }
  const sent = request(app)
    [method](path)
    .set('authorization', `Bearer ${tokens.get(user)}`)
    .set('idempotency-key', randomUUID());
  return body === undefined ? sent : sent.send(body);
}

const begin = (process: string, variables: JsonObject = {}): Promise<LiveCase> => rig.begin(closureOf(dealership, process), variables);

/** The open task of a step, once its rows are there. */
async function open(live: LiveCase, elementId: string, count = 1): Promise<Task> {
  const filter = { processInstanceKey: live.address.instanceKey, elementId, state: 'CREATED' };
  const [task] = await eventually(
    async () => (await ask('auditor', 'post', '/v1/user-tasks/search', { filter })).body.items as Task[],
    (found) => found.length === count,
  );
  return task as Task;
}

/** Does something with the open task of a step, and expects success. */
async function act(live: LiveCase, elementId: string, role: string, operation: string, body: object = {}) {
  const { userTaskKey } = await open(live, elementId);
  const answer = await ask(role, 'post', `/v1/user-tasks/${userTaskKey}/${operation}`, body);
  expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
  return answer.body;
}

describe('operations of people', () => {
  it('are taken by the case and seen in its rows', async () => {
    const live = await begin('approval');
    await act(live, 'enter', 'clerk', 'assignment');
    expect(await act(live, 'enter', 'clerk', 'transfer', { to: 'wang@tianhe' })).toMatchObject({ assignee: 'wang@tianhe' });
    const { task } = await act(live, 'enter', 'wang', 'completion');
    // withdrawn while nobody has begun, refused once somebody has a draft
    const back = await ask('wang', 'post', `/v1/user-tasks/${task.userTaskKey}/withdrawal`, {});
    expect([back.status, back.body.next]).toEqual([200, [expect.objectContaining({ elementId: 'enter', assignee: 'wang@tianhe' })]]);
    const { task: again } = await act(live, 'enter', 'wang', 'completion');
    const review = await open(live, 'review');
    await ask('sales-manager', 'put', `/v1/user-tasks/${review.userTaskKey}/draft`, { variables: {} });
    const late = await ask('wang', 'post', `/v1/user-tasks/${again.userTaskKey}/withdrawal`, {});
    expect([late.status, late.body.code]).toEqual([409, 'next-has-begun']);
    // sent back, done again
    const sent = await act(live, 'review', 'sales-manager', 'return', { target: 'enter', reason: '缺材料' });
    expect(sent.task.state).toBe('CANCELED');
    await act(live, 'enter', 'clerk', 'completion');
    // delegated, and back
    expect(await act(live, 'review', 'sales-manager', 'delegation', { to: 'finance@tianhe' })).toMatchObject({
      assignee: 'finance@tianhe',
      delegatedBy: 'sales-manager@tianhe',
    });
    const urged = await act(live, 'review', 'clerk', 'urge', { message: '请尽快' });
    expect(urged.urgedCount).toBe(1);
    await act(live, 'review', 'finance', 'completion', { outcome: 'approve' });
    expect(await open(live, 'review')).toMatchObject({ assignee: 'sales-manager@tianhe', delegatedBy: null });
    await act(live, 'review', 'sales-manager', 'copies', { roles: ['warehouse'] });
    await act(live, 'review', 'sales-manager', 'completion', { outcome: 'approve' });
    const copies = await ask('warehouse', 'get', '/v1/copies');
    expect(copies.body.items).toEqual([expect.objectContaining({ copiedBy: 'sales-manager@tianhe', readDate: null })]);
    // a signing with one more signer
    const signing = (role: string) => ask(role, 'get', '/v1/user-tasks');
    const mine = (await signing('sales-manager')).body.items.find((one: Task) => one.elementId === 'sign') as Task;
    const added = await ask('sales-manager', 'post', `/v1/user-tasks/${mine.userTaskKey}/signers`, {
      user: 'wang@tianhe',
      place: 'beside',
    });
    expect(added.status).toBe(200);
    for (const role of ['sales-manager', 'finance', 'wang']) {
      const own = await eventually(
        async () => (await signing(role)).body.items.find((one: Task) => one.elementId === 'sign') as Task | undefined,
        (found) => found !== undefined,
      );
      const answer = await ask(role, 'post', `/v1/user-tasks/${own?.userTaskKey}/completion`, { outcome: 'agree' });
      expect(answer.status).toBe(200);
    }
    expect(await live.row()).toMatchObject({ state: 'COMPLETED', end_name: 'signed' });
    await recordHistory(live, 'operations-of-people');
  });

  it('done for another are known as such', async () => {
    const live = await begin('approval');
    const period = { from: '2020-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' };
    const rule = await ask('clerk', 'post', '/v1/substitutions', { substitute: 'warehouse@tianhe', ...period });
    const { task } = await act(live, 'enter', 'warehouse', 'completion', { onBehalfOf: 'clerk@tianhe' });
    expect(task).toMatchObject({ completedBy: 'warehouse@tianhe', completedFor: 'clerk@tianhe' });
    await ask('clerk', 'delete', `/v1/substitutions/${rule.body.substitutionId}`);
  });
});

describe('suspension', () => {
  it('keeps a message until the case resumes', async () => {
    const live = await begin('papers');
    const path = `/v1/process-instances/${live.address.instanceKey}/suspension`;
    expect((await ask('admin', 'post', path, { reason: '盘点' })).body.state).toBe('SUSPENDED');
    const said = await ask('clerk', 'post', '/v1/messages/publication', { name: 'papers.come', correlationKey: 'P-1' });
    expect(said.body.state).toBe('CORRELATED');
    expect(await live.openSteps()).toEqual([]);
    expect((await ask('admin', 'post', path)).body.code).toBe('case-suspended');
    expect((await ask('admin', 'delete', path)).body.state).toBe('ACTIVE');
    expect(await live.openSteps()).toEqual(['file']);
    await recordHistory(live, 'suspended-and-resumed');
  });

  it('of a process reaches its cases', async () => {
    const live = await begin('papers', { number: 'P-2' });
    const path = '/v1/process-definitions/papers/suspension';
    expect((await ask('admin', 'post', path)).body.suspended).toBe(true);
    await eventually(live.row.bind(live), ({ state }) => state === 'SUSPENDED');
    expect((await ask('admin', 'delete', path)).body.suspended).toBe(false);
    await eventually(live.row.bind(live), ({ state }) => state === 'ACTIVE');
  });
});

describe('distribution', () => {
  it('gives tasks in turn', async () => {
    const given: (string | null)[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const live = await begin('turns');
      const row = await eventually(
        () => open(live, 'work'),
        ({ assignee }) => assignee !== null,
      );
      given.push(row.assignee);
    }
    expect(given).toEqual(['clerk@tianhe', 'wang@tianhe', 'clerk@tianhe']);
  });

  it('does a task by itself that nobody could do, where the process says so', async () => {
    const live = await begin('nobody');
    await eventually(live.openSteps.bind(live), (steps) => steps.join() === 'walk');
    await recordHistory(live, 'nobody-to-assign');
    expect(await live.records()).toContainEqual(
      expect.objectContaining({ type: 'taskCompleted', task: expect.objectContaining({ completedBy: 'system:nobody' }) }),
    );
  });
});

describe('what is at work in a case', () => {
  it('is added to, withdrawn, ended and started by hand', async () => {
    const live = await begin('banks');
    const path = `/v1/process-instances/${live.address.instanceKey}`;
    expect(await live.openSteps()).toEqual(['ask', 'ask']);
    const added = await ask('clerk', 'post', `${path}/activities/ask/instances`, { item: 'c' });
    expect(added.status).toBe(200);
    expect(await live.openSteps()).toEqual(['ask', 'ask', 'ask']);
    expect((await ask('clerk', 'delete', `${path}/activities/ask/instances/1`)).status).toBe(200);
    expect(await live.openSteps()).toEqual(['ask', 'ask']);
    const scopes = await rig.db.tenant('tianhe', (trx) =>
      trx.query<{ value: string }>("select value from variable where instance_key = $1 and name = 'bank' order by value", [
        live.address.instanceKey,
      ]),
    );
    expect(scopes.map(({ value }) => value)).toEqual(['a', 'b', 'c']);
    expect((await ask('clerk', 'put', `${path}/variables`, { variables: { banks: ['z'] } })).status).toBe(403);
    expect((await ask('admin', 'put', `${path}/variables`, { variables: { banks: ['z'] } })).status).toBe(200);
    expect((await ask('admin', 'get', path)).body.variables).toEqual({ banks: ['z'] });
    expect((await ask('clerk', 'post', `${path}/activities/ask/completion`, {})).status).toBe(200);
    expect(await live.openSteps()).toEqual([]);
    expect((await ask('clerk', 'post', `${path}/activities/visit/start`, {})).status).toBe(200);
    expect(await live.openSteps()).toEqual(['visit']);
    expect((await ask('clerk', 'post', `${path}/activities/free/completion`, {})).status).toBe(200);
    expect(await live.openSteps()).toEqual(['last']);
    const gone = await ask('clerk', 'post', `${path}/activities/ask/completion`, {});
    expect([gone.status, gone.body.code]).toEqual([409, 'activity-not-found']);
  });
});
