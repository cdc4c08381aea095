import { type Client, ScheduleNotFoundError, type ScheduleOptions, type ScheduleSpec } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Database } from '../db/database';
import { findDefinition, loadClosure } from '../db/definition-repository';
import { listUnscheduled, markScheduled, type UnscheduledStart } from '../db/event-start-repository';
import { nextOfCron } from '../engine/calendar/cron';
import { isOpen } from '../engine/calendar/working-time';
import { evaluate } from '../engine/feel/evaluate';
import type { Expression } from '../engine/feel/expression';
import { addDuration, instantMs, instantText } from '../engine/runtime/durations';
import type { ModelClosure, TimerRule } from '../engine/runtime/process-model';
import { type CaseStarted, SCHEDULED_WORKFLOW, type ScheduledStart } from '../workflows/messages';
import { derivedKey, type StarterPorts, startCase } from './case-starter';
import { durationMs } from './duration';

interface Ports {
  db: Database;
  client: Client;
  taskQueue: string;
  logger: Logger;
}

/** How late an occurrence may be made up for after an outage. */
const CATCH_UP = '1d';

function scheduleId({ dealership, processId, nodeId }: ScheduledStart): string {
  return `${dealership}:${processId}:${nodeId}`;
}

const LOCK = 7_105_112_107;

/**
 * Brings Temporal's Schedules in line with the timer starts that are published: made, changed or deleted. One worker at a time does it;
 * another's call returns at once. One that cannot be made is logged and tried again at the next pass.
 *
 * @returns how many it looked at
 */
export async function syncSchedules(ports: Ports): Promise<number> {
  return ports.db.system(async (trx) => {
    const [lock] = await trx.query<{ held: boolean }>('select pg_try_advisory_xact_lock($1) as held', [LOCK]);
    if (lock?.held !== true) return 0;
    const starts = await listUnscheduled(trx);
    for (const start of starts) {
      try {
        await (start.withdrawn ? remove(ports, start) : put(ports, start));
        await markScheduled(trx, start);
      } catch (error) {
        ports.logger.warn({ err: error, schedule: scheduleId(start) }, 'a timer start could not be scheduled');
      }
    }
    return starts.length;
  });
}

async function remove({ client }: Ports, start: UnscheduledStart): Promise<void> {
  try {
    await client.schedule.getHandle(scheduleId(start)).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

async function put(ports: Ports, start: UnscheduledStart): Promise<void> {
  const { closure, rule } = await timerOf(ports.db, start);
  const { dealership, processId, nodeId } = start;
  const { spec, actions } = scheduleOf(rule, closure, start.publishedAtMs);
  const options: ScheduleOptions = {
    scheduleId: scheduleId(start),
    spec,
    action: {
      type: 'startWorkflow',
      workflowType: SCHEDULED_WORKFLOW,
      workflowId: scheduleId(start),
      taskQueue: ports.taskQueue,
      args: [{ dealership, processId, nodeId } satisfies ScheduledStart],
    },
    policies: { overlap: 'ALLOW_ALL', catchupWindow: CATCH_UP },
    state: actions === undefined ? {} : { remainingActions: actions },
  };
  await remove(ports, start);
  await ports.client.schedule.create(options);
}

async function timerOf(db: Database, start: ScheduledStart): Promise<{ closure: ModelClosure; rule: TimerRule }> {
  const { dealership, processId, nodeId } = start;
  const closure = await db.tenant(dealership, async (trx) => {
    const definition = await findDefinition(trx, dealership, processId);
    return definition === undefined ? undefined : loadClosure(trx, dealership, definition);
  });
  const node = closure?.models[closure.root]?.nodes[nodeId];
  if (closure === undefined || node?.kind !== 'startEvent' || node.trigger?.kind !== 'timer') {
    throw new Error(`"${processId}" has no timer start "${nodeId}"`);
  }
  return { closure, rule: node.trigger.timer };
}

/** The text of a rule's part; an expression reads `settings`. */
function textOf(source: string | Expression, closure: ModelClosure, nowMs: number): string {
  if (typeof source === 'string') return source;
  const read = (name: string) => (name === 'settings' ? { value: closure.settings, type: closure.settingsType } : undefined);
  const result = evaluate(source, { read, nowMs, timezone: closure.timezone });
  if (!result.ok) throw new Error(result.message);
  if (typeof result.value !== 'string') throw new Error(`"${source.text}" gave ${JSON.stringify(result.value)}, not a text`);
  return result.value;
}

interface Plan {
  spec: ScheduleSpec;
  /** How often at most. */
  actions?: number;
}

/** What a timer rule is as a Schedule. A point in time is counted from the publication. */
function scheduleOf(rule: TimerRule, closure: ModelClosure, publishedAtMs: number): Plan {
  const timezone = rule.timezone ?? closure.timezone;
  if ('cron' in rule) return { spec: { cronExpressions: cronsOf(textOf(rule.cron, closure, publishedAtMs)), timezone } };
  if ('cycle' in rule) return cycleOf(textOf(rule.cycle, closure, publishedAtMs), timezone, publishedAtMs);
  if ('at' in rule) return onceAt(instantMs(textOf(rule.at, closure, publishedAtMs), timezone));
  if ('after' in rule) return onceAt(addDuration(publishedAtMs, textOf(rule.after, closure, publishedAtMs), timezone));
  throw new Error('a start cannot wait for working days: use cron');
}

/** The last day of a month, which Temporal does not know: it is looked for among the days that it may be. */
const LAST_DAY = /^L$/i;

/**
 * A cron expression as Temporal reads it. There a time must fit both kinds of days where both are restricted, here one is enough; so they
 * become two expressions.
 */
function cronsOf(text: string): string[] {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) return [text];
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string];
  const days = day
    .split(',')
    .map((part) => part.replace(LAST_DAY, '28-31'))
    .join(',');
  if (day === '*' || weekday === '*') return [`${minute} ${hour} ${days} ${month} ${weekday}`];
  return [`${minute} ${hour} ${days} ${month} *`, `${minute} ${hour} * ${month} ${weekday}`];
}

/** Whether an occurrence is one: of the last days of a month that were looked for, only the last is. */
function isDue(rule: TimerRule, closure: ModelClosure, nominalMs: number): boolean {
  if (!('cron' in rule)) return true;
  const text = textOf(rule.cron, closure, nominalMs);
  if (!/\bL\b/i.test(text)) return true;
  return nextOfCron(text, nominalMs - 1, rule.timezone ?? closure.timezone) === nominalMs;
}

/** `R3/2026-03-02T09:00:00+08:00/PT10H`: how often, from when, how far apart. */
function cycleOf(text: string, timezone: string, publishedAtMs: number): Plan {
  const [times = '', ...rest] = text.split('/');
  const every = durationMs(rest.at(-1) ?? '');
  const fromMs = rest.length > 1 ? instantMs(rest[0] as string, timezone) : publishedAtMs;
  if (!/^R\d*$/.test(times) || every === undefined || every < 1_000 || fromMs === undefined) throw new Error(`"${text}" is no cycle`);
  const actions = times === 'R' ? undefined : Number(times.slice(1));
  const first = rest.length > 1 ? fromMs : fromMs + every;
  const spec: ScheduleSpec = { intervals: [{ every, offset: first % every }], startAt: new Date(first - 1) };
  return actions === undefined ? { spec } : { spec, actions };
}

function onceAt(atMs: number | undefined): Plan {
  if (atMs === undefined) throw new Error('the timer gives no point in time');
  const at = new Date(atMs);
  const calendar = {
    year: at.getUTCFullYear(),
    month: months[at.getUTCMonth()] as (typeof months)[number],
    dayOfMonth: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
  };
  return { spec: { calendars: [calendar], timezone: 'UTC' }, actions: 1 };
}

const months = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;

/** Starts the case of one occurrence. Its key comes of the nominal time; on a day on which its calendar has the house closed there is none. */
export async function startScheduled(ports: StarterPorts, start: ScheduledStart, nominalMs: number): Promise<CaseStarted> {
  const { dealership, processId, nodeId } = start;
  const { closure, rule } = await timerOf(ports.db, start);
  if (!isDue(rule, closure, nominalMs)) return { state: 'refused', code: 'another-day' };
  const calendar = rule.calendar === undefined ? undefined : closure.calendars?.[rule.calendar];
  if (calendar !== undefined && !isOpen(calendar, nominalMs)) return { state: 'refused', code: 'closed-day' };
  const instanceKey = derivedKey(dealership, 'timer', processId, nodeId, String(nominalMs));
  const actor = { user: 'system', roles: [] };
  const businessKey = `${nodeId} ${instantText(nominalMs, rule.timezone ?? closure.timezone).replace('.000', '')}`;
  return startCase(
    ports,
    { dealership, processId, instanceKey, actor, variables: {}, trigger: { node: nodeId, variables: {} }, businessKey },
    closure,
  );
}
