import { Temporal } from 'temporal-polyfill';
import { steadyTime } from '../calendar/steady-offset';

/**
 * The point in time a duration after another, in a zone: a day is a calendar day there, so `P1D` across a daylight-saving change keeps the
 * time of day.
 *
 * @param duration ISO 8601, for example `PT4H` or `P1DT2H`
 * @returns milliseconds since the epoch, or undefined where the text is no duration
 */
export function addDuration(atMs: number, duration: string, timezone: string): number | undefined {
  const length = durationMs(duration);
  // hours, minutes and seconds are as long in every zone
  if (length !== undefined && duration.startsWith('PT')) return atMs + length;
  try {
    if (length !== undefined) {
      const { fromMs, untilMs } = steadyTime(atMs, timezone);
      const thenMs = atMs + length;
      if (fromMs <= thenMs && thenMs < untilMs) return thenMs;
    }
    return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timezone).add(Temporal.Duration.from(duration))
      .epochMilliseconds;
  } catch {
    return undefined;
  }
}

/**
 * The length of a duration where no calendar is involved (retries, time-outs): a day has 24 hours.
 *
 * @returns milliseconds, or undefined where the text is no duration or has months or years
 */
export function durationMs(duration: string): number | undefined {
  if (!lengths.has(duration)) {
    if (lengths.size >= REMEMBERED_LENGTHS) lengths.clear();
    lengths.set(duration, lengthOf(duration));
  }
  return lengths.get(duration);
}

/** The lengths of the durations that were asked for: definitions have few, and parsing one costs more than a transition. */
const lengths = new Map<string, number | undefined>();
const REMEMBERED_LENGTHS = 1_000;

function lengthOf(duration: string): number | undefined {
  try {
    const parsed = Temporal.Duration.from(duration);
    if (parsed.years !== 0 || parsed.months !== 0) return undefined;
    return Math.round(parsed.total({ unit: 'millisecond', relativeTo: Temporal.PlainDate.from('2000-01-01') }));
  } catch {
    return undefined;
  }
}

/**
 * Reads a point in time: with an offset as it stands, without one in the dealership's zone.
 *
 * @param text ISO 8601, for example `2026-03-02T09:00:00+08:00`, `2026-03-02T09:00` or `2026-03-02`
 * @returns milliseconds since the epoch, or undefined where the text is no point in time
 */
export function instantMs(text: string, timezone: string): number | undefined {
  try {
    return Temporal.Instant.from(text).epochMilliseconds;
  } catch {
    try {
      return Temporal.PlainDateTime.from(text).toZonedDateTime(timezone).epochMilliseconds;
    } catch {
      return undefined;
    }
  }
}

/** A point in time as text: ISO 8601 with the zone's offset, to the millisecond. */
export function instantText(atMs: number, timezone: string): string {
  const key = `${atMs} ${timezone}`;
  if (lastText?.key !== key) lastText = { key, text: textOfInstant(atMs, timezone) };
  return lastText.text;
}

/** A case asks for the same point in time, its start, again and again. */
let lastText: { key: string; text: string } | undefined;

function textOfInstant(atMs: number, timezone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toString({ timeZone: timezone, smallestUnit: 'millisecond' });
}
