import type { Caller } from '../db/account-repository';
import type { StoredInstance } from '../db/case-rows';
import type { Transaction } from '../db/database';
import { findInstance, takesPart } from '../db/instance-repository';
import { seesAllInstances } from './access';
import { participantOf } from './acting-person';
import { ApiError } from './problem';

/** The instance, where the caller may see it; another dealership's and an unknown one are the same. */
export async function visibleInstance(trx: Transaction, caller: Caller, key: string, nowMs: number): Promise<StoredInstance> {
  const found = await findInstance(trx, key);
  if (found === undefined) throw new ApiError('not-found');
  const { instance } = found;
  if (!seesAllInstances(caller) && !(await takesPart(trx, instance.rootKey, await participantOf(trx, caller, nowMs))))
    throw new ApiError('not-found');
  return instance;
}
