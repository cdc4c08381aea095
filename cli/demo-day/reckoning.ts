import type { Json, JsonObject } from '../../engine/json';
import type { Day } from './day';
import type { Case, House } from './house';
import { type OrderStory, yuan } from './order-stories';

/** One line of the reckoning: what the raw events say and what a report says. */
interface Count {
  dealership: string;
  what: string;
  events: string;
  report: string;
}

/** What there is at the end of a day. */
export interface Reckoning {
  counts: Count[];
  /** Cases that are still open, with the story's reason; `undefined` where it has none. */
  open: { dealership: string; businessKey: string; processId: string; because: string | undefined }[];
  /** How many rows each list and each report has. */
  life: { dealership: string; what: string; rows: number }[];
}

/** An event of a case, as its history tells it. */
interface RawEvent {
  /** The process of the case in which it happened, whatever that called. */
  process: string;
  type: string;
  elementId: string | null;
  data: JsonObject;
}

const REGISTERS = ['orders', 'payments', 'vehicles', 'papers', 'archive', 'contacts', 'procurement-uploads', 'price-list', 'credit-watch'];
const REPORTS = ['daily-sales', 'payments-of-the-day', 'deliveries', 'receivables'];
const PAGE = 500;

/** Counts the raw events of all cases of the day beside what the reports say, and looks for what is stuck. */
export async function reckon(day: Day): Promise<Reckoning> {
  const parts = await Promise.all([...day.houses.values()].map((house) => reckonHouse(day, house)));
  return {
    counts: parts.flatMap(({ counts }) => counts),
    open: parts.flatMap(({ open }) => open),
    life: parts.flatMap(({ life }) => life),
  };
}

async function reckonHouse(day: Day, house: House): Promise<Reckoning> {
  const { dealership } = house;
  const cases = await house.cases();
  const stories = cases.flatMap((known) => day.orders.get(known.key) ?? []);
  const events = (await Promise.all(cases.map((known) => eventsOf(house, known)))).flat();
  const did = (process: string, elementId: string) =>
    events.filter((event) => event.type === 'connectorSucceeded' && event.process === process && event.elementId === elementId);
  const sum = (list: readonly RawEvent[]) =>
    list.reduce((total, { data }) => total + Number((data['output'] as JsonObject)['amount'] ?? 0), 0);

  const sales = await run(house, day.date, 'daily-sales');
  const payments = await run(house, day.date, 'payments-of-the-day');
  const deliveries = await run(house, day.date, 'deliveries');
  const receivables = await run(house, day.date, 'receivables');
  const booked = did('order-to-delivery', 'book');
  const ended = (end: string) => cases.filter((known) => known.processId === 'order-to-delivery' && known.end === end).length;
  const count = (what: string, fromEvents: number | string, fromReport: number | string): Count => ({
    dealership,
    what,
    events: String(fromEvents),
    report: String(fromReport),
  });
  const counts = [
    count('orders of the day', stories.length - ended('rejected') - ended('cancelled'), sales.rows.length),
    count('vehicles handed over', did('order-to-delivery', 'deliver').length, total(deliveries.rows, 'vehicles')),
    count('cases that ended delivered', ended('delivered'), total(deliveries.rows, 'vehicles')),
    count('payments booked', booked.length, payments.rows.length),
    count('yuan booked', yuan(sum(booked)), yuan(total(payments.rows, 'amount'))),
    count('yuan still to come', yuan(outstanding(stories, day, cases)), yuan(total(receivables.rows, 'outstanding'))),
    count('tables corrected', did('finance-handover', 'correct').length, await corrected(house)),
    count(
      'outbound orders issued',
      did('order-to-delivery', 'issue').length,
      await sizeOf(house, 'papers', [{ column: 'kind', op: 'eq', value: 'outbound-order' }]),
    ),
  ];
  if (dealership === 'tianhe') {
    const transports = await run(house, day.date, 'transports-of-the-day');
    const told = new Set(did('transport-result', 'note').map(({ data }) => String((data['output'] as JsonObject)['key'])));
    counts.push(count('transports agreed', told.size, transports.rows.length));
  }
  const life = await lifeOf(day, house);
  const open = cases
    .filter(({ state }) => state === 'ACTIVE' || state === 'SUSPENDED')
    .map(({ key, businessKey, processId }) => ({
      dealership,
      businessKey,
      processId,
      because: processId === 'finance-supplement' ? 'what comes late is looked for at six tomorrow' : day.orders.get(key)?.openBecause,
    }));
  return { counts, open, life };
}

/** What is still to be paid, by the story: of orders that were approved and not cancelled. */
function outstanding(stories: readonly OrderStory[], day: Day, cases: readonly Case[]): number {
  const gone = new Set(
    cases.filter(({ end }) => end === 'rejected' || end === 'cancelled').flatMap(({ key }) => day.orders.get(key)?.number ?? []),
  );
  return stories
    .filter(({ number }) => !gone.has(number))
    .map(
      ({ price, corrected, payments }) =>
        Number(corrected?.price ?? price) - payments.reduce((paid, { amount }) => paid + Number(amount), 0),
    )
    .filter((rest) => rest > 0)
    .reduce((all, rest) => all + rest, 0);
}

async function lifeOf(day: Day, house: House): Promise<Reckoning['life']> {
  const { dealership } = house;
  const rows: Reckoning['life'] = [];
  const transports = dealership === 'tianhe';
  for (const register of [...REGISTERS, ...(transports ? ['transports'] : [])])
    rows.push({ dealership, what: `register ${register}`, rows: await sizeOf(house, register) });
  for (const report of [...REPORTS, ...(transports ? ['transports-of-the-day'] : [])]) {
    rows.push({ dealership, what: `report ${report}`, rows: (await run(house, day.date, report)).rows.length });
  }
  const { items } = await house.ask('finance', { method: 'GET', path: '/v1/notifications' });
  rows.push({ dealership, what: 'notifications of finance', rows: (items as Json[]).length });
  rows.push({ dealership, what: 'open tasks', rows: (await house.tasks()).length });
  return rows;
}

async function eventsOf(house: House, { key, processId }: Case): Promise<RawEvent[]> {
  const events: RawEvent[] = [];
  let after = '';
  for (;;) {
    const path = `/v1/process-instances/${key}/history?limit=${PAGE}${after}`;
    const { items, page } = await house.ask('auditor', { method: 'GET', path });
    events.push(...(items as unknown as Omit<RawEvent, 'process'>[]).map((event) => ({ ...event, process: processId })));
    const { hasMore, endCursor } = page as JsonObject;
    if (hasMore !== true) return events;
    after = `&after=${encodeURIComponent(String(endCursor))}`;
  }
}

async function sizeOf(house: House, register: string, filters: JsonObject[] = []): Promise<number> {
  const { count } = await house.ask('clerk', {
    method: 'POST',
    path: `/v1/registers/${register}/search`,
    body: { filters, count: true, page: { limit: 1 } },
  });
  return Number(count);
}

/** Runs a report for the day, and reads its rows. */
async function run(house: House, date: string, report: string): Promise<{ rows: JsonObject[] }> {
  const { version } = await house.ask('finance', { method: 'POST', path: `/v1/reports/${report}/runs`, body: { date } });
  const table = await house.ask('finance', { method: 'GET', path: `/v1/reports/${report}/versions/${version}` });
  const columns = (table['columns'] as JsonObject[]).map(({ id }) => String(id));
  const rows = (table['rows'] as JsonObject[]).map(({ cells }) =>
    Object.fromEntries(columns.map((column, index) => [column, (cells as Json[])[index] ?? null])),
  );
  return { rows };
}

/** Versions of the day's payments that take the place of another one. */
async function corrected(house: House): Promise<number> {
  const { items } = await house.ask('finance', { method: 'GET', path: '/v1/reports/payments-of-the-day/versions' });
  return (items as JsonObject[]).filter(({ corrects }) => corrects !== null).length;
}

function total(rows: readonly JsonObject[], column: string): number {
  return rows.reduce((all, row) => all + Number(row[column] ?? 0), 0);
}
