/** What will happen at a time, the earliest first; of what happens at the same time, what was noted first. A binary heap. */
export class Agenda<T> {
  readonly #heap: { atMs: number; order: number; what: T }[] = [];
  #noted = 0;

  get size(): number {
    return this.#heap.length;
  }

  add(atMs: number, what: T): void {
    const heap = this.#heap;
    this.#noted += 1;
    heap.push({ atMs, order: this.#noted, what });
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Takes the earliest out. */
  next(): { atMs: number; what: T } | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      const children = [2 * at + 1, 2 * at + 2].filter((child) => child < heap.length);
      const [earlier] = children.sort((a, b) => (this.#isBefore(a, b) ? -1 : 1));
      if (earlier === undefined || !this.#isBefore(earlier, at)) return first;
      this.#swap(at, earlier);
      at = earlier;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) throw new Error('invariant: both stand in the heap');
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) throw new Error('invariant: both stand in the heap');
    this.#heap[a] = other;
    this.#heap[b] = one;
  }
}
