import type { Calendar } from '../calendar/calendar';
import { nextOfCron } from '../calendar/cron';
import { type CyclePoint, firstOfCycle, nextOfCycle } from '../calendar/cycle';
import { addBusinessDays, addWorkingTime } from '../calendar/working-time';
import type { Expression } from '../feel/expression';
import type { Json } from '../json';
import { type Draft, Stop } from './draft';
import { addDuration, instantMs } from './durations';
import { valueIn } from './expressions';
import { LIMITS } from './limits';
import type { SuspensionPolicy, TimerRule } from './process-model';

/** When a timer is due first. Never earlier than a second from now. */
export interface TimerStart {
  dueAtMs: number;
  /** Further times after the first: absent where there is none, -1 where they have no end. */
  left?: number;
  suspend: SuspensionPolicy;
}

/** When a timer of a rule that begins now is due for the first time; a rule that gives none stops the token. */
export function firstDue(draft: Draft, scopeId: string, rule: TimerRule): TimerStart {
  const clock = clockOf(draft, rule);
  const start = startOf(draft, scopeId, rule, clock);
  return { ...start, dueAtMs: Math.max(start.dueAtMs, draft.nowMs + LIMITS.timerMs), suspend: rule.suspend ?? policyOf(rule) };
}

function startOf(draft: Draft, scopeId: string, rule: TimerRule, clock: Clock): Omit<TimerStart, 'suspend'> {
  if ('cycle' in rule) {
    const text = given(draft, scopeId, rule.cycle);
    const point: CyclePoint | undefined = typeof text === 'string' ? firstOfCycle(text, draft.nowMs, clock) : undefined;
    if (point === undefined) return wrongTimer(text, 'an ISO 8601 repeating interval such as "R3/PT10H"');
    return { dueAtMs: point.atMs, ...(point.left === 0 ? {} : { left: point.left ?? -1 }) };
  }
  if ('cron' in rule) {
    const text = given(draft, scopeId, rule.cron);
    const due = typeof text === 'string' ? nextOfCron(text, draft.nowMs, clock.timezone) : undefined;
    return due === undefined ? wrongTimer(text, 'a cron expression such as "0 8 * * 1-5"') : { dueAtMs: due, left: -1 };
  }
  return { dueAtMs: onceDue(draft, scopeId, rule, clock) };
}

function onceDue(draft: Draft, scopeId: string, rule: Exclude<TimerRule, { cycle: unknown } | { cron: unknown }>, clock: Clock): number {
  if ('businessDays' in rule) {
    const days = given(draft, scopeId, rule.businessDays);
    const due = typeof days === 'number' && Number.isInteger(days) ? businessDaysAfter(draft.nowMs, days, clock) : undefined;
    return due ?? wrongTimer(days, 'a whole number of business days within the calendar');
  }
  const text = given(draft, scopeId, 'after' in rule ? rule.after : rule.at);
  if ('after' in rule) {
    const due = typeof text === 'string' ? durationAfter(draft.nowMs, text, clock) : undefined;
    return due ?? wrongTimer(text, 'an ISO 8601 duration such as "PT4H"');
  }
  const due = typeof text === 'string' ? instantMs(text, clock.timezone) : undefined;
  return due ?? wrongTimer(text, 'a point in time such as "2026-03-02T09:00:00+08:00"');
}

/** When a repeated timer is due again after it was due; undefined where it is not. */
export function followingDue(draft: Draft, scopeId: string, rule: TimerRule, dueAtMs: number): number | undefined {
  const clock = clockOf(draft, rule);
  if ('cycle' in rule) {
    const text = given(draft, scopeId, rule.cycle);
    return typeof text === 'string' ? nextOfCycle(text, dueAtMs, clock) : undefined;
  }
  if (!('cron' in rule)) return undefined;
  const text = given(draft, scopeId, rule.cron);
  return typeof text === 'string' ? nextOfCron(text, dueAtMs, clock.timezone) : undefined;
}

/** A duration or a number of business days after a point in time, by a calendar where there is one. */
export function timeAfter(
  draft: Draft,
  fromMs: number,
  length: string | { businessDays: number },
  calendarId?: string,
): number | undefined {
  const clock = clockOf(draft, calendarId === undefined ? {} : { calendar: calendarId });
  return typeof length === 'string' ? durationAfter(fromMs, length, clock) : businessDaysAfter(fromMs, length.businessDays, clock);
}

interface Clock {
  timezone: string;
  calendar?: Calendar;
}

function clockOf(draft: Draft, rule: { calendar?: string; timezone?: string }): Clock {
  const calendar = rule.calendar === undefined ? undefined : draft.closure.calendars?.[rule.calendar];
  if (rule.calendar !== undefined && calendar === undefined) {
    throw new Stop('expression-failed', `the case has no calendar "${rule.calendar}"`);
  }
  const timezone = rule.timezone ?? calendar?.timezone ?? draft.closure.timezone;
  return { timezone, ...(calendar === undefined ? {} : { calendar }) };
}

function durationAfter(fromMs: number, duration: string, { timezone, calendar }: Clock): number | undefined {
  return calendar === undefined ? addDuration(fromMs, duration, timezone) : addWorkingTime(calendar, fromMs, duration);
}

function businessDaysAfter(fromMs: number, days: number, { timezone, calendar }: Clock): number | undefined {
  return calendar === undefined ? addDuration(fromMs, `P${days}D`, timezone) : addBusinessDays(calendar, fromMs, days);
}

function policyOf(rule: TimerRule): SuspensionPolicy {
  if ('at' in rule) return 'fireOnce';
  return 'cycle' in rule || 'cron' in rule ? 'skip' : 'shift';
}

function given(draft: Draft, scopeId: string, source: string | number | Expression): Json {
  return typeof source === 'object' ? valueIn(draft, scopeId, source) : source;
}

function wrongTimer(value: Json, wanted: string): never {
  throw new Stop('expression-failed', `timer gave ${JSON.stringify(value)}, not ${wanted}`);
}
