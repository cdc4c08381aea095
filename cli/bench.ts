import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import type { BenchPlan } from '../bench/bench';
import { Problem, type Progress } from '../server/platform/problem';
import { projectRoot } from '../server/platform/project-root';
import type { ReadSettings } from '../server/platform/settings';

/** The options of `neiqin bench` as they were typed. */
interface BenchOptions {
  readonly seconds: string;
  readonly concurrency: string;
  readonly rounds: string;
  readonly temporal: string;
  /** A folder, absent by default, or false where `--no-peers` was typed. */
  readonly peers?: string | boolean;
  readonly peerWarmUp: string;
  readonly profile?: string;
}

/** Where the peers' harness lies beside the project. */
const HARNESS = path.join(projectRoot, '..', 'shared', 'bench', 'peers');

/** `neiqin bench`. What it needs is loaded when it is called. */
export function registerBenchCommand(program: Command, read: () => ReadSettings, progress: Progress): void {
  program
    .command('bench')
    .description('measure order cases: hand-written for Temporal, on this engine through its API, and on other engines')
    .option('--seconds <seconds>', 'of one measured window', '10')
    .option('--concurrency <numbers>', 'cases at once, one number after the other', '1,8,32')
    .option('--rounds <number>', 'how often everything is measured, in turns', '3')
    .option('--temporal <store>', 'where Temporal keeps its data: memory or file', 'memory')
    .option('--peers <folder>', 'harness of the other engines; by default the one beside the project')
    .option('--no-peers', 'leave the other engines out')
    .option('--peer-warm-up <cases>', 'cases that each of them plays before it is measured', '1200')
    .option('--profile <folder>', 'leave CPU profiles of the product there')
    .action((options: BenchOptions) => runBench(read(), progress, options));
  program
    .command('bench-engine')
    .description('measure the engine alone, without servers: transitions a second on one core, and a case with 1,000 tokens')
    .option('--seconds <seconds>', 'how long orders are played', '5')
    .action(async ({ seconds }: { seconds: string }) => {
      const length = Number(seconds);
      if (!(length > 0 && length <= 600)) throw new Problem(`"${seconds}" is no number of seconds`, 'write a number from 1 to 600');
      const { measureEngine } = await import('../bench/engine-speed.js');
      process.stdout.write(`${JSON.stringify(measureEngine(read().settings.NEIQIN_DEFINITIONS, length))}\n`);
    });
  program
    .command('bench-check')
    .description('measure how long it takes to check processes of 50 and of 1,000 steps, warm and after an edit')
    .action(async () => {
      const { measureChecks } = await import('../bench/check-speed.js');
      process.stdout.write(`${JSON.stringify(measureChecks(read().settings.NEIQIN_DEFINITIONS))}\n`);
    });
}

/** Measures, prints one line of JSON on stdout, and ends everything that it started, also after a signal or a failure. */
async function runBench({ settings }: ReadSettings, progress: Progress, options: BenchOptions): Promise<void> {
  const plan = planOf(options);
  const { installShutdown } = await import('./shutdown.js');
  const { measure } = await import('../bench/bench.js');
  const { makeFolder } = await import('../bench/servers.js');
  const { Stops } = await import('../bench/stops.js');
  const shutdown = installShutdown(progress);
  const stops = new Stops(progress);
  shutdown.onStop('what the bench started', () => stops.run());
  try {
    const folder = makeFolder(stops);
    const result = await measure(plan, { settings, progress, stops, onLost: shutdown.fail, folder });
    process.stdout.write(`${JSON.stringify(result)}\n`);
    await stops.run();
    process.exit(0);
  } catch (error) {
    shutdown.fail(error);
  }
}

function planOf(options: BenchOptions): BenchPlan {
  const { seconds, concurrency, rounds, temporal, peers, peerWarmUp, profile } = options;
  if (temporal !== 'memory' && temporal !== 'file') throw wrongUse('--temporal', temporal, 'memory or file');
  const harness = typeof peers === 'string' ? path.resolve(peers) : peers !== false && existsSync(HARNESS) ? HARNESS : undefined;
  return {
    seconds: wholeNumber('--seconds', seconds, 600),
    concurrency: concurrency.split(',').map((text) => wholeNumber('--concurrency', text, 64)),
    rounds: wholeNumber('--rounds', rounds, 100),
    temporal,
    peerWarmUpCases: wholeNumber('--peer-warm-up', peerWarmUp, 100_000),
    ...(harness === undefined ? {} : { peers: harness }),
    ...(profile === undefined ? {} : { profile }),
  };
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most) throw wrongUse(option, text, `a whole number from 1 to ${most}`);
  return value;
}

function wrongUse(option: string, given: string, allowed: string): Problem {
  return new Problem(`${option}: "${given}" is not allowed.`, `Give ${allowed}.`, 2);
}
