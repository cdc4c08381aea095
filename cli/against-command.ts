import { readFileSync, statSync } from 'node:fs';
import pc from 'picocolors';
import { compileForTest } from '../engine/compile/compile-for-test';
import type { Finding, SourceFile } from '../engine/compile/deployment';
import { formatFinding } from '../engine/language/finding';
import { readScenario, type Scenario } from '../engine/language/scenario';
import { compilePorts, readDefinitionFiles } from '../server/definitions-folder';
import type { CaseDifference } from './against/difference';
import { replayCase } from './against/replayed-case';
import { rootsOf, WrongUse } from './definition-roots';
import type { TestOutput } from './test-command';

interface ReplayedCase {
  file: string;
  title: string;
  differences: CaseDifference[];
}

const MOST_FREQUENT = 20;

const words = { way: 'way   ', people: 'people', date: 'date  ', end: 'end   ' } as const;

/**
 * Plays recorded cases on the definitions of a folder and prints what would have gone otherwise.
 *
 * @returns the exit code: 0 all go as they went, 1 one goes otherwise, 2 no such path, no scenario there, or definitions with errors
 */
export async function runAgainst(
  paths: readonly string[],
  recorded: string,
  options: { json?: boolean },
  output: TestOutput,
): Promise<0 | 1 | 2> {
  try {
    const roots = [...rootsOf(paths).keys()];
    const [root] = roots;
    if (root === undefined || roots.length > 1) throw new WrongUse(`the definitions lie in ${roots.length} folders: name one of them`);
    const { findings, dealerships } = compileForTest(readDefinitionFiles(root), compilePorts);
    refuse(
      findings.filter(({ severity }) => severity === 'error'),
      output,
    );
    const cases: ReplayedCase[] = [];
    for (const scenario of readRecorded(recorded, output)) {
      const differences = await replayCase(scenario, dealerships[scenario.dealership]);
      cases.push({ file: scenario.file, title: scenario.title, differences });
    }
    if (cases.length === 0) throw new WrongUse(`there is no recorded case in "${recorded}": "neiqin record" makes them`);
    const differing = cases.filter(({ differences }) => differences.length > 0).length;
    if (options.json === true) output.out(JSON.stringify({ same: cases.length - differing, differing, cases }, null, 2));
    else print(cases, differing, output);
    return differing > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    output.error(error.message);
    return 2;
  }
}

function readRecorded(recorded: string, output: TestOutput): Scenario[] {
  const found = statSync(recorded, { throwIfNoEntry: false });
  if (found === undefined) throw new WrongUse(`there is no file or folder "${recorded}"`);
  const files: SourceFile[] = found.isDirectory()
    ? readDefinitionFiles(recorded)
    : [{ path: recorded, text: readFileSync(recorded, 'utf8') }];
  const read = files.map(readScenario);
  refuse(
    read.flatMap(({ findings }) => findings.filter(({ severity }) => severity === 'error')),
    output,
  );
  return read.flatMap(({ scenario }) => (scenario === undefined ? [] : [scenario]));
}

function refuse(errors: readonly Finding[], output: TestOutput): void {
  for (const finding of errors) output.error(formatFinding(finding));
  if (errors.length > 0)
    throw new WrongUse(`there ${errors.length === 1 ? 'is an error' : `are ${errors.length} errors`}; no case was played`);
}

function print(cases: readonly ReplayedCase[], differing: number, output: TestOutput): void {
  for (const { file, title, differences } of cases) {
    output.out(`${differences.length === 0 ? pc.green('same ') : pc.yellow('other')}  ${title}  ${pc.dim(file)}`);
    for (const { kind, line, text } of differences) output.out(`      ${words[kind]}  ${file}:${line}: ${text}`);
  }
  printFrequent(cases, output);
  const counts = `${cases.length - differing} as recorded, ${differing} otherwise`;
  output.out(`\n${differing > 0 ? pc.yellow(counts) : pc.green(counts)}`);
}

/** What goes otherwise in several cases, the most frequent first. */
function printFrequent(cases: readonly ReplayedCase[], output: TestOutput): void {
  const counts = new Map<string, number>();
  for (const { differences } of cases) {
    for (const { kind, text } of differences) counts.set(`${words[kind]}  ${text}`, (counts.get(`${words[kind]}  ${text}`) ?? 0) + 1);
  }
  const frequent = [...counts].filter(([, count]) => count > 1).sort(([, one], [, other]) => other - one);
  if (frequent.length > 0) output.out('\nin several cases:');
  for (const [text, count] of frequent.slice(0, MOST_FREQUENT)) output.out(`  ${String(count).padStart(4)}  ${text}`);
}
