import { Temporal } from 'temporal-polyfill';

/** A day as a zone's clock shows it, between two instants in milliseconds since the epoch; the end is exclusive. */
export interface LocalDay {
  date: Temporal.PlainDate;
  startMs: number;
  endMs: number;
}

/** Days that a search looks at before it gives up: some eleven years, so that 29 February is always found. */
export const daysSearched = 4_000;
const dayMs = 86_400_000;
const minuteMs = 60_000;

/** True for an IANA time zone that is known. */
export function isTimezone(timezone: string): boolean {
  try {
    dateAt(0, timezone);
    return true;
  } catch {
    return false;
  }
}

/** The date that a zone's clock shows at an instant. */
export function dateAt(atMs: number, timezone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timezone).toPlainDate();
}

/** A day of a zone's clock. It has no length where the zone has left the date out. */
export function localDay(date: Temporal.PlainDate, timezone: string): LocalDay {
  return { date, startMs: startMs(date, timezone), endMs: startMs(date.add({ days: 1 }), timezone) };
}

/** The day after another, or before it with a negative step. */
export function dayBeside(day: LocalDay, step: 1 | -1, timezone: string): LocalDay {
  const date = day.date.add({ days: step });
  return step === 1
    ? { date, startMs: day.endMs, endMs: startMs(date.add({ days: 1 }), timezone) }
    : { date, startMs: startMs(date, timezone), endMs: day.startMs };
}

/** True for a day on which the clock is neither put forward nor back. */
export function isPlain(day: LocalDay): boolean {
  return day.endMs - day.startMs === dayMs;
}

/**
 * The first instant of a day at which the clock shows a minute (0 to 1440) or a later one. So it never falls from one minute to the next: a
 * minute that the clock leaves out comes with the first one after the gap, and of one that it shows twice it is the first.
 */
export function instantOfMinute(day: LocalDay, minute: number, timezone: string): number {
  if (isPlain(day)) return day.startMs + minute * minuteMs;
  if (minute >= 1440) return day.endMs;
  const wanted = clockOf(day.date, minute);
  const found = wanted.toZonedDateTime(timezone, { disambiguation: 'compatible' });
  const exact = found.toPlainDateTime().equals(wanted);
  const instant = exact ? found : (found.getTimeZoneTransition('previous') ?? found);
  return Math.min(Math.max(instant.epochMilliseconds, day.startMs), day.endMs);
}

/** All instants of a day at which the clock shows a minute: one, two where it is put back, none in a gap. */
export function instantsOfMinute(day: LocalDay, minute: number, timezone: string): number[] {
  if (isPlain(day)) return [day.startMs + minute * minuteMs];
  const wanted = clockOf(day.date, minute);
  const shown = (['earlier', 'later'] as const)
    .map((disambiguation) => wanted.toZonedDateTime(timezone, { disambiguation }))
    .filter((instant) => instant.toPlainDateTime().equals(wanted));
  return [...new Set(shown.map((instant) => instant.epochMilliseconds))];
}

function clockOf(date: Temporal.PlainDate, minute: number): Temporal.PlainDateTime {
  return date.toPlainDateTime({ hour: Math.floor(minute / 60), minute: minute % 60 });
}

function startMs(date: Temporal.PlainDate, timezone: string): number {
  return date.toZonedDateTime(timezone).epochMilliseconds;
}
