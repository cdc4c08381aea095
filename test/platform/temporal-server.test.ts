import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { readSettings } from '../../server/platform/settings';
import { findTemporalCli } from '../../server/platform/temporal-cli';
import { startTemporal, type TemporalOptions, type TemporalServer } from '../../server/platform/temporal-server';
import { freePorts } from '../setup/free-ports';

jest.setTimeout(120_000);

let folder: string;
let lines: string[];
const running: TemporalServer[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'neiqin-temporal-'));
  lines = [];
});
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(port: number, retention = '30d', more: Partial<TemporalOptions> = {}): Promise<TemporalServer> {
  const { path: cli } = await findTemporalCli({ settings: readSettings(process.env).settings });
  const progress = (line: string): void => void lines.push(line);
  const onLost = (problem: Error): void => void lines.push(problem.message);
  const server = await startTemporal({ cli, data: folder, port, namespace: 'default', retention, progress, onLost, ...more });
  running.push(server);
  return server;
}

async function withClient<T>(address: string, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

const retentionDays = (address: string): Promise<number> =>
  withClient(address, async ({ connection }) => {
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    return Number(config?.workflowExecutionRetentionTtl?.seconds) / 86_400;
  });

describe('the embedded Temporal', () => {
  it('keeps a running workflow over kill -9 and over a stop in order, and is started again by itself', async () => {
    const [port] = (await freePorts(1)) as [number];
    const first = await start(port);
    expect(await retentionDays(first.address)).toBe(30);
    await withClient(first.address, ({ workflow }) =>
      workflow.start('waits', { taskQueue: 'nobody', workflowId: 'tianhe:order:1', args: ['订单'] }),
    );
    process.kill(first.pid()!, 'SIGKILL');
    for (const begun = Date.now(); !lines.includes('Temporal runs again.'); ) {
      if (Date.now() - begun > 30_000) throw new Error(`waited in vain:\n${lines.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await first.stop();
    const second = await start(port, '7d');
    const { status } = await withClient(second.address, ({ workflow }) => workflow.getHandle('tianhe:order:1').describe());
    expect(status.name).toBe('RUNNING');
    expect(await retentionDays(second.address)).toBe(7);
  });

  it('is not taken for another server that has its port', async () => {
    const [port] = (await freePorts(1)) as [number];
    await start(port);
    const lastLine = lines.length;
    const data = path.join(folder, 'other');
    await expect(start(port, '30d', { data })).rejects.toThrow(`Temporal cannot be started: port ${port} is taken by another program.`);
    expect(lines.slice(lastLine)).toEqual([]);
  });

  it('that cannot start says why, with the end of its log', async () => {
    const [port] = (await freePorts(1)) as [number];
    await expect(start(port, '30d', { dynamicConfig: { 'no.such.key': 'not json' } })).rejects.toThrow(
      /^Temporal ended while starting \(exit code 1\)\.\n.*invalid JSON value/,
    );
  });
});
