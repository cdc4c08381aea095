import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { projectRoot } from '../../server/platform/project-root';

jest.setTimeout(60_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'neiqin-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process that takes the lock, writes "in" and "out" around a short stay, and gives it back. */
function visitor(name: string): Promise<number | null> {
  const script = `
    const fs = require('node:fs');
    const { lock } = require(${JSON.stringify(path.join(projectRoot, 'bin', 'prepare.js'))});
    lock('lock').then((unlock) => {
      fs.appendFileSync('visits', 'in ${name}\\n');
      setTimeout(() => { fs.appendFileSync('visits', 'out ${name}\\n'); unlock(); }, 150);
    });`;
  const child = spawn(process.execPath, ['-e', script], { cwd: folder, stdio: 'ignore' });
  return new Promise((resolve) => child.on('exit', resolve));
}

const visits = (): string[] => readFileSync(path.join(folder, 'visits'), 'utf8').trim().split('\n');

describe('the lock around preparations', () => {
  it('lets one in at a time', async () => {
    expect(await Promise.all(['a', 'b', 'c', 'd'].map(visitor))).toEqual([0, 0, 0, 0]);
    const seen = visits();
    for (let index = 0; index < seen.length; index += 2) expect(seen[index + 1]).toBe(seen[index]?.replace('in', 'out'));
    expect(existsSync(path.join(folder, 'lock'))).toBe(false);
  });

  it('of a process that is gone is broken at once, by several too', async () => {
    const gone = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => gone.on('exit', resolve));
    writeFileSync(path.join(folder, 'lock'), JSON.stringify({ host: hostname(), pid: gone.pid, at: 1 }));
    const begun = Date.now();
    expect(await Promise.all(['a', 'b', 'c'].map(visitor))).toEqual([0, 0, 0]);
    expect(Date.now() - begun).toBeLessThan(10_000);
    const seen = visits();
    for (let index = 0; index < seen.length; index += 2) expect(seen[index + 1]).toBe(seen[index]?.replace('in', 'out'));
  });

  it('of another machine is broken when nobody has touched it for half a minute', async () => {
    const file = path.join(folder, 'lock');
    writeFileSync(file, JSON.stringify({ host: 'elsewhere', pid: 1, at: 1 }));
    const visit = visitor('a');
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(existsSync(path.join(folder, 'visits'))).toBe(false);
    const old = new Date(Date.now() - 60_000);
    utimesSync(file, old, old);
    expect(await visit).toBe(0);
  });
});
