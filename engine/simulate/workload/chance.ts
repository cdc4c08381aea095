import type { Length } from './workload';

/** A sequence of numbers that looks like chance and is the same for the same seed (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number of 0 or more and less than 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A length of time in whole milliseconds. */
  lengthOf(length: Length): number {
    switch (length.kind) {
      case 'fixed':
        return length.ms;
      case 'between':
        return Math.round(length.leastMs + this.next() * (length.mostMs - length.leastMs));
      case 'exponential':
        return Math.round(-Math.log(1 - this.next()) * length.ms);
    }
  }

  /** One of several, by weights of 0 or more; undefined where all are 0. */
  choose<T>(weighted: readonly (readonly [T, number])[]): T | undefined {
    const sum = weighted.reduce((total, [, weight]) => total + weight, 0);
    let left = this.next() * sum;
    for (const [item, weight] of weighted) {
      if (left < weight) return item;
      left -= weight;
    }
    return weighted.findLast(([, weight]) => weight > 0)?.[0];
  }
}
