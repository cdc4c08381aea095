import { Router } from 'express';
import { findDeployment, listDeployedDocuments, listDeployments } from '../../db/deployment-repository';
import { cut } from '../../db/page';
import type { Json } from '../../engine/json';
import { assertMayDeploy, assertSeesDeployments } from '../access';
import { runPlainCommand } from '../command-flow';
import { createCompiler } from '../compiler/compiler';
import type { Upload } from '../compiler/protocol';
import type { Cursors } from '../cursors';
import { deploy } from '../deployments';
import type { Parts } from '../parts';
import { ApiError } from '../problem';
import { callerOf } from '../request';
import { linkNext, type PageInput, pageOf, pageView } from '../search-query';
import { deploymentView } from '../views';

/** Publishing of definitions at the caller's dealership, and what was published. */
export function deploymentRoutes(parts: Parts, cursors: Cursors): Router {
  const { db } = parts;
  const compiler = parts.compiler ?? createCompiler();
  const router = Router();

  router.post('/', async (req, res) => {
    const caller = callerOf(res);
    assertMayDeploy(caller);
    const upload = req.body as Upload;
    const addressOf = (id: string) => ({ workflowId: '', instanceKey: id });
    await runPlainCommand(parts, req, res, 'row', addressOf, async ({ address }) => {
      const { deployment, findings } = await deploy({ ...parts, compiler }, caller, address.instanceKey, upload);
      const headers = { Location: `/v1/deployments/${deployment.id}` };
      return { status: 201, headers, body: { ...deploymentView(deployment), findings: findings as unknown as Json } };
    });
  });

  router.get('/', async (req, res) => {
    const caller = callerOf(res);
    assertSeesDeployments(caller);
    const query = { list: 'deployments', dealership: caller.dealership };
    const { limit, after } = await pageOf(cursors, query, req.query as PageInput);
    const before = after === undefined ? {} : { before: String(after[0]) };
    const rows = await db.tenant(caller.dealership, (trx) => listDeployments(trx, caller.dealership, { limit, ...before }));
    const { rows: items, hasMore } = cut(rows, limit);
    const body = await pageView(cursors, query, { items, hasMore }, ({ sequence }) => [sequence], deploymentView);
    linkNext(req, res, body.page);
    res.json(body);
  });

  router.get('/:deploymentId', async (req, res) => {
    const caller = callerOf(res);
    assertSeesDeployments(caller);
    const body = await db.tenant(caller.dealership, async (trx) => {
      const deployment = await findDeployment(trx, caller.dealership, req.params.deploymentId);
      if (deployment === undefined) throw new ApiError('not-found');
      const documents = await listDeployedDocuments(trx, caller.dealership, deployment.id);
      const shown = documents.map(({ kind, id, path, text }) => ({ kind, id, path, text }));
      return { ...deploymentView(deployment), documents: shown };
    });
    res.json(body);
  });

  return router;
}
