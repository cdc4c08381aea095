import type { Transaction } from './database';

/** Users by role, as a dealership's document names them. */
type Roles = Record<string, string[]>;

/** The roles that somebody of the dealership has, or that its document names, sorted. */
export async function listRoles(trx: Transaction, dealership: string): Promise<string[]> {
  const rows = await trx.query<{ role: string }>(
    `select unnest(roles) as role from account where dealership_id = $1 and not disabled
     union select json_object_keys(roles::json) from dealership where dealership_id = $1 order by role`,
    [dealership],
  );
  return rows.map(({ role }) => role);
}

/** The roles of accounts by user name; those of no account are missing. */
export async function rolesOfUsers(trx: Transaction, dealership: string, users: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
  const rows = await trx.query<{ username: string; roles: string[] }>(
    'select username, roles from account where dealership_id = $1 and username = any ($2::text[])',
    [dealership, users],
  );
  return new Map(rows.map(({ username, roles }) => [username, roles]));
}

/**
 * Gives accounts the roles that the dealership's new document says, and takes those that only the document before has given. Accounts that are named for
 * a role, such as `admin@tianhe`, keep it, so that nobody locks themselves out. Must be called while the document before is still stored.
 */
export async function grantRoles(trx: Transaction, dealership: string, roles: Roles): Promise<void> {
  const [stored] = await trx.query<{ roles: Roles }>('select roles from dealership where dealership_id = $1', [dealership]);
  const before = stored?.roles ?? {};
  const accounts = await trx.query<{ username: string; roles: string[] }>(
    'select username, roles from account where dealership_id = $1 order by username for update',
    [dealership],
  );
  for (const { username, roles: held } of accounts) {
    const had = rolesOf(before, username);
    const kept = held.filter((role) => !had.includes(role) || `${role}@${dealership}` === username);
    const wanted = [...new Set([...kept, ...rolesOf(roles, username)])];
    if (wanted.length === held.length && wanted.every((role) => held.includes(role))) continue;
    await trx.query('update account set roles = $3 where dealership_id = $1 and username = $2', [dealership, username, wanted]);
  }
}

function rolesOf(roles: Roles, username: string): string[] {
  return Object.keys(roles).filter((role) => roles[role]?.includes(username) === true);
}
