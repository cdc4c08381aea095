import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One question to the carrier. */
export interface CarrierCall {
  key: string;
  body: string;
}

/** A carrier behind real HTTP that notes every call and does a thing once per idempotency key, as somebody else's service would. */
export class Carrier {
  readonly calls: CarrierCall[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        this.calls.push({ key: String(request.headers['idempotency-key']), body });
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ price: '1500.00', accepted: true }));
      });
    });
  }

  static async start(): Promise<Carrier> {
    const carrier = new Carrier();
    await new Promise<void>((resolve) => carrier.#server.listen(0, '127.0.0.1', resolve));
    return carrier;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/quotes`;
  }

  /** What it did: one effect a key. */
  get effects(): string[] {
    return [...new Set(this.calls.map(({ key }) => key))];
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
