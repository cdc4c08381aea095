import type { Caller } from '../../db/account-repository';
import { inPatientTransaction } from '../../db/connector-effect';
import { readRows } from '../../db/register-access';
import { changeRow, type RowChange } from '../../db/register-change';
import { findRow, RegisterConflict } from '../../db/register-row';
import type { JsonObject } from '../../engine/json';
import type { Parts } from '../parts';
import { ApiError } from '../problem';
import { explain, problemOfConflict } from './register-problem';
import { assertMaySet, assertWrites, findOwnRegister, type OwnRegister } from './register-rights';
import { rowView } from './register-view';
import { keyFromText } from './row-key';

/** What somebody asks to be done to a row. */
export interface AskedChange {
  registerId: string;
  kind: 'insert' | 'update' | 'delete';
  /** As it stands in the address; absent: `values` names it. */
  key?: string;
  values: JsonObject;
  expectedVersion?: number;
  idempotencyKey: string;
}

/**
 * Changes a row by hand, within the caller's rights.
 *
 * @throws ApiError and nothing is changed then
 */
export async function changeByHand({ db, clock }: Parts, caller: Caller, asked: AskedChange): Promise<JsonObject> {
  const { dealership } = caller;
  let own: OwnRegister | undefined;
  try {
    return await inPatientTransaction(db, dealership, async (trx) => {
      own = await findOwnRegister(trx, caller, asked.registerId);
      if (asked.kind !== 'update') assertWrites(own);
      if (own.writable.length === 0) throw new ApiError('forbidden');
      assertMaySet(own, Object.keys(asked.values));
      const { register } = own;
      const key = asked.key === undefined ? {} : { key: keyFromText(register, asked.key) };
      const change: RowChange = {
        dealership,
        register,
        kind: asked.kind,
        ...key,
        values: asked.values,
        ...(asked.expectedVersion === undefined ? {} : { expectedVersion: asked.expectedVersion }),
        by: caller.user,
        idempotencyKey: asked.idempotencyKey,
        atMs: clock(),
      };
      const done = await changeRow(trx, change);
      const row = done.after === null ? undefined : await findRow(trx, dealership, register, done.key);
      if (row === undefined) return {};
      const [values = {}] = await readRows(trx, dealership, register, [row.values], clock());
      return rowView(own, row, values);
    });
  } catch (error) {
    if (!(error instanceof RegisterConflict)) throw error;
    const known = own;
    if (known === undefined) throw problemOfConflict(error);
    throw await db.tenant(dealership, (trx) => explain(trx, dealership, known, error, asked.expectedVersion));
  }
}
