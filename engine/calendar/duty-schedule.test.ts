import fc from 'fast-check';
import { compileExpression } from '../feel/compile';
import { type DutySchedule, fateOf, nextOccasions, type ScheduleDays, variablesOf } from './duty-schedule';
import { at, changes, local, office } from './fixture';
import { dateAt } from './local-day';
import { isOpen, isWorkingDay } from './working-time';

const schedule = (days: ScheduleDays, more: Partial<DutySchedule> = {}): DutySchedule => ({
  id: 'hub.plan',
  processId: 'plan',
  minute: 7 * 60,
  days,
  timezone: 'Asia/Shanghai',
  missed: 'runOnce',
  variables: {},
  ...more,
});
const dates = (given: DutySchedule, from: string, most: number) => nextOccasions(given, at(from), most).map(({ date }) => date);

describe('what the case of a time begins with', () => {
  it('[L23.1] are values, and what is computed of the day on the clock of the dealership', () => {
    const compiled = compileExpression('date + duration("P1D")', {
      has: (name) => name === 'date',
      typeOf: () => ({ kind: 'date' }),
      list: () => [],
    });
    if (!compiled.ok) throw new Error('it compiles');
    const given = schedule({ kind: 'monthEnd' }, { variables: { short: { literal: true }, next: compiled.expression } });
    // half past seven in Shanghai is the evening before in London
    expect(variablesOf(given, Date.parse('2026-02-28T07:30:00+08:00'))).toEqual({
      ok: true,
      variables: { short: true, next: '2026-03-01' },
    });
  });
});

describe('the times of a schedule', () => {
  it('follow working days over the Spring Festival, and mark make-up days', () => {
    const given = schedule({ kind: 'working' }, { calendar: office });
    const found = nextOccasions(given, at('2026-02-14T08:00'), 6);
    expect(found.map(({ date }) => date).filter((date) => date > '2026-02-14' && date < '2026-02-24')).toEqual([]);
    const makeUp = nextOccasions(given, at('2026-02-24T00:00'), 10).filter((one) => one.makeUp);
    for (const { date } of makeUp) expect(['2026-02-28']).toContain(date);
    expect(found.every(({ atMs }) => local(atMs)?.endsWith('07:00'))).toBe(true);
  });

  it('know ends of months, of February and of years, and days of a month', () => {
    expect(dates(schedule({ kind: 'monthEnd' }), '2027-12-31T06:59', 4)).toEqual(['2027-12-31', '2028-01-31', '2028-02-29', '2028-03-31']);
    expect(dates(schedule({ kind: 'day', day: 28 }), '2026-12-28T07:00', 2)).toEqual(['2027-01-28', '2027-02-28']);
    expect(dates(schedule({ kind: 'weekdays', weekdays: [6, 7, 1] }), '2026-12-31T12:00', 3)).toEqual([
      '2027-01-02',
      '2027-01-03',
      '2027-01-04',
    ]);
  });

  it('say what lies beyond the public holidays that are known', () => {
    const found = nextOccasions(schedule({ kind: 'working' }, { calendar: office }), at('2026-12-30T08:00'), 2);
    expect(found.map(({ date, beyondHorizon }) => [date, beyondHorizon])).toEqual([
      ['2026-12-31', false],
      ['2027-01-01', true],
    ]);
  });

  it('come once for each day that counts, in order, in zones whose clocks are changed', () => {
    const kinds = fc.constantFrom<ScheduleDays>(
      { kind: 'open' },
      { kind: 'working' },
      { kind: 'monthEnd' },
      { kind: 'weekdays', weekdays: [1, 3, 7] },
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...changes),
        fc.integer({ min: 0, max: 1439 }),
        kinds,
        fc.boolean(),
        ([timezone, beforeMs], minute, days, asked) => {
          const calendar = { ...office, timezone };
          const needs = asked || days.kind === 'working' || days.kind === 'open';
          const found = nextOccasions(schedule(days, { minute, timezone, ...(needs ? { calendar } : {}) }), beforeMs, 20);
          expect(found).toHaveLength(20);
          found.forEach(({ atMs, date }, index) => {
            const day = dateAt(atMs, timezone);
            if (day.toString() !== date) expect(day.add({ days: -1 }).toString()).toBe(date);
            if (index > 0) expect(date > (found[index - 1]?.date ?? '')).toBe(true);
            if (days.kind === 'working') expect(isWorkingDay(calendar, atMs)).toBe(true);
            else if (needs) expect(isOpen(calendar, atMs)).toBe(true);
          });
          const again = nextOccasions(schedule(days, { minute, timezone, ...(needs ? { calendar } : {}) }), found[4]?.atMs ?? 0, 15);
          expect(again).toEqual(found.slice(5));
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('a run that comes late', () => {
  const daily = schedule({ kind: 'weekdays', weekdays: [1, 2, 3, 4, 5, 6, 7] });
  const nominal = at('2026-03-02T07:00');
  it.each([
    ['within ten minutes', 'record', '2026-03-02T07:10', 'run'],
    ['after them', 'record', '2026-03-02T07:11', 'missed'],
    ['before the next', 'runOnce', '2026-03-03T06:59', 'run'],
    ['when the next is due too', 'runOnce', '2026-03-03T07:00', 'missed'],
  ] as const)('%s, with %s', (_, missed, takenUp, fate) => expect(fateOf({ ...daily, missed }, nominal, at(takenUp))).toBe(fate));
});
