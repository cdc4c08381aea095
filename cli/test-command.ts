import path from 'node:path';
import type { Command } from 'commander';
import pc from 'picocolors';
import type { Compilation, Finding, SourceFile } from '../engine/compile/deployment';
import type { ScenarioResult } from '../engine/language/run-scenario';
import type { Scenario } from '../engine/language/scenario';
import { compilePorts, readDefinitionFiles } from '../server/definitions-folder';
import { isInside, rootsOf, WrongUse } from './definition-roots';
import type { LiveOptions } from './live/live-tests';

/** Where the command writes: the terminal, or a test. */
export interface TestOutput {
  out(line: string): void;
  error(line: string): void;
}

const terminal: TestOutput = {
  out: (line) => process.stdout.write(`${line}\n`),
  error: (line) => process.stderr.write(`${line}\n`),
};

/** Adds `neiqin test [paths...]` to the command line. */
export function registerTestCommand(program: Command): void {
  program
    .command('test')
    .description('run scenarios in virtual time (exit code 0: all pass, 1: one fails, 2: wrong use)')
    .argument('[paths...]', 'scenario files or folders; the definitions around them are used', ['definitions'])
    .option('--live <url>', 'run them on a server, through its API')
    .option('--user <user>', 'with --live: an administrator of the dealership; by default admin@<dealership>')
    .option('--token <user=token...>', 'with --live: sessions of people; the others log in with NEIQIN_PASSWORD, or as demo accounts')
    .option('--publish', 'with --live: publish the definitions first where the server has others')
    .option('--timeout <seconds>', 'with --live: how long one request, or the wait for what it causes, may take', '30')
    .action(async (paths: string[], options: LiveOptions & { live?: string }) => {
      const { live } = options;
      process.exitCode =
        live === undefined
          ? await runTests(paths, terminal)
          : await (await import('./live/live-tests.js')).runLiveTests(paths, live, options, terminal);
    });
}

/**
 * Runs the scenarios in files and folders and prints how each went.
 *
 * @returns the exit code: 0 all pass, 1 one fails, 2 no such path, no scenario there, or definitions with errors
 */
export async function runTests(paths: readonly string[], output: TestOutput): Promise<0 | 1 | 2> {
  const started = performance.now();
  try {
    const results: ScenarioResult[] = [];
    for (const [root, named] of rootsOf(paths)) results.push(...(await runRoot(root, named, output)));
    if (results.length === 0) throw new WrongUse(`there is no scenario in ${paths.join(', ')}: a scenario begins with "scenario: <title>"`);
    const failed = results.filter((result) => result.failures.length > 0).length;
    const counts = `${results.length - failed} passed, ${failed} failed`;
    output.out(`\n${failed > 0 ? pc.red(counts) : pc.green(counts)} (${Math.round(performance.now() - started)} ms)`);
    return failed > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    output.error(error.message);
    return 2;
  }
}

async function runRoot(root: string, named: string[], output: TestOutput): Promise<ScenarioResult[]> {
  const files = readDefinitionFiles(root);
  const { scenarios, dealerships } = await loadScenarios(files, named, output);
  const { runScenario } = await import('../engine/language/run-scenario.js');
  const { createSimulator } = await import('../engine/simulate/simulator.js');
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios) {
    const dealership = dealerships[scenario.dealership];
    if (dealership === undefined) throw new Error(`invariant: dealership "${scenario.dealership}" was checked`);
    const result = await runScenario(scenario, dealership, createSimulator(dealership));
    printResult(result, output);
    results.push(result);
  }
  return results;
}

/** The scenarios that were named, with the dealerships compiled from all files; what is wrong is printed and ends the command. */
export async function loadScenarios(
  files: readonly SourceFile[],
  named: string[],
  output: TestOutput,
): Promise<{ scenarios: Scenario[]; dealerships: Compilation['dealerships'] }> {
  const { compileForTest } = await import('../engine/compile/compile-for-test.js');
  const { readScenario } = await import('../engine/language/scenario.js');
  const { checkScenarioReferences } = await import('../engine/language/scenario-references.js');
  const { findings, dealerships } = compileForTest(files, compilePorts);
  await printFindings(findings, output);
  const chosen = files.filter((file) => named.some((name) => isInside(path.resolve(file.path), name)));
  const read = chosen.map(readScenario);
  const scenarios = read.flatMap(({ scenario }) => (scenario === undefined ? [] : [scenario]));
  await printFindings(
    [...read.flatMap((reading) => reading.findings), ...scenarios.flatMap((one) => checkScenarioReferences(one, dealerships))],
    output,
  );
  return { scenarios, dealerships };
}

async function printFindings(findings: readonly Finding[], output: TestOutput): Promise<void> {
  const { formatFinding } = await import('../engine/language/finding.js');
  for (const finding of findings) output.error(formatFinding(finding));
  const errors = findings.filter((finding) => finding.severity === 'error').length;
  if (errors > 0) throw new WrongUse(`the definitions have ${errors === 1 ? 'an error' : `${errors} errors`}; no scenario was run`);
}

/** One line for a scenario, and three for each of its failures. */
export function printResult({ scenario, failures }: ScenarioResult, output: TestOutput): void {
  output.out(`${failures.length === 0 ? pc.green('pass') : pc.red('FAIL')}  ${scenario.title}  ${pc.dim(scenario.file)}`);
  for (const { place, message, expected, actual } of failures) {
    output.out(`      ${place.file}:${place.line}:${place.column}: ${message}`);
    output.out(`        expected  ${expected}`);
    output.out(`        actual    ${actual}`);
  }
}
