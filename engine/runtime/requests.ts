import type { Json, JsonObject } from '../json';
import { type Draft, Stop } from './draft';
import type { Actor, EngineRequest, Refusal } from './events';
import { checkValue } from './expressions';
import type { ScopeInstance, UserTask } from './instance-state';
import type { VariableDeclaration } from './process-model';

export type Request<T extends EngineRequest['type']> = Extract<EngineRequest, { type: T }>;

/** The refusal of a request whose values do not fit; for facts the same check stops the token. */
export function checkRequested(draft: Draft, name: string, value: Json, declared?: VariableDeclaration): Refusal | undefined {
  try {
    checkValue(draft, name, value, declared);
    return undefined;
  } catch (error) {
    if (error instanceof Stop && (error.code === 'value-too-large' || error.code === 'value-invalid')) {
      return { code: error.code, message: error.message };
    }
    throw error;
  }
}

/** The refusal of variables that a process does not declare or that do not fit. */
export function checkVariables(draft: Draft, scope: ScopeInstance, variables: JsonObject): Refusal | undefined {
  const declared = draft.model(scope).variables;
  for (const [name, value] of Object.entries(variables)) {
    if (!Object.hasOwn(declared, name) && draft.model(scope).additionalVariables !== true) {
      return { code: 'variable-unknown', message: `this process has no variable "${name}"`, details: { allowed: Object.keys(declared) } };
    }
    const refusal = checkRequested(draft, name, value, declared[name]);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** Finds an open task by its public key. A closed one has left the state; the rows know who closed it. */
export function findTask(draft: Draft, taskKey: string): UserTask | undefined {
  return draft.state.tasks[idOf(draft, taskKey) ?? ''];
}

/** The id inside of a case that a public key names. */
export function idOf(draft: Draft, key: string): string | undefined {
  const prefix = `${draft.state.instanceKey}-`;
  return key.startsWith(prefix) ? key.slice(prefix.length) : undefined;
}

export function taskNotFound(taskKey: string): Refusal {
  return { code: 'task-not-found', message: `there is no open task "${taskKey}"` };
}

/** A person who asks and, where they act for another, that one: four eyes are kept over both. */
export function peopleOf(actor: Actor): string[] {
  return actor.for === undefined ? [actor.user] : [actor.user, actor.for.user];
}

function isCandidate(task: UserTask, actor: Actor): boolean {
  const roles = [...actor.roles, ...(actor.for?.roles ?? [])];
  return peopleOf(actor).some((user) => task.candidateUsers.includes(user)) || roles.some((role) => task.candidateGroups.includes(role));
}

/** Whether four eyes let somebody work on a task: neither excluded, nor another one than `sameAs` asks for. */
export function checkFourEyes(task: UserTask, actor: Actor): Refusal | undefined {
  const people = peopleOf(actor);
  const excluded = people.find((user) => task.excludedUsers.includes(user));
  if (excluded !== undefined) {
    return { code: 'excluded-by-four-eyes', message: `"${excluded}" may not do task "${task.node}" of this case (four eyes)` };
  }
  if (task.onlyUsers !== undefined && !people.some((user) => task.onlyUsers?.includes(user))) {
    return {
      code: 'not-the-same-person',
      message: `task "${task.node}" is for the one who did the step before it`,
      details: { users: task.onlyUsers },
    };
  }
  return undefined;
}

/** Whether somebody may work on a task: a candidate or its assignee, or acting for one, and not excluded by four eyes. */
export function checkActor(task: UserTask, actor: Actor): Refusal | undefined {
  const refusal = checkFourEyes(task, actor);
  if (refusal !== undefined) return refusal;
  if (isAssignee(task, actor) || isCandidate(task, actor)) return undefined;
  return { code: 'not-a-candidate', message: `"${actor.user}" is no candidate of task "${task.node}"` };
}

function isAssignee(task: UserTask, actor: Actor): boolean {
  return task.assignee !== null && peopleOf(actor).includes(task.assignee);
}

export function checkAssignee(task: UserTask, actor: Actor): Refusal | undefined {
  if (task.assignee === null || isAssignee(task, actor)) return undefined;
  return {
    code: 'not-the-assignee',
    message: `task "${task.node}" is assigned to "${task.assignee}"`,
    details: { assignee: task.assignee },
  };
}

/** Whether somebody may be given a task: a candidate, and not excluded by four eyes. */
export function checkNewAssignee(task: UserTask, assignee: Actor, allowOverride: boolean): Refusal | undefined {
  const refusal = checkFourEyes(task, assignee);
  if (refusal !== undefined) return refusal;
  if (!isCandidate(task, assignee)) {
    return { code: 'assignee-not-a-candidate', message: `"${assignee.user}" is no candidate of task "${task.node}"` };
  }
  if (task.assignee !== null && task.assignee !== assignee.user && !allowOverride) {
    return {
      code: 'task-already-assigned',
      message: `task "${task.node}" is assigned to "${task.assignee}" already`,
      details: { assignee: task.assignee },
    };
  }
  return undefined;
}
