import type { Transaction } from './database';

/** Somebody of a dealership with the address that its document gives them now; null where it gives none. */
export interface Reachable {
  user: string;
  mail: string | null;
}

/** How people are reached by mail, in the order in which they are named. */
export async function findMailAddresses(trx: Transaction, dealership: string, people: readonly string[]): Promise<Reachable[]> {
  const [row] = await trx.query<{ users: Record<string, { mail: string }> | null }>(
    'select users from dealership where dealership_id = $1',
    [dealership],
  );
  const users = row?.users ?? {};
  return people.map((user) => ({ user, mail: Object.hasOwn(users, user) ? (users[user]?.mail ?? null) : null }));
}
