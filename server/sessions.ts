import { createHash } from 'node:crypto';
import { verify } from '@node-rs/argon2';
import type { RequestHandler } from 'express';
import { LRUCache } from 'lru-cache';
import { type Caller, createSession, findLogin, findSession, hashPassword } from '../db/account-repository';
import type { Parts } from './parts';
import { ApiError } from './problem';
import { contextOf } from './request';

/** Log-in and look-up of sessions. */
export interface Sessions {
  /** Checks a password; the same time and the same answer for an unknown name and a wrong password. */
  logIn(username: string, password: string, address: string): Promise<{ token: string; expiresAt: Date; caller: Caller }>;
  /** Lets requests with a valid token pass and says who asks. */
  authenticate: RequestHandler;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

const REFILL_MS = 10_000;

const SESSION_LIFETIME_MS = 12 * 3_600_000;

/** Sessions of the database, looked up at most every few seconds. */
export function createSessions({ db, clock, settings }: Parts): Sessions {
  const cache = new LRUCache<string, Caller & { expiresAt: Date }>({ max: 10_000, ttl: settings.sessionCacheMs ?? 5_000 });
  const buckets = new LRUCache<string, Bucket>({ max: 50_000 });
  const capacity = settings.loginAttempts ?? 10;
  let decoy: Promise<string> | undefined;

  /** Takes one attempt; a success gives all back. */
  function take(key: string): void {
    const now = clock();
    const before = buckets.get(key) ?? { tokens: capacity, atMs: now };
    const tokens = Math.min(capacity, before.tokens + (now - before.atMs) / REFILL_MS);
    if (tokens < 1) {
      const seconds = Math.ceil(((1 - tokens) * REFILL_MS) / 1000);
      throw new ApiError('too-many-attempts', { params: { seconds }, headers: { 'Retry-After': String(seconds) } });
    }
    buckets.set(key, { tokens: tokens - 1, atMs: now });
  }

  async function lookUp(token: string): Promise<Caller> {
    const key = createHash('sha256').update(token).digest('base64');
    const known = cache.get(key) ?? (await db.system((trx) => findSession(trx, token, clock())));
    if (known === undefined || known.expiresAt.getTime() <= clock()) throw unauthenticated();
    if (!cache.has(key)) cache.set(key, known);
    return { user: known.user, dealership: known.dealership, roles: known.roles };
  }

  return {
    async logIn(username, password, address) {
      const bucket = `${username}\n${address}`;
      take(bucket);
      const login = await db.system((trx) => findLogin(trx, username));
      decoy ??= hashPassword('no account has this password');
      const right = await verify(login?.passwordHash ?? (await decoy), password);
      if (login === undefined || !right) throw new ApiError('login-failed');
      buckets.delete(bucket);
      const caller = { user: login.user, dealership: login.dealership, roles: login.roles };
      return {
        ...(await db.system((trx) => createSession(trx, caller, clock(), settings.sessionLifetimeMs ?? SESSION_LIFETIME_MS))),
        caller,
      };
    },

    authenticate: async (req, res, next) => {
      const [, token] = /^Bearer ([A-Za-z0-9_-]{1,200})$/i.exec(req.get('authorization') ?? '') ?? [];
      if (token === undefined) throw unauthenticated();
      contextOf(res).caller = await lookUp(token);
      next();
    },
  };
}

function unauthenticated(): ApiError {
  return new ApiError('unauthenticated', { headers: { 'WWW-Authenticate': 'Bearer realm="neiqin"' } });
}
