import pc from 'picocolors';
import type { JsonObject } from '../../engine/json';
import type { House, OpenTask } from './house';
import { type Minute, MODELS, type OrderStory, SCARCE, WATCHED, yuan } from './order-stories';
import { deedFor, doTask, whoDoes } from './people';

/** What is done once, at a time of the day. */
interface Happening {
  at: Minute;
  house: House;
  run(): Promise<string>;
}

const minuteOf = (text: string): Minute => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
const textOf = (minute: Minute): string => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** When people look at their lists: early for the plan, then each half an hour, at last finance. */
const LOOKS: readonly Minute[] = [
  ...['05:30', '06:50', '07:30', '07:42', '08:00'].map(minuteOf),
  ...Array.from({ length: 20 }, (_, index) => minuteOf('08:30') + index * 30),
  ...['18:05', '18:20', '18:40', '19:00', '19:20', '19:40'].map(minuteOf),
].sort((a, b) => a - b);

/** A list is quiet when nobody has found anything to do twice, so far apart: connectors work meanwhile. */
const QUIET_MS = 400;
const ROUNDS = 60;
const DEALERSHIPS = ['tianhe', 'haizhu'] as const;

/** Plays one day of both dealerships and tells it; what it has done is then reckoned by its events and reports. */
export class Day {
  readonly houses: ReadonlyMap<string, House>;
  /** Cases that were started for orders. */
  readonly orders = new Map<string, OrderStory>();
  readonly #byNumber: Map<string, OrderStory>;
  readonly #done = new Map<string, number>();
  readonly #lines = new Map<string, { count: number; orders: string[] }>();
  #happenings: Happening[];

  /**
   * @param date the day, as `2026-03-02`
   * @param say takes one line of the story
   */
  constructor(
    houses: readonly House[],
    private readonly stories: readonly OrderStory[],
    readonly date: string,
    private readonly say: (line: string) => void,
  ) {
    this.houses = new Map(houses.map((house) => [house.dealership, house]));
    this.#byNumber = new Map(stories.map((story) => [story.number, story]));
    this.#happenings = this.#plan();
  }

  async play(): Promise<void> {
    for (const house of this.houses.values()) await this.#open(house);
    for (const minute of LOOKS) {
      await Promise.all([...this.houses.values()].map((house) => house.moveClocks(this.msAt(minute))));
      await this.#happen(minute);
      await this.#work(minute);
      this.#tellWork(minute);
    }
  }

  /** A point in time of the day, in milliseconds since the epoch. */
  msAt(minute: Minute): number {
    return Date.parse(`${this.date}T00:00:00+08:00`) + minute * 60_000;
  }

  #iso(minute: Minute, tomorrow = false): string {
    return new Date(this.msAt(minute + (tomorrow ? 1440 : 0))).toISOString();
  }

  #house(dealership: string): House {
    const house = this.houses.get(dealership);
    if (house === undefined) throw new Error(`invariant: no dealership ${dealership}`);
    return house;
  }

  /** What is there in the morning: prices, the credit watch, and vehicles in the stock. */
  async #open(house: House): Promise<void> {
    for (const { model, list, floor } of [...MODELS, SCARCE]) {
      await this.#putRow(house, 'price-list', model, { model, listPrice: yuan(list), floorPrice: yuan(floor) });
    }
    await this.#putRow(house, 'credit-watch', WATCHED, { customer: WATCHED, reason: '去年有一笔逾期', since: '2026-01-15' });
    const wanted = this.stories.filter(({ dealership, model }) => dealership === house.dealership && model !== SCARCE.model);
    for (const [index, { model }] of wanted.entries()) await this.#receive(house, model, index, minuteOf('05:30'), index % 9 === 4);
    this.say(`05:30  ${house.dealership}  ${wanted.length} vehicles are in the stock, prices of ${MODELS.length + 1} models are known`);
  }

  async #putRow(house: House, register: string, key: string, values: JsonObject): Promise<void> {
    const path = `/v1/registers/${register}/rows`;
    const found = await house.ask('sales-manager', { method: 'POST', path: `/v1/registers/${register}/search`, body: {} });
    const known = (found['items'] as JsonObject[]).some(({ values: row }) => Object.values((row ?? {}) as JsonObject).includes(key));
    if (!known) await house.ask('sales-manager', { method: 'POST', path, body: { values } });
  }

  async #receive(house: House, model: string, index: number, minute: Minute, isPledged: boolean): Promise<void> {
    const day = this.date.replaceAll('-', '').slice(2);
    const letter = house.dealership === 'tianhe' ? 'T' : 'H';
    const vin = `LSV${letter}${day}${String(Date.now() % 100_000).padStart(5, '0')}${String(index).padStart(2, '0')}`;
    const pledged = isPledged ? { pledgedTo: '中国银行' } : {};
    await house.start('receive-vehicle', 'warehouse', this.msAt(minute), { arrival: { vin, model, ...pledged } });
  }

  #plan(): Happening[] {
    return [
      ...this.stories.flatMap((story) => this.#planOrder(story)),
      ...DEALERSHIPS.flatMap((dealership) => this.#planHouse(dealership)),
    ].sort((a, b) => a.at - b.at);
  }

  #planOrder(story: OrderStory): Happening[] {
    const house = this.#house(story.dealership);
    const { number, customer, model, price } = story;
    const salesman = house.user('salesman');
    const signed: Happening = {
      at: story.signedAt,
      house,
      run: async () => {
        const key = await house.start('order-to-delivery', 'salesman', this.msAt(story.signedAt), {
          order: { number, customer, model, price, salesman },
        });
        this.orders.set(key, story);
        return `the salesman enters order ${number}: ${customer}, ${model}, ${price} yuan${story.tale === undefined ? '' : ` (${story.tale})`}`;
      },
    };
    const paid = story.payments.flatMap((payment): Happening[] => {
      if (payment.by === 'finance') return [];
      const variables = { amount: payment.amount, bank: 'ICBC', bankReference: payment.reference, receivedOn: this.date };
      return [
        {
          at: payment.at,
          house,
          run: async () =>
            `the bank tells of ${payment.amount} yuan for ${number}: ${await house.publish('finance', 'payment.received', number, variables)}`,
        },
      ];
    });
    const change = (at: Minute | undefined, more: JsonObject, line: string): Happening[] =>
      at === undefined
        ? []
        : [
            {
              at,
              house,
              run: async () => {
                await house.start('change-order', 'salesman', this.msAt(at), { change: { number, ...more } });
                return line;
              },
            },
          ];
    return [
      signed,
      ...paid,
      ...change(story.cancelledAt, { what: 'cancel', reason: '客户改主意' }, `the customer of ${number} changes their mind`),
      ...change(
        story.movedAt,
        { what: 'shipTime', at: this.#iso(minuteOf('14:00'), true) },
        `the customer of ${number} wants it at 14:00 tomorrow`,
      ),
      ...change(
        story.corrected?.at,
        { what: 'terms', price: story.corrected?.price ?? price },
        `the price of ${number} is corrected to ${story.corrected?.price ?? price} yuan`,
      ),
      ...(story.carrierCancelsAt === undefined
        ? []
        : [
            {
              at: story.carrierCancelsAt,
              house,
              run: async () => {
                const state = await house.publish('clerk', 'carrier.cancelled', number, { carrier: '顺途物流', reason: '车辆故障' });
                return `the carrier cancels the transport of ${number}: ${state}`;
              },
            },
          ]),
    ];
  }

  #planHouse(dealership: 'tianhe' | 'haizhu'): Happening[] {
    const house = this.#house(dealership);
    const start = (at: string, process: string, by: string, variables: JsonObject, line: string): Happening => ({
      at: minuteOf(at),
      house,
      run: async () => {
        await house.start(process, by, this.msAt(minuteOf(at)), variables);
        return line;
      },
    });
    const tell = (at: string, name: string, variables: JsonObject, line: string): Happening => ({
      at: minuteOf(at),
      house,
      run: async () => `${line}: ${await house.publish('sales-manager', name, this.date, variables)}`,
    });
    const plan = (number: string, quantity: number): JsonObject => ({
      number,
      lines: MODELS.map(({ model }, index) => ({ model, quantity: quantity + index })),
    });
    const isTianhe = dealership === 'tianhe';
    return [
      start(
        '05:30',
        'procurement-upload',
        'clerk',
        { day: this.date },
        'the procurement plan of the day is awaited (its schedule begins it)',
      ),
      isTianhe
        ? tell('07:42', 'procurement.plan', plan('CG-01', 3), 'the plan comes twelve minutes late')
        : tell('06:50', 'procurement.plan', plan('CG-02', 2), 'the plan comes in time'),
      ...(isTianhe ? [tell('10:00', 'procurement.adjustment', plan('CG-01-A', 4), 'the plan is adjusted from above')] : []),
      start(
        '09:00',
        'liaison',
        'salesman',
        { thread: { to: house.user('clerk'), subject: '交车资料', question: '客户问资料何时齐' } },
        'a salesman asks the clerk',
      ),
      start(
        '10:00',
        'information-request',
        'sales-manager',
        { request: { subject: '到车', question: '本月还到几台车？', people: [house.user('clerk'), house.user('warehouse')] } },
        'the sales manager asks two departments',
      ),
      start(
        '11:00',
        'external-liaison',
        'clerk',
        { matter: { body: '车管所', matter: '临时牌照延期' } },
        'the clerk sees to a matter with the vehicle office',
      ),
      ...['11:30', '14:00', '16:00'].map((at, index) =>
        start(at, 'business-form', 'clerk', { request: { kind: index === 0 ? 'contract' : 'letter' } }, 'a business form is filled in'),
      ),
      ...(isTianhe
        ? [
            {
              at: minuteOf('14:00'),
              house,
              run: async () => {
                await this.#receive(house, SCARCE.model, 90, minuteOf('14:00'), false);
                return `a ${SCARCE.model} comes in, for which an order waits`;
              },
            },
          ]
        : []),
      {
        at: minuteOf('18:05'),
        house,
        run: async () => {
          const { items } = await house.ask('finance', { method: 'GET', path: '/v1/notifications' });
          return `finance has ${(items as JsonObject[]).length} tables in its inbox, with a workbook and a PDF each`;
        },
      },
      start('17:30', 'finance-handover', 'clerk', { day: this.date }, 'the tables for finance are run (their schedule begins it)'),
    ];
  }

  async #happen(minute: Minute): Promise<void> {
    const due = this.#happenings.filter(({ at }) => at <= minute);
    this.#happenings = this.#happenings.filter(({ at }) => at > minute);
    for (const { at, house, run } of due) this.say(`${textOf(at)}  ${house.dealership}  ${await run()}`);
  }

  /** Everybody does what they can, until the lists are quiet. */
  async #work(minute: Minute): Promise<void> {
    let quiet = 0;
    for (let round = 0; round < ROUNDS && quiet < 3; round += 1) {
      const busy = await Promise.all([...this.houses.values()].map((house) => this.#round(house, minute)));
      quiet = busy.some((did) => did) ? 0 : quiet + 1;
      if (quiet > 0) await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    }
  }

  async #round(house: House, minute: Minute): Promise<boolean> {
    let did = false;
    for (const task of await house.tasks()) {
      const story = this.#storyOf(task);
      const times = `${task.caseKey} ${task.processId} ${task.elementId}`;
      const before = this.#done.get(times) ?? 0;
      const deed = deedFor(task, { story, minute, before, at: (at, tomorrow) => this.#iso(at, tomorrow) });
      const user = whoDoes(task, house);
      if (deed === 'later' || user === undefined) continue;
      const outcome = await doTask(house, task, user, deed, new Date(this.msAt(minute)));
      if (outcome === undefined) continue;
      this.#done.set(times, before + 1);
      this.#note(house, user, task, outcome, story);
      did = true;
    }
    return did;
  }

  #storyOf(task: OpenTask): OrderStory | undefined {
    return this.orders.get(task.caseKey) ?? this.#byNumber.get(task.businessKey);
  }

  #note(house: House, user: string, task: OpenTask, outcome: string | null, story: OrderStory | undefined): void {
    const said = `${house.dealership}  ${user.split('@')[0]?.padEnd(15)} ${task.name}${outcome === null ? '' : ` (${outcome})`}`;
    const line = this.#lines.get(said) ?? { count: 0, orders: [] };
    line.count += 1;
    if (story !== undefined) line.orders.push(story.number.split('-').at(-1) as string);
    this.#lines.set(said, line);
  }

  #tellWork(minute: Minute): void {
    for (const [said, { count, orders }] of this.#lines) {
      const which = orders.length === 0 ? '' : `  ${pc.dim(orders.join(' '))}`;
      this.say(`${textOf(minute)}  ${said}${count > 1 ? ` ×${count}` : ''}${which}`);
    }
    this.#lines.clear();
  }
}
