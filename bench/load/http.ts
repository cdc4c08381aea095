import { Agent, request } from 'node:http';
import type { JsonObject } from '../../engine/json';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Sends JSON over a kept connection and reads the JSON answer; a status from 400 on is an error. */
export function ask<Answer = JsonObject>(
  method: string,
  url: string,
  body?: JsonObject,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const own = content === undefined ? {} : { 'content-type': 'application/json', 'content-length': content.length };
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method, agent, timeout: 60_000, headers: { accept: 'application/json', ...own, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const status = response.statusCode ?? 0;
          if (status >= 400) return reject(new Error(`${method} ${url} answered ${status}: ${text.slice(0, 300)}`));
          resolve((text === '' ? undefined : JSON.parse(text)) as Answer);
        });
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${url} did not answer within 60 s`)));
    sent.on('error', reject);
    sent.end(content);
  });
}
