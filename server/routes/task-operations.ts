import { type Request, type Response, Router } from 'express';
import { takesPart } from '../../db/instance-repository';
import { seesAllInstances } from '../access';
import { participantOf } from '../acting-person';
import { runCaseCommand } from '../command-flow';
import type { Parts } from '../parts';
import { callerOf, contextOf } from '../request';
import type { TaskRequest } from '../task-commands';
import { addSigner, copyTask, giveTask, removeSigner, returnTask, urgeTask, withdrawTask } from '../task-operations';

interface OperationBody {
  onBehalfOf?: string;
  to?: string;
  target?: string;
  reason?: string | null;
  user?: string;
  place?: 'before' | 'beside' | 'after';
  message?: string | null;
  users?: string[];
  roles?: string[];
}

/** Who asks, about which task, and for whom: named in the body, or in the query of a request without one. */
export function taskRequest(parts: Parts, req: Request, res: Response): TaskRequest {
  const inBody = (req.body as OperationBody | undefined)?.onBehalfOf;
  const onBehalfOf = inBody ?? (req.query['onBehalfOf'] as string | undefined);
  const about = { parts, taskKey: String(req.params['userTaskKey']), caller: callerOf(res), locale: contextOf(res).locale };
  return onBehalfOf === undefined ? about : { ...about, onBehalfOf };
}

/** What people do with tasks besides claiming and completing them. */
export function taskOperationRoutes(parts: Parts): Router {
  const router = Router();
  const bodyOf = (req: Request): OperationBody => (req.body ?? {}) as OperationBody;

  router.post('/:userTaskKey/transfer', async (req, res) => {
    await runCaseCommand(parts, req, res, giveTask(taskRequest(parts, req, res), 'transferTask', String(bodyOf(req).to)));
  });

  router.post('/:userTaskKey/delegation', async (req, res) => {
    await runCaseCommand(parts, req, res, giveTask(taskRequest(parts, req, res), 'delegateTask', String(bodyOf(req).to)));
  });

  router.post('/:userTaskKey/return', async (req, res) => {
    const { target, reason } = bodyOf(req);
    await runCaseCommand(parts, req, res, returnTask(taskRequest(parts, req, res), String(target), reason ?? null));
  });

  router.post('/:userTaskKey/withdrawal', async (req, res) => {
    await runCaseCommand(parts, req, res, withdrawTask(taskRequest(parts, req, res)));
  });

  router.post('/:userTaskKey/signers', async (req, res) => {
    const { user, place } = bodyOf(req);
    await runCaseCommand(parts, req, res, addSigner(taskRequest(parts, req, res), String(user), place ?? 'beside'));
  });

  router.delete('/:userTaskKey/signers/:user', async (req, res) => {
    await runCaseCommand(parts, req, res, removeSigner(taskRequest(parts, req, res), req.params.user));
  });

  router.post('/:userTaskKey/urge', async (req, res) => {
    const about = taskRequest(parts, req, res);
    const { caller } = about;
    const mayUrge = async (rootKey: string) =>
      seesAllInstances(caller) ||
      parts.db.tenant(caller.dealership, async (trx) => takesPart(trx, rootKey, await participantOf(trx, caller, parts.clock())));
    await runCaseCommand(parts, req, res, urgeTask(about, bodyOf(req).message ?? null, mayUrge));
  });

  router.post('/:userTaskKey/copies', async (req, res) => {
    const { users, roles } = bodyOf(req);
    await runCaseCommand(parts, req, res, copyTask(taskRequest(parts, req, res), users ?? [], roles ?? []));
  });

  return router;
}
