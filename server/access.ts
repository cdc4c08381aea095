import type { Caller } from '../db/account-repository';
import type { StoredTask } from '../db/case-rows';
import { type Publishers, rolesThatHandIn, rolesThatPublish } from '../engine/compile/publishers';
import type { ActingPerson } from './acting-person';
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

/** Whether a task may be shown: to its candidates, its assignee, its owner, whoever completed it, and those who see all. */
export function seesTask(caller: Caller, task: StoredTask): boolean {
  const own = [task.assignee, task.completedBy, task.completedFor, task.delegatedBy].includes(caller.user);
  return own || seesAllTasks(caller) || isCandidate(caller, task);
}

type Rights = Pick<Caller, 'user' | 'roles'>;

function isCandidate(person: Rights, task: Omit<StoredTask, 'rootKey' | 'title'>): boolean {
  if (task.onlyUsers != null && !task.onlyUsers.includes(person.user)) return false;
  return task.candidateUsers.includes(person.user) || person.roles.some((role) => task.candidateGroups.includes(role));
}

/** Whether four eyes keep a person from a task. */
export function isExcluded(person: Pick<Rights, 'user'>, task: Omit<StoredTask, 'rootKey' | 'title'>): boolean {
  return task.excludedUsers.includes(person.user);
}

/** Whether a person may do an open task that nobody else has: what a list of work shows. */
export function mayDo(person: Rights, task: Omit<StoredTask, 'rootKey' | 'title'>): boolean {
  if (task.state !== 'CREATED' || isExcluded(person, task)) return false;
  return task.assignee === null ? isCandidate(person, task) : task.assignee === person.user;
}

/**
 * Refuses whoever is neither candidate nor assignee, and whom four eyes exclude; where one acts for another, both are looked at. The engine
 * asks the same again, of the case's own state.
 */
export function assertMayWorkOn(person: ActingPerson, task: StoredTask): void {
  const people = person.for === undefined ? [person] : [person, person.for];
  if (people.some((one) => isExcluded(one, task))) throw new ApiError('excluded-by-four-eyes');
  if (people.some((one) => task.assignee === one.user || task.delegatedBy === one.user || isCandidate(one, task))) return;
  throw new ApiError(task.onlyUsers == null ? 'not-a-candidate' : 'not-the-same-person');
}

/** The same of whoever gives a task to somebody, or back to its candidates: administrators may, whosever it is. */
export function assertMayGive(person: ActingPerson, task: StoredTask): void {
  if (person.administers !== true) assertMayWorkOn(person, task);
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

/** Refuses to publish a message or send a signal that is left to roles of which the caller has none. */
export function assertMayPublish(caller: Caller, publishers: Publishers | undefined, kind: keyof Publishers, name: string): void {
  const roles = [...rolesThatPublish(publishers, kind, name)];
  if (!has(caller, roles)) throw new ApiError('not-a-publisher', { params: { name, roles: roles.join(', ') }, details: { name, roles } });
}

/** Variables for starts by a condition have no name by which they could be left to a role. */
export function assertMayHandIn(caller: Caller): void {
  if (!has(caller, [...rolesThatHandIn])) throw new ApiError('forbidden');
}

export function assertMaySuspend(caller: Caller): void {
  if (!has(caller, managers)) throw new ApiError('forbidden');
}

/** Variables are set by administrators alone: no form and no step checks what they enter. */
export function assertMaySetVariables(caller: Caller): void {
  if (!has(caller, ['admin'])) throw new ApiError('forbidden');
}

/** Adds to, withdraws from and ends what is at work in a case, and starts steps of an ad-hoc sub-process: who began the case, clerks and managers. */
export function assertMaySteer(caller: Caller, startedBy: string): void {
  if (startedBy !== caller.user && !has(caller, [...managers, 'clerk'])) throw new ApiError('forbidden');
}

/** Reads all that a case did and holds, to make a scenario of it. */
export function assertMayRecord(caller: Caller): void {
  if (!has(caller, ['admin', 'auditor'])) throw new ApiError('forbidden');
}

/** Publishes definitions, which decide what everybody of the dealership may do. */
export function assertMayDeploy(caller: Caller): void {
  if (!isAdmin(caller)) throw new ApiError('forbidden');
}

/** Sees what was published, when and by whom. */
export function assertSeesDeployments(caller: Caller): void {
  if (!has(caller, overseers)) throw new ApiError('forbidden');
}

/** Substitutions of others, and giving their tasks away, are an administrator's matter. */
export function isAdmin(caller: Caller): boolean {
  return has(caller, ['admin']);
}
