import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, loadavg } from 'node:os';
import path from 'node:path';
import { findRunning, isRunning, type ProcessRecord } from '../../server/platform/process-record';
import { projectRoot } from '../../server/platform/project-root';
import { makeDataFolder } from '../setup/data-folder';
import { freePorts } from '../setup/free-ports';

jest.setTimeout(300_000);

let data: string;
let url: string;
let environment: NodeJS.ProcessEnv;
const started: ChildProcess[] = [];

beforeAll(async () => {
  data = makeDataFolder();
  const [port, database, temporal, ui] = (await freePorts(4)) as [number, number, number, number];
  url = `http://127.0.0.1:${port}`;
  const ports = { PORT: port, DATABASE_PORT: database, TEMPORAL_PORT: temporal, TEMPORAL_UI_PORT: ui };
  const inherited = Object.entries(process.env).filter(([name]) => !/^(NEIQIN_|TEMPORAL_|DATABASE_|npm_|HOST$|PORT$)/.test(name));
  const strings = Object.entries(ports).map(([name, value]) => [name, String(value)]);
  environment = { ...Object.fromEntries([...inherited, ...strings]), NEIQIN_DATA: data };
});
afterAll(() => {
  for (const child of started) if (child.exitCode === null) child.kill('SIGKILL');
  for (const { pid } of servers()) killQuietly(pid);
  rmSync(data, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function neiqin(args: string[], more: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(process.execPath, [path.join(projectRoot, 'bin', 'neiqin.js'), ...args], {
    env: { ...environment, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text));
  return { child, output: () => output, ended: new Promise((resolve) => child.on('close', (code) => resolve(code))) };
}

async function ready(run: Started): Promise<void> {
  await until(() => {
    if (run.child.exitCode !== null) throw new Error(`it ended:\n${run.output()}`);
    return run.output().includes('stop with Ctrl-C');
  });
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const begun = Date.now(); !(await condition()); await new Promise((resolve) => setTimeout(resolve, 50))) {
    if (Date.now() - begun > 120_000) throw new Error('waited in vain');
  }
}

const servers = (): ProcessRecord[] =>
  ['postgresql.json', 'temporal.json'].map((name) => findRunning(path.join(data, 'run', name))).filter((record) => record !== undefined);

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

async function ask(method: string, place: string, token?: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(url + place, {
    method,
    headers: {
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(`${method} ${place}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

const logIn = async (username: string): Promise<string> => {
  const { token } = await ask('POST', '/v1/sessions', undefined, { username, password: 'neiqin' });
  return String(token);
};

describe('neiqin start', () => {
  let caseKey: string;
  let first: Started;

  it('brings everything up and says how to log in', async () => {
    first = neiqin(['start']);
    await ready(first);
    expect(first.output()).toContain(`neiqin listens on ${url}`);
    expect(first.output()).toContain('salesman@tianhe');
    const variables = { number: 'SO-1', customer: '王芳', model: '东方 X5', price: '258000.00', salesman: 'salesman@tianhe' };
    const token = await logIn('salesman@tianhe');
    const answer = await ask('POST', '/v1/process-instances', token, { processDefinitionId: 'order-to-delivery', variables });
    caseKey = String(answer['processInstanceKey']);
  });

  it('is refused a second time on the same data, and leaves the first alone', async () => {
    const second = neiqin(['start']);
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`neiqin runs already on these data, as process ${first.child.pid} at ${url}.`);
    await expect(ask('GET', `/v1/process-instances/${caseKey}`, await logIn('salesman@tianhe'))).resolves.toMatchObject({
      state: 'ACTIVE',
    });
  });

  it('comes back within ten seconds after kill -9 of everything, and the case goes on where it was', async () => {
    const killed = servers();
    expect(killed).toHaveLength(2);
    const guardians = execFileSync('ps', ['-o', 'pid=,args=', '-e'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => killed.some(({ pid }) => line.includes(`guardian ${pid} `)))
      .map((line) => Number.parseInt(line, 10));
    expect(guardians).toHaveLength(2);
    for (const pid of [...guardians, first.child.pid!, ...killed.map((server) => server.pid)]) process.kill(pid, 'SIGKILL');
    await first.ended;
    const begun = Date.now();
    first = neiqin(['start']);
    await ready(first);
    // On a machine that others keep busy it takes its share longer.
    const contention = Math.max(1, loadavg()[0]! / availableParallelism());
    expect(Date.now() - begun).toBeLessThan(10_000 * contention);
    const clerk = await logIn('clerk@tianhe');
    const { items } = (await ask('GET', '/v1/user-tasks?assignee=none', clerk)) as { items: { userTaskKey: string; elementId: string }[] };
    const review = items.find(({ elementId }) => elementId === 'review');
    const completion = { outcome: 'approve', variables: { creditChecked: true } };
    await ask('POST', `/v1/user-tasks/${review?.userTaskKey}/assignment`, clerk, { assignee: 'clerk@tianhe', allowOverride: false });
    await expect(ask('POST', `/v1/user-tasks/${review?.userTaskKey}/completion`, clerk, completion)).resolves.toBeDefined();
  });

  it('killed alone takes its servers along, in good order', async () => {
    const left = servers();
    first.child.kill('SIGKILL');
    await first.ended;
    await until(() => left.every((server) => !isRunning(server)));
    expect(readFileSync(path.join(data, 'logs', 'postgresql.log'), 'utf8').trimEnd()).toMatch(/database system is shut down$/);
  });

  it('publishes nothing of a folder with an error, and starts with what was published before', async () => {
    const definitions = path.join(data, 'definitions');
    cpSync(path.join(projectRoot, 'definitions'), definitions, { recursive: true });
    writeFileSync(path.join(definitions, 'endless.yaml'), 'process: endless\nsteps: [{ id: a, task: {}, next: a }]\n');
    const run = neiqin(['start'], { NEIQIN_DEFINITIONS: definitions });
    await ready(run);
    expect(run.output()).toMatch(
      /endless\.yaml:2:\d+: error endless-loop: .*; .*\n +what has errors is not published, what was published before runs on/,
    );
    await expect(ask('GET', `/v1/process-instances/${caseKey}`, await logIn('salesman@tianhe'))).resolves.toMatchObject({
      state: 'ACTIVE',
    });
    run.child.kill('SIGTERM');
    await run.ended;
    const empty = { NEIQIN_DATA: path.join(data, 'another'), NEIQIN_DEFINITIONS: definitions };
    const refused = neiqin(['start'], empty);
    expect(await refused.ended).toBe(1);
    expect(refused.output()).toContain('mend the files that are named, then start again');
  });

  it('ends in order on SIGTERM, with exit code 0 and nothing left', async () => {
    const run = neiqin(['start']);
    await ready(run);
    const left = servers();
    run.child.kill('SIGTERM');
    expect(await run.ended).toBe(0);
    expect(left.filter(isRunning)).toEqual([]);
    const order = [...run.output().matchAll(/stopping (\S+) …/g)].map(([, name]) => name);
    expect(order).toEqual(['API', 'worker', ...order.slice(2)]);
    expect(order.slice(2).sort()).toEqual(['PostgreSQL', 'Temporal']);
  });

  it('ends with exit code 2 and names the port that it was told to use and that is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(Number(environment['TEMPORAL_UI_PORT']), '127.0.0.1', resolve));
    const run = neiqin(['start']);
    expect(await run.ended).toBe(2);
    expect(run.output()).toContain(`TEMPORAL_UI_PORT: port ${environment['TEMPORAL_UI_PORT']} is taken by another program.`);
    await new Promise((resolve) => other.close(resolve));
  });

  it('ends with exit code 2 on a wrong setting', async () => {
    const run = neiqin(['start'], { HOST: '0.0.0.0' });
    expect(await run.ended).toBe(2);
    expect(run.output()).toContain('HOST: "0.0.0.0" is not allowed');
  });

  it.each(['worker', 'api'])('has nothing to do with "%s" without servers', async (command) => {
    const run = neiqin([command]);
    expect(await run.ended).toBe(2);
    expect(run.output()).toContain('DATABASE_URL and TEMPORAL_ADDRESS: not set, and no "neiqin start" runs on');
  });

  it('refuses unknown commands with exit code 2', async () => {
    expect(await neiqin(['begin']).ended).toBe(2);
    expect(await neiqin(['start', '--fast']).ended).toBe(2);
  });
});

describe('neiqin doctor', () => {
  it('tells as JSON what was found, and changes nothing', async () => {
    const run = neiqin(['doctor', '--json']);
    expect(await run.ended).toBe(0);
    const report = JSON.parse(run.output().slice(run.output().indexOf('{'))) as { findings: { what: string; state: string }[] };
    const states = Object.fromEntries(report.findings.map(({ what, state }) => [what, state]));
    expect(states).toMatchObject({ 'Node.js': 'ok', Temporal: 'ok', PostgreSQL: 'ok', data: 'ok', PORT: 'ok', TEMPORAL_PORT: 'ok' });
    expect(report).toMatchObject({ settings: { NEIQIN_DATA: data }, temporalSources: expect.any(Array) });
  });

  it('says where the Temporal CLI was looked for when it is missing and may not be fetched', async () => {
    const run = neiqin(['doctor'], { NEIQIN_CACHE: path.join(data, 'no-cache'), NEIQIN_OFFLINE: '1' });
    expect(await run.ended).toBe(1);
    expect(run.output()).toMatch(/wrong +Temporal: CLI 1\.9\.1 is not on this machine, and NEIQIN_OFFLINE forbids to fetch it/);
    expect(run.output()).toMatch(/not +cache: there is no /);
  });

  it('names a wrong setting with exit code 2', async () => {
    const run = neiqin(['doctor'], { PORT: '0' });
    expect(await run.ended).toBe(2);
    expect(run.output()).toContain('PORT: "0" is not allowed');
  });
});
