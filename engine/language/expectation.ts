import canonicalize from 'canonicalize';
import type { Json, JsonObject } from '../json';
import type { Expectation } from './scenario';
import type { Observation, ObservedStep } from './scenario-host';

/** One part of an expectation that is not met. */
export interface Difference {
  /** Keys below `expect`. */
  path: string[];
  what: string;
  expected: string;
  actual: string;
}

/** What of an expectation is not so, in the order of the parts. */
export function differencesOf(expectation: Expectation, seen: Observation): Difference[] {
  return [
    ...listPart(
      'tasks',
      expectation.tasks,
      seen.tasks.map((task) => task.elementId),
    ),
    ...listPart(
      'waits',
      expectation.waits,
      seen.waits.map((step) => step.elementId),
    ),
    ...endPart(expectation, seen),
    ...incidentsPart(expectation, seen),
    ...countPart('ran', expectation.ran, (id) => countOf(seen.ran, id) + branchCount(seen, id)),
    ...countPart('urged', expectation.urged, (id) => countOf(seen.urged, id)),
    ...escalatedPart(expectation, seen),
    ...Object.entries(expectation.variables ?? {}).flatMap(([path, value]) => variablePart(path, value, seen.variables)),
  ];
}

function listPart(what: string, expected: string[] | undefined, actual: string[]): Difference[] {
  if (expected === undefined) return [];
  const [wanted, found] = [listText(expected), listText(actual)];
  return wanted === found ? [] : [{ path: [what], what, expected: wanted, actual: found }];
}

function endPart({ ended, state }: Expectation, seen: Observation): Difference[] {
  const differences: Difference[] = [];
  const actual = seen.state === 'ACTIVE' ? 'still active' : (seen.ended ?? seen.state.toLowerCase());
  if (typeof ended === 'string' && (seen.state !== 'COMPLETED' || seen.ended !== ended)) {
    differences.push({ path: ['ended'], what: 'ended', expected: ended, actual: seen.state === 'COMPLETED' ? actual : stateText(seen) });
  }
  if (typeof ended === 'boolean' && ended !== (seen.state !== 'ACTIVE')) {
    differences.push({ path: ['ended'], what: 'ended', expected: ended ? 'an end' : 'still active', actual });
  }
  if (state !== undefined && state !== seen.state)
    differences.push({ path: ['state'], what: 'state', expected: state, actual: seen.state });
  return differences;
}

function stateText(seen: Observation): string {
  return seen.state === 'ACTIVE' ? 'still active' : seen.state.toLowerCase();
}

function incidentsPart({ incidents }: Expectation, seen: Observation): Difference[] {
  if (incidents === undefined) return [];
  const coded = incidents.some((incident) => typeof incident !== 'string');
  const wanted = incidents.map((incident) => (typeof incident === 'string' ? incident : `${incident.step} (${incident.code})`));
  const found = seen.incidents.map(({ elementId, code }) => {
    const plain = !coded || incidents.some((incident) => incident === elementId);
    return plain ? elementId : `${elementId} (${code})`;
  });
  return listPart('incidents', wanted, found);
}

function countPart(what: string, expected: Record<string, number> | undefined, actualOf: (id: string) => number): Difference[] {
  return Object.entries(expected ?? {}).flatMap(([id, count]) => {
    const actual = actualOf(id);
    return actual === count ? [] : [{ path: [what, id], what: `${what} of "${id}"`, expected: `${count}`, actual: `${actual}` }];
  });
}

function escalatedPart({ escalated }: Expectation, seen: Observation): Difference[] {
  return Object.entries(escalated ?? {}).flatMap(([id, roles]) => {
    const found = seen.escalated.filter((step) => step.elementId === id).flatMap((step) => step.roles);
    const [wanted, actual] = [listText(roles), listText([...new Set(found)])];
    return wanted === actual ? [] : [{ path: ['escalated', id], what: `escalated of "${id}"`, expected: wanted, actual }];
  });
}

function variablePart(path: string, expected: Json, variables: JsonObject): Difference[] {
  const actual = path.split('.').reduce<Json>((value, key) => memberOf(value, key), variables);
  const [wanted, found] = [jsonText(expected), jsonText(actual)];
  return wanted === found ? [] : [{ path: ['variables', path], what: `variable "${path}"`, expected: wanted, actual: found }];
}

function memberOf(value: Json, key: string): Json {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return null;
  return (value as JsonObject)[key] ?? null;
}

function countOf(steps: (ObservedStep & { count: number })[], id: string): number {
  return steps.filter((step) => step.elementId === id).reduce((sum, step) => sum + step.count, 0);
}

function branchCount(seen: Observation, id: string): number {
  return seen.branches.filter((branch) => branch.flowId === id).reduce((sum, branch) => sum + branch.count, 0);
}

function listText(items: readonly string[]): string {
  return `[${[...items].sort().join(', ')}]`;
}

function jsonText(value: Json): string {
  return canonicalize(value) ?? 'null';
}
