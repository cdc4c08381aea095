import { readFileSync } from 'node:fs';
import path from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { publishDealership } from '../../db/definition-repository';
import { listSources } from '../../db/deployment-repository';
import { changeRow } from '../../db/register-change';
import { findRegister } from '../../db/register-repository';
import { findTemplate } from '../../db/template-repository';
import type { Finding, SourceFile } from '../../engine/compile/deployment';
import type { CompiledRegister } from '../../engine/register/register';
import { type Compiler, createCompiler } from '../../server/compiler/compiler';
import type { FolderOutcome } from '../../server/compiler/protocol';
import { readFolder } from '../../server/definitions-folder';
import { publishFolder } from '../../server/deployments';
import { projectRoot } from '../../server/platform/project-root';
import { filesIn, shippedProcesses } from '../language/definition-files';
import { createTestApi, type TestApi } from './support';

const definitions = path.join(projectRoot, 'definitions');
const shipped: SourceFile[] = filesIn(definitions).filter((file) => !file.path.includes('haizhu') && !file.path.includes('/schema/'));
const textOf = (name: string) => readFileSync(path.join(definitions, name), 'utf8');
const payment = textOf('base/processes/confirm-payment.yaml');

let api: TestApi;
let folder: FolderOutcome;
let compiler: Compiler;
beforeAll(async () => {
  compiler = createCompiler({ ms: 60_000 });
  api = await createTestApi({}, { compiler });
  folder = await compiler.runFolder({ files: readFolder(definitions), nowMs: Date.now() });
});
afterAll(async () => {
  compiler.close();
  await api.drop();
});

const admin = () => api.as('admin@tianhe');
const deploy = async (files: SourceFile[], user = 'admin@tianhe') => (await api.as(user)).post('/v1/deployments', { files });
const changedOf = (body: { processes: { processDefinitionId: string; version: number; changed: boolean }[] }) =>
  body.processes.filter(({ changed }) => changed).map(({ processDefinitionId, version }) => `${processDefinitionId} ${version}`);
const findingsOf = (body: { findings: Finding[] }) =>
  body.findings.map(({ file, line, rule, severity }) => `${file}:${line} ${severity} ${rule}`);

describe('a deployment', () => {
  it('needs the document of the dealership where none was published', async () => {
    const answer = await deploy([{ path: 'p.yaml', text: payment }]);
    expect([answer.status, answer.body.code]).toEqual([422, 'deployment-refused']);
    expect(findingsOf(answer.body)).toContain('p.yaml:1 error unknown-dealership');
    expect(answer.body.findings.at(-1)).toEqual({
      rule: 'unknown-dealership',
      severity: 'error',
      file: 'p.yaml',
      line: 1,
      column: 1,
      endLine: 1,
      endColumn: 1,
      message: 'there is no sound document of the dealership "tianhe"',
      remedy: 'upload a document "dealership: tianhe" as well',
    });
  });

  it('publishes everything at once, says what is new, and is kept with its sources', async () => {
    const answer = await deploy(shipped);
    expect([answer.status, answer.body.findings?.filter(({ severity }: Finding) => severity === 'error')]).toEqual([201, []]);
    const known = ['book-transport', 'order-to-delivery'];
    expect(changedOf(answer.body)).toEqual(shippedProcesses().map((id) => `${id} ${known.includes(id) ? 2 : 1}`));
    expect(answer.body.deployedBy).toBe('admin@tianhe');
    expect(answer.get('Location')).toBe(`/v1/deployments/${answer.body.deploymentId}`);
    const shown = await (await admin()).get(answer.get('Location') as string);
    expect(shown.body.documents).toContainEqual({
      kind: 'process',
      id: 'confirm-payment',
      path: expect.stringContaining('confirm-payment.yaml'),
      text: payment,
    });
    expect(shown.body.documents.some(({ kind }: { kind: string }) => kind === 'scenario')).toBe(false);
    const listed = await (await api.as('auditor@tianhe')).get('/v1/deployments?limit=1');
    expect(listed.body.items).toEqual([{ ...answer.body, findings: undefined }].map(({ findings: _, ...rest }) => rest));
  });

  it('says that nothing has changed', async () => {
    const answer = await deploy([{ path: 'p.yaml', text: payment }]);
    expect([answer.status, changedOf(answer.body)]).toEqual([201, []]);
    expect(answer.body.forms.every(({ changed }: { changed: boolean }) => !changed)).toBe(true);
  });

  it('publishes templates of documents, and tells which are new', async () => {
    const text = textOf('base/templates/receipt.yaml').replace('pageNumbers: false', 'pageNumbers: true');
    const files = [{ path: 'receipt.yaml', text }];
    const changed = (body: { templates: { templateId: string; changed: boolean }[] }) =>
      body.templates.filter((template) => template.changed).map(({ templateId }) => templateId);
    await deploy([{ path: 'receipt.yaml', text: textOf('base/templates/receipt.yaml') }]);
    expect(changed((await deploy(files)).body)).toEqual(['receipt']);
    expect(changed((await deploy(files)).body)).toEqual([]);
    const stored = await api.db.tenant('tianhe', (trx) => findTemplate(trx, 'tianhe', 'receipt'));
    expect([stored?.template.pageNumbers, stored?.timezone]).toEqual([true, 'Asia/Shanghai']);
  });

  it('publishes registers, and refuses one that its rows stand against', async () => {
    const register = 'register: visitors\nkey: name\ncolumns: { name: { type: string }, badge: { type: string } }\n';
    const hub = textOf('duties/coordination-hub.yaml');
    const files = [
      { path: 'visitors.yaml', text: register },
      { path: 'hub.yaml', text: hub.replace('registers: [', 'registers: [visitors, ') },
    ];
    const first = await deploy(files);
    const visitors = ({ body }: { body: { registers: { registerId: string }[] } }) =>
      body.registers.find(({ registerId }) => registerId === 'visitors');
    expect([first.status, visitors(first)]).toEqual([201, { registerId: 'visitors', version: 1, changed: true }]);
    expect(visitors(await deploy(files))).toEqual({ registerId: 'visitors', version: 1, changed: false });
    const published = await api.db.tenant('tianhe', (trx) => findRegister(trx, 'tianhe', 'visitors'));
    for (const name of ['li', 'wang']) {
      const change = { dealership: 'tianhe', register: published as CompiledRegister, kind: 'insert' as const, by: 'x', atMs: 0 };
      const values = { name, badge: '7' };
      await api.db.tenant('tianhe', (trx) => changeRow(trx, { ...change, values, idempotencyKey: name }));
    }
    const refused = await deploy([{ path: 'visitors.yaml', text: `${register}unique: [badge]\n` }]);
    expect([refused.status, findingsOf(refused.body).at(-1)]).toEqual([422, 'visitors.yaml:1 error register-rows']);
    expect(refused.body.findings.at(-1).message).toBe('rows of register "visitors" share "badge": ["7"]');
    const again = await deploy([{ path: 'visitors.yaml', text: `${register}indexes: [badge]\n` }]);
    expect(visitors(again)).toEqual({ registerId: 'visitors', version: 2, changed: true });
  });

  it('compiles with what is published: a called process brings a version to its callers, running cases keep theirs', async () => {
    const before = await (await admin()).get('/v1/process-definitions/order-to-delivery');
    const answer = await deploy([{ path: 'other/name.yaml', text: payment.replace(/^title:.*$/mu, 'title: 收款') }]);
    expect([answer.status, changedOf(answer.body)]).toEqual([201, ['confirm-payment 2', 'order-to-delivery 3']]);
    const after = await (await admin()).get('/v1/process-definitions/order-to-delivery');
    expect([before.body.version, after.body.version, after.body.hash]).toEqual([2, 3, before.body.hash]);
  });

  it('refuses a form that does not go with the processes that are published, and publishes nothing', async () => {
    const form = textOf('base/forms/ship-time.yaml');
    const count = async () => (await api.system('select 1 from process_definition')).length;
    const before = await count();
    const answer = await deploy([
      { path: 'f.yaml', text: form.replace(/\bat:/gu, 'when:').replace(/\[at\b/u, '[when') },
      { path: 'p.yaml', text: payment.replace(/^title:.*$/mu, 'title: 又一') },
    ]);
    expect(answer.status).toBe(422);
    expect(answer.body.findings.some(({ file }: Finding) => file.includes('order-to-delivery.yaml'))).toBe(true);
    expect(answer.body.detail).toMatch(/^Nothing is published: there are \d+ errors/);
    expect(await count()).toBe(before);
    expect((await deploy([{ path: 'f.yaml', text: form }])).status).toBe(201);
  });

  it('has all findings as data, in the language-free words of the compiler', async () => {
    const answer = await deploy([
      { path: 'a.yaml', text: 'process: a\nsteps:\n  - id: x\n    usertask: {}' },
      { path: 'b.yaml', text: 'form: b\nschema: [' },
      { path: 'c.yaml', text: 'process: \u0000' },
    ]);
    expect(findingsOf(answer.body)).toEqual(
      expect.arrayContaining(['a.yaml:4 error unknown-key', 'b.yaml:2 error yaml-syntax', 'c.yaml:1 error invisible-character']),
    );
  });

  it("leaves other dealerships' documents alone", async () => {
    const answer = await deploy([{ path: 'd.yaml', text: textOf('dealerships/haizhu.yaml') }]);
    expect(findingsOf(answer.body)).toContain('d.yaml:2 error foreign-dealership');
    const { body } = await (await api.as('admin@haizhu')).get('/v1/deployments');
    expect(body.items).toEqual([]);
  });

  it('warns of a process that no duty leads to', async () => {
    const answer = await deploy([{ path: 'alone.yaml', text: 'process: alone\nsteps: [{ id: a, end: done }]' }]);
    expect([answer.status, findingsOf(answer.body)]).toEqual([201, ['alone.yaml:1 warning process-not-run']]);
  });

  it('refuses a call of a version that is not published, where it stands', async () => {
    const called = 'callActivity: { process: confirm-payment,';
    const text = textOf('base/processes/order-to-delivery.yaml').replace(called, `${called} version: 99,`);
    const answer = await deploy([{ path: 'o.yaml', text }]);
    const line = text.split('\n').findIndex((one) => one.includes('id: paid')) + 1;
    expect(answer.status).toBe(422);
    expect(findingsOf(answer.body)).toEqual([`o.yaml:${line} error unknown-version`]);
    expect(answer.body.findings[0].message).toBe('step "paid" calls version 99 of "confirm-payment", which is not published at "tianhe"');
  });

  it('gives people the roles that the dealership says, at once, and leaves nobody without the role of their name', async () => {
    const text = textOf('dealerships/tianhe.yaml');
    const rolesOf = async (user: string) =>
      (await api.system<{ roles: string[] }>('select roles from account where username = $1', [user]))[0]?.roles;
    expect(
      (await deploy([{ path: 'd.yaml', text: text.replace('roles:', 'roles:\n  desk: [clerk@tianhe, finance@tianhe]') }])).status,
    ).toBe(201);
    expect([await rolesOf('finance@tianhe'), await rolesOf('clerk@tianhe')]).toEqual([
      ['finance', 'desk'],
      ['clerk', 'desk'],
    ]);
    expect((await deploy([{ path: 'd.yaml', text: text.replace(/^ {2}admin: .*$/mu, '  desk: [clerk@tianhe]') }])).status).toBe(201);
    expect([await rolesOf('finance@tianhe'), await rolesOf('clerk@tianhe')]).toEqual([['finance'], ['clerk', 'desk']]);
    expect(await rolesOf('admin@tianhe')).toEqual(['admin']);
    expect((await deploy([{ path: 'd.yaml', text }])).status).toBe(201);
    expect(await rolesOf('clerk@tianhe')).toEqual(['clerk']);
  });

  it('gives a repeated key the first answer', async () => {
    const body = { files: [{ path: 'p.yaml', text: payment }] };
    const send = async () => (await admin()).post('/v1/deployments', body).set('Idempotency-Key', 'deploy-1');
    const [first, second] = [await send(), await send()];
    expect([second.status, second.get('Idempotency-Replayed'), second.body]).toEqual([201, 'true', first.body]);
    const other = await (await admin())
      .post('/v1/deployments', { files: [{ path: 'q.yaml', text: payment }] })
      .set('Idempotency-Key', 'deploy-1');
    expect(other.body.code).toBe('idempotency-key-reused');
  });

  it('waits for another one, and is compiled with what that has published', async () => {
    const answers = await Promise.all(
      ['一', '二', '三'].map((title) => deploy([{ path: `${title}.yaml`, text: payment.replace(/^title:.*$/mu, `title: ${title}`) }])),
    );
    expect(answers.every(({ status }) => status === 201 || status === 503)).toBe(true);
    expect(answers.some(({ status }) => status === 201)).toBe(true);
  });
});

describe('a zip archive', () => {
  const send = async (bytes: Uint8Array) =>
    (await admin())
      .post('/v1/deployments')
      .set('Content-Type', 'application/zip')
      .send(Buffer.from(bytes) as never);
  const rulesOf = ({ body }: { body: { findings: Finding[] } }) => [...new Set(body.findings.map(({ rule }) => rule))];

  it('is published like its files', async () => {
    const answer = await send(zipSync({ 'forms/': new Uint8Array(), 'processes/p.yaml': strToU8(payment), 'README.md': strToU8('x') }));
    expect([answer.status, answer.body.code]).toEqual([201, undefined]);
  });

  it.each([
    ['a way out', zipSync({ '../p.yaml': strToU8(payment) }), ['upload-path']],
    ['a root', zipSync({ '/etc/p.yaml': strToU8(payment) }), ['upload-path']],
    ['a drive', zipSync({ 'C:\\p.yaml': strToU8(payment) }), ['upload-path']],
    ['nothing in it', zipSync({}), ['upload-empty']],
    ['no definition in it', zipSync({ 'a.txt': strToU8('x') }), ['upload-empty']],
    ['too many entries', zipSync(Object.fromEntries(Array.from({ length: 2_001 }, (_, n) => [`${n}.yaml`, strToU8('x')]))), ['too-large']],
    ['a bomb', zipSync({ 'a.txt': new Uint8Array(40_000_000) }), ['too-large']],
    ['a file that is too large', zipSync({ 'a.yaml': new Uint8Array(300_000) }), ['document-too-large']],
    ['no archive', strToU8('PK nothing'), ['upload-archive']],
    ['GBK in it', zipSync({ 'a.yaml': Uint8Array.from([0x70, 0x3a, 0x20, 0xb6, 0xa9]) }), ['not-utf8']],
  ])('is refused with %s', async (_, bytes, rules) => {
    const answer = await send(bytes);
    expect([answer.status, rulesOf(answer)]).toEqual([422, expect.arrayContaining(rules)]);
  });

  it('is refused where it says less than is in it', async () => {
    const bytes = Buffer.from(zipSync({ 'a.yaml': new Uint8Array(1_000_000) }));
    const directory = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    bytes.writeUInt32LE(10, directory + 24);
    const answer = await send(bytes);
    expect([answer.status, rulesOf(answer).length]).toEqual([422, expect.any(Number)]);
  });
});

describe('what is sent', () => {
  it('is bounded, and read of administrators alone', async () => {
    const large = { files: [{ path: 'a.yaml', text: 'x'.repeat(33 * 1024 * 1024) }] };
    expect((await (await admin()).post('/v1/deployments', large)).status).toBe(413);
    const clerk = await (await api.as('clerk@tianhe')).post('/v1/deployments', large);
    expect([clerk.status, clerk.body.code]).toEqual([403, 'forbidden']);
    const many = await deploy(Array.from({ length: 17 * 4 }, (_, n) => ({ path: `${n}.yaml`, text: ' '.repeat(250_000) })));
    expect([many.status, many.body.findings.map(({ rule }: Finding) => rule)]).toEqual([422, ['too-large']]);
    expect((await (await admin()).post('/v1/deployments', { files: [] })).status).toBe(400);
    expect((await (await admin()).post('/v1/deployments', { files: [{ path: 'a.yaml' }] })).status).toBe(400);
    const text = (await admin()).post('/v1/deployments').set('Content-Type', 'text/plain').send('x');
    expect((await text).status).toBe(415);
  });

  it('has paths inside the upload', async () => {
    for (const name of ['../a.yaml', 'a//b.yaml', '/a.yaml', 'a\\b.yaml', 'a\u0000.yaml', './a.yaml', `${'x'.repeat(400)}.yaml`]) {
      const answer = await deploy([{ path: name, text: payment }]);
      expect([name.slice(0, 20), answer.status, answer.body.findings?.[0]?.rule]).toEqual([name.slice(0, 20), 422, 'upload-path']);
    }
  });
});

describe('the folder at a start', () => {
  const sources = () => api.db.tenant('haizhu', (trx) => listSources(trx, 'haizhu', 'anywhere'));
  const publishAtStart = (what: FolderOutcome) => publishFolder({ db: api.db, compiler, nowMs: Date.now() }, what, 'haizhu');

  it('is the base of deployments, and stored where it has changed', async () => {
    await publishDealership(api.db, folder.dealerships.find(({ id }) => id === 'haizhu')!);
    await publishAtStart(folder);
    await publishAtStart(folder);
    const { body } = await (await api.as('admin@haizhu')).get('/v1/deployments');
    expect(body.items.map(({ fromFolder, deployedBy }: { fromFolder: boolean; deployedBy: string }) => [fromFolder, deployedBy])).toEqual([
      [true, 'system:start'],
    ]);
    expect((await sources()).filter(({ kind }) => kind === 'dealership').map(({ id }) => id)).toEqual(['haizhu']);
  });

  it('leaves what people have published as it is', async () => {
    const text = payment.replace(/^title:.*$/mu, 'title: 海珠收款');
    expect((await deploy([{ path: 'p.yaml', text }], 'admin@haizhu')).status).toBe(201);
    const { processes, refused } = await publishAtStart(folder);
    expect(refused).toEqual([]);
    const shown = await (await api.as('admin@haizhu')).get('/v1/process-definitions/confirm-payment');
    expect(shown.body.name).toBe('海珠收款');
    expect(processes.find(({ processId }) => processId === 'confirm-payment')?.version).toBe(shown.body.version);
  });

  it('takes away what it has no more, and what does not go with what people have published it leaves', async () => {
    const without = { ...folder, documents: folder.documents.filter(({ id }) => id !== 'ship-time') };
    const { refused } = await publishAtStart(without);
    expect(refused.map(({ rule }) => rule)).toContain('unknown-form');
    const more = {
      ...folder,
      documents: [
        ...folder.documents,
        { kind: 'process', id: 'extra', path: 'e.yaml', text: 'process: extra\nsteps: [{ id: a, end: x }]\n' },
      ],
    };
    await publishAtStart(more);
    expect((await sources()).some(({ id }) => id === 'extra')).toBe(true);
    await publishAtStart(folder);
    expect((await sources()).some(({ id }) => id === 'extra')).toBe(false);
  });
});
