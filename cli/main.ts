import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { projectRoot } from '../server/platform/project-root';
import { describeSettings, type ReadSettings, readSettings } from '../server/platform/settings';
import { registerBenchCommand } from './bench';
import { registerCheckCommand } from './check-command';
import { registerDiffCommand } from './diff-command';
import { registerExplainCommand } from './explain';
import { registerExportCommand } from './export-command';
import { registerImportCommand } from './import-command';
import { registerPublishCommand } from './publish';
import { registerRebaseCommand } from './rebase-command';
import { registerRecordCommand } from './record-command';
import { registerSchedulesCommand } from './schedules-command';
import { registerSimulateCommand } from './simulate-command';
import { progressOnStderr, reportFailure } from './terminal';
import { registerTestCommand } from './test-command';

/** Runs what was typed. A failure ends the process: with exit code 2 for wrong use or a wrong setting, otherwise with 1. */
export async function main(argv: readonly string[]): Promise<void> {
  // whoever reads the output may have read enough: `neiqin test | head`
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  try {
    await commandLine().parseAsync(argv);
  } catch (error) {
    process.exit(reportFailure(error));
  }
}

/** All commands. Each loads what it needs when it is called, so that a small one is quick. */
export function commandLine(): Command {
  const progress = progressOnStderr();
  const read = (): ReadSettings => {
    const result = readSettings(process.env);
    for (const warning of result.warnings) progress(warning);
    return result;
  };
  const { version } = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8')) as { version: string };
  const program = new Command('neiqin')
    .description('A durable process engine for the back office of car dealerships.')
    .version(version)
    .exitOverride((end) => process.exit(end.exitCode === 0 ? 0 : 2))
    .enablePositionalOptions();

  program
    .command('start')
    .description('start everything: PostgreSQL, Temporal, a worker and the API')
    .action(async () => (await import('./start.js')).runStart(read(), progress));
  program
    .command('worker')
    .description('start a worker for the Temporal and PostgreSQL of the settings')
    .action(async () => (await import('./start.js')).runWorker(read(), progress));
  program
    .command('api')
    .description('start an API server for the Temporal and PostgreSQL of the settings')
    .action(async () => (await import('./start.js')).runApi(read(), progress));
  program
    .command('migrate')
    .description("bring the database's schema up to date")
    .option('--publish', 'publish the definitions too, and create the demo accounts in demo mode')
    .action(async (options: { publish?: boolean }) => (await import('./start.js')).runMigrate(read(), progress, options));
  program
    .command('doctor')
    .description('show what was found on this machine, and what is missing')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) => {
      process.exitCode = await (await import('./doctor.js')).runDoctor(process.env, options);
    });
  program
    .command('settings')
    .description('list all settings with their values')
    .option('--markdown', 'as a table for documentation')
    .action((options: { markdown?: boolean }) => {
      process.stdout.write(`${describeSettings(read().settings, options.markdown ? 'markdown' : 'text')}\n`);
    });
  program
    .command('demo')
    .description('play an order through the API of a running server, and tell what it answers')
    .option('--url <url>', 'the server; by default the one that was started here')
    .action(async (options: { url?: string }) => (await import('./demo.js')).runDemo(read().settings, options));
  program
    .command('demo-day')
    .description('play a full day of both dealerships on a server of virtual time, tell it, and count it')
    .option('--url <url>', 'a new server that runs with NEIQIN_VIRTUAL_TIME=1; by default one is started for the day')
    .option('--orders <number>', 'how many orders come', '40')
    .option('--keep', 'leave the server running afterwards')
    .action(async ({ url, orders, keep }: { url?: string; orders: string; keep?: boolean }) => {
      const { runDemoDay } = await import('./demo-day/demo-day.js');
      const options = { orders: Number(orders), ...(url === undefined ? {} : { url }), ...(keep === undefined ? {} : { keep }) };
      process.exitCode = await runDemoDay(options, progress, (line) => process.stdout.write(`${line}\n`));
    });
  program
    .command('self-test')
    .description('run the tests of this source tree')
    .argument('[jest arguments...]')
    .passThroughOptions()
    .allowUnknownOption()
    .helpOption(false)
    .action(async (jestArguments: string[]) => {
      process.exitCode = await (await import('./self-test.js')).runSelfTest(jestArguments, progress);
    });
  program
    .command('patterns')
    .description('run the control-flow patterns of this source tree')
    .action(async () => {
      process.exitCode = await (await import('./self-test.js')).runPatterns();
    });
  program
    .command('fuzz')
    .description('run 10,000 random processes through the engine, or as many as FUZZ_RUNS says')
    .action(async () => {
      process.exitCode = await (await import('./self-test.js')).runFuzz();
    });
  program
    .command('self-check')
    .description('check format, lint, types and dead code, then run the tests')
    .action(async () => {
      process.exitCode = await (await import('./self-test.js')).runSelfCheck(progress);
    });

  program
    .command('conformance')
    .description('run the literal expressions of the DMN conformance suite beside this source tree, and print the score')
    .option('--write', 'make it the committed score')
    .action(async (options: { write?: boolean }) => (await import('./conformance.js')).runConformance(options));

  registerTestCommand(program);
  registerSimulateCommand(program);
  registerCheckCommand(program, version);
  registerSchedulesCommand(program, read);
  registerExplainCommand(program);
  registerDiffCommand(program, read);
  registerRebaseCommand(program);
  registerExportCommand(program);
  registerImportCommand(program);
  registerPublishCommand(program, read, version);
  registerRecordCommand(program, read);
  registerBenchCommand(program, read, progress);
  return program;
}
