import type { Caller } from '../../db/account-repository';
import type { Transaction } from '../../db/database';
import { listRegisters } from '../../db/register-repository';
import { searchRows } from '../../db/register-search';
import { ownRegister } from './register-rights';

/**
 * Whether a row that the caller reads names the document, in a column of ids (`format: uuid`) that the caller sees and cannot set by hand:
 * whoever could set it would give the document to himself.
 */
export async function readsRowWithDocument(trx: Transaction, caller: Caller, documentId: string): Promise<boolean> {
  for (const register of await listRegisters(trx, caller.dealership)) {
    const own = ownRegister(register, caller);
    if (own === undefined || !own.reads) continue;
    const columns = own.seen.columns.filter(
      ({ name, schema }) => schema['format'] === 'uuid' && !own.writable.some((column) => column.name === name),
    );
    for (const { name } of columns) {
      const filters = [{ column: name, op: 'eq' as const, value: documentId.toLowerCase() }];
      const { rows } = await searchRows(trx, caller.dealership, register, { filters, page: { limit: 1 } });
      if (rows.length > 0) return true;
    }
  }
  return false;
}
