import type { JsonObject } from '../../engine/json';
import { writeWorkbook } from '../../rendering/spreadsheet/xlsx';
import type { World } from './world';

/** What the laws need to know of a connector. */
export interface ConnectorFixture {
  connector: string;
  /** Makes what has to be there, and gives an input that is right. Each call is for another input. */
  prepare(world: World, number: number): Promise<JsonObject>;
  /** `database`: what it does is in the database alone; `other`: another system does it; `nothing`: it only reads. */
  does: 'database' | 'other' | 'nothing';
  /** How many times another system did what it was asked, where it is one that does it. */
  effects?(world: World): number;
  /** What it asks, and that may answer badly. */
  asks?: 'http' | 'smtp';
}

const vin = (number: number): string => `LSVAA4182E2${String(184_000 + number)}`;
const contact = async (world: World, code: string): Promise<string> => {
  await world.run('register.upsert', { register: 'contacts', values: { code } });
  return code;
};
const reserved = async (world: World, number: number): Promise<string> => {
  await world.run('vehicle.receive', { vin: vin(number), model: `Lavida ${number}` });
  await world.run('vehicle.reserve', { order: `V-${number}`, vin: vin(number) });
  return `V-${number}`;
};
const workbook = (world: World, number: number): Promise<string> =>
  writeWorkbook({
    sheets: [{ name: '计划', columns: [{ title: '车型', kind: 'text' }], rows: [[`Lavida ${number}`]] }],
    atMs: Date.now(),
  }).then((content) => world.document('plan.xlsx', content));

const inDatabase = (connector: string, prepare: ConnectorFixture['prepare']): ConnectorFixture => ({
  connector,
  prepare,
  does: 'database',
});

/** Every connector there is. */
export const fixtures: readonly ConnectorFixture[] = [
  { connector: 'system.noop', prepare: async () => ({}), does: 'nothing' },
  {
    connector: 'http.request',
    prepare: async ({ other }, number) => ({ url: `${other.url}/orders`, body: { number } }),
    does: 'other',
    effects: ({ other }) => other.done.size,
    asks: 'http',
  },
  {
    connector: 'file.upload',
    prepare: async (world, number) => ({
      url: `${world.other.url}/plans/${number}`,
      document: await world.document('plan.txt', Buffer.from('plan')),
    }),
    does: 'other',
    effects: ({ other }) => other.done.size,
    asks: 'http',
  },
  {
    connector: 'mail.send',
    prepare: async (_, number) => ({ to: ['wang@example.com'], subject: `订单 ${number}`, text: '请查收。' }),
    does: 'other',
    // a mail that is repeated has the same Message-ID: whoever gets it can tell
    effects: ({ mail }) => new Set(mail.received.map(({ messageId }) => messageId)).size,
    asks: 'smtp',
  },
  {
    connector: 'message.publish',
    prepare: async (_, number) => ({ name: 'plan.ready', key: `P-${number}`, variables: { number } }),
    does: 'other',
    effects: ({ published }) => published.size,
  },
  {
    connector: 'file.readXlsx',
    prepare: async (world, number) => ({ document: await workbook(world, number), columns: { model: { header: '车型', type: 'text' } } }),
    does: 'nothing',
  },
  inDatabase('notify', async (_, number) => ({ roles: ['finance'], title: `对账 ${number}` })),
  {
    connector: 'register.find',
    prepare: async (world, number) => ({ register: 'contacts', key: await contact(world, `find-${number}`) }),
    does: 'nothing',
  },
  inDatabase('register.insert', async (_, number) => ({ register: 'contacts', values: { code: `insert-${number}` } })),
  inDatabase('register.update', async (world, number) => {
    return { register: 'contacts', key: await contact(world, `update-${number}`), values: { owed: '9.00' } };
  }),
  inDatabase('register.upsert', async (_, number) => ({ register: 'contacts', values: { code: `upsert-${number}` } })),
  inDatabase('register.delete', async (world, number) => ({ register: 'contacts', key: await contact(world, `delete-${number}`) })),
  inDatabase('register.reserve', async (world, number) => ({ register: 'contacts', key: await contact(world, `reserve-${number}`) })),
  inDatabase('register.release', async (world, number) => {
    const key = await contact(world, `release-${number}`);
    await world.run('register.reserve', { register: 'contacts', key, for: 'SO-1' });
    return { register: 'contacts', key, for: 'SO-1' };
  }),
  inDatabase('sequence.next', async () => ({ sequence: 'contracts' })),
  inDatabase('payment.book', async (_, number) => ({ bank: 'icbc', reference: `R-${number}`, order: 'SO-1', amount: '1.00' })),
  inDatabase('payment.refund', async (world, number) => {
    await world.run('payment.book', { bank: 'ccb', reference: `R-${number}`, order: 'SO-2', amount: '1.00' });
    return { bank: 'ccb', reference: `R-${number}`, reason: '取消' };
  }),
  inDatabase('vehicle.receive', async (_, number) => ({ vin: vin(number), model: 'Tiguan' })),
  inDatabase('vehicle.reserve', async (world, number) => {
    await world.run('vehicle.receive', { vin: vin(number), model: 'Passat' });
    return { order: `R-${number}`, model: 'Passat' };
  }),
  inDatabase('vehicle.release', async (world, number) => ({ order: await reserved(world, number) })),
  inDatabase('vehicle.deliver', async (world, number) => ({ order: await reserved(world, number) })),
  inDatabase('vehicle.pledge', async (world, number) => {
    await world.run('vehicle.receive', { vin: vin(number), model: 'Polo' });
    return { vin: vin(number), to: 'icbc' };
  }),
  inDatabase('outbound.issue', async (_, number) => ({ order: `O-${number}` })),
  inDatabase('outbound.revoke', async (world, number) => {
    const { number: issued = null } = await world.run('outbound.issue', { order: `X-${number}` });
    return { number: issued, reason: '改期' };
  }),
  inDatabase('document.render', async (_, number) => ({ template: 'note', format: 'docx', values: { number: `SO-${number}` } })),
  inDatabase('report.run', async () => ({ report: 'debts' })),
  inDatabase('report.deliver', async (world) => {
    const { period = null, version = null } = await world.run('report.run', { report: 'debts' });
    return { report: 'debts', period, version, roles: ['finance'], mail: ['wang@example.com'], formats: ['html'] };
  }),
];
