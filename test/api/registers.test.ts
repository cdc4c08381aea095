import { putRegister } from '../../db/register-repository';
import { registersOf } from '../language/compile-steps';
import { createTestApi, type TestApi } from './support';

const contracts = `register: contracts
title: { zh: 合同台账, en: Contracts }
key: number
columns:
  number: { type: string, maxLength: 40, title: { zh: 合同编号, en: Number } }
  customer: { type: string, personal: true, title: { zh: 客户, en: Customer } }
  signedOn: { type: string, format: date }
  amount: { type: string, format: money }
  received: { type: string, format: money, default: "0.00", writers: [finance] }
  margin: { type: string, format: money, readers: [finance], writers: [finance] }
required: [amount]
unique: [customer]
computed: { outstanding: =amount - received }
readers: [clerk, finance]
writers: [clerk]
`;
const targets = `register: targets
key: [month, seats]
columns:
  month: { type: string }
  seats: { type: integer }
  goal: { type: integer }
writers: [clerk]
`;

let api: TestApi;
let next = 0;
const ROWS = '/v1/registers/contracts/rows';
const as = (role: string) => api.as(`${role}@tianhe`);

beforeAll(async () => {
  api = await createTestApi();
  await api.db.system(async (trx) => {
    for (const one of Object.values(registersOf(contracts, targets))) await putRegister(trx, 'tianhe', one);
  });
});
afterAll(() => api.drop());

/** A row of contracts that the clerk has added. */
async function added(values: object = {}): Promise<string> {
  next += 1;
  const number = `HT/${next} 甲`;
  const answer = await (await as('clerk')).post(ROWS, { values: { number, amount: '100.00', ...values } });
  expect([answer.status, answer.body.key]).toEqual([201, number]);
  return `${ROWS}/${encodeURIComponent(number)}`;
}

it('shows registers, and columns by role', async () => {
  const list = await (await as('clerk')).get('/v1/registers');
  expect(list.body.items).toMatchObject([
    { registerId: 'contracts', title: 'Contracts', writable: true },
    { registerId: 'targets', readable: true },
  ]);
  const names = async (role: string) =>
    (await (await as(role)).get('/v1/registers/contracts')).body.columns.map((one: { name: string }) => one.name);
  expect(await names('finance')).toContain('margin');
  expect(await names('clerk')).toEqual(['number', 'customer', 'signedOn', 'amount', 'received', 'outstanding']);
  expect((await (await as('warehouse')).get('/v1/registers')).body.items).toMatchObject([{ registerId: 'targets', writable: false }]);
  expect((await (await as('warehouse')).get('/v1/registers/contracts')).status).toBe(404);
  expect((await (await api.as('admin@haizhu')).get('/v1/registers/contracts')).status).toBe(404);
});

it('adds, reads, changes and deletes a row, and keeps its history', async () => {
  const path = await added();
  const clerk = await as('clerk');
  const read = await clerk.get(path);
  expect([read.body.version, read.get('ETag'), read.body.values]).toMatchObject([1, '"1"', { amount: '100.00', outstanding: '100.00' }]);
  const between = new Date().toISOString();
  const changed = await clerk.patch(path, { values: { amount: '120.00' } }).set('If-Match', '"1"');
  expect([changed.status, changed.body.version, changed.body.values.outstanding]).toEqual([200, 2, '120.00']);
  expect((await clerk.get(`${path}?asOf=${between}`)).body).toMatchObject({
    version: 1,
    values: { amount: '100.00', outstanding: '100.00' },
  });
  expect((await clerk.get(`${path}?asOf=2020-01-01T00:00:00Z`)).status).toBe(404);
  expect((await clerk.delete(path).set('If-Match', '"1"')).status).toBe(412);
  expect((await clerk.delete(path).set('If-Match', '"2"')).status).toBe(204);
  expect((await clerk.get(path)).status).toBe(404);
  const first = await clerk.get(`${path}/history?limit=2`);
  expect(first.body.items).toMatchObject([
    { version: 3, kind: 'delete', after: null },
    { version: 2, columns: ['amount'], changedBy: 'clerk@tianhe' },
  ]);
  const rest = await clerk.get(`${path}/history?after=${first.body.page.endCursor}`);
  expect(rest.body).toMatchObject({ items: [{ version: 1, kind: 'insert', before: null }], page: { hasMore: false } });
});

it('says who changed what where a change was overlooked', async () => {
  const path = await added();
  await (await as('finance')).patch(path, { values: { received: '50.00', margin: '9.00' } });
  const answer = await (await as('clerk')).patch(path, { values: { amount: '1.00' }, version: 1 });
  expect([answer.status, answer.body.code]).toEqual([412, 'row-changed']);
  expect(answer.body.details).toMatchObject({ version: 2, changedBy: 'finance@tianhe', columns: ['received'] });
  const wrong = await (await as('clerk')).patch(path, { values: {}, version: 1 }).set('If-Match', '"2"');
  expect([wrong.status, wrong.body.code]).toEqual([400, 'invalid-request']);
});

it('hides columns everywhere from those who may not see them', async () => {
  const path = await added();
  await (await as('finance')).patch(path, { values: { margin: '9.00' } });
  const clerk = await as('clerk');
  const texts = [
    (await clerk.get(path)).text,
    (await clerk.get(`${path}/history`)).text,
    (await clerk.post('/v1/registers/contracts/search', {})).text,
  ];
  for (const text of texts) expect(text).not.toContain('margin');
  expect((await (await as('finance')).get(path)).body.values.margin).toBe('9.00');
  for (const body of [
    { filters: [{ column: 'margin', op: 'gt', value: '1.00' }] },
    { sort: [{ column: 'margin' }] },
    { sums: ['margin'] },
  ]) {
    const answer = await clerk.post('/v1/registers/contracts/search', body);
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([
      422,
      'search-invalid',
      'register "contracts" has no column "margin"',
    ]);
  }
});

it('names the column that somebody may not set', async () => {
  const path = await added();
  const answer = await (await as('clerk')).patch(path, { values: { amount: '2.00', received: '2.00' } });
  expect([answer.status, answer.body.code, answer.body.details]).toEqual([403, 'column-not-writable', { columns: ['received'] }]);
  expect((await (await as('finance')).patch(path, { values: { amount: '2.00' } })).body.details).toEqual({ columns: ['amount'] });
  expect((await (await as('finance')).delete(path)).status).toBe(403);
  expect((await (await as('clerk')).patch(path, { values: { outstanding: '0.00' } })).status).toBe(403);
});

it('refuses rows that are not right, with every problem', async () => {
  const clerk = await as('clerk');
  const bad = await clerk.post(ROWS, { values: { number: 'B-1', amount: '1,5', signedOn: '2026-02-30', nothing: 1 } });
  expect([bad.status, bad.body.code]).toEqual([422, 'row-invalid']);
  expect(bad.body.errors.map((one: { pointer: string }) => one.pointer).sort()).toEqual([
    '/values/amount',
    '/values/nothing',
    '/values/signedOn',
  ]);
  await added({ customer: '张伟' });
  const twice = await clerk.post(ROWS, { values: { number: 'B-2', amount: '1.00', customer: '张伟' } });
  expect([twice.status, twice.body.code, twice.body.details.columns]).toEqual([409, 'row-conflict', ['customer']]);
  expect((await clerk.patch(`${ROWS}/none`, { values: { amount: '1.00' } })).status).toBe(404);
});

it('does a command once, however often it is sent', async () => {
  const clerk = await as('clerk');
  const send = () => clerk.post(ROWS, { values: { number: 'ONCE', amount: '1.00' } }).set('Idempotency-Key', 'once-1');
  const answers = await Promise.all([send(), send(), send()]);
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect((await clerk.get(`${ROWS}/ONCE/history`)).body.items).toHaveLength(1);
  expect((await clerk.post(ROWS, { values: { number: 'ONCE', amount: '1.00' } })).status).toBe(409);
});

it('searches with filters, order, totals and pages', async () => {
  for (const amount of ['7000.00', '7002.00', '7001.00']) await added({ amount, signedOn: '2031-01-01' });
  const clerk = await as('clerk');
  const query = { filters: [{ column: 'signedOn', op: 'eq', value: '2031-01-01' }], sort: [{ column: 'amount', order: 'DESC' }] };
  const first = await clerk.post('/v1/registers/contracts/search', { ...query, page: { limit: 2 }, count: true, sums: ['amount'] });
  expect(first.body.items.map((row: { values: { amount: string } }) => row.values.amount)).toEqual(['7002.00', '7001.00']);
  expect(first.body).toMatchObject({ count: 3, sums: { amount: '21003.00' }, page: { hasMore: true } });
  const after = first.body.page.endCursor;
  const second = await clerk.post('/v1/registers/contracts/search', { ...query, page: { limit: 2, after } });
  expect(second.body).toMatchObject({ items: [{ values: { amount: '7000.00' } }], page: { hasMore: false, endCursor: null } });
  expect((await clerk.post('/v1/registers/contracts/search', { page: { after } })).body.code).toBe('cursor-invalid');
});

it('takes keys of several columns as the list of their values', async () => {
  const clerk = await as('clerk');
  const answer = await clerk.post('/v1/registers/targets/rows', { values: { month: '2026-03', seats: 5, goal: 1 } });
  expect(answer.body.key).toBe('["2026-03",5]');
  const path = `/v1/registers/targets/rows/${encodeURIComponent(answer.body.key)}`;
  expect((await clerk.patch(path, { values: { goal: 2 } })).body.values.goal).toBe(2);
  for (const key of ['["2026-03"]', '["2026-03","5x"]', '2026-03', '[', 'null', '["a",null]', '[{},[]]']) {
    expect([key, (await clerk.get(`/v1/registers/targets/rows/${encodeURIComponent(key)}`)).status]).toEqual([key, 404]);
  }
});

it('finds nothing under names that cannot be stored', async () => {
  const clerk = await as('clerk');
  for (const path of [
    '/v1/registers/a%00b',
    `${ROWS}/a%00b`,
    `${ROWS}/%00/history`,
    '/v1/registers/targets/rows/%5B%22%5Cu0000%22%2C5%5D',
  ]) {
    expect([path, (await clerk.get(path)).status]).toEqual([path, 404]);
  }
  expect((await clerk.patch(`${ROWS}/%00`, { values: { amount: '1.00' } })).status).toBe(404);
});
