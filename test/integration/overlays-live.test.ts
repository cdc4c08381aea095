import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import request from 'supertest';
import { runDiff } from '../../cli/diff-command';
import { publishedVersions } from '../../cli/published-versions';
import { putDemoAccounts } from '../../db/account-repository';
import { compileDefinitions } from '../../engine/compile/compile';
import type { CompiledDealership } from '../../engine/compile/deployment';
import { createApp } from '../../server/app';
import { type Compiler, createCompiler } from '../../server/compiler/compiler';
import { publishFolder } from '../../server/deployments';
import { readSettings } from '../../server/platform/settings';
import { wakeMessage } from '../../server/temporal-gateway';
import { definitionsFolder, filesIn, ports } from '../language/definition-files';
import { eventually, Rig } from './rig';

const files = filesIn(definitionsFolder).filter(({ path }) => !path.includes('.scenarios/'));
const { dealerships } = compileDefinitions(files, ports);
const overlay = (...changes: string[]): string =>
  `overlay: order-to-delivery\nfor: { dealership: tianhe }\nchange:\n${changes.join('\n')}\n`;
const second = '  - { after: reviewed, insert: [{ id: secondLook, userTask: { assign: { roles: [sales-manager] } } }] }';

interface Task {
  userTaskKey: string;
  elementId: string;
}

describe('overlays on real servers', () => {
  let rig: Rig;
  let app: ReturnType<typeof createApp>;
  let compiler: Compiler;
  let server: Server;
  const tokens = new Map<string, string>();

  beforeAll(async () => {
    rig = await Rig.start({ answerWithinMs: 3_000 });
    compiler = createCompiler({ ms: 60_000 });
    const { db, gateway, client } = rig;
    const folder = await compiler.runFolder({ files, nowMs: Date.now() });
    for (const id of ['tianhe', 'haizhu']) {
      const { refused } = await publishFolder({ db, compiler, nowMs: Date.now() }, folder, id);
      expect(refused).toEqual([]);
      await putDemoAccounts(db, dealerships[id] as CompiledDealership, 'neiqin');
    }
    const deliverMatched = async (messages: { dealership: string; messageId: string }[]) => {
      await Promise.all(messages.map((message) => wakeMessage(client, message)));
    };
    const logger = pino({ level: 'silent' });
    app = createApp({ db, gateway, clock: Date.now, logger, deliverMatched, compiler, settings: { validateResponses: true } });
    server = app.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    server.close();
    compiler.close();
    await rig.stop();
  });

  async function ask(user: string, method: 'get' | 'post', path: string, body?: object) {
    if (!tokens.has(user)) {
      const login = await request(app).post('/v1/sessions').send({ username: user, password: 'neiqin' });
      tokens.set(user, login.body.token);
    }
    const sent = request(app)
      [method](path)
      .set('authorization', `Bearer ${tokens.get(user)}`)
      .set('accept-language', 'en');
    return method === 'post' ? sent.set('idempotency-key', randomUUID()).send(body ?? {}) : sent;
  }

  async function start(at: string, number: string): Promise<string> {
    const variables = { number, customer: '王芳', model: 'X5', price: '258000.00', salesman: `salesman@${at}` };
    const { status, body } = await ask(`salesman@${at}`, 'post', '/v1/process-instances', {
      processDefinitionId: 'order-to-delivery',
      variables,
    });
    expect([status, body.businessKey]).toEqual([201, number]);
    return body.processInstanceKey;
  }

  /** Approves an order and gives the tasks that are open then, as an auditor sees them. */
  async function approved(at: string, key: string): Promise<string[]> {
    const filter = { processInstanceKey: key, state: 'CREATED' };
    const open = async (user: string): Promise<Task[]> =>
      (await ask(`${user}@${at}`, 'post', '/v1/user-tasks/search', { filter })).body.items;
    const [review] = await eventually(
      () => open('clerk'),
      (found) => found.length === 1,
    );
    const outcome = { outcome: 'approve', variables: { creditChecked: true } };
    expect((await ask(`clerk@${at}`, 'post', `/v1/user-tasks/${review?.userTaskKey}/completion`, outcome)).status).toBe(200);
    const left = await eventually(
      () => open('auditor'),
      (found) => found.length > 0 && found.every(({ elementId }) => elementId !== 'review'),
    );
    return left.map(({ elementId }) => elementId).sort();
  }

  const deploy = (user: string, text: string) => ask(user, 'post', '/v1/deployments', { files: [{ path: 'mine.yaml', text }] });

  it('[L19.4] each dealership runs its own way of the same order', async () => {
    expect(await approved('haizhu', await start('haizhu', 'OV-1'))).toEqual(['financeCheck']);
    expect(await approved('tianhe', await start('tianhe', 'OV-1'))).toEqual(['payment', 'shipTime']);
  });

  it('[L19.4] an overlay that is published alone is compiled with what is there, and running cases keep what they have', async () => {
    const before = await start('tianhe', 'OV-2');
    const answer = await deploy('admin@tianhe', overlay(second));
    expect([answer.status, answer.body.findings]).toEqual([201, []]);
    const changed = answer.body.processes.filter((one: { changed: boolean }) => one.changed);
    expect(changed).toEqual([{ processDefinitionId: 'order-to-delivery', version: 2, changed: true }]);
    expect(await approved('tianhe', await start('tianhe', 'OV-3'))).toEqual(['secondLook']);
    expect(await approved('tianhe', before)).toEqual(['payment', 'shipTime']);
    expect(await approved('haizhu', await start('haizhu', 'OV-2'))).toEqual(['financeCheck']);
  });

  it('[L19.5] what breaks a control is refused, with its line and the way there', async () => {
    const answer = await deploy('admin@tianhe', overlay(second, '  - { at: paid, merge: { if: =order.price > 300000.00 } }'));
    expect([answer.status, answer.body.code]).toEqual([422, 'deployment-refused']);
    const [finding] = answer.body.findings.filter(({ severity }: { severity: string }) => severity === 'error');
    expect(finding).toMatchObject({ file: 'mine.yaml', line: 5, rule: 'locked-control' });
    expect(finding.message).toContain('reaches "release" without "paid" completed, after start, answer to reviewed, secondLook');
    expect(await approved('tianhe', await start('tianhe', 'OV-4'))).toEqual(['secondLook']);
  });

  it('[L19.1] the overlay of another dealership is refused', async () => {
    const answer = await deploy('admin@haizhu', overlay(second));
    expect(answer.body.findings.slice(0, 1)).toMatchObject([
      { rule: 'foreign-dealership', message: 'the overlay of the dealership "tianhe" is not yours' },
    ]);
  });

  it('[L19.4] two published versions are compared by what they say', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const published = publishedVersions(readSettings({}).settings, { url, user: 'admin@tianhe' }, 'neiqin');
    const told: string[] = [];
    const output = { out: (text: string) => told.push(text), error: (line: string) => told.push(line) };
    expect(await runDiff('order-to-delivery@1', 'order-to-delivery@2', {}, output, published)).toBe(1);
    expect(told.join('')).toBe('process order-to-delivery\n  steps\n    + secondLook (userTask)\n');
    expect(await runDiff('order-to-delivery@1', 'order-to-delivery@7', {}, output, published)).toBe(2);
    expect(told.at(-1)).toBe('no deployment has order-to-delivery in version 7');
  });

  it('[L19.1] an overlay without changes takes everything back', async () => {
    const answer = await deploy('admin@tianhe', 'overlay: order-to-delivery\nfor: { dealership: tianhe }\nchange: []\n');
    expect([answer.status, answer.body.findings]).toEqual([201, []]);
    expect(await approved('tianhe', await start('tianhe', 'OV-5'))).toEqual(['payment', 'shipTime']);
  });
});
