import { Temporal } from 'temporal-polyfill';

/** A point in time as people of a zone write it: `2026-03-02T09:00:00+08:00`. */
export function localTime(ms: number, timezone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timezone).toString({ timeZoneName: 'never' });
}
