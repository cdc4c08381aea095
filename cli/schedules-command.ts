import type { Command } from 'commander';
import { type DutySchedule, nextOccasions, type Occasion } from '../engine/calendar/duty-schedule';
import { compileDefinitions } from '../engine/compile/compile';
import { formatFinding } from '../engine/language/finding';
import { suggestion } from '../engine/language/suggestion';
import { compilePorts, readDefinitionFiles } from '../server/definitions-folder';
import { WrongUse } from './definition-roots';

/** Times that are shown of each schedule. */
const SHOWN = 10;
const WEEKDAYS = ['周一 Mon', '周二 Tue', '周三 Wed', '周四 Thu', '周五 Fri', '周六 Sat', '周日 Sun'];

interface Output {
  out(text: string): void;
  error(line: string): void;
}

/** Adds `neiqin schedules [folder]` to the command line. */
export function registerSchedulesCommand(program: Command): void {
  program
    .command('schedules')
    .description('show when each schedule of a duty runs next, and why')
    .argument('[folder]', 'the folder of the definitions', 'definitions')
    .option('--for <dealership>', 'only those of one dealership')
    .option('--json', 'as JSON')
    .action((folder: string, options: { for?: string; json?: boolean }) => {
      process.exitCode = runSchedules(folder, options, Date.now(), {
        out: (text) => process.stdout.write(text),
        error: (line) => process.stderr.write(`${line}\n`),
      });
    });
}

/**
 * Shows the next ten times of each schedule after `nowMs`.
 *
 * @returns the exit code: 0, 1 where the definitions have errors, 2 where there is no such folder or dealership
 */
export function runSchedules(folder: string, options: { for?: string; json?: boolean }, nowMs: number, output: Output): 0 | 1 | 2 {
  try {
    const { findings, dealerships } = compileDefinitions(readFolder(folder), compilePorts);
    const errors = findings.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) {
      output.error(errors.map(formatFinding).join('\n'));
      return 1;
    }
    const ids = Object.keys(dealerships);
    if (options.for !== undefined && !ids.includes(options.for)) {
      throw new WrongUse(`there is no dealership "${options.for}"; ${suggestion(options.for, ids) ?? `there are: ${ids.join(', ')}`}`);
    }
    const listed = Object.values(dealerships)
      .filter(({ id }) => options.for === undefined || id === options.for)
      .flatMap(({ id, schedules }) => Object.values(schedules).map((schedule) => ({ dealership: id, schedule })))
      .map((one) => ({ ...one, next: nextOccasions(one.schedule, nowMs, SHOWN) }));
    output.out(options.json === true ? `${JSON.stringify(listed.map(jsonOf), null, 2)}\n` : textOf(listed));
    return 0;
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    output.error(error.message);
    return 2;
  }
}

function readFolder(folder: string) {
  const files = readDefinitionFiles(folder);
  if (files.length === 0) throw new WrongUse(`there are no definitions in "${folder}"`);
  return files;
}

interface Listed {
  dealership: string;
  schedule: DutySchedule;
  next: Occasion[];
}

function jsonOf({ dealership, schedule, next }: Listed) {
  const times = next.map((one) => ({
    at: new Date(one.atMs).toISOString(),
    date: one.date,
    weekday: one.weekday,
    reason: reasonOf(schedule, one),
  }));
  return { dealership, scheduleId: schedule.id, processDefinitionId: schedule.processId, timezone: schedule.timezone, next: times };
}

function textOf(listed: Listed[]): string {
  if (listed.length === 0) return 'no duty has schedules\n';
  return listed
    .map(({ dealership, schedule, next }) => {
      const lines = next.map((one) => `  ${one.date} ${WEEKDAYS[one.weekday - 1]} ${timeOf(schedule)}  ${reasonOf(schedule, one)}`);
      return `${dealership} ${schedule.id}: ${schedule.processId} (${schedule.timezone})\n${lines.join('\n')}\n`;
    })
    .join('\n');
}

function timeOf({ minute }: DutySchedule): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

function reasonOf({ days, calendar }: DutySchedule, { makeUp, beyondHorizon }: Occasion): string {
  const kinds = {
    open: 'opening day',
    working: 'working day',
    monthEnd: 'end of the month',
    weekdays: 'its weekday',
    day: 'its day of the month',
  };
  const reason = days.kind === 'working' && makeUp ? 'make-up day 调休' : kinds[days.kind];
  return beyondHorizon ? `${reason}; public holidays are known until ${calendar?.horizon} only` : reason;
}
