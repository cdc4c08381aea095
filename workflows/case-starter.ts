import { proxyActivities, sleep, workflowInfo } from '@temporalio/workflow';
import type { ModelClosure } from '../engine/runtime/process-model';
import type { CaseStart, CaseStarted, DutyStart, ScheduledStart, SystemActivities } from './messages';

/** The first pause where another case has the business key; each further one is twice as long, up to an hour. */
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 3_600_000;
const LONGEST_WAIT_MS = 30 * 86_400_000;

const { startCase, startScheduled } = proxyActivities<Pick<SystemActivities, 'startCase' | 'startScheduled'>>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '30s' },
});

/** Owns the start of a detached case until it runs: where its business key is taken, or its process suspended, it waits, for 30 days at most. */
export async function caseStarter(start: CaseStart, closure: ModelClosure): Promise<CaseStarted> {
  let waitedMs = 0;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const result = await startCase(start, closure);
    if (result.state !== 'waiting' || waitedMs >= LONGEST_WAIT_MS) return result;
    await sleep(pauseMs);
    waitedMs += pauseMs;
  }
}

/**
 * One occurrence of a timer start or of a schedule, begun by its Schedule. The nominal time is the Schedule's, not that of the run: an occurrence that runs late,
 * or twice, starts the same case.
 */
export async function scheduledStart(start: ScheduledStart | DutyStart): Promise<CaseStarted> {
  const { searchAttributes, startTime } = workflowInfo();
  const [nominal = startTime] = (searchAttributes['TemporalScheduledStartTime'] ?? []) as Date[];
  return startScheduled(start, new Date(nominal).getTime(), Date.now());
}
