import { keyColumns, readRows, registerOf } from '../db/register-access';
import { changeRow, type RowChange } from '../db/register-change';
import type { JsonObject } from '../engine/json';
import type { Attempt } from './connector';
import { inDatabase } from './own-database';

/** Changes a row as a connector's input says; the change's own history keeps it from being made twice. Gives the row as it is read then. */
export async function changeByConnector(attempt: Attempt, kind: RowChange['kind'], input: JsonObject): Promise<JsonObject> {
  return inDatabase(attempt, async (trx, { dealership, instanceKey, elementId, idempotencyKey, atMs }) => {
    const register = await registerOf(trx, dealership, String(input.register));
    const { key, version: expectedVersion } = input;
    const changed = await changeRow(trx, {
      dealership,
      register,
      kind,
      values: (input.values ?? {}) as JsonObject,
      ...(key === undefined ? {} : { key: keyColumns(register, key) }),
      ...(typeof expectedVersion === 'number' ? { expectedVersion } : {}),
      by: 'system',
      from: { instanceKey, elementId },
      idempotencyKey,
      atMs,
    });
    const result = { key: changed.key, version: changed.version };
    if (changed.after === null) return result;
    const [row = {}] = await readRows(trx, dealership, register, [changed.after], atMs);
    return { ...result, row };
  });
}
