import type { DutySchedule } from '../engine/calendar/duty-schedule';
import type { Transaction } from './database';

/** Brings the schedules of a dealership up to what is published; Temporal's are made, changed or deleted by whoever reads the rows. */
export async function putSchedules(trx: Transaction, dealership: string, schedules: Record<string, DutySchedule>): Promise<void> {
  for (const [id, schedule] of Object.entries(schedules)) {
    await trx.query(
      `insert into duty_schedule (dealership_id, schedule_id, definition) values ($1, $2, $3)
       on conflict (dealership_id, schedule_id) do update set definition = excluded.definition, withdrawn = false, scheduled = false,
         scheduled_until = null, published_at = now()
       where duty_schedule.withdrawn or duty_schedule.definition is distinct from excluded.definition`,
      [dealership, id, JSON.stringify(schedule)],
    );
  }
  await trx.query(
    `update duty_schedule set withdrawn = true, scheduled = false
     where dealership_id = $1 and not (schedule_id = any ($2::text[])) and not withdrawn`,
    [dealership, Object.keys(schedules)],
  );
}

/** A schedule whose Temporal Schedule is not yet as its row says. */
export interface UnscheduledDuty {
  dealership: string;
  schedule: DutySchedule;
  withdrawn: boolean;
  publishedAtMs: number;
}

/** Schedules to be made anew or deleted, of all dealerships, at most 100: the system role's. */
export async function listUnscheduledDuties(trx: Transaction): Promise<UnscheduledDuty[]> {
  const rows = await trx.query<{ dealership_id: string; definition: DutySchedule; withdrawn: boolean; published_at: Date }>(
    `select dealership_id, definition, withdrawn, published_at from duty_schedule
     where not scheduled or scheduled_until < now() order by dealership_id, schedule_id limit 100`,
  );
  return rows.map((row) => ({
    dealership: row.dealership_id,
    schedule: row.definition,
    withdrawn: row.withdrawn,
    publishedAtMs: row.published_at.getTime(),
  }));
}

/** Notes that Temporal's Schedule is as the row says until `untilMs`, null for ever, unless it was published anew meanwhile: the system role's. */
export async function markDutyScheduled(trx: Transaction, duty: UnscheduledDuty, untilMs: number | null): Promise<void> {
  await trx.query(
    `update duty_schedule set scheduled = true, scheduled_until = $5 where dealership_id = $1 and schedule_id = $2 and withdrawn = $3
       and abs(extract(epoch from published_at) * 1000 - $4::double precision) < 1`,
    [duty.dealership, duty.schedule.id, duty.withdrawn, duty.publishedAtMs, untilMs === null ? null : new Date(untilMs)],
  );
}

/** A published schedule that is not withdrawn. */
export async function findSchedule(trx: Transaction, dealership: string, id: string): Promise<DutySchedule | undefined> {
  const [row] = await trx.query<{ definition: DutySchedule }>(
    'select definition from duty_schedule where dealership_id = $1 and schedule_id = $2 and not withdrawn',
    [dealership, id],
  );
  return row?.definition;
}

/** What became of one time of a schedule: a case, or a reason why there is none. */
export type ScheduleRun = { nominalMs: number } & (
  | { state: 'started'; instanceKey: string }
  | { state: 'missed' | 'skipped'; reason: string }
);

/** Records what became of a time; what was recorded before stays. */
export async function recordRun(trx: Transaction, dealership: string, scheduleId: string, run: ScheduleRun): Promise<void> {
  const started = run.state === 'started';
  await trx.query(
    `insert into schedule_run (dealership_id, schedule_id, nominal_at, state, reason, instance_key) values ($1, $2, $3, $4, $5, $6)
     on conflict do nothing`,
    [dealership, scheduleId, new Date(run.nominalMs), run.state, started ? null : run.reason, started ? run.instanceKey : null],
  );
}

/** All schedules of a dealership that are published, by id; at most 1,000. */
export async function listSchedules(trx: Transaction, dealership: string): Promise<DutySchedule[]> {
  const rows = await trx.query<{ definition: DutySchedule }>(
    'select definition from duty_schedule where dealership_id = $1 and not withdrawn order by schedule_id limit 1000',
    [dealership],
  );
  return rows.map((row) => row.definition);
}

/** What became of the last 100 times of a schedule, the latest first. */
export async function listRuns(trx: Transaction, dealership: string, scheduleId: string): Promise<ScheduleRun[]> {
  const rows = await trx.query<{ nominal_at: Date; state: ScheduleRun['state']; reason: string | null; instance_key: string | null }>(
    `select nominal_at, state, reason, instance_key from schedule_run
     where dealership_id = $1 and schedule_id = $2 order by nominal_at desc limit 100`,
    [dealership, scheduleId],
  );
  return rows.map(({ nominal_at: at, state, reason, instance_key: key }) => ({
    nominalMs: at.getTime(),
    ...(state === 'started' ? { state, instanceKey: key ?? '' } : { state, reason: reason ?? '' }),
  }));
}
