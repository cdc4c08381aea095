import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { defaultPayloadConverter, METADATA_ENCODING_KEY, type Payload, type PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';

const pack = promisify(deflate);
const unpack = promisify(inflate);

/** Payloads below this many bytes stay as they are, so that people can read them in Temporal's own UI. */
const COMPRESS_FROM_BYTES = 8_192;
/** What Temporal's Go SDK calls a payload that is deflated as a whole; its tools can read ours. */
const ENCODING = 'binary/zlib';
const { Payload: PayloadMessage } = temporal.api.common.v1;

/**
 * Compresses large payloads, outside of the workflow sandbox: a case carries its models in its start argument, and about a fifth of them
 * remains.
 */
const compression: PayloadCodec = {
  encode: (payloads) => Promise.all(payloads.map(compress)),
  decode: (payloads) => Promise.all(payloads.map(decompress)),
};

async function compress(payload: Payload): Promise<Payload> {
  if ((payload.data?.length ?? 0) < COMPRESS_FROM_BYTES) return payload;
  const data = await pack(PayloadMessage.encode(payload).finish());
  return { metadata: { [METADATA_ENCODING_KEY]: Buffer.from(ENCODING) }, data };
}

async function decompress(payload: Payload): Promise<Payload> {
  const encoding = payload.metadata?.[METADATA_ENCODING_KEY];
  if (encoding == null || Buffer.from(encoding).toString('utf8') !== ENCODING) return payload;
  return PayloadMessage.decode(await unpack(payload.data ?? new Uint8Array()));
}

/** The converter that clients, workers and replays share. */
export const dataConverter = { payloadCodecs: [compression] };

/** The value of a payload as it stands in a history. */
export async function valueOfPayload<T>(payload: Payload): Promise<T> {
  return defaultPayloadConverter.fromPayload<T>(await decompress(payload));
}
