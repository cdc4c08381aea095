import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../engine/json';
import { Problem } from '../../server/platform/problem';

/** Where the carriers and the manufacturer of the shipped dealerships answer; named in definitions/dealerships. */
export const OUTSIDE_PORT = 3999;
const MAX_BYTES = 1_000_000;

/** What a carrier says to an order: a price, a no, or at first nothing but that it is busy. */
export interface Quote {
  price?: string;
  accepted: boolean;
  /** How often it is busy before it answers. */
  busy?: number;
}

/** The others of the story, who are somebody else's services: carriers with quotes, and the manufacturer who takes the plan. */
export class OutsideWorld {
  /** What was asked and answered, in order. */
  readonly requests: { path: string; order: string; status: number; body: JsonObject }[] = [];
  readonly #asked = new Map<string, number>();
  #uploadsToFail = 0;

  private constructor(
    private readonly server: Server,
    private readonly quoteFor: (order: string) => Quote,
  ) {}

  static async open(quoteFor: (order: string) => Quote, port: number): Promise<OutsideWorld> {
    const server = createServer();
    const world = new OutsideWorld(server, quoteFor);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= MAX_BYTES) chunks.push(chunk);
      });
      request.on('end', () => {
        const { status, body } = world.#answer(request.url ?? '/', Buffer.concat(chunks).toString('utf8'));
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', () =>
        reject(new Problem(`something listens on port ${port} already`, 'end it: the carriers of the story answer there')),
      );
      server.listen(port, '127.0.0.1', resolve);
    });
    return world;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The next uploads of a plan meet a busy manufacturer. */
  failUploads(times: number): void {
    this.#uploadsToFail = times;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #answer(path: string, text: string): { status: number; body: JsonObject } {
    const asked = parse(text);
    const order = String(asked['order'] ?? asked['day'] ?? '');
    const answer = path.startsWith('/plans') ? this.#takePlan(path, asked) : this.#quote(path, order);
    this.requests.push({ path, order, ...answer });
    return answer;
  }

  #takePlan(path: string, plan: JsonObject): { status: number; body: JsonObject } {
    if (this.#uploadsToFail > 0) {
      this.#uploadsToFail -= 1;
      return { status: 503, body: { error: 'busy' } };
    }
    const number = `R-${path.split('/').at(-1)}-${this.requests.length + 1}`;
    return {
      status: 200,
      body: { receipt: number, number, accepted: true, lines: Array.isArray(plan['lines']) ? plan['lines'].length : 0 },
    };
  }

  #quote(path: string, order: string): { status: number; body: JsonObject } {
    const quote = this.quoteFor(order);
    const key = `${path} ${order}`;
    const times = (this.#asked.get(key) ?? 0) + 1;
    this.#asked.set(key, times);
    if (times <= (quote.busy ?? 0)) return { status: 503, body: { error: 'busy' } };
    return { status: 200, body: { accepted: quote.accepted, ...(quote.price === undefined ? {} : { price: quote.price }) } };
  }
}

function parse(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}
