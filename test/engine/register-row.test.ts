import fc from 'fast-check';
import type { Json, JsonObject } from '../../engine/json';
import type { CompiledRegister } from '../../engine/register/register';
import {
  checkRow,
  computeRow,
  indexStart,
  indexTexts,
  keyForPeople,
  keyText,
  ROW_LIMITS,
  uniqueTexts,
  visibleColumns,
  withDefaults,
  writableColumns,
} from '../../engine/register/row';
import { registersOf } from '../language/compile-steps';

const { stock } = registersOf(`register: stock
key: [lot, place]
columns:
  lot: { type: string }
  place: { type: integer }
  price: { type: string, format: money, readers: [finance], writers: [finance] }
  dueOn: { type: string, format: date, default: "2026-03-02" }
  plate: { type: string, pattern: "^[A-Z]{2}" }
  note: { type: string }
unique: [[plate, place]]
indexes: [price, [dueOn, lot]]
computed:
  late: =dueOn < today()
  double: { value: =price * 2, readers: [finance] }
  broken: =1 / place
readers: [clerk, finance]
writers: [clerk]
`) as { stock: CompiledRegister };
const row: JsonObject = { lot: 'L-1', place: 3 };
const said = (values: JsonObject) => checkRow(stock, values).map(({ pointer, code }) => `${pointer} ${code}`);

describe('a row', () => {
  it('[L21.5] is held to its columns and to the limits of all rows', () => {
    expect(said(row)).toEqual([]);
    expect(said({ lot: 'L-1' })).toEqual(['/place required']);
    expect(said({ ...row, place: '3' })).toEqual(['/place type']);
    expect(said({ ...row, price: '1.5', plate: 'a', other: 1 }).sort()).toEqual([
      '/other additional-properties',
      '/plate pattern',
      '/price format',
    ]);
    expect(said({ ...row, lot: '' })).toEqual(['/lot required']);
    expect(said({ ...row, note: 'x'.repeat(ROW_LIMITS.textChars) })).toEqual([]);
    expect(said({ ...row, note: 'x'.repeat(ROW_LIMITS.textChars + 1) })).toEqual(['/note max-length']);
    expect(said({ ...row, lot: 'x'.repeat(ROW_LIMITS.keyChars) })).toEqual(['/lot max-length']);
    expect(said({ ...row, note: '\u0000' })).toEqual(['/note characters']);
    expect(said({ ...row, note: '\ud83d' })).toEqual(['/note characters']);
    expect(said({ ...row, note: '😀' })).toEqual([]);
    expect(checkRow(stock, { ...row, note: '\u0000' }, 'zh')[0]?.message).toBe('含有无法保存的字符');
  });

  it('[L21.5] begins with defaults, and has one key however its characters are composed', () => {
    expect(withDefaults(stock, row)).toEqual({ ...row, dueOn: '2026-03-02' });
    expect(withDefaults(stock, { ...row, dueOn: null })).toEqual({ ...row, dueOn: null });
    expect(keyText(stock, row)).toBe('["L-1",3]');
    expect(keyText({ key: ['a'] }, { a: 'e\u0301' })).toBe(keyText({ key: ['a'] }, { a: '\u00e9' }));
    expect(keyText({ key: ['a'] }, { a: 5 })).toBe('5');
    expect([keyForPeople(stock, '["L-1",3]'), keyForPeople({ key: ['a'] }, '[1]')]).toEqual(['L-1, 3', '[1]']);
  });

  it('[L21.1] shares nothing where a unique column has no value', () => {
    expect(uniqueTexts(stock, row)).toEqual([]);
    expect(uniqueTexts(stock, { ...row, plate: 'AB1' })).toEqual([{ columns: 'plate+place', value: '["AB1",3]' }]);
  });

  it('[L21.2] is read with its computed columns, null where one cannot be computed', () => {
    const at = { nowMs: Date.UTC(2026, 2, 2, 16), timezone: 'Asia/Shanghai' };
    const read = computeRow(stock, { ...row, dueOn: '2026-03-02', price: '1.50', gone: 1 }, at);
    expect(read).toEqual({
      ...row,
      dueOn: '2026-03-02',
      price: '1.50',
      plate: null,
      note: null,
      late: true,
      double: '3.00',
      broken: 0.333333333333333,
    });
    expect(computeRow(stock, { ...row, place: 0 }, { ...at, nowMs: at.nowMs - 1 })).toMatchObject({
      late: null,
      double: null,
      broken: null,
    });
  });

  it('[L21.3] is seen and written by roles, of the register and of its columns', () => {
    const seen = (...roles: string[]) => {
      const { columns, computed } = visibleColumns(stock, roles);
      return [...columns, ...computed].map(({ name }) => name).join(' ');
    };
    expect(seen('clerk')).toBe('lot place dueOn plate note late broken');
    expect(seen('finance')).toBe('lot place price dueOn plate note late double broken');
    expect(seen('warehouse')).toBe('');
    const written = (...roles: string[]) =>
      writableColumns(stock, roles)
        .map(({ name }) => name)
        .join(' ');
    expect([written('clerk'), written('finance'), written()]).toEqual(['lot place dueOn plate note', 'price', '']);
  });
});

it('is found by texts that sort as the values do', () => {
  const money = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 2 ** 40 })).map(([minus, fen]) => (minus ? -fen : fen));
  const textOf = (fen: number) => `${fen < 0 ? '-' : ''}${Math.floor(Math.abs(fen) / 100)}.${String(Math.abs(fen) % 100).padStart(2, '0')}`;
  fc.assert(
    fc.property(money, money, (a, b) => {
      const [one, other] = [textOf(a), textOf(b)].map((text) => indexStart({ kind: 'money' }, text)) as [string, string];
      expect(Math.sign(one < other ? -1 : one > other ? 1 : 0)).toBe(Math.sign(a - b));
    }),
  );
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
      const [one, other] = [a, b].map((value) => indexStart({ kind: 'number' }, value as Json)) as [string, string];
      expect(one < other).toBe(a < b);
    }),
  );
  const entry = (values: JsonObject, columns: string) => indexTexts(stock, values).find((one) => one.columns === columns)?.value ?? '';
  expect(entry(row, 'dueOn+lot') < entry({ ...row, dueOn: '2026-03-02' }, 'dueOn+lot')).toBe(true);
  expect(entry({ ...row, dueOn: '2026-03-02' }, 'dueOn+lot').startsWith(indexStart({ kind: 'date' }, '2026-03-02'))).toBe(true);
  const instants = ['2026-03-02T09:00:00+08:00', '2026-03-02T01:30:00Z'].map((at) => indexStart({ kind: 'dateTime' }, at));
  expect((instants[0] ?? '') < (instants[1] ?? '')).toBe(true);
});
