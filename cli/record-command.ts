import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { findInstance } from '../server/platform/instance';
import type { ReadSettings, Settings } from '../server/platform/settings';
import type { Recording } from '../server/recording';
import { WrongUse } from './definition-roots';
import type { TestOutput } from './test-command';

/** The options of `neiqin record` as they were typed. */
export interface RecordCommandOptions {
  url?: string;
  user: string;
  token?: string;
  out?: string;
  title?: string;
  maskKey?: string;
  maskPeople?: boolean;
}

/** Everybody knows it: demo accounts have it. */
const DEMO_PASSWORD = 'neiqin';
const TIMEOUT_MS = 30_000;

const terminal: TestOutput = {
  out: (line) => process.stdout.write(`${line}\n`),
  error: (line) => process.stderr.write(`${line}\n`),
};

/** Adds `neiqin record <case>` to the command line. */
export function registerRecordCommand(program: Command, read: () => ReadSettings): void {
  program
    .command('record')
    .description(
      'make a scenario of a case of a running server (exit code 0: all of it is in the scenario, 1: not all, 2: wrong use or no server)',
    )
    .argument('<case>', 'the key of the process instance')
    .requiredOption('--user <user>', 'an administrator or auditor, for example auditor@tianhe; the password comes from NEIQIN_PASSWORD')
    .option('--url <url>', 'the server; by default the one that was started here')
    .option('--token <token>', "the user's session, in place of a password")
    .option('--out <file>', 'where the scenario is written; by default it is printed')
    .option('--title <title>', 'the title of the scenario')
    .option(
      '--mask-key <text>',
      'a secret that makes the pseudonyms of personal data; by default the id of the dealership, with which they can be guessed',
    )
    .option('--mask-people', 'give the people who work with the case other names as well')
    .action(async (key: string, options: RecordCommandOptions) => {
      process.exitCode = await runRecord(key, options, read().settings, terminal);
    });
}

/**
 * Reads a case from a server and prints or writes the scenario that it makes. What could not be part of it goes to stderr.
 *
 * @returns the exit code: 0 all of the case is in the scenario, 1 not all of it, 2 no such case, no server, or a user who may not
 */
export async function runRecord(key: string, options: RecordCommandOptions, settings: Settings, output: TestOutput): Promise<0 | 1 | 2> {
  try {
    const { ApiClient } = await import('./live/api-client.js');
    const { recordedScenario } = await import('./recording/recorded-scenario.js');
    const url = options.url ?? findInstance(settings.NEIQIN_DATA)?.url ?? `http://127.0.0.1:${settings.PORT}`;
    const tokens = options.token === undefined ? [] : [[options.user, options.token] as const];
    const api = new ApiClient(url, process.env['NEIQIN_PASSWORD'] ?? DEMO_PASSWORD, TIMEOUT_MS, new Map(tokens));
    const path = `/v1/process-instances/${encodeURIComponent(key)}/recording`;
    const { status, body } = await api.ask(options.user, { method: 'GET', path });
    if (status !== 200) throw new WrongUse(`case "${key}" cannot be recorded as "${options.user}": ${body['detail'] ?? status}`);
    const recording = body as unknown as Recording;
    const { text, warnings } = await recordedScenario(recording, {
      title: options.title ?? `recorded case ${key}`,
      maskKey: options.maskKey ?? recording.dealership,
      maskPeople: options.maskPeople ?? false,
    });
    if (options.out === undefined) output.out(text.trimEnd());
    else writeFileSync(options.out, text);
    for (const warning of warnings) output.error(warning);
    if (options.maskPeople === true)
      output.error('people are named by their roles: it passes where the dealership has people of these names in its roles');
    return warnings.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    output.error(error.message);
    return 2;
  }
}
