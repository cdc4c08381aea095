import { Router } from 'express';
import {
  type InstanceFilter,
  instanceCursor,
  listFamily,
  listHistory,
  listIncidentsOf,
  readVariables,
  searchInstances,
} from '../../db/instance-repository';
import { listTasksOf } from '../../db/task-repository';
import type { JsonObject } from '../../engine/json';
import { seesAllInstances } from '../access';
import { participantOf } from '../acting-person';
import { runCaseCommand } from '../command-flow';
import type { Cursors } from '../cursors';
import { cancelInstance, startInstance } from '../instance-commands';
import type { Parts } from '../parts';
import { callerOf, contextOf } from '../request';
import { linkNext, type PageInput, pageOf, pageView } from '../search-query';
import { historyView, incidentView, instanceView, taskView } from '../views';
import { visibleInstance } from '../visible-instance';

interface InstanceSearch {
  filter?: InstanceFilter;
  sort?: { field: 'startDate'; order?: 'ASC' | 'DESC' }[];
  page?: PageInput;
}

/** Process instances: start, search, state, history, cancellation. */
export function instanceRoutes(parts: Parts, cursors: Cursors): Router {
  const { db, clock } = parts;
  const router = Router();

  router.post('/', async (req, res) => {
    const { processDefinitionId, variables } = req.body as { processDefinitionId: string; variables?: JsonObject };
    const about = { parts, caller: callerOf(res), locale: contextOf(res).locale };
    await runCaseCommand(parts, req, res, startInstance(about, processDefinitionId, variables ?? {}));
  });

  router.post('/search', async (req, res) => {
    const caller = callerOf(res);
    const { filter = {}, sort = [], page: input = {} } = (req.body ?? {}) as InstanceSearch;
    const all = seesAllInstances(caller);
    const order = { field: 'startDate' as const, order: sort[0]?.order === 'ASC' ? ('asc' as const) : ('desc' as const) };
    const query = {
      list: 'instances',
      dealership: caller.dealership,
      ...(all ? {} : { user: caller.user, roles: caller.roles }),
      filter,
      order,
    };
    const page = await pageOf(cursors, query, input);
    const found = await db.tenant(caller.dealership, async (trx) => {
      const scope = all ? { kind: 'all' as const } : { kind: 'own' as const, ...(await participantOf(trx, caller, clock())) };
      return searchInstances(trx, caller.dealership, scope, filter, order, page);
    });
    res.json(await pageView(cursors, query, found, instanceCursor, instanceView));
  });

  router.get('/:processInstanceKey', async (req, res) => {
    const caller = callerOf(res);
    const { locale } = contextOf(res);
    const body = await db.tenant(caller.dealership, async (trx) => {
      const instance = await visibleInstance(trx, caller, req.params.processInstanceKey, clock());
      const family = await listFamily(trx, instance);
      const keys = family.map(({ key }) => key);
      const tasks = await listTasksOf(trx, instance.rootKey, keys);
      return {
        ...instanceView(instance),
        variables: await readVariables(trx, instance.key),
        tasks: tasks.map((task) => taskView(task, locale, clock())),
        children: family.filter(({ key }) => key !== instance.key).map(instanceView),
        incidents: (await listIncidentsOf(trx, keys)).map(incidentView),
      };
    });
    res.json(body);
  });

  router.get('/:processInstanceKey/history', async (req, res) => {
    const caller = callerOf(res);
    const input = req.query as PageInput;
    const query = { list: 'history', dealership: caller.dealership, key: req.params.processInstanceKey };
    const page = await pageOf(cursors, query, input);
    const found = await db.tenant(caller.dealership, async (trx) => {
      const instance = await visibleInstance(trx, caller, req.params.processInstanceKey, clock());
      const keys = (await listFamily(trx, instance)).map(({ key }) => key);
      const after = page.after as [number, number] | undefined;
      return listHistory(trx, instance.rootKey, keys, { limit: page.limit, ...(after === undefined ? {} : { after }) });
    });
    const body = await pageView(cursors, query, found, (item) => [item.sequence, item.position], historyView);
    linkNext(req, res, body.page);
    res.json(body);
  });

  router.post('/:processInstanceKey/cancellation', async (req, res) => {
    const { reason } = (req.body ?? {}) as { reason?: string | null };
    const about = { parts, caller: callerOf(res), locale: contextOf(res).locale };
    await runCaseCommand(parts, req, res, cancelInstance(about, req.params.processInstanceKey, reason ?? null));
  });

  return router;
}
