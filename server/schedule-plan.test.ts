import type { ModelClosure, TimerRule } from '../engine/runtime/process-model';
import { isDue, scheduleOf } from './schedule-plan';

const closure = { timezone: 'Asia/Shanghai', settings: {}, settingsType: { kind: 'any' }, calendars: {} } as unknown as ModelClosure;
/** 2026-01-31T09:00:00+08:00 */
const PUBLISHED = Date.UTC(2026, 0, 31, 1);
const plan = (rule: TimerRule) => scheduleOf(rule, closure, PUBLISHED, PUBLISHED);
const day = (year: number, month: string, dayOfMonth: number) => ({ year, month, dayOfMonth, hour: 1, minute: 0, second: 0 });

describe('a timer start as a Schedule', () => {
  it('is a cron expression; where one of two kinds of days is enough, two; the last day of a month is looked for', () => {
    expect(plan({ cron: '0 9 * * MON' })).toEqual({ spec: { cronExpressions: ['0 9 * * MON'], timezone: 'Asia/Shanghai' } });
    expect(plan({ cron: '0 9 1 * MON', timezone: 'UTC' }).spec).toEqual({ cronExpressions: ['0 9 1 * *', '0 9 * * MON'], timezone: 'UTC' });
    expect(plan({ cron: '0 9 15,L * *' }).spec.cronExpressions).toEqual(['0 9 15,28-31 * *']);
    expect(plan({ cron: '@daily' }).spec.cronExpressions).toEqual(['@daily']);
    expect(isDue({ cron: '0 9 L * *' }, closure, PUBLISHED)).toBe(true);
    expect(isDue({ cron: '0 9 L * *' }, closure, PUBLISHED - 86_400_000)).toBe(false);
    expect(isDue({ cron: '0 9 * * MON' }, closure, PUBLISHED)).toBe(true);
  });

  it('is one date', () => {
    const once = { calendars: [day(2026, 'FEBRUARY', 2)], timezone: 'UTC' };
    expect(plan({ at: '2026-02-02T09:00:00' })).toEqual({ spec: once, actions: 1 });
    expect(plan({ after: 'P2D' })).toEqual({ spec: once, actions: 1 });
  });

  it('is an interval, as often as it says', () => {
    expect(plan({ cycle: 'R3/PT10H' })).toEqual({
      spec: {
        intervals: [{ every: 36_000_000, offset: (PUBLISHED + 36_000_000) % 36_000_000 }],
        startAt: new Date(PUBLISHED + 36_000_000 - 1),
      },
      actions: 3,
    });
    expect(plan({ cycle: 'R/PT1H' }).actions).toBeUndefined();
  });

  it('is a list of times where months are of different length', () => {
    const { spec, actions, untilMs } = plan({ cycle: 'R4/2026-01-31T09:00:00+08:00/P1M' });
    expect([actions, untilMs]).toEqual([undefined, undefined]);
    expect(spec.calendars).toEqual([day(2026, 'JANUARY', 31), day(2026, 'FEBRUARY', 28), day(2026, 'MARCH', 31), day(2026, 'APRIL', 30)]);
    const endless = plan({ cycle: 'R/P1M' });
    expect([endless.spec.calendars?.length, endless.untilMs]).toEqual([100, expect.any(Number)]);
  });

  it('is none where the rule gives no time', () => {
    expect(() => plan({ cycle: 'R3/nothing' })).toThrow('is no cycle');
    expect(() => plan({ businessDays: 2 })).toThrow('calendar');
  });
});
