import type { ScenarioMessage } from '../language/scenario-host';

/** What became of a message: a case got it, it is kept for later, or nobody awaited it. An id that came before changes nothing. */
type Publication = 'delivered' | 'kept' | 'lost' | 'repeated';

type Delivery = Omit<ScenarioMessage, 'timeToLiveMs'> & { id: string };

/**
 * The simulator's stand-in for the product's messages: one that is published goes to whoever awaits its name and key, once; one that
 * nobody awaits is kept for its time to live, the oldest first.
 */
export class MessageBroker {
  readonly #known = new Set<string>();
  #kept: (Delivery & { expiresAtMs: number })[] = [];
  #next = 1;

  /** @param deliver gives a message to somebody who awaits it; false where nobody does */
  constructor(private readonly deliver: (message: Delivery) => boolean) {}

  publish({ timeToLiveMs, ...message }: ScenarioMessage, nowMs: number): Publication {
    const id = message.id ?? `message-${this.#next++}`;
    if (this.#known.has(id)) return 'repeated';
    if (this.deliver({ ...message, id })) {
      this.#known.add(id);
      return 'delivered';
    }
    if (timeToLiveMs === 0) return 'lost';
    this.#known.add(id);
    this.#kept.push({ ...message, id, expiresAtMs: nowMs + timeToLiveMs });
    return 'kept';
  }

  /** A copy that delivers to others. */
  fork(deliver: (message: Delivery) => boolean): MessageBroker {
    const copy = new MessageBroker(deliver);
    for (const id of this.#known) copy.#known.add(id);
    copy.#kept = [...this.#kept];
    copy.#next = this.#next;
    return copy;
  }

  /** Gives what is kept and still lives to those who await it by now; returns whether something was given. */
  deliverKept(nowMs: number): boolean {
    this.#kept = this.#kept.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
    const index = this.#kept.findIndex(({ expiresAtMs: _, ...message }) => this.deliver(message));
    if (index >= 0) this.#kept.splice(index, 1);
    return index >= 0;
  }
}
