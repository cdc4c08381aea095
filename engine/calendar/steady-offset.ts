import { Temporal } from 'temporal-polyfill';

/** A time in which the clock of a zone is neither put forward nor back, in milliseconds since the epoch; the end is exclusive. */
export interface SteadyTime {
  fromMs: number;
  untilMs: number;
}

/** The steady time of each zone that was asked for last: cases of a dealership ask for the same one again and again. */
const lastSteady = new Map<string, SteadyTime>();
const REMEMBERED_ZONES = 100;

/**
 * The steady time of a zone around an instant. Within it a day has 24 hours, so that dates are counted by a sum and not by a calendar.
 *
 * @throws RangeError for a zone that is not known
 */
export function steadyTime(atMs: number, timezone: string): SteadyTime {
  const known = lastSteady.get(timezone);
  if (known !== undefined && known.fromMs <= atMs && atMs < known.untilMs) return known;
  const clock = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timezone);
  const steady = {
    // the change before an instant is one before it, so the instant itself may be one
    fromMs: clock.add({ milliseconds: 1 }).getTimeZoneTransition('previous')?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    untilMs: clock.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
  };
  if (lastSteady.size >= REMEMBERED_ZONES) lastSteady.clear();
  lastSteady.set(timezone, steady);
  return steady;
}
