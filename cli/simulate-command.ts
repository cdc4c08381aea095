import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import type { CompiledDealership, Finding } from '../engine/compile/deployment';
import { compilePorts, readDefinitionFiles } from '../server/definitions-folder';
import { isInside, rootsOf, WrongUse } from './definition-roots';

/** The options of `neiqin simulate` as they were typed. */
export interface SimulateOptions {
  for?: string;
  start?: string;
  at?: string;
  workload?: string;
  against?: string;
  recorded?: string;
  json?: boolean;
  lang?: 'zh' | 'en';
}

/** Where the command writes: the terminal, or a test. */
export interface SimulateOutput {
  out(line: string): void;
  error(line: string): void;
}

const terminal: SimulateOutput = {
  out: (line) => process.stdout.write(`${line}\n`),
  error: (line) => process.stderr.write(`${line}\n`),
};

/** Adds `neiqin simulate [process]` to the command line. */
export function registerSimulateCommand(program: Command): void {
  program
    .command('simulate')
    .description('play a process by hand, or with many cases and a staff (exit code 0: played, 1: nothing could begin, 2: wrong use)')
    .argument('[process]', 'the process to play by hand; a workload names its own, so this may be left out')
    .argument('[path]', 'a folder of definitions, or a file in one; by default "definitions"')
    .option('--for <dealership>', 'the dealership at which it is played; by default one with everything and one person for each role')
    .option('--start <variables>', 'the variables it begins with, as YAML; by default it asks')
    .option('--at <time>', 'when it begins, for example 2026-03-02T09:00:00+08:00')
    .addOption(new Option('--lang <language>', 'the language of titles').choices(['zh', 'en']).default('zh'))
    .option('--workload <file>', 'what comes in, who works, and how long things take')
    .option('--against <path>', 'with --workload: the definitions of before; figures that differ are shown beside')
    .option('--recorded <path>', 'with --workload: recorded cases, which tell what it leaves out')
    .option('--json', 'with --workload: the figures as JSON')
    .action(async (first: string | undefined, second: string | undefined, options: SimulateOptions) => {
      if (options.workload === undefined) {
        const { playByHand } = await import('./simulate/play-by-hand.js');
        process.exitCode = await playByHand(first, second ?? 'definitions', options, terminal);
      } else
        process.exitCode = await simulateWorkload(second ?? first ?? 'definitions', { ...options, workload: options.workload }, terminal);
    });
}

/**
 * Plays a workload and prints waiting times, queues, what was overdue, and how busy people were.
 *
 * @returns the exit code: 0 played, 1 no case could begin, 2 definitions or a workload with errors
 */
async function simulateWorkload(
  folder: string,
  options: SimulateOptions & { workload: string },
  output: SimulateOutput,
): Promise<0 | 1 | 2> {
  const { runWorkload } = await import('../engine/simulate/workload/run-workload.js');
  const { workloadLines } = await import('./simulate/workload-report.js');
  try {
    const play = async (definitions: string) => {
      const dealerships = await compiledAt(definitions, output);
      const workload = await workloadAt(options, dealerships, output);
      return runWorkload(dealerships[workload.dealership] as CompiledDealership, workload);
    };
    const figures = await play(folder);
    const before = options.against === undefined ? undefined : await play(options.against);
    if (options.json === true) output.out(JSON.stringify(before === undefined ? figures : { figures, before }, null, 2));
    else for (const line of workloadLines(figures, before)) output.out(line);
    return figures.cases.begun === 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    output.error(error.message);
    return 2;
  }
}

/** The dealerships of the definitions at a path; errors are printed and end the command. */
export async function compiledAt(folder: string, output: SimulateOutput): Promise<Readonly<Record<string, CompiledDealership>>> {
  const { compileForTest } = await import('../engine/compile/compile-for-test.js');
  const [root] = rootsOf([folder]).keys();
  if (root === undefined) throw new WrongUse(`there are no definitions at "${folder}"`);
  const { findings, dealerships } = compileForTest(readDefinitionFiles(root), compilePorts);
  await printErrors(findings, output, 'nothing was played');
  return dealerships;
}

async function workloadAt(
  { workload: file, recorded }: { workload: string; recorded?: string },
  dealerships: Readonly<Record<string, CompiledDealership>>,
  output: SimulateOutput,
) {
  const { readWorkload } = await import('../engine/simulate/workload/read-workload.js');
  const source = { path: path.relative('.', file), text: textOf(file) };
  const experience = recorded === undefined ? undefined : await experienceAt(recorded, source.text, dealerships, output);
  const { workload, findings } = readWorkload(source, dealerships, experience);
  await printErrors(findings, output, 'nothing was played');
  if (workload === undefined) throw new WrongUse(`"${file}" could not be read; nothing was played`);
  return workload;
}

/** What recorded cases of the workload's process tell. */
async function experienceAt(
  recorded: string,
  workload: string,
  dealerships: Readonly<Record<string, CompiledDealership>>,
  output: SimulateOutput,
) {
  const { learnWorkload } = await import('../engine/simulate/workload/learn-workload.js');
  const { readScenario } = await import('../engine/language/scenario.js');
  const [id, process] = ['dealership', 'process'].map((key) => new RegExp(`^${key}: *(\\S+)`, 'mu').exec(workload)?.[1] ?? '');
  const dealership = dealerships[id ?? ''];
  if (dealership === undefined) return undefined;
  const [[root, named] = ['', []]] = rootsOf([recorded]);
  const files = readDefinitionFiles(root).filter((file) => named.some((name) => isInside(path.resolve(file.path), name)));
  const scenarios = files.flatMap((file) => readScenario(file).scenario ?? []);
  const experience = await learnWorkload(dealership, process ?? '', scenarios);
  for (const title of experience.failed) output.error(`"${title}" does not go as it was recorded, and is left out`);
  output.error(`${experience.cases} recorded cases tell how it goes`);
  return experience;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new WrongUse(`there is no file "${file}": name a workload, which begins with "workload: <title>"`);
  }
}

async function printErrors(findings: readonly Finding[], output: SimulateOutput, consequence: string): Promise<void> {
  const { formatFinding } = await import('../engine/language/finding.js');
  const errors = findings.filter(({ severity }) => severity === 'error');
  for (const finding of errors) output.error(formatFinding(finding));
  if (errors.length > 0) throw new WrongUse(`there ${errors.length === 1 ? 'is an error' : `are ${errors.length} errors`}; ${consequence}`);
}
