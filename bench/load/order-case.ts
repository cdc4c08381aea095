import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../engine/json';

/** A system that plays order cases: each contender is reached in its own way, the case is the same. */
export interface Contender {
  /** Starts a case and answers its key. */
  start(order: JsonObject): Promise<string>;
  /** The open tasks of a case. */
  findTasks(caseKey: string): Promise<OpenTask[]>;
  complete(task: OpenTask, data: JsonObject): Promise<void>;
  /** How many of these cases have not ended. */
  countRunning(caseKeys: string[]): Promise<number>;
  close(): Promise<void>;
}

export interface OpenTask {
  key: string;
  elementId: 'review' | 'shipTime' | 'payment';
}

/** Milliseconds of every call of a window. */
export interface Latencies {
  start: number[];
  visible: number[];
  complete: number[];
}

const DATA: Record<OpenTask['elementId'], JsonObject> = {
  review: { approved: true, reviewer: 'clerk1', remark: '资料齐全' },
  shipTime: { shipTime: '2026-05-01T08:00' },
  payment: { paymentConfirmed: true },
};
const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 40;
const VISIBLE_WITHIN_MS = 30_000;

/** Plays one case: start, review, then ship time and payment, which are open at the same time. Answers its key. */
export async function playCase(contender: Contender, order: JsonObject, latencies: Latencies): Promise<string> {
  const key = await timed(latencies.start, () => contender.start(order));
  for (const wanted of [1, 2]) {
    const tasks = await timed(latencies.visible, () => awaitTasks(contender, key, wanted));
    for (const task of tasks) await timed(latencies.complete, () => contender.complete(task, DATA[task.elementId]));
  }
  return key;
}

/** The eight variables of a case. */
export function orderOf(number: string, index: number): JsonObject {
  return {
    orderNo: `SO-${number}`,
    dealer: `D${index % 7}`,
    customer: `客户${index}`,
    model: 'X5 2.0T',
    vin: `LSV${String(index).padStart(14, '0')}`,
    price: 250_000 + (index % 1000),
    deposit: 10_000,
    salesman: `sales${index % 20}`,
  };
}

async function awaitTasks(contender: Contender, key: string, wanted: number): Promise<OpenTask[]> {
  const until = performance.now() + VISIBLE_WITHIN_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const tasks = await contender.findTasks(key);
    if (tasks.length >= wanted) return tasks;
    if (performance.now() > until) throw new Error(`case ${key} shows ${tasks.length} of ${wanted} tasks after 30 s`);
    await sleep(pauseMs);
  }
}

async function timed<T>(into: number[], work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  const result = await work();
  into.push(performance.now() - begun);
  return result;
}
