import { Workbook } from '@cj-tech-master/excelts';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import type { Response } from 'supertest';
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
  note: { type: string, title: { zh: 说明, en: Note } }
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
  const values = (row: number) => Array.from({ length: 8 }, (_, index) => sheet?.getRow(row).getCell(index + 1).value);
  expect([sheet?.name, sheet?.views[0]]).toMatchObject(['Contracts', { state: 'frozen', ySplit: 1 }]);
  expect(values(1)).toEqual(['Number', 'Customer', 'Signed on', 'Amount', 'Note', 'Seats', 'Paid', 'double']);
  expect(sheet?.getCell('A1').font).toMatchObject({ bold: true });
  expect(values(2)).toEqual(['007', null, null, -0.1, null, null, null, -0.2]);
  expect(values(3)).toEqual(['=1+1', '＊＊＊', new Date('2026-03-02T00:00:00Z'), 1234567890123.45, null, 5, true, 2469135780246.9]);
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

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

async function imported(file: Buffer | string, query = '', type = typeof file === 'string' ? 'text/csv' : XLSX, role = 'clerk') {
  const body = typeof file === 'string' ? Buffer.from(file) : file;
  return (await as(role)).post(`${URL_}/imports${query}`).set('Content-Type', type).send(body);
}

async function workbookOf(rows: unknown[][]): Promise<Buffer> {
  const workbook = new Workbook();
  const sheet = workbook.addWorksheet('三月');
  for (const row of rows) sheet.addRow(row);
  return Buffer.from(await workbook.xlsx.writeBuffer());
}

const row = async (number: string) => (await (await as('clerk')).get(`${URL_}/rows/${encodeURIComponent(number)}`)).body.values;

it('imports a workbook by titles: dates of both kinds, amounts, texts with their zeros, results of formulas', async () => {
  const file = await workbookOf([
    ['合同编号', 'Customer', 'signedOn', '金额', '座位', '已付', '备注', 'double'],
    ['0012', '李娜', new Date('2026-03-02T00:00:00Z'), 1800, { formula: '2+3', result: 5 }, '是', 'x', 1],
    ['0013', { richText: [{ text: '王' }, { text: '芳' }] }, 46083, '1,234.5', null, false, null, null],
    ['0014', null, null, 0.1 + 0.2, null, null, null, null],
  ]);
  const answer = await imported(file);
  expect(answer.body).toMatchObject({ done: true, inserted: 3, problems: [], ignored: ['备注', 'double'] });
  expect(await row('0012')).toMatchObject({ customer: '李娜', signedOn: '2026-03-02', amount: '1800.00', seats: 5, paid: true });
  expect(await row('0014')).toMatchObject({ amount: '0.30' });
  expect(await row('0013')).toMatchObject({ customer: '王芳', signedOn: '2026-03-02', amount: '1234.50', seats: null, paid: false });
  expect((await imported(file)).body).toMatchObject({ done: true, inserted: 0, unchanged: 3 });
});

it('says every problem with its cell, and does nothing unless it is asked for the good rows', async () => {
  const text = 'number,amount,signedOn,seats\nP-1,1.00,2026-01-01,1\nP-2,1.005,2026-02-30,x\n,3.00,,\nP-1,4.00,,\nP-5,,,\n';
  const answer = await imported(text);
  expect(answer.body).toMatchObject({ done: false, inserted: 1, refused: 4, problemCount: 6 });
  const cells = answer.body.problems.map(({ cell, value }: { cell: string; value: string }) => [cell, value]);
  expect(cells).toEqual([
    ['B3', '1.005'],
    ['C3', '2026-02-30'],
    ['D3', 'x'],
    ['A4', null],
    ['A5', 'P-1'],
    ['B6', null],
  ]);
  expect(await row('P-1')).toBeUndefined();
  expect((await imported(text, '?mode=good-rows&dryRun=true')).body).toMatchObject({ done: false, inserted: 1 });
  expect(await row('P-1')).toBeUndefined();
  expect((await imported(text, '?mode=good-rows')).body).toMatchObject({ done: true, inserted: 1, refused: 4 });
  expect(await row('P-1')).toMatchObject({ amount: '1.00' });
});

it('treats rows that are there as it is asked to', async () => {
  await add({ number: 'E-1', amount: '1.00', customer: '甲' });
  const text = 'number;amount;Customer\nE-1;2.00;\n';
  expect((await imported(text)).body).toMatchObject({ done: false, problems: [{ cell: 'B2', value: '2.00' }] });
  expect((await imported(text, '?onExisting=skip')).body).toMatchObject({ done: true, skipped: 1 });
  expect((await imported(text, '?onExisting=update')).body).toMatchObject({ done: true, updated: 1 });
  expect(await row('E-1')).toMatchObject({ amount: '2.00', customer: null });
});

it('reads GBK, as Excel in Chinese writes it', async () => {
  // 合同编号,金额,客户 / GBK-1,5.00,张伟
  const file = Buffer.from('bacfcdacb1e0bac52cbdf0b6ee2cbfcdbba70d0a47424b2d312c352e30302cd5c5ceb00d0a', 'hex');
  expect((await imported(file, '', 'text/csv')).body).toMatchObject({ done: true, inserted: 1 });
  expect(await row('GBK-1')).toMatchObject({ customer: '张伟' });
});

it('refuses those who may not, and columns that somebody may not set', async () => {
  expect((await imported('number,amount\nR,1.00\n', '', 'text/csv', 'finance')).status).toBe(403);
  expect((await imported('number,amount,margin\nR-1,1.00,2.00\n')).body).toMatchObject({ done: true, ignored: ['margin'] });
});

it('refuses files that are no tables, and those that are too large', async () => {
  const bomb = Buffer.from(zipSync({ 'xl/workbook.xml': new Uint8Array(60 * 1024 * 1024) }));
  for (const [file, type] of [
    [bomb, XLSX],
    [Buffer.from('no workbook'), XLSX],
    [Buffer.from(zipSync({ a: new Uint8Array(3) })), XLSX],
    [Buffer.from('number,amount\n"x'), 'text/csv'],
    [Buffer.from('amount\n1.00\n'), 'text/csv'],
    [Buffer.from('number,Number\n1,2\n'), 'text/csv'],
    [Buffer.from([0xff, 0xff, 0xff]), 'text/csv'],
    [Buffer.from(`number\n${'x\n'.repeat(5_001)}`), 'text/csv'],
  ] as const) {
    const answer = await imported(file, '', type);
    expect([answer.status, answer.body.code]).toEqual([422, 'file-invalid']);
  }
  expect((await imported(Buffer.alloc(6 * 1024 * 1024), '', 'text/csv')).status).toBe(413);
  expect((await imported('a', '', 'image/png')).status).toBe(415);
});

it('does an import once for each key, also at the same time', async () => {
  const client = await as('clerk');
  const send = () =>
    client
      .post(`${URL_}/imports`)
      .set('Content-Type', 'text/csv')
      .set('Idempotency-Key', 'file-1')
      .send(Buffer.from('number,amount\nI-1,1.00\n'));
  const answers = await Promise.all([send(), send()]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect((await client.get(`${URL_}/rows/I-1/history`)).body.items).toHaveLength(1);
});

it('takes an export back without a change, whatever its texts are', async () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom(
      '=1',
      "'=1",
      "''",
      ' a ',
      '_x0041_',
      '\r\n',
      '\n',
      '\u0001',
      '007',
      '1e5',
      'TRUE',
      '＊＊',
      '-5',
      '\ufeff',
      '2026-01-01',
      'a"b',
    ),
  );
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(nasty, { minLength: 1, maxLength: 8 }), fc.constantFrom('xlsx', 'csv'), async (texts, format) => {
      round += 1;
      const signedOn = `20${30 + (round % 60)}-01-${String((round % 28) + 1).padStart(2, '0')}`;
      const client = await as('clerk');
      for (const [index, note] of texts.entries()) {
        await client.post(`${URL_}/rows`, {
          values: { number: `N-${round}-${index}`, amount: '-1.10', signedOn, customer: 'x', note, seats: -1 },
        });
      }
      const filters = [{ column: 'signedOn', op: 'eq', value: signedOn }];
      const file = await exported('clerk', { format, filters });
      const answer = await imported(file, '?onExisting=update', format === 'csv' ? 'text/csv' : XLSX);
      expect([format, texts, answer.body.updated, answer.body.problems]).toEqual([format, texts, 0, []]);
      expect(answer.body).toMatchObject({ done: true, inserted: 0 });
    }),
    { numRuns: 40 },
  );
});
