import { readdirSync } from 'node:fs';
import path from 'node:path';
import { compileForTest } from '../../engine/compile/compile-for-test';
import type { CompiledDealership } from '../../engine/compile/deployment';
import { formatFinding } from '../../engine/language/finding';
import { runScenario } from '../../engine/language/run-scenario';
import { readScenario } from '../../engine/language/scenario';
import { filesIn, ports } from '../language/definition-files';
import { LiveHost } from './live-host';
import { PatientConnectors } from './patient-connectors';
import { Rig } from './rig';

const patterns = path.join(__dirname, '..', 'patterns');
const folders = readdirSync(patterns, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

const connectors = new PatientConnectors();
let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start({ connectors: connectors.connectors });
});
afterAll(() => rig.stop());

describe('the control-flow patterns on the real server', () => {
  it.each(folders)('%s', async (folder) => {
    const files = filesIn(path.join(patterns, folder));
    const { dealerships, findings } = compileForTest(files, ports);
    expect(findings.filter(({ severity }) => severity === 'error').map(formatFinding)).toEqual([]);
    const scenarios = files.flatMap((file) => readScenario(file).scenario ?? []);
    expect(scenarios).not.toEqual([]);
    const results = scenarios.map(async (scenario, index) => {
      // a dealership of its own, so that no other case hears its messages
      const dealership = { ...(dealerships[scenario.dealership] as CompiledDealership), id: `${folder}-${index}` };
      const { failures } = await runScenario(scenario, dealership, new LiveHost(rig, dealership, connectors));
      return failures.map((failure) => ({ scenario: scenario.title, ...failure }));
    });
    expect((await Promise.all(results)).flat()).toEqual([]);
  });
});
