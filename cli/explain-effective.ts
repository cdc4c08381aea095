import type { SourceFile } from '../engine/compile/deployment';
import { type Control, controlsOf } from '../engine/compile/locked';
import type { Effective } from '../engine/compile/overlay/effective';
import type { Because, EffectiveLine } from '../engine/compile/overlay/effective-lines';
import type { Change } from '../engine/compile/overlay/piece';
import type { DocumentKind } from '../engine/language/source-document';
import { suggestion } from '../engine/language/suggestion';
import type { LocalizedText } from '../engine/runtime/process-model';
import { compilePorts, readDefinitionFiles } from '../server/definitions-folder';
import { rootsOf, WrongUse } from './definition-roots';

/** Columns after which the place of a line stands. */
const column = 96;

/**
 * The effective document of a dealership as YAML: after each line the file and line that it comes from, before each step why it is there. The text is
 * YAML itself.
 *
 * @throws {WrongUse} where there is no such document or dealership, or the definitions have errors
 */
export async function explainEffective(
  id: string,
  { dealership, folder, kind, json = false }: { dealership: string; folder: string; kind?: string; json?: boolean },
): Promise<string> {
  const { becauseOf, effectiveLines } = await import('../engine/compile/overlay/effective-lines.js');
  const effective = await effectiveAt(filesOf(folder), id, dealership, kind);
  const lines = effectiveLines(effective);
  const because = becauseOf(effective);
  const controls = effective.base.kind === 'process' ? controlsOf(effective.document) : [];
  const gone = [...effective.removed].filter(([name]) => !because.some((one) => one.name === name)).map(([name, by]) => ({ name, by }));
  if (json)
    return `${JSON.stringify({ [effective.base.kind]: id, dealership, overlays: filesIn(effective), lines, because, gone, controls }, null, 2)}\n`;
  return textOf(effective, dealership, lines, because, controls, gone);
}

/** The definitions of a folder. */
function filesOf(folder: string): SourceFile[] {
  return [...rootsOf([folder]).keys()].flatMap((root) => readDefinitionFiles(root));
}

/** A document as overlays make it at a dealership; without overlays it is the document itself. */
export async function effectiveAt(files: readonly SourceFile[], id: string, dealership: string, kind?: string): Promise<Effective> {
  const { compileForAnalysis } = await import('../engine/compile/compile.js');
  const { effectiveOf } = await import('../engine/compile/overlay/effective.js');
  const { overlaidKinds } = await import('../engine/compile/overlay/naming.js');
  const { formatFinding } = await import('../engine/language/finding.js');
  const { Report } = await import('../engine/compile/report.js');
  const { findings, sources } = compileForAnalysis(files, compilePorts);
  const errors = findings.filter(({ severity }) => severity === 'error');
  const known = sources.documents.filter((document) => overlaidKinds.includes(document.kind));
  const base = overlaidKinds
    .filter((one) => kind === undefined || kind === one)
    .flatMap((one: DocumentKind) => known.filter((document) => document.kind === one && document.id === id))[0];
  if (base === undefined) {
    if (errors.length > 0) throw new WrongUse(errors.map(formatFinding).join('\n'));
    const names = known.map((document) => document.id);
    throw new WrongUse(`there is no process, form or decision "${id}"; ${suggestion(id, names) ?? `there are: ${names.join(', ')}`}`);
  }
  const dealerships = sources.documents.filter((document) => document.kind === 'dealership').map((document) => document.id);
  if (!dealerships.includes(dealership))
    throw new WrongUse(
      `there is no dealership "${dealership}"; ${suggestion(dealership, dealerships) ?? `there are: ${dealerships.join(', ')}`}`,
    );
  // an overlay of it that cannot be read would be missed without a word
  const unread = files.filter(({ path, text }) => overlaidId(text) === id && !sources.documents.some(({ file }) => file === path));
  const missed = errors.filter(({ file }) => unread.some(({ path }) => path === file));
  if (missed.length > 0) throw new WrongUse(missed.map(formatFinding).join('\n'));
  const effective = sources.tailored.get(dealership)?.effective.get(`${base.kind}:${id}`);
  return effective ?? effectiveOf(base, [], (overlay) => new Report(overlay, []));
}

/** The document that an overlay changes, by its first line; undefined for other documents. */
function overlaidId(text: string): string | undefined {
  return /^(?:(?:#[^\n]*)?\n)*overlay:[ \t]*["']?([^\s"'#]+)/u.exec(text)?.[1];
}

function filesIn({ overlays }: Effective): string[] {
  return overlays.map(({ file }) => file);
}

function textOf(
  effective: Effective,
  dealership: string,
  lines: readonly EffectiveLine[],
  because: readonly Because[],
  controls: readonly Control[],
  gone: readonly { name: string; by: Change }[],
): string {
  const { base, overlays } = effective;
  const from = overlays.length === 0 ? `${base.file}, without overlays` : [base.file, ...filesIn(effective)].join(', then ');
  const out = [`# ${base.kind} ${base.id} at ${dealership}: ${from}`];
  const why = new Map(because.map((one) => [one.name, one]));
  for (const { text, file, line, names } of lines) {
    const one = names === undefined ? undefined : why.get(names);
    const indent = /^ */u.exec(text)?.[0] ?? '';
    if (one !== undefined) for (const reason of reasonsOf(one, controls)) out.push(`${indent}# ${one.name}: ${reason}`);
    out.push(`${text}${' '.repeat(Math.max(1, column - width(text)))}# ${file}:${line}`);
  }
  for (const { name, by } of gone) out.push(`# ${name}: taken away by ${placed(by)}`);
  return `${out.join('\n')}\n`;
}

function reasonsOf({ by, changedBy, keptBy }: Because, controls: readonly Control[]): string[] {
  const lines = by === undefined ? [] : [`put here by ${placed(by)}`];
  lines.push(...changedBy.map((change) => `changed by ${placed(change)}`));
  lines.push(...keptBy.map((id) => `kept by the control ${id}${said(controls.find((control) => control.id === id)?.reason)}`));
  return lines.length === 0 ? ['from the base'] : lines;
}

function placed({ layer, file, line, reason }: Change): string {
  return `${layer} (${file}:${line})${said(reason)}`;
}

function said(reason: LocalizedText | undefined): string {
  if (reason === undefined) return '';
  return `: ${reason.zh === reason.en ? reason.zh : `${reason.zh} / ${reason.en}`}`;
}

/** Columns of a terminal that a text takes: Chinese letters take two. */
function width(text: string): number {
  return [...text].reduce(
    (sum, letter) =>
      sum + (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/u.test(letter) ? 2 : 1),
    0,
  );
}
