import { requestSignature } from '../../engine/connectors/outside';
import type { Connector } from '../connector';
import { exchange, jsonOf } from '../outside/http-exchange';
import { withSecrets } from '../outside/secrets';

/** `http.request`: asks another system over HTTP, with JSON in and out. The idempotency key goes with every attempt as `Idempotency-Key`. */
export const httpRequest: Connector = {
  name: 'http.request',
  ...requestSignature,
  run: (given, attempt) =>
    withSecrets(given, attempt, async ({ url, method, headers = {}, body }) => {
      const content = body === undefined ? undefined : JSON.stringify(body);
      const answer = await exchange(
        {
          url: String(url),
          method: String(method ?? (content === undefined ? 'GET' : 'POST')),
          headers: {
            accept: 'application/json',
            ...(content === undefined ? {} : { 'content-type': 'application/json' }),
            ...lowerCased(headers as Record<string, string>),
          },
          ...(content === undefined ? {} : { body: content }),
        },
        attempt,
      );
      return { status: answer.status, body: jsonOf(answer.text, String(url)) };
    }),
};

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
