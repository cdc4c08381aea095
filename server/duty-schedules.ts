import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Database } from '../db/database';
import {
  findSchedule,
  listUnscheduledDuties,
  markDutyScheduled,
  recordRun,
  type ScheduleRun,
  type UnscheduledDuty,
} from '../db/schedule-repository';
import { fateOf, nextOccasions, variablesOf } from '../engine/calendar/duty-schedule';
import { instantText } from '../engine/runtime/durations';
import { type CaseStarted, type DutyStart, SCHEDULED_WORKFLOW } from '../workflows/messages';
import { derivedKey, type StarterPorts, startCase } from './case-starter';
import { specOfTimes } from './schedule-plan';
import { deleteSchedule } from './temporal-schedule';

interface Ports {
  db: Database;
  client: Client;
  taskQueue: string;
  logger: Logger;
}

const LOCK = 7_105_112_108;
/** Times that a Schedule lists, and after how many of them it gets the next ones. */
const LISTED = 100;
const RENEWED_AFTER = 80;
/** How late a time reaches the starter, which decides what becomes of it. */
const CATCH_UP = '365d';
/** How far back the list goes, so that times can be asked for again. */
const BACK_MS = 7 * 86_400_000;

function temporalId({ dealership, schedule }: UnscheduledDuty): string {
  return `${dealership}:schedule:${schedule.id}`;
}

/**
 * Brings Temporal's Schedules in line with the published schedules of duties, as `syncSchedules` does with timer starts: one worker at a time, and what
 * fails is logged and tried again at the next pass.
 *
 * @returns how many it looked at
 */
export async function syncDutySchedules(ports: Ports): Promise<number> {
  return ports.db.system(async (trx) => {
    const [lock] = await trx.query<{ held: boolean }>('select pg_try_advisory_xact_lock($1) as held', [LOCK]);
    if (lock?.held !== true) return 0;
    const duties = await listUnscheduledDuties(trx);
    for (const duty of duties) {
      try {
        await deleteSchedule(ports.client, temporalId(duty));
        await markDutyScheduled(trx, duty, duty.withdrawn ? null : await create(ports, duty));
      } catch (error) {
        ports.logger.warn({ err: error, schedule: temporalId(duty) }, 'a schedule could not be made');
      }
    }
    return duties.length;
  });
}

/** Gives the time at which it needs more times; null where it has all that there are. */
async function create({ client, taskQueue }: Ports, duty: UnscheduledDuty): Promise<number | null> {
  const { dealership, schedule, publishedAtMs } = duty;
  const times = nextOccasions(schedule, Math.max(publishedAtMs, Date.now() - BACK_MS), LISTED).map(({ atMs }) => atMs);
  await client.schedule.create({
    scheduleId: temporalId(duty),
    spec: specOfTimes(times),
    action: {
      type: 'startWorkflow',
      workflowType: SCHEDULED_WORKFLOW,
      workflowId: temporalId(duty),
      taskQueue,
      args: [{ dealership, scheduleId: schedule.id } satisfies DutyStart],
    },
    policies: { overlap: 'ALLOW_ALL', catchupWindow: CATCH_UP },
  });
  return times.length < LISTED ? null : (times[RENEWED_AFTER] ?? null);
}

/**
 * Starts the case of one time of a schedule, or records why there is none. The case's key comes of the nominal time, so that a doubled run is one.
 *
 * @param takenUpMs when the run was taken up first: a later attempt decides as the first one did
 */
export async function startDuty(ports: StarterPorts, start: DutyStart, nominalMs: number, takenUpMs: number): Promise<CaseStarted> {
  const { dealership, scheduleId } = start;
  const schedule = await ports.db.tenant(dealership, (trx) => findSchedule(trx, dealership, scheduleId));
  if (schedule === undefined) return { state: 'refused', code: 'not-found' };
  const record = (run: ScheduleRun) => ports.db.tenant(dealership, (trx) => recordRun(trx, dealership, scheduleId, run));
  if (fateOf(schedule, nominalMs, takenUpMs) === 'missed') {
    await record({ nominalMs, state: 'missed', reason: schedule.missed === 'record' ? 'late' : 'a later one was due' });
    return { state: 'refused', code: 'missed' };
  }
  const instanceKey = derivedKey(dealership, 'schedule', scheduleId, String(nominalMs));
  const businessKey = `${scheduleId} ${instantText(nominalMs, schedule.timezone).slice(0, 10)}`;
  const actor = { user: 'system', roles: [] };
  const { processId } = schedule;
  const begun = variablesOf(schedule, nominalMs);
  if (!begun.ok) {
    await record({ nominalMs, state: 'skipped', reason: begun.message });
    return { state: 'refused', code: 'expression-failed' };
  }
  const { variables } = begun;
  const result = await startCase(ports, { dealership, processId, instanceKey, actor, variables, businessKey }, null, (trx) =>
    recordRun(trx, dealership, scheduleId, { nominalMs, state: 'started', instanceKey }),
  );
  if (result.state === 'refused') await record({ nominalMs, state: 'skipped', reason: result.code });
  if (result.state === 'waiting') {
    await record({ nominalMs, state: 'skipped', reason: result.workflowId === null ? 'process-suspended' : 'business-key-taken' });
  }
  return result;
}
