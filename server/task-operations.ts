import { listDraftedTasks } from '../db/note-repository';
import { listRoles } from '../db/role-repository';
import { assertMayGive, assertMayWorkOn, seesTask } from './access';
import type { CaseCommand } from './command-flow';
import { ApiError } from './problem';
import { changedTask, rolesOf, type TaskPlan, type TaskRequest, taskAndNext, taskCommand } from './task-commands';

type Operation = CaseCommand<TaskPlan>;

/** Gives a task to another person: for good, or until that person has done it. */
export function giveTask(about: TaskRequest, type: 'transferTask' | 'delegateTask', to: string): Operation {
  return taskCommand(about, {
    check: async (_, task, actor) => assertMayGive(actor, task),
    request: async (trx, task, actor) => ({ type, actor, taskKey: task.key, to, toRoles: await rolesOf(trx, about.caller, to) }),
    success: changedTask(about),
  });
}

/** Sends the case back to a user task that was done before. Where to, and whether, the case decides. */
export function returnTask(about: TaskRequest, target: string, reason: string | null): Operation {
  return taskCommand(about, {
    check: async (_, task, actor) => assertMayWorkOn(actor, task),
    request: async (_, task, actor) => ({ type: 'returnTask', actor, taskKey: task.key, target, reason }),
    success: taskAndNext(about),
  });
}

/** Takes back a completed task. A draft that somebody has saved since counts as begun work. */
export function withdrawTask(about: TaskRequest): Operation {
  return taskCommand(about, {
    state: 'COMPLETED',
    async check(_, task, actor) {
      if (!seesTask(about.caller, task)) throw new ApiError('not-found');
      const people = [actor.user, actor.for?.user].filter((user) => user !== undefined);
      if (task.state === 'COMPLETED' && !people.some((user) => user === task.completedBy || user === task.completedFor)) {
        throw new ApiError('forbidden');
      }
    },
    async request(trx, task, actor) {
      const draftedTaskKeys = await listDraftedTasks(trx, task.rootKey);
      return { type: 'withdrawTask', actor, taskKey: task.key, draftedTaskKeys };
    },
    success: taskAndNext(about),
  });
}

export function addSigner(about: TaskRequest, user: string, place: 'before' | 'beside' | 'after'): Operation {
  return taskCommand(about, {
    check: async (_, task, actor) => assertMayWorkOn(actor, task),
    async request(trx, task, actor) {
      await rolesOf(trx, about.caller, user);
      return { type: 'addSigner', actor, taskKey: task.key, user, place };
    },
    success: changedTask(about),
  });
}

export function removeSigner(about: TaskRequest, user: string): Operation {
  return taskCommand(about, {
    check: async (_, task, actor) => assertMayWorkOn(actor, task),
    request: async (_, task, actor) => ({ type: 'removeSigner', actor, taskKey: task.key, user }),
    success: changedTask(about),
  });
}

/** Reminds whoever has to do a task; `mayUrge` says whether the caller takes an interest in the case. */
export function urgeTask(about: TaskRequest, message: string | null, mayUrge: (rootKey: string) => Promise<boolean>): Operation {
  return taskCommand(about, {
    async check(_, task) {
      if (!seesTask(about.caller, task) && !(await mayUrge(task.rootKey))) throw new ApiError('not-found');
    },
    request: async (_, task, actor) => ({ type: 'urgeTask', actor, taskKey: task.key, message }),
    success: changedTask(about),
  });
}

/** Shows a task to people and roles, who need do nothing. */
export function copyTask(about: TaskRequest, users: string[], roles: string[]): Operation {
  return taskCommand(about, {
    check: async (_, task, actor) => assertMayWorkOn(actor, task),
    async request(trx, task, actor) {
      if (users.length + roles.length === 0) throw new ApiError('recipient-unknown', { params: { recipient: '' } });
      for (const user of users) await rolesOf(trx, about.caller, user);
      const known = await listRoles(trx, about.caller.dealership);
      const unknown = roles.find((role) => !known.includes(role));
      if (unknown !== undefined) throw new ApiError('recipient-unknown', { params: { recipient: unknown }, details: { allowed: known } });
      return { type: 'copyTask', actor, taskKey: task.key, users, roles };
    },
    success: changedTask(about),
  });
}
