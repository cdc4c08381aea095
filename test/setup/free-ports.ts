import { createServer } from 'node:net';

/**
 * The systems that we know give ports from 32768 on to whoever asks for any. A port below stays free for the time in which a test has what listens on
 * it killed and started again.
 */
const FIRST = 20_000;
const LAST = 32_000;

const given = new Set<number>();

/** Ports on 127.0.0.1 that nobody listens on at this moment, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
