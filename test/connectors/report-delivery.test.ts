import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../engine/json';
import { World } from './world';

let world: World;
beforeAll(async () => {
  world = await World.make();
  await world.run('register.insert', { register: 'contacts', values: { code: 'A', owed: '10.00' } });
});
afterAll(() => world.stop());
beforeEach(() => {
  world.mail.manner = 'well';
  world.mail.unknown.clear();
  world.mail.received.length = 0;
});

const all = { report: 'debts', period: null, formats: ['xlsx', 'html'] };
const told = (user: string) =>
  world.test.system<{ title: string; text: string; link: string }>(
    'select title, text, link from notification where username = $1 order by created_at desc',
    [user],
  );
const delivered = () =>
  world.test.system<{ recipient: string; by: string; version: number }>(
    'select recipient, by, version from report_delivery order by delivery_id desc limit 10',
  );

it('[L22.11] delivers a version to people and addresses, with its files and what it corrects', async () => {
  const first = await world.run('report.run', { report: 'debts' });
  expect(first).toMatchObject({ period: null, rows: 1, totals: { owed: '10.00' } });
  await world.run('register.update', { register: 'contacts', key: 'A', values: { owed: '12.50' } });
  const second = await world.run('report.run', { report: 'debts', corrects: first['version'] as number, reason: '漏记' });
  const given = await world.run('report.deliver', { ...all, roles: ['finance'], mail: ['a@example.com', 'b@example.com'], text: '请查收' });
  expect(given).toEqual({
    version: second['version'],
    recipients: [
      { to: 'finance@tianhe', by: 'inbox' },
      { to: 'li@tianhe', by: 'inbox' },
      { to: 'a@example.com', by: 'mail' },
      { to: 'b@example.com', by: 'mail' },
    ],
  });
  const [note] = await told('finance@tianhe');
  expect(note?.link).toBe(`/v1/reports/debts/versions/${second['version']}?format=xlsx`);
  expect(note?.text.split('\n').filter((line) => line !== '')).toEqual([
    '请查收',
    expect.stringContaining(`第${second['version']}版，共1行`),
    `更正第${first['version']}版：漏记`,
    '- A，owed：10.00 → 12.50',
    '- 合计，owed：10.00 → 12.50',
  ]);
  expect(world.mail.received.map(({ to }) => [to].flat().map((one) => one?.text))).toEqual([['a@example.com'], ['b@example.com']]);
  const [mail] = world.mail.received;
  expect(mail?.attachments.map(({ filename }) => filename)).toEqual([
    `debts-v${second['version']}.xlsx`,
    `debts-v${second['version']}.html`,
  ]);
  expect((await delivered()).length).toBe(4);
});

it('[L22.11] goes on where it was: each has it once, in the version and with the people of the first try', async () => {
  const first = await world.run('report.run', { report: 'debts' });
  const key = randomUUID();
  world.mail.manner = { recipient: 451 };
  const input = { ...all, roles: ['clerk'], mail: ['a@example.com'] };
  expect(await world.failure('report.deliver', input, { key })).toContain('again mail-no-answer');
  const inboxes = (await told('li@tianhe')).length;
  await world.run('report.run', { report: 'debts' });
  await world.test.system(`update account set roles = '{finance,clerk}' where username = 'finance@tianhe'`);
  world.mail.manner = 'well';
  const given = await world.run('report.deliver', input, { key });
  expect(given).toEqual({
    version: first['version'],
    recipients: [
      { to: 'li@tianhe', by: 'inbox' },
      { to: 'a@example.com', by: 'mail' },
    ],
  });
  expect([(await told('li@tianhe')).length, world.mail.received.length]).toEqual([inboxes, 1]);
});

it('[L9.5] [L22.11] goes to people by mail as well, where they have an address', async () => {
  const { version } = await world.run('report.run', { report: 'debts' });
  await world.reach({ 'li@tianhe': { mail: 'li@example.com' }, 'wang@tianhe': { mail: 'wang@example.com' } });
  await world.test.system(`update account set roles = '{finance}' where username = 'finance@tianhe'`);
  const input = { ...all, roles: ['finance'], mail: ['li@example.com', 'a@example.com'], byMail: true };
  expect(await world.run('report.deliver', input)).toEqual({
    version,
    recipients: [
      { to: 'finance@tianhe', by: 'inbox' },
      { to: 'li@tianhe', by: 'inbox' },
      { to: 'li@example.com', by: 'mail' },
      { to: 'a@example.com', by: 'mail' },
    ],
  });
  expect((await world.run('report.deliver', { ...all, users: ['li@tianhe'], byMail: true }))['recipients']).toEqual([
    { to: 'li@tianhe', by: 'inbox' },
    { to: 'li@example.com', by: 'mail' },
  ]);
  expect((await world.run('report.deliver', { ...all, users: ['li@tianhe'] }))['recipients']).toHaveLength(1);
});

it('[L22.11] has sent to all others where an address is refused for good', async () => {
  await world.run('report.run', { report: 'debts' });
  world.mail.unknown.add('gone@example.com');
  const input: JsonObject = { ...all, mail: ['gone@example.com', 'here@example.com'] };
  expect(await world.failure('report.deliver', input)).toMatch(/^mail\.refused: .*"gone@example\.com"/u);
  expect(world.mail.received.map(({ to }) => [to].flat().map((one) => one?.text))).toEqual([['here@example.com']]);
});

it.each([
  ['a report that there is not', { ...all, report: 'nope', roles: ['finance'] }, /^report\.not-found: .*"nope"/u],
  ['a version that there is not', { ...all, version: 999, roles: ['finance'] }, /^report\.not-found: .*999/u],
  ['a period that was not run', { ...all, period: '2026-03', roles: ['finance'] }, /^report\.not-found: .*report\.run/u],
  ['nobody', { ...all, roles: ['warehouse'] }, /^notify\.nobody: /u],
])('[L22.11] refuses %s', async (_, input, message) => {
  expect(await world.failure('report.deliver', input as JsonObject)).toMatch(message);
});

it('[L22.11] goes to nobody who does not read the report', async () => {
  await world.test.system(
    `insert into account (username, dealership_id, password_hash, roles) values ('zhao@tianhe', 'tianhe', 'x', '{warehouse}')`,
  );
  expect(await world.failure('report.deliver', { ...all, users: ['zhao@tianhe', 'li@tianhe'] })).toMatch(
    /^report\.not-a-reader: "zhao@tianhe" does not read report "debts"/u,
  );
  expect(await told('zhao@tianhe')).toEqual([]);
});
