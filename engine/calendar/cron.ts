import { dateAt, dayBeside, daysSearched, instantOfMinute, instantsOfMinute, isPlain, type LocalDay, localDay } from './local-day';

/** A cron expression, read: the values of each field in ascending order. */
interface Cron {
  minutes: number[];
  /** Undefined where every hour is meant: then it follows the time that passes, not the clock. */
  hours: number[] | undefined;
  days: ReadonlySet<number>;
  /** `L`: the last day of a month. */
  lastDay: boolean;
  months: ReadonlySet<number>;
  /** 0 is Sunday. */
  weekdays: ReadonlySet<number>;
  /** Both fields of days are restricted: one of the two is enough (POSIX). */
  eitherDay: boolean;
}

/** A field's least and greatest value, and names of values from the least on. */
interface Field {
  name: string;
  least: number;
  greatest: number;
  names?: readonly string[];
}

const minuteField: Field = { name: 'minute', least: 0, greatest: 59 };
const hourField: Field = { name: 'hour', least: 0, greatest: 23 };
const dayField: Field = { name: 'day of month', least: 1, greatest: 31 };
const monthField: Field = {
  name: 'month',
  least: 1,
  greatest: 12,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
};
/** 7 is Sunday as well. */
const weekdayField: Field = {
  name: 'day of week',
  least: 0,
  greatest: 7,
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
};

const macros: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** What is wrong with a cron expression, in one line; undefined where it can be read, though it may never come (30 February). */
export function cronProblem(text: string): string | undefined {
  const cron = readCron(text);
  return typeof cron === 'string' ? cron : undefined;
}

/**
 * The first time after a point in time at which a cron expression fires in a zone: five fields (minute, hour, day of month, month, day of
 * week) of numbers, names, `*`, ranges, lists and steps, with `L` for the last day of a month, or `@yearly`, `@annually`, `@monthly`,
 * `@weekly`, `@daily`, `@midnight`, `@hourly`. Where both kinds of days are restricted, one is enough (POSIX).
 *
 * On days on which the clock is changed, a time of named hours fires once: after the gap if it falls into it, and the first time if it
 * comes twice. With every hour (`*`) it fires as time passes: in both of two equal hours, and for none that is left out.
 *
 * @returns milliseconds since the epoch; undefined where it cannot be read, or does not come within 4,000 days
 */
export function nextOfCron(text: string, afterMs: number, timezone: string): number | undefined {
  const cron = readCron(text);
  if (typeof cron === 'string') return undefined;
  let day = localDay(dateAt(afterMs, timezone), timezone);
  for (let searched = 0; searched < daysSearched; searched += 1) {
    const found = isDay(cron, day) ? firstOfDay(cron, day, afterMs, timezone) : undefined;
    if (found !== undefined) return found;
    day = dayBeside(day, 1, timezone);
  }
  return undefined;
}

function isDay(cron: Cron, { date }: LocalDay): boolean {
  if (!cron.months.has(date.month)) return false;
  const byDate = cron.days.has(date.day) || (cron.lastDay && date.day === date.daysInMonth);
  const byWeekday = cron.weekdays.has(date.dayOfWeek % 7);
  return cron.eitherDay ? byDate || byWeekday : byDate && byWeekday;
}

function firstOfDay(cron: Cron, day: LocalDay, afterMs: number, timezone: string): number | undefined {
  if (day.endMs <= afterMs) return undefined;
  if (cron.hours === undefined && !isPlain(day)) return firstAsTimePasses(cron, day, afterMs, timezone);
  for (const hour of cron.hours ?? everyHour) {
    for (const minute of cron.minutes) {
      const atMs = instantOfMinute(day, 60 * hour + minute, timezone);
      if (atMs > afterMs && atMs < day.endMs) return atMs;
    }
  }
  return undefined;
}

const everyHour = Array.from({ length: 24 }, (_, hour) => hour);

function firstAsTimePasses(cron: Cron, day: LocalDay, afterMs: number, timezone: string): number | undefined {
  const instants = everyHour.flatMap((hour) => cron.minutes.flatMap((minute) => instantsOfMinute(day, 60 * hour + minute, timezone)));
  const later = instants.filter((atMs) => atMs > afterMs && atMs < day.endMs);
  return later.length === 0 ? undefined : Math.min(...later);
}

/** Reads the text, or says what is wrong with it. */
function readCron(text: string): Cron | string {
  const trimmed = text.trim().slice(0, 200);
  if (trimmed.startsWith('@') && !Object.hasOwn(macros, trimmed)) return `"${trimmed}" is none of ${Object.keys(macros).join(', ')}`;
  const fields = (macros[trimmed] ?? trimmed).split(/\s+/u);
  if (fields.length !== 5) return `"${trimmed}" has ${fields.length} fields, not 5: minute, hour, day of month, month, day of week`;
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  const dayParts = day.split(',');
  const dates = dayParts.filter((part) => part !== 'L');
  const minutes = valuesOf(minute, minuteField);
  const hours = valuesOf(hour, hourField);
  const days = dates.length === 0 ? new Set<number>() : valuesOf(dates.join(','), dayField);
  const months = valuesOf(month, monthField);
  const weekdays = valuesOf(weekday, weekdayField);
  for (const values of [minutes, hours, days, months, weekdays]) if (typeof values === 'string') return values;
  return {
    minutes: ascending(minutes as Set<number>),
    hours: hour === '*' ? undefined : ascending(hours as Set<number>),
    days: days as Set<number>,
    lastDay: dates.length < dayParts.length,
    months: months as Set<number>,
    weekdays: new Set([...(weekdays as Set<number>)].map((value) => value % 7)),
    eitherDay: !day.startsWith('*') && !weekday.startsWith('*'),
  };
}

function ascending(values: ReadonlySet<number>): number[] {
  return [...values].sort((a, b) => a - b);
}

/** The values of a field: a list of `*`, `a`, `a-b`, each with an optional `/step`. */
function valuesOf(text: string, field: Field): Set<number> | string {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const range = rangeOf(part, field);
    if (range === undefined)
      return `"${part}" is no ${field.name}: write ${field.least} to ${field.greatest}, *, a-b, */n or a list of these`;
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
  }
  return values;
}

function rangeOf(part: string, field: Field): { from: number; to: number; step: number } | undefined {
  const [, all, first = '', second, stepText] =
    /^(?:(\*)|(\d{1,2}|[A-Za-z]{3})(?:-(\d{1,2}|[A-Za-z]{3}))?)(?:\/(\d{1,2}))?$/u.exec(part) ?? [];
  const step = Number(stepText ?? 1);
  if (step === 0) return undefined;
  if (all !== undefined) return { from: field.least, to: field.greatest === 7 ? 6 : field.greatest, step };
  const from = numberOf(first, field);
  const last = second === undefined ? (stepText === undefined ? from : field.greatest) : numberOf(second, field);
  const to = last === 0 && field.greatest === 7 && second !== undefined ? 7 : last;
  return from === undefined || to === undefined || from > to ? undefined : { from, to, step };
}

function numberOf(text: string, field: Field): number | undefined {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? named + field.least : /^\d+$/u.test(text) ? Number(text) : Number.NaN;
  return value >= field.least && value <= field.greatest ? value : undefined;
}
