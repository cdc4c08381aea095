import { Router } from 'express';
import type { JsonObject } from '../../engine/json';
import { runCaseCommand } from '../command-flow';
import { resolveIncident } from '../instance-commands';
import type { Parts } from '../parts';
import { callerOf, contextOf } from '../request';

/** Incidents: a step that stopped, and its next try. */
export function incidentRoutes(parts: Parts): Router {
  const router = Router();

  router.post('/:incidentKey/resolution', async (req, res) => {
    const { variables } = (req.body ?? {}) as { variables?: JsonObject };
    const about = { parts, caller: callerOf(res), locale: contextOf(res).locale };
    await runCaseCommand(parts, req, res, resolveIncident(about, req.params.incidentKey, variables ?? {}));
  });

  return router;
}
