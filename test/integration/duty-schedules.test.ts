import pino from 'pino';
import { publishDealership } from '../../db/definition-repository';
import { compileDefinitions } from '../../engine/compile/compile';
import type { CompiledDealership } from '../../engine/compile/deployment';
import { syncDutySchedules } from '../../server/duty-schedules';
import { ports } from '../language/definition-files';
import { eventually, Rig } from './rig';

const zone = 8 * 3_600_000;
const day = 86_400_000;

/** The time of day in Shanghai some minutes from now. */
const clock = (minutes: number): string => new Date(Date.now() + zone + minutes * 60_000).toISOString().slice(11, 16);

function compiled(schedules: string[]): CompiledDealership {
  const documents = {
    plan: 'process: plan\ntitle: 计划\nvariables: { short: { type: boolean, default: false }, day: { type: string, format: date } }\nkey: ="plan of " + string(day)\nsteps:\n  - { id: write, userTask: { assign: { roles: [clerk] } } }\n',
    duty: `duty: hub\ntitle: 枢纽\nprocesses: [plan]\ncovers: ["1.0"]\n${schedules.length === 0 ? '' : `schedules:\n${schedules.map((one) => `  - ${one}\n`).join('')}`}`,
    dealership: 'dealership: tianhe\ntitle: 天河\nduties: [hub]\nroles: { clerk: [clerk@tianhe] }\n',
  };
  const { findings, dealerships } = compileDefinitions(
    Object.entries(documents).map(([name, text]) => ({ path: `${name}.yaml`, text })),
    ports,
  );
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  return dealerships['tianhe'] as CompiledDealership;
}

const schedule = (id: string, at: string, missed: string, day = '=date') =>
  `{ id: ${id}, start: plan, at: "${at}", days: mon-sun, missed: ${missed}, variables: { short: true, day: '${day}' } }`;
/** A day that no case is about yet. */
const later = '=date + duration("P30D")';

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterAll(() => rig.stop());

interface Run {
  state: string;
  reason: string | null;
  instance_key: string | null;
}

const runs = (id: string): Promise<Run[]> =>
  rig.db.tenant('tianhe', (trx) =>
    trx.query<Run>('select state, reason, instance_key from schedule_run where schedule_id = $1 order by nominal_at', [`hub.${id}`]),
  );
const keys = () =>
  rig.db.tenant('tianhe', (trx) => trx.query<{ business_key: string }>('select business_key from process_instance order by business_key'));
const sync = () => syncDutySchedules({ db: rig.db, client: rig.client, taskQueue: rig.taskQueue, logger: pino({ level: 'silent' }) });
const handle = (id: string) => rig.client.schedule.getHandle(`tianhe:schedule:hub.${id}`);

describe('schedules of a duty', () => {
  it('[L23.2] [L23.3] are held by Temporal, and run late once, or not at all, where nothing was running', async () => {
    const past = clock(-120);
    await publishDealership(rig.db, compiled([schedule('once', past, 'runOnce'), schedule('noted', past, 'record')]));
    await rig.db.system((trx) => trx.query(`update duty_schedule set published_at = now() - interval '3 days 6 hours'`));
    expect(await sync()).toBe(2);
    expect(await sync()).toBe(0);
    await rig.stopWorker();
    const period = { start: new Date(Date.now() - 3 * day), end: new Date(), overlap: 'ALLOW_ALL' as const };
    for (const id of ['once', 'noted']) {
      await handle(id).backfill(period);
      await handle(id).backfill(period);
    }
    await rig.startWorker();
    await eventually(
      async () => [await runs('once'), await runs('noted')] as const,
      ([once, noted]) => once.length === 3 && noted.length === 3,
    );
    const gone = { state: 'missed', reason: 'a later one was due', instance_key: null };
    expect(await runs('once')).toEqual([gone, gone, { state: 'started', reason: null, instance_key: expect.any(String) }]);
    expect((await runs('noted')).map(({ state, reason }) => `${state} ${reason}`)).toEqual(Array(3).fill('missed late'));
    expect(await keys()).toEqual([{ business_key: expect.stringMatching(/^plan of \d{4}-\d\d-\d\d$/) }]);
  }, 60_000);

  it('[L23.2] are made, changed and deleted as is published', async () => {
    const now = clock(1);
    await publishDealership(rig.db, compiled([schedule('once', '03:04', 'runOnce'), schedule('soon', now, 'record', later)]));
    expect(await sync()).toBe(3);
    await expect(handle('noted').describe()).rejects.toThrow();
    const [next] = (await handle('once').describe()).info.nextActionTimes;
    expect(new Date((next as Date).getTime() + zone).toISOString()).toContain('T03:04:00');
    await publishDealership(rig.db, compiled([schedule('once', '03:04', 'runOnce'), schedule('soon', now, 'record', later)]));
    expect(await sync()).toBe(0);
    const found = await eventually(
      () => runs('soon'),
      (rows) => rows.length === 1,
      90_000,
    );
    expect(found).toMatchObject([{ state: 'started' }]);
    await publishDealership(rig.db, compiled([]));
    expect(await sync()).toBe(2);
    await expect(handle('once').describe()).rejects.toThrow();
  }, 120_000);
});
