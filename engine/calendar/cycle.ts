import { Temporal } from 'temporal-polyfill';
import type { Calendar } from './calendar';
import { addWorkingTime } from './working-time';

/** An ISO 8601 repeating interval: `R3/PT10H`, `R/PT1H`, `R5/2026-03-02T09:00:00+08:00/P1D`. */
interface Cycle {
  /** How often; undefined without end. */
  times: number | undefined;
  /** The first point in time as written: without an offset it is local. */
  start: string | undefined;
  duration: string;
}

/** Where a cycle is counted: in a zone, and with a calendar in its working time. */
export interface CycleClock {
  timezone: string;
  calendar?: Calendar;
}

/** A point in time of a cycle, and how many come after it; `left` is absent where they have no end. */
export interface CyclePoint {
  atMs: number;
  left?: number;
}

/** Repetitions that are skipped one by one where a cycle has begun in the past. */
const mostSkipped = 10_000;
/** Repetitions over which a mean length is taken: 48 months or years hold their share of leap days. */
const estimatedOver = 48;

function readCycle(text: string): Cycle | undefined {
  const [, times = '', start, duration = ''] = /^R(-1|\d{0,9})\/(?:([^/]{10,40})\/)?(P[\dYMWDTHS.]{1,60})$/u.exec(text) ?? [];
  if (!isUsable(duration) || times === '0') return undefined;
  return { times: times === '' || times === '-1' ? undefined : Number(times), start, duration };
}

function isUsable(duration: string): boolean {
  try {
    return Temporal.Duration.from(duration).sign === 1;
  } catch {
    return false;
  }
}

/** True for the text of a repeating interval whose duration is positive and that happens at least once. */
export function isCycle(text: string): boolean {
  const cycle = readCycle(text);
  return cycle !== undefined && (cycle.start === undefined || zonedStart(cycle.start, 'UTC') !== undefined);
}

/**
 * The first point in time of a cycle that begins now: a duration from now, or its start where it names one. Of a start in the past the
 * points that are over count as happened, so the first is the next one that is not.
 *
 * @returns undefined where the text is no cycle, or where none is left
 */
export function firstOfCycle(text: string, nowMs: number, clock: CycleClock): CyclePoint | undefined {
  const cycle = readCycle(text);
  if (cycle === undefined) return undefined;
  if (cycle.start !== undefined) return firstFrom(cycle, cycle.start, nowMs, clock);
  const atMs = after(nowMs, cycle.duration, clock);
  return atMs === undefined ? undefined : pointOf(atMs, cycle, 0);
}

/**
 * The point in time of a cycle that follows another: counted from the start where the cycle names one (so that a month from 31 January and
 * two months from it are both ends of months), else from the point before.
 *
 * @param dueAtMs the point before, as it was due, not when it was met
 * @returns undefined where the text is no cycle, or beyond what can be counted. How many are left is the caller's to count.
 */
export function nextOfCycle(text: string, dueAtMs: number, clock: CycleClock): number | undefined {
  const cycle = readCycle(text);
  if (cycle === undefined) return undefined;
  if (cycle.start === undefined) return after(dueAtMs, cycle.duration, clock);
  return firstFrom({ ...cycle, times: undefined }, cycle.start, dueAtMs + 1, clock)?.atMs;
}

function pointOf(atMs: number, cycle: Cycle, before: number): CyclePoint | undefined {
  if (cycle.times === undefined) return { atMs };
  return before >= cycle.times ? undefined : { atMs, left: cycle.times - before - 1 };
}

function firstFrom(cycle: Cycle, startText: string, notBeforeMs: number, clock: CycleClock): CyclePoint | undefined {
  const start = zonedStart(startText, clock.timezone);
  if (start === undefined) return undefined;
  const { calendar } = clock;
  return calendar === undefined
    ? firstByClock(cycle, start, notBeforeMs)
    : firstByCalendar(cycle, start.epochMilliseconds, notBeforeMs, calendar);
}

/** The number of repetitions that are over is estimated from the mean length, a little low, and then counted up. */
function firstByClock(cycle: Cycle, start: Temporal.ZonedDateTime, notBeforeMs: number): CyclePoint | undefined {
  const duration = Temporal.Duration.from(cycle.duration);
  const pointMs = (index: number) => start.add(times(duration, index)).epochMilliseconds;
  try {
    const passed = Math.floor(((notBeforeMs - pointMs(0)) / (pointMs(estimatedOver) - pointMs(0))) * estimatedOver);
    let before = Math.max(0, passed - 2 - Math.floor(passed / 1_000));
    for (let skipped = 0; skipped < mostSkipped; skipped += 1, before += 1) {
      const atMs = pointMs(before);
      if (atMs >= notBeforeMs) return pointOf(atMs, cycle, before);
    }
  } catch {
    // a point beyond the dates that Temporal knows is none
  }
  return undefined;
}

function firstByCalendar(cycle: Cycle, startMs: number, notBeforeMs: number, calendar: Calendar): CyclePoint | undefined {
  let atMs: number | undefined = startMs;
  for (let before = 0; before < mostSkipped && atMs !== undefined; before += 1) {
    if (cycle.times !== undefined && before >= cycle.times) return undefined;
    if (atMs >= notBeforeMs) return pointOf(atMs, cycle, before);
    atMs = addWorkingTime(calendar, atMs, cycle.duration);
  }
  return undefined;
}

function times(duration: Temporal.Duration, factor: number): Temporal.Duration {
  const { years, months, weeks, days, hours, minutes, seconds, milliseconds } = duration;
  return new Temporal.Duration(
    years * factor,
    months * factor,
    weeks * factor,
    days * factor,
    hours * factor,
    minutes * factor,
    seconds * factor,
    milliseconds * factor,
  );
}

function after(fromMs: number, duration: string, { timezone, calendar }: CycleClock): number | undefined {
  if (calendar !== undefined) return addWorkingTime(calendar, fromMs, duration);
  try {
    return Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(timezone).add(duration).epochMilliseconds;
  } catch {
    return undefined;
  }
}

function zonedStart(text: string, timezone: string): Temporal.ZonedDateTime | undefined {
  try {
    return Temporal.Instant.from(text).toZonedDateTimeISO(timezone);
  } catch {
    try {
      return Temporal.PlainDateTime.from(text).toZonedDateTime(timezone);
    } catch {
      return undefined;
    }
  }
}
