import { uploadSignature } from '../../engine/connectors/outside';
import type { Json, JsonObject } from '../../engine/json';
import type { Attempt, Connector } from '../connector';
import { documentOf } from '../outside/documents';
import { exchange } from '../outside/http-exchange';
import { withSecrets } from '../outside/secrets';

/** `file.upload`: puts a stored document, or a body, at an address by HTTP PUT, which is the same however often it is done. */
export const fileUpload: Connector = {
  name: 'file.upload',
  ...uploadSignature,
  run: (given, attempt) =>
    withSecrets(given, attempt, async (input) => {
      const { content, mediaType } = await contentOf(input, attempt);
      const headers = Object.entries((input.headers ?? {}) as Record<string, string>);
      const answer = await exchange(
        {
          url: String(input.url),
          method: 'PUT',
          headers: { 'content-type': mediaType, ...Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])) },
          body: content,
        },
        attempt,
      );
      const { etag } = answer.headers;
      return { status: answer.status, etag: typeof etag === 'string' ? etag : null, receipt: receiptOf(answer.text) };
    }),
};

async function contentOf(
  { document, body = null, mediaType }: JsonObject,
  attempt: Attempt,
): Promise<{ content: Buffer; mediaType: string }> {
  if (typeof document === 'string') {
    const stored = await documentOf(attempt, document);
    return { content: stored.content, mediaType: String(mediaType ?? stored.mediaType) };
  }
  if (typeof body === 'string') return { content: Buffer.from(body), mediaType: String(mediaType ?? 'text/plain; charset=utf-8') };
  return { content: Buffer.from(JSON.stringify(body)), mediaType: String(mediaType ?? 'application/json') };
}

/** What the other system says of it: JSON as such, anything else as text, nothing as null. */
function receiptOf(text: string): Json {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text.replaceAll('\0', '');
  }
}
