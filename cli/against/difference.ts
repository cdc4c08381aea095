import { localTime } from '../recording/local-time';

/** What a recorded case would have had otherwise: the steps that ran, who may do them, when something is due, or how it ended. */
type DifferenceKind = 'way' | 'people' | 'date' | 'end';

/** One thing that would have gone otherwise, in words. */
export interface CaseDifference {
  kind: DifferenceKind;
  /** In the file of the recorded case. */
  line: number;
  text: string;
}

/** Codes by which somebody is refused, rather than something. */
const OF_PEOPLE = new Set([
  'not-a-candidate',
  'not-the-assignee',
  'excluded-by-four-eyes',
  'not-the-same-person',
  'assignee-not-a-candidate',
  'task-already-assigned',
  'signer-unknown',
]);

/** Whether a refusal means the person: somebody else may do the same. */
export function isOfPeople(code: string): boolean {
  return OF_PEOPLE.has(code);
}

/** What an expectation that is not met says in words; undefined where it says nothing that belongs to a comparison. */
export function differenceOf(
  { message: what, expected, actual }: { message: string; expected: string; actual: string },
  line: number,
  timezone: string,
): CaseDifference | undefined {
  const subject = /"([^"]+)"/u.exec(what)?.[1] ?? '';
  if (what === 'tasks' || what === 'waits' || what === 'awaits' || what === 'detachedTasks') {
    const text = setText(listOf(expected), listOf(actual), what === 'tasks' ? 'open' : 'waited for');
    return text === undefined ? undefined : { kind: 'way', line, text };
  }
  // of a step that is not open is told as a way
  if (actual === '[]' || actual === 'no open task') return undefined;
  if (what.startsWith('due date')) {
    const text = `"${subject}" is due ${dateText(actual, timezone)} in place of ${dateText(expected, timezone)}${shiftText(expected, actual)}`;
    return { kind: 'date', line, text };
  }
  if (/^(candidates|assignee|escalated|copied|notified)/u.test(what)) {
    return { kind: 'people', line, text: `${what}: ${actual} in place of ${expected}` };
  }
  if (what === 'ended' || what === 'state') return { kind: 'end', line, text: `it ends as "${actual}" in place of "${expected}"` };
  if (what.startsWith('ran '))
    return { kind: 'way', line, text: `"${subject}" runs ${timesText(actual)} in place of ${timesText(expected)}` };
  return { kind: 'way', line, text: `${what}: ${actual} in place of ${expected}` };
}

/** `[a, b]` as texts. */
function listOf(text: string): string[] {
  const inner = text.replace(/^\[|\]$/gu, '');
  return inner === '' ? [] : inner.split(', ');
}

/** What is in one list more often than in the other, and the other way round. */
function setText(expected: readonly string[], actual: readonly string[], how: string): string | undefined {
  const left = [...expected];
  const more = actual.filter((one) => {
    const index = left.indexOf(one);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
  const parts = [...more.map((one) => `"${one}" is ${how} as well`), ...left.map((one) => `"${one}" is not ${how}`)];
  return parts.length === 0 ? undefined : parts.join('; ');
}

function timesText(count: string): string {
  return count === '0' ? 'never' : count === '1' ? 'once' : `${count} times`;
}

/** A point in time as the dealership's people write it, and anything else as it is. */
function dateText(text: string, timezone: string): string {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? text : localTime(ms, timezone);
}

/** How much earlier or later, in the largest unit that tells it. */
function shiftText(expected: string, actual: string): string {
  const ms = Date.parse(actual) - Date.parse(expected);
  if (Number.isNaN(ms) || ms === 0) return '';
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const [days, hours, rest] = [Math.floor(minutes / 1_440), Math.floor(minutes / 60) % 24, minutes % 60];
  const span = [days > 0 ? `${days} d` : '', hours > 0 ? `${hours} h` : '', rest > 0 ? `${rest} min` : '']
    .filter((part) => part !== '')
    .join(' ');
  return `, ${span} ${ms < 0 ? 'earlier' : 'later'}`;
}
