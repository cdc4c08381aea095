import { doOnce, EffectRefused } from '../../db/connector-effect';
import type { Transaction } from '../../db/database';
import { findMailAddresses } from '../../db/mail-addresses';
import { findPeople, putNotifications } from '../../db/notification-repository';
import { findReport, findReportVersion, putReportDeliveries } from '../../db/report-repository';
import { rolesOfUsers } from '../../db/role-repository';
import { deliverReportSignature } from '../../engine/connectors/reports';
import type { Json, JsonObject } from '../../engine/json';
import type { ReportTable } from '../../engine/report/table';
import type { Language } from '../../rendering/language';
import { TooLargeError } from '../../rendering/rendering-error';
import { deliveryText, deliveryTitle } from '../../rendering/report/delivery-text';
import { type RenderedReport, type ReportFormat, renderReport } from '../../rendering/report/render-report';
import { type Attempt, bpmnError, type Connector } from '../connector';
import { sendMail } from '../outside/mail';
import { inDatabase } from '../own-database';

/** `report.deliver`: a version of a report goes to people by inbox, and to addresses by mail with the files that are wanted. Each recipient gets it once. */
export const reportDeliver: Connector = {
  name: 'report.deliver',
  ...deliverReportSignature,
  run: async (input, attempt) => {
    const { table, people, addresses } = await planned(attempt, input);
    const language = (input.language ?? 'zh') as Language;
    const formats = input.formats as ReportFormat[];
    const text = input.text === undefined ? undefined : String(input.text);
    if (people.length > 0) await toInbox(attempt, table, people, { formats, language, text });
    if (addresses.length > 0) await byMail(attempt, table, addresses, { files: await rendered(table, formats, language), language, text });
    return {
      version: table.version,
      recipients: [...people.map((to) => ({ to, by: 'inbox' })), ...addresses.map((to) => ({ to, by: 'mail' }))],
    };
  },
};

/** The version that goes out, who finds it in the inbox, and where mails go, as the first try has found them: a repetition goes on with the same. */
async function planned(attempt: Attempt, input: JsonObject): Promise<{ table: ReportTable; people: string[]; addresses: string[] }> {
  return inDatabase(attempt, async (trx, origin) => {
    const { dealership } = origin;
    const own = { ...origin, idempotencyKey: `${origin.idempotencyKey}:plan` };
    const plan = await doOnce(trx, own, 'report.deliver', async () => ({ ...(await prepare(trx, dealership, input)) }));
    // those that were planned by an earlier version of the product have no addresses of people
    const { version, people, addresses = (input.mail ?? []) as string[] } = plan as unknown as Plan;
    const found = await findReportVersion(trx, dealership, String(input.report), { version });
    if (found === undefined) throw new Error(`invariant: version ${version} of report "${String(input.report)}" is gone`);
    return { table: found.table, people, addresses };
  });
}

interface Plan {
  version: number;
  people: string[];
  addresses?: string[];
}

/** All whom it finds read the report. */
async function prepare(trx: Transaction, dealership: string, input: JsonObject): Promise<Plan> {
  const id = String(input.report);
  const found = await findReport(trx, dealership, id);
  if (found === undefined) throw new EffectRefused('report.not-found', `"${dealership}" has no report "${id}"`);
  const period = String(input.period ?? '');
  const which = typeof input.version === 'number' ? { version: input.version } : { period };
  const version = await findReportVersion(trx, dealership, id, which);
  if (version === undefined || version.head.period !== period) {
    const what = typeof input.version === 'number' ? `no version ${input.version} of` : 'not been run for';
    throw new EffectRefused('report.not-found', `report "${id}" has ${what} "${period}"; run it with report.run first`);
  }
  const users = (input.users ?? []) as string[];
  const roles = (input.roles ?? []) as string[];
  const people = await findPeople(trx, dealership, users, roles);
  if (people.length === 0 && users.length + roles.length > 0) {
    throw new EffectRefused('notify.nobody', `nobody of "${dealership}" is ${[...users, ...roles].map((name) => `"${name}"`).join(', ')}`);
  }
  const { readers } = found.report;
  const held = await rolesOfUsers(trx, dealership, people);
  const stranger = people.find((user) => readers !== null && !readers.some((role) => held.get(user)?.includes(role)));
  if (stranger !== undefined) {
    throw new EffectRefused('report.not-a-reader', `"${stranger}" does not read report "${id}"; add a role of theirs to its "readers"`);
  }
  const theirs = input.byMail === true ? await findMailAddresses(trx, dealership, people) : [];
  const addresses = [...new Set([...((input.mail ?? []) as string[]), ...theirs.flatMap(({ mail }) => mail ?? [])])];
  return { version: version.head.version, people, addresses };
}

interface Wanted {
  language: Language;
  text: string | undefined;
}

async function toInbox(
  attempt: Attempt,
  table: ReportTable,
  people: string[],
  wanted: Wanted & { formats: ReportFormat[] },
): Promise<void> {
  await inDatabase(attempt, async (trx, origin) => {
    const own = { ...origin, idempotencyKey: `${origin.idempotencyKey}:inbox` };
    await doOnce(trx, own, 'report.deliver', async () => {
      const address = `/v1/reports/${table.report}/versions/${table.version}`;
      await putNotifications(trx, own, people, {
        title: deliveryTitle(table, wanted.language).slice(0, 200),
        text: deliveryText(table, wanted.language, wanted.text).slice(0, 4_000),
        link: `${address}?format=${wanted.formats[0]}`,
      });
      await note(
        trx,
        attempt,
        table,
        people.map((to) => ({ to, by: 'inbox' as const })),
        origin.atMs,
      );
      return null;
    });
  });
}

/** A mail to each address, so that none learns of the others; where one is refused for good, the others have theirs. */
async function byMail(
  attempt: Attempt,
  table: ReportTable,
  addresses: string[],
  wanted: Wanted & { files: RenderedReport[] },
): Promise<void> {
  const refused: string[] = [];
  for (const to of addresses) {
    const idempotencyKey = `${attempt.idempotencyKey}:mail:${to}`;
    const sent = await sendMail(
      { ...attempt, idempotencyKey },
      {
        to: [to],
        subject: deliveryTitle(table, wanted.language),
        text: deliveryText(table, wanted.language, wanted.text),
        attachments: wanted.files,
      },
    ).catch((error: Error & { details?: unknown[] }) => {
      if (error.details?.[0] === 'mail.refused') return undefined;
      throw error;
    });
    if (sent === undefined) refused.push(to);
    else {
      await inDatabase(attempt, (trx, origin) =>
        doOnce(trx, { ...origin, idempotencyKey: `${idempotencyKey}:noted` }, 'report.deliver', async (): Promise<Json> => {
          await note(trx, attempt, table, [{ to, by: 'mail' }], origin.atMs);
          return null;
        }),
      );
    }
  }
  if (refused.length === 0) return;
  const names = refused.map((one) => `"${one}"`).join(', ');
  throw bpmnError('mail.refused', `the mail server refuses ${names} for report "${table.report}"; correct the address under "mail"`);
}

async function note(
  trx: Transaction,
  { dealership, instanceKey, elementId }: Attempt,
  table: ReportTable,
  recipients: { to: string; by: 'inbox' | 'mail' }[],
  atMs: number,
): Promise<void> {
  await putReportDeliveries(trx, dealership, table.report, table.version, recipients, { atMs, instanceKey, elementId });
}

async function rendered(table: ReportTable, formats: ReportFormat[], language: Language): Promise<RenderedReport[]> {
  try {
    const files: RenderedReport[] = [];
    for (const format of formats) files.push(await renderReport(table, format, language));
    return files;
  } catch (error) {
    throw error instanceof TooLargeError ? bpmnError('report.too-large', `report "${table.report}": ${error.message}`) : error;
  }
}
