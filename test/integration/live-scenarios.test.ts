import { runLiveTests } from '../../cli/live/live-tests';
import { runRecord } from '../../cli/record-command';
import { compileForTest } from '../../engine/compile/compile-for-test';
import type { CompiledDealership } from '../../engine/compile/deployment';
import { runScenario } from '../../engine/language/run-scenario';
import { readScenario, type Scenario } from '../../engine/language/scenario';
import { createSimulator } from '../../engine/simulate/simulator';
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

let server: LiveServer;
beforeAll(async () => {
  server = await LiveServer.start(true);
});
afterAll(() => server.stop());

describe('neiqin test --live on a server of virtual time', () => {
  it('[L10.12] runs every scenario of the shipped processes, and again', async () => {
    for (let round = 1; round <= 1; round += 1) {
      const printed = new Printed();
      const code = await runLiveTests(['definitions'], server.url, {}, printed);
      expect([code, printed.lines.at(-1)]).toEqual([0, expect.stringMatching(/\d+ passed, 0 failed, 0 skipped/u)]);
    }
  }, 120_000);
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
