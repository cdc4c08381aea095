import { randomUUID } from 'node:crypto';
import type { Transaction } from '../../db/database';
import { changeRow } from '../../db/register-change';
import { putRegister } from '../../db/register-repository';
import { type RowQuery, searchRows } from '../../db/register-search';
import type { CompiledRegister } from '../../engine/register/register';
import { registersOf } from '../language/compile-steps';
import { createTestDatabase, type TestDatabase } from './support';

let test: TestDatabase;
const START_MS = Date.UTC(2026, 2, 2);
const tenant = <T>(work: (trx: Transaction) => Promise<T>) => test.db.tenant('tianhe', work);

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

describe('computed columns in searches', () => {
  const debts = `register: debts
key: id
columns:
  id: { type: string }
  owed: { type: string, format: money }
  paid: { type: string, format: money }
  dueOn: { type: string, format: date }
  note: { type: string }
computed:
  open: =owed - paid
  late: =open > 0 and dueOn < today()
  remind: '=if late then dueOn + duration("P7D") else null'
  label: =note + "/" + id
  loud: =upper case(note)
`;
  let own: CompiledRegister;
  beforeAll(async () => {
    own = registersOf(debts)['debts'] as CompiledRegister;
    await test.db.system((trx) => putRegister(trx, 'tianhe', own));
    const rows = [
      ['D1', '10.00', '10.00', '2026-01-01', 'a'],
      ['D2', '20.00', '5.00', '2026-01-01', 'b'],
      ['D3', '30.00', '5.00', '2026-12-31', 'a'],
      ['D4', '9.00', null, '2026-01-01', null],
      ['D5', '40.10', '0.00', '2026-02-01', 'c'],
    ] as const;
    for (const [id, owed, paid, dueOn, note] of rows) {
      const values = { id, owed, paid, dueOn, note };
      await tenant((trx) =>
        changeRow(trx, {
          dealership: 'tianhe',
          register: own,
          kind: 'insert',
          values,
          by: 'x',
          idempotencyKey: randomUUID(),
          atMs: START_MS,
        }),
      );
    }
  });
  const keysOf = async (query: Partial<RowQuery>) => {
    const found = await tenant((trx) => searchRows(trx, 'tianhe', own, { page: { limit: 10 }, nowMs: START_MS, ...query }));
    return { keys: found.rows.map(({ key }) => key), found };
  };

  it('are filtered and sorted by as the row is read, with what has no value last', async () => {
    expect((await keysOf({ filters: [{ column: 'open', op: 'gt', value: '0.00' }] })).keys).toEqual(['D2', 'D3', 'D5']);
    expect((await keysOf({ filters: [{ column: 'late', op: 'eq', value: true }] })).keys).toEqual(['D2', 'D5']);
    expect((await keysOf({ filters: [{ column: 'late', op: 'eq', value: true }], nowMs: Date.UTC(2027, 0, 1) })).keys).toEqual([
      'D2',
      'D3',
      'D5',
    ]);
    expect((await keysOf({ filters: [{ column: 'remind', op: 'gte', value: '2026-02-08' }] })).keys).toEqual(['D5']);
    expect((await keysOf({ filters: [{ column: 'label', op: 'contains', value: 'A/' }] })).keys).toEqual(['D1', 'D3']);
    expect((await keysOf({ filters: [{ column: 'open', op: 'isNull', value: true }] })).keys).toEqual(['D4']);
    expect((await keysOf({ sort: [{ column: 'open', order: 'desc' }] })).keys).toEqual(['D5', 'D3', 'D2', 'D1', 'D4']);
  });

  it('are summed up, counted and paged by', async () => {
    const { found } = await keysOf({ sums: ['open'], count: true, sort: [{ column: 'open', order: 'desc' }], page: { limit: 2 } });
    expect([found.sums, found.count]).toEqual([{ open: '80.10' }, 5]);
    const rest = await keysOf({ sort: [{ column: 'open', order: 'desc' }], page: { limit: 10, after: found.after as (string | null)[] } });
    expect(rest.keys).toEqual(['D2', 'D1', 'D4']);
  });

  it('are refused with the reason where the database cannot compute them', async () => {
    await expect(keysOf({ filters: [{ column: 'loud', op: 'eq', value: 'A' }] })).rejects.toThrow(
      'column "loud" cannot be searched: it calls "upper case", which the database does not compute; search by the columns that it is computed from',
    );
    await expect(keysOf({ filters: [{ column: 'open', op: 'gt', value: 'much' }] })).rejects.toThrow('"much" is no value of column "open"');
  });
});
