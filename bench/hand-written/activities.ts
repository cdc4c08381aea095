import type { Pool } from 'pg';
import type { RowBatch } from './messages';
import { writeBatch } from './rows';

/** What the hand-written workflow does outside of itself. */
export interface OrderActivities {
  noop(orderNo: string): Promise<null>;
  writeRows(batch: RowBatch): Promise<void>;
}

export function orderActivities(pool: Pool): OrderActivities {
  return {
    noop: async () => null,
    writeRows: (batch) => writeBatch(pool, batch),
  };
}
