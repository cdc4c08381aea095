import { createHash, randomBytes } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import type { CompiledDealership } from '../engine/compile/deployment';
import type { Database, Transaction } from './database';

/** Somebody who is logged in: roles are those of now, not those of the log-in. */
export interface Caller {
  user: string;
  dealership: string;
  roles: string[];
}

export interface Account {
  username: string;
  dealership: string;
  roles: string[];
}

/** Every role that a demo dealership has an account for. */
const demoRoles = ['clerk', 'salesman', 'finance', 'warehouse', 'sales-manager', 'general-manager', 'admin', 'auditor'] as const;

/** OWASP's parameters for argon2id: 19 MiB, two passes. */
const argon = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** The form in which a password is stored. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, argon);
}

/** Makes an account, or gives an existing one these roles; its password stays. Says whether it was new. */
export async function putAccount(db: Database, account: Account, password: string): Promise<boolean> {
  const updated = await db.system((trx) =>
    trx.query('update account set roles = $3 where username = $1 and dealership_id = $2 returning username', [
      account.username,
      account.dealership,
      account.roles,
    ]),
  );
  if (updated.length === 1) return false;
  const passwordHash = await hashPassword(password);
  const inserted = await db.system((trx) =>
    trx.query(
      'insert into account (username, dealership_id, password_hash, roles) values ($1, $2, $3, $4) on conflict do nothing returning username',
      [account.username, account.dealership, passwordHash, account.roles],
    ),
  );
  return inserted.length === 1;
}

/** The dealerships at which something was published, by id, with the roles that their documents give. */
export async function listDealerships(db: Database): Promise<Pick<CompiledDealership, 'id' | 'roles'>[]> {
  return db.system((trx) => trx.query('select dealership_id as id, roles from dealership order by dealership_id'));
}

/**
 * Accounts of a demo dealership: `<role>@<dealership>` for each of the demo's roles, and everybody whom its document names, with the roles
 * that they have there. Accounts that exist keep their password.
 */
export async function putDemoAccounts(
  db: Database,
  dealership: Pick<CompiledDealership, 'id' | 'roles'>,
  password: string,
): Promise<Account[]> {
  const roles = new Map<string, Set<string>>();
  for (const role of demoRoles) roles.set(`${role}@${dealership.id}`, new Set([role]));
  for (const [role, users] of Object.entries(dealership.roles)) {
    for (const user of users) roles.set(user, (roles.get(user) ?? new Set()).add(role));
  }
  const accounts = [...roles].map(([username, held]) => ({ username, dealership: dealership.id, roles: [...held] }));
  await Promise.all(accounts.map((account) => putAccount(db, account, password)));
  return accounts;
}

/** The account of a log-in with the hash of its password; undefined where there is none or it is disabled. */
export async function findLogin(trx: Transaction, username: string): Promise<(Caller & { passwordHash: string }) | undefined> {
  const [row] = await trx.query<{ username: string; dealership_id: string; roles: string[]; password_hash: string }>(
    'select username, dealership_id, roles, password_hash from account where username = $1 and not disabled',
    [username],
  );
  if (row === undefined) return undefined;
  return { user: row.username, dealership: row.dealership_id, roles: row.roles, passwordHash: row.password_hash };
}

/** Roles of a user of the dealership; undefined where there is no such user. */
export async function findRoles(trx: Transaction, dealership: string, username: string): Promise<string[] | undefined> {
  const [row] = await trx.query<{ roles: string[] }>(
    'select roles from account where dealership_id = $1 and username = $2 and not disabled',
    [dealership, username],
  );
  return row?.roles;
}

/** The names of everybody who has an account of the dealership. */
export async function listUsers(trx: Transaction, dealership: string): Promise<string[]> {
  const rows = await trx.query<{ username: string }>(
    'select username from account where dealership_id = $1 and not disabled order by username limit 10000',
    [dealership],
  );
  return rows.map(({ username }) => username);
}

/** Roles of several users of the dealership by name; those who do not exist are missing. */
export async function findRolesOf(trx: Transaction, dealership: string, usernames: string[]): Promise<Map<string, string[]>> {
  const rows = await trx.query<{ username: string; roles: string[] }>(
    'select username, roles from account where dealership_id = $1 and username = any ($2::text[]) and not disabled',
    [dealership, usernames],
  );
  return new Map(rows.map((row) => [row.username, row.roles]));
}

/** Begins a session. The token is 256 random bits; only its hash is stored. */
export async function createSession(
  trx: Transaction,
  caller: Caller,
  nowMs: number,
  lifetimeMs: number,
): Promise<{ token: string; expiresAt: Date }> {
  const token = randomBytes(32).toString('base64url');
  const expiresAt = new Date(nowMs + lifetimeMs);
  await trx.query('insert into session (token_hash, dealership_id, username, created_at, expires_at) values ($1, $2, $3, $4, $5)', [
    tokenHash(token),
    caller.dealership,
    caller.user,
    new Date(nowMs),
    expiresAt,
  ]);
  return { token, expiresAt };
}

/** Who holds a token; undefined where it is unknown or expired, or its account disabled. */
export async function findSession(trx: Transaction, token: string, nowMs: number): Promise<(Caller & { expiresAt: Date }) | undefined> {
  const [row] = await trx.query<{ username: string; dealership_id: string; roles: string[]; expires_at: Date }>(
    {
      name: 'session',
      text: `select a.username, a.dealership_id, a.roles, s.expires_at from session s join account a on a.username = s.username
        where s.token_hash = $1 and s.expires_at > $2 and not a.disabled`,
    },
    [tokenHash(token), new Date(nowMs)],
  );
  return row === undefined ? undefined : { user: row.username, dealership: row.dealership_id, roles: row.roles, expiresAt: row.expires_at };
}

/** Forgets sessions that ended before `nowMs`. */
export async function deleteExpiredSessions(trx: Transaction, nowMs: number): Promise<void> {
  await trx.query('delete from session where expires_at < $1', [new Date(nowMs)]);
}

function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
