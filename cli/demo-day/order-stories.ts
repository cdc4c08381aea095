import type { Quote } from './outside-world';

/** Minutes since midnight, on the dealerships' clock. */
export type Minute = number;

/** Money that comes in for an order: by the bank's notice, or over finance's counter. */
interface Payment {
  at: Minute;
  /** Yuan with two decimals. */
  amount: string;
  reference: string;
  by: 'bank' | 'finance';
  /** The right reference, where the notice names one that was used before. */
  meant?: string;
}

/** What happens to one order of the day. */
export interface OrderStory {
  number: string;
  dealership: string;
  customer: string;
  model: string;
  /** Yuan with two decimals. */
  price: string;
  signedAt: Minute;
  /** What the reviewer says, each time. */
  review: ('approve' | 'return' | 'reject')[];
  ship: { today: boolean; at: Minute; transport: boolean };
  /** What the carrier that is asked over HTTP answers. */
  quote: Quote;
  /** What a carrier on the telephone asks for; null: it has no vehicle. */
  call: string | null;
  /** What the customer agrees to, where the salesman has to ask. */
  talk: 'acceptPrice' | 'changeTime' | 'selfPickup' | 'keepLooking';
  payments: Payment[];
  inspections: ('pass' | 'fail')[];
  certificateLate?: true;
  /** The carrier cancels after it has booked. */
  carrierCancelsAt?: Minute;
  /** The customer wants another time, in the morning after. */
  movedAt?: Minute;
  /** The price is corrected. */
  corrected?: { at: Minute; price: string };
  /** The customer cancels. */
  cancelledAt?: Minute;
  /** Why the order is still open in the evening; undefined: it is not. */
  openBecause?: string | undefined;
  /** What is special about it. */
  tale?: string;
}

export const MODELS = [
  { model: '东方 X5', list: 268_000, floor: 250_000 },
  { model: '东方 X7', list: 328_000, floor: 306_000 },
  { model: '东方 E3', list: 179_800, floor: 168_000 },
] as const;
/** Of this model there is none in the morning; one comes in the afternoon. */
export const SCARCE = { model: '东方 G9', list: 458_000, floor: 430_000 } as const;
/** Somebody who is on the credit watch. */
export const WATCHED = '冯海';

const CUSTOMERS = '王芳 李强 张伟 刘洋 陈静 杨帆 赵磊 黄敏 周涛 吴娜 徐峰 孙丽 胡军 朱琳 高翔 林涵 何俊 郭雪 马超 罗兰'.split(' ');
const hour = (text: string): Minute => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
/** Yuan as the API writes them. */
export const yuan = (amount: number): string => amount.toFixed(2);

/** An order to which nothing special happens: signed, paid within two hours, fetched in the afternoon or on the next day. */
function ordinary(dealership: string, index: number, prefix: string): OrderStory {
  const { model, list } = MODELS[index % MODELS.length] as (typeof MODELS)[number];
  const signedAt = hour('08:40') + index * (dealership === 'tianhe' ? 16 : 22);
  const today = signedAt < hour('12:00') && index % 2 === 0;
  const price = yuan(list - 6_000);
  const number = `${prefix}-${dealership === 'tianhe' ? 'T' : 'H'}${String(index + 1).padStart(2, '0')}`;
  return {
    number,
    dealership,
    customer: CUSTOMERS[(index * 3 + (dealership === 'tianhe' ? 0 : 7)) % CUSTOMERS.length] as string,
    model,
    price,
    signedAt,
    review: ['approve'],
    ship: { today, at: today ? hour('16:30') : hour('10:00'), transport: dealership === 'tianhe' && index % 3 === 0 },
    quote: { accepted: true, price: yuan(1_200 + (index % 5) * 100) },
    call: '1400.00',
    talk: 'keepLooking',
    payments: [
      { at: signedAt + 60 + (index % 4) * 20, amount: price, reference: `ICBC-${number}`, by: index % 5 === 4 ? 'finance' : 'bank' },
    ],
    inspections: ['pass'],
    ...(today ? {} : { openBecause: 'fetched tomorrow at 10:00' }),
  };
}

/** The reference that two payments of a day name. */
const sharedReference = (number: string): string => `ICBC-${number.split('-')[0]}-SHARED`;

type Change = (story: OrderStory) => Partial<OrderStory>;

/** What is special at Tianhe, by the order's place in the day. */
const AT_TIANHE: Record<number, Change> = {
  0: () => ({ quote: { accepted: true, price: '1500.00', busy: 2 }, tale: 'the carrier is busy twice before it answers' }),
  1: () => ({ review: ['return', 'approve'], tale: 'the clerk returns it once' }),
  2: ({ payments, number }) => ({ payments: [{ ...(payments[0] as Payment), reference: sharedReference(number) }] }),
  3: ({ payments, number }) => ({
    payments: [{ ...(payments[0] as Payment), reference: sharedReference(number), meant: `ICBC-${number}` }],
    tale: 'the bank names a reference that was used before; finance corrects it',
  }),
  4: ({ price, signedAt, number }) => ({
    payments: [
      { at: signedAt + 40, amount: '50000.00', reference: `ICBC-${number}-1`, by: 'bank' },
      { at: signedAt + 150, amount: yuan(Number(price) - 50_000), reference: `ICBC-${number}-2`, by: 'bank' },
    ],
    tale: 'paid in two parts',
  }),
  5: () => ({
    ship: { today: false, at: hour('10:00'), transport: true },
    quote: { accepted: true, price: '2300.00' },
    call: '2100.00',
    talk: 'acceptPrice',
    tale: 'all carriers are too dear; the customer accepts the price',
  }),
  6: () => ({ inspections: ['fail', 'pass'], tale: 'fails its inspection once' }),
  7: ({ payments }) => ({
    ship: { today: false, at: hour('10:00'), transport: true },
    quote: { accepted: false },
    call: '1700.00',
    payments: [{ ...(payments[0] as Payment), at: hour('18:10') }],
    tale: 'the first carrier has no vehicle, the clerk finds one by telephone; the money comes after six',
  }),
  8: () => ({
    ship: { today: false, at: hour('10:00'), transport: true },
    quote: { accepted: false },
    call: null,
    talk: 'selfPickup',
    openBecause: 'fetched tomorrow at 10:00',
    tale: 'nobody on the list has a vehicle; the customer fetches it',
  }),
  9: () => ({ review: ['reject'], payments: [], openBecause: undefined, tale: 'rejected' }),
  10: () => ({ certificateLate: true, tale: 'its certificate has to be fetched first' }),
  11: ({ price, signedAt }) => ({
    payments: [],
    corrected: { at: signedAt + 90, price: yuan(Number(price) - 1_000) },
    openBecause: 'the customer pays tomorrow',
    tale: 'its price is corrected; not paid today',
  }),
  12: ({ signedAt }) => ({
    ship: { today: false, at: hour('10:00'), transport: true },
    carrierCancelsAt: signedAt + 120,
    openBecause: 'fetched tomorrow at 10:00',
    tale: 'the carrier cancels late; the search opens again',
  }),
  13: () => ({ cancelledAt: hour('15:30'), openBecause: undefined, tale: 'the customer cancels; the money goes back' }),
  14: () => ({ model: SCARCE.model, price: yuan(SCARCE.list - 8_000), tale: 'waits for a vehicle that comes in the afternoon' }),
  15: ({ signedAt }) => ({ movedAt: signedAt + 130, tale: 'the customer wants another time' }),
  16: () => ({ price: yuan(MODELS[1].floor - 4_000), tale: 'below the floor price: the sales manager approves the exception' }),
  17: () => ({ customer: WATCHED, tale: 'the customer is on the credit watch: the sales manager decides' }),
};

/** What is special at Haizhu. */
const AT_HAIZHU: Record<number, Change> = {
  7: ({ payments }) => ({ payments: [{ ...(payments[0] as Payment), at: hour('18:10') }], tale: 'the money comes after six' }),
  1: () => ({ review: ['return', 'approve'], tale: 'the clerk returns it once' }),
  3: () => ({ review: ['reject'], payments: [], openBecause: undefined, tale: 'rejected' }),
  5: () => ({ payments: [], openBecause: 'the customer pays tomorrow', tale: 'not paid today' }),
  6: ({ price, payments }) => ({
    payments: [{ ...(payments[0] as Payment), amount: yuan(Number(price) + 500) }],
    tale: 'pays 500 yuan too much; finance settles it',
  }),
};

/** The orders of the day: so many in all, three of five at Tianhe. `prefix` tells the day's orders from those of other days. */
export function orderStories(count: number, prefix: string): OrderStory[] {
  const atTianhe = Math.ceil((count * 3) / 5);
  const tell = (dealership: string, index: number, changes: Record<number, Change>): OrderStory => {
    const story = ordinary(dealership, index, prefix);
    const changed = { ...story, ...changes[index]?.(story) };
    // what was changed may change when and how much is paid
    const first = changed.payments[0];
    if (changed.payments.length === 1 && first !== undefined && first.amount === story.price) first.amount = changed.price;
    return changed;
  };
  return [
    ...Array.from({ length: atTianhe }, (_, index) => tell('tianhe', index, AT_TIANHE)),
    ...Array.from({ length: count - atTianhe }, (_, index) => tell('haizhu', index, AT_HAIZHU)),
  ];
}
