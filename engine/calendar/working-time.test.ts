import fc from 'fast-check';
import type { Calendar, Interval } from './calendar';
import { at, changes, local, office, ticks } from './fixture';
import { addBusinessDays, addWorkingTime, isBeyondHorizon, isOpen, subtractWorkingTime, workingTimeBetween } from './working-time';

const hour = 3_600_000;

describe('working time', () => {
  it.each([
    ['within a morning', '2026-03-02T09:00', 'PT2H', '2026-03-02T11:00'],
    ['over lunch', '2026-03-02T11:30', 'PT2H', '2026-03-02T15:00'],
    ['to the end of a stretch', '2026-03-02T09:00', 'PT3H', '2026-03-02T12:00'],
    ['from lunch on', '2026-03-02T12:30', 'PT30M', '2026-03-02T14:00'],
    ['over night', '2026-03-02T17:30', 'PT1H', '2026-03-03T09:30'],
    ['from before the morning', '2026-03-02T06:00', 'PT1H', '2026-03-02T10:00'],
    ['over Saturday noon and Sunday', '2026-03-07T11:00', 'PT2H', '2026-03-09T10:00'],
    ['over the Spring Festival', '2026-02-14T17:00', 'PT2H', '2026-02-24T10:00'],
    ['on a make-up Saturday in the afternoon', '2026-02-28T14:00', 'PT1H', '2026-02-28T15:00'],
    ['on a day of its own', '2026-12-31T11:00', 'PT2H', '2027-01-01T10:00'],
    ['none', '2026-03-01T03:00', 'PT0S', '2026-03-01T03:00'],
    ['days first, then hours', '2026-03-06T17:30', 'P1DT1H', '2026-03-09T10:00'],
    ['a week of seven working days', '2026-03-02T10:00', 'P1W', '2026-03-10T10:00'],
  ])('passes %s', (_, from, duration, to) => expect(local(addWorkingTime(office, at(from), duration))).toBe(to));

  it.each([
    ['over lunch', '2026-03-02T14:30', 'PT2H', '2026-03-02T11:00'],
    ['to the beginning of a stretch', '2026-03-02T14:30', 'PT1H', '2026-03-02T13:30'],
    ['over night', '2026-03-03T09:30', 'PT1H', '2026-03-02T17:30'],
    ['days first', '2026-03-09T09:30', 'P1DT1H', '2026-03-06T17:30'],
  ])('goes back %s', (_, from, duration, to) => expect(local(subtractWorkingTime(office, at(from), duration))).toBe(to));

  it.each(['', 'soon', 'P1M', 'P1Y', '-PT1H', 'PT99999999H', 'P5000D'])('has no end for "%s"', (duration) => {
    expect(addWorkingTime(office, at('2026-03-02T09:00'), duration)).toBeUndefined();
    expect(subtractWorkingTime(office, at('2026-03-02T09:00'), duration)).toBeUndefined();
  });

  it('has no end where nobody ever works', () => {
    const closed = { ...office, week: [[], [], [], [], [], [], []], days: {} };
    expect(addWorkingTime(closed, at('2026-03-02T09:00'), 'PT1H')).toBeUndefined();
    expect(addBusinessDays(closed, at('2026-03-02T09:00'), 1)).toBeUndefined();
    expect(workingTimeBetween(closed, at('2026-03-02T09:00'), at('2026-03-12T09:00'))).toBe(0);
  });

  it.each([
    ['2026-03-02T09:00', '2026-03-02T18:00', 7.5],
    ['2026-03-02T12:00', '2026-03-02T13:30', 0],
    ['2026-02-14T00:00', '2026-02-25T00:00', 15],
    ['2026-03-03T10:00', '2026-03-02T17:00', -2],
  ])('from %s to %s is %d hours', (from, to, hours) => expect(workingTimeBetween(office, at(from), at(to))).toBe(hours * hour));

  it('between points more than 4,000 days apart is not counted', () => {
    expect(workingTimeBetween(office, at('2000-03-02T09:00'), at('2026-03-02T09:00'))).toBeUndefined();
  });
});

describe('business days', () => {
  it.each([
    ['2026-03-02T15:00', 1, '2026-03-03T15:00'],
    ['2026-03-06T15:00', 1, '2026-03-07T15:00'],
    ['2026-03-08T15:00', 1, '2026-03-09T15:00'],
    ['2026-02-13T10:00', 1, '2026-02-14T10:00'],
    ['2026-02-13T10:00', 2, '2026-02-24T10:00'],
    ['2026-02-24T10:00', -2, '2026-02-13T10:00'],
    ['2026-03-08T15:00', 0, '2026-03-08T15:00'],
  ])('%s and %d days is %s', (from, days, to) => expect(local(addBusinessDays(office, at(from), days))).toBe(to));

  it('are whole and bounded', () => {
    expect(addBusinessDays(office, at('2026-03-02T09:00'), 1.5)).toBeUndefined();
    expect(addBusinessDays(office, at('2026-03-02T09:00'), 4_000)).toBeUndefined();
    expect(addBusinessDays(office, at('2026-03-02T09:00'), 3_000)).toBeDefined();
  });

  it('keep the time of day over a change of the clock', () => {
    const berlin = { ...office, timezone: 'Europe/Berlin', days: {} };
    expect(local(addBusinessDays(berlin, at('2026-03-27T02:30', 'Europe/Berlin'), 3), 'Europe/Berlin')).toBe('2026-03-31T02:30+02:00');
  });
});

describe('a calendar', () => {
  it('has opening days apart from its hours', () => {
    expect(isOpen(office, at('2026-03-01T23:00'))).toBe(true);
    expect(isOpen(office, at('2026-02-16T12:00'))).toBe(true);
    expect(isOpen(office, at('2026-02-17T00:00'))).toBe(false);
  });
  it('knows how far its holidays are known', () => {
    expect(isBeyondHorizon(office, at('2026-12-31T23:59'))).toBe(false);
    expect(isBeyondHorizon(office, at('2027-01-01T00:00'))).toBe(true);
    const { horizon: _, ...endless } = office;
    expect(isBeyondHorizon(endless, at('2099-01-01T00:00'))).toBe(false);
  });
});

/** Hours of a day: up to three stretches apart from each other. */
const hours = fc
  .uniqueArray(fc.integer({ min: 0, max: 1_440 }), { minLength: 0, maxLength: 6 })
  .map((minutes) => minutes.sort((a, b) => a - b))
  .map((minutes) =>
    Array.from({ length: Math.floor(minutes.length / 2) }, (_, index) => minutes.slice(2 * index, 2 * index + 2) as Interval),
  );

const situations = fc
  .record({
    change: fc.constantFrom(...changes),
    week: fc.array(hours, { minLength: 7, maxLength: 7 }),
    special: hours,
    offset: fc.integer({ min: 0, max: 2_000 }),
  })
  .map(({ change: [timezone, beforeMs], week, special, offset }) => {
    const calendar: Calendar = { ...office, timezone, week, days: { '2026-03-29': special, '2026-10-25': special } };
    return { calendar, fromMs: beforeMs + offset * 60_000 };
  });

/** Whether a minute is working time, by the model that looks at every minute. */
const works = (calendar: Calendar, date: string, weekday: number, reached: number): boolean =>
  (calendar.days[date] ?? calendar.week[weekday - 1] ?? []).some(([from, to]) => reached >= from && reached < to);

describe('the laws of working time', () => {
  const runs = { numRuns: 60 };

  it('a slow model that looks at every minute agrees', () => {
    fc.assert(
      fc.property(situations, fc.integer({ min: 1, max: 600 }), ({ calendar, fromMs }, minutes) => {
        let left = minutes;
        let expected: number | undefined;
        for (const { atMs, date, reached } of ticks(fromMs, calendar.timezone, 4)) {
          if (atMs < fromMs || !works(calendar, date.toString(), date.dayOfWeek, reached)) continue;
          left -= 1;
          if (left === 0) expected = atMs + 60_000;
          if (left === 0) break;
        }
        fc.pre(expected !== undefined);
        expect(addWorkingTime(calendar, fromMs, `PT${minutes}M`)).toBe(expected);
        expect(workingTimeBetween(calendar, fromMs, expected as number)).toBe(minutes * 60_000);
      }),
      runs,
    );
  }, 60_000);

  it('what is added is what lies between, and parts add up', () => {
    fc.assert(
      fc.property(situations, fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 3_000 }), ({ calendar, fromMs }, a, b) => {
        const first = addWorkingTime(calendar, fromMs, `PT${a}M`);
        fc.pre(first !== undefined);
        const both = addWorkingTime(calendar, fromMs, `PT${a + b}M`);
        fc.pre(both !== undefined);
        expect(workingTimeBetween(calendar, fromMs, first as number)).toBe(a * 60_000);
        expect(addWorkingTime(calendar, first as number, `PT${b}M`)).toBe(both);
        expect(workingTimeBetween(calendar, both as number, fromMs)).toBe(0 - (a + b) * 60_000);
        const back = subtractWorkingTime(calendar, both as number, `PT${a + b}M`) as number;
        expect(workingTimeBetween(calendar, back, both as number)).toBe((a + b) * 60_000);
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it('business days there and back are the same day', () => {
    fc.assert(
      fc.property(situations, fc.integer({ min: 1, max: 20 }), ({ calendar, fromMs }, days) => {
        fc.pre(calendar.week.some((stretches) => stretches.length > 0));
        const there = addBusinessDays(calendar, fromMs, days) as number;
        const between = Array.from({ length: days }, (_, index) => addBusinessDays(calendar, fromMs, index + 1) as number);
        expect(between).toEqual([...new Set(between)].sort((a, b) => a - b));
        expect(addBusinessDays(calendar, there, 1 - days)).toBe(days === 1 ? there : addBusinessDays(calendar, fromMs, 1));
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});
