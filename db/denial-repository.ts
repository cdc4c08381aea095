import type { JsonObject } from '../engine/json';
import type { Transaction } from './database';
import { storableJson } from './json-text';

/** A request that was refused: nothing happened in the case, so only this stream tells of it. */
export interface Denial {
  dealership: string;
  actor: string;
  route: string;
  code: string;
  details?: JsonObject;
  traceId: string;
}

/** Adds a denial; the stream is append-only. */
export async function insertDenial(trx: Transaction, denial: Denial): Promise<void> {
  await trx.query(
    {
      name: 'denial-insert',
      text: 'insert into denial (dealership_id, actor, route, code, details, trace_id) values ($1, $2, $3, $4, $5, $6)',
    },
    [
      denial.dealership,
      denial.actor,
      denial.route,
      denial.code,
      denial.details === undefined ? null : storableJson(denial.details),
      denial.traceId,
    ],
  );
}
