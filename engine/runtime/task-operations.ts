import type { Draft } from './draft';
import { durationMs } from './durations';
import type { Refusal } from './events';
import type { UserTask } from './instance-state';
import { takeSection } from './mutex';
import { checkActor, checkAssignee, checkFourEyes, findTask, type Request, taskNotFound } from './requests';
import { taskSnapshot } from './snapshots';
import { taskNode } from './user-task';

/** Gives a task to another person: for good (转办), or until that person has done their part (委派), when it comes back. */
export function passTask(draft: Draft, request: Request<'transferTask'> | Request<'delegateTask'>): Refusal | undefined {
  const task = findTask(draft, request.taskKey);
  if (task === undefined) return taskNotFound(request.taskKey);
  const { actor, to, toRoles, type } = request;
  const refusal =
    (type === 'transferTask' && actor.administers === true ? undefined : (checkActor(task, actor) ?? checkAssignee(task, actor))) ??
    checkPassing(draft, task, request) ??
    checkFourEyes(task, { user: to, roles: toRoles });
  if (refusal !== undefined) return refusal;
  const locked = takeSection(draft, task);
  if (locked !== undefined) return locked;
  const { delegation: _delegation, ...rest } = task;
  const owner = task.assignee ?? actor.for?.user ?? actor.user;
  const passed: UserTask =
    type === 'delegateTask'
      ? { ...rest, assignee: to, delegation: { owner, state: 'PENDING' } }
      : { ...rest, assignee: to, candidateUsers: [...new Set([...task.candidateUsers, to])] };
  draft.put('tasks', passed);
  draft.record(task.scope, task.node, {
    type: type === 'delegateTask' ? 'taskDelegated' : 'taskTransferred',
    task: taskSnapshot(draft, passed),
    previousAssignee: task.assignee,
  });
  return undefined;
}

function checkPassing(draft: Draft, task: UserTask, request: Request<'transferTask'> | Request<'delegateTask'>): Refusal | undefined {
  const node = taskNode(draft, task);
  const delegates = request.type === 'delegateTask';
  if ((delegates ? node.mayDelegate : node.mayTransfer) === false) {
    return { code: 'not-allowed-here', message: `task "${task.node}" may not be ${delegates ? 'delegated' : 'transferred'}` };
  }
  if (task.delegation?.state === 'PENDING') {
    return { code: 'task-delegated', message: `task "${task.node}" was delegated by "${task.delegation.owner}" and cannot be passed on` };
  }
  if (request.to === task.assignee) {
    return {
      code: 'task-already-assigned',
      message: `task "${task.node}" is assigned to "${request.to}" already`,
      details: { assignee: request.to },
    };
  }
  return undefined;
}

/** Urges whoever has a task (催办). People must leave some time between two urges. */
export function urgeTask(draft: Draft, request: Request<'urgeTask'>): Refusal | undefined {
  const task = findTask(draft, request.taskKey);
  if (task === undefined) return taskNotFound(request.taskKey);
  const pauseMs = durationMs(taskNode(draft, task).urgeEvery ?? 'PT1H') ?? 0;
  const againAtMs = task.urgedAtMs === undefined ? 0 : task.urgedAtMs + pauseMs;
  if (draft.nowMs < againAtMs) {
    const seconds = Math.ceil((againAtMs - draft.nowMs) / 1_000);
    const message = `task "${task.node}" was urged a moment ago: it may be urged again in ${seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`}`;
    return { code: 'urged-too-often', message, details: { againAtMs } };
  }
  const urged = { ...task, urgedCount: task.urgedCount + 1, urgedAtMs: draft.nowMs };
  draft.put('tasks', urged);
  draft.record(task.scope, task.node, { type: 'taskUrged', task: taskSnapshot(draft, urged), rule: 'person', message: request.message });
  return undefined;
}

/** Sends copies of a task (抄送). Who has read them is no matter of the case: the rows know. */
export function copyTask(draft: Draft, request: Request<'copyTask'>): Refusal | undefined {
  const task = findTask(draft, request.taskKey);
  if (task === undefined) return taskNotFound(request.taskKey);
  const refusal = checkActor(task, request.actor);
  if (refusal !== undefined) return refusal;
  const { users, roles } = request;
  draft.record(task.scope, task.node, { type: 'taskCopied', taskKey: task.key, users: [...new Set(users)], roles: [...new Set(roles)] });
  return undefined;
}
