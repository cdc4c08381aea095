import fc from 'fast-check';
import { type CycleClock, firstOfCycle, isCycle, nextOfCycle } from './cycle';
import { at, changes, local, office } from './fixture';

const shanghai: CycleClock = { timezone: 'Asia/Shanghai' };
const began = '2026-03-02T09:00';

/** The points of a cycle that begins at a local time, at most so many. */
function pointsOf(text: string, from: string, clock = shanghai, most = 10): (string | undefined)[] {
  const first = firstOfCycle(text, at(from, clock.timezone), clock);
  const points: (string | undefined)[] = [];
  let atMs = first?.atMs;
  for (let left = Math.min(first?.left ?? most, most); atMs !== undefined && left >= 0 && points.length < most; left -= 1) {
    points.push(local(atMs, clock.timezone));
    atMs = nextOfCycle(text, atMs, clock);
  }
  return points;
}

describe('a cycle', () => {
  it.each([
    ['R3/PT10H', ['2026-03-02T19:00', '2026-03-03T05:00', '2026-03-03T15:00']],
    ['R1/PT1H', ['2026-03-02T10:00']],
    ['R2/2026-03-03T09:00:00+08:00/P1D', ['2026-03-03T09:00', '2026-03-04T09:00']],
    ['R2/2026-03-03T09:00/P1D', ['2026-03-03T09:00', '2026-03-04T09:00']],
    ['R5/2026-02-28T09:00:00+08:00/P1D', ['2026-03-02T09:00', '2026-03-03T09:00', '2026-03-04T09:00']],
    ['R2/2026-02-27T09:00:00+08:00/P1D', []],
    ['R3/2026-03-31T09:00:00+08:00/P1M', ['2026-03-31T09:00', '2026-04-30T09:00', '2026-05-31T09:00']],
    ['R2/2016-03-02T09:00:01+08:00/PT1S', []],
    ['often', []],
  ])('%s comes at %j', (text, expected) => expect(pointsOf(text, began)).toEqual(expected));

  it('without a number has no end', () => {
    for (const text of ['R/PT1H', 'R-1/PT1H', 'R/2016-03-02T09:00:00+08:00/PT1H']) {
      expect(pointsOf(text, began, shanghai, 5)).toHaveLength(5);
      expect(firstOfCycle(text, at(began), shanghai)).not.toHaveProperty('left');
    }
  });

  it('says how many are left', () => {
    expect(firstOfCycle('R3/PT10H', at(began), shanghai)?.left).toBe(2);
    expect(firstOfCycle('R5/2026-02-28T09:00:00+08:00/P1D', at(began), shanghai)?.left).toBe(2);
  });

  it('counts days in its zone, over a change of the clock', () => {
    expect(pointsOf('R2/P1D', '2026-03-28T09:00', { timezone: 'Europe/Berlin' })).toEqual([
      '2026-03-29T09:00+02:00',
      '2026-03-30T09:00+02:00',
    ]);
    expect(pointsOf('R2/PT24H', '2026-03-28T09:00', { timezone: 'Europe/Berlin' })).toEqual([
      '2026-03-29T10:00+02:00',
      '2026-03-30T10:00+02:00',
    ]);
  });

  it('counts in the working time of a calendar', () => {
    const clock = { ...shanghai, calendar: office };
    expect(pointsOf('R3/PT4H', began, clock)).toEqual(['2026-03-02T14:30', '2026-03-03T09:30', '2026-03-03T15:00']);
    expect(pointsOf('R3/2026-03-05T10:00:00+08:00/P1D', '2026-03-06T12:00', clock)).toEqual(['2026-03-07T10:00']);
  });

  it.each(['R3', 'R3/', 'R3/PT0S', 'R0/PT1H', 'R3/-PT1H', 'R3/P1.5D', 'R3/P1X', 'R3/yesterday-ish/PT1H', 'PT1H'])(
    '"%s" is none',
    (text) => {
      expect(isCycle(text)).toBe(false);
      expect(firstOfCycle(text, 0, shanghai)).toBeUndefined();
      expect(nextOfCycle(text, 0, shanghai)).toBeUndefined();
    },
  );

  it('of a length beyond all dates has no points', () => {
    expect(firstOfCycle('R/P999999999Y', 0, shanghai)).toBeUndefined();
    expect(firstOfCycle('R/2026-03-02T09:00/P999999Y', 0, shanghai)).toBeUndefined();
  });
});

it('a slow model that goes from point to point agrees', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...changes),
      fc.constantFrom('P1D', 'P1W', 'PT7H', 'PT24H', 'P1M', 'P3M', 'P1Y', 'P1DT1H'),
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: -1_000, max: 40_000 }),
      ([timezone, startMs], duration, times, hours) => {
        const nowMs = startMs + hours * 3_600_000;
        const start = local(startMs, 'UTC')?.replace('+00:00', ':00Z');
        const clock = { timezone };
        const bounded = firstOfCycle(`R${times}/${start}/${duration}`, nowMs, clock);
        let atMs: number | undefined = startMs;
        let before = 0;
        while (atMs !== undefined && atMs < nowMs && before < times) {
          atMs = nextOfCycle(`R/${start}/${duration}`, atMs, clock);
          before += 1;
        }
        expect(bounded).toEqual(before === times ? undefined : { atMs, left: times - before - 1 });
      },
    ),
    { numRuns: 100 },
  );
}, 60_000);
