import { Temporal } from 'temporal-polyfill';
import type { Occasion, ScheduleDays } from '../engine/calendar/duty-schedule';

/** A time of a schedule that is listed. */
export interface ListedTime {
  /** ISO 8601. */
  at: string;
  date: string;
  /** From Monday as 1. */
  weekday: number;
  reason: string;
}

/** A schedule that is listed, by definitions or by a server. */
export interface ListedSchedule {
  dealership: string;
  scheduleId: string;
  processDefinitionId: string;
  timezone: string;
  next: ListedTime[];
  /** What became of the last times, the latest first; a server knows it. */
  runs?: { at: string; state: string; what: string }[];
}

const WEEKDAYS = ['周一 Mon', '周二 Tue', '周三 Wed', '周四 Thu', '周五 Fri', '周六 Sat', '周日 Sun'];

const kinds: Readonly<Record<ScheduleDays['kind'], string>> = {
  open: 'opening day',
  working: 'working day',
  monthEnd: 'end of the month',
  weekdays: 'its weekday',
  day: 'its day of the month',
};

/** Why a schedule runs on a day. `horizon` is the last day whose public holidays its calendar knows. */
export function reasonOf(
  kind: ScheduleDays['kind'],
  horizon: string | null,
  { makeUp, beyondHorizon }: Pick<Occasion, 'makeUp' | 'beyondHorizon'>,
): string {
  const reason = kind === 'working' && makeUp ? 'make-up day 调休' : kinds[kind];
  return beyondHorizon ? `${reason}; public holidays are known until ${horizon} only` : reason;
}

/** Schedules as people read them. */
export function scheduleText(listed: readonly ListedSchedule[]): string {
  if (listed.length === 0) return 'no duty has schedules\n';
  return listed
    .map(({ dealership, scheduleId, processDefinitionId, timezone, next, runs = [] }) => {
      const lines = next.map(({ at, date, weekday, reason }) => `  ${date} ${WEEKDAYS[weekday - 1]} ${clockOf(at, timezone)}  ${reason}`);
      const past = runs.map(({ at, state, what }) => `  ${dateOf(at, timezone)} ${clockOf(at, timezone)} ${state} ${what}`.trimEnd());
      return [`${dealership} ${scheduleId}: ${processDefinitionId} (${timezone})`, ...past.toReversed(), ...lines, ''].join('\n');
    })
    .join('\n');
}

function clockOf(at: string, timezone: string): string {
  return Temporal.Instant.from(at).toZonedDateTimeISO(timezone).toPlainTime().toString({ smallestUnit: 'minute' });
}

function dateOf(at: string, timezone: string): string {
  return Temporal.Instant.from(at).toZonedDateTimeISO(timezone).toPlainDate().toString();
}
