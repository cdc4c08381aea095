import { doOnce, type EffectOrigin, EffectRefused, inPatientTransaction } from '../db/connector-effect';
import type { Transaction } from '../db/database';
import { RegisterConflict } from '../db/register-row';
import type { Json } from '../engine/json';
import { type Attempt, bpmnError } from './connector';

/** Does something in the product's own database, in one transaction; what it refuses is a BPMN error of that code. */
export async function inDatabase<T>(attempt: Attempt, work: (trx: Transaction, origin: EffectOrigin) => Promise<T>): Promise<T> {
  const { dealership, idempotencyKey, instanceKey, elementId, db } = attempt;
  const origin = { dealership, idempotencyKey, instanceKey, elementId, atMs: Date.now() };
  try {
    return await inPatientTransaction(db, dealership, (trx) => work(trx, origin));
  } catch (error) {
    if (error instanceof RegisterConflict || error instanceof EffectRefused) throw bpmnError(error.code, error.message);
    throw error;
  }
}

/** As `inDatabase`, but once: the answer is kept with what was done, and given again to a repetition. */
export async function onceInDatabase(
  attempt: Attempt,
  connector: string,
  work: (trx: Transaction, origin: EffectOrigin) => Promise<Json>,
): Promise<Json> {
  return inDatabase(attempt, (trx, origin) => doOnce(trx, origin, connector, () => work(trx, origin)));
}
