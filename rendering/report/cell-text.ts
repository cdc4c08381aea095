import { Temporal } from 'temporal-polyfill';
import type { Json } from '../../engine/json';
import type { ReportColumn } from '../../engine/report/table';
import { type Language, words } from '../language';

/** What stands in a cell that has no value. */
export const NOTHING = '–';

type Shown = Pick<ReportColumn, 'type' | 'format' | 'compares' | 'valueTitles'>;

const DECIMALS = 2;

/** The text of a cell for people: numbers in groups of three, times on the dealership's clock, durations in words. An amount of money keeps every digit. */
export function cellText(cell: Json, column: Shown, language: Language, timezone: string): string {
  if (cell === null) return NOTHING;
  const title = titleOfValue(cell, column, language);
  if (title !== undefined) return title;
  if (typeof cell === 'boolean') return cell ? words[language].yes : words[language].no;
  const sign = column.compares?.shows === 'change' && Number(cell) > 0 ? '+' : '';
  if (column.type === 'number' || column.type === 'money') return sign + numberText(String(cell), column);
  if (typeof cell !== 'string') return typeof cell === 'number' ? numberText(String(cell), column) : JSON.stringify(cell);
  if (column.type === 'dateTime') return localTime(cell, timezone) ?? cell;
  if (column.type === 'duration') return durationText(cell, column.format === 'hours', language) ?? cell;
  return cell;
}

/** What people read in place of a value, where its column has that; undefined where the value stands for itself. */
export function titleOfValue(cell: Json, { valueTitles }: Pick<ReportColumn, 'valueTitles'>, language: Language): string | undefined {
  const value = String(cell);
  return cell !== null && valueTitles !== undefined && Object.hasOwn(valueTitles, value) ? valueTitles[value]?.[language] : undefined;
}

/** Whether cells of a column are lined up at their right end. */
export function isNumeric({ type }: Pick<ReportColumn, 'type'>): boolean {
  return type === 'number' || type === 'money' || type === 'duration';
}

function numberText(text: string, { type, format }: Shown): string {
  const number = Number(text);
  if (!Number.isFinite(number)) return text;
  if (format === 'percent') return `${grouped((number * 100).toFixed(1))}%`;
  if (format === 'integer') return grouped(number.toFixed(0));
  if (type === 'money' && /^-?\d+\.\d+$/u.test(text)) return grouped(text);
  return grouped(String(Number(number.toFixed(DECIMALS))));
}

function grouped(decimal: string): string {
  const [whole = '', fraction] = decimal.split('.');
  const separated = whole.replace(/\B(?=(\d{3})+$)/gu, ',');
  return fraction === undefined ? separated : `${separated}.${fraction}`;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Tells the parts of a time in a zone: a report has thousands of them, and `Temporal` takes fifty times as long for each. */
function clockOf(timezone: string): Intl.DateTimeFormat {
  const known = clocks.get(timezone);
  if (known !== undefined) return known;
  const twoDigits = { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
  const clock = new Intl.DateTimeFormat('en-US', { timeZone: timezone, hourCycle: 'h23', year: 'numeric', ...twoDigits });
  clocks.set(timezone, clock);
  return clock;
}

/** A time as the dealership's clock shows it, to the minute: `2026-03-05 09:12`. Undefined where the text is no time with an offset. */
export function localTime(text: string, timezone: string): string | undefined {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:\d\d)$/u.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) return /^\d{4}-\d\d-\d\dT\d\d:\d\d/u.test(text) ? text.slice(0, 16).replace('T', ' ') : undefined;
  const { year, month, day, hour, minute } = Object.fromEntries(
    clockOf(timezone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
  return `${year?.padStart(4, '0')}-${month}-${day} ${hour}:${minute}`;
}

/** The seconds of a duration that has neither years nor months; undefined of any other. A day is 24 hours. */
export function secondsOf(text: string): number | undefined {
  try {
    const duration = Temporal.Duration.from(text);
    return hasSeconds(duration) ? duration.total('seconds') : undefined;
  } catch {
    return undefined;
  }
}

function hasSeconds({ years, months, weeks }: Temporal.Duration): boolean {
  return years === 0 && months === 0 && weeks === 0;
}

const durationUnits = {
  zh: { years: ' 年', months: ' 个月', weeks: ' 周', days: ' 天', hours: ' 小时', minutes: ' 分', seconds: ' 秒' },
  en: { years: ' y', months: ' mo', weeks: ' w', days: ' d', hours: ' h', minutes: ' min', seconds: ' s' },
} as const;

function durationText(text: string, inHours: boolean, language: Language): string | undefined {
  let duration: Temporal.Duration;
  try {
    const read = Temporal.Duration.from(text);
    duration = inHours && hasSeconds(read) ? read.round({ largestUnit: 'hours', smallestUnit: 'seconds' }) : read;
  } catch {
    return undefined;
  }
  const parts = Object.entries(durationUnits[language]).flatMap(([unit, word]) => {
    const amount = Math.abs(duration[unit as keyof (typeof durationUnits)['zh']]);
    return amount === 0 ? [] : [`${amount}${word}`];
  });
  if (parts.length === 0) return `0${durationUnits[language].minutes}`;
  return (duration.sign < 0 ? '-' : '') + parts.join(' ');
}
