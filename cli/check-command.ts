import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import type { CheckedFinding, Checker, CheckResult } from '../engine/analyse/check';
import type { Ruleset } from '../engine/analyse/ruleset';
import type { SourceFile } from '../engine/compile/deployment';
import { compilePorts, readDefinitionFiles } from '../server/definitions-folder';
import { workedMs } from '../server/platform/worked-time';
import { type CheckFormat, countsOf, reportOf } from './check-report';
import { isInside, rootsOf, WrongUse } from './definition-roots';
import { watchDefinitions } from './watch-definitions';

/** The options of `neiqin check` as they were typed. */
export interface CheckCommandOptions {
  readonly format?: CheckFormat;
  readonly ruleset?: string;
  readonly states?: string;
  readonly scenarios?: string;
  readonly watch?: boolean;
}

/** Where the command writes: the terminal, or a test. */
export interface CheckOutput {
  out(text: string): void;
  error(line: string): void;
}

const terminal: CheckOutput = {
  out: (text) => process.stdout.write(text),
  error: (line) => process.stderr.write(`${line}\n`),
};

/** Adds `neiqin check [paths...]` to the command line. */
export function registerCheckCommand(program: Command, version: string): void {
  program
    .command('check')
    .description('check definitions (exit code 0: no error, 1: errors, 2: wrong use or unreadable)')
    .argument('[paths...]', 'files or folders; the definitions around them are used', ['definitions'])
    .addOption(new Option('--format <format>', 'how findings are written').choices(['text', 'json', 'sarif']).default('text'))
    .option('--ruleset <ruleset>', 'recommended, strict, or a JSON file', 'recommended')
    .option('--states <number>', 'states of one process that are looked at, at most')
    .option('--scenarios <folder>', 'write there, for each finding that can be played, the scenario that leads to it')
    .option('--watch', 'check again whenever a file changes')
    .action(async (paths: string[], options: CheckCommandOptions) => {
      if (options.watch === true) await watchChecks(paths, options, version, terminal);
      else process.exitCode = await runCheck(paths, options, version, terminal);
    });
}

/**
 * Checks what was named and prints the findings.
 *
 * @returns the exit code: 0 no error, 1 errors, 2 no such path, nothing to check there, or a ruleset that is none
 */
export async function runCheck(
  paths: readonly string[],
  options: CheckCommandOptions,
  version: string,
  output: CheckOutput,
  checkers: Map<string, Checker> = new Map(),
): Promise<0 | 1 | 2> {
  try {
    const results = await checkAll(paths, options, checkers);
    const findings = results.flatMap(({ findings: some }) => some);
    const texts = new Map(results.flatMap(({ files }) => files.map((file) => [file.path, file.text] as const)));
    output.out(reportOf(findings, options.format ?? 'text', { textOf: (file) => texts.get(file), version }));
    if (options.scenarios !== undefined) for (const result of results) await writeScenarios(result, options.scenarios, output);
    return countsOf(findings).errors > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    output.error(error.message);
    return 2;
  }
}

interface RootResult {
  files: SourceFile[];
  checker: Checker;
  result: CheckResult;
  findings: CheckedFinding[];
}

async function checkAll(paths: readonly string[], options: CheckCommandOptions, checkers: Map<string, Checker>): Promise<RootResult[]> {
  const { Checker } = await import('../engine/analyse/check.js');
  const ruleset = await rulesetOf(options.ruleset);
  const states = options.states === undefined ? {} : { states: positive(options.states) };
  const bounds = options.states === undefined ? {} : { ms: 60_000 };
  const results = [...rootsOf(paths)].map(([root, named]) => {
    const files = filesOf(root, named);
    const checker = checkers.get(root) ?? new Checker(compilePorts);
    checkers.set(root, checker);
    const result = checker.check(files, { ruleset, nowMs: Date.now(), clock: workedMs, ...states, ...bounds });
    const isNamed = (file: string): boolean => named.some((name) => isInside(path.resolve(file), name));
    return { files, checker, result, findings: result.findings.filter(({ file }) => isNamed(file)) };
  });
  if (results.every(({ files }) => files.length === 0)) throw new WrongUse(`there is no definition in ${paths.join(', ')}`);
  return results;
}

/** The definitions of a folder, and what was named, whatever it is called. */
function filesOf(root: string, named: readonly string[]): SourceFile[] {
  try {
    const files = readDefinitionFiles(root);
    const outside = named.filter((name) => /\.ya?ml$/u.test(name) && !files.some((file) => path.resolve(file.path) === name));
    return [...files, ...outside.map((name) => ({ path: path.relative(process.cwd(), name), text: readFileSync(name, 'utf8') }))];
  } catch (error) {
    throw new WrongUse(`"${root}" cannot be read: ${(error as Error).message}`);
  }
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new WrongUse(`"--states" is a whole number from 1 on, not "${text}"`);
  return number;
}

async function rulesetOf(name = 'recommended'): Promise<Ruleset> {
  const { readRuleset, recommended, strict } = await import('../engine/analyse/ruleset.js');
  if (name === 'recommended') return recommended;
  if (name === 'strict') return strict;
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch {
    throw new WrongUse(`there is no ruleset "${name}": name "recommended", "strict" or a JSON file`);
  }
  const read = readRuleset(text);
  if (!read.ok) throw new WrongUse(`ruleset "${name}": ${read.message}`);
  return read.ruleset;
}

async function writeScenarios({ findings, result, checker }: RootResult, folder: string, output: CheckOutput): Promise<void> {
  const { scenarioOf } = await import('../engine/analyse/trace-scenario.js');
  mkdirSync(folder, { recursive: true });
  for (const finding of findings) {
    if (finding.trace === undefined) continue;
    const scenario = await scenarioOf(finding, result.sources, checker, result.compilation.dealerships);
    const name = `${finding.trace.process}-${finding.rule}-${finding.line}.yaml`;
    if (scenario?.leadsThere !== true) {
      const where = `${finding.rule} at ${finding.file}:${finding.line}`;
      const written = scenario === undefined ? '' : `; the scenario comes as far as can be played, and says which`;
      output.error(`no values were found that lead to ${where}: a condition was taken both ways${written}`);
    }
    if (scenario !== undefined) writeFileSync(path.join(folder, name), scenario.text);
  }
}

/** Checks again after each change, until the process ends; what did not change is not looked at again. */
async function watchChecks(paths: readonly string[], options: CheckCommandOptions, version: string, output: CheckOutput): Promise<void> {
  const checkers = new Map<string, Checker>();
  const run = async (): Promise<void> => {
    const began = performance.now();
    output.out('neiqin check: begins\n');
    const code = await runCheck(paths, options, version, output, checkers);
    output.out(`neiqin check: done in ${Math.round(performance.now() - began)} ms\n`);
    if (code === 2) process.exitCode = code;
  };
  await run();
  watchDefinitions(rootsOf(paths).keys(), run);
}
