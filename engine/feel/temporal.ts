import { Temporal } from 'temporal-polyfill';

/** A FEEL time of day: local, with an offset such as `Z` or `+08:00`, or in a zone such as `@Europe/Paris`. */
export class Time {
  constructor(
    readonly clock: Temporal.PlainTime,
    readonly offset: string | null,
  ) {}
}

/** A FEEL years and months duration. */
export class MonthsDuration {
  constructor(readonly months: number) {}
}

/** A FEEL days and time duration, exact to the nanosecond. */
export class DaysDuration {
  constructor(readonly nanoseconds: bigint) {}
}

/** A FEEL date and time: local, read in the dealership's zone where an instant is needed, or with a zone or offset. */
export type DateTime = Temporal.PlainDateTime | Temporal.ZonedDateTime;
/** A FEEL date. */
export type CalendarDate = Temporal.PlainDate;
/** Either kind of FEEL duration; the two do not compare with each other. */
export type Duration = MonthsDuration | DaysDuration;
/** Any FEEL value of dates, times and durations. */
export type TemporalValue = Temporal.PlainDate | Time | DateTime | Duration;

const dayNanoseconds = 86_400_000_000_000n;
const clockPattern = String.raw`([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?`;
const dayPattern = String.raw`-?(?:[1-9]\d{4,8}|\d{4})-\d\d-\d\d`;
const offsetPattern = String.raw`(Z|[+-](?:0\d|1[0-4]):[0-5]\d(?::[0-5]\d)?|[+-]1[5-7]:[0-5]\d|[+-]18:00)`;
const zonePattern = '@([A-Za-z_+/0-9-]{1,64})';
const datePattern = new RegExp(`^${dayPattern}$`);
const timePattern = new RegExp(`^(${clockPattern})(?:${offsetPattern}|${zonePattern})?$`);
const dateTimePattern = new RegExp(
  `^(${dayPattern})(?:T(${clockPattern}|24:00(?::00(?:\\.0{1,9})?)?)(?:${offsetPattern}|${zonePattern})?)?$`,
);
const durationPattern =
  /^(-)?P(?=.)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?=.)(?:(\d{1,12})H)?(?:(\d{1,12})M)?(?:(\d{1,12})(?:\.(\d{0,9}))?S)?)?$/;

/** The value that is computed, or null where Temporal refuses: FEEL's invalid operations give null. */
export function orNull<T>(compute: () => T): T | null {
  try {
    return compute();
  } catch {
    return null;
  }
}

/** Texts that are remembered with what they mean, and how long they are at most. */
const mostTexts = 1_000;
const longestText = 40;

/** Remembers what texts mean: a case reads the few dates that it has again and again. */
function remembered<V>(parse: (text: string) => V): (text: string) => V {
  const known = new Map<string, V>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const value = parse(text);
    if (text.length > longestText) return value;
    if (known.size >= mostTexts) known.clear();
    known.set(text, value);
    return value;
  };
}

/** Reads `2026-03-02`; null where it is no date of the calendar. Years have four digits, or more and no zero before them, and may be negative. */
export const parseDate: (text: string) => CalendarDate | null = remembered((text) =>
  datePattern.test(text) ? orNull(() => Temporal.PlainDate.from(extended(text))) : null,
);

/** The text with its year as Temporal wants it: a sign and six digits unless it has four and no sign. */
function extended(text: string): string {
  return text.replace(/^(-?)(\d+)(?=-)/, (year, sign, digits) =>
    sign === '' && digits.length === 4 ? year : `${sign === '' ? '+' : '-'}${digits.padStart(6, '0')}`,
  );
}

/** The opposite of `extended`. */
function shortened(text: string): string {
  return text.replace(/^([+-])(\d{6})/, (_, sign, digits) => `${sign === '-' ? '-' : ''}${digits.replace(/^00?/, '')}`);
}

/** Reads `09:00`, `09:00:00`, `09:00:00.5`, each with an optional `Z`, offset or `@Europe/Paris`; null otherwise. */
export function parseTime(text: string): Time | null {
  const match = timePattern.exec(text);
  if (match === null) return null;
  const [, clock, , , , offset, zone] = match;
  return orNull(() => {
    const isKnown = zone === undefined || new Temporal.ZonedDateTime(0n, zone);
    return isKnown && new Time(Temporal.PlainTime.from(clock!), zone === undefined ? normalOffset(offset) : `@${zone}`);
  });
}

function normalOffset(offset: string | undefined): string | null {
  return offset === undefined ? null : offset.replace(/^[+-]00:00(:00)?$/, 'Z').replace(/^(......):00$/, '$1');
}

/** Reads `2026-03-02T09:00:00` with an optional `Z`, offset, or `@Asia/Shanghai`, or a date, whose time is 00:00; null otherwise. 24:00 is the next day's. */
export const parseDateTime: (text: string) => DateTime | null = remembered((text) => {
  const match = dateTimePattern.exec(text);
  if (match === null) return null;
  const [, day, clock, , , , offset, zone] = match;
  return orNull(() => {
    const isLate = clock?.startsWith('24') === true;
    const start = Temporal.PlainDateTime.from(`${extended(day!)}T${isLate ? '00:00' : (clock ?? '00:00')}`);
    const plain = isLate ? start.add({ days: 1 }) : start;
    if (offset !== undefined) return plain.toZonedDateTime(zoneOfOffset(normalOffset(offset)));
    return zone === undefined ? plain : plain.toZonedDateTime(zone);
  });
});

/** Temporal's name of the zone of an offset or a zone. */
function zoneOfOffset(offset: string | null): string {
  return offset === 'Z' || offset === null ? 'UTC' : offset.replace(/^@/, '');
}

/** Reads an ISO 8601 duration of years and months, or of weeks, days and time. The two kinds do not mix (DMN 1.3 §10.3.2): null. */
export function parseDuration(text: string): Duration | null {
  const match = durationPattern.exec(text);
  if (match === null) return null;
  const sign = match[1] === undefined ? 1 : -1;
  const hasMonths = match[2] !== undefined || match[3] !== undefined;
  const hasDays = match.slice(4).some((part) => part !== undefined);
  if (hasMonths) return hasDays ? null : new MonthsDuration(sign * (12 * Number(match[2] ?? 0) + Number(match[3] ?? 0)));
  const days = 7n * BigInt(match[4] ?? 0) + BigInt(match[5] ?? 0);
  const seconds = 3600n * BigInt(match[6] ?? 0) + 60n * BigInt(match[7] ?? 0) + BigInt(match[8] ?? 0);
  const nanoseconds = days * dayNanoseconds + seconds * 1_000_000_000n + BigInt((match[9] ?? '').padEnd(9, '0'));
  return new DaysDuration(BigInt(sign) * nanoseconds);
}

/** True for dates, times, date and times and durations. */
export function isTemporal(value: unknown): value is TemporalValue {
  return (
    value instanceof Temporal.PlainDate ||
    value instanceof Time ||
    isDateTime(value) ||
    value instanceof MonthsDuration ||
    value instanceof DaysDuration
  );
}

/** True for a FEEL date. */
export function isDate(value: unknown): value is Temporal.PlainDate {
  return value instanceof Temporal.PlainDate;
}

/** True for a FEEL date and time, local or zoned. */
export function isDateTime(value: unknown): value is DateTime {
  return value instanceof Temporal.PlainDateTime || value instanceof Temporal.ZonedDateTime;
}

/** The ISO 8601 form: offsets are kept (`Z` for UTC), durations are normalised (`PT90M` is `PT1H30M`). */
export function formatTemporal(value: TemporalValue): string {
  if (value instanceof Time) return value.clock.toString() + (value.offset ?? '');
  if (value instanceof MonthsDuration) return formatMonths(value.months);
  if (value instanceof DaysDuration) return formatDays(value.nanoseconds);
  if (!(value instanceof Temporal.ZonedDateTime)) return shortened(value.toString());
  return shortened(value.timeZoneId === 'UTC' ? `${value.toPlainDateTime().toString()}Z` : value.toString({ timeZoneName: 'never' }));
}

/** FEEL's own text, which keeps the name of a zone: `2026-03-02T09:00:00@Europe/Paris`. */
export function textOfTemporal(value: TemporalValue): string {
  const zone = value instanceof Temporal.ZonedDateTime ? zoneNameOf(value) : null;
  if (!(value instanceof Temporal.ZonedDateTime) || zone === null) return formatTemporal(value);
  return `${shortened(value.toPlainDateTime().toString())}@${zone}`;
}

/** The name of the zone of a date and time or a time; null where it is local or has an offset. */
function zoneNameOf(value: Temporal.ZonedDateTime | Time): string | null {
  if (value instanceof Time) return value.offset?.startsWith('@') === true ? value.offset.slice(1) : null;
  return value.timeZoneId === 'UTC' || /^[+-]/.test(value.timeZoneId) ? null : value.timeZoneId;
}

function formatMonths(months: number): string {
  const total = Math.abs(months);
  const years = Math.floor(total / 12);
  const rest = total % 12;
  return `${months < 0 ? '-' : ''}P${years === 0 ? '' : `${years}Y`}${rest === 0 && years > 0 ? '' : `${rest}M`}`;
}

function formatDays(nanoseconds: bigint): string {
  const total = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const parts = durationParts(total);
  const fraction = String(total % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const seconds = fraction === '' ? String(parts.seconds) : `${parts.seconds}.${fraction}`;
  const time = [part(parts.hours, 'H'), part(parts.minutes, 'M'), seconds === '0' ? '' : `${seconds}S`].join('');
  const days = part(parts.days, 'D');
  if (days === '' && time === '') return 'PT0S';
  return `${nanoseconds < 0n ? '-' : ''}P${days}${time === '' ? '' : `T${time}`}`;
}

function part(amount: bigint, letter: string): string {
  return amount === 0n ? '' : `${amount}${letter}`;
}

function durationParts(nanoseconds: bigint): { days: bigint; hours: bigint; minutes: bigint; seconds: bigint } {
  const seconds = nanoseconds / 1_000_000_000n;
  return { days: seconds / 86_400n, hours: (seconds / 3600n) % 24n, minutes: (seconds / 60n) % 60n, seconds: seconds % 60n };
}

const clockMembers = ['hour', 'minute', 'second', 'time offset', 'timezone'] as const;

/** The members that a path may name on each kind (DMN 1.5 §10.3.2.3). */
export const temporalMembers = {
  date: ['year', 'month', 'day', 'weekday'],
  time: clockMembers,
  dateTime: ['year', 'month', 'day', 'weekday', ...clockMembers],
  duration: ['years', 'months', 'days', 'hours', 'minutes', 'seconds'],
} as const;

/** A member such as `year`, `hours` or `timezone`; null where the value has no such member. */
export function temporalMember(value: TemporalValue, name: string): number | string | Duration | null {
  if (name === 'time offset') return offsetOf(value);
  if (name === 'timezone') return value instanceof Time || value instanceof Temporal.ZonedDateTime ? zoneNameOf(value) : null;
  if (value instanceof Time) return pick(value.clock, temporalMembers.time, name);
  if (value instanceof Temporal.PlainDate) return pick(dayFields(value), temporalMembers.date, name);
  if (isDateTime(value)) return pick(dayFields(value), temporalMembers.dateTime, name);
  if (value instanceof MonthsDuration) {
    return pick({ years: Math.trunc(value.months / 12), months: value.months % 12 }, ['years', 'months'], name);
  }
  const parts = durationParts(value.nanoseconds);
  return pick(parts, ['days', 'hours', 'minutes', 'seconds'], name);
}

function offsetOf(value: TemporalValue): DaysDuration | null {
  if (value instanceof Temporal.ZonedDateTime) return new DaysDuration(BigInt(value.offsetNanoseconds));
  return value instanceof Time && value.offset !== null ? new DaysDuration(offsetNanoseconds(value.offset)) : null;
}

function dayFields(value: Temporal.PlainDate | DateTime): object {
  if (value instanceof Temporal.PlainDate) return { year: value.year, month: value.month, day: value.day, weekday: value.dayOfWeek };
  const { year, month, day, dayOfWeek, hour, minute, second } = value;
  return { year, month, day, weekday: dayOfWeek, hour, minute, second };
}

function pick(fields: object, names: readonly string[], name: string): number | null {
  // -0 is no number of FEEL
  return names.includes(name) ? Number((fields as Record<string, number | bigint>)[name]) + 0 : null;
}

/** The instant of a date and time in nanoseconds since the epoch; a local one is read in `timezone`. */
export function instantOf(value: DateTime, timezone: string): bigint {
  return (value instanceof Temporal.ZonedDateTime ? value : value.toZonedDateTime(timezone)).epochNanoseconds;
}

/** Now in the given zone. */
export function dateTimeAt(nowMs: number, timezone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(timezone);
}

/**
 * Orders two temporal values: negative, 0 or positive. Null where they are of different kinds (a date and a date and time, the two kinds
 * of durations) or where only one of two times has an offset.
 */
export function compareTemporal(left: TemporalValue, right: TemporalValue, timezone: string): number | null {
  if (isDate(left)) return isDate(right) ? Temporal.PlainDate.compare(left, right) : null;
  if (isDateTime(left)) return isDateTime(right) ? order(instantOf(left, timezone), instantOf(right, timezone)) : null;
  if (left instanceof MonthsDuration) return right instanceof MonthsDuration ? left.months - right.months : null;
  if (left instanceof DaysDuration) return right instanceof DaysDuration ? order(left.nanoseconds, right.nanoseconds) : null;
  if (!(right instanceof Time) || (left.offset === null) !== (right.offset === null)) return null;
  return order(clockNanoseconds(left), clockNanoseconds(right));
}

function order(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function clockNanoseconds(time: Time): bigint {
  const sinceMidnight = BigInt(Math.round(time.clock.since(new Temporal.PlainTime()).total('nanoseconds')));
  return sinceMidnight - offsetNanoseconds(time.offset);
}

/** The nanoseconds that an offset is ahead of UTC; of a zone its standard offset, that of 1 January 1970, since a time has no day. */
function offsetNanoseconds(offset: string | null): bigint {
  if (offset === null || offset === 'Z') return 0n;
  if (offset.startsWith('@')) return BigInt(new Temporal.ZonedDateTime(0n, offset.slice(1)).offsetNanoseconds);
  const [hours = 0, minutes = 0, seconds = 0] = offset.slice(1).split(':').map(Number);
  const total = 3600 * hours + 60 * minutes + seconds;
  return BigInt(offset.startsWith('-') ? -total : total) * 1_000_000_000n;
}

/** Adds a duration to a date, time, date and time, or duration of the same kind; `sign` -1 subtracts. A day stays a day: hours move a date only by whole days. */
export function addDuration(value: TemporalValue, duration: Duration, sign: 1 | -1): TemporalValue | null {
  return orNull(() =>
    duration instanceof MonthsDuration
      ? addMonths(value, sign * duration.months)
      : addNanoseconds(value, BigInt(sign) * duration.nanoseconds),
  );
}

function addMonths(value: TemporalValue, months: number): TemporalValue | null {
  if (value instanceof MonthsDuration) return new MonthsDuration(value.months + months);
  if (isDate(value)) return value.add({ months });
  return isDateTime(value) ? value.add({ months }) : null;
}

function addNanoseconds(value: TemporalValue, nanoseconds: bigint): TemporalValue | null {
  if (value instanceof DaysDuration) return new DaysDuration(value.nanoseconds + nanoseconds);
  const days = Number(nanoseconds / dayNanoseconds);
  const rest = Number(nanoseconds % dayNanoseconds);
  if (isDate(value)) return value.add({ days: rest < 0 ? days - 1 : days });
  if (value instanceof Time) return new Time(value.clock.add({ nanoseconds: rest }), value.offset);
  if (value instanceof Temporal.PlainDateTime) return value.add({ days, nanoseconds: rest });
  if (value instanceof Temporal.ZonedDateTime) return new Temporal.ZonedDateTime(value.epochNanoseconds + nanoseconds, value.timeZoneId);
  return null;
}

/** The days and time from `right` to `left`: dates, date and times, or two times; null otherwise. A date beside a zoned date and time is its midnight. */
export function difference(left: TemporalValue, right: TemporalValue, timezone: string): DaysDuration | null {
  if (isDate(left) && isDate(right)) return new DaysDuration(BigInt(right.until(left).days) * dayNanoseconds);
  if (isDate(left)) return right instanceof Temporal.ZonedDateTime ? difference(left.toPlainDateTime(), right, timezone) : null;
  if (isDate(right)) return left instanceof Temporal.ZonedDateTime ? difference(left, right.toPlainDateTime(), timezone) : null;
  if (isDateTime(left)) return isDateTime(right) ? new DaysDuration(instantOf(left, timezone) - instantOf(right, timezone)) : null;
  if (!(left instanceof Time && right instanceof Time) || (left.offset === null) !== (right.offset === null)) return null;
  return new DaysDuration(clockNanoseconds(left) - clockNanoseconds(right));
}

/** The date of a date and time, as its own clock shows it. */
export function dateOf(value: DateTime): Temporal.PlainDate {
  return value.toPlainDate();
}

/** The day after a date, or before it. */
export function nextDay(date: CalendarDate, step: 1 | -1): CalendarDate | null {
  return orNull(() => date.add({ days: step }));
}

/** The date of the given numbers; null where the calendar has none. */
export function dateFrom(year: number, month: number, day: number): CalendarDate | null {
  return orNull(() => new Temporal.PlainDate(year, month, day));
}

/** A date and a time as a date and time; a time with an offset or a zone gives a zoned one. */
export function combine(date: CalendarDate, time: Time): DateTime | null {
  return orNull(() => {
    const local = date.toPlainDateTime(time.clock);
    return time.offset === null ? local : local.toZonedDateTime(zoneOfOffset(time.offset));
  });
}
