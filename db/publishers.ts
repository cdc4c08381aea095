import type { Publishers } from '../engine/compile/publishers';
import type { Transaction } from './database';

/** Who may publish what at a dealership, as its documents say now; undefined where they say nothing. */
export async function findPublishers(trx: Transaction, dealership: string): Promise<Publishers | undefined> {
  const [row] = await trx.query<{ publishers: Publishers | null }>('select publishers from dealership where dealership_id = $1', [
    dealership,
  ]);
  return row?.publishers ?? undefined;
}
