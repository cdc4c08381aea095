import { createServer, type RequestListener } from 'node:http';
import { Problem } from './platform/problem';

/** Longest time for a request's headers, and for the whole of it: a client that drips is cut off. */
const HEADERS_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 30_000;
/** Longest wait for the answers that are under way when the server stops. */
const STOP_WITHIN_MS = 12_000;

/** Serves an application; resolves once it listens. `stop` lets the answers that are under way finish. */
export async function listen(app: RequestListener, address: { host: string; port: number }): Promise<{ stop(): Promise<void> }> {
  const server = createServer({ headersTimeout: HEADERS_WITHIN_MS, requestTimeout: REQUEST_WITHIN_MS }, app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const place = `${address.host}:${address.port}`;
      reject(
        error.code === 'EADDRINUSE' ? new Problem(`something else listens on ${place}`, 'end it, or set PORT to another port', 2) : error,
      );
    });
    server.listen(address.port, address.host, resolve);
  });
  let stopping = false;
  // a client that keeps its connection busy would hold the end up for ever
  server.prependListener('request', (_request, response) => {
    if (stopping) response.setHeader('connection', 'close');
  });
  return {
    stop: () =>
      new Promise((resolve) => {
        stopping = true;
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), STOP_WITHIN_MS).unref();
      }),
  };
}
