import { Temporal } from 'temporal-polyfill';
import type { Calendar } from './calendar';

/** Office hours with lunch in Shanghai, Saturday mornings, the Spring Festival of 2026 with its make-up days, and 31 December until noon. */
export const office: Calendar = {
  id: 'office',
  timezone: 'Asia/Shanghai',
  week: [
    ...Array.from({ length: 5 }, (): [number, number][] => [
      [540, 720],
      [810, 1080],
    ]),
    [[540, 720]],
    [],
  ],
  days: {
    ...Object.fromEntries(['15', '16', '17', '18', '19', '20', '21', '22', '23'].map((day) => [`2026-02-${day}`, []])),
    '2026-02-14': [
      [540, 720],
      [810, 1080],
    ],
    '2026-02-28': [
      [540, 720],
      [810, 1080],
    ],
    '2026-12-31': [[540, 720]],
  },
  open: [true, true, true, true, true, true, true],
  openDays: { '2026-02-17': false },
  horizon: '2026-12-31',
};

/** The instant of a local time in a zone. */
export function at(local: string, timezone = 'Asia/Shanghai'): number {
  return Temporal.PlainDateTime.from(local).toZonedDateTime(timezone).epochMilliseconds;
}

/** An instant as a zone's clock shows it, to the minute, with its offset. */
export function local(atMs: number | undefined, timezone = 'Asia/Shanghai'): string | undefined {
  if (atMs === undefined) return undefined;
  const shown = Temporal.Instant.fromEpochMilliseconds(atMs).toString({ timeZone: timezone, smallestUnit: 'minute' });
  return timezone === 'Asia/Shanghai' ? shown.slice(0, 16) : shown;
}

/** Zones whose clocks are changed, each with an instant shortly before a change. */
export const changes: [timezone: string, beforeMs: number][] = [
  ['Europe/Berlin', at('2026-03-28T12:00', 'Europe/Berlin')],
  ['Europe/Berlin', at('2026-10-24T12:00', 'Europe/Berlin')],
  ['America/New_York', at('2026-03-07T12:00', 'America/New_York')],
  ['Australia/Lord_Howe', at('2026-04-04T12:00', 'Australia/Lord_Howe')],
  ['Australia/Lord_Howe', at('2026-10-03T12:00', 'Australia/Lord_Howe')],
  ['America/Santiago', at('2026-09-05T12:00', 'America/Santiago')],
  ['Asia/Shanghai', at('2026-02-13T12:00')],
];

/** A minute that passes: its instant, the date, the clock, and the greatest minute that the clock has shown on this date, before it and now. */
export interface Tick {
  atMs: number;
  date: Temporal.PlainDate;
  minute: number;
  before: number;
  reached: number;
}

/** Every minute from an instant on, with what the clock shows: a slow model of local days. The first day is given from its beginning. */
export function* ticks(fromMs: number, timezone: string, days: number): Generator<Tick> {
  const first = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(timezone).startOfDay();
  let date = first.toPlainDate();
  let reached = -1;
  for (let atMs = first.epochMilliseconds; atMs < first.epochMilliseconds + days * 86_400_000; atMs += 60_000) {
    const clock = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timezone);
    if (!clock.toPlainDate().equals(date)) reached = -1;
    date = clock.toPlainDate();
    const minute = 60 * clock.hour + clock.minute;
    const before = reached;
    reached = Math.max(reached, minute);
    yield { atMs, date, minute, before, reached };
  }
}
