import type { Command } from 'commander';
import { nextOccasions } from '../engine/calendar/duty-schedule';
import { compileDefinitions } from '../engine/compile/compile';
import { formatFinding } from '../engine/language/finding';
import { suggestion } from '../engine/language/suggestion';
import { compilePorts, readDefinitionFiles } from '../server/definitions-folder';
import type { ReadSettings } from '../server/platform/settings';
import { WrongUse } from './definition-roots';
import { type ListedSchedule, reasonOf, scheduleText } from './schedule-list';

/** Times that are shown of each schedule. */
const SHOWN = 10;

/** The options of `neiqin schedules` as they were typed. */
export interface SchedulesOptions {
  for?: string;
  json?: boolean;
  url?: string | true;
  user?: string;
}

interface Output {
  out(text: string): void;
  error(line: string): void;
}

/** Adds `neiqin schedules [folder]` to the command line. */
export function registerSchedulesCommand(program: Command, read: () => ReadSettings): void {
  program
    .command('schedules')
    .description('show when each schedule of a duty runs next, and why; of a server also what became of its last times')
    .argument('[folder]', 'the folder of the definitions', 'definitions')
    .option('--for <dealership>', 'only those of one dealership')
    .option('--url [url]', 'those that a running server has, by default the one that was started here')
    .option(
      '--user <user>',
      'whose dealership is asked for at the server, for example clerk@tianhe; the password comes from NEIQIN_PASSWORD',
    )
    .option('--json', 'as JSON')
    .action(async (folder: string, options: SchedulesOptions) => {
      process.exitCode = await runSchedules(
        folder,
        options,
        { nowMs: Date.now(), settings: () => read().settings },
        {
          out: (text) => process.stdout.write(text),
          error: (line) => process.stderr.write(`${line}\n`),
        },
      );
    });
}

/**
 * Shows the next ten times of each schedule after `nowMs`, or those that a server has.
 *
 * @returns the exit code: 0, 1 where the definitions have errors, 2 where there is no such folder, dealership, server or user
 */
export async function runSchedules(
  folder: string,
  options: SchedulesOptions,
  context: { nowMs: number; settings: () => ReadSettings['settings'] },
  output: Output,
): Promise<0 | 1 | 2> {
  try {
    const listed =
      options.url === undefined ? ofFolder(folder, options, context.nowMs, output) : await ofServer(options, context.settings());
    if (listed === undefined) return 1;
    output.out(options.json === true ? `${JSON.stringify(listed, null, 2)}\n` : scheduleText(listed));
    return 0;
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    output.error(error.message);
    return 2;
  }
}

async function ofServer(
  { url = true, user, for: dealership }: SchedulesOptions,
  settings: ReadSettings['settings'],
): Promise<ListedSchedule[]> {
  if (dealership !== undefined) throw new WrongUse('"--for" is for definitions; a server shows the dealership of "--user"');
  const { schedulesOfServer } = await import('./schedules-of-server.js');
  return schedulesOfServer({ url, ...(user === undefined ? {} : { user }) }, settings, process.env['NEIQIN_PASSWORD']);
}

/** Undefined where the definitions have errors, which are told. */
function ofFolder(folder: string, options: SchedulesOptions, nowMs: number, output: Output): ListedSchedule[] | undefined {
  if (options.user !== undefined) throw new WrongUse('"--user" is asked for at a server; add "--url", or leave it out');
  const { findings, dealerships } = compileDefinitions(readFolder(folder), compilePorts);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    output.error(errors.map(formatFinding).join('\n'));
    return undefined;
  }
  const ids = Object.keys(dealerships);
  if (options.for !== undefined && !ids.includes(options.for)) {
    throw new WrongUse(`there is no dealership "${options.for}"; ${suggestion(options.for, ids) ?? `there are: ${ids.join(', ')}`}`);
  }
  return Object.values(dealerships)
    .filter(({ id }) => options.for === undefined || id === options.for)
    .flatMap(({ id: dealership, schedules }) =>
      Object.values(schedules).map(
        (schedule): ListedSchedule => ({
          dealership,
          scheduleId: schedule.id,
          processDefinitionId: schedule.processId,
          timezone: schedule.timezone,
          next: nextOccasions(schedule, nowMs, SHOWN).map((one) => ({
            at: new Date(one.atMs).toISOString(),
            date: one.date,
            weekday: one.weekday,
            reason: reasonOf(schedule.days.kind, schedule.calendar?.horizon ?? null, one),
          })),
        }),
      ),
    );
}

function readFolder(folder: string) {
  const files = readDefinitionFiles(folder);
  if (files.length === 0) throw new WrongUse(`there are no definitions in "${folder}"`);
  return files;
}
