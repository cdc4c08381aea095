import { Router } from 'express';
import type { Caller } from '../../db/account-repository';
import type { Transaction } from '../../db/database';
import { findDocument, listDocuments, putDocument, readDocument, type StoredDocument } from '../../db/document-repository';
import { listFamily } from '../../db/instance-repository';
import { wasToldOf } from '../../db/notification-repository';
import type { JsonObject } from '../../engine/json';
import { runPlainCommand } from '../command-flow';
import type { HandedIn } from '../document-body';
import type { Parts } from '../parts';
import { ApiError } from '../problem';
import { readsRowWithDocument } from '../registers/document-rows';
import { callerOf } from '../request';
import { seesInstanceOrOrigin, visibleInstance } from '../visible-instance';

/** Files: those that cases have made, and those that people hand in. */
export function documentRoutes(parts: Parts): Router {
  const { db, clock } = parts;
  const router = Router();

  router.post('/', async (req, res) => {
    const caller = callerOf(res);
    const { name, processInstanceKey } = req.query as { name: string; processInstanceKey?: string };
    const { mediaType, content } = res.locals['document'] as HandedIn;
    const addressOf = (id: string) => ({ workflowId: '', instanceKey: id });
    await runPlainCommand(parts, req, res, 'row', addressOf, async ({ address }) => {
      const stored = await db.tenant(caller.dealership, async (trx) => {
        if (processInstanceKey !== undefined) await visibleInstance(trx, caller, processInstanceKey, clock());
        const from = { user: caller.user, instanceKey: processInstanceKey ?? null };
        const idempotencyKey = `by-hand:${address.instanceKey}`;
        return putDocument(trx, { dealership: caller.dealership, idempotencyKey, name, mediaType, content, from, atMs: clock() });
      });
      return { status: 201, body: documentView(stored) };
    });
  });

  router.get('/', async (req, res) => {
    const caller = callerOf(res);
    const { processInstanceKey } = req.query as { processInstanceKey: string };
    const found = await db.tenant(caller.dealership, async (trx) => {
      const instance = await visibleInstance(trx, caller, processInstanceKey, clock());
      const family = (await listFamily(trx, instance)).map(({ key }) => key);
      return listDocuments(trx, caller.dealership, family, instance.key === instance.rootKey ? instance.key : undefined);
    });
    res.json({ items: found.map(documentView) });
  });

  router.get('/:documentId', async (req, res) => {
    const caller = callerOf(res);
    const document = await db.tenant(caller.dealership, async (trx) => {
      await visibleDocument(trx, caller, req.params.documentId, clock());
      return readDocument(trx, caller.dealership, req.params.documentId);
    });
    if (document === undefined) throw new ApiError('not-found');
    res
      .attachment(document.name)
      .set({ ETag: `"${document.sha256}"`, 'Cache-Control': 'private, no-cache', 'Content-Security-Policy': "sandbox; default-src 'none'" })
      .type(document.mediaType)
      .send(document.content);
  });

  router.get('/:documentId/details', async (req, res) => {
    const caller = callerOf(res);
    const found = await db.tenant(caller.dealership, (trx) => visibleDocument(trx, caller, req.params.documentId, clock()));
    res.json(documentView(found));
  });

  return router;
}

/** A document, where the caller may read it: whoever was told of it; one of a case with the case, with the one that began it, or with a row that names it, any other with a role in the dealership. */
async function visibleDocument(trx: Transaction, caller: Caller, id: string, nowMs: number): Promise<StoredDocument> {
  const document = await findDocument(trx, caller.dealership, id);
  if (document === undefined) throw new ApiError('not-found');
  if (document.createdBy === caller.user || (await wasToldOf(trx, caller.dealership, caller.user, id))) return document;
  const { instanceKey } = document;
  const sees = instanceKey === null ? caller.roles.length > 0 : await seesInstanceOrOrigin(trx, caller, instanceKey, nowMs);
  if (!sees && !(await readsRowWithDocument(trx, caller, id))) throw new ApiError('not-found');
  return document;
}

function documentView({ id, name, mediaType, bytes, sha256, instanceKey, elementId, createdBy, createdAtMs }: StoredDocument): JsonObject {
  return {
    documentId: id,
    name,
    mediaType,
    bytes,
    sha256,
    processInstanceKey: instanceKey,
    elementId,
    createdBy,
    creationDate: new Date(createdAtMs).toISOString(),
  };
}
