import { Router } from 'express';
import type { TaskFilter, TaskSort } from '../../db/task-repository';
import { findHandBack, listAssigned, listClaimable, listWork, searchTasks, taskCursor } from '../../db/task-repository';
import type { JsonObject } from '../../engine/json';
import { seesAllTasks } from '../access';
import { principalsOf } from '../acting-person';
import { runCaseCommand } from '../command-flow';
import type { Cursors } from '../cursors';
import type { Parts } from '../parts';
import { callerOf, contextOf } from '../request';
import { linkNext, type PageInput, pageOf, pageView } from '../search-query';
import { assignTask, completeTask, unassignTask } from '../task-commands';
import { formOfTask } from '../task-form';
import { handBackView, taskView } from '../views';
import { visibleTask, withPrincipals } from '../visible-task';
import { taskRequest } from './task-operations';

interface TaskSearch {
  filter?: TaskFilter;
  sort?: { field: TaskSort['field']; order?: 'ASC' | 'DESC' }[];
  page?: PageInput;
}

/** User tasks: lists, one task with its form, claim, release, completion. */
export function taskRoutes(parts: Parts, cursors: Cursors): Router {
  const { db, clock } = parts;
  const router = Router();

  router.get('/', async (req, res) => {
    const caller = callerOf(res);
    const { assignee, ...input } = req.query as PageInput & { assignee?: 'me' | 'none' };
    const query = { list: 'tasks', caller, assignee };
    const page = await pageOf(cursors, query, input);
    const found = await db.tenant(caller.dealership, async (trx) => {
      if (assignee === 'me') return listAssigned(trx, caller.dealership, caller, page);
      if (assignee === 'none') return listClaimable(trx, caller.dealership, caller, page);
      const principals = await principalsOf(trx, caller, clock());
      if (!seesAllTasks(caller)) return listWork(trx, caller.dealership, caller, page, principals);
      const all = await searchTasks(trx, caller.dealership, { kind: 'all' }, { state: 'CREATED' }, [], page);
      return { ...all, items: withPrincipals(all.items, caller, principals) };
    });
    const { locale } = contextOf(res);
    const body = await pageView(
      cursors,
      query,
      found,
      (task) => taskCursor(task, []),
      (task) => taskView(task, locale, clock()),
    );
    linkNext(req, res, body.page);
    res.json(body);
  });

  router.post('/search', async (req, res) => {
    const caller = callerOf(res);
    const { filter = {}, sort = [], page: input = {} } = (req.body ?? {}) as TaskSearch;
    const own = { kind: 'own' as const, user: caller.user, roles: caller.roles };
    const order = sort.map(({ field, order = 'ASC' }): TaskSort => ({ field, order: order === 'DESC' ? 'desc' : 'asc' }));
    const query = {
      list: 'task-search',
      dealership: caller.dealership,
      ...(seesAllTasks(caller) ? {} : own),
      filter,
      order,
    } as unknown as JsonObject;
    const page = await pageOf(cursors, query, input);
    const found = await db.tenant(caller.dealership, async (trx) => {
      const principals = await principalsOf(trx, caller, clock());
      const tasks = await searchTasks(
        trx,
        caller.dealership,
        seesAllTasks(caller) ? { kind: 'all' } : { ...own, principals },
        filter,
        order,
        page,
      );
      return { ...tasks, items: withPrincipals(tasks.items, caller, principals) };
    });
    const { locale } = contextOf(res);
    res.json(
      await pageView(
        cursors,
        query,
        found,
        (task) => taskCursor(task, order),
        (task) => taskView(task, locale, clock()),
      ),
    );
  });

  router.get('/:userTaskKey', async (req, res) => {
    const caller = callerOf(res);
    const { locale } = contextOf(res);
    const body = await db.tenant(caller.dealership, async (trx) => {
      const { task } = await visibleTask(trx, caller, req.params.userTaskKey, clock());
      const [shown] = withPrincipals([task], caller, await principalsOf(trx, caller, clock()));
      const back = task.state === 'CREATED' && task.assignee !== null ? await findHandBack(trx, task) : undefined;
      return {
        ...taskView(shown ?? task, locale, clock()),
        ...(await formOfTask(trx, caller, task, locale, clock())),
        handedBack: back === undefined ? null : handBackView(back),
      };
    });
    res.json(body);
  });

  router.post('/:userTaskKey/assignment', async (req, res) => {
    const { assignee, allowOverride } = (req.body ?? {}) as { assignee?: string; allowOverride?: boolean };
    const about = taskRequest(parts, req, res);
    await runCaseCommand(parts, req, res, assignTask(about, assignee ?? about.caller.user, allowOverride ?? false));
  });

  router.delete('/:userTaskKey/assignee', async (req, res) => {
    await runCaseCommand(parts, req, res, unassignTask(taskRequest(parts, req, res)));
  });

  router.post('/:userTaskKey/completion', async (req, res) => {
    const { outcome, variables } = (req.body ?? {}) as { outcome?: string | null; variables?: JsonObject };
    await runCaseCommand(parts, req, res, completeTask(taskRequest(parts, req, res), outcome ?? null, variables ?? {}));
  });

  return router;
}
