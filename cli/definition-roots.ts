import { existsSync, statSync } from 'node:fs';
import path from 'node:path';

/** Thrown where a command was called wrongly or cannot read what was named; the message is for the user. */
export class WrongUse extends Error {}

/** The named paths, absolute, by the folder whose definitions they use. */
export function rootsOf(paths: readonly string[]): Map<string, string[]> {
  const roots = new Map<string, string[]>();
  for (const name of paths) {
    const absolute = path.resolve(name);
    if (!existsSync(absolute)) throw new WrongUse(`there is no file or folder "${name}"`);
    const root = rootOf(absolute);
    roots.set(root, [...(roots.get(root) ?? []), absolute]);
  }
  return roots;
}

/** The nearest folder, from the path upwards, with a folder "dealerships" in it; else the one that was named. */
function rootOf(absolute: string): string {
  const folder = statSync(absolute).isDirectory() ? absolute : path.dirname(absolute);
  for (let at = folder; ; at = path.dirname(at)) {
    if (existsSync(path.join(at, 'dealerships'))) return at;
    if (at === path.dirname(at)) return folder;
  }
}

/** True for a file that is what was named, or lies in it. */
export function isInside(file: string, named: string): boolean {
  return file === named || file.startsWith(named.endsWith(path.sep) ? named : named + path.sep);
}
