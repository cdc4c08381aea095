import { Router } from 'express';
import {
  listNotifications,
  markAllNotificationsRead,
  markNotificationRead,
  notificationCursor,
  type StoredNotification,
} from '../../db/notification-repository';
import type { JsonObject } from '../../engine/json';
import type { Cursors } from '../cursors';
import type { Parts } from '../parts';
import { ApiError } from '../problem';
import { callerOf } from '../request';
import { linkNext, type PageInput, pageOf, pageView } from '../search-query';

/** What the caller was told. Nobody sees the notifications of another. */
export function notificationRoutes({ db, clock }: Parts, cursors: Cursors): Router {
  const router = Router();

  router.get('/', async (req, res) => {
    const { user, dealership } = callerOf(res);
    const { unread } = req.query as { unread?: boolean };
    const query = { list: 'notifications', user, dealership, unread: unread === true };
    const page = await pageOf(cursors, query, req.query as PageInput);
    const found = await db.tenant(dealership, (trx) => listNotifications(trx, dealership, user, unread === true, page));
    const body = await pageView(cursors, query, found, notificationCursor, notificationView);
    linkNext(req, res, body.page);
    res.json({ ...body, unread: found.unread });
  });

  router.post('/read', async (_req, res) => {
    const { user, dealership } = callerOf(res);
    await db.tenant(dealership, (trx) => markAllNotificationsRead(trx, dealership, user, clock()));
    res.status(204).end();
  });

  router.post('/:notificationId/read', async (req, res) => {
    const { user, dealership } = callerOf(res);
    const { notificationId } = req.params;
    const known = await db.tenant(dealership, (trx) => markNotificationRead(trx, dealership, user, notificationId, clock()));
    if (!known) throw new ApiError('not-found');
    res.status(204).end();
  });

  return router;
}

function notificationView(told: StoredNotification): JsonObject {
  const { id, title, text, link, documents, createdAt, readAt, instanceKey, elementId } = told;
  return {
    notificationId: id,
    title,
    text,
    link,
    documents,
    creationDate: createdAt.toISOString(),
    readDate: readAt?.toISOString() ?? null,
    processInstanceKey: instanceKey,
    elementId,
  };
}
