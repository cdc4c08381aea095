import fc from 'fast-check';
import { cronProblem, nextOfCron } from './cron';
import { at, changes, local, ticks } from './fixture';

const next = (cron: string, from: string, timezone = 'Asia/Shanghai') => local(nextOfCron(cron, at(from, timezone), timezone), timezone);

describe('a cron expression', () => {
  it.each([
    ['0 9 * * *', '2026-03-02T08:59', '2026-03-02T09:00'],
    ['0 9 * * *', '2026-03-02T09:00', '2026-03-03T09:00'],
    ['*/15 * * * *', '2026-03-02T09:07', '2026-03-02T09:15'],
    ['5/20 9-17/4 * * *', '2026-03-02T09:46', '2026-03-02T13:05'],
    ['30 17 * * MON-FRI', '2026-03-06T18:00', '2026-03-09T17:30'],
    ['30 17 * * fri-sun', '2026-03-02T18:00', '2026-03-06T17:30'],
    ['0 8 * * 7', '2026-03-02T18:00', '2026-03-08T08:00'],
    ['0 8 * * 0', '2026-03-02T18:00', '2026-03-08T08:00'],
    ['0 8 1,15 * *', '2026-03-02T18:00', '2026-03-15T08:00'],
    ['0 8 1 JAN,JUL *', '2026-03-02T18:00', '2026-07-01T08:00'],
    ['0 8 15 * FRI', '2026-03-02T18:00', '2026-03-06T08:00'],
    ['0 8 */2 * FRI', '2026-03-02T18:00', '2026-03-13T08:00'],
    ['0 18 L * *', '2026-02-02T18:00', '2026-02-28T18:00'],
    ['0 18 15,L * *', '2026-02-16T18:00', '2026-02-28T18:00'],
    ['0 0 29 2 *', '2026-03-02T18:00', '2028-02-29T00:00'],
    ['@daily', '2026-03-02T18:00', '2026-03-03T00:00'],
    ['@hourly', '2026-03-02T18:00', '2026-03-02T19:00'],
    ['@weekly', '2026-03-02T18:00', '2026-03-08T00:00'],
    ['@monthly', '2026-03-02T18:00', '2026-04-01T00:00'],
    ['@yearly', '2026-03-02T18:00', '2027-01-01T00:00'],
  ])('%s after %s fires at %s', (cron, from, expected) => expect(next(cron, from)).toBe(expected));

  it.each([
    ['30 2 * * *', '2026-03-28T12:00', '2026-03-29T03:00+02:00'],
    ['30 2 * * *', '2026-03-29T03:00', '2026-03-30T02:30+02:00'],
    ['0,30 2 * * *', '2026-03-29T03:00', '2026-03-30T02:00+02:00'],
    ['30 2 * * *', '2026-10-24T12:00', '2026-10-25T02:30+02:00'],
    ['30 2 * * *', '2026-10-25T02:30', '2026-10-26T02:30+01:00'],
    ['*/30 * * * *', '2026-03-29T01:30', '2026-03-29T03:00+02:00'],
    ['*/30 * * * *', '2026-10-25T02:30', '2026-10-25T02:00+01:00'],
  ])('%s after %s in Berlin fires at %s', (cron, from, expected) => expect(next(cron, from, 'Europe/Berlin')).toBe(expected));

  it('that never comes has no next time', () => {
    expect(cronProblem('0 0 30 2 *')).toBeUndefined();
    expect(next('0 0 30 2 *', '2026-03-02T18:00')).toBeUndefined();
  });

  it.each([
    ['', '"" has 1 fields, not 5: minute, hour, day of month, month, day of week'],
    ['* * * *', '"* * * *" has 4 fields, not 5: minute, hour, day of month, month, day of week'],
    ['60 * * * *', '"60" is no minute: write 0 to 59, *, a-b, */n or a list of these'],
    ['* 9-8 * * *', '"9-8" is no hour: write 0 to 23, *, a-b, */n or a list of these'],
    ['* * 0 * *', '"0" is no day of month: write 1 to 31, *, a-b, */n or a list of these'],
    ['* * * FOO *', '"FOO" is no month: write 1 to 12, *, a-b, */n or a list of these'],
    ['* * * * 8', '"8" is no day of week: write 0 to 7, *, a-b, */n or a list of these'],
    ['*/0 * * * *', '"*/0" is no minute: write 0 to 59, *, a-b, */n or a list of these'],
    ['@often', '"@often" is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly'],
  ])('"%s" is refused', (cron, problem) => {
    expect(cronProblem(cron)).toBe(problem);
    expect(nextOfCron(cron, 0, 'UTC')).toBeUndefined();
  });

  it('is read or refused whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0159*/-,L @dMONx') }), (text) => void nextOfCron(text, 0, 'Asia/Shanghai')),
    );
  });
});

const values = (least: number, greatest: number) =>
  fc.uniqueArray(fc.integer({ min: least, max: greatest }), { minLength: 1, maxLength: 8 });

it('a slow model that looks at every minute agrees', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...changes),
      values(0, 59),
      fc.option(values(0, 23)),
      fc.option(values(0, 6)),
      fc.integer({ min: 0, max: 2_000 }),
      ([timezone, beforeMs], minutes, hours, weekdays, offset) => {
        const afterMs = beforeMs + offset * 60_000;
        const cron = `${minutes.join()} ${hours?.join() ?? '*'} * * ${weekdays?.join() ?? '*'}`;
        const matches = (minute: number) => minutes.includes(minute % 60) && (hours?.includes(Math.floor(minute / 60)) ?? true);
        let expected: number | undefined;
        for (const { atMs, date, minute, before, reached } of ticks(afterMs, timezone, 4)) {
          if (atMs <= afterMs || !(weekdays?.includes(date.dayOfWeek % 7) ?? true)) continue;
          const passed = Array.from({ length: reached - before }, (_, index) => before + 1 + index);
          if (hours === null ? !matches(minute) : !passed.some(matches)) continue;
          expected = atMs;
          break;
        }
        fc.pre(expected !== undefined);
        expect(nextOfCron(cron, afterMs, timezone)).toBe(expected);
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);
