import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Attempt } from '../../activities/connector';
import { httpRequest } from '../../activities/connectors/http-request';

describe('http.request', () => {
  it('[L4.5] sends the idempotency key of the step, whatever headers the step names', async () => {
    const seen: IncomingHttpHeaders[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers);
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const attempt = { idempotencyKey: 'ours', signal: AbortSignal.timeout(5_000) } as Attempt;
      for (const name of ['Idempotency-Key', 'idempotency-key', 'X-Order'])
        await httpRequest.run({ url, headers: { [name]: 'theirs' } }, attempt);
      expect(seen.map((headers) => headers['idempotency-key'])).toEqual(['ours', 'ours', 'ours']);
      expect(seen[2]?.['x-order']).toBe('theirs');
    } finally {
      server.close();
    }
  });
});
