import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Workbook } from '@cj-tech-master/excelts';
import { simpleParser } from 'mailparser';
import { secretsIn } from '../../activities/outside/secret-variable';
import { secretsNamed } from '../../engine/compile/secrets-named';
import type { JsonObject } from '../../engine/json';
import { World } from './world';

let world: World;
beforeAll(async () => {
  world = await World.make();
});
afterAll(() => world.stop());
beforeEach(() => {
  world.other.manner = 'well';
  world.mail.manner = 'well';
  world.surroundings = world.surroundingsWith({});
});

const latest = () => world.other.heard.at(-1);

describe('http.request', () => {
  it('[L4.5] sends the idempotency key of the step, whatever headers the step names', async () => {
    for (const name of ['Idempotency-Key', 'idempotency-key', 'X-Order']) {
      await world.run('http.request', { url: world.other.url, headers: { [name]: 'theirs' } }, { key: 'ours' });
      expect(latest()?.headers['idempotency-key']).toBe('ours');
    }
    expect(latest()?.headers['x-order']).toBe('theirs');
  });

  it('[L4.5] asks with JSON, and takes nothing but JSON', async () => {
    const url = `${world.other.url}/quotes?number=1`;
    await world.run('http.request', { url, body: { name: '王芳' } });
    expect(latest()).toMatchObject({
      method: 'POST',
      path: '/quotes?number=1',
      body: '{"name":"王芳"}',
      headers: { 'content-type': 'application/json' },
    });
    await world.run('http.request', { url, method: 'PUT', headers: { 'Content-Type': 'application/merge-patch+json' }, body: null });
    expect(latest()).toMatchObject({ method: 'PUT', body: 'null', headers: { 'content-type': 'application/merge-patch+json' } });
    world.other.manner = 'no-json';
    // the place without its query, which may hold what nobody else should read
    expect(await world.failure('http.request', { url })).toBe(
      `http.answer-invalid: ${world.other.url}/quotes answered something that is no JSON; ask for JSON`,
    );
  });
});

describe('secrets', () => {
  const secret = 'S3cret/with+signs&';
  const values: Record<string, string> = { TOKEN: secret, PATH: '/hidden-way', PORT: '' };
  beforeEach(() => {
    world.surroundings = world.surroundingsWith({ secretOf: (dealership, name) => (dealership === 'tianhe' ? values[name] : undefined) });
  });
  const ask = (input: JsonObject) => world.run('http.request', input, { secrets: secretsNamed(input) });

  it('[L26.3] stand in headers, bodies and addresses when it is asked, and nowhere else', async () => {
    const input = {
      url: { secret: 'PATH', prefix: world.other.url, suffix: '?x=1' },
      headers: { Authorization: { secret: 'TOKEN', prefix: 'Bearer ' } },
      body: { list: [{ 'a/b': { secret: 'TOKEN' } }] },
    };
    expect(secretsNamed(input)).toEqual(['/url', '/headers/Authorization', '/body/list/0/a~1b']);
    await ask(input);
    expect(latest()).toMatchObject({ path: '/hidden-way?x=1', body: JSON.stringify({ list: [{ 'a/b': secret }] }) });
    expect(latest()?.headers.authorization).toBe(`Bearer ${secret}`);
  });

  it('[L26.3] are no data: what a case has filled in is sent as it is', async () => {
    const input = { url: world.other.url, body: { note: { secret: 'TOKEN' } } };
    await world.run('http.request', input);
    expect(latest()?.body).toBe('{"note":{"secret":"TOKEN"}}');
    expect(secretsNamed({ url: '=x', body: { note: { secret: '=name' }, more: { secret: 'A', other: 1 } } })).toEqual([]);
  });

  it.each([secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64'), `say "${secret}" aloud`])(
    '[L26.3] do not come back: %s',
    async (said) => {
      const key = randomUUID();
      world.other.done.set(key, { [said]: said, list: [said] });
      const input = { url: world.other.url, headers: { 'X-Key': { secret: 'TOKEN' } } };
      const given = await world.run('http.request', input, { secrets: secretsNamed(input), key });
      expect(JSON.stringify(given)).not.toContain(said.slice(0, 8));
      expect(JSON.stringify(given)).toContain('…');
    },
  );

  it('[L26.3] are in no error', async () => {
    const input = { url: { secret: 'PATH', prefix: world.other.url } };
    for (const manner of [{ status: 500 }, { status: 404 }, 'no-json', 'breaks-off-after-the-effect'] as const) {
      world.other.manner = manner;
      const outcome = await world.begin('http.request', input, { secrets: ['/url'] }).outcome;
      const error = outcome as Error;
      expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain('hidden-way');
      expect(error.message).toContain('…');
    }
  });

  it('[L26.3] that are not set are waited for, and named', async () => {
    for (const name of ['NOT_THERE', 'PORT']) {
      const failure = await world.failure(
        'http.request',
        { url: world.other.url, headers: { a: { secret: name } } },
        { secrets: ['/headers/a'] },
      );
      expect(failure).toBe(
        `again secret-missing: secret "${name}" of "tianhe" has no value; set NEIQIN_SECRET_TIANHE_${name} where the worker runs`,
      );
    }
  });

  it('[L26.3] are those of one dealership alone, from the environment or a file', () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'neiqin-secret-')), 'token');
    writeFileSync(file, 'from a file\n');
    const secretOf = secretsIn({ NEIQIN_SECRET_TIANHE_TOKEN: 'a', NEIQIN_SECRET_TIAN__HE_TOKEN: 'b', NEIQIN_SECRET_TIANHE_KEY_FILE: file });
    expect([secretOf('tianhe', 'TOKEN'), secretOf('tian-he', 'TOKEN'), secretOf('tian', 'HE_TOKEN')]).toEqual(['a', 'b', undefined]);
    expect([secretOf('tianhe', 'KEY'), secretOf('haizhu', 'TOKEN')]).toEqual(['from a file', undefined]);
  });
});

describe('mail.send', () => {
  it('[L26.5] sends text, HTML, copies and documents, in Chinese', async () => {
    const attached = await world.document('出库单.txt', Buffer.from('内容'));
    const mail = {
      to: ['wang@example.com', 'li@example.com'],
      cc: ['zhang@example.com'],
      subject: '出库单 CK202603-0017 已开',
      text: '请查收附件。',
      html: '<p>请查收附件。</p>',
      attachments: [attached],
    };
    const sent = await world.run('mail.send', mail);
    expect(sent).toEqual({
      messageId: expect.stringMatching(/^<[0-9a-f]{40}@example\.com>$/u),
      accepted: [...mail.to, ...mail.cc],
      rejected: [],
    });
    const got = world.mail.received.at(-1);
    expect(got).toMatchObject({ subject: mail.subject, messageId: sent.messageId, html: expect.stringContaining('请查收附件') });
    expect([got?.text?.trim(), got?.from?.text, got?.attachments.map(({ filename, content }) => [filename, content.toString()])]).toEqual([
      mail.text,
      'office@example.com',
      [['出库单.txt', '内容']],
    ]);
  });

  it('[L9.5] [L26.5] goes to people at the addresses that their dealership gives them, a repetition to the same', async () => {
    const mail = { roles: ['finance'], subject: 's', text: 't' };
    expect(await world.failure('mail.send', mail)).toMatch(/^mail\.no-address: nobody of "tianhe" who is "finance" has a mail address; /u);
    expect((await world.run('mail.send', { ...mail, to: ['wang@example.com'] })).accepted).toEqual(['wang@example.com']);
    await world.reach({ 'li@tianhe': { mail: 'li@example.com' }, 'zhao@tianhe': { mail: 'zhao@example.com' } });
    const key = randomUUID();
    world.mail.manner = { recipient: 451 };
    expect(await world.failure('mail.send', { ...mail, to: ['wang@example.com'] }, { key })).toContain('again mail-no-answer');
    world.mail.manner = 'well';
    await world.reach({ 'li@tianhe': { mail: 'other@example.com' } });
    expect((await world.run('mail.send', { ...mail, to: ['wang@example.com'] }, { key })).accepted).toEqual([
      'wang@example.com',
      'li@example.com',
    ]);
    expect((await world.run('mail.send', { subject: 's', text: 't', users: ['li@tianhe'] })).accepted).toEqual(['other@example.com']);
    expect(await world.failure('mail.send', { subject: 's', text: 't' })).toMatch(/^connector-input-invalid: /u);
  });

  it('[L26.5] says whom the mail server refused; where it takes nobody, that is an error', async () => {
    world.mail.unknown.add('nobody@example.com');
    const mail = { subject: 's', text: 't' };
    expect(await world.run('mail.send', { ...mail, to: ['wang@example.com', 'nobody@example.com'] })).toMatchObject({
      accepted: ['wang@example.com'],
      rejected: ['nobody@example.com'],
    });
    expect(await world.failure('mail.send', { ...mail, to: ['nobody@example.com'] })).toMatch(
      /^mail\.refused: .*no such user nobody@example\.com/u,
    );
    expect(await world.failure('mail.send', { ...mail, to: ['not an address'] })).toMatch(/^connector-input-invalid: /u);
    expect(await world.failure('mail.send', { ...mail, to: ['a@example.com'], attachments: [randomUUID()] })).toMatch(
      /^document\.not-found: /u,
    );
  });

  it('[L26.5] lets nobody add headers or recipients by a text', async () => {
    await world.run('mail.send', {
      to: ['wang@example.com'],
      subject: 'a\r\nBcc: evil@example.com',
      text: '.\r\nRCPT TO:<evil@example.com>\r\n.',
    });
    const got = world.mail.received.at(-1);
    expect([got?.headers.has('bcc'), got?.text?.includes('RCPT TO')]).toEqual([false, true]);
  });

  it('[L26.5] writes a file of the outbox where there is no mail server, one for each mail', async () => {
    const { smtpUrl: _, ...mail } = world.surroundings.mail;
    world.surroundings = { ...world.surroundings, mail };
    const input = { to: ['wang@example.com'], subject: '对账', text: '见表。' };
    const key = randomUUID();
    const first = await world.run('mail.send', input, { key });
    expect(await world.run('mail.send', input, { key })).toEqual(first);
    const folder = path.join(mail.outbox, 'tianhe');
    const [file = '', ...others] = readdirSync(folder);
    expect([file.endsWith('.eml'), others]).toEqual([true, []]);
    const written = await simpleParser(readFileSync(path.join(folder, file)));
    expect(written).toMatchObject({ subject: '对账', messageId: first.messageId });
  });

  it('[L26.5] waits for a mail server that is not there', async () => {
    world.surroundings = world.surroundingsWith({ mail: { ...world.surroundings.mail, smtpUrl: 'smtp://127.0.0.1:1' } });
    expect(await world.failure('mail.send', { to: ['a@example.com'], subject: 's', text: 't' })).toMatch(
      /^again mail-no-answer: .*ECONNREFUSED/u,
    );
  });
});

describe('notify', () => {
  it('[L26.4] tells those who are named and those who have the role at that moment, each once', async () => {
    const told = await world.run('notify', { users: ['li@tianhe', 'gone@tianhe'], roles: ['finance'], title: '对账', text: '请查看。' });
    expect(told).toEqual({ notified: ['finance@tianhe', 'li@tianhe'] });
    const rows = await world.test.system(`select username, text, element_id from notification where title = '对账' order by 1`);
    expect(rows).toEqual(['finance@tianhe', 'li@tianhe'].map((username) => ({ username, text: '请查看。', element_id: 'step' })));
    expect(await world.failure('notify', { users: ['finance@haizhu'], roles: ['boss'], title: 't' })).toBe(
      'notify.nobody: nobody of "tianhe" is "finance@haizhu", "boss"; name users or roles that somebody has',
    );
    expect(await world.failure('notify', { title: 't' })).toMatch(/^connector-input-invalid: /u);
    expect(await world.failure('notify', { roles: ['finance'], title: 't', link: 'javascript:alert(1)' })).toMatch(
      /^connector-input-invalid: /u,
    );
  });
});

describe('file.upload', () => {
  it('[L26.6] puts a document or a body there, and gives the receipt', async () => {
    const document = await world.document('plan.csv', Buffer.from('车型\nLavida\n'), 'text/csv');
    const url = `${world.other.url}/plans/1`;
    const given = await world.run('file.upload', { url, document, headers: { 'X-Plan': '1' } });
    expect(given).toEqual({ status: 200, etag: '"one"', receipt: { number: expect.any(Number) } });
    expect(latest()).toMatchObject({
      method: 'PUT',
      path: '/plans/1',
      body: '车型\nLavida\n',
      headers: { 'content-type': 'text/csv', 'x-plan': '1' },
    });
    await world.run('file.upload', { url, body: { rows: 1 } });
    expect(latest()).toMatchObject({ body: '{"rows":1}', headers: { 'content-type': 'application/json' } });
    await world.run('file.upload', { url, body: 'text', mediaType: 'text/plain' });
    expect(latest()).toMatchObject({ body: 'text', headers: { 'content-type': 'text/plain' } });
    world.other.manner = 'no-json';
    expect(await world.run('file.upload', { url, body: 1 })).toMatchObject({ receipt: '<html>' });
    expect(await world.failure('file.upload', { url, document: randomUUID() })).toMatch(/^document\.not-found: /u);
    expect(await world.failure('file.upload', { url, document, body: 1 })).toMatch(/^connector-input-invalid: /u);
  });
});

describe('file.readXlsx', () => {
  const columns = {
    model: { header: '车型', type: 'text', required: true },
    amount: { header: '金额', type: 'money' },
    count: { header: '数量', type: 'integer' },
    day: { header: '日期', type: 'date' },
  };
  const sheet = async (...rows: unknown[][]): Promise<string> => {
    const workbook = new Workbook();
    workbook.addWorksheet('说明').addRow(['车型']);
    const plan = workbook.addWorksheet('计划');
    for (const row of [['车型', '备注', '金额', '数量', '日期'], ...rows]) plan.addRow(row as string[]);
    return world.document('plan.xlsx', Buffer.from(await workbook.xlsx.writeBuffer()));
  };
  const read = async (...rows: unknown[][]) => world.failure('file.readXlsx', { document: await sheet(...rows), sheet: '计划', columns });

  it('[L26.7] gives the rows of a sheet, by the columns that are wanted', async () => {
    const document = await sheet(
      ['Lavida', 'x', 158000.5, 3, new Date('2026-03-02T00:00:00Z')],
      ['Tiguan', null, '¥1,200', '2', '2026/3/9'],
    );
    expect(await world.run('file.readXlsx', { document, sheet: '计划', columns })).toEqual({
      count: 2,
      rows: [
        { model: 'Lavida', amount: '158000.50', count: 3, day: '2026-03-02' },
        { model: 'Tiguan', amount: '1200.00', count: 2, day: '2026-03-09' },
      ],
    });
    expect(await world.run('file.readXlsx', { document, columns: { model: { header: '车型', type: 'text' } } })).toEqual({
      count: 0,
      rows: [],
    });
  });

  it('[L26.7] names each cell that is wrong, and gives nothing then', async () => {
    expect(await read(['Lavida', '', '一千', 1.5, '2026-02-30'], [null, 'x', null, null, null])).toBe(
      'file.invalid: sheet "计划": C2 (金额) "一千" is no amount: write an amount, such as 1800.00; ' +
        'D2 (数量) "1.5" is no whole number: write digits only, such as 12; ' +
        'E2 (日期) "2026-02-30" is no date: write a date, such as 2026-03-02; A3 (车型) is empty: write a value',
    );
    const many = await read(...Array.from({ length: 60 }, () => ['Lavida', '', 'x', 1, null]));
    expect(many).toMatch(/; and 10 more$/u);
  });

  it('[L26.7] refuses what is no workbook, has no such sheet or no such column', async () => {
    const document = await sheet(['Lavida']);
    const failure = (input: JsonObject) => world.failure('file.readXlsx', { document, columns, ...input });
    expect(await failure({ document: await world.document('a.xlsx', Buffer.from('no')) })).toMatch(
      /^file\.invalid: the file is no workbook/u,
    );
    expect(await failure({ sheet: 'Plan' })).toBe('file.invalid: the workbook has no sheet "Plan"; it has "说明", "计划"');
    expect(await failure({})).toBe('file.invalid: sheet "说明" has no column "金额", "数量", "日期"; its first row names the columns');
    expect(await failure({ document: randomUUID() })).toMatch(/^document\.not-found: /u);
  });
});

describe('message.publish', () => {
  it('[L26.8] publishes under the key of the step', async () => {
    const given = await world.run('message.publish', { name: 'plan.ready', key: 17, ttl: 'P1DT2H' }, { key: 'case-9' });
    expect(given).toEqual({ messageId: 'case-9' });
    expect(world.published.get('case-9')).toEqual({
      dealership: 'tianhe',
      messageId: 'case-9',
      name: 'plan.ready',
      correlationKey: '17',
      variables: {},
      timeToLiveMs: 93_600_000,
      actor: { user: 'case:case', roles: [] },
    });
    for (const ttl of ['P1M', 'P', 'PT', '1 day']) {
      expect(await world.failure('message.publish', { name: 'a', ttl })).toMatch(/^connector-input-invalid: /u);
    }
  });
});
