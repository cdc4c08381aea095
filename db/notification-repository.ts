import { randomUUID } from 'node:crypto';
import type { EffectOrigin } from './connector-effect';
import type { Transaction } from './database';
import { cut, type PageRequest } from './page';

/** What somebody is told. */
export interface NotificationText {
  title: string;
  text?: string;
  /** Where to look: an address, or a path of the product. */
  link?: string;
  /** Ids of stored documents. */
  documents?: string[];
}

/** Something that a person was told, and when it was read. */
export interface StoredNotification {
  id: string;
  title: string;
  text: string | null;
  link: string | null;
  documents: string[];
  createdAt: Date;
  readAt: Date | null;
  instanceKey: string;
  elementId: string;
}

/** Users of the dealership who are named, or have one of the roles at this moment; sorted, each once. Disabled accounts are left out. */
export async function findPeople(trx: Transaction, dealership: string, users: string[], roles: string[]): Promise<string[]> {
  const rows = await trx.query<{ username: string }>(
    `select username from account
     where dealership_id = $1 and not disabled and (username = any ($2::text[]) or roles && $3::text[]) order by username`,
    [dealership, users, roles],
  );
  return rows.map(({ username }) => username);
}

/** Tells people something: one notification for each, however often the origin's key comes. */
export async function putNotifications(trx: Transaction, origin: EffectOrigin, people: string[], told: NotificationText): Promise<void> {
  const { dealership, idempotencyKey, instanceKey, elementId, atMs } = origin;
  await trx.query(
    `insert into notification
       (dealership_id, notification_id, username, title, text, link, documents, created_at, instance_key, element_id, idempotency_key)
     select $1, id, username, $2, $3, $4, $5, $6, $7, $8, $9 from unnest($10::uuid[], $11::text[]) as told (id, username)
     on conflict (dealership_id, username, idempotency_key) do nothing`,
    [
      dealership,
      told.title,
      told.text ?? null,
      told.link ?? null,
      JSON.stringify(told.documents ?? []),
      new Date(atMs),
      instanceKey,
      elementId,
      idempotencyKey,
      people.map(() => randomUUID()),
      people,
    ],
  );
}

const MINUS_INFINITY = -9_007_199_254_740_991;

/** What a person was told: what was not read first, then the latest; with how much of all was not read. */
export async function listNotifications(
  trx: Transaction,
  dealership: string,
  user: string,
  onlyUnread: boolean,
  page: PageRequest,
): Promise<{ items: StoredNotification[]; hasMore: boolean; unread: number }> {
  const [rank, age, id] = page.after ?? [0, MINUS_INFINITY, '00000000-0000-0000-0000-000000000000'];
  const rows = await trx.query<StoredNotification>(
    `select id, title, text, link, documents, "createdAt", "readAt", "instanceKey", "elementId" from (
       select notification_id as id, title, text, link, documents, created_at as "createdAt", read_at as "readAt",
         instance_key as "instanceKey", element_id as "elementId", (read_at is not null)::integer as rank,
         -floor(extract(epoch from created_at) * 1000)::bigint as age
       from notification where dealership_id = $1 and username = $2 and (not $3 or read_at is null)) told
     where (rank, age, id) > ($4::integer, $5::bigint, $6::uuid) order by rank, age, id limit $7`,
    [dealership, user, onlyUnread, rank, age, id, page.limit + 1],
  );
  const [counted] = await trx.query<{ unread: number }>(
    'select count(*)::integer as unread from notification where dealership_id = $1 and username = $2 and read_at is null',
    [dealership, user],
  );
  const { rows: items, hasMore } = cut(rows, page.limit);
  return { items, hasMore, unread: counted?.unread ?? 0 };
}

/** Sort values of a notification, for the cursor of the page that ends with it. */
export function notificationCursor({ id, createdAt, readAt }: StoredNotification): (string | number)[] {
  return [readAt === null ? 0 : 1, -createdAt.getTime(), id];
}

/** Notes that a person has read what was told; the first time stays. Gives whether the person was told that. */
export async function markNotificationRead(trx: Transaction, dealership: string, user: string, id: string, atMs: number): Promise<boolean> {
  const rows = await trx.query(
    `update notification set read_at = coalesce(read_at, $4) where dealership_id = $1 and username = $2 and notification_id = $3
     returning notification_id`,
    [dealership, user, id, new Date(atMs)],
  );
  return rows.length > 0;
}

/** Notes that a person has read everything that was told until a moment. */
export async function markAllNotificationsRead(trx: Transaction, dealership: string, user: string, atMs: number): Promise<void> {
  await trx.query(
    'update notification set read_at = $3 where dealership_id = $1 and username = $2 and read_at is null and created_at <= $3',
    [dealership, user, new Date(atMs)],
  );
}

/** Whether a person was told of a document. */
export async function wasToldOf(trx: Transaction, dealership: string, user: string, documentId: string): Promise<boolean> {
  const rows = await trx.query(
    'select from notification where dealership_id = $1 and username = $2 and documents @> jsonb_build_array($3::text) limit 1',
    [dealership, user, documentId],
  );
  return rows.length > 0;
}
