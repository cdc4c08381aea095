import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { choosePorts } from '../../server/platform/ports';
import { type Environment, readSettings } from '../../server/platform/settings';
import { freePorts } from '../setup/free-ports';

let data: string;
const servers: Server[] = [];
beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), 'neiqin-ports-'));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  rmSync(data, { recursive: true, force: true });
});

async function occupy(port: number): Promise<void> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
}

/** Settings as if these values were defaults, which nobody has set. */
const byDefault = (values: Environment): Parameters<typeof choosePorts>[1] => ({
  ...readSettings({ ...values, NEIQIN_DATA: data }),
  explicit: new Set<string>(),
});
const silent = (): void => undefined;

describe('ports', () => {
  it('that are free are taken as they are', async () => {
    const [a, b] = (await freePorts(2)) as [number, number];
    const read = byDefault({ PORT: String(a), TEMPORAL_PORT: String(b) });
    expect(await choosePorts(['PORT', 'TEMPORAL_PORT'], read, silent)).toEqual({ PORT: a, TEMPORAL_PORT: b });
  });

  it('that somebody else has give way to the next free one, which is told and remembered', async () => {
    const [taken] = (await freePorts(1)) as [number];
    await occupy(taken);
    const read = byDefault({ TEMPORAL_PORT: String(taken), PORT: String(taken + 1 === 54390 ? taken + 2 : taken + 1) });
    const lines: string[] = [];
    const { TEMPORAL_PORT: chosen } = await choosePorts(['PORT', 'TEMPORAL_PORT'], read, (line) => lines.push(line));
    expect(chosen).toBeGreaterThan(taken + 1);
    expect(lines).toEqual([`port ${taken} is taken by another program; TEMPORAL_PORT is ${chosen} now.`]);
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
    expect(await choosePorts(['TEMPORAL_PORT'], read, silent)).toEqual({ TEMPORAL_PORT: chosen });
  });

  it('that were set on purpose are an error when they are taken', async () => {
    const [taken] = (await freePorts(1)) as [number];
    await occupy(taken);
    const read = readSettings({ NEIQIN_DATA: data, DATABASE_PORT: String(taken) });
    await expect(choosePorts(['DATABASE_PORT'], read, silent)).rejects.toMatchObject({
      message: `DATABASE_PORT: port ${taken} is taken by another program.`,
      exitCode: 2,
    });
  });
});
