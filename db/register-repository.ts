import { LRUCache } from 'lru-cache';
import type { JsonObject } from '../engine/json';
import type { CompiledRegister } from '../engine/register/register';
import { indexSets, indexTexts, uniqueTexts } from '../engine/register/row';
import type { Transaction } from './database';

/** What publishing did with a register. */
export interface RegisterPublication {
  registerId: string;
  version: number;
  changed: boolean;
}

/** Published registers, by dealership and hash: what is addressed by its hash never changes. */
const known = new LRUCache<string, CompiledRegister>({ max: 500 });

/** Names the lock of a register, key 0 of its hash: shared by those who change its rows, taken alone by who publishes it. */
export function registerLock(dealership: string, id: string): string {
  return `register:${dealership}:${id}`;
}

/** The register of a dealership as it was published last; undefined where it has none of that id. */
export async function findRegister(trx: Transaction, dealership: string, id: string): Promise<CompiledRegister | undefined> {
  return (await findRegisterVersion(trx, dealership, id))?.register;
}

/** As `findRegister`, with the number of its version. */
async function findRegisterVersion(
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

/** A register that cannot be published as it is written, because of the rows that there are. */
export class RegisterUnpublishableError extends Error {
  override name = 'RegisterUnpublishableError';
  constructor(
    readonly registerId: string,
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

/**
 * Publishes a register: a new version where it has changed. What keeps values unique and what rows are found by is made anew where it is declared
 * otherwise. Needs the system role.
 *
 * @throws RegisterUnpublishableError where rows that there are would not have the key, or share what is to be unique
 */
export async function putRegister(trx: Transaction, dealership: string, register: CompiledRegister): Promise<RegisterPublication> {
  const { id } = register;
  const before = await findRegisterVersion(trx, dealership, id);
  if (before?.register.hash === register.hash) return { registerId: id, version: before.version, changed: false };
  await trx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [registerLock(dealership, id)]);
  const version = (before?.version ?? 0) + 1;
  if (before !== undefined) await rebuild(trx, dealership, before.register, register);
  await trx.query('insert into register (dealership_id, register_id, version, hash, definition) values ($1, $2, $3, $4, $5)', [
    dealership,
    id,
    version,
    register.hash,
    JSON.stringify(register),
  ]);
  return { registerId: id, version, changed: true };
}

/** Rows that are read at once while entries are made anew. */
const AT_ONCE = 1_000;

async function rebuild(trx: Transaction, dealership: string, before: CompiledRegister, after: CompiledRegister): Promise<void> {
  const types = (register: CompiledRegister, names: string[]): string =>
    JSON.stringify(names.map((name) => [name, register.columns.find((column) => column.name === name)?.type.kind]));
  const keyStays = types(before, before.key) === types(after, after.key);
  const uniqueStays = JSON.stringify(before.unique) === JSON.stringify(after.unique);
  const indexed = (register: CompiledRegister): string =>
    indexSets(register)
      .map((set) => types(register, set))
      .join();
  const indexStays = indexed(before) === indexed(after);
  if (keyStays && uniqueStays && indexStays) return;
  if (!uniqueStays) await trx.query('delete from register_unique where dealership_id = $1 and register_id = $2', [dealership, after.id]);
  if (!indexStays) await trx.query('delete from register_index where dealership_id = $1 and register_id = $2', [dealership, after.id]);
  for (let last = '0'; ; ) {
    const rows = await trx.query<{ row_id: string; values: JsonObject }>(
      `select row_id, "values" from register_row where dealership_id = $1 and register_id = $2 and not deleted and row_id > $3 order by row_id limit ${AT_ONCE}`,
      [dealership, after.id, last],
    );
    if (rows.length > 0 && !keyStays) {
      const message = `register "${after.id}" has rows with the key "${before.key.join(', ')}"`;
      throw new RegisterUnpublishableError(after.id, message, 'keep its key, or write another register');
    }
    if (!uniqueStays) await putUnique(trx, dealership, after, rows);
    if (!indexStays) await putEntries(trx, dealership, after, 'register_index', entriesOf(rows, after, indexTexts));
    if (rows.length < AT_ONCE) return;
    last = rows.at(-1)?.row_id ?? last;
  }
}

async function putUnique(trx: Transaction, dealership: string, register: CompiledRegister, rows: readonly StoredValues[]): Promise<void> {
  const entries = entriesOf(rows, register, uniqueTexts);
  const stored = await putEntries(trx, dealership, register, 'register_unique', entries);
  if (stored.length === entries.length) return;
  const done = new Set(stored.map(({ row_id, columns }) => `${row_id} ${columns}`));
  const shared = entries.find(({ row_id, columns }) => !done.has(`${row_id} ${columns}`));
  const message = `rows of register "${register.id}" share ${shared?.columns
    .split('+')
    .map((name) => `"${name}"`)
    .join(' and ')}: ${shared?.value}`;
  throw new RegisterUnpublishableError(register.id, message, 'change those rows first, or leave the columns out of "unique"');
}

interface StoredValues {
  row_id: string;
  values: JsonObject;
}

interface Entry {
  row_id: string;
  columns: string;
  value: string;
}

function entriesOf(
  rows: readonly StoredValues[],
  register: CompiledRegister,
  textsOf: (register: CompiledRegister, values: JsonObject) => { columns: string; value: string }[],
): Entry[] {
  return rows.flatMap(({ row_id, values }) => textsOf(register, values).map((entry) => ({ row_id, ...entry })));
}

async function putEntries(
  trx: Transaction,
  dealership: string,
  register: CompiledRegister,
  table: 'register_unique' | 'register_index',
  entries: readonly Entry[],
): Promise<Pick<Entry, 'row_id' | 'columns'>[]> {
  return trx.query(
    `insert into ${table} (dealership_id, register_id, row_id, columns, value)
     select $1, $2, * from unnest($3::bigint[], $4::text[], $5::text[]) on conflict do nothing returning row_id, columns`,
    [
      dealership,
      register.id,
      entries.map(({ row_id }) => row_id),
      entries.map(({ columns }) => columns),
      entries.map(({ value }) => value),
    ],
  );
}
