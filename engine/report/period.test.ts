import { comparedPeriod, periodOf } from './period';

describe('a period', () => {
  it.each([
    ['2026-03-05', 'day', '2026-03-05', '2026-03-05', '2026-03-05'],
    ['2026-03-01', 'week', '2026-W09', '2026-02-23', '2026-03-01'],
    ['2027-01-02', 'week', '2026-W53', '2026-12-28', '2027-01-03'],
    ['2024-12-30', 'week', '2025-W01', '2024-12-30', '2025-01-05'],
    ['2024-02-29', 'month', '2024-02', '2024-02-01', '2024-02-29'],
    ['2026-12-31', 'quarter', '2026-Q4', '2026-10-01', '2026-12-31'],
    ['2026-05-01', 'quarter', '2026-Q2', '2026-04-01', '2026-06-30'],
    ['2026-05-01', 'year', '2026', '2026-01-01', '2026-12-31'],
  ] as const)('[L22.2] of %s by %s is %s', (date, every, key, from, to) => {
    expect(periodOf(date, every)).toMatchObject({ key, every, from, to });
  });

  it.each([
    ['2026-03-01', 'day', '2026-02-28', '2025-03-01'],
    ['2024-02-29', 'day', '2024-02-28', '2023-02-28'],
    ['2026-03-04', 'week', '2026-W09', '2025-W10'],
    ['2026-12-31', 'week', '2026-W52', '2026-W01'],
    ['2026-03-31', 'month', '2026-02', '2025-03'],
    ['2026-01-15', 'month', '2025-12', '2025-01'],
    ['2026-01-15', 'quarter', '2025-Q4', '2025-Q1'],
    ['2026-01-15', 'year', '2025', '2025'],
  ] as const)('[L22.5] of %s by %s comes after %s, and is compared with %s', (date, every, previous, year) => {
    const period = periodOf(date, every);
    expect(comparedPeriod(period, 'previousPeriod').key).toBe(previous);
    expect(comparedPeriod(period, 'previousYear').key).toBe(year);
  });

  it('[L22.2] has a name in both languages', () => {
    expect(periodOf('2026-03-05', 'week').label).toEqual({ zh: '2026年第10周', en: 'Week 10 of 2026' });
    expect(periodOf('2026-03-05', 'quarter').label).toEqual({ zh: '2026年第1季度', en: 'Quarter 1 of 2026' });
  });
});
