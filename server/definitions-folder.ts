import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';
import type { SourceDocumentRow } from '../db/deployment-repository';
import { type CompilePorts, compileForAnalysis } from '../engine/compile/compile';
import type { CompiledDealership, SourceFile } from '../engine/compile/deployment';
import { formatFinding } from '../engine/language/finding';
import { documentLimits } from '../engine/language/limits';
import { Problem } from './platform/problem';

/** What the compiler needs of the world. */
export const compilePorts: CompilePorts = { sha256: (text) => createHash('sha256').update(text, 'utf8').digest('hex') };

/** All YAML files of a folder, in order; their paths are relative to the working directory. Hidden folders and node_modules are left out. */
export function readDefinitionFiles(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/u.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !/(^|[\\/])(node_modules|\.[^\\/]+)[\\/]/u.test(path.relative(folder, file)))
    .sort()
    .map((file) => ({ path: path.relative(process.cwd(), file), text: readStart(file) }));
}

/** A file as UTF-8; of one that is too large as much as shows that it is. */
function readStart(file: string): string {
  const bytes = Buffer.alloc(documentLimits.bytes + 1);
  const descriptor = openSync(file, 'r');
  try {
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(descriptor, bytes, length, bytes.length - length, null);
    return bytes.toString('utf8', 0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** What a folder of definitions gives. */
export interface CompiledFolder {
  dealerships: CompiledDealership[];
  /** Its documents, without scenarios. */
  sources: SourceDocumentRow[];
}

/** Compiles the documents of a folder. With an error in one of them nothing is given: the problem lists every finding with its remedy. */
export function compileFolder(folder: string): CompiledDealership[] {
  return compileSources(folder).dealerships;
}

/** As `compileFolder`, with the documents as they are written. */
export function compileSources(folder: string): CompiledFolder {
  const files = readFiles(folder);
  const { findings, dealerships, sources } = compileForAnalysis(files, compilePorts);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    const list = errors.map(formatFinding).join('\n');
    throw new Problem(
      `the definitions in "${folder}" have ${errors.length === 1 ? 'an error' : `${errors.length} errors`}:\n${list}`,
      'mend the files that are named, then start again',
    );
  }
  const texts = new Map(files.map(({ path: file, text }) => [file, text]));
  const documents = sources.documents.map(({ kind, id, file }) => ({ kind, id, path: file, text: texts.get(file) ?? '' }));
  return { dealerships: Object.values(dealerships), sources: documents };
}

function readFiles(folder: string): SourceFile[] {
  try {
    return readDefinitionFiles(folder);
  } catch (error) {
    throw new Problem(
      `the definitions in "${folder}" cannot be read: ${(error as Error).message}`,
      'name their folder in NEIQIN_DEFINITIONS',
    );
  }
}
