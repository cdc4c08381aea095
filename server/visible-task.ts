import type { Caller } from '../db/account-repository';
import type { CaseHead, StoredTask } from '../db/case-rows';
import { hasCopy } from '../db/copy-repository';
import type { Transaction } from '../db/database';
import { findTask } from '../db/task-repository';
import { isExcluded, mayDo, seesTask } from './access';
import { principalsOf } from './acting-person';
import { ApiError } from './problem';

/** A task, where the caller may see it: as their own, as somebody's whom they represent, or as a copy. Others and unknown ones are the same. */
export async function visibleTask(
  trx: Transaction,
  caller: Caller,
  taskKey: string,
  nowMs: number,
): Promise<{ task: StoredTask; head: CaseHead }> {
  const found = await findTask(trx, taskKey);
  if (found === undefined) throw new ApiError('not-found');
  const { task } = found;
  if (seesTask(caller, task) || (await hasCopy(trx, taskKey, caller))) return found;
  if (await represents(trx, caller, task, nowMs)) return found;
  throw new ApiError('not-found');
}

/** Whether the caller may do a task for somebody else. */
export async function represents(trx: Transaction, caller: Caller, task: StoredTask, nowMs: number): Promise<boolean> {
  if (isExcluded(caller, task)) return false;
  const principals = await principalsOf(trx, caller, nowMs);
  return principals.some((one) => mayDo(one, task) && (one.processIds == null || one.processIds.includes(task.processId)));
}
