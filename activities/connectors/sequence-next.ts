import { type SequencePeriod, takeNumber } from '../../db/number-sequence';
import { sequenceSignature } from '../../engine/connectors/books';
import type { Connector } from '../connector';
import { onceInDatabase } from '../own-database';

/** `sequence.next`: the next number of a sequence, without gaps; `text` is its prefix, its period and its digits. */
export const sequenceNext: Connector = {
  name: 'sequence.next',
  ...sequenceSignature,
  run: (input, attempt) =>
    onceInDatabase(attempt, 'sequence.next', async (trx, { dealership, atMs }) => {
      const taken = await takeNumber(trx, dealership, String(input.sequence), input.period as SequencePeriod | undefined, atMs);
      const digits = String(taken.number).padStart(Number(input.digits ?? 4), '0');
      return { ...taken, text: `${input.prefix ?? ''}${taken.period === '' ? '' : `${taken.period}-`}${digits}` };
    }),
};
