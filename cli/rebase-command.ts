import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { Effective } from '../engine/compile/overlay/effective';
import type { Json } from '../engine/json';
import type { SourceDocument, Span } from '../engine/language/source-document';
import { compilePorts, readDefinitionFiles } from '../server/definitions-folder';
import { isInside, rootsOf, WrongUse } from './definition-roots';

/** Where the command writes. */
export interface RebaseOutput {
  out(text: string): void;
  error(line: string): void;
}

/** Adds `neiqin rebase [paths...]` to the command line. */
export function registerRebaseCommand(program: Command): void {
  program
    .command('rebase')
    .description('write into overlays what the base says now ("was"), so that "neiqin check" can tell when that changes')
    .argument('[paths...]', 'overlays, or folders with them', ['definitions'])
    .action(async (paths: string[]) => {
      process.exitCode = await runRebase(paths, {
        out: (text) => process.stdout.write(text),
        error: (line) => process.stderr.write(`${line}\n`),
      });
    });
}

/**
 * Writes `was` into the operations of overlays, with what they change as it is now; all else in the files stays as it is.
 *
 * @returns the exit code: 0 done, 1 an overlay does not fit its base, 2 no such path
 */
export async function runRebase(paths: readonly string[], output: RebaseOutput): Promise<0 | 1 | 2> {
  try {
    let misfits = 0;
    for (const [root, named] of rootsOf(paths)) {
      const files = readDefinitionFiles(root);
      const { compileForAnalysis } = await import('../engine/compile/compile.js');
      const { formatFinding } = await import('../engine/language/finding.js');
      const { findings, sources } = compileForAnalysis(files, compilePorts);
      const overlays = sources.documents.filter(
        ({ kind, file }) => kind === 'overlay' && named.some((name) => isInside(path.resolve(file), name)),
      );
      const wrong = findings.filter(({ severity, file }) => severity === 'error' && overlays.some((overlay) => overlay.file === file));
      for (const finding of wrong) output.error(formatFinding(finding));
      misfits += wrong.length;
      if (wrong.length === 0) for (const overlay of overlays) rebase(overlay, foundBy(overlay, [...sources.tailored.values()]), output);
    }
    return misfits > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    output.error(error.message);
    return 2;
  }
}

function foundBy(overlay: SourceDocument, tailorings: readonly { effective: ReadonlyMap<string, Effective> }[]): Effective['found'] {
  for (const { effective } of tailorings) {
    for (const { overlays, found } of effective.values())
      if (overlays.includes(overlay)) return found.filter((one) => one.overlay === overlay);
  }
  return [];
}

function rebase(overlay: SourceDocument, found: Effective['found'], output: RebaseOutput): void {
  const { text } = overlay.source;
  const edits = found.flatMap(({ path: at, was }) => editOf(overlay, at, was) ?? []);
  if (edits.length === 0) {
    output.out(`${overlay.file}: up to date\n`);
    return;
  }
  const edited = edits.sort((a, b) => b.from - a.from).reduce((now, { from, to, put }) => now.slice(0, from) + put + now.slice(to), text);
  writeFileSync(path.resolve(overlay.file), edited);
  const lines = edits.map(({ line }) => line).sort((a, b) => a - b);
  output.out(
    `${overlay.file}: what the base says now is noted for the change${lines.length === 1 ? '' : 's'} in line ${lines.join(', ')}\n`,
  );
}

function editOf(
  overlay: SourceDocument,
  at: readonly (string | number)[],
  was: Json,
): { from: number; to: number; put: string; line: number } | undefined {
  const { text } = overlay.source;
  const written = stringify(was, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();
  const span = at.reduce<Span | undefined>((inner, part) => inner?.parts?.get(String(part)), overlay.root);
  if (span === undefined) return undefined;
  const { line, column } = overlay.place(at);
  const old = span.parts?.get('was');
  if (old !== undefined) {
    const same = JSON.stringify(overlay.at([...at, 'was'])) === JSON.stringify(was);
    return same ? undefined : { from: old.value[0], to: endOf(old, text), put: written, line };
  }
  const last = endOf(span, text);
  if (text[span.value[0]] === '{') {
    const from = text.slice(0, last - 1).trimEnd().length;
    return { from, to: from, put: `, was: ${written}`, line };
  }
  const end = text.indexOf('\n', last);
  const from = end < 0 ? text.length : end;
  return { from, to: from, put: `\n${' '.repeat(column - 1)}was: ${written}`, line };
}

/** Where a value ends: that of a block goes on to the next line otherwise. */
function endOf({ value: [from, to] }: Span, text: string): number {
  return from + text.slice(from, to).trimEnd().length;
}
