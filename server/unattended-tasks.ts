import { findPeople, putNotifications } from '../db/notification-repository';
import { listTasksWithoutAnybody } from '../db/task-repository';
import type { Parts } from './parts';

/** Tasks of which a look tells at most. */
const PER_LOOK = 100;
const LOOK_EVERY_MS = 60_000;
/** Who is told: the first of these that somebody of the dealership has. */
const STEWARDS = ['admin', 'general-manager', 'sales-manager'];

/**
 * Tells of open tasks that nobody may do, each once: a role has lost its last person, or never had one. Operators find it in the log, administrators of
 * the dealership, where there are none its managers, in their inbox. What it gives is called as often as one likes, and looks once a minute.
 */
export function unattendedTasks(parts: Parts): () => Promise<void> {
  let told = new Set<string>();
  let nextMs = 0;
  return async () => {
    if (parts.clock() < nextMs) return;
    nextMs = parts.clock() + LOOK_EVERY_MS;
    const tasks = await parts.db.system((trx) => listTasksWithoutAnybody(trx, PER_LOOK));
    for (const task of tasks) {
      if (told.has(task.key)) continue;
      parts.logger.warn(task, 'nobody may do this task: give it to somebody, or give its role to somebody');
      await tellStewards(parts, task);
    }
    told = new Set(tasks.map(({ key }) => key));
  };
}

async function tellStewards({ db, clock }: Parts, task: Awaited<ReturnType<typeof listTasksWithoutAnybody>>[number]): Promise<void> {
  const { dealership, key, elementId, rootKey } = task;
  await db.tenant(dealership, async (trx) => {
    const origin = { dealership, idempotencyKey: `nobody-may-do:${key}`, instanceKey: rootKey, elementId, atMs: clock() };
    for (const role of STEWARDS) {
      const people = await findPeople(trx, dealership, [], [role]);
      if (people.length === 0) continue;
      return putNotifications(trx, origin, people, {
        title: `没有人可以办理任务 / Nobody may do the task "${elementId.slice(0, 100)}"`,
        text: '请把任务转给他人，或把角色交给他人。\nTransfer it to somebody, or give its role to somebody.',
        link: `/v1/user-tasks/${key}`,
      });
    }
  });
}
