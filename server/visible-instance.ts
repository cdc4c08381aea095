import type { Caller } from '../db/account-repository';
import type { StoredInstance } from '../db/case-rows';
import type { Transaction } from '../db/database';
import { findInstance, takesPart } from '../db/instance-repository';
import { seesAllInstances } from './access';
import { participantOf } from './acting-person';
import { ApiError } from './problem';

/** The instance, where the caller may see it; another dealership's and an unknown one are the same. */
export async function visibleInstance(trx: Transaction, caller: Caller, key: string, nowMs: number): Promise<StoredInstance> {
  const instance = await findVisibleInstance(trx, caller, key, nowMs);
  if (instance === undefined) throw new ApiError('not-found');
  return instance;
}

/** Whether the caller sees the instance, or the case that began it: a detached case has the key of the one that began it, and a number behind it. */
export async function seesInstanceOrOrigin(trx: Transaction, caller: Caller, key: string, nowMs: number): Promise<boolean> {
  for (let at = key, before = ''; at !== before; before = at, at = at.replace(/-\d+$/u, '')) {
    if ((await findVisibleInstance(trx, caller, at, nowMs)) !== undefined) return true;
  }
  return false;
}

async function findVisibleInstance(trx: Transaction, caller: Caller, key: string, nowMs: number): Promise<StoredInstance | undefined> {
  const found = await findInstance(trx, key);
  if (found === undefined) return undefined;
  const { instance } = found;
  const sees = seesAllInstances(caller) || (await takesPart(trx, instance.rootKey, await participantOf(trx, caller, nowMs)));
  return sees ? instance : undefined;
}
