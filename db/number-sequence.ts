import type { Transaction } from './database';

/** The span within which a sequence counts from 1; absent: it never begins anew. */
export type SequencePeriod = 'day' | 'month' | 'year';

/** A number of a sequence: `period` is the span that it was taken in, such as `202603`; empty where there is none. */
export interface SequenceNumber {
  number: number;
  period: string;
}

/** Takes the next number of a sequence. Others wait until the transaction ends; where it is rolled back, the number is the next one's: there are no gaps. */
export async function takeNumber(
  trx: Transaction,
  dealership: string,
  name: string,
  period: SequencePeriod | undefined,
  atMs: number,
): Promise<SequenceNumber> {
  const span = period === undefined ? '' : await spanOf(trx, dealership, period, atMs);
  const [row] = await trx.query<{ last: string }>(
    `insert into number_sequence as s (dealership_id, name, period, last) values ($1, $2, $3, 1)
     on conflict (dealership_id, name, period) do update set last = s.last + 1 returning last`,
    [dealership, name, span],
  );
  return { number: Number(row?.last), period: span };
}

const patterns = { day: 'YYYYMMDD', month: 'YYYYMM', year: 'YYYY' } as const;

/** The span of a point in time, on the dealership's calendar. */
async function spanOf(trx: Transaction, dealership: string, period: SequencePeriod, atMs: number): Promise<string> {
  const [row] = await trx.query<{ span: string }>(
    `select to_char($2::timestamptz at time zone coalesce((select timezone from dealership where dealership_id = $1), 'Asia/Shanghai'), $3) as span`,
    [dealership, new Date(atMs), patterns[period]],
  );
  return row?.span ?? '';
}
