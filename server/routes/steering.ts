import { type Request, type Response, Router } from 'express';
import type { Json, JsonObject } from '../../engine/json';
import { runCaseCommand } from '../command-flow';
import type { InstanceRequest } from '../instance-commands';
import type { Parts } from '../parts';
import { callerOf, contextOf } from '../request';
import {
  type ActivityAddress,
  type ActivityOperation,
  resumeInstance,
  setVariables,
  steerActivity,
  suspendInstance,
} from '../steering-commands';

interface SteeringBody {
  reason?: string | null;
  variables?: JsonObject;
  item?: Json;
  activityKey?: string;
}

/** What people do with a running instance as a whole, and with the activities in it. */
export function steeringRoutes(parts: Parts): Router {
  const router = Router();
  const aboutOf = (res: Response): InstanceRequest => ({ parts, caller: callerOf(res), locale: contextOf(res).locale });
  const bodyOf = (req: Request): SteeringBody => (req.body ?? {}) as SteeringBody;
  const keyOf = (req: Request): string => String(req.params['processInstanceKey']);

  router.post('/:processInstanceKey/suspension', async (req, res) => {
    await runCaseCommand(parts, req, res, suspendInstance(aboutOf(res), keyOf(req), bodyOf(req).reason ?? null));
  });

  router.delete('/:processInstanceKey/suspension', async (req, res) => {
    await runCaseCommand(parts, req, res, resumeInstance(aboutOf(res), keyOf(req)));
  });

  router.put('/:processInstanceKey/variables', async (req, res) => {
    await runCaseCommand(parts, req, res, setVariables(aboutOf(res), keyOf(req), bodyOf(req).variables ?? {}));
  });

  const steer = (operationOf: (req: Request) => ActivityOperation) => async (req: Request, res: Response) => {
    const activityKey = bodyOf(req).activityKey ?? (req.query['activityKey'] as string | undefined);
    const elementId = String(req.params['elementId']);
    const address: ActivityAddress = activityKey === undefined ? { elementId } : { elementId, activityKey };
    await runCaseCommand(parts, req, res, steerActivity(aboutOf(res), keyOf(req), address, operationOf(req)));
  };
  const activity = '/:processInstanceKey/activities/:elementId';

  router.post(
    `${activity}/instances`,
    steer((req) => ({ type: 'addInstance', item: bodyOf(req).item ?? null })),
  );
  router.delete(
    `${activity}/instances/:index`,
    steer((req) => ({ type: 'removeInstance', index: Number(req.params['index']) })),
  );
  router.post(
    `${activity}/completion`,
    steer(() => ({ type: 'completeActivity' })),
  );
  router.post(
    `${activity}/start`,
    steer(() => ({ type: 'startAdHocStep' })),
  );

  return router;
}
