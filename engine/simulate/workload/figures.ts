/** Times of something that happened again and again, in milliseconds. */
export interface Times {
  count: number;
  meanMs: number;
  /** Half of them are not longer, and nine of ten. */
  medianMs: number;
  p90Ms: number;
  longestMs: number;
}

export function timesOf(all: readonly number[]): Times {
  if (all.length === 0) return { count: 0, meanMs: 0, medianMs: 0, p90Ms: 0, longestMs: 0 };
  const sorted = [...all].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] as number;
  const sum = sorted.reduce((total, one) => total + one, 0);
  return { count: sorted.length, meanMs: Math.round(sum / sorted.length), medianMs: at(0.5), p90Ms: at(0.9), longestMs: at(1) };
}

/** How many wait, over time. */
export class Queue {
  #length = 0;
  #longest = 0;
  #area = 0;
  #sinceMs: number;

  constructor(private readonly fromMs: number) {
    this.#sinceMs = fromMs;
  }

  change(by: 1 | -1, atMs: number): void {
    this.#area += this.#length * (atMs - this.#sinceMs);
    this.#sinceMs = atMs;
    this.#length += by;
    this.#longest = Math.max(this.#longest, this.#length);
  }

  figures(untilMs: number): { mean: number; longest: number } {
    const area = this.#area + this.#length * (untilMs - this.#sinceMs);
    return { mean: untilMs > this.fromMs ? area / (untilMs - this.fromMs) : 0, longest: this.#longest };
  }
}
