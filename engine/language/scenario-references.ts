import type { Compilation, CompiledDealership, Finding } from '../compile/deployment';
import { findingAt } from './finding';
import type { Scenario, ScenarioAction } from './scenario';
import type { Path } from './source-document';
import { quoted, suggestion } from './suggestion';

/** Checks that the dealership, the process and the steps that a scenario names exist. */
export function checkScenarioReferences(scenario: Scenario, dealerships: Compilation['dealerships']): Finding[] {
  const dealership = dealerships[scenario.dealership];
  if (dealership === undefined) return [unknown(scenario, ['dealership'], 'dealership', scenario.dealership, Object.keys(dealerships))];
  if (dealership.processes[scenario.process] === undefined) {
    return [unknown(scenario, ['process'], 'process', scenario.process, Object.keys(dealership.processes))];
  }
  const known = elementsOf(dealership);
  return scenario.steps.flatMap(({ action, path }) =>
    namedSteps(action, path).flatMap(({ id, at }) => (known.has(id) ? [] : [unknown(scenario, at, 'step', id, known)])),
  );
}

function elementsOf(dealership: CompiledDealership): Set<string> {
  const models = Object.values(dealership.processes).map((process) => process.model);
  return new Set(models.flatMap((model) => [...Object.keys(model.nodes), ...Object.keys(model.flows)]));
}

function namedSteps(action: ScenarioAction, path: Path): { id: string; at: Path }[] {
  if ('step' in action) return [{ id: action.step, at: [...path, action.kind] }];
  if (action.kind !== 'expect') return [];
  const { tasks = [], waits = [], incidents = [], ran = {}, urged = {}, escalated = {} } = action.expectation;
  const expect = [...path, 'expect'];
  return [
    ...tasks.map((id, index) => ({ id, at: [...expect, 'tasks', index] })),
    ...waits.map((id, index) => ({ id, at: [...expect, 'waits', index] })),
    ...incidents.map((one, index) => ({ id: typeof one === 'string' ? one : one.step, at: [...expect, 'incidents', index] })),
    ...Object.entries({ ran, urged, escalated }).flatMap(([key, counts]) =>
      Object.keys(counts).map((id) => ({ id, at: [...expect, key, id] })),
    ),
  ];
}

function unknown(scenario: Scenario, path: Path, what: string, id: string, known: Iterable<string>): Finding {
  const remedy = suggestion(id, known) ?? `write the id of a ${what}`;
  return findingAt(scenario.placeOf(path), { rule: `unknown-${what}`, message: `there is no ${what} ${quoted(id)}`, remedy });
}
