import { LRUCache } from 'lru-cache';
import type { CompiledRegister } from '../engine/register/register';
import type { Transaction } from './database';

/** What publishing did with a register. */
export interface RegisterPublication {
  registerId: string;
  version: number;
  changed: boolean;
}

/** Published registers, by dealership and hash: what is addressed by its hash never changes. */
const known = new LRUCache<string, CompiledRegister>({ max: 500 });

/** Takes the lock of a register: shared by those who change its rows, alone by who publishes it. Until the transaction ends. */
export async function lockRegister(trx: Transaction, dealership: string, id: string, mode: 'shared' | 'alone'): Promise<void> {
  const name = mode === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await trx.query({ name: `register-${mode}`, text: `select ${name}(hashtextextended($1, 0))` }, [`register:${dealership}:${id}`]);
}

/** The register of a dealership as it was published last; undefined where it has none of that id. */
export async function findRegister(trx: Transaction, dealership: string, id: string): Promise<CompiledRegister | undefined> {
  return (await findRegisterVersion(trx, dealership, id))?.register;
}

/** As `findRegister`, with the number of its version. */
export async function findRegisterVersion(
  trx: Transaction,
  dealership: string,
  id: string,
): Promise<{ register: CompiledRegister; version: number } | undefined> {
  const [row] = await trx.query<{ hash: string; version: number }>(
    {
      name: 'register-latest',
      text: 'select hash, version from register where dealership_id = $1 and register_id = $2 order by version desc limit 1',
    },
    [dealership, id],
  );
  if (row === undefined) return undefined;
  const cached = known.get(`${dealership}/${row.hash}`);
  if (cached !== undefined) return { register: cached, version: row.version };
  const [{ definition } = { definition: undefined }] = await trx.query<{ definition: CompiledRegister }>(
    'select definition from register where dealership_id = $1 and register_id = $2 and version = $3',
    [dealership, id, row.version],
  );
  if (definition === undefined) return undefined;
  known.set(`${dealership}/${row.hash}`, definition);
  return { register: definition, version: row.version };
}

/** The registers of a dealership as they were published last, by id. */
export async function listRegisters(trx: Transaction, dealership: string): Promise<CompiledRegister[]> {
  const rows = await trx.query<{ definition: CompiledRegister }>(
    `select distinct on (register_id) definition from register where dealership_id = $1 order by register_id, version desc`,
    [dealership],
  );
  return rows.map(({ definition }) => definition);
}
