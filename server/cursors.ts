import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Database } from '../db/database';
import { ApiError } from './problem';

type Values = (string | number)[];

/** Makes and reads the cursors of pages: opaque, signed, and valid for the query alone that they came from. */
export interface Cursors {
  write(query: unknown, values: Values): Promise<string>;
  /** Throws `cursor-invalid` where it is another query's, or forged. */
  read(query: unknown, cursor: string): Promise<Values>;
}

const MAC_BYTES = 16;

/** Cursors signed by the installation's secret, so that every API process takes those of the others. */
export function createCursors(db: Database): Cursors {
  let secret: Promise<Buffer> | undefined;

  async function macOf(query: unknown, payload: Buffer): Promise<Buffer> {
    secret ??= readSecret(db);
    try {
      const bound = createHash('sha256')
        .update(canonicalize(query) ?? '')
        .digest();
      return createHmac('sha256', await secret)
        .update(bound)
        .update(payload)
        .digest()
        .subarray(0, MAC_BYTES);
    } catch (error) {
      secret = undefined;
      throw error;
    }
  }

  return {
    async write(query, values) {
      const payload = Buffer.from(JSON.stringify(values));
      return Buffer.concat([await macOf(query, payload), payload]).toString('base64url');
    },
    async read(query, cursor) {
      const bytes = Buffer.from(cursor, 'base64url');
      const payload = bytes.subarray(MAC_BYTES);
      const mac = await macOf(query, payload);
      if (bytes.length <= MAC_BYTES || !timingSafeEqual(bytes.subarray(0, MAC_BYTES), mac)) throw new ApiError('cursor-invalid');
      return JSON.parse(payload.toString()) as Values;
    },
  };
}

async function readSecret(db: Database): Promise<Buffer> {
  return db.system(async (trx) => {
    await trx.query(`insert into installation (name, value) values ('cursor-secret', $1) on conflict do nothing`, [
      randomBytes(32).toString('hex'),
    ]);
    const [row] = await trx.query<{ value: string }>(`select value from installation where name = 'cursor-secret'`);
    return Buffer.from(row?.value ?? '', 'hex');
  });
}
