import type { CalendarSpec, ScheduleSpec } from '@temporalio/client';
import { nextOfCron } from '../engine/calendar/cron';
import { firstOfCycle, nextOfCycle } from '../engine/calendar/cycle';
import { addBusinessDays, addWorkingTime } from '../engine/calendar/working-time';
import { evaluate } from '../engine/feel/evaluate';
import type { Expression } from '../engine/feel/expression';
import type { Json } from '../engine/json';
import { addDuration, instantMs } from '../engine/runtime/durations';
import type { ModelClosure, TimerRule } from '../engine/runtime/process-model';
import { durationMs } from './duration';

/** What a timer start is as a Temporal Schedule. */
interface Plan {
  spec: ScheduleSpec;
  /** How often at most; absent: without end. */
  actions?: number;
  /** When the times that are listed one by one run out; absent: never. */
  untilMs?: number;
}

/** Times that a schedule lists one by one where they follow no rule that Temporal knows. */
const LISTED = 100;

function computed(source: string | number | Expression, closure: ModelClosure, nowMs: number): Json {
  if (typeof source !== 'object') return source;
  const read = (name: string) => (name === 'settings' ? { value: closure.settings, type: closure.settingsType } : undefined);
  const result = evaluate(source, { read, nowMs, timezone: closure.timezone });
  if (!result.ok) throw new Error(result.message);
  return result.value;
}

/** The text of a rule's part; an expression reads `settings`. */
function textOf(source: string | Expression, closure: ModelClosure, nowMs: number): string {
  const value = computed(source, closure, nowMs);
  if (typeof value !== 'string') throw new Error(`the timer gave ${JSON.stringify(value)}, not a text`);
  return value;
}

/** A timer rule as a Schedule. What is counted from now in a case is counted from the publication here. */
export function scheduleOf(rule: TimerRule, closure: ModelClosure, publishedAtMs: number, nowMs: number): Plan {
  const timezone = rule.timezone ?? closure.timezone;
  const calendar = rule.calendar === undefined ? undefined : closure.calendars?.[rule.calendar];
  if ('cron' in rule) return { spec: { cronExpressions: cronsOf(textOf(rule.cron, closure, publishedAtMs)), timezone } };
  if ('at' in rule) return onceAt(instantMs(textOf(rule.at, closure, publishedAtMs), timezone));
  if ('after' in rule) {
    const duration = textOf(rule.after, closure, publishedAtMs);
    return onceAt(
      calendar === undefined ? addDuration(publishedAtMs, duration, timezone) : addWorkingTime(calendar, publishedAtMs, duration),
    );
  }
  if ('businessDays' in rule) {
    const days = computed(rule.businessDays, closure, publishedAtMs);
    if (calendar === undefined || typeof days !== 'number') throw new Error('working days are counted in a calendar');
    return onceAt(addBusinessDays(calendar, publishedAtMs, days));
  }
  const text = textOf(rule.cycle, closure, publishedAtMs);
  const regular = calendar === undefined ? intervalOf(text, timezone, publishedAtMs) : undefined;
  return regular ?? listOf(text, calendar === undefined ? { timezone } : { timezone, calendar }, publishedAtMs, nowMs);
}

/** The last day of a month, which Temporal does not know: it is looked for among the days that it may be. */
const LAST_DAY = /^L$/i;

/**
 * A cron expression as Temporal reads it. There a time must fit both kinds of days where both are restricted, here one is enough; so they
 * become two expressions.
 */
function cronsOf(text: string): string[] {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) return [text];
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string];
  const days = day
    .split(',')
    .map((part) => part.replace(LAST_DAY, '28-31'))
    .join(',');
  if (day === '*' || weekday === '*') return [`${minute} ${hour} ${days} ${month} ${weekday}`];
  return [`${minute} ${hour} ${days} ${month} *`, `${minute} ${hour} * ${month} ${weekday}`];
}

/** Whether an occurrence is one: of the last days of a month that were looked for, only the last is. */
export function isDue(rule: TimerRule, closure: ModelClosure, nominalMs: number): boolean {
  if (!('cron' in rule)) return true;
  const text = textOf(rule.cron, closure, nominalMs);
  if (!/\bL\b/i.test(text)) return true;
  return nextOfCron(text, nominalMs - 1, rule.timezone ?? closure.timezone) === nominalMs;
}

/** `R3/2026-03-02T09:00:00+08:00/PT10H` as an interval; undefined where its steps are of no fixed length. */
function intervalOf(text: string, timezone: string, publishedAtMs: number): Plan | undefined {
  const [times = '', ...rest] = text.split('/');
  const duration = rest.at(-1) ?? '';
  const every = /^PT/.test(duration) ? durationMs(duration) : undefined;
  const first = firstOfCycle(text, publishedAtMs, { timezone });
  if (every === undefined || every < 1_000 || first === undefined) return undefined;
  const spec: ScheduleSpec = { intervals: [{ every, offset: first.atMs % every }], startAt: new Date(first.atMs - 1) };
  return /^R(-1)?$/.test(times) ? { spec } : { spec, actions: (first.left ?? 0) + 1 };
}

/** The next times of a cycle, one by one: months, years, and what is counted in a calendar. */
function listOf(text: string, clock: Parameters<typeof firstOfCycle>[2], publishedAtMs: number, nowMs: number): Plan {
  const point = firstOfCycle(text, publishedAtMs, clock);
  if (point === undefined) throw new Error(`"${text}" is no cycle, or is over`);
  const times: number[] = [];
  let left = point.left ?? Number.POSITIVE_INFINITY;
  for (let atMs: number | undefined = point.atMs; atMs !== undefined && times.length < LISTED; left -= 1) {
    if (atMs >= nowMs) times.push(atMs);
    atMs = left > 0 ? nextOfCycle(text, atMs, clock) : undefined;
  }
  const spec = specOfTimes(times);
  const last = times.at(-1);
  return times.length < LISTED || last === undefined ? { spec } : { spec, untilMs: last };
}

/** Times as a Schedule lists them one by one, to the second. */
export function specOfTimes(times: readonly number[]): ScheduleSpec {
  return { calendars: times.map(dateOf), timezone: 'UTC' };
}

function onceAt(atMs: number | undefined): Plan {
  if (atMs === undefined) throw new Error('the timer gives no point in time');
  return { spec: { calendars: [dateOf(atMs)], timezone: 'UTC' }, actions: 1 };
}

const MONTHS = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;

/** One second of one day, in UTC. */
function dateOf(atMs: number): CalendarSpec {
  const at = new Date(atMs);
  return {
    year: at.getUTCFullYear(),
    month: MONTHS[at.getUTCMonth()] as (typeof MONTHS)[number],
    dayOfMonth: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
  };
}
