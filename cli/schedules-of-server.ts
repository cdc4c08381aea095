import type { JsonObject } from '../engine/json';
import { findInstance } from '../server/platform/instance';
import type { Settings } from '../server/platform/settings';
import { WrongUse } from './definition-roots';
import { ApiClient } from './live/api-client';
import { type ListedSchedule, type ListedTime, reasonOf } from './schedule-list';

/** How a server is asked. */
export interface AskedServer {
  /** True: the one that was started here. */
  url: string | true;
  user?: string;
}

/** Everybody knows it: demo accounts have it. */
const DEMO_PASSWORD = 'neiqin';
const TIMEOUT_MS = 30_000;
/** Runs that are shown of each schedule: the last ones. */
const RUNS = 3;

interface ServerSchedule {
  scheduleId: string;
  processDefinitionId: string;
  timezone: string;
  days: 'open' | 'working' | 'monthEnd' | 'weekdays' | 'day';
  horizon: string | null;
  next: { at: string; date: string; weekday: number; makeUp: boolean; beyondHorizon: boolean }[];
}

interface ServerRun {
  nominalAt: string;
  state: string;
  reason: string | null;
  processInstanceKey: string | null;
}

/**
 * The schedules that are published at the dealership of a user, with what became of their last times.
 *
 * @throws WrongUse where there is no server, or the user may not log in
 */
export async function schedulesOfServer({ url, user }: AskedServer, settings: Settings, password?: string): Promise<ListedSchedule[]> {
  if (user === undefined)
    throw new WrongUse('whose schedules? add "--user" with a user of the dealership, for example --user clerk@tianhe');
  const address = url === true ? (findInstance(settings.NEIQIN_DATA)?.url ?? `http://127.0.0.1:${settings.PORT}`) : url;
  const api = new ApiClient(address, password ?? DEMO_PASSWORD, TIMEOUT_MS);
  const get = async (path: string): Promise<JsonObject> => {
    const { status, body } = await api.ask(user, { method: 'GET', path });
    if (status !== 200) throw new WrongUse(`"${user}" is not told the schedules of ${address}: ${body['detail'] ?? status}`);
    return body;
  };
  const me = await get('/v1/me');
  const { items } = (await get('/v1/schedules')) as unknown as { items: ServerSchedule[] };
  const listed: ListedSchedule[] = [];
  for (const { scheduleId, processDefinitionId, timezone, days, horizon, next } of items) {
    const runs = (await get(`/v1/schedules/${encodeURIComponent(scheduleId)}/runs`)) as unknown as { items: ServerRun[] };
    const times = next.map(({ at, date, weekday, ...day }): ListedTime => ({ at, date, weekday, reason: reasonOf(days, horizon, day) }));
    listed.push({
      dealership: String(me['dealership']),
      scheduleId,
      processDefinitionId,
      timezone,
      next: times,
      runs: runs.items.slice(0, RUNS).map(({ nominalAt, state, reason, processInstanceKey }) => ({
        at: nominalAt,
        state,
        what: processInstanceKey ?? reason ?? '',
      })),
    });
  }
  return listed;
}
