import { readAndCheck } from '../../engine/compile/compile';
import type { CompiledDealership, Finding, SourceFile } from '../../engine/compile/deployment';
import { concerns } from '../../engine/compile/overlay/effective';
import { findingAt } from '../../engine/language/finding';
import { quoted } from '../../engine/language/suggestion';
import { checkTogether, plainFinding } from './check-together';
import type { CompileJob, CompileOutcome, StoredSource } from './protocol';
import { readUpload, uploadFinding } from './read-upload';

/** Names and files that one finding tells, at most. */
const mostNamed = 5;
/** Errors that are told of documents that are not in the upload, at most. */
const mostBesides = 20;
/** Findings of one compilation that are told. */
const mostFindings = 1_000;

/**
 * Compiles an upload together with what is published, and checks it as `neiqin check` does; scenarios are passed over. It is made to run in a process of its own: whatever
 * is in the files may end that. `reading` hears of each file before it is read.
 */
export function compileUpload(job: CompileJob, reading: (path: string) => void): CompileOutcome {
  const upload = readUpload(job.upload);
  if (upload.findings.length > 0) return refusal(upload.findings);
  const documents: StoredSource[] = [];
  const scenarios = new Set<SourceFile>();
  const findings: Finding[] = [];
  for (const file of upload.files) {
    reading(file.path);
    const { document } = readAndCheck(file);
    if (document === undefined) continue;
    if (document.kind === 'scenario') {
      scenarios.add(file);
      continue;
    }
    documents.push({ kind: document.kind, id: document.id, ...file });
    if (concerns(document, job.dealership)) continue;
    const owner = document.id.slice(document.id.lastIndexOf('/') + 1);
    const message = `the ${document.kind === 'overlay' ? 'overlay' : 'document'} of the dealership ${quoted(owner)} is not yours`;
    const remedy = `leave it out; an administrator of ${quoted(owner)} publishes it`;
    findings.push(findingAt(document.place([document.kind]), { rule: 'foreign-dealership', message, remedy }));
  }
  const files = upload.files.filter((file) => !scenarios.has(file));
  if (files.length === 0) return refusal([onlyScenarios(upload.files)]);
  return compileTogether(job, files, documents, findings);
}

function compileTogether(job: CompileJob, files: SourceFile[], documents: StoredSource[], earlier: Finding[]): CompileOutcome {
  const replaced = new Set(documents.map(({ kind, id }) => `${kind}:${id}`));
  const uploaded = new Set(files.map(({ path }) => path));
  const kept = job.published
    .filter(({ kind, id }) => !replaced.has(`${kind}:${id}`))
    .map(({ path, text }) => ({ path: uploaded.has(path) ? `published/${path}` : path, text }));
  const processes = [...documents, ...job.published].filter(({ kind }) => kind === 'process').length;
  const { findings, compilation } = checkTogether([...kept, ...files], processes, job.nowMs);
  const compiled = compilation.dealerships[job.dealership];
  const besides = findings.filter(({ file, severity }) => !uploaded.has(file) && severity === 'error');
  const told = [
    ...earlier,
    ...(besides.length === 0 ? [] : displaced(job, documents, besides)),
    ...findings.filter(({ file }) => uploaded.has(file)),
    ...besides.slice(0, mostBesides),
    ...(compiled === undefined ? [withoutDealership(job, files)] : []),
  ];
  if (told.some(({ severity }) => severity === 'error') || compiled === undefined) return refusal(told);
  const plain = [...told, ...notRun(compiled, documents), ...droppedProcesses(job, documents, compiled)]
    .slice(0, mostFindings)
    .map(plainFinding);
  return { findings: plain, documents, compiled };
}

function refusal(findings: Finding[]): CompileOutcome {
  const errorsFirst = [...findings].sort((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));
  return { findings: errorsFirst.slice(0, mostFindings).map(plainFinding), documents: [] };
}

function onlyScenarios(files: readonly SourceFile[]): Finding {
  const message = 'there are only scenarios in the upload, which are not published';
  return uploadFinding(files[0]?.path ?? '', 'upload-empty', message, 'upload what they test; "neiqin test" plays them');
}

function withoutDealership({ dealership }: CompileJob, files: readonly SourceFile[]): Finding {
  const message = `there is no sound document of the dealership ${quoted(dealership)}`;
  return uploadFinding(files[0]?.path ?? '', 'unknown-dealership', message, `upload a document "dealership: ${dealership}" as well`);
}

/** Documents of the upload that stand in the place of published ones, where documents that are not in it have errors now. */
function displaced({ published }: CompileJob, documents: readonly StoredSource[], errors: readonly Finding[]): Finding[] {
  const files = [...new Set(errors.map(({ file }) => file))];
  const named = `${files.slice(0, mostNamed).join(', ')}${files.length > mostNamed ? ` and ${files.length - mostNamed} more` : ''}`;
  return documents.flatMap(({ kind, id, path, text }) => {
    const before = published.find((one) => one.kind === kind && one.id === id);
    if (before === undefined || before.text === text) return [];
    const message = `${kind} ${quoted(id)} takes the place of the published one (${before.path}), and ${errors.length} errors are in what is not uploaded: ${named}`;
    const remedy = `give the ${kind} an id of its own, keep what they read of it, or upload them with it`;
    return [uploadFinding(path, 'document-displaced', message, remedy)];
  });
}

/** Processes that people could start so far and nobody can any more: a duty is gone from the dealership, or a process from its duty. */
function droppedProcesses(
  { dealership, published }: CompileJob,
  documents: readonly StoredSource[],
  compiled: CompiledDealership,
): Finding[] {
  const isOwn = ({ kind, id }: StoredSource): boolean => kind === 'duty' || (kind === 'dealership' && id === dealership);
  const changed = documents.filter(isOwn);
  if (changed.length === 0) return [];
  const gone = processesOf(dealership, published).filter((id) => !Object.hasOwn(compiled.processes, id));
  const [first] = [...changed].sort((one, other) => Number(other.kind === 'dealership') - Number(one.kind === 'dealership'));
  if (first === undefined || gone.length === 0) return [];
  const named = `${gone.slice(0, mostNamed).map(quoted).join(', ')}${gone.length > mostNamed ? ` and ${gone.length - mostNamed} more` : ''}`;
  const message = `${quoted(dealership)} does not run ${named} any more: nobody can start ${gone.length > 1 ? 'them' : 'it'}, and cases that run go on`;
  const remedy = 'keep the duty in the dealership and the process in its duty, if that is not meant';
  const place = readAndCheck(first).document?.place([first.kind === 'dealership' ? 'duties' : 'processes'], 'key');
  return place === undefined ? [] : [findingAt(place, { rule: 'process-dropped', severity: 'warning', message, remedy })];
}

/** The processes of the duties that a dealership has, as documents say it. */
function processesOf(dealership: string, documents: readonly StoredSource[]): string[] {
  const read = documents
    .filter(({ kind }) => kind === 'dealership' || kind === 'duty')
    .flatMap((file) => readAndCheck(file).document ?? []);
  const textsAt = (kind: string, id: string, key: string): string[] => {
    const list = read.find((document) => document.kind === kind && document.id === id)?.value[key];
    return Array.isArray(list) ? list.map(String) : [];
  };
  return [...new Set(textsAt('dealership', dealership, 'duties').flatMap((duty) => textsAt('duty', duty, 'processes')))];
}

/** Processes that nobody will run: no duty of the dealership leads to them. */
function notRun(compiled: CompiledDealership, documents: readonly StoredSource[]): Finding[] {
  return documents
    .filter(({ kind, id }) => kind === 'process' && !Object.hasOwn(compiled.processes, id))
    .map(({ id, path }) => {
      const message = `no duty of the dealership leads to process ${quoted(id)}, so it is kept and not run`;
      const finding = uploadFinding(path, 'process-not-run', message, 'name it in a duty that the dealership has');
      return { ...finding, severity: 'warning' };
    });
}
