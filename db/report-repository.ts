import { createHash } from 'node:crypto';
import type { Json } from '../engine/json';
import type { ValueNames } from '../engine/report/assemble';
import type { CompiledReport } from '../engine/report/report';
import { type ReportTable, rowCount } from '../engine/report/table';
import type { LocalizedText } from '../engine/runtime/process-model';
import type { Transaction } from './database';
import { cut } from './page';

/** What publishing did with a report. */
export interface ReportPublication {
  reportId: string;
  hash: string;
  changed: boolean;
}

/** Publishes the reports of a dealership; those that it has no more are withdrawn, and their versions stay. Needs the system role. */
export async function putReports(
  trx: Transaction,
  dealership: string,
  reports: Readonly<Record<string, CompiledReport>>,
): Promise<ReportPublication[]> {
  const published: ReportPublication[] = [];
  for (const report of Object.values(reports)) {
    const stored = await trx.query(
      `insert into report as r (dealership_id, report_id, hash, definition) values ($1, $2, $3, $4)
       on conflict (dealership_id, report_id) do update set hash = excluded.hash, definition = excluded.definition, withdrawn = false, published_at = now()
       where r.hash <> excluded.hash or r.withdrawn returning report_id`,
      [dealership, report.id, report.hash, JSON.stringify(report)],
    );
    published.push({ reportId: report.id, hash: report.hash, changed: stored.length > 0 });
  }
  await trx.query('update report set withdrawn = true where dealership_id = $1 and not withdrawn and report_id <> all ($2::text[])', [
    dealership,
    Object.keys(reports),
  ]);
  return published;
}

/** The report of a dealership as it was published last; undefined where it has none of that id. One that was withdrawn is found for its versions. */
export async function findReport(
  trx: Transaction,
  dealership: string,
  id: string,
): Promise<{ report: CompiledReport; withdrawn: boolean } | undefined> {
  const [row] = await trx.query<{ report: CompiledReport; withdrawn: boolean }>(
    'select definition as report, withdrawn from report where dealership_id = $1 and report_id = $2',
    [dealership, id],
  );
  return row;
}

/** The reports that a dealership has, by id, with the number of the last version of each; null where there is none. */
export async function listReports(trx: Transaction, dealership: string): Promise<{ report: CompiledReport; lastVersion: number | null }[]> {
  return trx.query(
    `select definition as report, (select max(version) from report_version v where v.dealership_id = $1 and v.report_id = r.report_id) as "lastVersion"
     from report r where dealership_id = $1 and not withdrawn order by report_id`,
    [dealership],
  );
}

/** The titles of the processes of a dealership, in their last versions, and of their steps where all processes call a step the same. */
export async function namesOfWork(trx: Transaction, dealership: string): Promise<ValueNames> {
  const found = await trx.query<{ kind: 'process' | 'step'; id: string; title: LocalizedText }>(
    `with latest as (
       select distinct on (process_id) process_id, title, model from process_definition where dealership_id = $1 order by process_id, version desc
     )
     select 'process' as kind, process_id as id, title from latest
     union all
     select 'step', key, min((value -> 'title')::text)::jsonb from latest, json_each(model -> 'nodes')
     where value ->> 'kind' = 'userTask' and json_typeof(value -> 'title') = 'object'
     group by key having count(distinct (value -> 'title')::text) = 1`,
    [dealership],
  );
  const named = (kind: string) => Object.fromEntries(found.filter((one) => one.kind === kind).map(({ id, title }) => [id, title]));
  return { process: named('process'), step: named('step') };
}

/** A version of a report without what it says. */
export interface ReportVersionHead {
  version: number;
  /** Key of its period; empty where the report covers all time. */
  period: string;
  revision: number;
  asOf: Date;
  runAt: Date;
  runBy: string;
  corrects: number | null;
  reason: string | null;
  rows: number;
  totals: Json;
  /** sha-256, hex, of what it says. */
  hash: string;
  instanceKey: string | null;
  elementId: string | null;
}

const head = `version, period, revision, as_of as "asOf", run_at as "runAt", run_by as "runBy", corrects, reason, row_count as rows, totals, hash,
  instance_key as "instanceKey", element_id as "elementId"`;

/** Keeps a version. Whoever numbers it holds `lockReport`. */
export async function putReportVersion(
  trx: Transaction,
  dealership: string,
  table: ReportTable,
  from: { reportHash: string; totals: Json; instanceKey: string | null; elementId: string | null },
): Promise<{ hash: string }> {
  const content = JSON.stringify(table);
  const hash = createHash('sha256').update(content).digest('hex');
  await trx.query(
    `insert into report_version (dealership_id, report_id, version, period, revision, report_hash, as_of, run_at, run_by, corrects, reason, row_count,
       totals, hash, content, instance_key, element_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
    [
      dealership,
      table.report,
      table.version,
      table.period?.key ?? '',
      table.revision,
      from.reportHash,
      table.asOf,
      table.runAt,
      table.runBy,
      table.corrects?.version ?? null,
      table.corrects?.reason ?? null,
      rowCount(table),
      JSON.stringify(from.totals),
      hash,
      content,
      from.instanceKey,
      from.elementId,
    ],
  );
  return { hash };
}

/** Lets one run of a report after the other be numbered, until the transaction ends; gives the numbers that come next. */
export async function nextNumbers(
  trx: Transaction,
  dealership: string,
  id: string,
  period: string,
): Promise<{ version: number; revision: number }> {
  await trx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`report:${dealership}:${id}`]);
  const [last] = await trx.query<{ version: number | null; revision: number | null }>(
    `select max(version) as version, max(revision) filter (where period = $3) as revision
     from report_version where dealership_id = $1 and report_id = $2`,
    [dealership, id, period],
  );
  return { version: (last?.version ?? 0) + 1, revision: (last?.revision ?? 0) + 1 };
}

/** A version of a report by its number, or the last one of a period; undefined where there is none. */
export async function findReportVersion(
  trx: Transaction,
  dealership: string,
  id: string,
  which: { version: number } | { period: string },
): Promise<{ head: ReportVersionHead; table: ReportTable } | undefined> {
  const [condition, value] = 'version' in which ? ['version = $3', which.version] : ['period = $3', which.period];
  const [row] = await trx.query<ReportVersionHead & { content: ReportTable }>(
    `select ${head}, content from report_version where dealership_id = $1 and report_id = $2 and ${condition} order by version desc limit 1`,
    [dealership, id, value],
  );
  if (row === undefined) return undefined;
  const { content, ...rest } = row;
  return { head: rest, table: content };
}

/** The versions of a report, or of its runs for a period, the last first. */
export async function listReportVersions(
  trx: Transaction,
  dealership: string,
  id: string,
  page: { limit: number; before?: number; period?: string },
): Promise<{ items: ReportVersionHead[]; hasMore: boolean }> {
  const rows = await trx.query<ReportVersionHead>(
    `select ${head} from report_version
     where dealership_id = $1 and report_id = $2 and ($3::integer is null or version < $3) and ($4::text is null or period = $4)
     order by version desc limit $5`,
    [dealership, id, page.before ?? null, page.period ?? null, page.limit + 1],
  );
  const { rows: items, hasMore } = cut(rows, page.limit);
  return { items, hasMore };
}

/** To whom a version was delivered. */
export interface ReportDelivery {
  to: string;
  by: 'inbox' | 'mail';
  at: Date;
  instanceKey: string | null;
}

/** Notes to whom a version was delivered. */
export async function putReportDeliveries(
  trx: Transaction,
  dealership: string,
  id: string,
  version: number,
  recipients: readonly Pick<ReportDelivery, 'to' | 'by'>[],
  from: { atMs: number; instanceKey: string | null; elementId: string | null },
): Promise<void> {
  await trx.query(
    `insert into report_delivery (dealership_id, report_id, version, recipient, by, delivered_at, instance_key, element_id)
     select $1, $2, $3, recipient, by, $4, $5, $6 from unnest($7::text[], $8::text[]) as told (recipient, by)`,
    [
      dealership,
      id,
      version,
      new Date(from.atMs),
      from.instanceKey,
      from.elementId,
      recipients.map(({ to }) => to),
      recipients.map(({ by }) => by),
    ],
  );
}

/** To whom a version was delivered, in order. */
export async function listReportDeliveries(trx: Transaction, dealership: string, id: string, version: number): Promise<ReportDelivery[]> {
  return trx.query(
    `select recipient as "to", by, delivered_at as at, instance_key as "instanceKey" from report_delivery
     where dealership_id = $1 and report_id = $2 and version = $3 order by delivery_id limit 1000`,
    [dealership, id, version],
  );
}
