import type { Caller } from '../db/account-repository';
import type { StoredTask } from '../db/case-rows';
import { ApiError } from './problem';

const managers = ['admin', 'sales-manager', 'general-manager'];
const overseers = [...managers, 'auditor'];

function has(caller: Caller, roles: string[]): boolean {
  return caller.roles.some((role) => roles.includes(role));
}

/** Sees every instance and history of the dealership; others see the cases in which they take part. */
export function seesAllInstances(caller: Caller): boolean {
  return has(caller, [...overseers, 'clerk']);
}

/** Sees every task of the dealership; others see those that they may do or have done. */
export function seesAllTasks(caller: Caller): boolean {
  return has(caller, overseers);
}

/** Whether a task may be shown: to its candidates, its assignee, whoever completed it, and those who see all. */
export function seesTask(caller: Caller, task: StoredTask): boolean {
  return seesAllTasks(caller) || isCandidate(caller, task) || task.assignee === caller.user || task.completedBy === caller.user;
}

function isCandidate(caller: Caller, task: StoredTask): boolean {
  return task.candidateUsers.includes(caller.user) || has(caller, task.candidateGroups);
}

/** Whether the caller may do an open task that nobody else has: what a list of work shows. */
export function mayDo(caller: Caller, task: Omit<StoredTask, 'rootKey' | 'title'>): boolean {
  if (task.state !== 'CREATED' || task.excludedUsers.includes(caller.user)) return false;
  if (task.assignee !== null) return task.assignee === caller.user;
  return task.candidateUsers.includes(caller.user) || has(caller, task.candidateGroups);
}

/** Refuses whoever is neither candidate nor assignee, and whom four eyes exclude. The engine asks the same again, of the case's own state. */
export function assertMayWorkOn(caller: Caller, task: StoredTask): void {
  if (task.excludedUsers.includes(caller.user)) throw new ApiError('excluded-by-four-eyes');
  if (task.assignee !== caller.user && !isCandidate(caller, task)) throw new ApiError('not-a-candidate');
}

/** Refuses to start where the process names roles and the caller has none of them. */
export function assertMayStart(caller: Caller, roles: string[]): void {
  if (!has(caller, roles)) throw new ApiError('not-a-starter', { params: { roles: roles.join(', ') }, details: { roles } });
}

export function assertMayCancel(caller: Caller, startedBy: string): void {
  if (startedBy !== caller.user && !has(caller, managers)) throw new ApiError('forbidden');
}

export function assertMayResolve(caller: Caller): void {
  if (!has(caller, ['admin', 'sales-manager'])) throw new ApiError('forbidden');
}

export function assertMayPublish(caller: Caller): void {
  if (!has(caller, ['clerk', 'finance', 'admin'])) throw new ApiError('forbidden');
}
