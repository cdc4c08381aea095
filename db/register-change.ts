import type { JsonObject } from '../engine/json';
import type { CompiledRegister } from '../engine/register/register';
import { checkRow, indexTexts, keyForPeople, keyText, uniqueTexts, withDefaults, withoutNulls } from '../engine/register/row';
import type { Transaction } from './database';
import { isStorable } from './json-text';
import { findRegister, listRegisters, registerLock } from './register-repository';
import { findRow, RegisterConflict, type RegisterRow } from './register-row';

/** What is to be done to a row. */
export interface RowChange {
  dealership: string;
  register: CompiledRegister;
  /** `update` wants the row to be there, `insert` wants it not to be, `upsert` takes both. */
  kind: 'insert' | 'update' | 'upsert' | 'delete';
  /** Which row, by the columns of its key; absent: `values` says it. */
  key?: JsonObject;
  /** Columns to set; null takes a value away, and what is not named stays. */
  values: JsonObject;
  /** The version that the row must have. */
  expectedVersion?: number;
  by: string;
  from?: { instanceKey: string; elementId: string };
  /** A change with a key that the dealership has seen is not made again: its first result is given. Of many in one transaction: `<key>#<number>`. */
  idempotencyKey: string;
  atMs: number;
}

/** What a change did. */
export interface RowChanged {
  /** `same`: the row was that way already, and keeps its version. */
  kind: 'insert' | 'update' | 'delete' | 'same';
  key: string;
  version: number;
  before: JsonObject | null;
  /** The row afterwards; null where it was deleted. */
  after: JsonObject | null;
  /** The key had been seen: this is what was done then. */
  repeated: boolean;
}

/**
 * Changes a row, and writes its history with it. The register is the one that was published last, whatever version was given.
 *
 * @throws RegisterConflict and nothing may be committed then
 */
export async function changeRow(trx: Transaction, change: RowChange): Promise<RowChanged> {
  const { dealership, idempotencyKey } = change;
  await trx.query({ name: 'register-change-locks', text: LOCKS }, [
    effectLock(dealership, idempotencyKey),
    registerLock(dealership, change.register.id),
  ]);
  const [now] = await trx.query<{ hash: string | null; done: Omit<RowChanged, 'repeated'> | null }>(
    { name: 'register-change-begin', text: BEGINNING },
    [dealership, change.register.id, idempotencyKey],
  );
  if (now?.done != null) return { ...now.done, repeated: true };
  const isLatest = now?.hash === change.register.hash;
  const register = isLatest ? undefined : await findRegister(trx, dealership, change.register.id);
  return new RowWriter(trx, { ...change, register: register ?? change.register }).write();
}

const LOCKS = 'select pg_advisory_xact_lock(hashtextextended($1, 1)), pg_advisory_xact_lock_shared(hashtextextended($2, 0))';
/** What is published now, and what was done under the key. */
const BEGINNING = `select
  (select hash from register where dealership_id = $1 and register_id = $2 order by version desc limit 1) as hash,
  (select json_build_object('kind', kind, 'key', key, 'version', version, 'before', before, 'after', after)
   from register_change where dealership_id = $1 and idempotency_key = $3) as done`;

/**
 * Whoever does something under this key at the same time waits, and then finds it done. Keys with the same text before `#` share a lock, so that many changes
 * of one transaction, such as an import's, take one.
 */
export async function lockEffect(trx: Transaction, dealership: string, idempotencyKey: string): Promise<void> {
  await trx.query({ name: 'effect-lock', text: 'select pg_advisory_xact_lock(hashtextextended($1, 1))' }, [
    effectLock(dealership, idempotencyKey),
  ]);
}

function effectLock(dealership: string, idempotencyKey: string): string {
  return `effect:${dealership}:${idempotencyKey.split('#', 1)[0]}`;
}

class RowWriter {
  private readonly register: CompiledRegister;
  private readonly key: string;

  constructor(
    private readonly trx: Transaction,
    private readonly change: RowChange,
  ) {
    this.register = change.register;
    const { key } = this.register;
    const named = { ...change.values, ...change.key };
    const missing = key.filter((column) => (named[column] ?? null) === null);
    if (missing.length > 0) {
      const problems = missing.map((column) => ({ pointer: `/${column}`, code: 'required', message: 'must have a value' }));
      throw this.refusal('register.invalid', `the key of register "${this.register.id}" is missing`, { columns: missing, problems });
    }
    if (!isStorable(key.map((column) => named[column] ?? null))) {
      throw this.refusal('register.invalid', `a key of register "${this.register.id}" has characters that cannot be stored`, {
        columns: key,
      });
    }
    this.key = keyText(this.register, named);
    const other = key.filter((column) => Object.hasOwn(change.values, column) && change.values[column] !== named[column]);
    if (other.length === 0) return;
    const message = `the key of row "${this.shownKey}" of register "${this.register.id}" cannot be changed`;
    throw this.refusal('register.invalid', `${message}; delete the row and add another`, { columns: other });
  }

  async write(): Promise<RowChanged> {
    const { kind, expectedVersion } = this.change;
    const row = kind === 'insert' ? undefined : await this.lockedRow();
    if (row === undefined) {
      if (kind === 'update' || kind === 'delete' || expectedVersion !== undefined) throw this.notFound();
      const inserted = await this.insert();
      if (inserted !== undefined) return inserted;
      if (kind === 'insert') throw await this.taken();
      // somebody has added the row meanwhile: it can be seen now
      return this.write();
    }
    if (expectedVersion !== undefined && row.version !== expectedVersion) {
      const message = `row "${this.shownKey}" of register "${this.register.id}" has version ${row.version}, not ${expectedVersion}`;
      throw this.refusal('register.version-conflict', message, stateOf(row));
    }
    return kind === 'delete' ? this.remove(row) : this.update(row);
  }

  private get shownKey(): string {
    return keyForPeople(this.register, this.key);
  }

  private lockedRow(): Promise<RegisterRow | undefined> {
    return findRow(this.trx, this.change.dealership, this.register, this.key, 'for update');
  }

  /** Adds the row; undefined where there is one. A row that was deleted goes on under its key. */
  private async insert(): Promise<RowChanged | undefined> {
    const after = withoutNulls(withDefaults(this.register, { ...this.change.values, ...this.change.key }));
    this.check(after);
    await this.checkReferences({}, after);
    const { dealership, by, from, atMs } = this.change;
    const [row] = await this.trx.query<{ row_id: string; version: number; changed_at: Date }>(
      {
        name: 'register-row-insert',
        text: `insert into register_row as r (dealership_id, register_id, key, "values", version, created_at, created_by, changed_at, changed_by, instance_key, element_id)
          values ($1, $2, $3, $4, 1, $5, $6, $5, $6, $7, $8)
          on conflict (dealership_id, register_id, key) do update set "values" = excluded."values", version = r.version + 1, deleted = false,
            created_at = greatest(excluded.created_at, r.changed_at), created_by = excluded.created_by, changed_at = greatest(excluded.changed_at, r.changed_at),
            changed_by = excluded.changed_by, instance_key = excluded.instance_key, element_id = excluded.element_id
          where r.deleted
          returning row_id, version, changed_at`,
      },
      [
        dealership,
        this.register.id,
        this.key,
        JSON.stringify(after),
        new Date(atMs),
        by,
        from?.instanceKey ?? null,
        from?.elementId ?? null,
      ],
    );
    if (row === undefined) return undefined;
    await this.replaceEntries(row.row_id, {}, after);
    return this.note({ kind: 'insert', version: row.version, before: null, after, at: row.changed_at });
  }

  private async update(row: RegisterRow): Promise<RowChanged> {
    const after = withoutNulls({ ...row.values, ...this.change.values, ...this.change.key });
    // columns that the register has no more stay in the row, and out of what is checked
    const columns = new Set(this.register.columns.map(({ name }) => name));
    const gone = Object.fromEntries(Object.entries(row.values).filter(([name]) => !columns.has(name)));
    const checked = Object.fromEntries(
      Object.entries(after).filter(([name]) => columns.has(name) || Object.hasOwn(this.change.values, name)),
    );
    this.check(checked);
    const kept = { ...gone, ...checked };
    if (isEqual(kept, row.values))
      return this.note({ kind: 'same', version: row.version, before: row.values, after: kept, at: row.changedAt });
    await this.checkReferences(row.values, kept);
    await this.replaceEntries(row.rowId, row.values, kept);
    return this.note({ kind: 'update', before: row.values, after: kept, ...(await this.store(row, kept, false)) });
  }

  private async remove(row: RegisterRow): Promise<RowChanged> {
    await this.checkNoReference();
    await this.trx.query('delete from register_unique where dealership_id = $1 and row_id = $2', [this.change.dealership, row.rowId]);
    await this.trx.query('delete from register_index where dealership_id = $1 and row_id = $2', [this.change.dealership, row.rowId]);
    return this.note({ kind: 'delete', before: row.values, after: null, ...(await this.store(row, row.values, true)) });
  }

  private async store(row: RegisterRow, values: JsonObject, deleted: boolean): Promise<{ version: number; at: Date }> {
    const { dealership, by, from, atMs } = this.change;
    const [stored] = await this.trx.query<{ version: number; at: Date }>(
      {
        name: 'register-row-update',
        text: `update register_row set "values" = $3, version = version + 1, deleted = $4, changed_at = greatest($5, changed_at), changed_by = $6,
            instance_key = $7, element_id = $8
          where dealership_id = $1 and row_id = $2 returning version, changed_at as at`,
      },
      [dealership, row.rowId, JSON.stringify(values), deleted, new Date(atMs), by, from?.instanceKey ?? null, from?.elementId ?? null],
    );
    if (stored === undefined) throw new Error('invariant: a locked row is there');
    return stored;
  }

  private async note({ at, ...done }: Omit<RowChanged, 'repeated' | 'key'> & { at: Date }): Promise<RowChanged> {
    const { dealership, by, from, idempotencyKey } = this.change;
    await this.trx.query(
      {
        name: 'register-change-insert',
        text: `insert into register_change (dealership_id, register_id, register_hash, key, version, kind, changed_at, changed_by, before, after, instance_key, element_id, idempotency_key)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      },
      [
        dealership,
        this.register.id,
        this.register.hash,
        this.key,
        done.version,
        done.kind,
        at,
        by,
        done.before === null ? null : JSON.stringify(done.before),
        done.after === null ? null : JSON.stringify(done.after),
        from?.instanceKey ?? null,
        from?.elementId ?? null,
        idempotencyKey,
      ],
    );
    return { ...done, key: this.key, repeated: false };
  }

  private check(values: JsonObject): void {
    const problems = checkRow(this.register, values);
    if (problems.length === 0) return;
    const [first] = problems;
    const message = `row "${this.shownKey}" of register "${this.register.id}": ${first?.pointer.slice(1)} ${first?.message}`;
    throw this.refusal('register.invalid', message, { problems, columns: problems.map(({ pointer }) => pointer.slice(1)) });
  }

  /** Holds the rows that new values refer to, so that none is deleted before this change is there. */
  private async checkReferences(before: JsonObject, after: JsonObject): Promise<void> {
    for (const { name, references } of this.register.columns) {
      const value = after[name];
      if (references === undefined || value === undefined || value === before[name]) continue;
      const target = keyText({ key: [name] }, after);
      if (references === this.register.id && target === this.key) continue;
      const found = await this.trx.query(
        'select 1 from register_row where dealership_id = $1 and register_id = $2 and key = $3 and not deleted for share',
        [this.change.dealership, references, target],
      );
      if (found.length > 0) continue;
      const message = `register "${references}" has no row "${target}", which "${name}" refers to`;
      throw this.refusal('register.reference-missing', message, { columns: [name] });
    }
  }

  private async checkNoReference(): Promise<void> {
    for (const other of await listRegisters(this.trx, this.change.dealership)) {
      for (const { name, references } of other.columns) {
        if (references !== this.register.id) continue;
        const [{ value } = { value: '' }] = indexTexts({ columns: [{ ...columnOf(other, name) }], indexes: [] }, { [name]: this.key });
        const [row] = await this.trx.query<{ key: string }>(
          `select key from register_index i join register_row using (dealership_id, row_id)
           where i.dealership_id = $1 and i.register_id = $2 and columns = $3 and value = $4 and "values" ->> $3 = $5 and not deleted
             and not (i.register_id = $6 and key = $5) limit 1`,
          [this.change.dealership, other.id, name, value, this.key, this.register.id],
        );
        if (row === undefined) continue;
        const message = `row "${keyForPeople(other, row.key)}" of register "${other.id}" refers to row "${this.shownKey}" of register "${this.register.id}"`;
        throw this.refusal('register.conflict', message, { columns: [name] });
      }
    }
  }

  /** Brings along what keeps values unique, and what rows are found by. */
  private async replaceEntries(rowId: string, before: JsonObject, after: JsonObject): Promise<void> {
    const { dealership } = this.change;
    for (const [table, textsOf] of [
      ['register_unique', uniqueTexts],
      ['register_index', indexTexts],
    ] as const) {
      const had = textsOf(this.register, before);
      const wants = textsOf(this.register, after);
      const same = (a: (typeof had)[number], b: (typeof had)[number]): boolean => a.columns === b.columns && a.value === b.value;
      const isNew = Object.keys(before).length === 0;
      const added = isNew ? wants : wants.filter((entry) => !had.some((other) => same(entry, other)));
      const gone = isNew ? [] : had.filter((entry) => !wants.some((other) => same(entry, other)));
      if (gone.length > 0) {
        await this.trx.query(
          `delete from ${table} where dealership_id = $1 and row_id = $2 and (columns, value) in (select * from unnest($3::text[], $4::text[]))`,
          [dealership, rowId, gone.map(({ columns }) => columns), gone.map(({ value }) => value)],
        );
      }
      if (added.length === 0) continue;
      const stored = await this.trx.query<{ columns: string }>(
        `insert into ${table} (dealership_id, register_id, row_id, columns, value)
         select $1, $2, $3, * from unnest($4::text[], $5::text[]) on conflict do nothing returning columns`,
        [dealership, this.register.id, rowId, added.map(({ columns }) => columns), added.map(({ value }) => value)],
      );
      if (table === 'register_index' || stored.length === added.length) continue;
      const [first] = added.filter(({ columns }) => !stored.some((entry) => entry.columns === columns));
      throw await this.shared(first?.columns ?? '', first?.value ?? '');
    }
  }

  private async shared(columns: string, value: string): Promise<RegisterConflict> {
    const [other] = await this.trx.query<{ key: string }>(
      `select key from register_unique u join register_row using (dealership_id, row_id)
       where u.dealership_id = $1 and u.register_id = $2 and columns = $3 and value = $4`,
      [this.change.dealership, this.register.id, columns, value],
    );
    const names = columns.split('+');
    const message = `row "${keyForPeople(this.register, other?.key ?? '')}" of register "${this.register.id}" has the same ${names.map((name) => `"${name}"`).join(' and ')}`;
    return this.refusal('register.conflict', message, { columns: names });
  }

  private async taken(): Promise<RegisterConflict> {
    const row = await findRow(this.trx, this.change.dealership, this.register, this.key);
    const message = `register "${this.register.id}" has a row "${this.shownKey}" already`;
    return this.refusal('register.conflict', message, { columns: this.register.key, ...(row === undefined ? {} : stateOf(row)) });
  }

  private notFound(): RegisterConflict {
    return this.refusal('register.not-found', `register "${this.register.id}" has no row "${this.shownKey}"`, {});
  }

  private refusal(code: RegisterConflict['code'], message: string, details: Partial<RegisterConflict['details']>): RegisterConflict {
    return new RegisterConflict(code, message, { register: this.register.id, ...(this.key && { key: this.key }), ...details });
  }
}

function columnOf(register: CompiledRegister, name: string): CompiledRegister['columns'][number] {
  const column = register.columns.find((one) => one.name === name);
  if (column === undefined) throw new Error(`invariant: register "${register.id}" has a column "${name}"`);
  return column;
}

function stateOf(row: RegisterRow): Pick<RegisterConflict['details'], 'version' | 'changedBy' | 'changedAt'> {
  return { version: row.version, changedBy: row.changedBy, changedAt: row.changedAt.toISOString() };
}

function isEqual(one: JsonObject, other: JsonObject): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
