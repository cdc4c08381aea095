import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScenarioRuns } from '../../cli/scenario-runs';
import { runTests, type TestOptions } from '../../cli/test-command';

/** Everything that coverage counts: both ways, a boundary event, outcomes, an event sub-process, a called process, rules. */
const PROCESS = `process: p
variables: { price: { type: number, default: 1 } }
steps:
  - id: look
    userTask: { assign: { roles: [clerk] }, outcomes: [good, bad] }
    boundary: [{ id: late, timer: { after: P1D }, do: [{ id: lateEnd, end: late }] }]
  - id: way
    exclusive:
      - { id: bad, when: '=look.outcome = "bad"', do: [{ id: refused, end: refused }] }
      - { id: dear, when: =price > 100, do: [{ id: boss, userTask: { assign: { roles: [boss] }, outcomes: ["yes", "no"] } }] }
      - { id: cheap, default: true }
  - { id: ask, serviceTask: { connector: http.request, input: { url: "http://127.0.0.1:1/x" } }, boundary: [{ id: silent, error: {}, do: [{ id: none, end: none }] }] }
`;
const SCENARIO = `scenario: refused
process: p
start: {}
steps:
  - { complete: look, as: clerk@test, outcome: bad }
  - expect: { ended: refused }
`;

describe('coverage', () => {
  const folder = mkdtempSync(join(tmpdir(), 'neiqin-'));
  const run = async (options: TestOptions = {}, runs?: ScenarioRuns) => {
    const out: string[] = [];
    const error: string[] = [];
    const code = await runTests([folder], { out: (line) => out.push(line), error: (line) => error.push(line) }, options, runs);
    return { code, out: out.join('\n'), error: error.join('\n') };
  };

  beforeAll(() => {
    writeFileSync(join(folder, 'p.yaml'), PROCESS);
    writeFileSync(join(folder, 'refused.yaml'), SCENARIO);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('[L10.9] counts what scenarios pass, and fails below what is asked for', async () => {
    const { code, out } = await run();
    expect(code).toBe(0);
    expect(out).toContain('coverage 31.8 % (steps 3/7, flows 3/9, events 0/2, outcomes 1/4)');
    expect(await run({ min: '100' })).toMatchObject({ code: 1, error: expect.stringContaining('coverage is 31.8 %, less than 100 %') });
    expect(await run({ min: 'all' })).toMatchObject({ code: 2, error: expect.stringContaining('is a number from 0 to 100') });
  });

  it('[L10.9] names what is missing and prints a scenario for it', async () => {
    const { out } = await run({ coverage: true });
    expect(out).toContain('outcomes: look = good, boss = yes, boss = no');
    expect(out).toContain('events: late, silent');
    expect(out).toContain('- fireTimer: late');
    expect(out).not.toContain('no scenario was found');
  });

  it('[L10.1] a scenario with a warning is run, and told of', async () => {
    writeFileSync(join(folder, 'unquoted.yaml'), SCENARIO.replace('ended: refused', 'ended: yes'));
    const { code, out, error } = await run({ filter: 'unquoted' });
    rmSync(join(folder, 'unquoted.yaml'));
    expect([code, error]).toEqual([1, expect.stringContaining('warning yaml-boolean-word')]);
    expect(out).toContain('0 passed, 1 failed');
  });

  it('[L10.9] chooses by name and process, and reports for programs', async () => {
    expect((await run({ filter: 'refu' })).out).toContain('1 passed');
    expect(await run({ filter: 'nothing' })).toMatchObject({ code: 2, error: expect.stringContaining('with "nothing" in its name') });
    expect(await run({ process: 'q' })).toMatchObject({ code: 2, error: expect.stringContaining('of process "q"') });
    const report = JSON.parse((await run({ json: true })).out) as { passed: number; coverage: { percent: number } };
    expect([report.passed, report.coverage.percent]).toEqual([1, 31.8]);
  });

  it('[L10.9] writes JUnit with the line that failed', async () => {
    writeFileSync(
      join(folder, 'wrong.yaml'),
      SCENARIO.replace('refused\nprocess', '"a < b & \\"c\\""\nprocess').replace('ended: refused', 'ended: <x>'),
    );
    const { code, out } = await run({ reporter: 'junit' });
    rmSync(join(folder, 'wrong.yaml'));
    expect(code).toBe(1);
    expect(out).toContain('<testsuites name="neiqin test" tests="2" failures="1"');
    expect(out).toContain('name="a &lt; b &amp; &quot;c&quot;"');
    expect(out).toMatch(
      /<failure message="ended" type="expectation">[^<]*wrong\.yaml:6:22: ended\nexpected {2}&lt;x&gt;\nactual {4}refused<\/failure>/u,
    );
  });

  it('[L10.9] runs again only what a change touches', async () => {
    const runs = new ScenarioRuns();
    await run({}, runs);
    expect((await run({}, runs)).out).toContain('0 of them run now');
    writeFileSync(join(folder, 'refused.yaml'), `${SCENARIO}  - expect: { tasks: [] }\n`);
    expect((await run({}, runs)).out).toContain('pass  refused');
    writeFileSync(join(folder, 'p.yaml'), PROCESS.replace('P1D', 'P2D'));
    expect((await run({}, runs)).out).toContain('pass  refused');
    writeFileSync(join(folder, 'p.yaml'), PROCESS);
    writeFileSync(join(folder, 'refused.yaml'), SCENARIO);
  });

  it('[L10.9] what is written passes, and together everything is covered', async () => {
    const missing = join(folder, 'missing');
    const { out } = await run({ writeMissing: missing });
    expect(out).toMatch(/wrote .*missing/u);
    expect(readdirSync(missing).length).toBeGreaterThan(2);
    const { code, out: after } = await run({ min: '100' });
    rmSync(missing, { recursive: true });
    expect(code).toBe(0);
    expect(after).toContain('coverage 100 %');
  });
});

const shared = join(__dirname, '..', '..', 'test', 'patterns');
const patterns = readdirSync(shared).filter((name) => name.startsWith('wcp'));

describe('scenarios for what nobody reaches', () => {
  it.each(patterns)('[L10.9] of %s cover all of it', async (pattern) => {
    const folder = mkdtempSync(join(tmpdir(), 'neiqin-'));
    mkdirSync(join(folder, 'missing'));
    for (const name of readdirSync(join(shared, pattern))) {
      const text = readFileSync(join(shared, pattern, name), 'utf8');
      if (!/^scenario:/mu.test(text)) writeFileSync(join(folder, name), text);
    }
    const told: string[] = [];
    const output = { out: (line: string) => told.push(line), error: () => undefined };
    await runTests([folder], output, { writeMissing: join(folder, 'missing') });
    const code = await runTests([folder], output, { min: '100' });
    rmSync(folder, { recursive: true });
    expect({ code, told: told.filter((line) => /FAIL|no scenario/u.test(line)) }).toEqual({ code: 0, told: [] });
  });
});
