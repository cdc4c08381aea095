import { compileForTest } from '../engine/compile/compile-for-test';
import type { Compilation, Finding, SourceFile } from '../engine/compile/deployment';
import { compilePorts } from '../server/definitions-folder';

/** How often processes are left out whose called processes were left out before. */
const mostRounds = 20;

/** What of definitions can be tried, and what there is to say about all of them. */
export interface SoundDefinitions {
  findings: readonly Finding[];
  dealerships: Compilation['dealerships'];
  /** False where an error stands in something that others rest on, so that nothing can be tried. */
  isUsable: boolean;
}

/**
 * Compiles definitions for scenarios. A process with an error is left out, with those that call it: one of hundreds does not keep the others from
 * being tried. An error in any other document does.
 */
export function compileSound(files: readonly SourceFile[]): SoundDefinitions {
  const all = compileForTest(files, compilePorts);
  let { dealerships } = all;
  let rest = files;
  let broken = brokenFiles(all.findings);
  for (let round = 0; broken.size > 0; round += 1) {
    const left = rest.filter(({ path }) => !broken.has(path));
    const areProcesses = rest.every(({ path, text }) => !broken.has(path) || /^(?:#[^\n]*\n)*process:/u.test(text));
    if (!areProcesses || left.length === 0 || round === mostRounds) return { findings: all.findings, dealerships: {}, isUsable: false };
    rest = left;
    const again = compileForTest(rest, compilePorts);
    broken = brokenFiles(again.findings);
    ({ dealerships } = again);
  }
  return { findings: all.findings, dealerships, isUsable: true };
}

function brokenFiles(findings: readonly Finding[]): Set<string> {
  return new Set(findings.flatMap(({ file, severity }) => (severity === 'error' ? [file] : [])));
}
