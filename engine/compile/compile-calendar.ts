import chineseDays from 'chinese-days/dist/chinese-days.json';
import type { Calendar, Interval } from '../calendar/calendar';
import { isTimezone } from '../calendar/local-day';
import type { Json } from '../json';
import type { Path } from '../language/source-document';
import { quoted } from '../language/suggestion';
import type { Report } from './report';
import { listOf, mapOf, textOf } from './step-document';

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
/** Public holidays before this day are left out, so that a case does not carry decades of them. */
const firstHoliday = '2020-01-01';

/**
 * Compiles a calendar whose document's schema has been checked. Single dates come before public holidays, these before weekdays; a make-up
 * working day has the hours of the first weekday that has any. Opening days know neither hours nor holidays.
 */
export function compileCalendar(report: Report): Calendar {
  return new CalendarCompiler(report).compile();
}

/** Complains about a time zone that is not known. */
export function checkTimezone(timezone: string, path: Path, report: Report): void {
  if (isTimezone(timezone)) return;
  const message = `there is no time zone ${quoted(timezone)}`;
  report.at(path, { rule: 'unknown-timezone', message, remedy: 'write an IANA time zone, for example Asia/Shanghai' });
}

class CalendarCompiler {
  constructor(private readonly report: Report) {}

  compile(): Calendar {
    const { value, id } = this.report.document;
    const week = this.week();
    const holidays = value['holidays'] === 'cn' ? chineseHolidays(week) : undefined;
    const dates = Object.keys(mapOf(value['days'])).map((date): [string, Interval[]] => [date, this.hours(['days', date])]);
    return {
      id,
      timezone: this.timezone(),
      week,
      days: { ...holidays?.days, ...Object.fromEntries(dates) },
      open: this.open(),
      openDays: this.openDays(),
      ...(holidays === undefined ? {} : { horizon: holidays.horizon }),
    };
  }

  private timezone(): string {
    const timezone = textOf(this.report.document.value['timezone']) ?? 'Asia/Shanghai';
    checkTimezone(timezone, ['timezone'], this.report);
    return timezone;
  }

  private week(): Interval[][] {
    const week: (Interval[] | undefined)[] = weekdays.map(() => undefined);
    for (const range of Object.keys(mapOf(this.report.document.value['hours']))) {
      const path = ['hours', range];
      const hours = this.hours(path);
      for (const day of this.daysOf(range, path, 'key')) {
        if (week[day] !== undefined) this.refuseTwice(String(weekdays[day]), path, 'key');
        week[day] = hours;
      }
    }
    if (
      Object.values(mapOf(this.report.document.value['hours'])).every((hours) => listOf(hours).length === 0 && typeof hours !== 'string')
    ) {
      this.report.at(
        ['hours'],
        { rule: 'no-hours', message: 'nobody ever works', remedy: 'write hours such as mon-fri: ["09:00-18:00"]' },
        'key',
      );
    }
    return week.map((hours) => hours ?? []);
  }

  private daysOf(range: string, path: Path, part: 'key' | 'value'): number[] {
    const [from = '', to = from] = range.split('-');
    const [first, last] = [weekdays.indexOf(from), weekdays.indexOf(to)];
    if (first > last) {
      const message = `${quoted(range)} ends before it begins`;
      const rest = last === 0 ? 'mon' : `mon-${to}`;
      const remedy = `a week begins on Monday: write ${quoted(from === 'sun' ? from : `${from}-sun`)} and ${quoted(rest)}`;
      this.report.at(path, { rule: 'reversed-range', message, remedy }, part);
    }
    return weekdays.flatMap((_, day) => (day >= first && day <= last ? [day] : []));
  }

  private refuseTwice(what: string, path: Path, part: 'key' | 'value'): void {
    this.report.at(path, { rule: 'duplicate-day', message: `${quoted(what)} is named twice`, remedy: 'name each day once' }, part);
  }

  private hours(path: Path): Interval[] {
    const value = this.report.document.at(path);
    const paths = Array.isArray(value) ? value.map((_, index) => [...path, index]) : [path];
    const hours: Interval[] = [];
    for (const at of paths) {
      const text = String(this.report.document.at(at));
      const [from, to] = text.split('-').map(minuteOf) as Interval;
      const before = hours.at(-1)?.[1] ?? 0;
      if (from >= to) this.refuseReversed(text, at);
      else if (from < before) this.refuseOverlap(text, at);
      else hours.push([from, to]);
    }
    return hours;
  }

  private refuseReversed(text: string, path: Path): void {
    const message = `${quoted(text)} does not end after it begins`;
    const remedy = 'write the earlier time first; hours over midnight are "22:00-24:00" and, on the next day, "00:00-06:00"';
    this.report.at(path, { rule: 'reversed-range', message, remedy });
  }

  private refuseOverlap(text: string, path: Path): void {
    const message = `${quoted(text)} begins before the hours before it end`;
    this.report.at(path, { rule: 'overlapping-hours', message, remedy: 'write hours in their order and apart from each other' });
  }

  private open(): boolean[] {
    const days = mapOf(this.report.document.value['open'])['days'];
    if (days === undefined) return weekdays.map(() => true);
    const path: Path = ['open', 'days'];
    const ranges: [Json, Path][] = Array.isArray(days) ? days.map((range, index) => [range, [...path, index]]) : [[days, path]];
    const open = new Set<number>();
    for (const [range, at] of ranges) {
      for (const day of this.daysOf(String(range), at, 'value')) {
        if (open.has(day)) this.refuseTwice(String(weekdays[day]), at, 'value');
        open.add(day);
      }
    }
    return weekdays.map((_, day) => open.has(day));
  }

  private openDays(): Record<string, boolean> {
    const days = new Map<string, boolean>();
    for (const key of ['except', 'also'] as const) {
      listOf(mapOf(this.report.document.value['open'])[key]).forEach((date, index) => {
        if (days.has(String(date))) this.refuseTwice(String(date), ['open', key, index], 'value');
        days.set(String(date), key === 'also');
      });
    }
    return Object.fromEntries(days);
  }
}

function minuteOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number);
  return 60 * (hours ?? 0) + (minutes ?? 0);
}

/** The days of mainland China that are no ordinary weekdays, up to the end of the last year that has been announced. */
function chineseHolidays(week: Interval[][]): { days: Record<string, Interval[]>; horizon: string } {
  const { holidays, workdays } = chineseDays as { holidays: Record<string, string>; workdays: Record<string, string> };
  const hours = week.find((day) => day.length > 0) ?? [];
  const days = [
    ...Object.keys(holidays).map((date): [string, Interval[]] => [date, []]),
    ...Object.keys(workdays).map((date): [string, Interval[]] => [date, hours]),
  ]
    .filter(([date]) => date >= firstHoliday)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return { days: Object.fromEntries(days), horizon: `${days.at(-1)?.[0].slice(0, 4)}-12-31` };
}
