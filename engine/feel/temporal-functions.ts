import { dayNumbers, isIdentical, monthsBetween, timeFrom, timeOf } from './calendar-fields';
import { Decimal, safeInteger } from './decimal';
import { compare } from './operators';
import type { Run } from './run';
import type { functionsOf } from './signature';
import {
  type CalendarDate,
  combine,
  type DateTime,
  dateFrom,
  dateOf,
  dateTimeAt,
  isDate,
  isTemporal,
  parseDate,
  parseDateTime,
  parseDuration,
  parseTime,
  type Time,
} from './temporal';
import { kindOf, type Value } from './value';

type Table = Parameters<typeof functionsOf>[0];

const parseCost = 50;
const zoneCost = 100;
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const months = 'January February March April May June July August September October November December'.split(' ');

/** The functions of dates, times and durations (DMN 1.5 §10.3.4.1, §10.3.4.8), and `is`. */
export const temporalFunctions: Table = {
  'date(from: string): date': parsing(parseDate),
  'date(from: day): date': ([from]) => dayOf(from!),
  'date(year: number, month: number, day: number): date': (args, run) => {
    run.spend(parseCost);
    const [year, month, day] = args.map((part) => safeInteger(part as Decimal));
    return year === undefined || month === undefined || day === undefined ? null : dateFrom(year, month, day);
  },
  'time(from: string): time': parsing(parseTime),
  'time(from: time): time': ([from]) => from!,
  'time(from: day): time': ([from]) => timeOf(from as CalendarDate | DateTime),
  'time(hour: number, minute: number, second: number, offset?: duration?): time': ([hour, minute, second, offset = null], run) => {
    run.spend(parseCost);
    return timeFrom(
      [hour, minute].map((part) => safeInteger(part as Decimal)),
      second as Decimal,
      offset,
    );
  },
  'date and time(from: string): dateTime': parsing(parseDateTime),
  'date and time(from: day): dateTime': ([from], run) => {
    run.spend(parseCost);
    return isDate(from) ? parseDateTime(from.toString()) : from!;
  },
  'date and time(date: day, time: time): dateTime': ([day, time], run) => {
    run.spend(zoneCost);
    return combine(dayOf(day!), time as Time);
  },
  'duration(from: string): duration': parsing(parseDuration),
  'duration(from: duration): duration': ([from]) => from!,
  'years and months duration(from: day, to: day): duration': ([from, to], run) => {
    run.spend(zoneCost);
    return monthsBetween(dayOf(from!), dayOf(to!));
  },
  'today(): date': (_, run) => zoned(run).toPlainDate(),
  'now(): dateTime': (_, run) => zoned(run),
  'day of year(date: day): number': ([day]) => new Decimal(dayNumbers(dayOf(day!)).dayOfYear),
  'week of year(date: day): number': ([day]) => new Decimal(dayNumbers(dayOf(day!)).weekOfYear),
  'day of week(date: day): string': ([day]) => weekdays[dayNumbers(dayOf(day!)).dayOfWeek - 1]!,
  'month of year(date: day): string': ([day]) => months[dayNumbers(dayOf(day!)).month - 1]!,
  'is(value1: any, value2: any): boolean': ([left, right], run) => isSame(left!, right!, run),
};

function parsing(parse: (text: string) => Value) {
  return ([text]: Value[], run: Run): Value => {
    run.spend(parseCost);
    return parse(text as string);
  };
}

function dayOf(value: Value): CalendarDate {
  return isDate(value) ? value : dateOf(value as DateTime);
}

function zoned(run: Run) {
  run.spend(zoneCost);
  return dateTimeAt(run.nowMs, run.timezone);
}

/** Whether two values are one and the same: as `=`, but of two times also in their offsets. */
function isSame(left: Value, right: Value, run: Run): boolean {
  if (kindOf(left) !== kindOf(right)) return false;
  if (isTemporal(left) && isTemporal(right)) return isIdentical(left, right);
  return compare('=', left, right, run) === true;
}
