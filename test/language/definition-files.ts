import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { CompilePorts } from '../../engine/compile/compile';
import type { SourceFile } from '../../engine/compile/deployment';

/** The definitions that the product ships. */
export const definitionsFolder = join(__dirname, '..', '..', 'definitions');

/** What the compiler needs from its host. */
export const ports: CompilePorts = { sha256: (text) => createHash('sha256').update(text, 'utf8').digest('hex') };

/** All YAML files of a folder. */
export function filesIn(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/u.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ path: relative(folder, path).split(sep).join('/'), text: readFileSync(path, 'utf8') }));
}

/** The ids of the processes that the product ships: each dealership runs all of them. */
export function shippedProcesses(): string[] {
  const names = readdirSync(join(definitionsFolder, 'base', 'processes'));
  return names.flatMap((name) => (name.endsWith('.yaml') ? [name.slice(0, -'.yaml'.length)] : [])).sort();
}
