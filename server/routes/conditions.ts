import { Router } from 'express';
import { findDefinition } from '../../db/definition-repository';
import { findInstance } from '../../db/instance-repository';
import type { JsonObject } from '../../engine/json';
import type { ConditionOutcome } from '../../workflows/messages';
import { assertMayHandIn } from '../access';
import { runPlainCommand } from '../command-flow';
import type { Parts } from '../parts';
import { ApiError } from '../problem';
import { callerOf } from '../request';

interface EvaluationBody {
  variables?: JsonObject;
  businessKey?: string;
  processDefinitionId?: string;
}

/** Variables that other systems, and people, hand in so that the cases begin whose start condition they make true. */
export function conditionRoutes(parts: Parts): Router {
  const router = Router();

  router.post('/evaluation', async (req, res) => {
    const { variables = {}, businessKey, processDefinitionId: processId } = req.body as EvaluationBody;
    const caller = callerOf(res);
    const { dealership } = caller;
    await runPlainCommand(
      parts,
      req,
      res,
      'publish',
      async (id, trx) => {
        assertMayHandIn(caller);
        if (processId !== undefined && (await findDefinition(trx, dealership, processId)) === undefined) throw new ApiError('not-found');
        return { workflowId: `${dealership}:condition:${id}`, instanceKey: id };
      },
      async ({ address }) => {
        const evaluationId = address.instanceKey;
        const outcome = await parts.gateway.evaluateConditions({
          dealership,
          evaluationId,
          variables,
          actor: { user: caller.user, roles: caller.roles },
          ...(businessKey === undefined ? {} : { businessKey }),
          ...(processId === undefined ? {} : { processId }),
        });
        return { status: 200, body: { conditionEvaluationKey: evaluationId, ...(await outcomeView(parts, dealership, outcome)) } };
      },
    );
  });

  return router;
}

/** The cases with their business keys, which their rows know. */
async function outcomeView({ db }: Parts, dealership: string, { started, notStarted }: ConditionOutcome) {
  const processInstances = await db.tenant(dealership, async (trx) => {
    const views = [];
    for (const { processId, nodeId, instanceKey } of started) {
      const found = await findInstance(trx, instanceKey);
      views.push({
        ...elementView({ processId, nodeId }),
        processInstanceKey: instanceKey,
        businessKey: found?.instance.businessKey ?? null,
      });
    }
    return views;
  });
  return { processInstances, notStarted: notStarted.map(({ code, ...start }) => ({ ...elementView(start), code })) };
}

function elementView({ processId, nodeId }: { processId: string; nodeId: string }) {
  return { processDefinitionId: processId, elementId: nodeId };
}
