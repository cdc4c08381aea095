import { compileDefinitions } from '../../engine/compile/compile';
import type { CompiledDealership } from '../../engine/compile/deployment';
import { formatFinding } from '../../engine/language/finding';
import { runScenario, type ScenarioResult } from '../../engine/language/run-scenario';
import { readScenario, type Scenario } from '../../engine/language/scenario';
import { checkScenarioReferences } from '../../engine/language/scenario-references';
import type { ProcessModel } from '../../engine/runtime/process-model';
import { createSimulator } from '../../engine/simulate/simulator';
import { definitionsFolder, filesIn, ports } from '../language/definition-files';

const files = filesIn(definitionsFolder);
const { dealerships } = compileDefinitions(files, ports);
const scenarios = files.flatMap((file) => {
  const { scenario, findings } = readScenario(file);
  if (findings.length > 0) throw new Error(findings.map(formatFinding).join('\n'));
  return scenario === undefined ? [] : [scenario];
});

/** Flows and steps, `process/id`, that a run has passed. */
const passed = new Set<string>();

async function run(scenario: Scenario): Promise<ScenarioResult> {
  const dealership = dealerships[scenario.dealership] as CompiledDealership;
  const result = await runScenario(scenario, dealership, createSimulator(dealership));
  for (const { processId, flowId } of result.observation?.branches ?? []) passed.add(`${processId}/${flowId}`);
  for (const { processId, elementId } of result.observation?.ran ?? []) passed.add(`${processId}/${elementId}`);
  return result;
}

/** What scenarios have to pass: each way out of a gateway that chooses, and each step and event that a record tells of. */
function toBePassed(model: ProcessModel): string[] {
  const nodes = Object.values(model.nodes);
  const choices = nodes.filter((node) => node.kind === 'exclusiveGateway' && node.outgoing.length > 1).flatMap((node) => node.outgoing);
  const silent = ['startEvent', 'endEvent', 'exclusiveGateway', 'parallelGateway'];
  const steps = nodes.filter((node) => !silent.includes(node.kind)).map((node) => node.id);
  return [...choices, ...steps].map((id) => `${model.id}/${id}`);
}

describe('the scenarios beside the definitions', () => {
  it.each(scenarios.map((scenario) => [`${scenario.title} (${scenario.file})`, scenario] as const))('[L10] %s', async (_, scenario) => {
    expect(checkScenarioReferences(scenario, dealerships).map(formatFinding)).toEqual([]);
    const { failures } = await run(scenario);
    expect(failures).toEqual([]);
  });

  it('[L10.9] pass every branch and every step of every process', () => {
    const models = Object.values(dealerships).flatMap((dealership) => Object.values(dealership.processes).map((process) => process.model));
    const missing = new Set(models.flatMap(toBePassed).filter((place) => !passed.has(place)));
    expect([...missing]).toEqual([]);
  });
});
