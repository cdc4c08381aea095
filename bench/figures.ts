import type { HistoryFigures } from './histories';
import { round, type WindowResult } from './load/window';

/** A player at one number of cases at once: medians over the rounds. */
export interface Figures {
  casesPerSecond: number;
  /** One for each round, in order. */
  rounds: number[];
  cases: number;
  completeMsP50: number | null;
  completeMsP95: number | null;
  startMsP50: number | null;
  taskVisibleMsP50: number | null;
  cpuMsPerCase: Record<string, number>;
  foreignCpuShare: { median: number; max: number };
  busyCpuShare: number;
  failures: number;
  firstFailure: string | null;
  history?: HistoryFigures;
}

export function figuresOf(windows: readonly WindowResult[], history: HistoryFigures | null = null): Figures {
  const names = Object.keys(windows[0]?.cpuMsPerCase ?? {});
  const latency = (of: (window: WindowResult) => number | null) => {
    const known = windows.map(of).filter((value) => value !== null);
    return known.length === 0 ? null : median(known);
  };
  const foreign = windows.map(({ foreignCpuShare }) => foreignCpuShare);
  return {
    casesPerSecond: median(windows.map(({ casesPerSecond }) => casesPerSecond)),
    rounds: windows.map(({ casesPerSecond }) => casesPerSecond),
    cases: windows.reduce((sum, { cases }) => sum + cases, 0),
    completeMsP50: latency(({ completeMsP50 }) => completeMsP50),
    completeMsP95: latency(({ completeMsP95 }) => completeMsP95),
    startMsP50: latency(({ startMsP50 }) => startMsP50),
    taskVisibleMsP50: latency(({ taskVisibleMsP50 }) => taskVisibleMsP50),
    cpuMsPerCase: Object.fromEntries(names.map((name) => [name, median(windows.map(({ cpuMsPerCase }) => cpuMsPerCase[name] ?? 0))])),
    foreignCpuShare: { median: median(foreign), max: Math.max(...foreign) },
    busyCpuShare: median(windows.map(({ busyCpuShare }) => busyCpuShare)),
    failures: windows.reduce((sum, { failures }) => sum + failures, 0),
    firstFailure: windows.map(({ firstFailure }) => firstFailure).find((failure) => failure !== null) ?? null,
    ...(history === null ? {} : { history }),
  };
}

/** How many times as fast the first is: the median over the rounds, since only windows side by side can be compared. */
export function ratioOf(first: Figures, second: Figures): number | null {
  const ratios = first.rounds.map((value, index) => value / (second.rounds[index] ?? 0)).filter(Number.isFinite);
  return ratios.length === 0 ? null : round(median(ratios), 2);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const pair = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]] as [number, number];
  return round((pair[0] + pair[1]) / 2, 3);
}
