import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runPublish } from '../../cli/publish';
import { runSchedules } from '../../cli/schedules-command';
import { type Compiler, createCompiler } from '../../server/compiler/compiler';
import { listen } from '../../server/http-server';
import { projectRoot } from '../../server/platform/project-root';
import { readSettings } from '../../server/platform/settings';
import { shippedProcesses } from '../language/definition-files';
import { freePorts } from '../setup/free-ports';
import { createTestApi, type TestApi } from './support';

const definitions = path.join(projectRoot, 'definitions');
const folder = mkdtempSync(path.join(tmpdir(), 'neiqin-publish-'));
let api: TestApi;
let compiler: Compiler;
let server: { stop(): Promise<void> };
let url: string;
beforeAll(async () => {
  compiler = createCompiler({ ms: 60_000 });
  api = await createTestApi({}, { compiler });
  const [port] = (await freePorts(1)) as [number];
  server = await listen(api.app, { host: '127.0.0.1', port });
  url = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  await server.stop();
  compiler.close();
  await api.drop();
  rmSync(folder, { recursive: true });
});

async function publish(paths: string[], user = 'admin@tianhe', more: { url?: string; password?: string } = {}) {
  const said = { out: '', error: '', code: 0 };
  const context = { settings: readSettings({}).settings, env: {}, version: '0' };
  said.code = await runPublish(paths, { url: more.url ?? url, user }, context, {
    out: (text) => {
      said.out += text;
    },
    error: (line) => {
      said.error += `${line}\n`;
    },
    askPassword: async () => ('password' in more ? more.password : 'neiqin'),
  });
  return said;
}
const file = (name: string, text: string): string => {
  writeFileSync(path.join(folder, name), text);
  return path.join(folder, name);
};

describe('neiqin publish', () => {
  it('publishes a folder at the dealership of the user, and says what is new', async () => {
    const { code, out, error } = await publish([definitions]);
    expect([code, error]).toEqual([0, expect.stringMatching(/dealerships\/haizhu\.yaml is left out: it is the document of "haizhu"\n/)]);
    for (const line of ['book-transport version 2', 'business-form version 1', 'report receivables', 'template receipt']) {
      expect(out).toContain(`\n  ${line}\n`);
    }
    const again = await publish([path.join(definitions, 'base')]);
    expect([again.code, again.out]).toEqual([
      0,
      expect.stringContaining(`published at tianhe:\n  ${shippedProcesses().length} processes unchanged\n`),
    ]);
  });

  it('has published schedules, which another command reads from the server', async () => {
    const said: string[] = [];
    const output = { out: (text: string) => said.push(text), error: (line: string) => said.push(line) };
    const context = { nowMs: 0, settings: () => readSettings({}).settings };
    expect(await runSchedules('', { url, user: 'clerk@tianhe' }, context, output)).toBe(0);
    expect(said.at(-1)).toMatch(
      /^tianhe coordination-hub\.plan: procurement-upload \(Asia\/Shanghai\)\n {2}[\d-]{10} 周. \w{3} 05:30 {2}opening day/mu,
    );
    expect(await runSchedules('', { url }, context, output)).toBe(2);
    expect(said.at(-1)).toContain('add "--user"');
    expect(await runSchedules('', { url, user: 'nobody@tianhe' }, context, output)).toBe(2);
    expect(said.at(-1)).toContain('"nobody@tianhe" cannot log in');
  });

  it('prints errors as the check does, with exit code 1', async () => {
    const name = file('p.yaml', 'process: p\nsteps:\n  - id: a\n    usertask: {}\n');
    const { code, out, error } = await publish([name]);
    expect([code, error]).toEqual([1, 'nothing is published\n']);
    expect(out).toContain(`${path.relative(process.cwd(), name)}:4:5: error unknown-key: the key "usertask" is unknown here`);
    expect(out).toContain('    4 |     usertask: {}\n      |     ^^^^^^^^\n      = do: did you mean "userTask"?');
  });

  it('says with exit code 2 what was used wrongly', async () => {
    const name = file('q.yaml', 'process: q\nsteps: [{ id: a, end: b }]\n');
    expect(await publish(['nowhere'])).toEqual({ code: 2, out: '', error: 'there is no file or folder "nowhere"\n' });
    expect((await publish([name], 'admin@tianhe', { password: 'wrong' })).error).toContain('admin@tianhe cannot log in');
    expect((await publish([name], 'clerk@tianhe')).code).toBe(2);
    expect((await publish([name], 'admin@tianhe', { url: 'http://127.0.0.1:1' })).error).toContain('no server of neiqin answers');
    expect((await publish([path.join(definitions, 'dealerships', 'haizhu.yaml')])).error).toContain('there is no definition of "tianhe"');
    const asked = await publish([name], 'admin@tianhe', { password: undefined as never });
    expect([asked.code, asked.error]).toEqual([2, 'there is no password: set NEIQIN_PASSWORD\n']);
  });
});
