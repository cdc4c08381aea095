import { existsSync, readFileSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import type { SourceFile } from '../engine/compile/deployment';
import type { Difference, Version } from '../engine/compile/difference/compare';
import type { DocumentKind, SourceDocument } from '../engine/language/source-document';
import { readDefinitionFiles } from '../server/definitions-folder';
import type { ReadSettings } from '../server/platform/settings';
import { WrongUse } from './definition-roots';

/** The options of `neiqin diff` as they were typed. */
export interface DiffOptions {
  readonly process?: string;
  readonly for?: string;
  readonly url?: string;
  readonly user?: string;
  readonly json?: boolean;
}

/** Where the command writes. */
export interface DiffOutput {
  out(text: string): void;
  error(line: string): void;
}

/** What one document of the two sides shows. */
interface Compared {
  kind: DocumentKind;
  id: string;
  what: 'added' | 'removed' | 'changed';
  differences: Difference[];
}

/** Gives the sources of a published version `process@n`, with its process and the dealership that it was published at. */
export type Published = (named: string) => Promise<{ files: SourceFile[]; process: string; dealership: string }>;

/** Adds `neiqin diff <one> <other>` to the command line. */
export function registerDiffCommand(program: Command, read: () => ReadSettings): void {
  program
    .command('diff')
    .description(
      'compare two versions of definitions: steps, people, dates, ways, fields, rules (exit code 0: the same, 1: they differ, 2: wrong use)',
    )
    .argument('<one>', 'a file, a folder, or with --url a published version, such as order-to-delivery@1')
    .argument('<other>', 'the same')
    .option('--process <id>', 'in folders: this process, form or decision only')
    .option('--for <dealership>', 'in folders: as overlays make it at this dealership')
    .option('--url <url>', 'the server that has the versions')
    .option('--user <user>', 'with --url: an administrator; the password comes from NEIQIN_PASSWORD')
    .option('--json', 'as JSON')
    .action(async (one: string, other: string, options: DiffOptions) => {
      const output = { out: (text: string) => process.stdout.write(text), error: (line: string) => process.stderr.write(`${line}\n`) };
      let published: Published | undefined;
      if (options.url !== undefined || options.user !== undefined) {
        const { publishedVersions } = await import('./published-versions.js');
        published = publishedVersions(read().settings, options, process.env['NEIQIN_PASSWORD']);
      }
      process.exitCode = await runDiff(one, other, options, output, published);
    });
}

/**
 * Compares two versions and prints how they differ.
 *
 * @returns the exit code: 0 no difference, 1 differences, 2 no such file, version or document
 */
export async function runDiff(
  one: string,
  other: string,
  options: DiffOptions,
  output: DiffOutput,
  published?: Published,
): Promise<0 | 1 | 2> {
  try {
    const [before, after] = [await versionsOf(one, options, published), await versionsOf(other, options, published)];
    const compared = await compareAll(before, after, isFile(one) && isFile(other));
    output.out(options.json === true ? `${JSON.stringify(compared, null, 2)}\n` : textOf(compared));
    return compared.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    output.error(error.message);
    return 2;
  }
}

function isFile(name: string): boolean {
  return existsSync(name) && statSync(name).isFile();
}

async function versionsOf(named: string, options: DiffOptions, published: Published | undefined): Promise<Map<string, Version>> {
  if (published !== undefined) {
    const { files, process: id, dealership } = await published(named);
    return keyed([await effectiveVersion(files, id, dealership)]);
  }
  if (!existsSync(named))
    throw new WrongUse(`there is no file or folder "${named}"; with --url name a version, such as order-to-delivery@1`);
  if (isFile(named)) return keyed([await fileVersion({ path: named, text: readFileSync(named, 'utf8') })]);
  const files = readDefinitionFiles(named);
  if (options.process !== undefined && options.for !== undefined)
    return keyed([await effectiveVersion(files, options.process, options.for)]);
  const documents = (await documentsIn(files)).filter(({ id }) => options.process === undefined || id === options.process);
  if (documents.length === 0)
    throw new WrongUse(`there is no ${options.process === undefined ? 'process, form or decision' : `"${options.process}"`} in "${named}"`);
  if (options.for === undefined) return keyed(await Promise.all(documents.map(versionOf)));
  const dealership = options.for;
  return keyed(await Promise.all(documents.map((document) => effectiveVersion(files, document.id, dealership, document.kind))));
}

function keyed(versions: readonly Version[]): Map<string, Version> {
  return new Map(versions.map((version) => [`${version.kind}:${version.id}`, version]));
}

async function documentsIn(files: readonly SourceFile[]): Promise<SourceDocument[]> {
  const { readDocument } = await import('../engine/language/documents.js');
  const { overlaidKinds } = await import('../engine/compile/overlay/naming.js');
  return files.flatMap((file) => {
    const { document } = readDocument(file);
    return document !== undefined && overlaidKinds.includes(document.kind) ? [document] : [];
  });
}

async function fileVersion(file: SourceFile): Promise<Version> {
  const { readDocument } = await import('../engine/language/documents.js');
  const { formatFinding } = await import('../engine/language/finding.js');
  const { document, findings } = readDocument(file);
  if (document === undefined) throw new WrongUse(findings.map(formatFinding).join('\n'));
  if ((await documentsIn([file])).length === 0) throw new WrongUse(`"${file.path}" is no process, form or decision`);
  return versionOf(document);
}

async function versionOf(document: SourceDocument): Promise<Version> {
  const { pieceOf } = await import('../engine/compile/overlay/piece.js');
  return { kind: document.kind, id: document.id, root: pieceOf(document.value, document.root, document.source) };
}

async function effectiveVersion(files: readonly SourceFile[], id: string, dealership: string, kind?: string): Promise<Version> {
  const { effectiveAt } = await import('./explain-effective.js');
  const { base, root } = await effectiveAt(files, id, dealership, kind);
  return { kind: base.kind, id, root };
}

async function compareAll(before: Map<string, Version>, after: Map<string, Version>, pair: boolean): Promise<Compared[]> {
  const { compareVersions } = await import('../engine/compile/difference/compare.js');
  const [only, onlyOther] = [[...before.values()][0], [...after.values()][0]];
  if (pair && only !== undefined && onlyOther !== undefined) {
    if (only.kind !== onlyOther.kind) throw new WrongUse(`a ${only.kind} and a ${onlyOther.kind} cannot be compared`);
    const differences = compareVersions(only, onlyOther);
    return differences.length === 0 ? [] : [{ kind: only.kind, id: only.id, what: 'changed', differences }];
  }
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].sort().flatMap((key): Compared[] => {
    const [one, other] = [before.get(key), after.get(key)];
    const { kind, id } = (one ?? other) as Version;
    if (one === undefined || other === undefined) return [{ kind, id, what: one === undefined ? 'added' : 'removed', differences: [] }];
    const differences = compareVersions(one, other);
    return differences.length === 0 ? [] : [{ kind, id, what: 'changed', differences }];
  });
}

const signs = { added: '+', removed: '-', renamed: '=', moved: '>', changed: '~' } as const;
const headings: Readonly<Record<Difference['aspect'], string>> = {
  step: 'steps',
  people: 'people',
  date: 'dates',
  way: 'ways',
  work: 'what steps do',
  variable: 'variables',
  field: 'fields',
  rule: 'rules',
  control: 'controls',
  title: 'titles',
  document: 'the document',
};

function textOf(compared: readonly Compared[]): string {
  if (compared.length === 0) return 'no difference\n';
  const lines = compared.flatMap(({ kind, id, what, differences }) => [
    what === 'changed' ? `${kind} ${id}` : `${signs[what]} ${kind} ${id}`,
    ...Object.entries(headings).flatMap(([aspect, heading]) => {
      const some = differences.filter((one) => one.aspect === aspect);
      return some.length === 0 ? [] : [`  ${heading}`, ...some.map((one) => `    ${lineOf(one)}`)];
    }),
  ]);
  return `${lines.join('\n')}\n`;
}

function lineOf({ what, name, at, one, other }: Difference): string {
  if (what === 'renamed') return `${signs[what]} ${one} is now ${other}`;
  const subject = at === undefined ? name : `${name} ${at}`;
  const values =
    at === undefined && what !== 'changed' && what !== 'moved'
      ? kindOfStep(one ?? other)
      : `: ${[one, other].flatMap((value) => (value === undefined ? [] : [shown(value)])).join(' -> ')}`;
  return `${signs[what]} ${subject}${values}`;
}

/** What an added or removed step does; a row of a table, or the type of a field. */
function kindOfStep(value: Difference['one']): string {
  if (Array.isArray(value)) return `: ${shown(value)}`;
  if (value === null || value === undefined || typeof value !== 'object') return '';
  const kind = Object.keys(value).find((key) => !['id', 'title', 'if', 'next', 'boundary', 'when', 'default'].includes(key));
  return kind === undefined ? '' : ` (${kind === 'type' ? shown(value['type'] ?? '') : kind})`;
}

function shown(value: NonNullable<Difference['one']> | null): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}
