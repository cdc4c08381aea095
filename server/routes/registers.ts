import { type Request, type Response, Router } from 'express';
import { readRows } from '../../db/register-access';
import { listChanges, rowAsOf } from '../../db/register-history';
import { listRegisters } from '../../db/register-repository';
import { findRow } from '../../db/register-row';
import { type RowFilter, searchRows } from '../../db/register-search';
import type { Json, JsonObject } from '../../engine/json';
import { keyText } from '../../engine/register/row';
import { runPlainCommand } from '../command-flow';
import type { Cursors } from '../cursors';
import type { Parts } from '../parts';
import { ApiError } from '../problem';
import { type AskedExport, exportRows } from '../registers/register-export';
import { type AskedImport, importRows } from '../registers/register-import';
import { explaining, problemOfSearch } from '../registers/register-problem';
import { assertReads, findOwnRegister, ownRegister, seenValues } from '../registers/register-rights';
import { changeView, registerDetailView, registerView, rowView } from '../registers/register-view';
import { type AskedChange, changeByHand } from '../registers/row-change';
import { keyFromText } from '../registers/row-key';
import { callerOf, contextOf } from '../request';
import { linkNext, type PageInput, pageOf, pageView } from '../search-query';

interface SearchBody {
  filters?: RowFilter[];
  sort?: { column: string; order?: 'ASC' | 'DESC' }[];
  page?: PageInput;
  count?: boolean;
  sums?: string[];
}

const CSV_TYPE = 'text/csv';
const XLSX_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** Rows of a page where the request does not say. */
const PAGE_ROWS = 100;

/** Registers of the caller's dealership and their rows, as far as the caller's roles go. */
export function registerRoutes(parts: Parts, cursors: Cursors): Router {
  const { db, clock } = parts;
  const router = Router();

  router.get('/', async (_req, res) => {
    const caller = callerOf(res);
    const registers = await db.tenant(caller.dealership, (trx) => listRegisters(trx, caller.dealership));
    const own = registers.flatMap((register) => ownRegister(register, caller) ?? []);
    res.json({ items: own.map((one) => registerView(one, contextOf(res).locale)) });
  });

  router.get('/:registerId', async (req, res) => {
    const caller = callerOf(res);
    const own = await db.tenant(caller.dealership, (trx) => findOwnRegister(trx, caller, req.params.registerId));
    res.json(registerDetailView(own, contextOf(res).locale));
  });

  router.post('/:registerId/search', async (req, res) => {
    const caller = callerOf(res);
    const { dealership } = caller;
    const { filters = [], sort = [], page = {}, count = false, sums = [] } = (req.body ?? {}) as SearchBody;
    const query = { list: 'register-rows', dealership, registerId: req.params.registerId, filters, sort };
    const [mark] = page.after === undefined ? [] : await cursors.read(query, page.after);
    const after = mark === undefined ? {} : { after: JSON.parse(String(mark)) as (string | null)[] };
    const body = await db.tenant(dealership, async (trx) => {
      const own = await findOwnRegister(trx, caller, req.params.registerId);
      assertReads(own);
      const asked = {
        filters,
        sort: sort.map(({ column, order }) => ({ column, order: order === 'DESC' ? ('desc' as const) : ('asc' as const) })),
        page: { limit: page.limit ?? PAGE_ROWS, ...after },
        count,
        sums,
      };
      const found = await explaining(() => searchRows(trx, dealership, own.seen, asked), problemOfSearch);
      const stored = found.rows.map(({ values }) => values);
      const values = await readRows(trx, dealership, own.register, stored, clock());
      return {
        items: found.rows.map((row, index) => rowView(own, row, values[index] ?? {})),
        page: {
          endCursor: found.after === undefined ? null : await cursors.write(query, [JSON.stringify(found.after)]),
          hasMore: found.after !== undefined,
        },
        ...(found.count === undefined ? {} : { count: found.count }),
        ...(found.sums === undefined ? {} : { sums: found.sums }),
      };
    });
    res.json(body);
  });

  router.post('/:registerId/export', async (req, res) => {
    const { registerId } = req.params;
    const asked = req.body as AskedExport;
    const file = await exportRows(parts, callerOf(res), registerId, asked, contextOf(res).locale);
    res
      .set('Content-Disposition', `attachment; filename="${registerId}.${asked.format}"`)
      .type(asked.format === 'csv' ? CSV_TYPE : XLSX_TYPE)
      .send(file);
  });

  router.post('/:registerId/imports', async (req, res) => {
    const { registerId } = req.params;
    const { format, file } = req.body as Pick<AskedImport, 'format' | 'file'>;
    const { onExisting = 'refuse', mode = 'all', dryRun = false } = req.query as unknown as Partial<AskedImport>;
    const asked = { format, file, onExisting, mode, dryRun };
    const addressOf = (id: string) => ({ workflowId: '', instanceKey: id });
    await runPlainCommand(parts, req, res, 'row', addressOf, async ({ address }) => {
      const report = await importRows(parts, callerOf(res), registerId, asked, `import:${address.instanceKey}`);
      return { status: 200, body: report as unknown as Json };
    });
  });

  router.get('/:registerId/rows/:key', async (req, res) => {
    const caller = callerOf(res);
    const { dealership } = caller;
    const { asOf } = req.query as { asOf?: string };
    const body = await db.tenant(dealership, async (trx): Promise<JsonObject> => {
      const own = await findOwnRegister(trx, caller, req.params.registerId);
      assertReads(own);
      const { register } = own;
      const key = keyText(register, keyFromText(register, req.params.key));
      if (asOf !== undefined) {
        const atMs = new Date(asOf).getTime();
        const past = await rowAsOf(trx, dealership, register, key, atMs);
        if (past === undefined) throw new ApiError('not-found');
        const [values = {}] = await readRows(trx, dealership, register, [past.values], atMs);
        const { version, changedAt, changedBy } = past;
        return { key, version, values: seenValues(own, values), changeDate: changedAt.toISOString(), changedBy };
      }
      const row = await findRow(trx, dealership, register, key);
      if (row === undefined) throw new ApiError('not-found');
      const [values = {}] = await readRows(trx, dealership, register, [row.values], clock());
      return rowView(own, row, values);
    });
    if (asOf === undefined) res.set('ETag', `"${body['version']}"`);
    res.json(body);
  });

  router.get('/:registerId/rows/:key/history', async (req, res) => {
    const caller = callerOf(res);
    const { dealership } = caller;
    const { registerId, key: keyInPath } = req.params;
    const query = { list: 'register-history', dealership, registerId, key: keyInPath };
    const { limit, after } = await pageOf(cursors, query, req.query as PageInput);
    const body = await db.tenant(dealership, async (trx) => {
      const own = await findOwnRegister(trx, caller, registerId);
      assertReads(own);
      const key = keyText(own.register, keyFromText(own.register, keyInPath));
      const before = after === undefined ? {} : { before: Number(after[0]) };
      const changes = await listChanges(trx, dealership, own.register, key, { limit, ...before });
      if (changes.length === 0 && after === undefined) throw new ApiError('not-found');
      const found = { items: changes.slice(0, limit), hasMore: changes.length > limit };
      return pageView(
        cursors,
        query,
        found,
        ({ version }) => [version],
        (entry) => changeView(own, entry),
      );
    });
    linkNext(req, res, body.page);
    res.json(body);
  });

  const change = async (req: Request, res: Response, asked: Omit<AskedChange, 'idempotencyKey'>): Promise<void> => {
    const addressOf = (id: string) => ({ workflowId: '', instanceKey: id });
    await runPlainCommand(parts, req, res, 'row', addressOf, async ({ address }) => {
      const body = await changeByHand(parts, callerOf(res), { ...asked, idempotencyKey: `by-hand:${address.instanceKey}` });
      const status = { insert: 201, update: 200, delete: 204 }[asked.kind];
      return { status, body, ...(asked.kind === 'delete' ? {} : { headers: { ETag: `"${body['version']}"` } }) };
    });
  };

  router.post('/:registerId/rows', async (req, res) => {
    const { values } = req.body as { values: JsonObject };
    await change(req, res, { registerId: req.params.registerId, kind: 'insert', values });
  });

  router.patch('/:registerId/rows/:key', async (req, res) => {
    const { values, version } = req.body as { values: JsonObject; version?: number };
    const { registerId, key } = req.params;
    await change(req, res, { registerId, kind: 'update', key, values, ...expected(req, version) });
  });

  router.delete('/:registerId/rows/:key', async (req, res) => {
    const { registerId, key } = req.params;
    await change(req, res, { registerId, kind: 'delete', key, values: {}, ...expected(req, undefined) });
  });

  return router;
}

/** The version that the caller expects: of the header `If-Match`, or of the body. */
function expected(req: Request, inBody: number | undefined): { expectedVersion?: number } {
  const header = req.get('if-match');
  if (header === undefined || header === '*') return inBody === undefined ? {} : { expectedVersion: inBody };
  const version = /^"(\d{1,9})"$/u.exec(header)?.[1];
  if (version === undefined || (inBody !== undefined && inBody !== Number(version))) {
    const detail = 'must be the version of the row in quotes, and the same as in the body';
    throw new ApiError('invalid-request', { errors: [{ pointer: '/headers/if-match', code: 'pattern', detail }] });
  }
  return { expectedVersion: Number(version) };
}
