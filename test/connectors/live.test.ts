import type { Payload } from '@temporalio/common';
import type { Attempt } from '../../activities/connector';
import { CONNECTORS } from '../../activities/connectors';

import type { JsonObject } from '../../engine/json';
import { valueOfPayload } from '../../server/payload-codec';
import { closureOf } from '../engine/graph';
import { eventually, Rig } from '../integration/rig';
import { modelOfProcess } from '../language/compile-steps';
import { testSurroundings } from '../setup/surroundings';
import { MailServer } from './mail-server';
import { OtherSystem } from './other-system';

const SECRET = 'a-secret-that-nobody-may-see';

const lost = new Set<string>();
let rig: Rig;
let other: OtherSystem;
let mail: MailServer;
beforeAll(async () => {
  [other, mail] = await Promise.all([OtherSystem.start(), MailServer.start()]);
  // the first answer of each step is lost after the effect, as where a worker dies there
  const connectors = CONNECTORS.map((connector) => ({
    ...connector,
    run: async (input: JsonObject, one: Attempt) => {
      const output = await connector.run(input, one);
      if (lost.has(one.idempotencyKey)) return output;
      lost.add(one.idempotencyKey);
      throw new Error('the answer was lost');
    },
  }));
  const demo = testSurroundings();
  const secretOf = (dealership: string, name: string) => (`${dealership} ${name}` === 'tianhe CARRIER' ? SECRET : undefined);
  rig = await Rig.start({ connectors, outside: { ...demo, mail: { ...demo.mail, smtpUrl: mail.url }, secretOf } });
  await rig.db.system((trx) =>
    trx.query(`insert into account (username, dealership_id, password_hash, roles) values ('finance@tianhe', 'tianhe', 'x', '{finance}')`),
  );
});
afterAll(async () => {
  await rig?.stop();
  await Promise.all([other?.stop(), mail?.stop()]);
});

const retry = 'retry: { initial: PT1S, factor: 1, max: PT1S, attempts: 5 }';
const tell = (url: string) => `process: tell-everybody
variables: { order: { type: string } }
steps:
  - id: ask
    serviceTask:
      connector: http.request
      input: { url: "${url}", headers: { Authorization: { secret: CARRIER, prefix: "Bearer " } }, body: { order: =order, key: { secret: CARRIER } } }
    ${retry}
  - { id: mail, serviceTask: { connector: mail.send, input: { to: [wang@example.com], subject: ="Order " + order, text: done } }, ${retry} }
  - { id: tell, serviceTask: { connector: notify, input: { roles: [finance], title: =order } }, ${retry} }
  - { id: publish, serviceTask: { connector: message.publish, input: { name: order.told, key: =order, variables: { by: mail }, ttl: PT1H } }, ${retry} }
`;
const hear = `process: hear
variables: { order: { type: string } }
steps:
  - { id: told, receiveTask: { message: { name: order.told, key: =order } } }
`;

const ended = (live: { row(): Promise<{ state: string }> }) =>
  eventually(
    () => live.row(),
    ({ state }) => state === 'COMPLETED',
    40_000,
  );

it('[L26.2] each step does its work once though its first answer is lost, and a message reaches who waits for it', async () => {
  const waiting = await rig.begin(closureOf(modelOfProcess(hear)), { order: 'SO-1' });
  const live = await rig.begin(closureOf(modelOfProcess(tell(`${other.url}/orders`))), { order: 'SO-1' });
  await ended(live);
  await ended(waiting);
  expect(lost.size).toBe(4);
  expect(other.done.size).toBe(1);
  expect(mail.received.map(({ subject }) => subject)).toEqual(['Order SO-1']);
  const told = await rig.db.tenant('tianhe', (trx) => trx.query('select username, title from notification'));
  expect(told).toEqual([{ username: 'finance@tianhe', title: 'SO-1' }]);

  // the other system has had the secret; nothing that is kept has it
  expect(other.heard[0]?.headers.authorization).toBe(`Bearer ${SECRET}`);
  expect(other.heard[0]?.body).toBe(JSON.stringify({ order: 'SO-1', key: SECRET }));
  const history = await historyText(live.address.workflowId);
  expect(history).toContain('"secret":"CARRIER"');
  expect(history).not.toContain(SECRET);
  expect(await everyRow()).not.toContain(SECRET);
});

it('[L26.2] a worker that is stopped while a connector waits leaves the step to the next one', async () => {
  other.manner = 'silent';
  const ask = `process: ask-again
steps:
  - { id: ask, serviceTask: { connector: http.request, input: { url: "${other.url}/late" } }, retry: { initial: PT1S, factor: 1, max: PT1S, attempts: 5 } }
`;
  const live = await rig.begin(closureOf(modelOfProcess(ask)));
  await eventually(async () => other.heard.some(({ path }) => path === '/late'));
  await rig.stopWorker();
  other.manner = 'well';
  await rig.startWorker();
  await ended(live);
  const keys = other.heard.filter(({ path }) => path === '/late').map(({ headers }) => headers['idempotency-key']);
  expect(keys.length).toBeGreaterThan(1);
  expect(new Set(keys).size).toBe(1);
});

/** A history as text, with what its payloads hold. */
async function historyText(workflowId: string): Promise<string> {
  const history = await rig.client.workflow.getHandle(workflowId).fetchHistory();
  const texts: string[] = [];
  const collect = async (value: unknown): Promise<void> => {
    if (typeof value === 'string') texts.push(value);
    if (typeof value !== 'object' || value === null) return;
    if ('data' in value && value.data instanceof Uint8Array) texts.push(JSON.stringify(await valueOfPayload(value as Payload)) ?? '');
    else for (const member of Object.values(value)) await collect(member);
  };
  await collect(history);
  return texts.join('\n');
}

async function everyRow(): Promise<string> {
  return rig.db.system(async (trx) => {
    const tables = await trx.query<{ name: string }>(
      `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'migration'`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const rows = await trx.query<{ text: string }>(`select t::text as text from ${name} t`);
      texts.push(...rows.map(({ text }) => text));
    }
    return texts.join('\n');
  });
}
