import type { Progress } from '../server/platform/problem';

/** What was started and must be ended: the last first, each once, whatever the one before said. */
export class Stops {
  readonly #parts: { name: string; stop: () => Promise<unknown> | unknown }[] = [];

  constructor(readonly progress: Progress) {}

  add(name: string, stop: () => Promise<unknown> | unknown): void {
    this.#parts.push({ name, stop });
  }

  async run(): Promise<void> {
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) {
      const { name, stop } = part;
      await Promise.resolve()
        .then(stop)
        .catch((error: Error) => this.progress(`${name} did not stop in order: ${error.message}`));
    }
  }
}
