import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a server that is asked over HTTP behaves. */
export type Manner =
  | 'well'
  | 'silent'
  | 'breaks-off-after-the-effect'
  | 'no-http'
  | 'no-json'
  | 'huge'
  | 'drips'
  | 'elsewhere'
  | { status: number; headers?: Record<string, string> };

interface Heard {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Another system over HTTP. What it is asked with one `Idempotency-Key` it does once. */
export class OtherSystem {
  manner: Manner = 'well';
  readonly heard: Heard[] = [];
  /** What was done, by key. */
  readonly done = new Map<string, unknown>();
  /** Bytes of huge answers that were taken. */
  taken = 0;
  readonly #drips = new Set<NodeJS.Timeout>();

  private constructor(readonly server: Server) {}

  static async start(): Promise<OtherSystem> {
    const server = createServer();
    const system = new OtherSystem(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const heard = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
        system.heard.push(heard);
        system.#answer(heard, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return system;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const drip of this.#drips) clearInterval(drip);
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #answer(heard: Heard, response: ServerResponse): void {
    const { manner } = this;
    if (manner === 'silent') return;
    if (typeof manner === 'object') return void response.writeHead(manner.status, manner.headers ?? {}).end('{"said":"no"}');
    if (manner === 'no-http') return void response.socket?.end('this is no HTTP\r\n\r\n');
    if (manner === 'elsewhere') return void response.writeHead(302, { location: `${this.url}/elsewhere` }).end();
    if (manner === 'no-json') return void response.end('<html>');
    if (manner === 'huge') return this.#flood(response);
    if (manner === 'drips') return this.#drip(response);
    const key = String(heard.headers['idempotency-key']);
    if (!this.done.has(key)) this.done.set(key, { number: this.done.size + 1 });
    if (manner === 'breaks-off-after-the-effect') return void response.socket?.destroy();
    response.setHeader('ETag', '"one"').end(JSON.stringify(this.done.get(key)));
  }

  #flood(response: ServerResponse): void {
    const piece = Buffer.alloc(65_536, '1');
    const push = (): void => {
      while (!response.destroyed) {
        this.taken += piece.length;
        if (!response.write(piece)) return void response.once('drain', push);
      }
    };
    push();
  }

  #drip(response: ServerResponse): void {
    response.write('{"slow":"');
    const drip = setInterval(() => response.write('.'), 20);
    this.#drips.add(drip);
    response.on('close', () => clearInterval(drip));
  }
}
