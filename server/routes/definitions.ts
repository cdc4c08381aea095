import { Router } from 'express';
import { findDefinition, findForm, findModel, listDefinitions } from '../../db/definition-repository';
import type { Json } from '../../engine/json';
import type { Parts } from '../parts';
import { ApiError } from '../problem';
import { callerOf, contextOf } from '../request';
import { definitionView, schemaIn } from '../views';

/** Published processes of the caller's dealership. */
export function definitionRoutes({ db }: Parts): Router {
  const router = Router();

  router.get('/', async (_req, res) => {
    const caller = callerOf(res);
    const { locale } = contextOf(res);
    const items = await db.tenant(caller.dealership, async (trx) => {
      const views: Json[] = [];
      for (const definition of await listDefinitions(trx, caller.dealership)) {
        const model = await findModel(trx, caller.dealership, definition.modelHash);
        const startable = model?.startForm?.roles.some((role) => caller.roles.includes(role)) ?? false;
        views.push({ ...definitionView(definition, locale), startable });
      }
      return views;
    });
    res.json({ items });
  });

  router.get('/:processDefinitionId', async (req, res) => {
    const caller = callerOf(res);
    const { locale } = contextOf(res);
    const body = await db.tenant(caller.dealership, async (trx) => {
      const definition = await findDefinition(trx, caller.dealership, req.params.processDefinitionId);
      if (definition === undefined) throw new ApiError('not-found');
      const start = (await findModel(trx, caller.dealership, definition.modelHash))?.startForm;
      const model = await findModel(trx, caller.dealership, definition.modelHash);
      const hash = start === undefined ? undefined : model?.forms[start.form];
      const form = hash === undefined ? undefined : await findForm(trx, caller.dealership, hash);
      return {
        ...definitionView(definition, locale),
        startable: start?.roles.some((role) => caller.roles.includes(role)) ?? false,
        startRoles: start?.roles ?? [],
        startForm: form === undefined ? null : schemaIn(form.schema, locale),
      };
    });
    res.json(body);
  });

  return router;
}
