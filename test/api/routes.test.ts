import request from 'supertest';
import { catchUp } from '../../server/catch-up';
import { readContract } from '../../server/contract';
import { completing } from './memory-gateway';
import { createTestApi, type TestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());

/** Every route there is: one that is added belongs here, with who may use it below. */
const golden = [
  'DELETE /v1/user-tasks/{userTaskKey}/assignee',
  'GET /healthz',
  'GET /readyz',
  'GET /v1/me',
  'GET /v1/openapi.json',
  'GET /v1/process-definitions',
  'GET /v1/process-definitions/{processDefinitionId}',
  'GET /v1/process-instances/{processInstanceKey}',
  'GET /v1/process-instances/{processInstanceKey}/history',
  'GET /v1/user-tasks',
  'GET /v1/user-tasks/{userTaskKey}',
  'POST /v1/incidents/{incidentKey}/resolution',
  'POST /v1/messages/publication',
  'POST /v1/process-instances',
  'POST /v1/process-instances/search',
  'POST /v1/process-instances/{processInstanceKey}/cancellation',
  'POST /v1/sessions',
  'POST /v1/user-tasks/search',
  'POST /v1/user-tasks/{userTaskKey}/assignment',
  'POST /v1/user-tasks/{userTaskKey}/completion',
];

const open = ['GET /healthz', 'GET /readyz', 'GET /v1/openapi.json', 'POST /v1/sessions'];

/** What a request needs besides its path. */
const bodies: Record<string, object> = {
  'POST /v1/messages/publication': { name: 'payment.received', correlationKey: 'x' },
  'POST /v1/process-instances': { processDefinitionId: 'order-to-delivery', variables: { number: 'A', amount: '1.00' } },
  'POST /v1/user-tasks/{userTaskKey}/completion': { outcome: 'approve', variables: { creditChecked: true } },
};

/** Status by role for a case that the salesman started and that waits for its review, then for the same at another dealership. */
const access: Record<string, Record<string, number>> = {
  'GET /v1/me': { clerk: 200, auditor: 200, other: 200 },
  'GET /v1/process-definitions': { clerk: 200, auditor: 200, other: 200 },
  'GET /v1/process-definitions/{processDefinitionId}': { clerk: 200, warehouse: 200, other: 200 },
  'GET /v1/process-instances/{processInstanceKey}': { clerk: 200, salesman: 200, auditor: 200, finance: 404, warehouse: 404, other: 404 },
  'GET /v1/process-instances/{processInstanceKey}/history': { clerk: 200, salesman: 200, auditor: 200, finance: 404, other: 404 },
  'GET /v1/user-tasks': { clerk: 200, auditor: 200, other: 200 },
  'GET /v1/user-tasks/{userTaskKey}': { clerk: 200, auditor: 200, 'sales-manager': 200, warehouse: 404, other: 404 },
  'POST /v1/process-instances/search': { clerk: 200, warehouse: 200, other: 200 },
  'POST /v1/user-tasks/search': { clerk: 200, warehouse: 200, other: 200 },
  'POST /v1/messages/publication': { auditor: 403, salesman: 403, warehouse: 403, clerk: 200, finance: 200, admin: 200 },
  'POST /v1/process-instances': { auditor: 403, finance: 403, warehouse: 403, admin: 403 },
  'POST /v1/incidents/{incidentKey}/resolution': { clerk: 403, auditor: 403, other: 404, admin: 200 },
  'POST /v1/user-tasks/{userTaskKey}/assignment': { auditor: 403, warehouse: 403, admin: 403, other: 404, clerk: 200 },
  'DELETE /v1/user-tasks/{userTaskKey}/assignee': { auditor: 403, warehouse: 403, other: 404, clerk: 200 },
  'POST /v1/user-tasks/{userTaskKey}/completion': { auditor: 403, warehouse: 403, admin: 403, other: 404, clerk: 200 },
  'POST /v1/process-instances/{processInstanceKey}/cancellation': {
    clerk: 403,
    auditor: 403,
    finance: 403,
    other: 404,
    'sales-manager': 200,
  },
};

function routesOf(): string[] {
  const { paths } = readContract();
  return Object.entries(paths ?? {}).flatMap(([path, item]) =>
    Object.keys(item as object).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

function send(target: TestApi['app'], route: string, path: string): request.Test {
  const method = route.split(' ')[0]!.toLowerCase() as 'get' | 'post' | 'delete';
  const test = request(target)[method](path);
  return bodies[route] === undefined ? test : test.send(bodies[route]);
}

const fill = (route: string, keys: Record<string, string>) =>
  route.split(' ')[1]!.replace(/\{(\w+)\}/g, (_, name: string) => keys[name] ?? 'x');

it('has the golden list of routes, each with its rights', () => {
  expect(routesOf().sort()).toEqual(golden);
  expect(golden.filter((route) => !open.includes(route) && access[route] === undefined)).toEqual([]);
});

it.each(golden.filter((route) => !open.includes(route)))('%s needs a token', async (route) => {
  const path = fill(route, {});
  for (const header of [undefined, 'Bearer nonsense', 'Basic YTpi']) {
    const test = send(api.app, route, path);
    const answer = await (header === undefined ? test : test.set('Authorization', header));
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
    expect(answer.get('WWW-Authenticate')).toMatch(/^Bearer/);
  }
});

it.each(Object.entries(access))('%s lets pass whom it should', async (route, roles) => {
  const number = `ACC-${route.replace(/\W/g, '')}`;
  const { instanceKey, review, workflowId } = await api.order(number);
  const builder = api.gateway.cases.get(workflowId)!;
  const incidentKey = `${instanceKey}-inc`;
  const incident = {
    key: incidentKey,
    instanceKey,
    elementId: 'ask',
    code: 'connector-failed' as const,
    message: 'm',
    state: 'ACTIVE' as const,
    openedAtMs: 0,
    resolvedAtMs: null,
    resolvedBy: null,
  };
  api.gateway.journals.get(workflowId)!.push(builder.batch({ type: 'incidentOpened', incident }));
  await catchUp(api.parts, 'tianhe', { workflowId, instanceKey });
  api.gateway.onAct = (act, b) => {
    const { request: asked } = act;
    if (asked.type === 'completeTask') return completing(act, b);
    if (asked.type === 'resolveIncident') return b.batch({ type: 'incidentResolved', incident: { ...incident, state: 'RESOLVED' } });
    if (asked.type === 'cancelInstance')
      return b.batch({ type: 'instanceCanceled', instance: b.instance({ state: 'CANCELED' }), reason: null });
    return b.batch({ type: 'taskUnassigned', task: b.task('review', { key: review }), previousAssignee: null });
  };
  const path = fill(route, { processInstanceKey: instanceKey, userTaskKey: review, incidentKey, processDefinitionId: 'order-to-delivery' });
  const got: Record<string, number> = {};
  for (const role of Object.keys(roles)) {
    const client = await api.as(role === 'other' ? 'admin@haizhu' : `${role}@tianhe`);
    const method = route.split(' ')[0]!.toLowerCase() as 'get' | 'post' | 'delete';
    const answer = await (method === 'post' ? client.post(path, bodies[route]) : client[method](path));
    got[role] = answer.status;
  }
  expect(got).toEqual(roles);
});

it("gives another dealership's key and an unknown key the same answer", async () => {
  const { instanceKey, review } = await api.order('SAME-1');
  const other = await api.as('admin@haizhu');
  const strip = (body: Record<string, unknown>) => ({ ...body, instance: '', traceId: '' });
  for (const [foreign, unknown] of [
    [`/v1/process-instances/${instanceKey}`, '/v1/process-instances/nothing'],
    [`/v1/process-instances/${instanceKey}/history`, '/v1/process-instances/nothing/history'],
    [`/v1/user-tasks/${review}`, '/v1/user-tasks/nothing'],
  ] as const) {
    const [one, two] = [await other.get(foreign), await other.get(unknown)];
    expect([one.status, strip(one.body)]).toEqual([404, strip(two.body)]);
  }
});
