import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';
import { type CompilePorts, compileDefinitions } from '../engine/compile/compile';
import type { CompiledDealership, Finding, SourceFile } from '../engine/compile/deployment';
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

/** What is read of a file goes through here: thousands of files need no buffer each. */
let buffer: Buffer | undefined;

/** A file as UTF-8; of one that is too large as much as shows that it is. */
function readStart(file: string): string {
  buffer ??= Buffer.alloc(documentLimits.bytes + 1);
  const bytes = buffer;
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

/** As `readDefinitionFiles`; a folder that cannot be read is a problem with a remedy. */
export function readFolder(folder: string): SourceFile[] {
  try {
    return readDefinitionFiles(folder);
  } catch (error) {
    throw new Problem(
      `the definitions in "${folder}" cannot be read: ${(error as Error).message}`,
      'name their folder in NEIQIN_DEFINITIONS',
    );
  }
}

/** Compiles the documents of a folder that is trusted, in this process. With an error in one of them nothing is given: the problem lists every finding with its remedy. */
export function compileFolder(folder: string): CompiledDealership[] {
  const { findings, dealerships } = compileDefinitions(readFolder(folder), compilePorts);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw folderProblem(folder, errors);
  return Object.values(dealerships);
}

/** The problem of a folder that has errors, with all of them. */
export function folderProblem(folder: string, errors: readonly Finding[]): Problem {
  const list = errors.map(formatFinding).join('\n');
  return new Problem(
    `the definitions in "${folder}" have ${errors.length === 1 ? 'an error' : `${errors.length} errors`}:\n${list}`,
    'mend the files that are named, then start again',
  );
}
