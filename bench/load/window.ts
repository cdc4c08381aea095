/**
 * A stretch of load: `concurrency` cases at once until the time is over or `cases` were begun; then all of them are waited for. On a slow
 * machine it is longer, up to four times, so that each place has had three cases: a first wave alone says little.
 */
export interface WindowOrder {
  concurrency: number;
  seconds: number;
  cases?: number;
  /** Whose CPU time is counted, by name. */
  pids: Record<string, number>;
}

/** What a window gave, from the first start until the last case had ended. */
export interface WindowResult {
  cases: number;
  seconds: number;
  casesPerSecond: number;
  completeMsP50: number | null;
  completeMsP95: number | null;
  startMsP50: number | null;
  taskVisibleMsP50: number | null;
  cpuMsPerCase: Record<string, number>;
  /** The part of all cores that processes outside of the bench used, from 0 to 1. */
  foreignCpuShare: number;
  busyCpuShare: number;
  failures: number;
  firstFailure: string | null;
  /** Order numbers of the last cases, for a look at their histories. */
  sample: string[];
}

/** The value at a share of the sorted list, rounded to a tenth. */
export function percentile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] as number, 1);
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
