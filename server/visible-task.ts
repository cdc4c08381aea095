import type { Caller } from '../db/account-repository';
import type { CaseHead, StoredTask } from '../db/case-rows';
import { hasCopy } from '../db/copy-repository';
import type { Transaction } from '../db/database';
import { findTask, type TaskPerson, type WorkItem } from '../db/task-repository';
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
  return principalFor(task, caller, await principalsOf(trx, caller, nowMs)) !== undefined;
}

function principalFor(task: StoredTask, caller: Caller, principals: TaskPerson[]): TaskPerson | undefined {
  if (isExcluded(caller, task)) return undefined;
  return principals.find((one) => mayDo(one, task) && (one.processIds == null || one.processIds.includes(task.processId)));
}

/** Tasks with for whom the caller may do those that are not the caller's own. */
export function withPrincipals(tasks: StoredTask[], caller: Caller, principals: TaskPerson[]): WorkItem[] {
  return tasks.map((task) => {
    const principal = mayDo(caller, task) ? undefined : principalFor(task, caller, principals);
    return principal === undefined ? task : { ...task, onBehalfOf: principal.user };
  });
}
