import { parseDate } from '../engine/feel/temporal';
import type { Json, JsonObject } from '../engine/json';
import type { CompiledRegister } from '../engine/register/register';
import { assemble, type Counted } from '../engine/report/assemble';
import { correctionsOf } from '../engine/report/corrections';
import { comparedPeriod, periodOf } from '../engine/report/period';
import type { CompiledReport } from '../engine/report/report';
import { type ReportRun, reportSql, workingExtentSql } from '../engine/report/report-sql';
import { NoSqlError, type SqlStatement } from '../engine/report/sql';
import { type ReportComparison, type ReportPeriod, type ReportTable, rowCount } from '../engine/report/table';
import { instantText } from '../engine/runtime/durations';
import type { LocalizedText } from '../engine/runtime/process-model';
import type { Transaction } from './database';
import { findRegister } from './register-repository';
import { findReport, findReportVersion, namesOfWork, nextNumbers, putReportVersion } from './report-repository';

/** What a run of a report may take at most. */
export const REPORT_LIMITS = { rows: 10_000, contentChars: 8_000_000, timeMs: 12_000 } as const;

/** Days that a report may be about. */
const DAYS = /^(19|2[0-9])\d\d-\d\d-\d\d$/u;

/** How a report is asked for. */
export interface AskedRun {
  report: string;
  /** An ISO date in the period; the day of the run by default, and that of the corrected version. */
  date?: string;
  /** Rows as they were then; now by default. */
  asOfMs?: number;
  /** The version that this one corrects. */
  corrects?: number;
  reason?: string;
  by: string;
  atMs: number;
  from?: { instanceKey: string; elementId: string };
}

export type ReportRefusalCode = 'report.not-found' | 'report.too-large' | 'report.invalid';

/** Why a report was not run; nothing is kept of it. */
export class ReportRefused extends Error {
  override name = 'ReportRefused';
  constructor(
    readonly code: ReportRefusalCode,
    message: string,
  ) {
    super(message);
  }
}

/** A version that was made, as whoever asked for it has it. */
export interface RunDone {
  report: string;
  /** Key of its period; null where the report covers all time. */
  period: string | null;
  version: number;
  rows: number;
  hash: string;
  /** Measures over everything, by id. */
  totals: JsonObject;
}

/**
 * Runs a report and keeps what it says as its next version.
 *
 * @throws ReportRefused `report.not-found` where the dealership has no such report or version, `report.too-large` where it has too many rows or takes
 *   too long, `report.invalid` where it cannot be asked so, or its register has become another
 */
export async function runReport(trx: Transaction, dealership: string, asked: AskedRun): Promise<RunDone> {
  const found = await findReport(trx, dealership, asked.report);
  if (found === undefined || found.withdrawn)
    throw notFound(`"${dealership}" has no report "${asked.report}"; name it under "reports" of a duty`);
  const { report } = found;
  const corrected =
    asked.corrects === undefined ? undefined : await findReportVersion(trx, dealership, report.id, { version: asked.corrects });
  if (asked.corrects !== undefined && corrected === undefined) {
    throw new ReportRefused('report.invalid', `report "${report.id}" has no version ${asked.corrects} that could be corrected`);
  }
  const house = await houseOf(trx, dealership);
  const asOfMs = asked.asOfMs ?? asked.atMs;
  if (asOfMs > asked.atMs)
    throw new ReportRefused('report.invalid', 'what has not been yet cannot be reported; give "asOf" a moment that is past');
  const day = asked.date ?? corrected?.table.period?.from ?? instantText(asOfMs, house.timezone).slice(0, 10);
  if (!DAYS.test(day) || parseDate(day) === null) throw new ReportRefused('report.invalid', `"${day}" is no date from 1900 to 2999`);
  const period = report.period === null ? null : periodOf(day, report.period.every);
  if (corrected !== undefined && corrected.head.period !== (period?.key ?? '')) {
    throw new ReportRefused('report.invalid', `version ${asked.corrects} of report "${report.id}" is not of this period; leave "date" out`);
  }
  const run = { dealership, timezone: house.timezone, period, asOfMs, past: asked.asOfMs !== undefined };
  const counted = await countedFor(trx, report, run);
  const { timezone } = house;
  const names = showsWork(report) ? await namesOfWork(trx, dealership) : { process: {}, step: {} };
  const contents = assemble({ report, ...counted, asOfMs, timezone, names });
  const numbers = await nextNumbers(trx, dealership, report.id, period?.key ?? '');
  const table: ReportTable = {
    report: report.id,
    title: report.title,
    dealership: { id: dealership, title: house.title, timezone },
    ...numbers,
    period,
    asOf: instantText(asOfMs, timezone),
    runAt: instantText(asked.atMs, timezone),
    runBy: asked.by,
    ...contents,
    chart: report.chart,
    corrects: asked.corrects === undefined ? null : { version: asked.corrects, reason: asked.reason ?? null },
    corrections: corrected === undefined ? [] : correctionsOf(corrected.table, contents),
  };
  if (JSON.stringify(table).length > REPORT_LIMITS.contentChars)
    throw tooLarge(report, `more than ${REPORT_LIMITS.contentChars} characters`);
  const totals = totalsOf(report, table);
  const { instanceKey = null, elementId = null } = asked.from ?? {};
  const { hash } = await putReportVersion(trx, dealership, table, { reportHash: report.hash, totals, instanceKey, elementId });
  return { report: report.id, period: period?.key ?? null, version: table.version, rows: rowCount(table), hash, totals };
}

function showsWork({ groups, measures, columns }: CompiledReport): boolean {
  return [...groups, ...measures, ...columns].some(({ valueTitles }) => typeof valueTitles === 'string');
}

async function houseOf(trx: Transaction, dealership: string): Promise<{ timezone: string; title: LocalizedText }> {
  const [row] = await trx.query<{ timezone: string; title: LocalizedText }>(
    'select timezone, title from dealership where dealership_id = $1',
    [dealership],
  );
  return row ?? { timezone: 'Asia/Shanghai', title: { zh: dealership, en: dealership } };
}

/** What is counted for the period and for those that it is compared with; each is read as of the same moment. */
async function countedFor(
  trx: Transaction,
  report: CompiledReport,
  run: Omit<ReportRun, 'working'>,
): Promise<{ now: Counted; compared: { comparison: ReportComparison; counted: Counted }[] }> {
  const register = report.from.kind === 'register' ? await findRegister(trx, run.dealership, report.from.register) : undefined;
  if (report.from.kind === 'register' && register === undefined) throw notFound(`there is no register "${report.from.register}" any more`);
  const working = await workingExtent(trx, report, register, run);
  const countFor = async (period: ReportPeriod | null): Promise<Counted> => {
    const limit = report.columns.length > 0 && report.limit !== null ? report.limit : REPORT_LIMITS.rows;
    const { rows, totals } = fitting(report, () => reportSql(report, register, { ...run, period, working }, limit));
    const found = await patiently(trx, report, rows);
    if (totals === undefined) {
      const groups = report.groups.length === 0 ? found : found.filter((row) => row['depth'] !== '0');
      const [most, what] = [REPORT_LIMITS.rows, report.subtotals === undefined ? 'groups' : 'groups and subtotals'];
      if (groups.length > most) throw tooLarge(report, `more than ${most} ${what}`);
      return { rows: groups, totals: found.find((row) => row['depth'] === '0') };
    }
    if (found.length > limit && report.limit === null) throw tooLarge(report, `more than ${REPORT_LIMITS.rows} rows`);
    const [all] = await patiently(trx, report, totals);
    return { rows: found, totals: all };
  };
  const now = await countFor(run.period);
  const compared: { comparison: ReportComparison; counted: Counted }[] = [];
  for (const comparison of report.compare) {
    if (run.period !== null) compared.push({ comparison, counted: await countFor(comparedPeriod(run.period, comparison)) });
  }
  return { now, compared };
}

/** Days at most in which working time is counted. */
const WORKING_DAYS = 4_000;
const DAY_MS = 86_400_000;

async function workingExtent(
  trx: Transaction,
  report: CompiledReport,
  register: CompiledRegister | undefined,
  run: Omit<ReportRun, 'working'>,
): Promise<ReportRun['working']> {
  const statement = fitting(report, () => workingExtentSql(report, register, run));
  const [row] = statement === undefined ? [] : await patiently(trx, report, statement);
  const toMs = Math.ceil(Number(row?.['last'] ?? 0)) * 1000;
  return { fromMs: Math.max(Math.floor(Number(row?.['first'] ?? 0)) * 1000, toMs - WORKING_DAYS * DAY_MS), toMs };
}

function fitting<T>(report: CompiledReport, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof NoSqlError)) throw error;
    throw new ReportRefused(
      'report.invalid',
      `report "${report.id}" does not fit its register any more: it ${error.message}; publish it anew`,
    );
  }
}

const QUERY_CANCELED = '57014';
/** Overflows and the like, of values that no dealership has. */
const DATA_EXCEPTION = /^22/u;

async function patiently(
  trx: Transaction,
  report: CompiledReport,
  { sql, bindings }: SqlStatement,
): Promise<Record<string, string | null>[]> {
  await trx.query(`set local statement_timeout = ${REPORT_LIMITS.timeMs}`);
  try {
    const rows = await trx.query<Record<string, string | null>>(sql, bindings);
    await trx.query('set local statement_timeout to default');
    return rows;
  } catch (error) {
    const { code = '' } = error as { code?: string };
    if (code === QUERY_CANCELED) throw tooLarge(report, 'more work than the database does in time');
    if (DATA_EXCEPTION.test(code))
      throw new ReportRefused('report.invalid', `report "${report.id}" computes what no number or date can hold`);
    throw error;
  }
}

function totalsOf(report: CompiledReport, { columns, rows, totals }: ReportTable): JsonObject {
  const all = totals ?? (report.groups.length === 0 ? rows[0]?.cells : undefined) ?? [];
  const measures = columns.flatMap(({ id, role, type }, at): [string, Json][] =>
    role === 'measure' || (role === 'detail' && type === 'money') ? [[id, all[at] ?? null]] : [],
  );
  return Object.fromEntries(measures);
}

function notFound(message: string): ReportRefused {
  return new ReportRefused('report.not-found', message);
}

function tooLarge({ id }: CompiledReport, what: string): ReportRefused {
  return new ReportRefused('report.too-large', `report "${id}" has ${what}; narrow its "filter", shorten its period, or give it a "limit"`);
}
