import { randomUUID } from 'node:crypto';
import type { Caller } from '../db/account-repository';
import type { Database, Transaction } from '../db/database';
import { lockPublishing, publishWithin } from '../db/definition-repository';
import {
  type Deployment,
  type FormPublication,
  findDeployment,
  findLatestDeployment,
  insertDeployment,
  listSources,
  type SourceDocumentRow,
} from '../db/deployment-repository';
import { RegisterUnpublishableError } from '../db/register-repository';
import { UnknownVersionError } from '../db/version-binding';
import type { CompiledDealership, Finding, SourceFile } from '../engine/compile/deployment';
import { concerns } from '../engine/compile/overlay/effective';
import { type Compiler, CompilerBusyError } from './compiler/compiler';
import type { CompileJob, CompileOutcome, FolderOutcome, Upload } from './compiler/protocol';
import { uploadFinding } from './compiler/read-upload';
import type { Parts } from './parts';
import { ApiError } from './problem';

/** How often a deployment is compiled anew because another one came between. */
const ATTEMPTS = 3;

/** What a deployment gave: what was published, and what there is to say about it besides. */
export interface Deployed {
  deployment: Deployment;
  findings: Finding[];
}

/**
 * Publishes an upload at the caller's dealership: it is compiled with what is published there already, whose documents it replaces by kind and id. The
 * same id again gives the deployment that was made then.
 *
 * @throws {ApiError} `deployment-refused` with the findings: nothing is published then
 */
export async function deploy(parts: Parts & { compiler: Compiler }, caller: Caller, id: string, upload: Upload): Promise<Deployed> {
  const { db } = parts;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const { earlier, published, latest } = await db.tenant(caller.dealership, async (trx) => ({
      earlier: await findDeployment(trx, caller.dealership, id),
      published: await listSources(trx, caller.dealership, 'anywhere'),
      latest: await findLatestDeployment(trx, caller.dealership),
    }));
    if (earlier !== undefined) return { deployment: earlier, findings: [] };
    const outcome = await compile(parts.compiler, { dealership: caller.dealership, published, upload, nowMs: parts.clock() });
    const { compiled, documents, findings } = outcome;
    if (compiled === undefined) throw refusal(findings);
    try {
      const head = { id, fromFolder: false, by: caller.user };
      const deployment = await publishDocuments(db, compiled, head, documents, latest?.sequence);
      if (deployment !== undefined) return { deployment, findings };
    } catch (error) {
      throw refusal([findingOf(error, [...documents, ...published])]);
    }
  }
  throw new ApiError('unavailable', { headers: { 'Retry-After': '2' } });
}

async function compile(compiler: Compiler, job: CompileJob): Promise<CompileOutcome> {
  try {
    return await compiler.run(job);
  } catch (error) {
    if (!(error instanceof CompilerBusyError)) throw error;
    throw new ApiError('unavailable', { headers: { 'Retry-After': '5' } });
  }
}

function refusal(findings: Finding[]): ApiError {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return new ApiError('deployment-refused', { findings, params: { errors } });
}

/** The finding of what only the database knows; any other error goes on. */
function findingOf(error: unknown, sources: readonly SourceDocumentRow[]): Finding {
  if (error instanceof UnknownVersionError) return unknownVersion(error, sources);
  if (!(error instanceof RegisterUnpublishableError)) throw error;
  const source = sources.find(({ kind, id }) => kind === 'register' && id === error.registerId);
  return uploadFinding(source?.path ?? sources[0]?.path ?? '', 'register-rows', error.message, error.remedy);
}

/** The finding of a call that is pinned to a version which is not published, at the step that says so. */
function unknownVersion(error: UnknownVersionError, sources: readonly SourceDocumentRow[]): Finding {
  const step = new RegExp(`\\bid: *["']?${error.elementId}\\b`, 'u');
  const source = sources.find(({ kind, text }) => kind === 'process' && step.test(text) && text.includes('version'));
  const line = (source?.text.split('\n').findIndex((text) => step.test(text)) ?? 0) + 1;
  const remedy = 'name a version that is published, or leave it out for the latest';
  return { ...uploadFinding(source?.path ?? sources[0]?.path ?? '', 'unknown-version', error.message, remedy), line, endLine: line };
}

/**
 * Publishes what was compiled and stores its sources with it, in one transaction. Undefined where `expected`, the sequence number of the deployment that
 * it was compiled after, is not the latest one any more: then nothing is done.
 *
 * @throws UnknownVersionError and RegisterUnpublishableError
 */
async function publishDocuments(
  db: Database,
  compiled: CompiledDealership,
  head: { id: string; fromFolder: boolean; by: string },
  documents: readonly (Omit<SourceDocumentRow, 'text'> & { text: string | null })[],
  expected: string | undefined,
): Promise<Deployment | undefined> {
  return db.system(async (trx) => {
    await lockPublishing(trx, compiled.id);
    const latest = await findLatestDeployment(trx, compiled.id);
    if (latest?.sequence !== expected) return undefined;
    const forms = await formsOf(trx, compiled, latest);
    const published = await publishWithin(trx, compiled);
    const { processes, registers, reports, templates } = published;
    const isSame = [...processes, ...forms, ...registers, ...reports, ...templates].every(({ changed }) => !changed);
    if (head.fromFolder && isSame && documents.length === 0 && latest !== undefined) return latest;
    return insertDeployment(trx, compiled.id, { ...head, ...published, forms }, documents);
  });
}

async function formsOf(trx: Transaction, compiled: CompiledDealership, latest: Deployment | undefined): Promise<FormPublication[]> {
  const rows =
    latest?.forms ??
    (await trx.query<{ formId: string; hash: string }>('select form_id as "formId", hash from form where dealership_id = $1', [
      compiled.id,
    ]));
  const known = new Set(rows.map(({ formId, hash }) => `${formId} ${hash}`));
  return Object.values(compiled.forms).map(({ id, hash }) => ({ formId: id, hash, changed: !known.has(`${id} ${hash}`) }));
}

/** What publishing a folder gave. */
export interface FolderPublication {
  processes: Deployment['processes'];
  registers: Deployment['registers'];
  /** Why nothing was published: errors of the folder, by itself or together with what people have published at the dealership. */
  refused: Finding[];
}

/**
 * Publishes what the folder says for a dealership. Documents that people have published there stand before those of the folder, and stay. Only documents
 * that have changed since the start before are stored again.
 */
export async function publishFolder(
  { db, compiler, nowMs }: { db: Database; compiler: Compiler; nowMs: number },
  folder: Pick<FolderOutcome, 'documents' | 'dealerships'>,
  dealership: string,
): Promise<FolderPublication> {
  const sources = folder.documents.filter((document) => concerns(document, dealership));
  const now = new Set(sources.map(keyOf));
  for (;;) {
    const { stored, people, latest } = await db.tenant(dealership, async (trx) => ({
      stored: await listSources(trx, dealership, 'folder'),
      people: await listSources(trx, dealership, 'people'),
      latest: await findLatestDeployment(trx, dealership),
    }));
    const theirs = new Set(people.map(keyOf));
    const kept = sources.filter((source) => !theirs.has(keyOf(source)));
    const { findings: refused, dealerships } =
      people.length === 0 ? { findings: [], ...folder } : await compiler.runFolder({ files: [...kept, ...apart(people, kept)], nowMs });
    const compiled = dealerships.find(({ id }) => id === dealership);
    if (compiled === undefined) return { processes: [], registers: [], refused };
    const before = new Map(stored.map((source) => [keyOf(source), source.text]));
    const changed = sources.filter((source) => before.get(keyOf(source)) !== source.text);
    const gone = stored.filter((source) => !now.has(keyOf(source))).map((source) => ({ ...source, text: null }));
    const head = { id: randomUUID(), fromFolder: true, by: 'system:start' };
    try {
      const deployment = await publishDocuments(db, compiled, head, [...changed, ...gone], latest?.sequence);
      if (deployment !== undefined) return { processes: deployment.processes, registers: deployment.registers, refused: [] };
    } catch (error) {
      return { processes: [], registers: [], refused: [findingOf(error, [...people, ...kept])] };
    }
  }
}

/** What people have published, under paths that nothing of the folder has. */
function apart(people: readonly SourceDocumentRow[], kept: readonly SourceDocumentRow[]): SourceFile[] {
  const taken = new Set(kept.map(({ path }) => path));
  return people.map(({ path, text }) => ({ path: taken.has(path) ? `published/${path}` : path, text }));
}

function keyOf({ kind, id }: Pick<SourceDocumentRow, 'kind' | 'id'>): string {
  return `${kind}:${id}`;
}
