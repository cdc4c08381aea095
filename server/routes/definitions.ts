import { Router } from 'express';
import type { Caller } from '../../db/account-repository';
import { findDefinition, findForm, findModel, listDefinitions } from '../../db/definition-repository';
import { isSuspended, listSuspended, resumeProcess, suspendProcess } from '../../db/suspension-repository';
import type { Json } from '../../engine/json';
import { assertMaySuspend } from '../access';
import { runPlainCommand } from '../command-flow';
import type { Parts } from '../parts';
import { ApiError } from '../problem';
import { settleSuspensions } from '../process-suspension';
import { callerOf, contextOf } from '../request';
import { definitionView, schemaIn, suspensionView } from '../views';

/** Published processes of the caller's dealership. */
export function definitionRoutes(parts: Parts): Router {
  const { db } = parts;
  const router = Router();

  router.get('/', async (_req, res) => {
    const caller = callerOf(res);
    const { locale } = contextOf(res);
    const items = await db.tenant(caller.dealership, async (trx) => {
      const views: Json[] = [];
      const suspended = await listSuspended(trx, caller.dealership);
      for (const definition of await listDefinitions(trx, caller.dealership)) {
        const model = await findModel(trx, caller.dealership, definition.modelHash);
        const startable = model?.startForm?.roles.some((role) => caller.roles.includes(role)) ?? false;
        views.push({ ...definitionView(definition, locale), startable, suspended: suspended.has(definition.processId) });
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
        suspended: await isSuspended(trx, caller.dealership, definition.processId),
        startRoles: start?.roles ?? [],
        startForm: form === undefined ? null : schemaIn(form.schema, locale),
      };
    });
    res.json(body);
  });

  const addressOf = (id: string) => ({ workflowId: '', instanceKey: id });
  const assertKnown = async (caller: Caller, processId: string): Promise<void> => {
    assertMaySuspend(caller);
    const definition = await db.tenant(caller.dealership, (trx) => findDefinition(trx, caller.dealership, processId));
    if (definition === undefined) throw new ApiError('not-found');
  };
  /** Every case is told at once where that goes quickly; what is left, the sweeper does. */
  const settle = (): void => {
    settleSuspensions(parts).catch((error) => parts.logger.warn({ err: error }, 'suspensions are left for the sweeper'));
  };

  router.post('/:processDefinitionId/suspension', async (req, res) => {
    const caller = callerOf(res);
    const { dealership, user, roles } = caller;
    const processId = req.params.processDefinitionId;
    const { reason = null } = (req.body ?? {}) as { reason?: string | null };
    await assertKnown(caller, processId);
    await runPlainCommand(parts, req, res, 'row', addressOf, async ({ address }) => {
      const asked = { id: address.instanceKey, dealership, processId, reason, actor: { user, roles } };
      const stored = await db.tenant(dealership, (trx) => suspendProcess(trx, asked));
      return { status: 200, body: suspensionView(processId, stored) };
    });
    settle();
  });

  router.delete('/:processDefinitionId/suspension', async (req, res) => {
    const caller = callerOf(res);
    const { dealership, user, roles } = caller;
    const processId = req.params.processDefinitionId;
    await assertKnown(caller, processId);
    await runPlainCommand(parts, req, res, 'row', addressOf, async () => {
      await db.tenant(dealership, (trx) => resumeProcess(trx, dealership, processId, { user, roles }));
      return { status: 200, body: suspensionView(processId, undefined) };
    });
    settle();
  });

  return router;
}
