import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { addDuration } from '../runtime/durations';
import { steadyTime } from './steady-offset';

const ZONES = ['Asia/Shanghai', 'Europe/Berlin', 'America/Sao_Paulo', 'Australia/Lord_Howe', 'UTC', '+05:45'];

describe('[L1.7] days in a zone', () => {
  it('have 24 hours between two changes of the clock, and both changes are found', () => {
    const steady = steadyTime(Date.UTC(2026, 6, 1), 'Europe/Berlin');
    expect(steady).toEqual({ fromMs: Date.UTC(2026, 2, 29, 1), untilMs: Date.UTC(2026, 9, 25, 1) });
    expect(steadyTime(steady.fromMs, 'Europe/Berlin')).toEqual(steady);
    expect(steadyTime(steady.untilMs, 'Europe/Berlin').fromMs).toBe(steady.untilMs);
  });

  it('are counted as Temporal counts them, across changes too', () => {
    const atMs = fc.integer({ min: Date.UTC(1980, 0, 1), max: Date.UTC(2040, 0, 1) });
    const duration = fc
      .record({ days: fc.integer({ min: 0, max: 400 }), hours: fc.integer({ min: 0, max: 99 }), minutes: fc.integer({ min: 0, max: 99 }) })
      .map(({ days, hours, minutes }) => `P${days}DT${hours}H${minutes}M`);
    fc.assert(
      fc.property(atMs, duration, fc.constantFrom(...ZONES), (from, length, zone) => {
        const wanted = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone).add(length);
        expect(addDuration(from, length, zone)).toBe(wanted.epochMilliseconds);
      }),
      { numRuns: 2_000 },
    );
  });
});
