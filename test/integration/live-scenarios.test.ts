import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runAgainst } from '../../cli/against-command';
import { ApiClient } from '../../cli/live/api-client';
import { runLiveTests } from '../../cli/live/live-tests';
import { runRecord } from '../../cli/record-command';
import { compileForTest } from '../../engine/compile/compile-for-test';
import type { CompiledDealership } from '../../engine/compile/deployment';
import { runScenario } from '../../engine/language/run-scenario';
import { readScenario, type Scenario } from '../../engine/language/scenario';
import { createSimulator } from '../../engine/simulate/simulator';
import { createCompiler } from '../../server/compiler/compiler';
import { compilePorts, readDefinitionFiles } from '../../server/definitions-folder';
import { readSettings } from '../../server/platform/settings';
import { LiveServer } from './live-server';

/** What the command prints, without colours and times. */
class Printed {
  readonly lines: string[] = [];
  out = (line: string): void => void this.lines.push(line);
  error = (line: string): void => void this.lines.push(line);

  get text(): string {
    return this.lines.join('\n');
  }
}

/** The beginning of a scenario of an order. */
const review = `scenario: s
process: order-to-delivery
dealership: tianhe
start: { order: { number: SO-1, salesman: salesman@tianhe } }
steps:
`;

/** A folder with the shipped definitions' files for whoever names none of its own. */
function folderWith(texts: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'neiqin-live-'));
  const own = Object.keys(texts).some((name) => name.startsWith('dealerships/'));
  if (!own && Object.keys(texts).length > 0)
    cpSync('definitions', folder, { recursive: true, filter: (from) => !from.endsWith('.scenarios') });
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

const compiler = createCompiler();
let server: LiveServer;
beforeAll(async () => {
  server = await LiveServer.start(true, { compiler });
});
afterAll(async () => {
  compiler.close();
  await server.stop();
});

const base = 'definitions/base/processes';
const orders = `${base}/order-to-delivery.scenarios`;
/** Some of each kind: all of them take a quarter of an hour. */
const some = [
  ...['cancelled-before-pick-up', 'carrier-cancels', 'dearer-after-the-payment', 'four-eyes'].map((id) => `${orders}/${id}.yaml`),
  ...['picked-up-late', 'returned-then-rejected', 'transport-booked-online'].map((id) => `${orders}/${id}.yaml`),
  ...['claimed', 'in-parts', 'payment-overdue'].map((id) => `${base}/confirm-payment.scenarios/${id}.yaml`),
];
/** The first begins a case of the second, which is in the way of another one of the same day until it is canceled. */
const evening = ['finance-handover.scenarios/signed-off', 'finance-supplement.scenarios/nothing-late'].map((id) => `${base}/${id}.yaml`);
/** The order as the other dealership has it. */
const tailored = ['order-review', 'order-to-delivery'].map((id) => `definitions/overlays/haizhu/${id}.scenarios`);

describe('neiqin test --live on a server of virtual time', () => {
  it('[L10.12] runs scenarios of the shipped processes at both dealerships, and some of them again', async () => {
    for (const paths of [[...some, ...evening, ...tailored], tailored.slice(0, 1)]) {
      const printed = new Printed();
      const code = await runLiveTests(paths, server.url, {}, printed);
      expect([code, printed.text]).toEqual([0, expect.stringMatching(/\n[1-9]\d* passed, 0 failed, 0 skipped/u)]);
    }
  }, 480_000);

  it('[L10.12] says what fails, at its line', async () => {
    const printed = new Printed();
    const folder = folderWith({ 's.yaml': `${review}  - { complete: review, as: salesman@tianhe, outcome: approve }\n` });
    expect([await runLiveTests([folder], server.url, {}, printed), printed.lines.slice(1, 4)]).toEqual([
      1,
      [expect.stringMatching(/s\.yaml:6:5: what is done$/u), expect.anything(), expect.stringContaining('refused: excluded-by-four-eyes')],
    ]);
  });

  it('[L10.12] names processes that are published otherwise, and publishes them where that is wanted', async () => {
    const folder = folderWith({
      'dealerships/tianhe.yaml': readFileSync('definitions/dealerships/tianhe.yaml', 'utf8')
        .replace(/^layers:.*\n/mu, '')
        .replace(/^ {2}finance:\n(?: {4}.*\n)+/mu, '')
        .replace(/^duties:.*/mu, 'duties: [try]'),
      'duty.yaml': 'duty: try\nprocesses: [tried]\n',
      'tried.yaml':
        'process: tried\nsteps:\n  - { id: look, userTask: { assign: { roles: [clerk] }, due: { after: PT2H } } }\n  - { id: done, end: done }\n',
      's.yaml':
        'scenario: tried\nprocess: tried\ndealership: tianhe\nsteps:\n  - expect: { due: { look: 2026-03-02T11:00:00+08:00 } }\n  - { suspend: by nobody who is named }\n  - { resume: true }\n  - { complete: look, as: clerk@tianhe }\n  - expect: { ended: done }\n',
    });
    const [before, after] = [new Printed(), new Printed()];
    expect([await runLiveTests([folder], server.url, {}, before), before.text]).toEqual([
      0,
      expect.stringContaining('s.yaml:2: process "tried" is not published at "tianhe": add --publish'),
    ]);
    expect([await runLiveTests([folder], server.url, { publish: true }, after), after.text]).toEqual([
      0,
      expect.stringContaining('1 passed, 0 failed'),
    ]);
  });

  it('[L10.12] moves clocks and answers connectors for administrators alone', async () => {
    const api = new ApiClient(server.url, 'neiqin', 10_000);
    const [key] = await server.casesOf('tianhe');
    const clock = {
      method: 'POST',
      path: '/v1/demo/clock',
      body: { processInstanceKey: key as string, at: '2026-03-03T09:00:00Z' },
    } as const;
    expect((await api.ask('clerk@tianhe', clock)).status).toBe(403);
    expect((await api.ask('admin@haizhu', clock)).status).toBe(404);
    expect(await api.ask('admin@tianhe', clock)).toEqual({ status: 200, body: { processInstanceKey: key, reached: null } });
  });
});

describe('neiqin test --live on a server of real time', () => {
  let real: LiveServer;
  beforeAll(async () => {
    real = await LiveServer.start(false);
  });
  afterAll(() => real.stop());

  it('[L10.12] runs what needs neither clock nor answers, and skips the rest with line and reason', async () => {
    const printed = new Printed();
    expect(await runLiveTests([orders], real.url, {}, printed)).toBe(0);
    expect(printed.text).toMatch(/2 passed, 0 failed, \d+ skipped/u);
    expect(printed.text).toContain('transport-booked-online.yaml:9: the connector is really called');
    const late = new Printed();
    expect(await runLiveTests([folderWith({ 'late.yaml': `${review}  - advance: PT4H\n` })], real.url, {}, late)).toBe(0);
    expect(late.text).toContain(
      'late.yaml:6: the clock cannot be moved; the server has no virtual time: start it with NEIQIN_VIRTUAL_TIME=1',
    );
  }, 60_000);

  it('[L10.12] names people who cannot log in, and dealerships that are not there', async () => {
    const printed = new Printed();
    const texts = {
      'a.yaml': `${review}  - { complete: review, as: nobody@tianhe, outcome: approve }\n`,
      'b.yaml': `${review.replace('dealership: tianhe\n', '')}  - expect: { tasks: [review] }\n`,
    };
    const folder = folderWith(texts);
    const dealership = path.join(folder, 'dealerships', 'tianhe.yaml');
    writeFileSync(dealership, readFileSync(dealership, 'utf8').replace('clerk: [clerk@tianhe]', 'clerk: [clerk@tianhe, nobody@tianhe]'));
    await runLiveTests([folder], real.url, {}, printed);
    expect(printed.text).toContain('a.yaml:6: "nobody@tianhe" cannot log in');
    expect(printed.text).toContain('"admin@test" cannot log in: the server has no dealership "test"');
  });

  it('[L10.13] records a case of real time, so that it goes the same way on the definitions, and other ways on changed ones', async () => {
    const key = (await real.casesOf('tianhe')).at(-1) as string;
    const folder = folderWith({});
    const file = path.join(folder, 'recorded.yaml');
    const options = { url: real.url, user: 'admin@tianhe', out: file };
    expect(await runRecord(key, options, readSettings({}).settings, new Printed())).toBe(0);
    const same = new Printed();
    expect([await runAgainst(['definitions'], file, {}, same), same.text]).toEqual([
      0,
      expect.stringContaining('1 as recorded, 0 otherwise'),
    ]);
    const changed = folderWith({});
    cpSync('definitions', changed, { recursive: true });
    const review = path.join(changed, 'base/processes/order-review.yaml');
    writeFileSync(review, readFileSync(review, 'utf8').replace('due: { after: PT4H }', 'due: { after: PT3H }'));
    const other = new Printed();
    expect(await runAgainst([changed], folder, {}, other)).toBe(1);
    expect(other.text).toMatch(/date {4}.*"review" is due .* 1 h earlier/u);
  });
});

describe('neiqin record', () => {
  it('[L10.13] makes scenarios of all cases that there were, which pass in virtual time', async () => {
    const { dealerships, findings } = compileForTest(readDefinitionFiles('definitions'), compilePorts);
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    let recorded = 0;
    for (const dealership of ['tianhe', 'haizhu']) {
      for (const key of await server.casesOf(dealership)) {
        const printed = new Printed();
        const code = await runRecord(key, { url: server.url, user: `auditor@${dealership}` }, readSettings({}).settings, printed);
        expect([code, printed.text]).toEqual([0, expect.stringContaining('scenario:')]);
        if (printed.text.includes('process: tried')) continue;
        const read = readScenario({ path: `${key}.yaml`, text: `${printed.text}\n` });
        expect(read.findings).toEqual([]);
        const compiled = dealerships[dealership] as CompiledDealership;
        const { failures } = await runScenario(read.scenario as Scenario, compiled, createSimulator(compiled));
        expect(failures).toEqual([]);
        recorded += 1;
      }
    }
    expect(recorded).toBeGreaterThan(20);
  }, 60_000);
});
