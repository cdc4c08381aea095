import type { Calendar } from '../calendar/calendar';
import { addWorkingTime, subtractWorkingTime, workingTimeBetween } from '../calendar/working-time';
import type { Run } from './run';
import type { functionsOf } from './signature';
import { type DateTime, DaysDuration, dateTimeAt, formatTemporal, instantOf } from './temporal';

type Table = Parameters<typeof functionsOf>[0];

/** A day of a calendar that is looked at. */
const dayCost = 120;
const dayMs = 86_400_000;

/**
 * The functions of working time, which are not in the standard. The last argument is the id of a calendar; null where there is none. They cost what
 * the days cost that are looked at: some two years are the most of one expression.
 */
export const workingTimeFunctions: Table = {
  'working time(from: dateTime, to: dateTime, calendar: string): duration': ([from, to, id], run) => {
    const calendar = run.calendar(id as string);
    const [fromMs, toMs] = [msOf(from as DateTime, run), msOf(to as DateTime, run)];
    run.spend(dayCost * (2 + Math.abs(toMs - fromMs) / dayMs));
    const worked = calendar === undefined ? undefined : workingTimeBetween(calendar, fromMs, toMs);
    return worked === undefined ? null : new DaysDuration(BigInt(worked) * 1_000_000n);
  },
  'add working time(from: dateTime, duration: duration, calendar: string): dateTime': ([from, duration, id], run) => {
    const calendar = run.calendar(id as string);
    if (calendar === undefined || !(duration instanceof DaysDuration)) return null;
    const fromMs = msOf(from as DateTime, run);
    const moved = passed(calendar, fromMs, duration, run);
    return moved === undefined ? null : dateTimeAt(moved, run.timezone);
  },
};

/** The calls whose third argument names a calendar. */
export const calendarFunctions: ReadonlySet<string> = new Set(['working time', 'add working time']);

/** Each day of the duration is a working day, its time passes in working hours. No calendar has fewer than a seventh of its days to work on, so that many are paid for. */
function passed(calendar: Calendar, fromMs: number, duration: DaysDuration, run: Run): number | undefined {
  const isBack = duration.nanoseconds < 0n;
  const length = formatTemporal(isBack ? new DaysDuration(-duration.nanoseconds) : duration);
  const hours = Number((isBack ? -duration.nanoseconds : duration.nanoseconds) / 1_000_000_000n) / 3_600;
  run.spend(dayCost * (2 + hours / 4));
  return isBack ? subtractWorkingTime(calendar, fromMs, length) : addWorkingTime(calendar, fromMs, length);
}

function msOf(value: DateTime, run: Run): number {
  return Number(instantOf(value, run.timezone) / 1_000_000n);
}

/** The calendars that the expressions within a JSON value name, sorted. */
export function calendarsRead(json: unknown): string[] {
  const found = new Set<string>();
  const walk = (part: unknown): void => {
    if (part === null || typeof part !== 'object') return;
    if (Array.isArray(part) && part[0] === 'call' && calendarFunctions.has(String(part[1])) && Array.isArray(part[2])) {
      if (typeof part[2][2] === 'string') found.add(part[2][2]);
    }
    for (const inner of Object.values(part)) walk(inner);
  };
  walk(json);
  return [...found].sort();
}
