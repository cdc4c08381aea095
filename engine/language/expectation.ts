import { Temporal } from 'temporal-polyfill';
import { instantMs } from '../runtime/durations';
import { type Difference, jsonText, listText, valuesPart, variablesParts } from './expected-values';
import type { Expectation, ExpectedWait } from './scenario';
import type { Observation, ObservedStep, ObservedWait, ScenarioHost } from './scenario-host';

/**
 * What of an expectation is not so, in the order of the parts.
 *
 * @param passages how often gateways, starts and ends were passed, where the host knows
 */
export function differencesOf(expectation: Expectation, seen: Observation, passages: ScenarioHost['passages'] = () => []): Difference[] {
  const { tasks, locked, waits, detachedTasks, signals, detached } = expectation;
  return [
    ...listPart('tasks', tasks, seen.tasks.map(idOf)),
    ...listPart('locked', locked, seen.tasks.filter((task) => task.locked).map(idOf)),
    ...listPart('waits', waits, seen.waits.map(idOf)),
    ...awaitsPart(expectation, seen),
    ...listPart('detachedTasks', detachedTasks, seen.detachedTasks.map(idOf)),
    ...endPart(expectation, seen),
    ...incidentsPart(expectation, seen),
    ...countPart('ran', expectation.ran, (id) => {
      const count = countOf(seen.ran, id) + branchCount(seen, id);
      return count > 0 ? count : countOf(passages(), id);
    }),
    ...orderPart(expectation, seen),
    ...assigneesPart(expectation, seen),
    ...setPart('candidates', expectation.candidates, (id) =>
      seen.tasks.filter((task) => task.elementId === id).flatMap((task) => [...task.candidateGroups, ...task.candidateUsers]),
    ),
    ...duePart(expectation, seen),
    ...numbersPart('priorities', expectation.priorities, (id) => seen.tasks.filter(at(id)).map(({ priority }) => priority)),
    ...countPart('urged', expectation.urged, (id) => countOf(seen.urged, id)),
    ...setPart('escalated', expectation.escalated, (id) => seen.escalated.filter(at(id)).flatMap((step) => step.roles)),
    ...setPart('copied', expectation.copied, (id) => seen.copied.filter(at(id)).flatMap((step) => step.to)),
    ...setPart('notified', expectation.notified, (id) => seen.notified.filter(at(id)).flatMap((step) => step.to)),
    ...textsPart('comments', expectation.comments, (id) => seen.comments.filter(at(id)).flatMap(({ texts }) => texts)),
    ...valuesPart('asked', expectation.asked, (id) => seen.asked.filter(at(id)).at(-1)?.input),
    ...rulesPart(expectation, seen),
    ...publishedPart(expectation, seen),
    ...listPart('signals', signals, seen.signals),
    ...listPart('detached', detached, seen.detached),
    ...sequencePart('errors', expectation.errors, seen.errors),
    ...sequencePart('escalations', expectation.escalations, seen.escalations),
    ...variablesParts(expectation, seen),
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
  const actual = isOpen(seen)
    ? 'still active'
    : (seen.ended ?? (seen.state === 'COMPLETED' ? 'an end without a name' : seen.state.toLowerCase()));
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

function countOf(steps: readonly (ObservedStep & { count: number })[], id: string): number {
  return steps.filter((step) => step.elementId === id).reduce((sum, step) => sum + step.count, 0);
}

function branchCount(seen: Observation, id: string): number {
  return seen.branches.filter((branch) => branch.flowId === id).reduce((sum, branch) => sum + branch.count, 0);
}

/** Exactly these things are listened for; what an expected one leaves out may be anything. */
function awaitsPart({ awaits }: Expectation, seen: Observation): Difference[] {
  if (awaits === undefined) return [];
  const left = [...seen.awaits];
  // those that say most choose first, so that one that says less does not take what they need
  const wanted = [...awaits].sort((one, other) => Object.keys(other).length - Object.keys(one).length);
  const missing = wanted.filter((one) => {
    const found = left.findIndex((wait) => isMeant(one, wait));
    if (found >= 0) left.splice(found, 1);
    return found < 0;
  });
  if (missing.length === 0 && left.length === 0) return [];
  return [{ path: ['awaits'], what: 'awaits', expected: listText(awaits.map(waitText)), actual: listText(seen.awaits.map(observedText)) }];
}

function isMeant(expected: ExpectedWait, { kind, elementId, name, key, atMs }: ObservedWait): boolean {
  const subject = expected[kind];
  if (subject === undefined || (subject !== elementId && subject !== name)) return false;
  if (expected.key !== undefined && expected.key !== key) return false;
  return expected.at === undefined || instantMs(expected.at, 'UTC') === atMs;
}

function waitText({ at: due, key, ...kinds }: ExpectedWait): string {
  const [kind = '', subject = ''] = Object.entries(kinds)[0] ?? [];
  return [kind, subject, ...(key === undefined ? [] : [`(${key})`]), ...(due === undefined ? [] : [`at ${due}`])].join(' ');
}

function observedText({ kind, elementId, name, key, atMs }: ObservedWait): string {
  const named = name === undefined ? '' : ` ${name}`;
  return `${kind}${named}${key === undefined ? '' : ` (${key})`} of ${elementId}${atMs === undefined ? '' : ` at ${instantText(atMs)}`}`;
}

function instantText(atMs: number): string {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toString();
}

function duePart({ due }: Expectation, seen: Observation): Difference[] {
  return Object.entries(due ?? {}).flatMap(([id, wanted]) => {
    const dates = [...new Set(seen.tasks.filter(at(id)).map(({ dueAtMs }) => dueAtMs))];
    if (dates.length === 1 && dates[0] === (wanted === null ? null : instantMs(wanted, 'UTC'))) return [];
    const actual = dates.map((one) => (one === null ? 'none' : instantText(one))).join(', ');
    return [{ path: ['due', id], what: `due date of "${id}"`, expected: wanted ?? 'none', actual: actual || 'no open task' }];
  });
}

function numbersPart(what: string, expected: Record<string, number> | undefined, actualOf: (id: string) => number[]): Difference[] {
  return Object.entries(expected ?? {}).flatMap(([id, wanted]) => {
    const actual = listOrOne(actualOf(id).map(String));
    return actual === `${wanted}` ? [] : [{ path: [what, id], what: `${what} of "${id}"`, expected: `${wanted}`, actual }];
  });
}

function textsPart(what: string, expected: Record<string, string[]> | undefined, actualOf: (id: string) => string[]): Difference[] {
  return Object.entries(expected ?? {}).flatMap(([id, texts]) => {
    const [wanted, actual] = [jsonText(texts), jsonText(actualOf(id))];
    return wanted === actual ? [] : [{ path: [what, id], what: `${what} of "${id}"`, expected: wanted, actual }];
  });
}

/** The rules by which a decision was last made, in the order of the table. */
function rulesPart({ rules }: Expectation, seen: Observation): Difference[] {
  return Object.entries(rules ?? {}).flatMap(([id, numbers]) => {
    const made = seen.decided.filter(({ decision }) => decision === id).at(-1);
    const [wanted, actual] = [jsonText(numbers), made === undefined ? 'not decided' : jsonText(made.rules)];
    return wanted === actual ? [] : [{ path: ['rules', id], what: `rules of "${id}"`, expected: wanted, actual }];
  });
}

function sequencePart(what: string, expected: string[] | undefined, actual: string[]): Difference[] {
  if (expected === undefined) return [];
  const [wanted, found] = [`[${expected.join(', ')}]`, `[${actual.join(', ')}]`];
  return wanted === found ? [] : [{ path: [what], what, expected: wanted, actual: found }];
}
