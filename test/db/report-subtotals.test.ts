import fc from 'fast-check';
import { putRegister } from '../../db/register-repository';
import { findReportVersion, putReports } from '../../db/report-repository';
import { runReport } from '../../db/report-run';
import { Decimal } from '../../engine/feel/decimal';
import { evaluate } from '../../engine/feel/evaluate';
import { compiled } from '../../engine/feel/fixture';
import type { Json, JsonObject } from '../../engine/json';
import type { ReportTable, ReportTableRow } from '../../engine/report/table';
import { dealershipOf } from '../language/compile-steps';
import { createTestDatabase, type TestDatabase } from './support';

const sales = `register: sales
key: number
columns:
  number: { type: string }
  region: { type: string }
  salesman: { type: string }
  model: { type: string }
  price: { type: string, format: money }
  paid: { type: string, format: money }
`;
const report = (id: string, more: string) => `report: ${id}
from: sales
group: [region, salesman, model]
measures:
  cars: count
  models: { countDistinct: model }
  total: { sum: price }
  received: { sum: paid }
  middle: { median: price }
  mean: { avg: price }
  rate: { value: =received / total, format: percent }
${more}`;
const NOW_MS = Date.UTC(2026, 2, 2, 3);

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
  const { registers, reports } = dealershipOf(
    sales,
    report('every-level', 'subtotals: true\n'),
    report('by-salesman', 'subtotals: [salesman]\nsort: [{ by: total, order: desc }]\nlimit: 4\n'),
  );
  await test.db.system(async (trx) => {
    await putRegister(trx, 'tianhe', registers['sales']!);
    await putReports(trx, 'tianhe', reports);
  });
});
afterAll(() => test.drop());

type Sale = Record<'region' | 'salesman' | 'model' | 'price' | 'paid', string | null>;

async function run(id: string, rows: readonly Sale[]): Promise<ReportTable> {
  return test.db.tenant('tianhe', async (trx) => {
    await trx.query('update register_row set deleted = true');
    await trx.query(
      `insert into register_row (dealership_id, register_id, key, "values", version, created_at, created_by, changed_at, changed_by)
       select 'tianhe', 'sales', place::text, row || jsonb_build_object('number', place::text), 1, now(), 'x', now(), 'x'
       from jsonb_array_elements($1::jsonb) with ordinality as given (row, place)
       on conflict (dealership_id, register_id, key) do update set "values" = excluded."values", deleted = false`,
      [JSON.stringify(rows)],
    );
    const { version } = await runReport(trx, 'tianhe', { report: id, by: 'x', atMs: NOW_MS });
    return (await findReportVersion(trx, 'tianhe', id, { version }))?.table as ReportTable;
  });
}

const money = { kind: 'money' } as const;
const rate = compiled('received / total', { received: { value: '0.00', type: money }, total: { value: '0.00', type: money } });

/** What the measures are over some rows, the rate by the evaluator. */
function measured(rows: readonly Sale[]): Json[] {
  const amounts = (column: 'price' | 'paid') => rows.flatMap((row) => (row[column] === null ? [] : new Decimal(row[column])));
  const sum = (values: Decimal[]) => values.reduce((all, one) => all.plus(one), new Decimal(0));
  const prices = amounts('price').sort((a, b) => a.cmp(b));
  const [low, high] = [prices[Math.floor((prices.length - 1) / 2)], prices[Math.floor(prices.length / 2)]];
  const mean = (values: Decimal[]) => (values.length === 0 ? null : cents(sum(values).div(values.length)));
  const values: JsonObject = { total: sum(prices).toFixed(2), received: sum(amounts('paid')).toFixed(2) };
  const share = evaluate(
    rate,
    { read: (name) => ({ value: values[name] ?? null, type: money }), nowMs: NOW_MS, timezone: 'UTC' },
    { kind: 'number' },
  );
  return [
    rows.length,
    new Set(rows.flatMap(({ model }) => model ?? [])).size,
    values['total'] ?? null,
    values['received'] ?? null,
    low === undefined || high === undefined ? null : cents(low.plus(high).div(2)),
    mean(prices),
    share.ok ? share.value : null,
  ];
}

function cents(value: Decimal): string {
  return value.toDecimalPlaces(2, Decimal.ROUND_HALF_EVEN).toFixed(2);
}

const one = (...names: string[]) => fc.option(fc.constantFrom(...names), { freq: 6 });
const amount = fc.option(
  fc.integer({ min: -500, max: 90_000 }).map((value) => (value / 100).toFixed(2)),
  { freq: 6 },
);
const anySales = fc.array(
  fc.record({ region: one('N', 'S'), salesman: one('li', 'wang'), model: one('A6', 'Q5', 'A4'), price: amount, paid: amount }),
  { minLength: 1, maxLength: 25 },
);

it('[L22.12] a subtotal is what the measures are over all rows of its groups, computed ones anew, and stands behind them', async () => {
  await fc.assert(
    fc.asyncProperty(anySales, async (rows) => {
      const table = await run('every-level', rows);
      const of = ({ cells, subtotal = 3 }: ReportTableRow) =>
        rows.filter((row) => [row.region, row.salesman, row.model].slice(0, subtotal).every((value, at) => value === cells[at]));
      for (const row of table.rows) expect(row.cells.slice(3)).toEqual(measured(of(row)));
      expect(table.totals?.slice(3)).toEqual(measured(rows));
      const counts = [1, 2, 3].map(
        (depth) => new Set(rows.map((row) => JSON.stringify([row.region, row.salesman, row.model].slice(0, depth)))).size,
      );
      expect([1, 2, undefined].map((depth) => table.rows.filter(({ subtotal }) => subtotal === depth).length)).toEqual(counts);
      // from the end each row lies in the group whose subtotal came last
      const open: Json[][] = [];
      for (const { cells, subtotal = 3 } of table.rows.toReversed()) {
        open.splice(subtotal - 1);
        for (const shared of open) expect(cells.slice(0, shared.length)).toEqual(shared);
        open.push(cells.slice(0, subtotal));
      }
    }),
    { numRuns: 40 },
  );
});

it('[L22.12] groups are ordered by their subtotals; a limit counts rows, and what is left out is in the subtotal', async () => {
  const sale = (region: string, salesman: string, model: string, price: string): Sale => ({ region, salesman, model, price, paid: '0.00' });
  const table = await run('by-salesman', [
    sale('N', 'li', 'A6', '10.00'),
    sale('N', 'wang', 'A6', '20.00'),
    sale('N', 'wang', 'Q5', '5.00'),
    sale('S', 'zhao', 'A4', '30.00'),
    sale('S', 'zhao', 'A6', '1.00'),
    sale('S', 'zhao', 'Q5', '90.00'),
  ]);
  expect(table.rows.map(({ cells, subtotal }) => [...cells.slice(0, 3), cells[5], subtotal])).toEqual([
    ['S', 'zhao', 'Q5', '90.00', undefined],
    ['S', 'zhao', 'A4', '30.00', undefined],
    ['S', 'zhao', 'A6', '1.00', undefined],
    ['S', 'zhao', null, '121.00', 2],
    ['N', 'wang', 'A6', '20.00', undefined],
    ['N', 'wang', null, '25.00', 2],
  ]);
  expect([table.left, table.totals?.[5]]).toEqual([2, '156.00']);
});
