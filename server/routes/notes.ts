import { Router } from 'express';
import { copyCursor, hasCopy, listCopies, markCopyRead, readReceipts } from '../../db/copy-repository';
import { deleteDraft, findDraft, listComments, putComment, putDraft } from '../../db/note-repository';
import type { JsonObject } from '../../engine/json';
import { assertMayWorkOn, mayDo } from '../access';
import { runPlainCommand } from '../command-flow';
import type { Cursors } from '../cursors';
import type { Parts } from '../parts';
import { ApiError } from '../problem';
import { callerOf, contextOf } from '../request';
import { linkNext, type PageInput, pageOf, pageView } from '../search-query';
import { commentView, copyView, draftView, receiptsView } from '../views';
import { represents, visibleTask } from '../visible-task';

/** Drafts, comments and read receipts of tasks: rows, of which no case hears. */
export function noteRoutes(parts: Parts): Router {
  const { db, clock } = parts;
  const router = Router();

  router.get('/:userTaskKey/draft', async (req, res) => {
    const caller = callerOf(res);
    const draft = await db.tenant(caller.dealership, (trx) => findDraft(trx, req.params.userTaskKey, caller.user));
    if (draft === undefined) throw new ApiError('not-found');
    res.json(draftView(draft));
  });

  router.put('/:userTaskKey/draft', async (req, res) => {
    const caller = callerOf(res);
    const { outcome = null, variables } = req.body as { outcome?: string | null; variables: JsonObject };
    const draft = await db.tenant(caller.dealership, async (trx) => {
      const { task } = await visibleTask(trx, caller, req.params.userTaskKey, clock());
      if (!mayDo(caller, task) && !(await represents(trx, caller, task, clock()))) assertMayWorkOn(caller, task);
      if (task.state !== 'CREATED') throw new ApiError('task-not-open', { details: { state: task.state } });
      const place = { dealership: caller.dealership, taskKey: task.key, rootKey: task.rootKey };
      return putDraft(trx, place, caller.user, { outcome, variables });
    });
    res.json(draftView(draft));
  });

  router.delete('/:userTaskKey/draft', async (req, res) => {
    const caller = callerOf(res);
    await db.tenant(caller.dealership, (trx) => deleteDraft(trx, req.params.userTaskKey, caller.user));
    res.status(204).end();
  });

  router.get('/:userTaskKey/comments', async (req, res) => {
    const caller = callerOf(res);
    const comments = await db.tenant(caller.dealership, async (trx) => {
      const { task } = await visibleTask(trx, caller, req.params.userTaskKey, clock());
      return listComments(trx, task.key);
    });
    res.json({ items: comments.map(commentView) });
  });

  router.post('/:userTaskKey/comments', async (req, res) => {
    const caller = callerOf(res);
    const { text } = req.body as { text: string };
    const { task } = await db.tenant(caller.dealership, (trx) => visibleTask(trx, caller, req.params.userTaskKey, clock()));
    const place = { dealership: caller.dealership, taskKey: task.key, rootKey: task.rootKey };
    const addressOf = (id: string) => ({ workflowId: '', instanceKey: id });
    await runPlainCommand(parts, req, res, 'row', addressOf, async ({ address }) => {
      const comment = { id: address.instanceKey, author: caller.user, text };
      return { status: 201, body: commentView(await db.tenant(caller.dealership, (trx) => putComment(trx, place, comment))) };
    });
  });

  router.get('/:userTaskKey/copies', async (req, res) => {
    const caller = callerOf(res);
    const receipts = await db.tenant(caller.dealership, async (trx) => {
      const { task } = await visibleTask(trx, caller, req.params.userTaskKey, clock());
      return readReceipts(trx, task.key);
    });
    res.json(receiptsView(receipts));
  });

  return router;
}

/** Tasks that were shown to the caller. */
export function copyRoutes({ db, clock }: Parts, cursors: Cursors): Router {
  const router = Router();

  router.get('/', async (req, res) => {
    const caller = callerOf(res);
    const { locale } = contextOf(res);
    const query = { list: 'copies', user: caller.user, dealership: caller.dealership };
    const page = await pageOf(cursors, query, req.query as PageInput);
    const found = await db.tenant(caller.dealership, (trx) => listCopies(trx, caller.dealership, caller, page));
    const body = await pageView(cursors, query, found, copyCursor, (copy) => copyView(copy, locale, clock()));
    linkNext(req, res, body.page);
    res.json(body);
  });

  router.post('/:userTaskKey/read', async (req, res) => {
    const caller = callerOf(res);
    await db.tenant(caller.dealership, async (trx) => {
      if (!(await hasCopy(trx, req.params.userTaskKey, caller))) throw new ApiError('not-found');
      await markCopyRead(trx, caller.dealership, req.params.userTaskKey, caller.user);
    });
    res.status(204).end();
  });

  return router;
}
