import { Router } from 'express';
import { findSchedule, listRuns, listSchedules } from '../../db/schedule-repository';
import { nextOccasions } from '../../engine/calendar/duty-schedule';
import type { Parts } from '../parts';
import { ApiError } from '../problem';
import { callerOf } from '../request';

/** Times that are shown of each schedule. */
const SHOWN = 10;

/** When work begins by itself at the caller's dealership, and what became of it. */
export function scheduleRoutes({ db, clock }: Parts): Router {
  const router = Router();

  router.get('/', async (_req, res) => {
    const { dealership } = callerOf(res);
    const schedules = await db.tenant(dealership, (trx) => listSchedules(trx, dealership));
    const items = schedules.map((schedule) => ({
      scheduleId: schedule.id,
      processDefinitionId: schedule.processId,
      timezone: schedule.timezone,
      missed: schedule.missed,
      days: schedule.days.kind,
      horizon: schedule.calendar?.horizon ?? null,
      next: nextOccasions(schedule, clock(), SHOWN).map(({ atMs, ...day }) => ({ at: new Date(atMs).toISOString(), ...day })),
    }));
    res.json({ items });
  });

  router.get('/:scheduleId/runs', async (req, res) => {
    const { dealership } = callerOf(res);
    const { scheduleId } = req.params;
    const runs = await db.tenant(dealership, async (trx) => {
      if ((await findSchedule(trx, dealership, scheduleId)) === undefined) throw new ApiError('not-found');
      return listRuns(trx, dealership, scheduleId);
    });
    const items = runs.map((run) => ({
      nominalAt: new Date(run.nominalMs).toISOString(),
      state: run.state,
      reason: run.state === 'started' ? null : run.reason,
      processInstanceKey: run.state === 'started' ? run.instanceKey : null,
    }));
    res.json({ items });
  });

  return router;
}
