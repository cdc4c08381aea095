import { compileDefinitions } from '../../engine/compile/compile';
import type { CompiledDealership } from '../../engine/compile/deployment';
import { formatFinding } from '../../engine/language/finding';
import { runScenario, type ScenarioResult } from '../../engine/language/run-scenario';
import { readScenario, type Scenario } from '../../engine/language/scenario';
import { checkScenarioReferences } from '../../engine/language/scenario-references';
import { CoverageCount, passedBy } from '../../engine/simulate/coverage';
import { createSimulator } from '../../engine/simulate/simulator';
import { definitionsFolder, filesIn, ports } from '../language/definition-files';

const files = filesIn(definitionsFolder);
const { dealerships } = compileDefinitions(files, ports);
const scenarios = files.flatMap((file) => {
  const { scenario, findings } = readScenario(file);
  if (findings.length > 0) throw new Error(findings.map(formatFinding).join('\n'));
  return scenario === undefined ? [] : [scenario];
});

const count = new CoverageCount();

async function run(scenario: Scenario): Promise<ScenarioResult> {
  const dealership = dealerships[scenario.dealership] as CompiledDealership;
  const simulator = createSimulator(dealership);
  const result = await runScenario(scenario, dealership, simulator);
  for (const one of simulator.cases()) count.add(dealership.id, passedBy(one));
  return result;
}

describe('the scenarios beside the definitions', () => {
  it.each(scenarios.map((scenario) => [`${scenario.title} (${scenario.file})`, scenario] as const))('[L10] %s', async (_, scenario) => {
    expect(checkScenarioReferences(scenario, dealerships).map(formatFinding)).toEqual([]);
    const { failures } = await run(scenario);
    expect(failures).toEqual([]);
  });

  it('[L10.9] pass every step, flow, event, outcome and rule of every process, at every dealership that has its own', () => {
    const all = Object.values(dealerships);
    const processes = new Set(all.flatMap((dealership) => Object.keys(dealership.processes)));
    const coverage = count.of(all, processes);
    const missing = coverage.flatMap(({ process, dealerships: ids, kinds }) =>
      Object.entries(kinds).flatMap(([kind, share]) => share.missing.map((id) => `${process} (${ids.join(', ')}): ${kind} ${id}`)),
    );
    expect(missing).toEqual([]);
    expect(new Set(coverage.map(({ process }) => process))).toEqual(processes);
  });
});
