import path from 'node:path';
import { compileDefinitions } from '../../engine/compile/compile';
import type { CompiledDealership } from '../../engine/compile/deployment';
import { runScenario } from '../../engine/language/run-scenario';
import { readScenario } from '../../engine/language/scenario';
import { definitionsFolder, filesIn, ports } from '../language/definition-files';
import { recordHistory } from './histories';
import { LiveHost } from './live-host';
import { PatientConnectors } from './patient-connectors';
import { Rig } from './rig';

const files = filesIn(definitionsFolder);
const { dealerships } = compileDefinitions(files, ports);
const folder = 'base/processes/order-to-delivery.scenarios';

describe('scenarios on the real server, in its virtual time', () => {
  let rig: Rig;
  const connectors = new PatientConnectors();
  beforeAll(async () => {
    rig = await Rig.start({ connectors: connectors.connectors });
  });
  afterAll(() => rig.stop());

  it.each(['transport-booked-online', 'review-overdue', 'returned-then-rejected', 'paid-before-ship-time'])('%s', async (name) => {
    const file = files.find((candidate) => candidate.path === path.posix.join(folder, `${name}.yaml`));
    const { scenario } = readScenario(file as (typeof files)[0]);
    if (scenario === undefined) throw new Error(`"${name}" is no scenario`);
    const dealership = dealerships[scenario.dealership] as CompiledDealership;
    const host = new LiveHost(rig, dealership, connectors);
    const { failures } = await runScenario(scenario, dealership, host);
    expect(failures).toEqual([]);
    await recordHistory(host.case, `order-to-delivery-${name}`);
  });
});
