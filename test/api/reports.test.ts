import { randomUUID } from 'node:crypto';
import { putRegister } from '../../db/register-repository';
import { putReports } from '../../db/report-repository';
import { REPORT_LIMITS } from '../../db/report-run';
import type { JsonObject } from '../../engine/json';
import type { ReportTable } from '../../engine/report/table';
import { dealershipOf } from '../language/compile-steps';
import { createTestApi, type TestApi } from './support';

const contracts = `register: contracts
title: { zh: 合同台账, en: Contracts }
key: number
columns:
  number: { type: string }
  salesman: { type: string, format: user, title: { zh: 销售员, en: Salesman } }
  model: { type: string }
  signedOn: { type: string, format: date }
  dueOn: { type: string, format: date }
  amount: { type: string, format: money, title: { zh: 合同金额, en: Amount } }
  received: { type: string, format: money }
  discount: { type: number }
  at: { type: string, format: date-time }
  margin: { type: string, format: money, readers: [finance] }
indexes: [[signedOn, model]]
computed: { outstanding: =amount - received, overdue: =outstanding > 0 and dueOn < today() }
readers: [clerk, finance]
writers: [clerk]
`;
/** As the page of the language's design has it. */
const monthly = `report: monthly-contract-performance
title: { zh: 月度合同履行情况统计表, en: Monthly contract performance }
from: contracts
period: { of: signedOn, every: month }
group: [salesman, model]
measures: { contracts: count, total: { sum: amount }, paid: { sum: received }, rate: =paid / total }
chart: { bar: { category: salesman, values: [total, paid] } }
`;
const others = [
  `report: every-measure
from: contracts
filter: =model != "Z"
group: [model]
measures:
  rows: count
  late: { count: =overdue, title: { zh: 逾期, en: Late } }
  people: { countDistinct: salesman }
  discounts: { sum: discount }
  mean: { avg: amount }
  least: { min: signedOn }
  most: { max: salesman }
  middle: { median: amount }
  share: { value: =late / rows, format: percent }
sort: [{ by: rows, order: desc }]
`,
  `report: compared
from: contracts
period: { of: signedOn, every: month }
group: [salesman]
measures: { total: { sum: amount }, rows: count }
compare: [previousPeriod, previousYear]
`,
  `report: open-contracts
from: contracts
filter: =outstanding > 0
columns: [number, { id: when, of: signedOn, every: quarter, title: { zh: 季度, en: Quarter } }, amount, outstanding, { id: days, of: =(today() - dueOn).days }]
sort: [{ by: outstanding, order: desc }]
limit: 2
`,
  `report: by-week
from: contracts
group: [{ id: week, of: at, every: week }]
measures: { rows: count }
`,
  `report: margins
from: contracts
measures: { margin: { sum: margin } }
`,
  `report: cases-of-the-day
from: cases
period: { of: startedOn, every: day }
group: [process, state]
measures: { cases: count, incidents: { sum: incidents }, longest: { max: lasted } }
readers: [sales-manager]
`,
  `report: tasks-of-the-day
from: tasks
period: { of: openedAt, every: day }
group: [step]
measures:
  tasks: count
  open: { count: =state = "open" }
  late: { count: =overdue }
  waited: { sum: { workingTime: { from: openedAt, to: completedAt, calendar: round-the-clock } } }
  office: { avg: { workingTime: { from: openedAt, to: completedAt, calendar: office } } }
readers: [sales-manager]
`,
  `report: takings
from: { table: payments }
period: { of: bookedOn, every: month }
group: [bank, state]
measures: { payments: count, total: { sum: amount } }
subtotals: true
readers: [finance]
`,
  `report: stock
from: { table: vehicles }
columns: [vin, state, order, receivedOn, { id: days, of: =(today() - receivedOn).days }]
readers: [finance]
`,
  `report: numbers
from: { table: outbound-numbers }
columns: [number, state, issuedOn, revokedAt, reason]
readers: [finance]
`,
];
const calendar = 'calendar: round-the-clock\ntimezone: Asia/Shanghai\nhours: { mon-sun: ["00:00-24:00"] }\n';

let api: TestApi;
const as = (role: string) => api.as(`${role}@tianhe`);

const row = (number: string, values: JsonObject) => ({ number, salesman: 'li@tianhe', model: 'A6', received: '0.00', ...values });
const rows = [
  row('C1', {
    signedOn: '2026-03-02',
    amount: '100000.10',
    received: '50000.00',
    dueOn: '2026-01-31',
    discount: 0.1,
    at: '2026-03-01T17:00:00Z',
  }),
  row('C2', {
    signedOn: '2026-03-31',
    amount: '200000.20',
    received: '200000.20',
    dueOn: '2026-01-31',
    discount: 0.2,
    at: '2026-03-02T01:00:00+08:00',
  }),
  row('C3', { signedOn: '2026-03-15', amount: '50000.00', model: 'Q5', salesman: 'wang@tianhe', dueOn: '2099-01-01' }),
  row('C4', { signedOn: '2026-02-28', amount: '80000.00', dueOn: '2099-01-01' }),
  row('C5', { signedOn: '2025-03-01', amount: '40000.00', received: '40000.00', at: '2026-01-01T00:00:00+08:00' }),
  row('C6', { signedOn: '2026-02-01', amount: '7.00', received: '7.00', model: 'Z', salesman: 'zhao@tianhe' }),
];

beforeAll(async () => {
  api = await createTestApi();
  const { registers, reports } = dealershipOf(contracts, monthly, ...others, calendar);
  await api.db.system(async (trx) => {
    for (const one of Object.values(registers)) await putRegister(trx, 'tianhe', one);
    await putReports(trx, 'tianhe', reports);
  });
  const clerk = await as('clerk');
  for (const values of rows) expect((await clerk.post('/v1/registers/contracts/rows', { values })).status).toBe(201);
});
afterAll(() => api.drop());

async function run(report: string, body: object = {}, role = 'clerk'): Promise<{ answer: JsonObject; table: ReportTable }> {
  const person = await as(role);
  const done = await person.post(`/v1/reports/${report}/runs`, body);
  expect([done.status, done.body]).toEqual([201, expect.anything()]);
  const table = await person.get(`/v1/reports/${report}/versions/${done.body.version}`);
  expect(table.get('ETag')).toBe(`"${done.body.hash}"`);
  return { answer: done.body, table: table.body };
}

const cellsOf = ({ rows: found }: ReportTable) => found.map(({ cells }) => cells);

it('[L22.1] counts what a register has for a period, by groups, exactly', async () => {
  const { answer, table } = await run('monthly-contract-performance', { date: '2026-03-20' });
  expect(answer).toMatchObject({ reportId: 'monthly-contract-performance', period: '2026-03', version: 1, rows: 2 });
  expect(table.period).toMatchObject({
    key: '2026-03',
    from: '2026-03-01',
    to: '2026-03-31',
    label: { zh: '2026年3月', en: 'March 2026' },
  });
  expect(table.columns.map(({ id, type, role }) => `${role} ${id}: ${type}`)).toEqual([
    'group salesman: string',
    'group model: string',
    'measure contracts: number',
    'measure total: money',
    'measure paid: money',
    'measure rate: number',
  ]);
  expect(cellsOf(table)).toEqual(
    [
      ['li@tianhe', 'A6', 2, '300000.30', '250000.20', 0.83333316666683],
      ['wang@tianhe', 'Q5', 1, '50000.00', '0.00', 0],
    ].map((cells) => cells.map((cell) => (typeof cell === 'number' && cell % 1 !== 0 ? expect.closeTo(cell, 6) : cell))),
  );
  expect(table.totals).toEqual([null, null, 3, '350000.30', '250000.20', expect.closeTo(0.714286, 5)]);
  expect(table.chart).toEqual({ kind: 'bar', category: 'salesman', values: ['total', 'paid'] });
  expect(answer['totals']).toMatchObject({ contracts: 3, total: '350000.30', paid: '250000.20' });
});

it('[L22.2] has nothing for a period without rows, and tells so', async () => {
  const { table } = await run('monthly-contract-performance', { date: '2020-06-01' });
  expect([table.rows, table.totals]).toEqual([[], [null, null, 0, '0.00', '0.00', null]]);
});

it('[L22.2] counts a time by the day of the house, and weeks from Monday', async () => {
  const { table } = await run('by-week');
  expect(cellsOf(table)).toEqual([
    ['2026-W01', 1],
    ['2026-W10', 2],
    [null, 3],
  ]);
});

it('[L22.4] computes each measure; rows without a value do not count', async () => {
  const { table } = await run('every-measure');
  expect(cellsOf(table)).toEqual([
    ['A6', 4, 1, 1, 0.3, '105000.08', '2025-03-01', 'li@tianhe', '90000.05', 0.25],
    ['Q5', 1, 0, 1, 0, '50000.00', '2026-03-15', 'wang@tianhe', '50000.00', 0],
  ]);
  expect(table.totals).toEqual([null, 5, 1, 2, 0.3, '94000.06', '2025-03-01', 'wang@tianhe', '80000.00', 0.2]);
});

it('[L22.5] compares with the period before and the year before, groups that have gone included', async () => {
  const { table } = await run('compared', { date: '2026-03-01' });
  expect(table.columns.map(({ id }) => id)).toEqual([
    'salesman',
    'total',
    'rows',
    'total.previousPeriod',
    'total.previousPeriod.change',
    'rows.previousPeriod',
    'rows.previousPeriod.change',
    'total.previousYear',
    'total.previousYear.change',
    'rows.previousYear',
    'rows.previousYear.change',
  ]);
  expect(cellsOf(table)).toEqual([
    ['li@tianhe', '300000.30', 2, '80000.00', 2.750004, 1, 1, '40000.00', 6.500008, 1, 1],
    ['wang@tianhe', '50000.00', 1, '0.00', null, 0, null, '0.00', null, 0, null],
    ['zhao@tianhe', '0.00', 0, '7.00', -1, 1, -1, '0.00', null, 0, null],
  ]);
});

it('[L22.6] lists rows, with the sums of their amounts, sorted and cut', async () => {
  const { table, answer } = await run('open-contracts', { asOf: new Date().toISOString() });
  expect(table.rows.map(({ key, cells }) => [key, ...cells.slice(0, 4)])).toEqual([
    ['C4', 'C4', '2026-Q1', '80000.00', '80000.00'],
    ['C1', 'C1', '2026-Q1', '100000.10', '50000.10'],
  ]);
  expect([table.left, table.totals]).toEqual([1, [null, null, '230000.10', '180000.10', null]]);
  expect(answer['totals']).toEqual({ amount: '230000.10', outstanding: '180000.10' });
});

it('[L22.7] keeps a version as it is; a correction tells what has changed', async () => {
  const clerk = await as('clerk');
  const before = (await run('compared', { date: '2026-03-01' })).answer;
  expect((await clerk.patch('/v1/registers/contracts/rows/C3', { values: { amount: '50001.00' } })).status).toBe(200);
  const path = '/v1/reports/compared/versions';
  expect((await clerk.get(`${path}/${before['version']}`)).body.totals[1]).toBe('350000.30');
  const { table, answer } = await run('compared', { corrects: before['version'], reason: '金额录错' });
  expect(answer['version']).toBe(Number(before['version']) + 1);
  expect([table.revision, table.corrects]).toEqual([expect.any(Number), { version: before['version'], reason: '金额录错' }]);
  expect(table.corrections).toEqual([
    { row: '["wang@tianhe"]', label: 'wang@tianhe', kind: 'changed', column: 'total', before: '50000.00', after: '50001.00' },
    { row: null, label: '', kind: 'changed', column: 'total', before: '350000.30', after: '350001.30' },
  ]);
  const list = await clerk.get(`${path}?period=2026-03&limit=2`);
  expect(list.body.items.map(({ version, corrects, runBy, revision }: JsonObject) => ({ version, corrects, runBy, revision }))).toEqual([
    { version: answer['version'], corrects: before['version'], runBy: 'clerk@tianhe', revision: table.revision },
    { version: before['version'], corrects: null, runBy: 'clerk@tianhe', revision: table.revision - 1 },
  ]);
  const next = await clerk.get(`${path}?period=2026-03&limit=2&after=${list.body.page.endCursor}`);
  expect(next.body.items.map(({ version }: JsonObject) => version)).toEqual([Number(before['version']) - 1]);
  expect((await clerk.patch('/v1/registers/contracts/rows/C3', { values: { amount: '50000.00' } })).status).toBe(200);
});

it('[L22.7] is run as of a past moment, with rows that have changed or gone since', async () => {
  const clerk = await as('clerk');
  const values = row('C9', { signedOn: '2026-05-05', amount: '9.00' });
  await clerk.post('/v1/registers/contracts/rows', { values });
  await new Promise((resolve) => setTimeout(resolve, 5));
  const asOf = new Date().toISOString();
  await new Promise((resolve) => setTimeout(resolve, 5));
  await clerk.patch('/v1/registers/contracts/rows/C9', { values: { amount: '10.00' } });
  const totalOf = async (body: object) => (await run('monthly-contract-performance', { date: '2026-05-05', ...body })).table.totals?.[3];
  expect(await totalOf({})).toBe('10.00');
  await clerk.delete('/v1/registers/contracts/rows/C9');
  expect(await totalOf({})).toBe('0.00');
  expect(await totalOf({ asOf })).toBe('9.00');
  expect(await totalOf({ asOf: '2020-01-01T00:00:00Z' })).toBe('0.00');
});

it('[L22.8] is read by those alone who see each column that it uses', async () => {
  const own = async (role: string) => (await (await as(role)).get('/v1/reports')).body.items.map(({ reportId }: JsonObject) => reportId);
  expect(await own('finance')).toContain('margins');
  expect(await own('clerk')).not.toContain('margins');
  expect(await own('warehouse')).toEqual([]);
  expect(await own('sales-manager')).toEqual(['cases-of-the-day', 'tasks-of-the-day']);
  expect((await (await as('clerk')).post('/v1/reports/margins/runs', {})).status).toBe(404);
  expect((await (await api.as('clerk@haizhu')).post('/v1/reports/compared/runs', {})).status).toBe(404);
});

it('[L22.9] counts cases and tasks, and the time that they took', async () => {
  const before = (await run('tasks-of-the-day', { date: '2026-03-02' }, 'sales-manager')).table;
  await api.order('REP-1');
  const { table } = await run('cases-of-the-day', { date: '2026-03-02' }, 'sales-manager');
  expect(table.rows.map(({ cells }) => cells[0])).toContain('order-to-delivery');
  const tasks = (await run('tasks-of-the-day', { date: '2026-03-02' }, 'sales-manager')).table;
  const count = (found: ReportTable) => Number(found.rows.find(({ cells }) => cells[0] === 'review')?.cells[1] ?? 0);
  expect(count(tasks)).toBe(count(before) + 1);
  const titled = (found: ReportTable, column: string, value: string) => found.columns.find(({ id }) => id === column)?.valueTitles?.[value];
  expect(titled(table, 'process', 'order-to-delivery')).toEqual({ zh: expect.any(String), en: 'Order to delivery' });
  expect(titled(table, 'state', 'active')?.zh).toBe('进行中');
  expect(titled(tasks, 'step', 'review')).toEqual({ zh: expect.any(String), en: expect.any(String) });
  const [review] = tasks.rows.filter(({ cells }) => cells[0] === 'review');
  expect(review?.cells.slice(2)).toEqual([
    expect.any(Number),
    expect.any(Number),
    expect.stringMatching(/^P/u),
    expect.stringMatching(/^P/u),
  ]);
});

it('[L22.13] counts payments, vehicles and numbers, as they were at a moment where they say so', async () => {
  await api.db.system(async (trx) => {
    await trx.query(
      `insert into payment (dealership_id, bank, bank_reference, order_number, amount, booked_at, booked_by, refunded_at, refunded_by) values
       ('tianhe', 'ICBC', '1', 'O1', 10.10, '2026-03-01T02:00:00+08:00', 'f', null, null),
       ('tianhe', 'ICBC', '2', 'O1', 20.20, '2026-03-05T10:00:00+08:00', 'f', '2026-03-09T10:00:00+08:00', 'g'),
       ('tianhe', 'ABC', '1', 'O2', 5.00, '2026-03-31T23:00:00+08:00', 'f', null, null),
       ('haizhu', 'ABC', '1', 'O2', 99.00, '2026-03-31T23:00:00+08:00', 'f', null, null)`,
    );
    await trx.query(
      `insert into vehicle (dealership_id, vin, model, status, reserved_by, received_at, changed_at, changed_by) values
       ('tianhe', 'LSVAA00000000000A', 'A6', 'reserved', 'O1', '2026-02-27T20:00:00Z', '2026-03-01T00:00:00Z', 'w')`,
    );
    await trx.query(
      `insert into outbound_order (dealership_id, number, order_number, issued_at, issued_by, revoked_at, revoked_by, revoke_reason) values
       ('tianhe', 'CK202603-0001', 'O1', '2026-03-02T00:00:00Z', 'c', '2026-03-04T00:00:00Z', 'c', 'wrong')`,
    );
  });
  const of = async (report: string, asOf: string) => (await run(report, { asOf, date: '2026-03-15' }, 'finance')).table;
  const now = await of('takings', '2026-04-01T00:00:00Z');
  expect(now.rows.map(({ cells, subtotal }) => [...cells, subtotal])).toEqual([
    ['ABC', 'booked', 1, '5.00', undefined],
    ['ABC', null, 1, '5.00', 1],
    ['ICBC', 'booked', 1, '10.10', undefined],
    ['ICBC', 'refunded', 1, '20.20', undefined],
    ['ICBC', null, 2, '30.30', 1],
  ]);
  expect([now.totals, now.columns[1]?.valueTitles?.['refunded']?.zh]).toEqual([[null, null, 3, '35.30'], '已退款']);
  const then = await of('takings', '2026-03-06T00:00:00Z');
  expect(cellsOf(then)).toEqual([
    ['ICBC', 'booked', 2, '30.30'],
    ['ICBC', null, 2, '30.30'],
  ]);
  expect(cellsOf(await of('stock', '2026-03-10T00:00:00Z'))).toEqual([['LSVAA00000000000A', 'reserved', 'O1', '2026-02-28', 10]]);
  expect(cellsOf(await of('stock', '2026-02-01T00:00:00Z'))).toEqual([]);
  expect(cellsOf(await of('numbers', '2026-03-03T00:00:00Z'))).toEqual([['CK202603-0001', 'issued', '2026-03-02', null, null]]);
  expect(cellsOf(await of('numbers', '2026-03-05T00:00:00Z'))).toEqual([
    ['CK202603-0001', 'revoked', '2026-03-02', '2026-03-04T08:00:00.000+08:00', 'wrong'],
  ]);
  const listed = (await (await as('finance')).get('/v1/reports')).body.items as JsonObject[];
  expect(listed.find(({ reportId }) => reportId === 'takings')?.['from']).toEqual({ table: 'payments' });
});

it('[L22.10] gives a version as a page, a workbook and a PDF', async () => {
  const { answer } = await run('monthly-contract-performance', { date: '2026-03-20' });
  const clerk = await as('clerk');
  const path = `/v1/reports/monthly-contract-performance/versions/${answer['version']}`;
  const page = await clerk.get(`${path}?format=html`);
  expect([page.status, page.get('Content-Type'), page.text]).toEqual([
    200,
    expect.stringContaining('text/html'),
    expect.stringContaining('300000.30'.slice(0, 3)),
  ]);
  expect(page.get('Content-Security-Policy')).toContain('sandbox');
  for (const [format, type] of [
    ['xlsx', 'spreadsheetml'],
    ['pdf', 'application/pdf'],
  ] as const) {
    const file = await clerk.get(`${path}?format=${format}`).buffer(true);
    expect([file.status, file.get('Content-Type')]).toEqual([200, expect.stringContaining(type)]);
    expect(file.get('Content-Disposition')).toContain(`monthly-contract-performance-2026-03-v${answer['version']}.${format}`);
  }
});

describe('[L22.7] refuses', () => {
  it.each([
    ['a version that there is not', { corrects: 999 }, 422, 'report-invalid'],
    ['a correction of another period', { corrects: 1, date: '2019-01-01' }, 422, 'report-invalid'],
    ['a moment that has not been', { asOf: '2999-01-01T00:00:00Z' }, 422, 'report-invalid'],
    ['a date that there is not', { date: '2026-02-30' }, 422, 'report-invalid'],
    ['a date of another age', { date: '0001-01-01' }, 422, 'report-invalid'],
    ['what it does not know', { day: '2026-02-03' }, 400, 'invalid-request'],
  ])('%s', async (_, body, status, code) => {
    const answer = await (await as('clerk')).post('/v1/reports/monthly-contract-performance/runs', body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('more rows than a report holds', async () => {
    const many = REPORT_LIMITS.rows + 1;
    await api.db.system(async (trx) => {
      await trx.query(
        `insert into register_row (dealership_id, register_id, key, "values", version, created_at, created_by, changed_at, changed_by)
         select 'tianhe', 'contracts', 'M' || n, jsonb_build_object('number', 'M' || n, 'at', '2031-01-01T00:00:00Z', 'model', 'M' || n), 1, now(), 'x', now(), 'x'
         from generate_series(1, $1::integer) n`,
        [many],
      );
    });
    const answer = await (await as('clerk')).post('/v1/reports/every-measure/runs', {});
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([
      422,
      'report-too-large',
      expect.stringContaining(`${REPORT_LIMITS.rows}`),
    ]);
    expect((await run('by-week')).table.rows.length).toBeLessThan(10);
    await api.db.system((trx) => trx.query(`update register_row set deleted = true where key like 'M%'`));
  });
});

it('[L22.7] is run once for each idempotency key, and numbered without gaps where several run it at the same time', async () => {
  const clerk = await as('clerk');
  const key = randomUUID();
  const once = () => clerk.post('/v1/reports/by-week/runs', {}).set('Idempotency-Key', key);
  const [first, second] = [await once(), await once()];
  expect(second.body).toEqual(first.body);
  const many = await Promise.all(Array.from({ length: 5 }, () => clerk.post('/v1/reports/by-week/runs', {})));
  const versions = many.map(({ body }) => Number(body.version)).sort((a, b) => a - b);
  expect(versions).toEqual(versions.map((_, index) => Number(first.body.version) + 1 + index));
});
