import { Router } from 'express';
import type { Transaction } from '../../db/database';
import { findPublishers } from '../../db/publishers';
import type { JsonObject } from '../../engine/json';
import { assertMayPublish } from '../access';
import { runPlainCommand } from '../command-flow';
import { durationMs } from '../duration';
import type { Parts } from '../parts';
import { ApiError } from '../problem';
import { callerOf } from '../request';

interface PublicationBody {
  name: string;
  correlationKey: string;
  variables?: JsonObject;
  timeToLive?: number | string;
}

/** Messages from other systems and from people who pass on what they heard. */
export function messageRoutes(parts: Parts): Router {
  const router = Router();

  router.post('/publication', async (req, res) => {
    const { name, correlationKey, variables = {}, timeToLive = 0 } = req.body as PublicationBody;
    const caller = callerOf(res);
    const timeToLiveMs = typeof timeToLive === 'number' ? timeToLive : durationMs(timeToLive);
    if (timeToLiveMs === undefined) {
      const detail = `"${timeToLive}" is no duration such as PT1H or P2D`;
      throw new ApiError('invalid-request', { errors: [{ pointer: '/timeToLive', code: 'format', detail }] });
    }
    const addressOf = async (id: string, trx: Transaction) => {
      assertMayPublish(caller, await findPublishers(trx, caller.dealership), 'messages', name);
      return { workflowId: `${caller.dealership}:message:${id}`, instanceKey: id };
    };
    await runPlainCommand(parts, req, res, 'publish', addressOf, async ({ address }) => {
      const messageId = address.instanceKey;
      const actor = { user: caller.user, roles: caller.roles };
      const published = await parts.gateway.publish({
        dealership: caller.dealership,
        messageId,
        name,
        correlationKey,
        variables,
        timeToLiveMs,
        actor,
      });
      return { status: 200, body: { messageKey: messageId, ...published } };
    });
  });

  return router;
}

/** Signals: told to everybody who waits for them at that moment, and not kept. */
export function signalRoutes(parts: Parts): Router {
  const router = Router();

  router.post('/', async (req, res) => {
    const { name, variables = {} } = req.body as { name: string; variables?: JsonObject };
    const caller = callerOf(res);
    const addressOf = async (id: string, trx: Transaction) => {
      assertMayPublish(caller, await findPublishers(trx, caller.dealership), 'signals', name);
      return { workflowId: `${caller.dealership}:signal:${id}`, instanceKey: id };
    };
    await runPlainCommand(parts, req, res, 'publish', addressOf, async ({ address }) => {
      const actor = { user: caller.user, roles: caller.roles };
      const signalId = address.instanceKey;
      await parts.gateway.broadcast({ dealership: caller.dealership, signalId, name, variables, actor });
      return { status: 202, body: { signalKey: signalId } };
    });
  });

  return router;
}
