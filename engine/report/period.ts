import { Temporal } from 'temporal-polyfill';
import type { PeriodLength } from './report';
import type { ReportComparison, ReportPeriod } from './table';

/**
 * The period in which a day lies. Weeks begin on Monday and belong to the year of their Thursday (ISO 8601).
 *
 * @param date ISO date
 */
export function periodOf(date: string, every: PeriodLength): ReportPeriod {
  const day = Temporal.PlainDate.from(date);
  const from = startOf(day, every);
  const to = from.add(lengths[every]).subtract({ days: 1 });
  const { key, zh, en } = named(from, every);
  return { key, every, label: { zh, en }, from: from.toString(), to: to.toString() };
}

/** The period that another is compared with. Of a week the same of a year earlier is the one 52 weeks before. */
export function comparedPeriod(period: ReportPeriod, comparison: ReportComparison): ReportPeriod {
  const from = Temporal.PlainDate.from(period.from);
  if (comparison === 'previousPeriod') return periodOf(from.subtract({ days: 1 }).toString(), period.every);
  const earlier = period.every === 'week' ? from.subtract({ weeks: 52 }) : from.subtract({ years: 1 });
  return periodOf(earlier.toString(), period.every);
}

/** The SQL of the key of the period in which a date lies, as `periodOf` has it. */
export function periodKeySql(date: string, every: PeriodLength): string {
  const formats: Record<PeriodLength, string> = {
    day: 'YYYY-MM-DD',
    week: 'IYYY-"W"IW',
    month: 'YYYY-MM',
    quarter: 'YYYY-"Q"Q',
    year: 'YYYY',
  };
  return `to_char(${date}, '${formats[every]}')`;
}

const lengths: Record<PeriodLength, { days?: number; months?: number; years?: number }> = {
  day: { days: 1 },
  week: { days: 7 },
  month: { months: 1 },
  quarter: { months: 3 },
  year: { years: 1 },
};

function startOf(day: Temporal.PlainDate, every: PeriodLength): Temporal.PlainDate {
  switch (every) {
    case 'day':
      return day;
    case 'week':
      return day.subtract({ days: day.dayOfWeek - 1 });
    case 'month':
      return day.with({ day: 1 });
    case 'quarter':
      return day.with({ month: day.month - ((day.month - 1) % 3), day: 1 });
    default:
      return day.with({ month: 1, day: 1 });
  }
}

function named(from: Temporal.PlainDate, every: PeriodLength): { key: string; zh: string; en: string } {
  const { year, month } = from;
  switch (every) {
    case 'day':
      return { key: from.toString(), zh: `${year}年${month}月${from.day}日`, en: from.toString() };
    case 'week': {
      const { weekOfYear = 0, yearOfWeek = year } = from;
      const key = `${yearOfWeek}-W${String(weekOfYear).padStart(2, '0')}`;
      return { key, zh: `${yearOfWeek}年第${weekOfYear}周`, en: `Week ${weekOfYear} of ${yearOfWeek}` };
    }
    case 'month':
      return { key: from.toString().slice(0, 7), zh: `${year}年${month}月`, en: `${months[month - 1]} ${year}` };
    case 'quarter': {
      const quarter = (month + 2) / 3;
      return { key: `${year}-Q${quarter}`, zh: `${year}年第${quarter}季度`, en: `Quarter ${quarter} of ${year}` };
    }
    default:
      return { key: String(year).padStart(4, '0'), zh: `${year}年`, en: String(year) };
  }
}

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;
