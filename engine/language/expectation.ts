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
  const { tasks, locked, waits, detachedTasks, signals, detached } = expectation;
  return [
    ...listPart('tasks', tasks, seen.tasks.map(idOf)),
    ...listPart('locked', locked, seen.tasks.filter((task) => task.locked).map(idOf)),
    ...listPart('waits', waits, seen.waits.map(idOf)),
    ...listPart('detachedTasks', detachedTasks, seen.detachedTasks.map(idOf)),
    ...endPart(expectation, seen),
    ...incidentsPart(expectation, seen),
    ...countPart('ran', expectation.ran, (id) => countOf(seen.ran, id) + branchCount(seen, id)),
    ...orderPart(expectation, seen),
    ...assigneesPart(expectation, seen),
    ...setPart('candidates', expectation.candidates, (id) =>
      seen.tasks.filter((task) => task.elementId === id).flatMap((task) => [...task.candidateGroups, ...task.candidateUsers]),
    ),
    ...countPart('urged', expectation.urged, (id) => countOf(seen.urged, id)),
    ...setPart('escalated', expectation.escalated, (id) => seen.escalated.filter(at(id)).flatMap((step) => step.roles)),
    ...setPart('copied', expectation.copied, (id) => seen.copied.filter(at(id)).flatMap((step) => step.to)),
    ...publishedPart(expectation, seen),
    ...listPart('signals', signals, seen.signals),
    ...listPart('detached', detached, seen.detached),
    ...Object.entries(expectation.variables ?? {}).flatMap(([path, value]) => variablePart(path, value, seen.variables)),
  ];
}

function idOf({ elementId }: ObservedStep): string {
  return elementId;
}

function at(id: string): (step: ObservedStep) => boolean {
  return ({ elementId }) => elementId === id;
}

function listPart(what: string, expected: string[] | undefined, actual: string[]): Difference[] {
  if (expected === undefined) return [];
  const [wanted, found] = [listText(expected), listText(actual)];
  return wanted === found ? [] : [{ path: [what], what, expected: wanted, actual: found }];
}

function endPart({ ended, state }: Expectation, seen: Observation): Difference[] {
  const differences: Difference[] = [];
  const actual = isOpen(seen) ? 'still active' : (seen.ended ?? seen.state.toLowerCase());
  if (typeof ended === 'string' && (seen.state !== 'COMPLETED' || seen.ended !== ended)) {
    differences.push({ path: ['ended'], what: 'ended', expected: ended, actual: seen.state === 'COMPLETED' ? actual : stateText(seen) });
  }
  if (typeof ended === 'boolean' && ended === isOpen(seen)) {
    differences.push({ path: ['ended'], what: 'ended', expected: ended ? 'an end' : 'still active', actual });
  }
  if (state !== undefined && state !== seen.state)
    differences.push({ path: ['state'], what: 'state', expected: state, actual: seen.state });
  return differences;
}

function isOpen({ state }: Observation): boolean {
  return state === 'ACTIVE' || state === 'SUSPENDED';
}

function stateText(seen: Observation): string {
  return isOpen(seen) ? 'still active' : seen.state.toLowerCase();
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

function setPart(what: string, expected: Record<string, string[]> | undefined, actualOf: (id: string) => string[]): Difference[] {
  return Object.entries(expected ?? {}).flatMap(([id, items]) => {
    const [wanted, actual] = [listText(items), listText([...new Set(actualOf(id))])];
    return wanted === actual ? [] : [{ path: [what, id], what: `${what} of "${id}"`, expected: wanted, actual }];
  });
}

/** Of everything that was completed the steps that the expectation names, in order. */
function orderPart({ order }: Expectation, seen: Observation): Difference[] {
  if (order === undefined) return [];
  const [wanted, found] = [
    order.join(', '),
    seen.order
      .map(idOf)
      .filter((id) => order.includes(id))
      .join(', '),
  ];
  return wanted === found ? [] : [{ path: ['order'], what: 'order', expected: `[${wanted}]`, actual: `[${found}]` }];
}

function assigneesPart({ assignees }: Expectation, seen: Observation): Difference[] {
  return Object.entries(assignees ?? {}).flatMap(([id, user]) => {
    const found = seen.tasks.filter(at(id)).map((task) => task.assignee ?? 'nobody');
    const [wanted, actual] = [user ?? 'nobody', listOrOne(found)];
    return wanted === actual ? [] : [{ path: ['assignees', id], what: `assignee of "${id}"`, expected: wanted, actual }];
  });
}

function listOrOne(items: readonly string[]): string {
  const different = [...new Set(items)];
  return different.length === 1 ? String(different[0]) : listText(different);
}

function publishedPart({ published }: Expectation, seen: Observation): Difference[] {
  if (published === undefined) return [];
  const wanted = published.map((message) => (typeof message === 'string' ? message : `${message.name} (${message.key})`));
  const found = seen.published.map(({ name, key }) => (published.includes(name) || !published.some(keyed) ? name : `${name} (${key})`));
  return listPart('published', wanted, found);
}

function keyed(message: string | { name: string; key: string }): boolean {
  return typeof message !== 'string';
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
