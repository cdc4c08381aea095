import { randomUUID } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { findRoles } from '../../db/account-repository';
import { findInstance } from '../../db/instance-repository';
import type { Json, JsonObject } from '../../engine/json';
import type { RehearsedAnswer } from '../../workflows/messages';
import { isAdmin } from '../access';
import { startCase } from '../case-starter';
import { runPlainCommand } from '../command-flow';
import type { Parts } from '../parts';
import { ApiError, type ProblemCode } from '../problem';
import type { Rehearsal } from '../rehearsal';
import { callerOf } from '../request';

interface StartBody {
  processDefinitionId: string;
  startedBy?: string;
  at?: string;
  connectors?: 'answered' | 'called';
  variables?: JsonObject;
  trigger?: { node: string; variables: JsonObject };
}

interface AnswerBody {
  processInstanceKey: string;
  which?: number;
  output?: Json;
  error?: string;
  fail?: string;
}

/** What a server of virtual time offers besides, to administrators: any start, the clock of a case, and the answers of its connectors. */
export function rehearsalRoutes(parts: Parts, rehearsal: Rehearsal): Router {
  const { db, gateway, clock } = parts;
  const router = Router();

  router.use((_req, res, next) => {
    if (!isAdmin(callerOf(res))) throw new ApiError('forbidden');
    next();
  });

  router.get('/', (_req, res) => void res.json({ virtualTime: true }));

  router.post('/process-instances', async (req, res) => {
    const { dealership } = callerOf(res);
    const { processDefinitionId: processId, startedBy: user = 'system', at, variables = {}, trigger, connectors } = req.body as StartBody;
    const addressOf = (id: string) => ({ workflowId: '', instanceKey: id });
    await runPlainCommand(parts, req, res, 'row', addressOf, async ({ address: { instanceKey } }) => {
      const roles = (await db.tenant(dealership, (trx) => findRoles(trx, dealership, user))) ?? [];
      const rehearsed = {
        clockMs: at === undefined ? clock() : Date.parse(at),
        ...(connectors === 'called' ? { calls: true as const } : {}),
      };
      const begun = trigger === undefined ? {} : { trigger };
      const start = { dealership, processId, instanceKey, actor: { user, roles }, variables, ...begun, rehearsed };
      const started = await startCase({ db, gateway, wake: (message) => parts.deliverMatched([message]) }, start, null);
      if (started.state === 'refused')
        throw new ApiError(started.code as ProblemCode, { params: { reason: started.reason ?? started.code } });
      if (started.state === 'waiting') throw taken(started.workflowId);
      const found = await db.tenant(dealership, (trx) => findInstance(trx, instanceKey));
      const businessKey = found?.instance.businessKey ?? instanceKey;
      return { status: 201, body: { processInstanceKey: instanceKey, businessKey, processDefinitionId: processId } };
    });
  });

  router.post('/clock', async (req, res) => {
    const { processInstanceKey: key, at, timer = '' } = req.body as { processInstanceKey: string; at?: string; timer?: string };
    const workflowId = await workflowOf(res, key);
    const atMs = at === undefined ? await rehearsal.timerOf(workflowId, timer) : Date.parse(at);
    const reached = atMs !== undefined && (await rehearsal.advanceTo(workflowId, atMs));
    res.json({ processInstanceKey: key, reached: reached ? new Date(atMs).toISOString() : null });
  });

  router.post('/connectors/:elementId/answer', async (req, res) => {
    const { processInstanceKey: key, which = 1 } = req.body as AnswerBody;
    const { elementId } = req.params;
    const id = req.get('idempotency-key') ?? randomUUID();
    const answered = await rehearsal.answer(await workflowOf(res, key), id, { elementId, which, answer: answerOf(req) });
    res.json({ processInstanceKey: key, answered });
  });

  async function workflowOf(res: Response, key: string): Promise<string> {
    const found = await db.tenant(callerOf(res).dealership, (trx) => findInstance(trx, key));
    if (found === undefined || found.instance.parentKey !== null) throw new ApiError('not-found');
    return found.head.workflowId;
  }

  return router;
}

function taken(workflowId: string | null): ApiError {
  if (workflowId === null) return new ApiError('process-suspended');
  const businessKey = workflowId.split(':').slice(2).join(':');
  return new ApiError('business-key-taken', { params: { businessKey }, details: { businessKey } });
}

function answerOf(req: Request): RehearsedAnswer['answer'] {
  const { output = null, error, fail } = req.body as AnswerBody;
  if (error !== undefined) return { kind: 'error', code: error, message: `rehearsal: ${error}` };
  return fail === undefined ? { kind: 'output', output } : { kind: 'failure', message: fail };
}
