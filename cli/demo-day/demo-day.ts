import pc from 'picocolors';
import { Problem, type Progress } from '../../server/platform/problem';
import { ApiClient } from '../live/api-client';
import { Day } from './day';
import { House } from './house';
import { type OrderStory, orderStories } from './order-stories';
import { OUTSIDE_PORT, OutsideWorld } from './outside-world';
import { type OwnServer, startOwnServer } from './own-server';
import { type Reckoning, reckon } from './reckoning';

const PASSWORD = 'neiqin';
/** With fewer orders some of the stories are not told, and a list may be empty. */
const FULL_DAY = 40;
const REQUEST_WITHIN_MS = 120_000;

export interface DemoDayOptions {
  /** A server of virtual time that runs already; absent: one is started for the day. */
  url?: string;
  orders: number;
  /** Leaves the server that was started running until Ctrl-C. */
  keep?: boolean;
}

/** Plays a full day of both dealerships, tells it, and reckons it. Gives the exit code: 1 where something is stuck or a count is not right. */
export async function runDemoDay(options: DemoDayOptions, progress: Progress, say: (line: string) => void): Promise<number> {
  const now = new Date(Date.now() + 8 * 3_600_000).toISOString();
  const stories = orderStories(options.orders, `D${now.slice(2, 16).replace(/\D/gu, '')}`);
  const quoteFor = (order: string) => stories.find(({ number }) => number === order)?.quote ?? { accepted: false };
  const world = await OutsideWorld.open(quoteFor, options.url === undefined ? 0 : OUTSIDE_PORT);
  let server: OwnServer | undefined;
  try {
    if (options.url === undefined) {
      progress('starting a server of its own for the day …');
      server = await startOwnServer(world.port);
    }
    const url = options.url ?? server?.url ?? '';
    const code = await playOn(url, stories, now.slice(0, 10), say);
    if (options.keep === true && server !== undefined) {
      say(`\nthe server goes on at ${pc.bold(url)}, accounts such as clerk@tianhe with the password ${PASSWORD}; Ctrl-C ends it`);
      await new Promise((resolve) => process.once('SIGINT', resolve));
    }
    return code;
  } finally {
    await world.close();
    await server?.stop();
  }
}

async function playOn(url: string, stories: readonly OrderStory[], date: string, say: (line: string) => void): Promise<number> {
  const client = new ApiClient(url, PASSWORD, REQUEST_WITHIN_MS);
  await mustBeVirtual(client, url);
  const houses = ['tianhe', 'haizhu'].map((dealership) => new House(client, dealership));
  const day = new Day(houses, stories, date, say);
  say(pc.bold(`${date}, ${stories.length} orders at two dealerships`));
  await day.play();
  return tellReckoning(await reckon(day), say, stories.length >= FULL_DAY);
}

async function mustBeVirtual(client: ApiClient, url: string): Promise<void> {
  const { status } = await client.ask('admin@tianhe', { method: 'GET', path: '/v1/demo' });
  if (status === 200) return;
  throw new Problem(`the server at ${url} has no virtual time`, 'start it with NEIQIN_VIRTUAL_TIME=1, or leave --url out', 2);
}

function tellReckoning({ counts, open, life }: Reckoning, say: (line: string) => void, isFull: boolean): number {
  say(pc.bold('\nWhat the events of all cases say, and what the reports say'));
  for (const { dealership, what, events, report } of counts) {
    const mark = events === report ? pc.green('equal') : pc.red('DIFFERENT');
    say(`  ${dealership}  ${what.padEnd(28)} events ${events.padStart(14)}   report ${report.padStart(14)}   ${mark}`);
  }
  say(pc.bold('\nWhat is still open, and why'));
  const reasons = new Map<string, number>();
  for (const { dealership, because } of open) {
    const line = `${dealership}  ${because ?? ''}`;
    if (because !== undefined) reasons.set(line, (reasons.get(line) ?? 0) + 1);
  }
  for (const [line, times] of reasons) say(`  ${line} ×${times}`);
  const stuck = open.filter(({ because }) => because === undefined);
  for (const { dealership, processId, businessKey } of stuck)
    say(pc.red(`  ${dealership}  ${processId} ${businessKey} is open and the story does not say why`));
  say(pc.bold('\nWhat there is to see'));
  for (const { dealership, what, rows } of life)
    say(`  ${dealership}  ${what.padEnd(32)} ${String(rows).padStart(5)}${rows === 0 ? pc.red('  EMPTY') : ''}`);
  const wrong =
    counts.filter(({ events, report }) => events !== report).length +
    stuck.length +
    (isFull ? life.filter(({ rows }) => rows === 0).length : 0);
  say(wrong === 0 ? pc.green('\nThe day is in order.') : pc.red(`\n${wrong} things are not in order.`));
  return wrong === 0 ? 0 : 1;
}
