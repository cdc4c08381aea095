import { Temporal } from 'temporal-polyfill';
import { type Decimal, safeInteger } from './decimal';
import {
  type CalendarDate,
  type DateTime,
  DaysDuration,
  formatTemporal,
  isDate,
  MonthsDuration,
  orNull,
  type TemporalValue,
  Time,
  textOfTemporal,
} from './temporal';
import type { Value } from './value';

/** What the calendar says of a date: weekdays count from Monday as 1, weeks as ISO 8601 does. */
export function dayNumbers(date: CalendarDate): { dayOfYear: number; weekOfYear: number; dayOfWeek: number; month: number } {
  return { dayOfYear: date.dayOfYear, weekOfYear: date.weekOfYear ?? 0, dayOfWeek: date.dayOfWeek, month: date.month };
}

/** The whole months from one date to another. */
export function monthsBetween(from: CalendarDate, to: CalendarDate): MonthsDuration {
  return new MonthsDuration(from.until(to, { largestUnit: 'months' }).months + 0);
}

/** The time of a date and time with its offset or zone; of a date midnight in UTC, as DMN has it. */
export function timeOf(value: CalendarDate | DateTime): Time {
  if (isDate(value)) return new Time(new Temporal.PlainTime(), 'Z');
  if (!(value instanceof Temporal.ZonedDateTime)) return new Time(value.toPlainTime(), null);
  const { timeZoneId } = value;
  return new Time(value.toPlainTime(), timeZoneId === 'UTC' ? 'Z' : /^[+-]/.test(timeZoneId) ? timeZoneId : `@${timeZoneId}`);
}

/** The time of hour, minute, second with a fraction, and an offset of at most 18 hours; null where there is none. */
export function timeFrom([hour, minute]: (number | undefined)[], second: Decimal, offset: Value): Time | null {
  const nanoseconds = safeInteger(second.times(1_000_000_000).trunc());
  if (hour === undefined || minute === undefined || nanoseconds === undefined || nanoseconds < 0 || nanoseconds >= 60e9) return null;
  if (offset !== null && !(offset instanceof DaysDuration)) return null;
  return orNull(() => {
    const clock = Temporal.PlainTime.from({ hour, minute }, { overflow: 'reject' }).add({ nanoseconds });
    return new Time(clock, offset === null ? null : offsetText(offset.nanoseconds));
  });
}

function offsetText(nanoseconds: bigint): string {
  const total = Number(nanoseconds / 1_000_000_000n);
  if (total === 0) return 'Z';
  if (Math.abs(total) > 18 * 3600) throw new RangeError('no offset');
  const [hours, minutes, seconds] = [3600, 60, 1].map((unit) => Math.floor(Math.abs(total) / unit) % (unit === 3600 ? 24 : 60));
  const parts = [hours, minutes, ...(seconds === 0 ? [] : [seconds])].map((part) => String(part).padStart(2, '0'));
  return `${total < 0 ? '-' : '+'}${parts.join(':')}`;
}

/** Whether two values of one kind are the same in every part, the name of a zone among them. */
export function isIdentical(left: TemporalValue, right: TemporalValue): boolean {
  if (left instanceof MonthsDuration !== right instanceof MonthsDuration) return false;
  return formatTemporal(left) === formatTemporal(right) && textOfTemporal(left) === textOfTemporal(right);
}
