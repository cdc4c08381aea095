import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import pc from 'picocolors';
import type { Compilation, Finding, SourceFile } from '../engine/compile/deployment';
import type { ScenarioResult } from '../engine/language/run-scenario';
import type { Scenario } from '../engine/language/scenario';
import { percentOf } from '../engine/simulate/coverage';
import { readDefinitionFiles } from '../server/definitions-folder';
import { isInside, rootsOf, WrongUse } from './definition-roots';
import type { LiveOptions } from './live/live-tests';
import type { FolderRun, LoadedScenarios, ScenarioFilter, ScenarioRuns } from './scenario-runs';
import {
  coverageLine,
  coverageLines,
  jsonReport,
  junitReport,
  linesOf,
  type TestReporter,
  type TestSummary,
  type TimedResult,
} from './test-report';

/** The options of `neiqin test` as they were typed. */
export interface TestOptions extends ScenarioFilter {
  coverage?: boolean;
  writeMissing?: string;
  min?: string;
  reporter?: TestReporter;
  json?: boolean;
}

/** Where the command writes: the terminal, or a test. */
export interface TestOutput {
  out(line: string): void;
  error(line: string): void;
}

const terminal: TestOutput = {
  out: (line) => process.stdout.write(`${line}\n`),
  error: (line) => process.stderr.write(`${line}\n`),
};

/** How long lines wait for others, milliseconds: a terminal takes longer for a line than the engine for a scenario. */
const gatherMs = 100;

/** Writes lines some at a time. */
class GatheredLines implements TestOutput {
  private lines: string[] = [];
  private flushedMs = performance.now();

  constructor(private readonly output: TestOutput) {}

  out(line: string): void {
    this.lines.push(line);
    if (performance.now() - this.flushedMs > gatherMs) this.flush();
  }

  error(line: string): void {
    this.flush();
    this.output.error(line);
  }

  flush(): void {
    if (this.lines.length > 0) this.output.out(this.lines.join('\n'));
    this.lines = [];
    this.flushedMs = performance.now();
  }
}

/** Adds `neiqin test [paths...]` to the command line. */
export function registerTestCommand(program: Command): void {
  program
    .command('test')
    .description('run scenarios in virtual time (exit code 0: all pass, 1: one fails, 2: wrong use)')
    .argument('[paths...]', 'scenario files or folders; the definitions around them are used', ['definitions'])
    .option('--filter <text>', 'only scenarios with this in their title or file name')
    .option('--process <id>', 'only scenarios of this process')
    .option('--watch', 'run again what a changed file touches')
    .option('--coverage', 'show what of each process no scenario passes, and a scenario that does')
    .option('--write-missing <folder>', 'write these scenarios there')
    .option('--min <percent>', 'fail where less is covered')
    .addOption(new Option('--reporter <reporter>', 'how results are written').choices(['text', 'json', 'junit']).default('text'))
    .option('--json', 'the same as --reporter json')
    .option('--live <url>', 'run them on a server, through its API')
    .option('--user <user>', 'with --live: an administrator of the dealership; by default admin@<dealership>')
    .option('--token <user=token...>', 'with --live: sessions of people; the others log in with NEIQIN_PASSWORD, or as demo accounts')
    .option('--publish', 'with --live: publish the definitions first where the server has others')
    .option('--timeout <seconds>', 'with --live: how long one request, or the wait for what it causes, may take', '30')
    .option(
      '--against <recorded>',
      'play recorded cases (a scenario file, or a folder) on the definitions, and tell what would have gone otherwise',
    )
    .action(async (paths: string[], options: TestOptions & LiveOptions & { live?: string; against?: string; watch?: boolean }) => {
      const { live, against } = options;
      if (live !== undefined) process.exitCode = await (await import('./live/live-tests.js')).runLiveTests(paths, live, options, terminal);
      else if (against !== undefined)
        process.exitCode = await (await import('./against-command.js')).runAgainst(paths, against, options, terminal);
      else {
        const lines = new GatheredLines(terminal);
        if (options.watch === true) await watchTests(paths, lines, options);
        else process.exitCode = await runTests(paths, lines, options);
        lines.flush();
      }
    });
}

/**
 * Runs the scenarios in files and folders and prints how each went.
 *
 * @param runs remembers what was run before; by default nothing
 * @returns the exit code: 0 all pass, 1 one fails or too little is covered, 2 no such path, no scenario there, or definitions with errors
 */
export async function runTests(
  paths: readonly string[],
  output: TestOutput,
  options: TestOptions = {},
  runs?: ScenarioRuns,
): Promise<0 | 1 | 2> {
  const started = performance.now();
  try {
    const least = leastOf(options);
    const reporter = options.json === true ? 'json' : (options.reporter ?? 'text');
    const folders = await runFolders(paths, output, { ...options, reporter }, runs);
    const results = folders.flatMap(({ run }) => run.results);
    const writes = options.coverage === true || options.writeMissing !== undefined;
    if (results.length === 0 && !writes) throw new WrongUse(noScenario(paths, options));
    const coverage = folders.flatMap(({ run }) => run.coverage);
    const missing = await missingOf(folders, options);
    const summary = { results, coverage, ...(missing === undefined ? {} : { missing }), ms: performance.now() - started };
    if (reporter === 'text') printSummary(summary, folders, output, options);
    else output.out(reporter === 'json' ? jsonReport(summary) : junitReport(summary));
    const failed = results.some(({ failures }) => failures.length > 0);
    const covered = percentOf(coverage);
    if (covered < least) output.error(`coverage is ${covered} %, less than ${least} %: add scenarios; --coverage shows what for`);
    const errors = folders.reduce((sum, { loaded }) => sum + loaded.errors, 0);
    if (errors > 0) output.error(`${errorsText(errors)}; what they touch was not run`);
    return errors > 0 ? 2 : failed || covered < least ? 1 : 0;
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    output.error(error.message);
    return 2;
  }
}

/** Runs once, then after each change of a file what that touches, until the process ends. */
async function watchTests(paths: readonly string[], output: TestOutput, options: TestOptions): Promise<void> {
  const { ScenarioRuns } = await import('./scenario-runs.js');
  const { watchDefinitions } = await import('./watch-definitions.js');
  const runs = new ScenarioRuns();
  const run = async (): Promise<void> => {
    await runTests(paths, output, options, runs);
    output.error('neiqin test: waits for changes');
  };
  await run();
  watchDefinitions(rootsOf(paths).keys(), run);
}

type Folder = { loaded: LoadedScenarios; run: FolderRun };

async function runFolders(
  paths: readonly string[],
  output: TestOutput,
  options: TestOptions & { reporter: TestReporter },
  given: ScenarioRuns | undefined,
): Promise<Folder[]> {
  const { ScenarioRuns } = await import('./scenario-runs.js');
  const runs = given ?? new ScenarioRuns();
  const folders: Folder[] = [];
  for (const [root, named] of rootsOf(paths)) {
    const files = readDefinitionFiles(root);
    const loaded = { files, named, ...(await loadScenarios(files, named, output)) };
    const tell = (result: TimedResult) => (options.reporter === 'text' ? printResult(result, output) : undefined);
    folders.push({ loaded, run: await runs.run(loaded, options, tell) });
  }
  return folders;
}

function printSummary(summary: TestSummary, folders: readonly Folder[], output: TestOutput, options: TestOptions): void {
  const { results, coverage, missing, ms } = summary;
  if (options.coverage === true) output.out(['', 'coverage', ...coverageLines(coverage)].join('\n'));
  for (const { name, text } of missing?.scenarios ?? []) {
    output.out(options.writeMissing === undefined ? `\n# ${name}\n${text.trimEnd()}` : `wrote ${path.join(options.writeMissing, name)}`);
  }
  const unreached = missing?.unreached ?? [];
  for (const id of unreached) output.out(`no scenario was found that passes ${id}`);
  if (unreached.length > 0)
    output.out(
      '  = do: write one by hand (neiqin simulate <process> --for <dealership> saves what is played), or delete what nothing can come to',
    );
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  const counts = `${results.length - failed} passed, ${failed} failed`;
  const fresh = folders.reduce((sum, { run }) => sum + run.fresh.length, 0);
  const again = fresh === results.length ? '' : `; ${fresh} of them run now`;
  const hint = options.coverage === true || percentOf(coverage) === 100 ? '' : '; --coverage shows the rest';
  const covered = coverageLine(coverage);
  output.out(`\n${failed > 0 ? pc.red(counts) : pc.green(counts)} (${Math.round(ms)} ms${again})`);
  if (covered !== undefined) output.out(`${covered}${hint}`);
}

/** Scenarios for what no scenario passes, where they were asked for; written to a folder where one was named. */
async function missingOf(folders: readonly Folder[], options: TestOptions): Promise<TestSummary['missing']> {
  if (options.coverage !== true && options.writeMissing === undefined) return undefined;
  const { missingScenarios } = await import('../engine/analyse/missing-scenarios.js');
  const all = { scenarios: [] as { name: string; text: string }[], unreached: [] as string[] };
  for (const { loaded, run } of folders) {
    const found = await missingScenarios(Object.values(loaded.dealerships), run.coverage, () => performance.now());
    all.scenarios.push(...found.scenarios);
    all.unreached.push(...found.unreached);
  }
  const folder = options.writeMissing;
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    for (const { name, text } of all.scenarios) writeFileSync(path.join(folder, name), text);
  }
  return all;
}

function leastOf({ min }: TestOptions): number {
  const least = Number(min ?? 0);
  if (!(least >= 0 && least <= 100) || min?.trim() === '') throw new WrongUse(`"--min" is a number from 0 to 100, not "${min}"`);
  return least;
}

function noScenario(paths: readonly string[], { filter, process: id }: TestOptions): string {
  const wanted = [...(filter === undefined ? [] : [`with "${filter}" in its name`]), ...(id === undefined ? [] : [`of process "${id}"`])];
  if (wanted.length > 0) return `there is no scenario ${wanted.join(' ')} in ${paths.join(', ')}: leave the filter out to see all`;
  return `there is no scenario in ${paths.join(', ')}: a scenario begins with "scenario: <title>"; --write-missing <folder> writes some`;
}

/**
 * The scenarios that were named, with the dealerships compiled from all files; what is wrong is printed. Scenarios with errors and those of
 * processes with errors are left out; where nothing can be run, that ends the command.
 *
 * @returns with how many errors there are
 */
export async function loadScenarios(
  files: readonly SourceFile[],
  named: string[],
  output: TestOutput,
): Promise<{ scenarios: Scenario[]; dealerships: Compilation['dealerships']; errors: number }> {
  const { compileSound } = await import('./sound-definitions.js');
  const { readScenario } = await import('../engine/language/scenario.js');
  const { checkScenarioReferences } = await import('../engine/language/scenario-references.js');
  const { findings, dealerships, isUsable } = compileSound(files.filter(({ text }) => kindOf(text) !== 'scenario'));
  let errors = await printFindings(findings, output);
  if (!isUsable) throw new WrongUse(`${errorsText(errors)}; no scenario was run`);
  const chosen = files.filter((file) => named.some((name) => isInside(path.resolve(file.path), name)));
  const read = chosen.map(readScenario);
  errors += await printFindings(
    read.flatMap((reading) => reading.findings),
    output,
  );
  const scenarios: Scenario[] = [];
  for (const { scenario } of read) {
    const wrong = scenario === undefined ? [] : checkScenarioReferences(scenario, dealerships);
    errors += await printFindings(wrong, output);
    if (scenario !== undefined && wrong.length === 0) scenarios.push(scenario);
  }
  if (errors > 0 && scenarios.length === 0) throw new WrongUse(`${errorsText(errors)}; no scenario was run`);
  return { scenarios, dealerships, errors };
}

function errorsText(errors: number): string {
  return `the definitions have ${errors === 1 ? 'an error' : `${errors} errors`}`;
}

/** The kind of a document by its first key, without reading it: of thousands of scenarios none is compiled. */
function kindOf(text: string): string | undefined {
  return /^([a-z]+):/mu.exec(text)?.[1];
}

/** Prints findings, and counts the errors among them. */
async function printFindings(findings: readonly Finding[], output: TestOutput): Promise<number> {
  if (findings.length === 0) return 0;
  const { formatFinding } = await import('../engine/language/finding.js');
  for (const finding of findings) output.error(formatFinding(finding));
  return findings.filter((finding) => finding.severity === 'error').length;
}

/** One line for a scenario, and three for each of its failures. */
export function printResult(result: ScenarioResult, output: TestOutput): void {
  for (const line of linesOf(result)) output.out(line);
}
