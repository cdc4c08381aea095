import type { JsonObject } from '../engine/json';
import type { Actor } from '../engine/runtime/events';
import type { Statement, Transaction } from './database';
import { storableJson } from './json-text';

/** A published message, as whoever keeps it going knows it. */
interface StoredMessage {
  dealership: string;
  messageId: string;
  name: string;
  correlationKey: string;
  variables: JsonObject;
  actor: Actor;
}

/** What names a message: enough to look at it again. */
export type MessageAddress = Pick<StoredMessage, 'dealership' | 'messageId'>;

/** A message and the waiting case that it is for. It is `MATCHED` until {@link settleMessage} says what came of the delivery. */
export interface MatchedMessage extends StoredMessage {
  subscriptionKey: string;
  /** The root instance and where it runs. */
  rootKey: string;
  workflowId: string;
}

export interface NewMessage extends StoredMessage {
  /** How long it is kept for somebody who does not await it yet. */
  timeToLiveMs: number;
}

/**
 * What became of a message: `matched` is to be delivered to the case, with `starting` a case of this key is to begin, `buffered` waits for a
 * subscription or for a business key, the others are final.
 */
export type MessageState =
  | { kind: 'matched'; match: MatchedMessage }
  | { kind: 'starting'; rootKey: string }
  | { kind: 'buffered'; expiresAtMs: number }
  | { kind: 'correlated'; rootKey: string }
  | { kind: 'expired' };

const lock: Statement = { name: 'message-lock', text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))' };

/** One writer at a time for a name and key: neither the message nor the subscription can miss the other. */
export async function lockCorrelation(trx: Transaction, dealership: string, name: string, correlationKey: string): Promise<void> {
  await trx.query(lock, [JSON.stringify([dealership, name, correlationKey])]);
}

const findState: Statement = {
  name: 'message-state',
  text: `select m.state, m.expires_at, m.expires_at <= now() as over, m.root_key, m.subscription_key, m.name, m.correlation_key, m.variables, m.actor,
      s.workflow_id
    from message m left join message_subscription s on s.subscription_key = m.subscription_key
    where m.dealership_id = $1 and m.message_id = $2`,
};

const insert: Statement = {
  name: 'message-insert',
  text: `insert into message (dealership_id, message_id, name, correlation_key, variables, actor, expires_at, state)
    values ($1, $2, $3, $4, $5, $6, now() + $7::bigint * interval '1 millisecond', 'BUFFERED') on conflict do nothing`,
};

const match: Statement = {
  name: 'message-match',
  text: `update message m set state = 'MATCHED', subscription_key = s.subscription_key, root_key = s.root_key, matched_at = now()
    from (select subscription_key, root_key from message_subscription
      where dealership_id = $1 and name = $3 and correlation_key = $4 and open order by subscription_key limit 1) s
    where m.dealership_id = $1 and m.message_id = $2 and m.state = 'BUFFERED'`,
};

/** Where the business key was taken, it is tried again while the message lives; the first try is made whatever its time to live. */
const matchStart: Statement = {
  name: 'message-match-start',
  text: `update message m set state = 'MATCHED', root_key = $3, matched_at = now()
    where m.dealership_id = $1 and m.message_id = $2 and m.state = 'BUFFERED' and (m.waits_for is null or m.expires_at > now())
      and exists (select from event_start e where e.dealership_id = $1 and e.kind = 'message' and e.name = $4 and not e.withdrawn
        and not exists (select from process_suspension s
          where s.dealership_id = $1 and s.process_id = e.process_id and s.resumed_at is null))`,
};

const expire: Statement = {
  name: 'message-expire',
  text: `update message set state = 'EXPIRED' where dealership_id = $1 and message_id = $2 and state = 'BUFFERED' and expires_at <= now()`,
};

/**
 * Stores a message under its id and matches it in one transaction: with an open subscription, else with a process that it starts, whose case
 * gets the key `startKey`. Idempotent: asked again, it says where the
 * message stands, tries again to match one that is buffered, and closes one whose time to live is over.
 */
export async function putMessage(trx: Transaction, message: NewMessage, startKey: string): Promise<MessageState> {
  const { dealership, messageId, name, correlationKey } = message;
  await lockCorrelation(trx, dealership, name, correlationKey);
  await trx.query(insert, [
    dealership,
    messageId,
    name,
    correlationKey,
    storableJson(message.variables),
    storableJson(message.actor),
    Math.max(0, Math.round(message.timeToLiveMs)),
  ]);
  await trx.query(match, [dealership, messageId, name, correlationKey]);
  await trx.query(matchStart, [dealership, messageId, startKey, name]);
  await trx.query(expire, [dealership, messageId]);
  const state = await findMessage(trx, dealership, messageId);
  if (state === undefined) throw new Error(`invariant: message "${messageId}" is not stored`);
  return state;
}

/** Where a message stands; undefined where there is none of that id. */
export async function findMessage(trx: Transaction, dealership: string, messageId: string): Promise<MessageState | undefined> {
  const [row] = await trx.query<MessageRow>(findState, [dealership, messageId]);
  if (row === undefined) return undefined;
  if (row.state === 'MATCHED' && row.subscription_key === null) return { kind: 'starting', rootKey: row.root_key ?? '' };
  if (row.state === 'MATCHED') return { kind: 'matched', match: { dealership, messageId, ...matchOf(row) } };
  if (row.state === 'CORRELATED') return { kind: 'correlated', rootKey: row.root_key ?? '' };
  return row.state === 'EXPIRED' ? { kind: 'expired' } : { kind: 'buffered', expiresAtMs: row.expires_at.getTime() };
}

interface MessageRow {
  state: 'BUFFERED' | 'MATCHED' | 'CORRELATED' | 'EXPIRED';
  expires_at: Date;
  root_key: string | null;
  subscription_key: string | null;
  workflow_id: string | null;
  name: string;
  correlation_key: string;
  variables: JsonObject;
  actor: Actor;
}

function matchOf(row: MessageRow): Omit<MatchedMessage, 'dealership' | 'messageId'> {
  return {
    name: row.name,
    correlationKey: row.correlation_key,
    variables: row.variables,
    actor: row.actor,
    subscriptionKey: row.subscription_key ?? '',
    rootKey: row.root_key ?? '',
    workflowId: row.workflow_id ?? '',
  };
}

const settle: Statement = {
  name: 'message-settle',
  text: `update message set state = $3, waits_for = $4,
      subscription_key = case when $3 = 'CORRELATED' then subscription_key end, root_key = case when $3 = 'CORRELATED' then root_key end
    where dealership_id = $1 and message_id = $2 and state = 'MATCHED'`,
};

/**
 * Ends a delivery: the case has the message, or it did not await it any more and the message goes back to the buffer, where the next
 * {@link putMessage} or a new subscription finds it. `waitsFor` is the workflow whose case has the business key that it would start with.
 */
export async function settleMessage(
  trx: Transaction,
  dealership: string,
  messageId: string,
  outcome: 'CORRELATED' | 'BUFFERED',
  waitsFor: string | null = null,
): Promise<void> {
  await trx.query(settle, [dealership, messageId, outcome, waitsFor]);
}

/** Kept messages that could not start a case while the one of this workflow ran. */
export async function listWaitingFor(trx: Transaction, dealership: string, workflowId: string): Promise<MessageAddress[]> {
  return trx.query(
    {
      name: 'message-waiting',
      text: `select dealership_id as dealership, message_id as "messageId" from message
        where dealership_id = $1 and waits_for = $2 and state = 'BUFFERED' order by published_at limit 100`,
    },
    [dealership, workflowId],
  );
}

/** Kept messages that may begin a case of a process, the oldest first; at most 1,000: what comes after them looks again within a minute. */
export async function listKeptForStarts(trx: Transaction, dealership: string, processId: string): Promise<MessageAddress[]> {
  return trx.query(
    {
      name: 'message-kept-for-starts',
      text: `select m.dealership_id as dealership, m.message_id as "messageId" from message m
        where m.dealership_id = $1 and m.state = 'BUFFERED' and m.expires_at > now()
          and m.name in (select e.name from event_start e
            where e.dealership_id = $1 and e.process_id = $2 and e.kind = 'message' and not e.withdrawn)
        order by m.published_at limit 1000`,
    },
    [dealership, processId],
  );
}

const takeBuffered: Statement = {
  name: 'message-take',
  text: `update message m set state = 'MATCHED', subscription_key = $4, root_key = $5, matched_at = now()
    where m.dealership_id = $1 and m.message_id = (
      select b.message_id from message b where b.dealership_id = $1 and b.name = $2 and b.correlation_key = $3 and b.state = 'BUFFERED'
        and b.expires_at > now() order by b.published_at, b.message_id limit 1)
    returning m.message_id, m.name, m.correlation_key, m.variables, m.actor`,
};

/** The oldest buffered message that a new subscription was waiting for. The caller holds the lock and has written the subscription. */
export async function takeBufferedMessage(
  trx: Transaction,
  dealership: string,
  subscription: { key: string; rootKey: string; workflowId: string; name: string; correlationKey: string },
): Promise<MatchedMessage | undefined> {
  const { key, rootKey, workflowId, name, correlationKey } = subscription;
  const [row] = await trx.query<MessageRow & { message_id: string }>(takeBuffered, [dealership, name, correlationKey, key, rootKey]);
  if (row === undefined) return undefined;
  return {
    dealership,
    messageId: row.message_id,
    name,
    correlationKey,
    variables: row.variables,
    actor: row.actor,
    subscriptionKey: key,
    rootKey,
    workflowId,
  };
}

/** Messages matched before `beforeMs` whose delivery has not ended, oldest first, of all dealerships: the system role's. */
export async function listUndelivered(trx: Transaction, beforeMs: number, limit: number): Promise<MatchedMessage[]> {
  const rows = await trx.query<MessageRow & { dealership_id: string; message_id: string }>(
    `select m.dealership_id, m.message_id, m.state, m.expires_at, m.root_key, m.subscription_key, m.name, m.correlation_key, m.variables, m.actor, s.workflow_id
     from message m join message_subscription s on s.subscription_key = m.subscription_key
     where m.state = 'MATCHED' and m.matched_at < $1 order by m.matched_at limit $2`,
    [new Date(beforeMs).toISOString(), limit],
  );
  return rows.map((row) => ({ dealership: row.dealership_id, messageId: row.message_id, ...matchOf(row) }));
}
