import { Router } from 'express';
import type { Caller } from '../../db/account-repository';
import type { Transaction } from '../../db/database';
import { isStorable } from '../../db/json-text';
import {
  findReport,
  findReportVersion,
  listReportDeliveries,
  listReports,
  listReportVersions,
  type ReportVersionHead,
} from '../../db/report-repository';
import { type AskedRun, type ReportRefusalCode, ReportRefused, runReport } from '../../db/report-run';
import type { Json, JsonObject } from '../../engine/json';
import type { CompiledReport, ReportSource } from '../../engine/report/report';
import { TooLargeError } from '../../rendering/rendering-error';
import { type ReportFormat, renderReport } from '../../rendering/report/render-report';
import { runPlainCommand } from '../command-flow';
import type { Cursors } from '../cursors';
import type { Parts } from '../parts';
import { ApiError, type ProblemCode } from '../problem';
import { callerOf, contextOf, textIn } from '../request';
import { linkNext, type PageInput, pageOf, pageView } from '../search-query';

interface RunBody {
  date?: string;
  asOf?: string;
  corrects?: number;
  reason?: string;
}

const codes: Record<ReportRefusalCode, ProblemCode> = {
  'report.not-found': 'not-found',
  'report.too-large': 'report-too-large',
  'report.invalid': 'report-invalid',
};

/** Reports of the caller's dealership, as far as the caller's roles read them: they are run, and their versions are shown. */
export function reportRoutes(parts: Parts, cursors: Cursors): Router {
  const { db, clock } = parts;
  const router = Router();

  router.get('/', async (_req, res) => {
    const caller = callerOf(res);
    const { locale } = contextOf(res);
    const reports = await db.tenant(caller.dealership, (trx) => listReports(trx, caller.dealership));
    const own = reports.filter(({ report }) => reads(report, caller));
    res.json({
      items: own.map(({ report, lastVersion }) => ({
        reportId: report.id,
        title: textIn(report.title, locale, report.id),
        from: sourceView(report.from),
        every: report.period?.every ?? null,
        lastVersion,
      })),
    });
  });

  router.post('/:reportId/runs', async (req, res) => {
    const caller = callerOf(res);
    const { dealership } = caller;
    const { date, asOf, corrects, reason } = (req.body ?? {}) as RunBody;
    const addressOf = (id: string) => ({ workflowId: '', instanceKey: id });
    await runPlainCommand(parts, req, res, 'row', addressOf, async () => {
      const asked: AskedRun = {
        report: req.params.reportId,
        ...(date === undefined ? {} : { date }),
        ...(asOf === undefined ? {} : { asOfMs: new Date(asOf).getTime() }),
        ...(corrects === undefined ? {} : { corrects }),
        ...(reason === undefined ? {} : { reason }),
        by: caller.user,
        atMs: clock(),
      };
      const done = await explained(() =>
        db.tenant(dealership, async (trx) => {
          await readable(trx, caller, req.params.reportId);
          return runReport(trx, dealership, asked);
        }),
      );
      const { report, ...rest } = done;
      return { status: 201, body: { reportId: report, ...rest }, headers: { Location: `/v1/reports/${report}/versions/${done.version}` } };
    });
  });

  router.get('/:reportId/versions', async (req, res) => {
    const caller = callerOf(res);
    const { dealership } = caller;
    const { reportId } = req.params;
    const { period } = req.query as { period?: string };
    const query = { list: 'report-versions', dealership, reportId, period: period ?? null };
    const { limit, after } = await pageOf(cursors, query, req.query as PageInput);
    const found = await db.tenant(dealership, async (trx) => {
      await readable(trx, caller, reportId);
      const before = after === undefined ? {} : { before: Number(after[0]) };
      return listReportVersions(trx, dealership, reportId, { limit, ...before, ...(period === undefined ? {} : { period }) });
    });
    const body = await pageView(cursors, query, found, ({ version }) => [version], versionView);
    linkNext(req, res, body.page);
    res.json(body);
  });

  router.get('/:reportId/versions/:version', async (req, res) => {
    const caller = callerOf(res);
    const { format = 'json' } = req.query as { format?: ReportFormat };
    const { table, head } = await db.tenant(caller.dealership, (trx) => versionOf(trx, caller, req.params));
    res.set({ ETag: `"${head.hash}"`, 'Cache-Control': 'private, no-cache' });
    if (format === 'json') return void res.json(table);
    const file = await explained(() => renderReport(table, format, contextOf(res).locale));
    const place = format === 'html' ? 'inline' : 'attachment';
    res
      .set({
        'Content-Disposition': `${place}; filename="${file.name}"`,
        'Content-Security-Policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
      })
      .type(file.mediaType)
      .send(file.content);
  });

  router.get('/:reportId/versions/:version/deliveries', async (req, res) => {
    const caller = callerOf(res);
    const deliveries = await db.tenant(caller.dealership, async (trx) => {
      const { head } = await versionOf(trx, caller, req.params);
      return listReportDeliveries(trx, caller.dealership, req.params.reportId, head.version);
    });
    const items = deliveries.map(({ to, by, at, instanceKey }) => ({
      to,
      by,
      deliveryDate: at.toISOString(),
      processInstanceKey: instanceKey,
    }));
    res.json({ items });
  });

  return router;
}

/** As a report's document writes it. */
function sourceView(from: ReportSource): Json {
  if (from.kind === 'table') return { table: from.table };
  return from.kind === 'register' ? from.register : from.kind;
}

function reads({ readers }: CompiledReport, caller: Pick<Caller, 'roles'>): boolean {
  return readers === null || readers.some((role) => caller.roles.includes(role));
}

/** Refuses whoever does not read the report as if it were not there. */
async function readable(trx: Transaction, caller: Caller, id: string): Promise<void> {
  const found = isStorable(id) ? await findReport(trx, caller.dealership, id) : undefined;
  if (found === undefined || !reads(found.report, caller)) throw new ApiError('not-found');
}

async function versionOf(
  trx: Transaction,
  caller: Caller,
  { reportId, version }: { reportId: string; version: string },
): ReturnType<typeof findReportVersion> extends Promise<infer Found> ? Promise<Exclude<Found, undefined>> : never {
  await readable(trx, caller, reportId);
  const found = await findReportVersion(trx, caller.dealership, reportId, { version: Number(version) });
  if (found === undefined) throw new ApiError('not-found');
  return found;
}

/** Runs `work`; what the report, or its form, refuses is a problem document. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ReportRefused) throw new ApiError(codes[error.code], { params: { reason: error.message } });
    if (error instanceof TooLargeError) throw new ApiError('report-too-large', { params: { reason: error.message } });
    throw error;
  }
}

function versionView(head: ReportVersionHead): Json {
  const { asOf, runAt, period, instanceKey, elementId, totals, ...rest } = head;
  return {
    ...rest,
    totals: totals as JsonObject,
    period: period === '' ? null : period,
    asOf: asOf.toISOString(),
    runDate: runAt.toISOString(),
    processInstanceKey: instanceKey,
    elementId,
  };
}
