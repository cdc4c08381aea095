import fc from 'fast-check';
import { putRegister } from '../../db/register-repository';
import { findReportVersion, putReports } from '../../db/report-repository';
import { runReport } from '../../db/report-run';
import type { Calendar } from '../../engine/calendar/calendar';
import { workingTimeBetween } from '../../engine/calendar/working-time';
import { parseDuration } from '../../engine/feel/temporal';
import type { Json } from '../../engine/json';
import { dealershipOf } from '../language/compile-steps';
import { createTestDatabase, type TestDatabase } from './support';

const visits =
  'register: visits\nkey: number\ncolumns:\n  number: { type: string }\n  came: { type: string, format: date-time }\n  went: { type: string, format: date-time }\n';
const stay = `report: stay
from: visits
group: [number]
measures:
  stayed: { sum: { workingTime: { from: came, to: went, calendar: office } } }
  mean: { avg: { workingTime: { from: came, to: went, calendar: office } } }
`;
const NOW_MS = Date.UTC(2026, 2, 2, 3);

let test: TestDatabase;
let office: Calendar;
beforeAll(async () => {
  test = await createTestDatabase();
  const { registers, reports } = dealershipOf(visits, stay);
  office = reports['stay']?.calendars['office'] as Calendar;
  await test.db.system(async (trx) => {
    await putRegister(trx, 'tianhe', registers['visits']!);
    await putReports(trx, 'tianhe', reports);
  });
});
afterAll(() => test.drop());

/** The working time of visits in milliseconds, by number. */
async function stayed(rows: { came: string | null; went: string | null }[]): Promise<(number | null)[]> {
  return test.db.tenant('tianhe', async (trx) => {
    await trx.query(`update register_row set deleted = true`);
    await trx.query(
      `insert into register_row (dealership_id, register_id, key, "values", version, created_at, created_by, changed_at, changed_by)
       select 'tianhe', 'visits', place::text, jsonb_build_object('number', lpad(place::text, 3, '0')) || row, 1, now(), 'x', now(), 'x'
       from jsonb_array_elements($1::jsonb) with ordinality as given (row, place)
       on conflict (dealership_id, register_id, key) do update set "values" = excluded."values", deleted = false`,
      [JSON.stringify(rows)],
    );
    const { version } = await runReport(trx, 'tianhe', { report: 'stay', by: 'x', atMs: NOW_MS });
    const found = await findReportVersion(trx, 'tianhe', 'stay', { version });
    return (found?.table.rows ?? []).map(({ cells }) =>
      found?.table.columns[2]?.id === 'mean' && cells[2] === null ? null : millis(cells[1] ?? null),
    );
  });
}

function millis(cell: Json): number | null {
  const duration = cell === null ? null : parseDuration(String(cell));
  return duration === null || !('nanoseconds' in duration) ? null : Number(duration.nanoseconds / 1_000_000n);
}

const time = fc
  .integer({ min: Date.UTC(2025, 8, 1) / 1000, max: Date.UTC(2026, 5, 1) / 1000 })
  .map((seconds) => new Date(seconds * 1000).toISOString());

it('[L22.4] working time in the database is that of the calendar, holidays and backwards included', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ came: time, went: fc.option(time, { freq: 5 }) }), { minLength: 1, maxLength: 20 }),
      async (rows) => {
        const wanted = rows.map(({ came, went }) =>
          workingTimeBetween(office, Date.parse(came), went === null ? NOW_MS : Date.parse(went)),
        );
        expect(await stayed(rows)).toEqual(wanted);
      },
    ),
    { numRuns: 40 },
  );
});

it('[L22.4] has none where it did not begin, or lies out of sight', async () => {
  expect(await stayed([{ came: null, went: '2026-03-02T01:00:00Z' }])).toEqual([null]);
  const rows = [
    { came: '1990-01-01T01:00:00Z', went: '2026-03-02T01:00:00Z' },
    { came: '2026-03-02T01:00:00Z', went: '2026-03-02T02:00:00Z' },
  ];
  expect(await stayed(rows)).toEqual([null, 3_600_000]);
});
