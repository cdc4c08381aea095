import type { Json, JsonObject } from '../../engine/json';
import { fillForm } from '../form-sample';
import type { House, OpenTask } from './house';
import type { Minute, OrderStory } from './order-stories';

/** What somebody does with a task; `later`: nobody does it yet. */
export type Deed = { outcome: string | null; data: JsonObject } | 'later';

/** What a deed may depend on. */
export interface Moment {
  /** Which order the task is about; undefined where it is about none. */
  story: OrderStory | undefined;
  minute: Minute;
  /** A point in time of the day, or of the day after. */
  at(minute: Minute, tomorrow?: boolean): string;
  /** How often the step was done before for this order or case. */
  before: number;
}

type Habit = (moment: Moment) => Deed;

const done = (data: JsonObject = {}, outcome: string | null = null): Deed => ({ outcome, data });
const half = (moment: Moment): string => moment.at(moment.minute + 30);

/** How people of a dealership do their tasks, by process and step. */
const HABITS: Record<string, Record<string, Habit>> = {
  'order-review': {
    review: ({ story, before }) => done({ creditChecked: true, remark: '资料齐全' }, story?.review[before] ?? 'approve'),
    exception: () => done({ remark: '老客户，准予例外' }, 'approve'),
    revise: ({ story }) =>
      done({
        number: story?.number ?? '',
        customer: story?.customer ?? '',
        model: story?.model ?? '',
        price: story?.price ?? '0.00',
        salesman: `salesman@${story?.dealership ?? 'tianhe'}`,
      }),
    financeCheck: () => done({ depositReceived: true }),
    clarify: () => 'later',
    notEntered: () => done({}, 'drop'),
  },
  'judge-order': { lookUpByHand: () => done({ onWatch: false, inStock: 1 }) },
  'order-to-delivery': {
    shipTime: ({ story, at }) =>
      done({
        at: at(story?.ship.at ?? 600, story?.ship.today === false),
        transportNeeded: story?.ship.transport ?? false,
        ...(story?.ship.transport === true ? { address: '广州市番禺区市桥街1号' } : {}),
      }),
    handOver: ({ story, minute }) =>
      story?.ship.today === true && minute >= story.ship.at ? done({ receivedBy: story.customer }) : 'later',
    remind: () => done({ remark: '客户准时来' }),
    callOff: () => done({ remark: '已取消' }),
  },
  'confirm-payment': {
    payment: ({ story, minute, before }) => {
      const due = story?.payments.filter(({ by }) => by === 'finance')[before];
      if (due === undefined || due.at > minute) return 'later';
      return done({ amount: due.amount, bank: 'ICBC', bankReference: due.reference });
    },
    correct: ({ story }) => {
      const meant = story?.payments.find((payment) => payment.meant !== undefined)?.meant;
      return meant === undefined ? done({ remark: '重复通知' }, 'discard') : done({ bank: 'ICBC', bankReference: meant }, 'correct');
    },
    settle: () => done({ remark: '余款已退' }),
  },
  'refund-payment': { payBack: () => done({ bankReference: 'ICBC-REFUND' }) },
  'warehouse-release': {
    choose: () => 'later', // a vehicle comes in the afternoon
    redeem: ({ minute }) => (minute >= 14 * 60 ? done({ certificateNumber: 'HGZ-2026-001' }) : 'later'),
    prepareVehicle: ({ story, before }) => done({ certificateReady: !(story?.certificateLate === true && before === 0) }),
    fetchCertificate: () => done(),
    inspect: ({ story, before }) => {
      const outcome = story?.inspections[before] ?? 'pass';
      return done(outcome === 'fail' ? { defects: '左前门划痕' } : { mileage: 12 }, outcome);
    },
    readChange: () => done({ remark: '已知悉' }),
  },
  'book-transport': {
    callCarrier: ({ story, before }) => {
      const price = story?.call ?? null;
      if (price === null) return before < 2 ? done({ remark: '无车' }, 'unavailable') : 'later';
      return done({ price, carrier: '粤达拖车' }, 'booked');
    },
    negotiate: ({ story, at, before }) => {
      const talk = story?.talk ?? 'keepLooking';
      if (talk === 'keepLooking') return before === 0 ? done({}, 'keepLooking') : 'later';
      return done(talk === 'changeTime' ? { at: at(15 * 60, true) } : {}, talk);
    },
    help: () => done({ remark: '继续找' }),
  },
  'ask-carrier': { callCarrier: ({ story }) => (story?.call == null ? done({}, 'unavailable') : done({ price: story.call }, 'booked')) },
  'transport-result': { tellByHand: () => done() },
  'change-order': {
    confirm: () => done({ remark: '同意' }, 'agree'),
    review: () => done({ remark: '同意' }, 'agree'),
    exception: () => done({ remark: '同意' }, 'agree'),
    correct: ({ story }) => done({ number: story?.number ?? '', what: 'shipTime' }, 'drop'),
  },
  'claim-payment': { claim: () => done({ remark: '已退回付款人' }, 'giveBack') },
  'procurement-upload': {
    planKnown: () => 'later', // it comes by message
    askSuperior: () => done(),
    enter: () => done({ remark: '已录入' }),
    uploadByHand: () => done({ number: 'R-HAND-1' }),
    explain: () => done({ reason: '上级计划到得晚' }),
    mend: ({ minute }) => done({ number: 'CG-MENDED', lines: [{ model: '东方 X5', quantity: minute % 7 }] }),
  },
  'finance-handover': {
    check: ({ minute, before }) => {
      if (minute < 18 * 60 + 15) return 'later';
      return before === 0
        ? done({ report: 'payments-of-the-day', question: '工行今日多一笔到账，表上没有' }, 'query')
        : before === 1
          ? done({ report: 'daily-sales', question: '合计与收款日报不符，请核对' }, 'query')
          : done({ remark: '核对无误' }, 'accept');
    },
    answer: ({ before }) =>
      before === 0 ? done({ text: '六点后到账一笔，重新出具' }, 'correct') : done({ text: '销售日报含未付款订单，应收款另列' }, 'explain'),
    lateTables: () => done({ reason: '报表晚到' }),
    deliverByHand: () => done({ remark: '已送纸质' }, 'handed'),
    mendTable: () => done(),
  },
  liaison: {
    reply: () => done({ text: '已安排，今天下午回复客户' }),
    reading: ({ before }) => (before === 0 ? done({ text: '还差保险单' }, 'again') : done({}, 'settled')),
  },
  'information-request': {
    ask: () => done({ answer: '本周三台，下周两台' }),
    sum: ({ before }) => (before === 0 ? done({ question: '分别是什么车型？' }, 'further') : done({ summary: '合计五台' }, 'enough')),
  },
  'external-liaison': {
    contact: (moment) =>
      moment.before === 0
        ? done({ note: '已去电，等回复', againAt: half(moment), contact: '梁主任', telephone: '020-5550-0303' }, 'waiting')
        : done({ note: '已办妥' }, 'done'),
  },
  'business-form': {
    fill: ({ before }) => done({ title: `订单补充协议 ${before + 1}`, content: '交车时间以发车通知为准。', place: 'A 柜 3 层' }),
    countersign: () => done({}, 'agree'),
  },
};

/** What is done with a task at a moment: by habit, or with the first outcome and what the form requires. */
export function deedFor(task: OpenTask, moment: Moment): Deed {
  const habit = HABITS[task.processId]?.[task.elementId];
  return habit === undefined ? done() : habit(moment);
}

/** Who does a task: whoever has it, or somebody who may. Undefined where nobody of the house may. */
export function whoDoes(task: OpenTask, house: House): string | undefined {
  if (task.assignee !== null) return task.assignee;
  const role = task.candidateGroups[0];
  return task.candidateUsers[0] ?? (role === undefined ? undefined : house.user(role));
}

/** Does a task; a form that requires more than was said gets a sample. Gives the outcome; undefined where it was taken back meanwhile. */
export async function doTask(
  house: House,
  task: OpenTask,
  user: string,
  deed: Exclude<Deed, 'later'>,
  now: Date,
): Promise<string | null | undefined> {
  const { schema, outcomes } = await house.formOf(task, user);
  const outcome = outcomes.length === 0 ? null : (deed.outcome ?? (outcomes[0] as string));
  const data = schema === undefined ? {} : fillForm(schema, deed.data, now, house.user('salesman'));
  return (await house.complete(task, user, outcome, data as Record<string, Json>)) ? outcome : undefined;
}
