import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { inPatientTransaction } from '../../db/connector-effect';
import { changeRow, type RowChange } from '../../db/register-change';
import { listChanges, rowAsOf, rowsAsOf } from '../../db/register-history';
import { findRegister, listRegisters, putRegister } from '../../db/register-repository';
import { findRow, RegisterConflict } from '../../db/register-row';
import { type RowQuery, searchRows } from '../../db/register-search';
import type { JsonObject } from '../../engine/json';
import type { CompiledRegister } from '../../engine/register/register';
import { registersOf } from '../language/compile-steps';
import { createTestDatabase, type TestDatabase } from './support';

const carriers = `register: carriers
key: code
columns:
  code: { type: string, maxLength: 40 }
  name: { type: string, maxLength: 100 }
`;
const contracts = `register: contracts
key: number
columns:
  number: { type: string, maxLength: 40, pattern: "^[A-Z]" }
  salesman: { type: string, format: user }
  signedOn: { type: string, format: date }
  amount: { type: string, format: money }
  received: { type: string, format: money, default: "0.00" }
  seats: { type: integer, minimum: 0 }
  paid: { type: boolean }
  at: { type: string, format: date-time }
  phone: { type: string, maxLength: 20 }
  carrier: { type: string, references: carriers }
required: [amount]
unique: [phone, [salesman, signedOn]]
indexes: [amount, [salesman, signedOn], at, seats]
computed: { outstanding: =amount - received }
`;

let test: TestDatabase;
let register: CompiledRegister;
let next = 0;
const START_MS = Date.UTC(2026, 2, 2);

beforeAll(async () => {
  test = await createTestDatabase();
  await publish(contracts, carriers);
  register = (await tenant((trx) => findRegister(trx, 'tianhe', 'contracts'))) as CompiledRegister;
});
afterAll(() => test.drop());

const tenant = <T>(work: Parameters<typeof test.db.tenant<T>>[1]) => test.db.tenant('tianhe', work);
const publish = (...texts: string[]) =>
  test.db.system(async (trx) => {
    for (const one of Object.values(registersOf(...texts))) await putRegister(trx, 'tianhe', one);
  });

function change(kind: RowChange['kind'], values: JsonObject, more: Partial<RowChange> = {}) {
  next += 1;
  const whole = {
    dealership: 'tianhe',
    register,
    kind,
    values,
    by: 'clerk@tianhe',
    idempotencyKey: randomUUID(),
    atMs: START_MS + next * 1000,
  };
  return tenant((trx) => changeRow(trx, { ...whole, ...more }));
}
const search = (query: Partial<RowQuery>) => tenant((trx) => searchRows(trx, 'tianhe', register, { page: { limit: 100 }, ...query }));
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing',
    (error: unknown) => {
      if (!(error instanceof RegisterConflict)) throw error;
      return `${error.code}: ${error.message}`;
    },
  );

describe('a change of a row', () => {
  it('[L21.5] adds, changes, merges, deletes and adds again under the same key, each with a version', async () => {
    expect(await change('insert', { number: 'A-1', amount: '10.00', salesman: null })).toMatchObject({
      kind: 'insert',
      version: 1,
      key: 'A-1',
    });
    const changed = await change('update', { received: '4.00' }, { key: { number: 'A-1' }, expectedVersion: 1 });
    expect(changed).toMatchObject({ kind: 'update', version: 2, after: { number: 'A-1', amount: '10.00', received: '4.00' } });
    expect(await change('upsert', { number: 'A-1', received: '4.00' })).toMatchObject({ kind: 'same', version: 2 });
    expect(await change('update', { received: null }, { key: { number: 'A-1' } })).toMatchObject({
      version: 3,
      after: { amount: '10.00' },
    });
    expect(await change('delete', {}, { key: { number: 'A-1' } })).toMatchObject({ kind: 'delete', version: 4, after: null });
    expect(await tenant((trx) => findRow(trx, 'tianhe', register, 'A-1'))).toBeUndefined();
    expect(await change('upsert', { number: 'A-1', amount: '11.00' })).toMatchObject({ kind: 'insert', version: 5, before: null });
    const history = await tenant((trx) => listChanges(trx, 'tianhe', register, 'A-1', { limit: 2 }));
    expect(history.map(({ version, kind }) => [version, kind])).toEqual([
      [5, 'insert'],
      [4, 'delete'],
      [3, 'update'],
    ]);
  });

  it('[L21.5] says what stands against it, and leaves nothing', async () => {
    await change('insert', { number: 'B-1', amount: '1.00', phone: '139', salesman: 'li', signedOn: '2026-03-02' });
    expect(await refusal(change('insert', { number: 'B-1', amount: '1.00' }))).toBe(
      'register.conflict: register "contracts" has a row "B-1" already',
    );
    expect(await refusal(change('insert', { number: 'B-2', amount: '1.00', phone: '139' }))).toBe(
      'register.conflict: row "B-1" of register "contracts" has the same "phone"',
    );
    expect(await refusal(change('insert', { number: 'B-2', amount: '1.00', salesman: 'li', signedOn: '2026-03-02' }))).toBe(
      'register.conflict: row "B-1" of register "contracts" has the same "salesman" and "signedOn"',
    );
    expect(await refusal(change('update', { amount: '2.00' }, { key: { number: 'B-2' } }))).toBe(
      'register.not-found: register "contracts" has no row "B-2"',
    );
    expect(await refusal(change('update', { amount: '2.00' }, { key: { number: 'B-1' }, expectedVersion: 7 }))).toBe(
      'register.version-conflict: row "B-1" of register "contracts" has version 1, not 7',
    );
    expect(await refusal(change('update', { number: 'B-9' }, { key: { number: 'B-1' } }))).toMatch(
      /^register\.invalid: the key of row "B-1" of register "contracts" cannot be changed/u,
    );
    expect(await refusal(change('insert', { number: 'B-2', amount: '1' }))).toMatch(/^register\.invalid: .* amount must be an amount/u);
    expect(await refusal(change('insert', { number: 'b', amount: '1.00' }))).toMatch(/number must match pattern/u);
    expect(await refusal(change('insert', { number: 'B-2' }))).toMatch(/amount must have required property/u);
    expect(await refusal(change('insert', { number: 'B-2', amount: '1.00', colour: 'red' }))).toMatch(/colour must NOT have additional/u);
    expect(await refusal(change('insert', { amount: '1.00' }))).toBe('register.invalid: the key of register "contracts" is missing');
    expect(await refusal(change('insert', { number: 'B-2', amount: '1.00', phone: 'a\u0000b' }))).toMatch(/phone has characters/u);
    expect(await refusal(change('insert', { number: 'B-2', amount: '1.00', salesman: `x${'\ud800'}` }))).toMatch(/salesman/u);
    expect(await tenant((trx) => listChanges(trx, 'tianhe', register, 'B-2', { limit: 10 }))).toEqual([]);
    expect(await tenant((trx) => trx.query(`select 1 from register_unique where value like '%139%'`))).toHaveLength(1);
  });

  it('frees unique values where a row takes others, or is deleted', async () => {
    await change('insert', { number: 'C-1', amount: '1.00', phone: '150' });
    await change('update', { phone: '151' }, { key: { number: 'C-1' } });
    await change('insert', { number: 'C-2', amount: '1.00', phone: '150' });
    expect(await refusal(change('update', { phone: '150' }, { key: { number: 'C-1' } }))).toMatch(/has the same "phone"/u);
    await change('delete', {}, { key: { number: 'C-2' } });
    await change('update', { phone: '150' }, { key: { number: 'C-1' } });
  });

  it('[L21.5] keeps references: they lead somewhere, and what they lead to is not deleted', async () => {
    const other = (await tenant((trx) => findRegister(trx, 'tianhe', 'carriers'))) as CompiledRegister;
    expect(await refusal(change('insert', { number: 'D-1', amount: '1.00', carrier: 'sf' }))).toBe(
      'register.reference-missing: register "carriers" has no row "sf", which "carrier" refers to',
    );
    await change('insert', { code: 'sf', name: '顺丰' }, { register: other });
    await change('insert', { number: 'D-1', amount: '1.00', carrier: 'sf' });
    expect(await refusal(change('delete', {}, { register: other, key: { code: 'sf' } }))).toBe(
      'register.conflict: row "D-1" of register "contracts" refers to row "sf" of register "carriers"',
    );
    await change('update', { carrier: null }, { key: { number: 'D-1' } });
    expect(await change('delete', {}, { register: other, key: { code: 'sf' } })).toMatchObject({ kind: 'delete' });
  });

  it('is done once for each idempotency key, also where it comes twice at the same time', async () => {
    const idempotencyKey = randomUUID();
    const both = await Promise.all([1, 2, 3, 4].map(() => change('insert', { number: 'E-1', amount: '1.00' }, { idempotencyKey })));
    expect(both.map(({ repeated }) => repeated).sort()).toEqual([false, true, true, true]);
    await change('update', { amount: '2.00' }, { key: { number: 'E-1' } });
    expect(await change('insert', { number: 'E-1', amount: '1.00' }, { idempotencyKey })).toMatchObject({
      version: 1,
      after: { amount: '1.00' },
    });
    expect(await tenant((trx) => findRow(trx, 'tianhe', register, 'E-1'))).toMatchObject({ version: 2 });
  });

  it('lets one of fifty win that add the same key, and one of twenty that know the same version', async () => {
    const inserted = await Promise.all(Array.from({ length: 50 }, () => refusal(change('insert', { number: 'F-1', amount: '1.00' }))));
    expect(inserted.filter((one) => one === 'nothing')).toHaveLength(1);
    expect(inserted.filter((one) => one.startsWith('register.conflict'))).toHaveLength(49);
    const changed = await Promise.all(
      Array.from({ length: 20 }, (_, seats) => refusal(change('update', { seats }, { key: { number: 'F-1' }, expectedVersion: 1 }))),
    );
    expect(changed.filter((one) => one === 'nothing')).toHaveLength(1);
    const upserted = await Promise.all(
      Array.from({ length: 20 }, (_, seats) => refusal(change('upsert', { number: 'F-2', amount: '1.00', seats }))),
    );
    expect(upserted.every((one) => one === 'nothing')).toBe(true);
    expect(await tenant((trx) => findRow(trx, 'tianhe', register, 'F-2'))).toMatchObject({ version: 20 });
  });
});

it('goes on where changes wait for each other: one gives way and is done again', async () => {
  const phones = ['160', '161'];
  for (const [index, phone] of phones.entries()) await change('insert', { number: `W-${index}`, amount: '1.00', phone });
  const swap = (index: number, phone: string) =>
    inPatientTransaction(test.db, 'tianhe', (trx) => {
      const head = { dealership: 'tianhe', register, kind: 'update' as const, by: 'x', atMs: START_MS };
      return changeRow(trx, { ...head, values: { phone }, key: { number: `W-${index}` }, idempotencyKey: randomUUID() });
    });
  for (let round = 0; round < 20; round += 1) {
    const rows = await Promise.all([0, 1].map((index) => tenant((trx) => findRow(trx, 'tianhe', register, `W-${index}`))));
    const [first, second] = rows.map((row) => String(row?.values['phone']));
    const outcomes = await Promise.all([refusal(swap(0, second ?? '')), refusal(swap(1, first ?? ''))]);
    for (const outcome of outcomes) expect(outcome).toMatch(/^nothing$|^register\.conflict/u);
  }
  const kept = await tenant((trx) =>
    trx.query(`select count(distinct value)::integer as n from register_unique where value in ('["160"]', '["161"]')`),
  );
  expect(kept).toEqual([{ n: 2 }]);
});

it('changes as many rows in one transaction as an import has', async () => {
  const other = (await tenant((trx) => findRegister(trx, 'tianhe', 'carriers'))) as CompiledRegister;
  const import1 = () =>
    tenant(async (trx) => {
      const head = { dealership: 'tianhe', register: other, kind: 'upsert' as const, by: 'clerk@tianhe', atMs: START_MS };
      const done: string[] = [];
      for (let index = 0; index < 8_000; index += 1) {
        const values = { code: `m${index}`, name: `多${index}` };
        done.push((await changeRow(trx, { ...head, values, idempotencyKey: `import-1#${index}` })).kind);
      }
      return new Set(done);
    });
  expect(await import1()).toEqual(new Set(['insert']));
  const again = await tenant((trx) =>
    changeRow(trx, {
      dealership: 'tianhe',
      register: other,
      kind: 'upsert',
      values: { code: 'm5' },
      by: 'x',
      atMs: 0,
      idempotencyKey: 'import-1#5',
    }),
  );
  expect(again.repeated).toBe(true);
}, 60_000);

it('[L21.5] folds its history to the row, at every moment', async () => {
  const step = fc.record({
    kind: fc.constantFrom('insert', 'update', 'upsert', 'delete'),
    number: fc.constantFrom('X-1', 'X-2'),
    values: fc.record({ amount: fc.constantFrom('1.00', '2.00'), seats: fc.option(fc.nat(3)) }, { requiredKeys: [] }),
    late: fc.boolean(),
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      run += 1;
      const expected: Map<string, JsonObject>[] = [];
      const now = new Map<string, JsonObject>();
      const moments: number[] = [];
      for (const { kind, number, values, late } of steps) {
        const key = `${number}-${run}`;
        const done = await change(kind as 'insert', kind === 'delete' ? {} : { ...values, number: key }, {
          key: { number: key },
          ...(late ? { atMs: START_MS } : {}),
        }).catch((error: unknown) => {
          if (!(error instanceof RegisterConflict)) throw error;
        });
        if (done === undefined) continue;
        if (done.after === null) now.delete(key);
        else now.set(key, done.after);
        const [entry] = await tenant((trx) => listChanges(trx, 'tianhe', register, key, { limit: 1 }));
        expected.push(new Map(now));
        moments.push(entry?.at.getTime() ?? 0);
      }
      for (const number of ['X-1', 'X-2']) {
        const key = `${number}-${run}`;
        const row = await tenant((trx) => findRow(trx, 'tianhe', register, key));
        expect(row?.values).toEqual(now.get(key));
        const history = (await tenant((trx) => listChanges(trx, 'tianhe', register, key, { limit: 100 }))).reverse();
        let folded: JsonObject | null = null;
        history.forEach((entry, index) => {
          expect([entry.version, entry.before]).toEqual([index + 1, folded]);
          folded = entry.after;
        });
        expect(folded ?? undefined).toEqual(now.get(key));
        for (const entry of history) {
          const last = history.filter(({ at }) => at <= entry.at).at(-1);
          const past = await tenant((trx) => rowAsOf(trx, 'tianhe', register, key, entry.at.getTime()));
          expect(past?.values).toEqual(last?.after ?? undefined);
        }
      }
    }),
    { numRuns: 25 },
  );
  const all = await tenant((trx) => rowsAsOf(trx, 'tianhe', register, START_MS + 1e9, { limit: 1000 }));
  const rows = await search({ page: { limit: 1000 } });
  expect(all.map(({ key, values }) => [key, values])).toEqual(rows.rows.map(({ key, values }) => [key, values]));
});

describe('a search', () => {
  const amounts = ['9.00', '10.00', '-3.00', '100000000000000.01', '100000000000000.02', '0.00'];
  beforeAll(async () => {
    for (const [index, amount] of amounts.entries()) {
      const seats = index === 5 ? null : index - 2;
      const at = `2026-03-0${index + 1}T0${index}:00:00${index % 2 === 0 ? '+08:00' : 'Z'}`;
      await change('insert', {
        number: `S-${index}`,
        amount,
        seats: seats === null ? null : Math.max(0, seats),
        at,
        salesman: `s${index % 2}`,
        paid: index > 2,
      });
    }
  });
  const found = async (query: Partial<RowQuery>) => {
    const mine = { column: 'number', op: 'contains' as const, value: 's-' };
    const { rows } = await search({ ...query, filters: [mine, ...(query.filters ?? [])] });
    return rows.map(({ key }) => key.slice(2)).join('');
  };

  it('compares by type, with an index or without', async () => {
    expect(await found({ filters: [{ column: 'amount', op: 'gt', value: '9.50' }] })).toBe('134');
    expect(await found({ filters: [{ column: 'amount', op: 'lte', value: '0.00' }] })).toBe('25');
    expect(await found({ filters: [{ column: 'amount', op: 'eq', value: '100000000000000.01' }] })).toBe('3');
    expect(await found({ filters: [{ column: 'amount', op: 'in', value: ['9.00', '0.00'] }] })).toBe('05');
    expect(await found({ filters: [{ column: 'seats', op: 'isNull', value: true }] })).toBe('5');
    expect(await found({ filters: [{ column: 'seats', op: 'ne', value: 0 }] })).toBe('345');
    expect(await found({ filters: [{ column: 'salesman', op: 'eq', value: 's1' }] })).toBe('135');
    expect(await found({ filters: [{ column: 'salesman', op: 'lt', value: 's1' }] })).toBe('024');
    expect(await found({ filters: [{ column: 'paid', op: 'eq', value: false }] })).toBe('012');
    // 02T01:00Z is the later of 02T01:00Z and 02T08:30+08:00
    expect(await found({ filters: [{ column: 'at', op: 'gt', value: '2026-03-02T08:30:00+08:00' }] })).toBe('12345');
    expect(await found({ filters: [{ column: 'at', op: 'lte', value: '2026-03-02T09:00:00+08:00' }] })).toBe('01');
  });

  it('sorts by any column, without a value last, and goes on where a page ended', async () => {
    expect(await found({ sort: [{ column: 'amount', order: 'asc' }] })).toBe('250134');
    expect(await found({ sort: [{ column: 'amount', order: 'desc' }] })).toBe('431052');
    expect(await found({ sort: [{ column: 'seats', order: 'desc' }] })).toBe('430125');
    for (const sort of [
      [
        { column: 'seats', order: 'desc' as const },
        { column: 'amount', order: 'asc' as const },
      ],
      [{ column: 'at', order: 'desc' as const }],
      [
        { column: 'paid', order: 'asc' as const },
        { column: 'seats', order: 'asc' as const },
      ],
      [],
    ]) {
      const whole = (await search({ sort, page: { limit: 1000 } })).rows.map(({ key }) => key);
      const paged: string[] = [];
      let after: RowQuery['page']['after'];
      do {
        const page = await search({ sort, page: { limit: 3, ...(after === undefined ? {} : { after }) } });
        paged.push(...page.rows.map(({ key }) => key));
        after = page.after;
      } while (after !== undefined);
      expect(paged).toEqual(whole);
    }
  });

  it('counts and sums up what it finds, exactly', async () => {
    const filters = [{ column: 'number', op: 'contains' as const, value: 'S-' }];
    expect(await search({ filters, page: { limit: 1 }, count: true, sums: ['amount', 'seats'] })).toMatchObject({
      count: 6,
      sums: { amount: '200000000000016.03', seats: '3' },
    });
  });

  it('refuses what there is not, what is no value of the column, and what is too much', async () => {
    const refused = (query: Partial<RowQuery>) => refusal(search(query));
    expect(await refused({ filters: [{ column: 'colour', op: 'eq', value: 1 }] })).toBe(
      'register.invalid: register "contracts" has no column "colour"',
    );
    expect(await refused({ filters: [{ column: 'amount', op: 'eq', value: "1' or true --" }] })).toMatch(/is no value of column "amount"/u);
    expect(await refused({ filters: [{ column: 'at', op: 'gt', value: '2026-02-31T00:00:00Z' }] })).toMatch(/is no value/u);
    expect(await refused({ filters: [{ column: 'signedOn', op: 'gt', value: '2026-3-1' }] })).toMatch(/is no value/u);
    expect(await refused({ filters: [{ column: "a' or true --", op: 'eq', value: 1 }] })).toMatch(/has no column/u);
    expect(await refused({ page: { limit: 5000 } })).toBe('register.invalid: a search has at most 1000 rows, not 5000');
    expect(await refused({ sort: [{ column: 'at', order: 'asc' }], page: { limit: 5, after: ['x', 'y'] } })).toMatch(
      /cursor belongs to another/u,
    );
    expect(await refused({ sums: ['number'] })).toMatch(/has no numbers/u);
  });
});

describe('publishing', () => {
  it('[L21.7] makes versions, and brings along what is unique and what is indexed', async () => {
    const first = 'register: keys\nkey: id\ncolumns: { id: { type: string }, lot: { type: string }, n: { type: number } }\n';
    await publish(first);
    const [keys] = (await tenant((trx) => listRegisters(trx, 'tianhe'))).filter(({ id }) => id === 'keys') as [CompiledRegister];
    await change('insert', { id: 'a', lot: 'x', n: 10 }, { register: keys });
    await change('insert', { id: 'b', lot: 'x', n: 9 }, { register: keys });
    await expect(publish(`${first}unique: [lot]\n`)).rejects.toThrow('rows of register "keys" share "lot": ["x"]');
    await expect(publish(first.replace('key: id', 'key: lot'))).rejects.toThrow('has rows with the key "id"');
    await publish(`${first}indexes: [n]\n`);
    const newer = (await tenant((trx) => findRegister(trx, 'tianhe', 'keys'))) as CompiledRegister;
    const query = { filters: [{ column: 'n', op: 'gt' as const, value: 9 }], page: { limit: 5 } };
    expect((await tenant((trx) => searchRows(trx, 'tianhe', newer, query))).rows.map(({ key }) => key)).toEqual(['a']);
    await change('update', { lot: 'y' }, { register: keys, key: { id: 'b' } });
    await publish(`${first}unique: [lot]\n`);
    expect(await refusal(change('update', { lot: 'x' }, { register: keys, key: { id: 'b' } }))).toMatch(/has the same "lot"/u);
    expect(await tenant((trx) => trx.query(`select max(version) as n from register where register_id = 'keys'`))).toEqual([{ n: 3 }]);
  });

  it('[L21.7] misses no row that is changed while it makes entries anew', async () => {
    const first = 'register: races\nkey: id\ncolumns: { id: { type: string }, lot: { type: string }, n: { type: number } }\n';
    await publish(first);
    const races = (await tenant((trx) => findRegister(trx, 'tianhe', 'races'))) as CompiledRegister;
    const add = (index: number) => change('insert', { id: `r${index}`, lot: `l${index}`, n: index }, { register: races });
    const adding = Array.from({ length: 40 }, (_, index) => add(index));
    await Promise.all([
      ...adding,
      publish(`${first}unique: [lot]\nindexes: [n]\n`),
      ...Array.from({ length: 40 }, (_, index) => add(40 + index)),
    ]);
    const entries = (table: string) => tenant((trx) => trx.query(`select value from ${table} where register_id = 'races'`));
    expect([(await entries('register_unique')).length, (await entries('register_index')).length]).toEqual([80, 80]);
  });

  it('[L21.7] keeps values of columns that a register has no more, out of sight', async () => {
    const first = 'register: parts\nkey: id\ncolumns: { id: { type: string }, old: { type: string } }\n';
    await publish(first);
    const parts = (await tenant((trx) => findRegister(trx, 'tianhe', 'parts'))) as CompiledRegister;
    await change('insert', { id: 'a', old: 'x' }, { register: parts });
    await publish('register: parts\nkey: id\ncolumns: { id: { type: string }, new: { type: string } }\n');
    expect(await change('update', { new: 'n' }, { register: parts, key: { id: 'a' } })).toMatchObject({ after: { old: 'x', new: 'n' } });
    expect(await refusal(change('update', { old: 'z' }, { register: parts, key: { id: 'a' } }))).toMatch(/old must NOT have additional/u);
  });
});

it('shows another dealership nothing', async () => {
  await change('insert', { number: 'Z-1', amount: '1.00' });
  const theirs = await test.db.tenant('haizhu', async (trx) => ({
    register: await findRegister(trx, 'tianhe', 'contracts'),
    row: await findRow(trx, 'tianhe', register, 'Z-1'),
    found: (await searchRows(trx, 'tianhe', register, { page: { limit: 5 } })).rows,
    history: await listChanges(trx, 'tianhe', register, 'Z-1', { limit: 5 }),
    past: await rowsAsOf(trx, 'tianhe', register, START_MS + 1e9, { limit: 5 }),
  }));
  expect(theirs).toEqual({ register: undefined, row: undefined, found: [], history: [], past: [] });
  const foreign = { dealership: 'tianhe', register, kind: 'insert' as const, values: { number: 'Z-2', amount: '1.00' }, by: 'x' };
  await expect(test.db.tenant('haizhu', (trx) => changeRow(trx, { ...foreign, idempotencyKey: 'z', atMs: START_MS }))).rejects.toThrow(
    /row-level security/u,
  );
});
