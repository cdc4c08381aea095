import { keyColumns, registerOf } from '../../db/register-access';
import { keyOf } from '../../db/register-row';
import { releaseRow } from '../../db/reservation-repository';
import { releaseSignature } from '../../engine/connectors/register';
import type { Connector } from '../connector';
import { onceInDatabase } from '../own-database';

/** `register.release`: a row that is held for somebody is free again. */
export const registerRelease: Connector = {
  name: 'register.release',
  ...releaseSignature,
  run: (input, attempt) =>
    onceInDatabase(attempt, 'register.release', async (trx, origin) => {
      const register = await registerOf(trx, origin.dealership, String(input.register));
      const key = keyOf(register, keyColumns(register, input.key ?? null));
      return { released: await releaseRow(trx, origin, register, { key, heldFor: String(input.for ?? attempt.instanceKey) }) };
    }),
};
