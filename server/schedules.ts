import type { Client, ScheduleOptions } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Database } from '../db/database';
import { findDefinition, loadClosure } from '../db/definition-repository';
import { listUnscheduled, markScheduled, type UnscheduledStart } from '../db/event-start-repository';
import { isOpen } from '../engine/calendar/working-time';
import { instantText } from '../engine/runtime/durations';
import type { ModelClosure, TimerRule } from '../engine/runtime/process-model';
import { type CaseStarted, SCHEDULED_WORKFLOW, type ScheduledStart } from '../workflows/messages';
import { derivedKey, type StarterPorts, startCase } from './case-starter';
import { isDue, scheduleOf } from './schedule-plan';
import { deleteSchedule } from './temporal-schedule';

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
        const untilMs = start.withdrawn ? await remove(ports, start) : await put(ports, start);
        await markScheduled(trx, start, untilMs);
      } catch (error) {
        ports.logger.warn({ err: error, schedule: scheduleId(start) }, 'a timer start could not be scheduled');
      }
    }
    return starts.length;
  });
}

async function remove({ client }: Ports, start: UnscheduledStart): Promise<null> {
  await deleteSchedule(client, scheduleId(start));
  return null;
}

/** Gives the time at which the schedule has to be put anew; null where it never has. */
async function put(ports: Ports, start: UnscheduledStart): Promise<number | null> {
  const { closure, rule } = await timerOf(ports.db, start);
  const { dealership, processId, nodeId } = start;
  const { spec, actions, untilMs } = scheduleOf(rule, closure, start.publishedAtMs, Date.now());
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
  return untilMs ?? null;
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
