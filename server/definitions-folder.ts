import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type CompilePorts, compileDefinitions } from '../engine/compile/compile';
import type { CompiledDealership, SourceFile } from '../engine/compile/deployment';
import { formatFinding } from '../engine/language/finding';
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
    .map((file) => ({ path: path.relative(process.cwd(), file), text: readFileSync(file, 'utf8') }));
}

/** Compiles the documents of a folder. With an error in one of them nothing is given: the problem lists every finding with its remedy. */
export function compileFolder(folder: string): CompiledDealership[] {
  const { findings, dealerships } = compileDefinitions(readFiles(folder), compilePorts);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    const list = errors.map(formatFinding).join('\n');
    throw new Problem(
      `the definitions in "${folder}" have ${errors.length === 1 ? 'an error' : `${errors.length} errors`}:\n${list}`,
      'mend the files that are named, then start again',
    );
  }
  return Object.values(dealerships);
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
