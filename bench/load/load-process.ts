import { setTimeout as sleep } from 'node:timers/promises';
import { cpuBetween, sampleCpu } from '../cpu-time';
import { type ContenderAddress, openContender } from './contenders';
import { type Contender, type Latencies, orderOf, playCase } from './order-case';
import { percentile, round, type WindowOrder, type WindowResult } from './window';

/** What the parent sends: one window at a time. */
export interface LoadRequest {
  contender: ContenderAddress;
  window: WindowOrder;
}

export type LoadReply = { result: WindowResult } | { failure: string };

/** Cases for each place of a window at least, and how many times its length it may wait for them. */
const WAVES = 3;
const PATIENCE = 4;
const DRAIN_WITHIN_MS = 60_000;
const DRAIN_PAUSE_MS = 15;
/** After so many failed cases a window ends early: its figures mean nothing. */
const FAILURES_MAX = 20;

const run = Date.now().toString(36);
let orders = 0;
const contenders = new Map<string, Promise<Contender>>();

async function playWindow(contender: Contender, { concurrency, seconds, cases = Infinity, pids }: WindowOrder): Promise<WindowResult> {
  const latencies: Latencies = { start: [], visible: [], complete: [] };
  const keys: string[] = [];
  const sample: string[] = [];
  const failures: string[] = [];
  let begun = 0;
  const isOver = (passed: number) => passed >= seconds && (begun >= WAVES * concurrency || passed >= PATIENCE * seconds);
  const before = sampleCpu(pids);
  const beganAt = performance.now();
  const one = async (): Promise<void> => {
    while (begun < cases && failures.length < FAILURES_MAX && !isOver((performance.now() - beganAt) / 1000)) {
      begun += 1;
      orders += 1;
      const order = orderOf(`${run}-${orders}`, orders);
      try {
        keys.push(await playCase(contender, order, latencies));
        sample.push(String(order['orderNo']));
      } catch (error) {
        failures.push((error as Error).message);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, one));
  await drain(contender, keys, failures);
  const wall = (performance.now() - beganAt) / 1000;
  const cpu = cpuBetween(before, sampleCpu(pids), wall);
  return {
    cases: keys.length,
    seconds: round(wall, 2),
    casesPerSecond: round(keys.length / wall, 2),
    completeMsP50: percentile(latencies.complete, 0.5),
    completeMsP95: percentile(latencies.complete, 0.95),
    startMsP50: percentile(latencies.start, 0.5),
    taskVisibleMsP50: percentile(latencies.visible, 0.5),
    cpuMsPerCase: Object.fromEntries(
      Object.entries(cpu.seconds).map(([name, used]) => [name, round((1000 * used) / Math.max(1, keys.length), 1)]),
    ),
    foreignCpuShare: round(cpu.foreignShare, 3),
    busyCpuShare: round(cpu.busyShare, 3),
    failures: failures.length,
    firstFailure: failures[0] ?? null,
    sample: sample.slice(-5),
  };
}

async function drain(contender: Contender, keys: string[], failures: string[]): Promise<void> {
  const until = performance.now() + DRAIN_WITHIN_MS;
  for (;;) {
    const running = await contender.countRunning(keys);
    if (running === 0) return;
    if (performance.now() > until) {
      failures.push(`${running} cases have not ended 60 s after their last task`);
      return;
    }
    await sleep(DRAIN_PAUSE_MS);
  }
}

async function answer({ contender, window }: LoadRequest): Promise<LoadReply> {
  try {
    const name = JSON.stringify(contender);
    const opened = contenders.get(name) ?? openContender(contender);
    contenders.set(name, opened);
    return { result: await playWindow(await opened, { ...window, pids: { ...window.pids, client: process.pid } }) };
  } catch (error) {
    return { failure: (error as Error).stack ?? String(error) };
  }
}

process.on('message', (request: LoadRequest) => void answer(request).then((reply) => process.send?.(reply)));
process.once('disconnect', () => process.exit(0));
// Ctrl-C reaches every process of the terminal; the parent ends this one in its turn
process.on('SIGINT', () => undefined);
