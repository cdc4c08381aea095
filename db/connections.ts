import type { Transaction } from './database';

/** The hosts that a dealership may connect to, as its document says now; undefined where it says nothing. */
export async function findAllowedHosts(trx: Transaction, dealership: string): Promise<string[] | undefined> {
  const [row] = await trx.query<{ connections: { hosts: string[] } | null }>(
    'select connections from dealership where dealership_id = $1',
    [dealership],
  );
  return row?.connections?.hosts;
}
