import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pino from 'pino';
import { putDemoAccounts } from '../../db/account-repository';
import { publishDealership } from '../../db/definition-repository';
import { createApp } from '../../server/app';
import { compileFolder } from '../../server/definitions-folder';
import { listen } from '../../server/http-server';
import { Rig } from '../integration/rig';
import { freePorts } from '../setup/free-ports';
import { textOf } from './sources';

const run = promisify(execFile);

let rig: Rig;
let server: Awaited<ReturnType<typeof listen>>;
let url: string;

beforeAll(async () => {
  rig = await Rig.start();
  for (const dealership of compileFolder('definitions')) {
    await publishDealership(rig.db, dealership);
    await putDemoAccounts(rig.db, dealership, 'neiqin');
  }
  const [port] = (await freePorts(1)) as [number];
  const { db, gateway } = rig;
  const parts = { db, gateway, logger: pino({ level: 'silent' }), clock: Date.now, settings: {}, deliverMatched: async () => undefined };
  server = await listen(createApp(parts), { host: '127.0.0.1', port });
  url = `http://127.0.0.1:${port}`;
});

afterAll(async () => {
  await server?.stop();
  await rig?.stop();
});

it('starts an order, reviews it and shows the next task, as the README says', async () => {
  const snippet = /^```bash\n(api=[\s\S]*?)^```$/mu.exec(textOf('README.md'))?.[1] as string;
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', snippet.replace(/^api=.*$/mu, `api=${url}`)]);
  expect(stdout).toMatch(/"elementId":"review","name":"Review the sales order","state":"COMPLETED"/u);
  expect(stdout).toMatch(/"elementId":"shipTime",[^}]*"candidateUsers":\["salesman@tianhe"\]/u);
});
