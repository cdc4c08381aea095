import type { Json } from '../engine/json';
import type { Database, Transaction } from './database';
import { storableJson } from './json-text';
import { lockEffect } from './register-change';

/** Who has something done once: an attempt of a connector. */
export interface EffectOrigin {
  dealership: string;
  idempotencyKey: string;
  instanceKey: string;
  elementId: string;
  atMs: number;
}

/** Why an effect was not done, with the code of the BPMN error; nothing is left of it. */
export class EffectRefused extends Error {
  override name = 'EffectRefused';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What PostgreSQL says where two transactions wait for each other, or overtake each other. */
const worthRepeating = new Set(['40P01', '40001']);
const ATTEMPTS = 5;

/** Runs `work` in a transaction of the dealership, again where the database has broken it off in favour of another. */
export async function inPatientTransaction<T>(db: Database, dealership: string, work: (trx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.tenant(dealership, work);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === undefined || !worthRepeating.has(code) || attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * Does `work` once for each idempotency key of a dealership, and keeps its answer in the same transaction: a repetition gets that, whenever it comes.
 * Where `work` throws, nothing is kept.
 */
export async function doOnce(trx: Transaction, origin: EffectOrigin, connector: string, work: () => Promise<Json>): Promise<Json> {
  const { dealership, idempotencyKey, instanceKey, elementId, atMs } = origin;
  await lockEffect(trx, dealership, idempotencyKey);
  const [done] = await trx.query<{ result: Json }>(
    'select result from connector_effect where dealership_id = $1 and idempotency_key = $2',
    [dealership, idempotencyKey],
  );
  if (done !== undefined) return done.result;
  const result = await work();
  await trx.query(
    `insert into connector_effect (dealership_id, idempotency_key, connector, result, done_at, instance_key, element_id)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [dealership, idempotencyKey, connector, storableJson(result), new Date(atMs), instanceKey, elementId],
  );
  return result;
}
