import { createHash, randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import { DOCUMENT_BYTES, putDocument } from '../../db/document-repository';
import { changeRow } from '../../db/register-change';
import { putRegister } from '../../db/register-repository';
import { registersOf } from '../language/compile-steps';
import { createTestApi, type TestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.drop());

const pdf = Buffer.from('%PDF-1.7\n% 出库单\n');
const hand = async (user: string, query: string, content = pdf, type = 'application/pdf', key?: string) => {
  const test = (await api.as(user)).post(`/v1/documents?${query}`).set('Content-Type', type);
  return (key === undefined ? test : test.set('Idempotency-Key', key)).send(content);
};
const binary = (res: Response, done: (error: Error | null, body: Buffer) => void) => {
  const parts: Buffer[] = [];
  const stream = res as unknown as NodeJS.ReadableStream;
  stream.on('data', (part: Buffer) => parts.push(part));
  stream.on('end', () => done(null, Buffer.concat(parts)));
};
const download = async (user: string, id: string) => (await api.as(user)).get(`/v1/documents/${id}`).buffer(true).parse(binary);

it('stores a file and gives it back as a download that no browser opens', async () => {
  const stored = await hand('clerk@tianhe', `name=${encodeURIComponent('出库单 "1".pdf')}`);
  expect([stored.status, stored.body]).toMatchObject([
    201,
    { name: '出库单 "1".pdf', mediaType: 'application/pdf', bytes: pdf.length, createdBy: 'clerk@tianhe', processInstanceKey: null },
  ]);
  const got = await download('finance@tianhe', stored.body.documentId);
  expect([got.status, (got.body as Buffer).equals(pdf)]).toEqual([200, true]);
  expect(got.get('ETag')).toBe(`"${createHash('sha256').update(pdf).digest('hex')}"`);
  expect(got.get('X-Content-Type-Options')).toBe('nosniff');
  expect(got.get('Content-Disposition')).toContain(`attachment; filename="??? \\"1\\".pdf"; filename*=UTF-8''%E5%87%BA`);
  expect(got.get('Content-Security-Policy')).toContain('sandbox');
  expect((await (await api.as('clerk@tianhe')).get(`/v1/documents/${stored.body.documentId}/details`)).body).toEqual(stored.body);
});

it('is read in its dealership alone, and one of a case by those who see the case', async () => {
  const { instanceKey } = await api.order('DOC-1');
  const stored = await hand('salesman@tianhe', `name=id.pdf&processInstanceKey=${instanceKey}`);
  expect(stored.body.processInstanceKey).toBe(instanceKey);
  const { documentId } = stored.body;
  expect((await download('salesman@tianhe', documentId)).status).toBe(200);
  expect((await download('auditor@tianhe', documentId)).status).toBe(200);
  expect((await download('warehouse@tianhe', documentId)).status).toBe(404);
  expect((await download('admin@haizhu', documentId)).status).toBe(404);
  expect((await hand('warehouse@tianhe', `name=id.pdf&processInstanceKey=${instanceKey}`)).status).toBe(404);
  const made = await api.db.tenant('tianhe', (trx) =>
    putDocument(trx, {
      dealership: 'tianhe',
      idempotencyKey: 'k',
      name: 'made.pdf',
      mediaType: 'application/pdf',
      content: pdf,
      from: { instanceKey, elementId: 'print' },
      atMs: 0,
    }),
  );
  const listed = async (user: string) => (await api.as(user)).get(`/v1/documents?processInstanceKey=${instanceKey}`);
  expect((await listed('salesman@tianhe')).body.items.map(({ name }: { name: string }) => name)).toEqual(['made.pdf', 'id.pdf']);
  expect([(await listed('warehouse@tianhe')).status, (await listed('admin@haizhu')).status]).toEqual([404, 404]);
  expect((await download('salesman@tianhe', made.id)).status).toBe(200);
  expect((await download('warehouse@tianhe', made.id)).status).toBe(404);
});

it('is read with the case that began a detached one, and listed there', async () => {
  const { instanceKey } = await api.order('DOC-2');
  const paper = (key: string) =>
    api.db.tenant('tianhe', (trx) =>
      putDocument(trx, {
        dealership: 'tianhe',
        idempotencyKey: `of ${key}`,
        name: `${key.slice(instanceKey.length)}.pdf`,
        mediaType: 'application/pdf',
        content: pdf,
        from: { instanceKey: key, elementId: 'render' },
        atMs: 0,
      }),
    );
  const stored = await paper(`${instanceKey}-48`);
  await paper(`${instanceKey}-48-2`);
  await paper(`${instanceKey}8-1`);
  expect((await download('salesman@tianhe', stored.id)).status).toBe(200);
  expect((await download('warehouse@tianhe', stored.id)).status).toBe(404);
  const { body } = await (await api.as('salesman@tianhe')).get(`/v1/documents?processInstanceKey=${instanceKey}`);
  expect(body.items.map(({ name }: { name: string }) => name).sort()).toEqual(['-48-2.pdf', '-48.pdf']);
});

it('is read with a row of a register that names it, in a column that the caller sees and cannot set', async () => {
  const { instanceKey } = await api.order('DOC-3');
  const made = await api.db.tenant('tianhe', (trx) =>
    putDocument(trx, {
      dealership: 'tianhe',
      idempotencyKey: 'named by a row',
      name: 'paper.pdf',
      mediaType: 'application/pdf',
      content: pdf,
      from: { instanceKey, elementId: 'print' },
      atMs: 0,
    }),
  );
  expect((await download('warehouse@tianhe', made.id)).status).toBe(404);
  const filed = `register: filed
key: number
columns:
  number: { type: string }
  document: { type: string, format: uuid }
  draft: { type: string, format: uuid, writers: [finance] }
  secret: { type: string, format: uuid, readers: [sales-manager] }
readers: [warehouse, finance]
writers: [sales-manager]
`;
  const register = registersOf(filed)['filed'];
  if (register === undefined) throw new Error('no register');
  await api.db.system((trx) => putRegister(trx, 'tianhe', register));
  const reads = async () =>
    Promise.all(
      ['warehouse@tianhe', 'finance@tianhe', 'sales-manager@tianhe'].map(async (user) => (await download(user, made.id)).status === 200),
    );
  const named = async (column: string) => {
    const change = { dealership: 'tianhe', register, kind: 'upsert' as const, by: 'system', idempotencyKey: column, atMs: 0 };
    await api.db.tenant('tianhe', (trx) =>
      changeRow(trx, { ...change, values: { number: 'one', document: null, draft: null, secret: null, [column]: made.id } }),
    );
    return reads();
  };
  const byCase = await reads();
  expect(byCase.slice(0, 2)).toEqual([false, false]);
  expect(await named('secret')).toEqual(byCase);
  expect(await named('draft')).toEqual([true, false, byCase[2]]);
  expect(await named('document')).toEqual([true, true, byCase[2]]);
  expect((await download('finance@haizhu', made.id)).status).toBe(404);
});

it('stores once for one key, and refuses the key for another file', async () => {
  const key = randomUUID();
  const one = await hand('clerk@tianhe', 'name=a.pdf', pdf, 'application/pdf', key);
  const two = await hand('clerk@tianhe', 'name=a.pdf', pdf, 'application/pdf', key);
  expect([two.status, two.body]).toEqual([201, one.body]);
  const other = await hand('clerk@tianhe', 'name=a.pdf', Buffer.from('%PDF-1.4'), 'application/pdf', key);
  expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
});

it('refuses what is not what it says, has no name, or is too large', async () => {
  expect((await hand('clerk@tianhe', 'name=a.pdf', Buffer.from('<html>'))).status).toBe(415);
  expect((await hand('clerk@tianhe', 'name=a.html', Buffer.from('<html>'), 'text/html')).status).toBe(415);
  expect((await hand('clerk@tianhe', 'name=a.png', pdf, 'image/png')).status).toBe(415);
  expect((await hand('clerk@tianhe', 'name=a.csv', Buffer.from('a\0b'), 'text/csv')).status).toBe(415);
  expect((await hand('clerk@tianhe', 'name=a.pdf', Buffer.alloc(0))).status).toBe(415);
  expect((await hand('clerk@tianhe', '')).status).toBe(400);
  expect((await hand('clerk@tianhe', `name=${encodeURIComponent('../a')}`)).status).toBe(400);
  const large = await hand('clerk@tianhe', 'name=a.pdf', Buffer.concat([pdf, Buffer.alloc(DOCUMENT_BYTES)]));
  expect([large.status, large.body.code]).toEqual([413, 'body-too-large']);
});
