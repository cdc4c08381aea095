import { Temporal } from 'temporal-polyfill';
import type { Calendar, Interval } from './calendar';
import { dateAt, dayBeside, daysSearched, instantOfMinute, type LocalDay, localDay } from './local-day';
import { steadyTime } from './steady-offset';

/** Milliseconds of an interval of working time; the end is exclusive. */
type Stretch = [fromMs: number, toMs: number];

/**
 * The point in time a duration after another, counted in a calendar: each day of the duration is a working day (at the same time of day; a week is
 * seven days), then hours, minutes and seconds pass in working time only. What ends with the working day ends there, not on the next morning.
 *
 * @param duration ISO 8601 without a sign, months and years: `PT4H`, `P2D`, `P1DT2H`
 * @returns milliseconds since the epoch; undefined where the text is no such duration, or where the point lies more than 4,000 days away
 */
export function addWorkingTime(calendar: Calendar, fromMs: number, duration: string): number | undefined {
  return moveBy(calendar, fromMs, duration, 1);
}

/** The point in time a duration before another; otherwise as `addWorkingTime`: what begins with a working day begins there. */
export function subtractWorkingTime(calendar: Calendar, fromMs: number, duration: string): number | undefined {
  return moveBy(calendar, fromMs, duration, -1);
}

function moveBy(calendar: Calendar, fromMs: number, duration: string, step: 1 | -1): number | undefined {
  const parts = partsOf(duration);
  if (parts === undefined) return undefined;
  const dayMoved = addBusinessDays(calendar, fromMs, step * parts.days);
  return dayMoved === undefined ? undefined : pass(calendar, dayMoved, parts.timeMs, step);
}

function partsOf(duration: string): { days: number; timeMs: number } | undefined {
  try {
    const parsed = Temporal.Duration.from(duration);
    if (parsed.sign < 0 || parsed.years !== 0 || parsed.months !== 0) return undefined;
    const time = parsed.with({ weeks: 0, days: 0 });
    return { days: 7 * parsed.weeks + parsed.days, timeMs: Math.round(time.total('milliseconds')) };
  } catch {
    return undefined;
  }
}

/** Lets working time pass, forward or backward. */
function pass(calendar: Calendar, fromMs: number, lengthMs: number, step: 1 | -1): number | undefined {
  let leftMs = lengthMs;
  if (leftMs === 0) return fromMs;
  let day = localDay(dateAt(fromMs, calendar.timezone), calendar.timezone);
  for (let searched = 0; searched < daysSearched; searched += 1) {
    const stretches = stretchesOf(calendar, day);
    for (const [start, end] of step === 1 ? stretches : stretches.reverse()) {
      const availableMs = step === 1 ? end - Math.max(start, fromMs) : Math.min(end, fromMs) - start;
      if (availableMs >= leftMs) return step === 1 ? Math.max(start, fromMs) + leftMs : Math.min(end, fromMs) - leftMs;
      leftMs -= Math.max(availableMs, 0);
    }
    day = dayBeside(day, step, calendar.timezone);
  }
  return undefined;
}

/**
 * The same time of day some working days later, or earlier where the number is negative. A working day is one with working hours; the day it
 * starts from does not count, whether it is one or not, and 0 changes nothing. A time of day that the clock leaves out becomes the first one after it.
 *
 * @returns milliseconds since the epoch; undefined where the number is not whole, or where the day lies more than 4,000 days away
 */
export function addBusinessDays(calendar: Calendar, fromMs: number, days: number): number | undefined {
  if (!Number.isSafeInteger(days)) return undefined;
  if (days === 0) return fromMs;
  const { timezone } = calendar;
  const from = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(timezone);
  const step = Math.sign(days);
  let date = from.toPlainDate();
  for (let searched = 0, left = Math.abs(days); searched < daysSearched; searched += 1) {
    date = date.add({ days: step });
    if (hoursOf(calendar, date).length > 0) left -= 1;
    if (left === 0) return date.toPlainDateTime(from.toPlainTime()).toZonedDateTime(timezone).epochMilliseconds;
  }
  return undefined;
}

/**
 * The working time from one point in time to another in milliseconds, negative where the second is the earlier one; undefined where they are
 * more than 4,000 days apart.
 */
export function workingTimeBetween(calendar: Calendar, fromMs: number, toMs: number): number | undefined {
  if (toMs < fromMs) {
    const reversed = workingTimeBetween(calendar, toMs, fromMs);
    return reversed === undefined ? undefined : 0 - reversed;
  }
  let workedMs = 0;
  let day = localDay(dateAt(fromMs, calendar.timezone), calendar.timezone);
  for (let searched = 0; searched < daysSearched; searched += 1) {
    for (const [start, end] of stretchesOf(calendar, day)) workedMs += Math.max(0, Math.min(end, toMs) - Math.max(start, fromMs));
    if (day.endMs >= toMs) return workedMs;
    day = dayBeside(day, 1, calendar.timezone);
  }
  return undefined;
}

/** The stretches of working time from one point in time to another, in order; those at the ends are cut. */
export function workingStretches(calendar: Calendar, fromMs: number, toMs: number): Stretch[] {
  const found: Stretch[] = [];
  for (const stretches of daysOf(calendar, fromMs, toMs)) {
    for (const [start, end] of stretches) {
      const cut: Stretch = [Math.max(start, fromMs), Math.min(end, toMs)];
      if (cut[0] < cut[1]) found.push(cut);
    }
  }
  return found;
}

/** The working hours of each day from one point in time to another; where the clock stays as it is, a day is counted from the one before. */
function* daysOf(calendar: Calendar, fromMs: number, toMs: number): Iterable<Stretch[]> {
  const { timezone } = calendar;
  let day = localDay(dateAt(fromMs, timezone), timezone);
  const isSteady = day.startMs >= steadyTime(fromMs, timezone).fromMs && toMs < steadyTime(fromMs, timezone).untilMs - dayMs;
  while (day.startMs < toMs) {
    yield stretchesOf(calendar, day);
    day = isSteady ? { date: day.date.add({ days: 1 }), startMs: day.endMs, endMs: day.endMs + dayMs } : dayBeside(day, 1, timezone);
  }
}

const dayMs = 86_400_000;

/** True where the house is open on the day of a point in time: its opening days are apart from working hours. */
export function isOpen(calendar: Calendar, atMs: number): boolean {
  const date = dateAt(atMs, calendar.timezone);
  return own(calendar.openDays, date.toString()) ?? calendar.open[date.dayOfWeek - 1] ?? false;
}

/** True for a point in time on a day with working hours, whether it lies within these or not. */
export function isWorkingDay(calendar: Calendar, atMs: number): boolean {
  return hoursOf(calendar, dateAt(atMs, calendar.timezone)).length > 0;
}

/** True for a point in time after the last day whose public holidays are known: there every day is counted as the weekday that it is. */
export function isBeyondHorizon(calendar: Calendar, atMs: number): boolean {
  return calendar.horizon !== undefined && dateAt(atMs, calendar.timezone).toString() > calendar.horizon;
}

function hoursOf(calendar: Calendar, date: Temporal.PlainDate): Interval[] {
  return own(calendar.days, date.toString()) ?? calendar.week[date.dayOfWeek - 1] ?? [];
}

function stretchesOf(calendar: Calendar, day: LocalDay): Stretch[] {
  const { timezone } = calendar;
  return hoursOf(calendar, day.date).map(([from, to]) => [instantOfMinute(day, from, timezone), instantOfMinute(day, to, timezone)]);
}

function own<T>(record: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
