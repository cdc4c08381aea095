import type { Compilation, CompiledDealership, Finding } from '../compile/deployment';
import { findingAt } from './finding';
import type { Expectation, Scenario, ScenarioStep, TaskOperation } from './scenario';
import { checkScenarioPeople } from './scenario-people';
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
  const processes = scenario.steps.flatMap(({ action, path, verb }) => {
    const [id, at] =
      action.kind === 'process'
        ? [action.process, verb]
        : [action.kind === 'case' && 'of' in action.operation ? action.operation.of : undefined, 'of'];
    return id === undefined || dealership.processes[id] !== undefined
      ? []
      : [unknown(scenario, [...path, at], 'process', id, Object.keys(dealership.processes))];
  });
  const start = scenario.trigger === undefined ? [] : [{ id: scenario.trigger.node, at: ['startAt'] }];
  const steps = [...start, ...scenario.steps.flatMap(namedSteps)];
  return [
    ...startFindings(scenario, dealership),
    ...checkScenarioPeople(scenario, dealership),
    ...processes,
    ...steps.flatMap(({ id, at }) => (known.has(id) ? [] : [unknown(scenario, at, 'step', id, known)])),
  ];
}

/** What a case is begun with has to be variables of its process, unless the start is meant to be refused. */
function startFindings(scenario: Scenario, dealership: CompiledDealership): Finding[] {
  const model = dealership.processes[scenario.process]?.model;
  if (model === undefined || model.additionalVariables === true || scenario.refused !== undefined) return [];
  return Object.keys(scenario.variables).flatMap((name) => {
    if (Object.hasOwn(model.variables, name)) return [];
    const whole = model.startForm?.result;
    const inWhole = whole === undefined || Object.hasOwn(scenario.variables, whole) ? undefined : `write "${whole}: { ${name}: ... }"`;
    const remedy =
      suggestion(name, Object.keys(model.variables)) ?? inWhole ?? `declare it under "variables" of process ${quoted(model.id)}`;
    const message = `process ${quoted(model.id)} has no variable ${quoted(name)}`;
    return [findingAt(scenario.placeOf(['start', name], 'key'), { rule: 'unknown-variable', message, remedy })];
  });
}

/** Ids that a remedy names where there are no more. */
const mostNamed = 6;

const elements = new WeakMap<CompiledDealership, Set<string>>();

/** Steps and flows of all processes of a dealership; found once for each. */
function elementsOf(dealership: CompiledDealership): Set<string> {
  const known = elements.get(dealership);
  if (known !== undefined) return known;
  const models = Object.values(dealership.processes).map((process) => process.model);
  const found = new Set(models.flatMap((model) => [...Object.keys(model.nodes), ...Object.keys(model.flows)]));
  elements.set(dealership, found);
  return found;
}

function namedSteps({ action, path, verb }: ScenarioStep): { id: string; at: Path }[] {
  if (action.kind === 'expect') return expectedSteps(action.expectation, [...path, 'expect']);
  const own = 'step' in action && action.step !== undefined ? [{ id: action.step, at: [...path, verb] }] : [];
  return action.kind === 'task' ? [...own, ...otherSteps(action.operation, path)] : own;
}

function otherSteps(operation: TaskOperation, path: Path): { id: string; at: Path }[] {
  if (operation.type === 'returnTask') return [{ id: operation.target, at: [...path, 'to'] }];
  if (operation.type !== 'withdrawTask') return [];
  return operation.drafted.map((id, index) => ({ id, at: [...path, 'drafted', index] }));
}

function expectedSteps(expectation: Expectation, path: Path): { id: string; at: Path }[] {
  const { tasks, locked, waits, detachedTasks, order, incidents = [], awaits = [] } = expectation;
  const { ran, urged, escalated, copied, notified, assignees, candidates, due, priorities, comments, asked } = expectation;
  const byStep = { ran, urged, escalated, copied, notified, assignees, candidates, due, priorities, comments, asked };
  const lists = { tasks, locked, waits, detachedTasks, order };
  return [
    ...Object.entries(lists).flatMap(([key, ids]) => (ids ?? []).map((id, index) => ({ id, at: [...path, key, index] }))),
    ...incidents.map((one, index) => ({ id: typeof one === 'string' ? one : one.step, at: [...path, 'incidents', index] })),
    ...awaits.flatMap(({ timer, condition, connector }, index) =>
      Object.entries({ timer, condition, connector }).flatMap(([key, id]) =>
        id === undefined ? [] : [{ id, at: [...path, 'awaits', index, key] }],
      ),
    ),
    ...Object.entries(byStep).flatMap(([key, steps]) => Object.keys(steps ?? {}).map((id) => ({ id, at: [...path, key, id] }))),
  ];
}

function unknown(scenario: Scenario, path: Path, what: string, id: string, known: Iterable<string>): Finding {
  const few = [...known].slice(0, mostNamed + 1);
  const named = few.length > 0 && few.length <= mostNamed ? `write one of: ${few.join(', ')}` : `write the id of a ${what}`;
  const remedy = suggestion(id, known) ?? named;
  return findingAt(scenario.placeOf(path), { rule: `unknown-${what}`, message: `there is no ${what} ${quoted(id)}`, remedy });
}
