import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');

/** Folders that hold nothing of ours. */
const foreign = new Set(['node_modules', 'dist', '.git', '.neiqin', 'coverage']);

/** Every file of the project, relative to its root, with `/` between folders. */
export const files: readonly string[] = readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
  if (foreign.has(entry.name) || entry.name.endsWith('.log')) return [];
  if (!entry.isDirectory()) return [entry.name];
  return readdirSync(path.join(root, entry.name), { recursive: true, withFileTypes: true })
    .filter((inner) => inner.isFile())
    .map((inner) => path.relative(root, path.join(inner.parentPath, inner.name)).replaceAll(path.sep, '/'))
    .filter((file) => !file.split('/').some((part) => foreign.has(part)));
});

const texts = new Map<string, string>();

/** The text of a file of the project. */
export function textOf(file: string): string {
  const known = texts.get(file) ?? readFileSync(path.join(root, file), 'utf8');
  texts.set(file, known);
  return known;
}

/** One module that another names. */
export interface Import {
  /** As it is written. */
  specifier: string;
  /** A file of the project; undefined where it is a package's. */
  target: string | undefined;
  /** Nothing of it is there when the program runs. */
  typeOnly: boolean;
}

const statements =
  /^(?:import|export)\s+(?<clause>(?:type\s+)?(?:[\w$*]|\{[^}]*\}|,|\s)*?)\s*from\s+'(?<from>[^']+)'|^import\s+'(?<bare>[^']+)'|\b(?:import|require|require\.resolve)\(\s*'(?<called>[^']+)'\s*\)/gmu;

const imports = new Map<string, Import[]>();

/** What a TypeScript or JavaScript file imports, also by `import()`, `require()` and `require.resolve()`. */
export function importsOf(file: string): Import[] {
  const known = imports.get(file) ?? [...textOf(file).matchAll(statements)].map(({ groups = {} }) => importOf(file, groups));
  imports.set(file, known);
  return known;
}

function importOf(file: string, groups: Record<string, string | undefined>): Import {
  const { clause, from, bare, called } = groups;
  const specifier = (from ?? bare ?? called) as string;
  return { specifier, target: targetOf(file, specifier), typeOnly: clause !== undefined && isOfTypes(clause) };
}

function isOfTypes(clause: string): boolean {
  if (/^type\s/u.test(clause)) return true;
  const named = /^\{(?<names>[^}]*)\}$/u.exec(clause.trim())?.groups?.['names'];
  if (named === undefined) return false;
  return named.split(',').every((name) => name.trim() === '' || /^type\s/u.test(name.trim()));
}

function targetOf(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const named = path.posix.join(path.posix.dirname(file), specifier);
  const base = named.replace(/\.js$/u, '');
  const found = [`${base}.ts`, `${base}.js`, named, `${base}/index.ts`].find((candidate) => {
    const full = path.join(root, candidate);
    return existsSync(full) && statSync(full).isFile();
  });
  if (found === undefined) throw new Error(`${file} imports "${specifier}", which is no file`);
  return found;
}

export const isTest = (file: string): boolean => file.startsWith('test/') || file.endsWith('.test.ts');

/** TypeScript and JavaScript. */
export const sources: readonly string[] = files.filter((file) => /\.(ts|js)$/u.test(file) && !file.endsWith('.d.ts'));
