import request from 'supertest';
import { putRegister } from '../../db/register-repository';
import { putReports } from '../../db/report-repository';
import { catchUp } from '../../server/catch-up';
import { readContract } from '../../server/contract';
import { dealershipOf } from '../language/compile-steps';
import { completing } from './memory-gateway';
import { createTestApi, type TestApi } from './support';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
  const text =
    'register: carriers\nkey: code\ncolumns: { code: { type: string }, name: { type: string } }\nreaders: [clerk, auditor]\nwriters: [clerk]\n';
  const report = 'report: carrier-list\nfrom: carriers\ncolumns: [code, name]\n';
  const { registers, reports } = dealershipOf(text, report);
  await api.db.system(async (trx) => {
    await putRegister(trx, 'tianhe', registers['carriers']!);
    await putReports(trx, 'tianhe', reports);
  });
  await (await api.as('clerk@tianhe')).post('/v1/reports/carrier-list/runs', {});
  await (await api.as('clerk@tianhe')).post('/v1/registers/carriers/rows', { values: { code: 'A' } });
});
afterAll(() => api.drop());

/** Every route there is: one that is added belongs here, with who may use it below. */
const golden = [
  'DELETE /v1/process-definitions/{processDefinitionId}/suspension',
  'DELETE /v1/process-instances/{processInstanceKey}/activities/{elementId}/instances/{index}',
  'DELETE /v1/process-instances/{processInstanceKey}/suspension',
  'DELETE /v1/registers/{registerId}/rows/{key}',
  'DELETE /v1/substitutions/{substitutionId}',
  'DELETE /v1/user-tasks/{userTaskKey}/assignee',
  'DELETE /v1/user-tasks/{userTaskKey}/draft',
  'DELETE /v1/user-tasks/{userTaskKey}/signers/{user}',
  'GET /healthz',
  'GET /readyz',
  'GET /v1/copies',
  'GET /v1/demo',
  'GET /v1/deployments',
  'GET /v1/deployments/{deploymentId}',
  'GET /v1/documents',
  'GET /v1/documents/{documentId}',
  'GET /v1/documents/{documentId}/details',
  'GET /v1/me',
  'GET /v1/notifications',
  'GET /v1/openapi.json',
  'GET /v1/process-definitions',
  'GET /v1/process-definitions/{processDefinitionId}',
  'GET /v1/process-instances/{processInstanceKey}',
  'GET /v1/process-instances/{processInstanceKey}/history',
  'GET /v1/process-instances/{processInstanceKey}/observation',
  'GET /v1/process-instances/{processInstanceKey}/recording',
  'GET /v1/registers',
  'GET /v1/registers/{registerId}',
  'GET /v1/registers/{registerId}/rows/{key}',
  'GET /v1/registers/{registerId}/rows/{key}/history',
  'GET /v1/reports',
  'GET /v1/reports/{reportId}/versions',
  'GET /v1/reports/{reportId}/versions/{version}',
  'GET /v1/reports/{reportId}/versions/{version}/deliveries',
  'GET /v1/schedules',
  'GET /v1/schedules/{scheduleId}/runs',
  'GET /v1/substitutions',
  'GET /v1/user-tasks',
  'GET /v1/user-tasks/{userTaskKey}',
  'GET /v1/user-tasks/{userTaskKey}/comments',
  'GET /v1/user-tasks/{userTaskKey}/copies',
  'GET /v1/user-tasks/{userTaskKey}/draft',
  'PATCH /v1/registers/{registerId}/rows/{key}',
  'POST /v1/conditions/evaluation',
  'POST /v1/copies/{userTaskKey}/read',
  'POST /v1/demo/clock',
  'POST /v1/demo/connectors/{elementId}/answer',
  'POST /v1/demo/process-instances',
  'POST /v1/deployments',
  'POST /v1/documents',
  'POST /v1/incidents/{incidentKey}/resolution',
  'POST /v1/messages/publication',
  'POST /v1/notifications/read',
  'POST /v1/notifications/{notificationId}/read',
  'POST /v1/process-definitions/{processDefinitionId}/suspension',
  'POST /v1/process-instances',
  'POST /v1/process-instances/search',
  'POST /v1/process-instances/{processInstanceKey}/activities/{elementId}/completion',
  'POST /v1/process-instances/{processInstanceKey}/activities/{elementId}/instances',
  'POST /v1/process-instances/{processInstanceKey}/activities/{elementId}/start',
  'POST /v1/process-instances/{processInstanceKey}/cancellation',
  'POST /v1/process-instances/{processInstanceKey}/suspension',
  'POST /v1/registers/{registerId}/export',
  'POST /v1/registers/{registerId}/imports',
  'POST /v1/registers/{registerId}/rows',
  'POST /v1/registers/{registerId}/search',
  'POST /v1/reports/{reportId}/runs',
  'POST /v1/sessions',
  'POST /v1/signals',
  'POST /v1/substitutions',
  'POST /v1/user-tasks/search',
  'POST /v1/user-tasks/{userTaskKey}/assignment',
  'POST /v1/user-tasks/{userTaskKey}/comments',
  'POST /v1/user-tasks/{userTaskKey}/completion',
  'POST /v1/user-tasks/{userTaskKey}/copies',
  'POST /v1/user-tasks/{userTaskKey}/delegation',
  'POST /v1/user-tasks/{userTaskKey}/return',
  'POST /v1/user-tasks/{userTaskKey}/signers',
  'POST /v1/user-tasks/{userTaskKey}/transfer',
  'POST /v1/user-tasks/{userTaskKey}/urge',
  'POST /v1/user-tasks/{userTaskKey}/withdrawal',
  'PUT /v1/process-instances/{processInstanceKey}/variables',
  'PUT /v1/user-tasks/{userTaskKey}/draft',
];

const open = ['GET /healthz', 'GET /readyz', 'GET /v1/openapi.json', 'POST /v1/sessions'];

/** What a request needs besides its path. */
const bodies: Record<string, object> = {
  'POST /v1/process-instances/{processInstanceKey}/activities/{elementId}/instances': { item: 1 },
  'POST /v1/demo/clock': { processInstanceKey: 'x', at: '2026-03-02T09:00:00Z' },
  'POST /v1/demo/connectors/{elementId}/answer': { processInstanceKey: 'x', output: 1 },
  'POST /v1/demo/process-instances': { processDefinitionId: 'order-to-delivery' },
  'POST /v1/deployments': { files: [{ path: 'p.yaml', text: 'proces: p' }] },
  'POST /v1/conditions/evaluation': { variables: { amount: 1 } },
  'PATCH /v1/registers/{registerId}/rows/{key}': { values: { name: '顺丰' } },
  'POST /v1/registers/{registerId}/rows': { values: { code: 'B' } },
  'POST /v1/registers/{registerId}/export': { format: 'csv' },
  'POST /v1/registers/{registerId}/search': {},
  'POST /v1/reports/{reportId}/runs': {},
  'POST /v1/signals': { name: 'day.closed' },
  'POST /v1/substitutions': {
    principal: 'li@tianhe',
    substitute: 'wang@tianhe',
    from: '2026-03-01T00:00:00Z',
    until: '2026-03-02T00:00:00Z',
  },
  'POST /v1/user-tasks/{userTaskKey}/comments': { text: '请补充材料' },
  'POST /v1/user-tasks/{userTaskKey}/copies': { roles: ['finance'] },
  'POST /v1/user-tasks/{userTaskKey}/delegation': { to: 'wang@tianhe' },
  'POST /v1/user-tasks/{userTaskKey}/return': { target: 'review' },
  'POST /v1/user-tasks/{userTaskKey}/signers': { user: 'wang@tianhe', place: 'beside' },
  'POST /v1/user-tasks/{userTaskKey}/transfer': { to: 'wang@tianhe' },
  'PUT /v1/process-instances/{processInstanceKey}/variables': { variables: { noted: true } },
  'PUT /v1/user-tasks/{userTaskKey}/draft': { variables: { creditChecked: true } },
  'POST /v1/messages/publication': { name: 'payment.received', correlationKey: 'x' },
  'POST /v1/process-instances': { processDefinitionId: 'order-to-delivery', variables: { number: 'A', amount: '1.00' } },
  'POST /v1/user-tasks/{userTaskKey}/completion': { outcome: 'approve', variables: { creditChecked: true } },
};

/** Who may work on the review. */
const working = { auditor: 403, warehouse: 403, admin: 403, other: 404, clerk: 200 };
/** The same where administrators give tasks of others away; this gateway does not run the engine, which does not let them delegate. */
const giving = { ...working, admin: 200 };
/** Who may change what is at work in a case. */
const steering = { auditor: 403, finance: 403, other: 404, salesman: 200, clerk: 200, admin: 200 };

/** On a server without virtual time nobody finds what rehearses. */
const noRehearsal = { clerk: 404, admin: 404, other: 404 };

/** Status by role for a case that the salesman started and that waits for its review, then for the same at another dealership. */
const access: Record<string, Record<string, number>> = {
  'GET /v1/me': { clerk: 200, auditor: 200, other: 200 },
  'GET /v1/process-definitions': { clerk: 200, auditor: 200, other: 200 },
  'GET /v1/process-definitions/{processDefinitionId}': { clerk: 200, warehouse: 200, other: 200 },
  'GET /v1/process-instances/{processInstanceKey}': { clerk: 200, salesman: 200, auditor: 200, finance: 404, warehouse: 404, other: 404 },
  'GET /v1/process-instances/{processInstanceKey}/history': { clerk: 200, salesman: 200, auditor: 200, finance: 404, other: 404 },
  'GET /v1/process-instances/{processInstanceKey}/observation': { clerk: 403, 'sales-manager': 403, auditor: 200, admin: 200, other: 404 },
  'GET /v1/process-instances/{processInstanceKey}/recording': { clerk: 403, 'sales-manager': 403, auditor: 200, admin: 200, other: 404 },
  'GET /v1/demo': noRehearsal,
  'POST /v1/demo/clock': noRehearsal,
  'POST /v1/demo/connectors/{elementId}/answer': noRehearsal,
  'POST /v1/demo/process-instances': noRehearsal,
  'GET /v1/user-tasks': { clerk: 200, auditor: 200, other: 200 },
  'GET /v1/user-tasks/{userTaskKey}': { clerk: 200, auditor: 200, 'sales-manager': 200, warehouse: 404, other: 404 },
  'POST /v1/process-instances/search': { clerk: 200, warehouse: 200, other: 200 },
  'POST /v1/user-tasks/search': { clerk: 200, warehouse: 200, other: 200 },
  'POST /v1/messages/publication': { auditor: 403, salesman: 403, warehouse: 403, clerk: 200, finance: 200, admin: 200 },
  'POST /v1/conditions/evaluation': { auditor: 403, salesman: 403, warehouse: 403, clerk: 200, finance: 200, admin: 200 },
  'POST /v1/process-instances': { auditor: 403, finance: 403, warehouse: 403, admin: 403 },
  'POST /v1/incidents/{incidentKey}/resolution': { clerk: 403, auditor: 403, other: 404, admin: 200 },
  'POST /v1/user-tasks/{userTaskKey}/assignment': giving,
  'DELETE /v1/user-tasks/{userTaskKey}/assignee': { auditor: 403, warehouse: 403, other: 404, clerk: 200 },
  'DELETE /v1/process-definitions/{processDefinitionId}/suspension': { clerk: 403, auditor: 403, 'sales-manager': 200, admin: 200 },
  'DELETE /v1/process-instances/{processInstanceKey}/activities/{elementId}/instances/{index}': steering,
  'DELETE /v1/process-instances/{processInstanceKey}/suspension': { clerk: 403, salesman: 403, other: 404, admin: 200 },
  'DELETE /v1/substitutions/{substitutionId}': { clerk: 404, admin: 404 },
  'DELETE /v1/user-tasks/{userTaskKey}/draft': { clerk: 204 },
  'DELETE /v1/user-tasks/{userTaskKey}/signers/{user}': working,
  'GET /v1/copies': { clerk: 200, auditor: 200, other: 200 },
  'GET /v1/notifications': { clerk: 200, auditor: 200, other: 200 },
  'POST /v1/notifications/read': { clerk: 204, other: 204 },
  'POST /v1/notifications/{notificationId}/read': { clerk: 404, other: 404 },
  'GET /v1/deployments': { clerk: 403, salesman: 403, auditor: 200, 'general-manager': 200, admin: 200, other: 200 },
  'GET /v1/deployments/{deploymentId}': { clerk: 403, auditor: 404, admin: 404, other: 404 },
  'POST /v1/deployments': { clerk: 403, auditor: 403, 'sales-manager': 403, 'general-manager': 403, admin: 422, other: 422 },
  'GET /v1/schedules': { clerk: 200, auditor: 200, other: 200 },
  'GET /v1/schedules/{scheduleId}/runs': { clerk: 404, other: 404 },
  'GET /v1/substitutions': { clerk: 200, auditor: 200, other: 200 },
  'GET /v1/user-tasks/{userTaskKey}/comments': { clerk: 200, auditor: 200, warehouse: 404, other: 404 },
  'GET /v1/user-tasks/{userTaskKey}/copies': { clerk: 200, auditor: 200, warehouse: 404, other: 404 },
  'GET /v1/user-tasks/{userTaskKey}/draft': { clerk: 404, other: 404 },
  'POST /v1/copies/{userTaskKey}/read': { clerk: 404, other: 404 },
  'POST /v1/process-definitions/{processDefinitionId}/suspension': { clerk: 403, auditor: 403 },
  'POST /v1/process-instances/{processInstanceKey}/activities/{elementId}/completion': steering,
  'POST /v1/process-instances/{processInstanceKey}/activities/{elementId}/instances': steering,
  'POST /v1/process-instances/{processInstanceKey}/activities/{elementId}/start': steering,
  'POST /v1/process-instances/{processInstanceKey}/suspension': {
    clerk: 403,
    salesman: 403,
    auditor: 403,
    other: 404,
    'sales-manager': 200,
  },
  // test/api/documents.test.ts hands in files and downloads them
  'GET /v1/documents': { clerk: 400, other: 400 },
  'GET /v1/documents/{documentId}': { clerk: 404, other: 404 },
  'GET /v1/documents/{documentId}/details': { clerk: 404, other: 404 },
  'POST /v1/documents': { clerk: 415, other: 415 },
  'GET /v1/registers': { clerk: 200, auditor: 200, other: 200 },
  'GET /v1/registers/{registerId}': { clerk: 200, auditor: 200, finance: 404, other: 404 },
  'GET /v1/registers/{registerId}/rows/{key}': { clerk: 200, auditor: 200, finance: 404, other: 404 },
  'GET /v1/registers/{registerId}/rows/{key}/history': { clerk: 200, auditor: 200, finance: 404, other: 404 },
  // what is no file is refused before anything; test/api/register-files.test.ts sends files
  'POST /v1/registers/{registerId}/imports': { clerk: 415, finance: 415, other: 415 },
  'POST /v1/registers/{registerId}/export': { clerk: 200, auditor: 200, finance: 404, other: 404 },
  'POST /v1/registers/{registerId}/search': { clerk: 200, auditor: 200, finance: 404, other: 404 },
  'POST /v1/registers/{registerId}/rows': { auditor: 403, finance: 404, other: 404, clerk: 201 },
  'PATCH /v1/registers/{registerId}/rows/{key}': { auditor: 403, finance: 404, other: 404, clerk: 200 },
  'DELETE /v1/registers/{registerId}/rows/{key}': { auditor: 403, finance: 404, other: 404, clerk: 204 },
  'GET /v1/reports': { clerk: 200, finance: 200, other: 200 },
  'GET /v1/reports/{reportId}/versions': { clerk: 200, auditor: 200, finance: 404, other: 404 },
  'GET /v1/reports/{reportId}/versions/{version}': { clerk: 200, auditor: 200, finance: 404, other: 404 },
  'GET /v1/reports/{reportId}/versions/{version}/deliveries': { clerk: 200, auditor: 200, finance: 404, other: 404 },
  'POST /v1/reports/{reportId}/runs': { clerk: 201, auditor: 201, finance: 404, other: 404 },
  'POST /v1/signals': { auditor: 403, salesman: 403, clerk: 202, finance: 202, admin: 202 },
  'POST /v1/substitutions': { clerk: 403, 'sales-manager': 403, other: 422 },
  'POST /v1/user-tasks/{userTaskKey}/comments': { warehouse: 404, other: 404, clerk: 201, auditor: 201 },
  'POST /v1/user-tasks/{userTaskKey}/copies': working,
  'POST /v1/user-tasks/{userTaskKey}/delegation': giving,
  'POST /v1/user-tasks/{userTaskKey}/return': working,
  'POST /v1/user-tasks/{userTaskKey}/signers': working,
  'POST /v1/user-tasks/{userTaskKey}/transfer': giving,
  'POST /v1/user-tasks/{userTaskKey}/urge': { warehouse: 404, other: 404, salesman: 200, clerk: 200, auditor: 200 },
  'POST /v1/user-tasks/{userTaskKey}/withdrawal': { warehouse: 404, other: 404, clerk: 409 },
  'PUT /v1/process-instances/{processInstanceKey}/variables': { clerk: 403, 'sales-manager': 403, other: 404, admin: 200 },
  'PUT /v1/user-tasks/{userTaskKey}/draft': { warehouse: 404, auditor: 403, other: 404, clerk: 200 },
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
  const method = route.split(' ')[0]!.toLowerCase() as Method;
  const test = request(target)[method](path);
  return bodies[route] === undefined ? test : test.send(bodies[route]);
}

const others = {
  registerId: 'carriers',
  reportId: 'carrier-list',
  version: '1',
  key: 'A',
  processDefinitionId: 'order-to-delivery',
  elementId: 'review',
  index: '1',
  user: 'wang@tianhe',
  substitutionId: '00000000-0000-4000-8000-000000000000',
  deploymentId: '00000000-0000-4000-8000-000000000000',
  notificationId: '00000000-0000-4000-8000-000000000000',
};

const fill = (route: string, keys: Record<string, string>) =>
  route.split(' ')[1]!.replace(/\{(\w+)\}/g, (_, name: string) => keys[name] ?? 'x');

it('has the golden list of routes, each with its rights', () => {
  expect(routesOf().sort()).toEqual(golden);
  expect(golden.filter((route) => !open.includes(route) && access[route] === undefined)).toEqual([]);
});

it.each(golden.filter((route) => !open.includes(route)))('%s needs a token', async (route) => {
  const path = fill(route, others);
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
    if (!('taskKey' in asked)) return b.batch({ type: 'variablesSet', variables: {} });
    return b.batch({ type: 'taskUnassigned', task: b.task('review', { key: review }), previousAssignee: null });
  };
  const path = fill(route, { processInstanceKey: instanceKey, userTaskKey: review, incidentKey, ...others });
  const got: Record<string, number> = {};
  for (const role of Object.keys(roles)) {
    const client = await api.as(role === 'other' ? 'admin@haizhu' : `${role}@tianhe`);
    const method = route.split(' ')[0]!.toLowerCase() as Method;
    const answer = await (method === 'post' || method === 'put' || method === 'patch'
      ? client[method](path, bodies[route])
      : client[method](path));
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
