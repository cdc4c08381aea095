import { evaluate } from '../feel/evaluate';
import type { Expression } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import type { Calendar } from './calendar';
import { dateAt, daysSearched, instantOfMinute, localDay } from './local-day';
import { isBeyondHorizon, isOpen, isWorkingDay } from './working-time';

/** A compiled schedule of a duty, with all that its times depend on: plain JSON that is stored as it is. */
export interface DutySchedule {
  /** `<duty>.<id>`: one of its dealership. */
  id: string;
  processId: string;
  /** Minutes from midnight on the dealership's clock. */
  minute: number;
  days: ScheduleDays;
  /** Whose `open` and hours are asked; absent: each day counts. */
  calendar?: Calendar;
  timezone: string;
  /** What becomes of a run whose time passed while nothing was running: of several the last is made up for, or none is. */
  missed: 'runOnce' | 'record';
  /** What its cases begin with; expressions read `date`, the day of the time. */
  variables: Record<string, Expression | { literal: Json }>;
}

/** On which days a schedule runs: weekdays are numbers from Monday as 1. */
export type ScheduleDays =
  | { kind: 'open' | 'working' | 'monthEnd' }
  | { kind: 'weekdays'; weekdays: number[] }
  | { kind: 'day'; day: number };

/** A time of a schedule, with what its calendar says of the day. */
export interface Occasion {
  atMs: number;
  /** The date that the dealership's clock shows. */
  date: string;
  /** From Monday as 1. */
  weekday: number;
  /** Work on a day that its weekday has free. */
  makeUp: boolean;
  /** After the last day whose public holidays are known. */
  beyondHorizon: boolean;
}

/**
 * The next times after an instant, at most `most`, in order. A time that the clock leaves out becomes the first one after it; of one that it shows twice the
 * first counts. Days are looked at for some eleven years, so that the list may be shorter.
 */
export function nextOccasions(schedule: DutySchedule, afterMs: number, most: number): Occasion[] {
  const { timezone, calendar } = schedule;
  const found: Occasion[] = [];
  let date = dateAt(afterMs, timezone);
  for (let searched = 0; searched < daysSearched && found.length < most; searched += 1, date = date.add({ days: 1 })) {
    const day = localDay(date, timezone);
    if (day.endMs <= day.startMs) continue;
    const atMs = instantOfMinute(day, schedule.minute, timezone);
    if (atMs <= afterMs || !runsOn(schedule, date, atMs)) continue;
    found.push({
      atMs,
      date: date.toString(),
      weekday: date.dayOfWeek,
      makeUp: calendar !== undefined && isWorkingDay(calendar, atMs) && (calendar.week[date.dayOfWeek - 1] ?? []).length === 0,
      beyondHorizon: calendar !== undefined && isBeyondHorizon(calendar, atMs),
    });
  }
  return found;
}

function runsOn({ days, calendar }: DutySchedule, date: { dayOfWeek: number; day: number; daysInMonth: number }, atMs: number): boolean {
  if (days.kind === 'working') return calendar !== undefined && isWorkingDay(calendar, atMs);
  if (calendar !== undefined && !isOpen(calendar, atMs)) return false;
  if (days.kind === 'weekdays') return days.weekdays.includes(date.dayOfWeek);
  if (days.kind === 'day') return date.day === days.day;
  return days.kind === 'open' || date.day === date.daysInMonth;
}

/** Minutes by which a run may be late and still counts as in time. */
const GRACE_MINUTES = 10;

/**
 * What becomes of a run that is taken up at `takenUpMs`: it is `run`, or it is `missed`. Of several that are late at once only the last runs, where the
 * schedule makes up for them at all.
 */
export function fateOf(schedule: DutySchedule, nominalMs: number, takenUpMs: number): 'run' | 'missed' {
  if (takenUpMs - nominalMs <= GRACE_MINUTES * 60_000) return 'run';
  if (schedule.missed === 'record') return 'missed';
  const [next] = nextOccasions(schedule, nominalMs, 1);
  return next !== undefined && next.atMs <= takenUpMs ? 'missed' : 'run';
}

/** What the case of a time begins with, or why that cannot be told. */
export function variablesOf(
  schedule: DutySchedule,
  nominalMs: number,
): { ok: true; variables: JsonObject } | { ok: false; message: string } {
  const { timezone } = schedule;
  const date = dateAt(nominalMs, timezone).toString();
  const read = (name: string) => (name === 'date' ? { value: date, type: { kind: 'date' as const } } : undefined);
  const variables: JsonObject = {};
  for (const [name, source] of Object.entries(schedule.variables)) {
    if ('literal' in source) variables[name] = source.literal;
    else {
      const result = evaluate(source, { read, nowMs: nominalMs, timezone });
      if (!result.ok) return result;
      variables[name] = result.value;
    }
  }
  return { ok: true, variables };
}
