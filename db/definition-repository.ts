import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import canonicalize from 'canonicalize';
import { LRUCache } from 'lru-cache';
import { closureOf } from '../engine/compile/closure';
import type { CompiledDealership, CompiledForm } from '../engine/compile/deployment';
import type { Expression } from '../engine/feel/expression';
import type { JsonObject } from '../engine/json';
import type { LocalizedText, ModelClosure, ProcessModel } from '../engine/runtime/process-model';
import type { Database, Transaction } from './database';
import { putEventStarts, withdrawOtherStarts } from './event-start-repository';
import { putRegister, type RegisterPublication } from './register-repository';
import { putReports, type ReportPublication } from './report-repository';
import { grantRoles } from './role-repository';
import { putSchedules } from './schedule-repository';
import { putTemplates, type TemplatePublication } from './template-repository';
import { bindVersions, pinnedVersions } from './version-binding';

/** A published process. A version is what a start binds: the model and everything that it may call, with the settings of that day. */
export interface Definition {
  processId: string;
  version: number;
  modelHash: string;
  closureHash: string;
  title: LocalizedText;
  publishedAt: Date;
}

/** A published form; `schema` keeps the order of its properties. */
export interface StoredForm {
  hash: string;
  formId: string;
  title: LocalizedText;
  schema: JsonObject;
  shows: Expression[];
}

/** What a publication did with one process. */
export interface Publication {
  processId: string;
  version: number;
  changed: boolean;
}

/** What is addressed by its hash never changes, so it is read once. */
const models = new LRUCache<string, ProcessModel>({ max: 300 });
const forms = new LRUCache<string, StoredForm>({ max: 500 });
const closures = new LRUCache<string, ModelClosure>({ max: 200 });

/**
 * Publishes what a dealership runs: new versions of those processes whose model or closure changed, new forms, its title and roles.
 * Nothing is deleted, since running cases keep what they began with. Publishing the same again changes nothing.
 *
 * @throws UnknownVersionError where a call is pinned to a version that is not published, and RegisterUnpublishableError where rows stand against a
 *   register; then nothing is
 */
export async function publishDealership(db: Database, compiled: CompiledDealership): Promise<Publication[]> {
  return db.system(async (trx) => {
    await lockPublishing(trx, compiled.id);
    return (await publishWithin(trx, compiled)).processes;
  });
}

/** One publication of a dealership at a time; until the transaction ends. */
export async function lockPublishing(trx: Transaction, dealership: string): Promise<void> {
  await trx.query(`select pg_advisory_xact_lock(hashtextextended('publish:' || $1, 0))`, [dealership]);
}

/** What publishing did with each document that is stored by itself. */
export interface PublishedDocuments {
  processes: Publication[];
  registers: RegisterPublication[];
  reports: ReportPublication[];
  templates: TemplatePublication[];
}

/**
 * As `publishDealership`, within a transaction of the system role that holds the lock of publishing.
 *
 * @throws UnknownVersionError and RegisterUnpublishableError
 */
export async function publishWithin(trx: Transaction, compiled: CompiledDealership): Promise<PublishedDocuments> {
  await grantRoles(trx, compiled.id, compiled.roles);
  await trx.query(
    `insert into dealership (dealership_id, title, timezone, roles, connections, publishers, users) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (dealership_id) do update set title = excluded.title, timezone = excluded.timezone, roles = excluded.roles,
       connections = excluded.connections, publishers = excluded.publishers, users = excluded.users, published_at = now()`,
    [
      compiled.id,
      JSON.stringify(compiled.title),
      compiled.timezone,
      JSON.stringify(compiled.roles),
      ...[compiled.connections, compiled.publishers, compiled.users].map((said) => (said === undefined ? null : JSON.stringify(said))),
    ],
  );
  for (const form of Object.values(compiled.forms)) await putForm(trx, compiled.id, form);
  const registers: RegisterPublication[] = [];
  for (const register of Object.values(compiled.registers)) registers.push(await putRegister(trx, compiled.id, register));
  const published: Publication[] = [];
  for (const id of inOrderOfPins(compiled)) published.push(await putVersion(trx, compiled, id));
  await withdrawOtherStarts(trx, compiled.id, Object.keys(compiled.processes));
  const reports = await putReports(trx, compiled.id, compiled.reports);
  const templates = await putTemplates(trx, compiled.id, compiled.templates);
  await putSchedules(trx, compiled.id, compiled.schedules);
  return { processes: published.sort((a, b) => (a.processId < b.processId ? -1 : 1)), registers, reports, templates };
}

/** A process that pins a version of another comes after it, so that the version may be the one that is published now. */
function inOrderOfPins(compiled: CompiledDealership): string[] {
  const order = new Set<string>();
  const visit = (id: string, path: string[]): void => {
    const process = compiled.processes[id];
    if (process === undefined || order.has(id) || path.includes(id)) return;
    for (const pin of pinnedVersions(process.model)) visit(pin.process, [...path, id]);
    order.add(id);
  };
  for (const id of Object.keys(compiled.processes).sort()) visit(id, []);
  return [...order];
}

async function putForm(trx: Transaction, dealership: string, form: CompiledForm): Promise<void> {
  await trx.query(
    `insert into form (dealership_id, hash, form_id, title, schema, shows) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [dealership, form.hash, form.id, JSON.stringify(form.title), JSON.stringify(form.schema), JSON.stringify(form.shows)],
  );
}

async function putVersion(trx: Transaction, compiled: CompiledDealership, processId: string): Promise<Publication> {
  const closure = await bindVersions(trx, compiled, closureOf(compiled, processId));
  const closureHash = createHash('sha256')
    .update(canonicalize(closure) as string)
    .digest('hex');
  const latest = await findDefinition(trx, compiled.id, processId);
  const changed = latest?.closureHash !== closureHash;
  await putEventStarts(trx, compiled.id, closure, changed);
  if (latest !== undefined && !changed) return { processId, version: latest.version, changed };
  const model = closure.models[closure.root] as ProcessModel;
  const version = (latest?.version ?? 0) + 1;
  await trx.query(
    `insert into process_definition (dealership_id, process_id, version, model_hash, closure_hash, title, model, closure)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      compiled.id,
      processId,
      version,
      closure.root,
      closureHash,
      JSON.stringify(model.title),
      JSON.stringify(model),
      gzipSync(JSON.stringify(closure)),
    ],
  );
  return { processId, version, changed };
}

interface DefinitionRow {
  process_id: string;
  version: number;
  model_hash: string;
  closure_hash: string;
  title: LocalizedText;
  published_at: Date;
}

const columns = 'process_id, version, model_hash, closure_hash, title, published_at';

function definitionOf(row: DefinitionRow): Definition {
  return {
    processId: row.process_id,
    version: row.version,
    modelHash: row.model_hash,
    closureHash: row.closure_hash,
    title: row.title,
    publishedAt: row.published_at,
  };
}

/** The latest version of a process; undefined where the dealership has none of that id. */
export async function findDefinition(trx: Transaction, dealership: string, processId: string): Promise<Definition | undefined> {
  const [row] = await trx.query<DefinitionRow>(
    {
      name: 'definition-latest',
      text: `select ${columns} from process_definition where dealership_id = $1 and process_id = $2 order by version desc limit 1`,
    },
    [dealership, processId],
  );
  return row === undefined ? undefined : definitionOf(row);
}

/** The latest version of each process of a dealership, by id. */
export async function listDefinitions(trx: Transaction, dealership: string): Promise<Definition[]> {
  const rows = await trx.query<DefinitionRow>(
    `select distinct on (process_id) ${columns} from process_definition where dealership_id = $1 order by process_id, version desc`,
    [dealership],
  );
  return rows.map(definitionOf);
}

/** The closure of a version, for a start. */
export async function loadClosure(trx: Transaction, dealership: string, definition: Definition): Promise<ModelClosure> {
  const known = closures.get(definition.closureHash);
  if (known !== undefined) return known;
  const [row] = await trx.query<{ closure: Buffer }>(
    'select closure from process_definition where dealership_id = $1 and process_id = $2 and version = $3',
    [dealership, definition.processId, definition.version],
  );
  if (row === undefined) throw new Error(`invariant: "${definition.processId}" has no version ${definition.version}`);
  const closure = JSON.parse(gunzipSync(row.closure).toString()) as ModelClosure;
  closures.set(definition.closureHash, closure);
  return closure;
}

/** A published model by its hash; undefined where the dealership has none of that hash. */
export async function findModel(trx: Transaction, dealership: string, hash: string): Promise<ProcessModel | undefined> {
  const key = `${dealership}/${hash}`;
  const known = models.get(key);
  if (known !== undefined) return known;
  const [row] = await trx.query<{ model: ProcessModel }>(
    { name: 'model-by-hash', text: 'select model from process_definition where dealership_id = $1 and model_hash = $2 limit 1' },
    [dealership, hash],
  );
  if (row !== undefined) models.set(key, row.model);
  return row?.model;
}

/** The latest version that has a model; undefined where the dealership has none of that hash. */
export async function findDefinitionOfModel(trx: Transaction, dealership: string, modelHash: string): Promise<Definition | undefined> {
  const [row] = await trx.query<DefinitionRow>(
    `select ${columns} from process_definition where dealership_id = $1 and model_hash = $2 order by version desc limit 1`,
    [dealership, modelHash],
  );
  return row === undefined ? undefined : definitionOf(row);
}

/** A form by its hash. */
export async function findForm(trx: Transaction, dealership: string, hash: string): Promise<StoredForm | undefined> {
  const key = `${dealership}/${hash}`;
  const known = forms.get(key);
  if (known !== undefined) return known;
  const [row] = await trx.query<{ form_id: string; title: LocalizedText; schema: JsonObject; shows: Expression[] }>(
    'select form_id, title, schema, shows from form where dealership_id = $1 and hash = $2',
    [dealership, hash],
  );
  if (row === undefined) return undefined;
  const form = { hash, formId: row.form_id, title: row.title, schema: row.schema, shows: row.shows };
  forms.set(key, form);
  return form;
}
