import { keyColumns, registerOf } from '../../db/register-access';
import { keyOf } from '../../db/register-row';
import { reserveRow } from '../../db/reservation-repository';
import { reserveSignature } from '../../engine/connectors/register';
import type { Connector } from '../connector';
import { onceInDatabase } from '../own-database';

/** `register.reserve`: holds a row for somebody, by default the case's instance; the row itself stays as it is. */
export const registerReserve: Connector = {
  name: 'register.reserve',
  ...reserveSignature,
  run: (input, attempt) =>
    onceInDatabase(attempt, 'register.reserve', async (trx, origin) => {
      const register = await registerOf(trx, origin.dealership, String(input.register));
      const key = keyOf(register, keyColumns(register, input.key ?? null));
      const heldFor = String(input.for ?? attempt.instanceKey);
      const untilMs = typeof input.until === 'string' ? Date.parse(input.until) : null;
      return { ...(await reserveRow(trx, origin, register, { key, heldFor, untilMs })) };
    }),
};
