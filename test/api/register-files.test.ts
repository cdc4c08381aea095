import { Workbook } from '@cj-tech-master/excelts';
import type { Response } from 'superagent';
import { putRegister } from '../../db/register-repository';
import { registersOf } from '../language/compile-steps';
import { createTestApi, type TestApi } from './support';

const contracts = `register: contracts
title: { zh: 合同台账, en: Contracts }
key: number
columns:
  number: { type: string, maxLength: 40, title: { zh: 合同编号, en: Number } }
  customer: { type: string, personal: true, title: { zh: 客户, en: Customer } }
  signedOn: { type: string, format: date, title: { zh: 签订日期, en: Signed on } }
  amount: { type: string, format: money, title: { zh: 金额, en: Amount } }
  seats: { type: integer, title: { zh: 座位, en: Seats } }
  paid: { type: boolean, title: { zh: 已付, en: Paid } }
  margin: { type: string, format: money, readers: [finance], writers: [finance], title: { zh: 毛利, en: Margin } }
required: [amount]
computed: { double: =amount * 2 }
writers: [clerk]
`;

let api: TestApi;
const URL_ = '/v1/registers/contracts';
const as = (role: string) => api.as(`${role}@tianhe`);

beforeAll(async () => {
  api = await createTestApi();
  await api.db.system(async (trx) => {
    for (const one of Object.values(registersOf(contracts))) await putRegister(trx, 'tianhe', one);
  });
});
afterAll(() => api.drop());

const binary = (res: Response, done: (error: Error | null, body: Buffer) => void) => {
  const parts: Buffer[] = [];
  const stream = res as unknown as NodeJS.ReadableStream;
  stream.on('data', (part: Buffer) => parts.push(part));
  stream.on('end', () => done(null, Buffer.concat(parts)));
};

async function exported(role: string, body: object): Promise<Buffer> {
  const answer = await (await as(role)).post(`${URL_}/export`, body).buffer(true).parse(binary);
  expect(answer.status).toBe(200);
  return answer.body as Buffer;
}

async function add(values: object): Promise<void> {
  expect((await (await as('clerk')).post(`${URL_}/rows`, { values })).status).toBe(201);
}

it('exports a workbook with typed cells, a styled header that stays, and texts that are no formulas', async () => {
  await add({ number: '=1+1', customer: '张伟', signedOn: '2026-03-02', amount: '1234567890123.45', seats: 5, paid: true });
  await add({ number: '007', amount: '-0.10' });
  const filters = [{ column: 'number', op: 'in', value: ['=1+1', '007'] }];
  const workbook = new Workbook();
  await workbook.xlsx.load(await exported('clerk', { format: 'xlsx', filters }));
  const [sheet] = workbook.worksheets;
  const values = (row: number) => Array.from({ length: 7 }, (_, index) => sheet?.getRow(row).getCell(index + 1).value);
  expect([sheet?.name, sheet?.views[0]]).toMatchObject(['Contracts', { state: 'frozen', ySplit: 1 }]);
  expect(values(1)).toEqual(['Number', 'Customer', 'Signed on', 'Amount', 'Seats', 'Paid', 'double']);
  expect(sheet?.getCell('A1').font).toMatchObject({ bold: true });
  expect(values(2)).toEqual(['007', null, null, -0.1, null, null, -0.2]);
  expect(values(3)).toEqual(['=1+1', '＊＊＊', new Date('2026-03-02T00:00:00Z'), 1234567890123.45, 5, true, 2469135780246.9]);
  expect([sheet?.getCell('C3').numFmt, sheet?.getCell('D3').numFmt, sheet?.getCell('A3').formula]).toEqual([
    'yyyy-mm-dd',
    '#,##0.00',
    undefined,
  ]);
});

it('exports CSV for Excel, in which nothing can be taken for a formula', async () => {
  for (const number of ['+1', '@sum', "'-x", '-2+3', '\tt', 'a"b,c\nd']) await add({ number, amount: '-5.00', signedOn: '2027-01-01' });
  const filters = [{ column: 'signedOn', op: 'eq', value: '2027-01-01' }];
  const text = (await exported('clerk', { format: 'csv', filters })).toString('utf8');
  expect(text.startsWith('\ufeff"Number","Customer"')).toBe(true);
  for (const cell of [`"'+1"`, `"'@sum"`, `"''-x"`, `"'-2+3"`, `"'\tt"`, '"a""b,c\nd"', '"-5.00"']) expect(text).toContain(cell);
});

it('exports hidden columns to nobody, and refuses to filter by them', async () => {
  expect((await exported('clerk', { format: 'csv' })).toString()).not.toContain('Margin');
  expect((await exported('finance', { format: 'csv' })).toString()).toContain('Margin');
  const filters = [{ column: 'margin', op: 'eq', value: '1.00' }];
  expect((await (await as('clerk')).post(`${URL_}/export`, { format: 'csv', filters })).body.code).toBe('search-invalid');
});
