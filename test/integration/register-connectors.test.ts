import { randomUUID } from 'node:crypto';
import Ajv from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { Attempt, Connector } from '../../activities/connector';
import { CONNECTORS } from '../../activities/connectors';
import { putRegister } from '../../db/register-repository';
import type { Json, JsonObject } from '../../engine/json';
import type { CompiledRegister } from '../../engine/register/register';
import { createTestDatabase, type TestDatabase } from '../db/support';
import { closureOf } from '../engine/graph';
import { modelOfProcess, registersOf } from '../language/compile-steps';
import { testSurroundings } from '../setup/surroundings';
import { eventually, Rig } from './rig';

const slots = `register: slots
key: [day, hour]
columns: { day: { type: string, format: date }, hour: { type: integer, minimum: 0, maximum: 23 }, gate: { type: string } }
`;
const creditors = `register: creditors
key: code
columns:
  code: { type: string, maxLength: 40 }
  name: { type: string, maxLength: 40 }
  owed: { type: string, format: money, default: "0.00" }
unique: [name]
computed: { late: =owed > 0 }
`;
const registers: CompiledRegister[] = Object.values(registersOf(creditors, slots));

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
  await test.db.system(async (trx) => {
    for (const register of registers) await putRegister(trx, 'tianhe', register);
  });
});
afterAll(() => test.drop());

const named = (name: string): Connector => CONNECTORS.find((one) => one.name === name) as Connector;
const attempt = (more: Partial<Attempt> = {}): Attempt => ({
  idempotencyKey: randomUUID(),
  dealership: 'tianhe',
  instanceKey: 'case',
  elementId: 'step',
  signal: new AbortController().signal,
  db: test.db,
  surroundings: testSurroundings(),
  ...more,
});
const run = (name: string, input: JsonObject, more: Partial<Attempt> = {}) => named(name).run(input, attempt(more)) as Promise<JsonObject>;
/** The code of the BPMN error that it throws, with its message. */
const refused = (name: string, input: JsonObject) =>
  run(name, input).then(
    (output) => output as Json,
    (error: { message: string; details?: string[] }) => `${error.details?.[0]}: ${error.message}`,
  );

describe('connectors of registers', () => {
  it('[L21.6] find, add, change, merge and delete rows', async () => {
    expect(await run('register.find', { register: 'creditors', key: 'a' })).toEqual({ count: 0, row: null, version: null, rows: [] });
    const a = { code: 'a', name: 'A', owed: '0.00', late: false };
    expect(await run('register.insert', { register: 'creditors', values: { code: 'a', name: 'A' } })).toEqual({
      key: 'a',
      version: 1,
      row: a,
    });
    expect(await run('register.update', { register: 'creditors', key: 'a', values: { owed: '2.00' }, version: 1 })).toMatchObject({
      version: 2,
      row: { owed: '2.00', late: true },
    });
    expect(await run('register.upsert', { register: 'creditors', values: { code: 'b', owed: '3.00' } })).toMatchObject({ version: 1 });
    expect(await run('register.find', { register: 'creditors', where: { name: null } })).toMatchObject({
      count: 1,
      row: { code: 'b', name: null },
    });
    expect(
      await run('register.find', {
        register: 'creditors',
        filters: [{ column: 'owed', op: 'gt', value: '1.00' }],
        sort: [{ column: 'owed', order: 'desc' }],
      }),
    ).toMatchObject({ count: 2, rows: [{ code: 'b' }, { code: 'a' }] });
    const asOf = new Date(Date.now() + 1000).toISOString();
    expect(await run('register.find', { register: 'creditors', key: 'a', asOf })).toMatchObject({ version: 2, row: { late: true } });
    const before = { register: 'creditors', key: 'a', asOf: '2020-01-01T00:00:00Z' };
    expect(await run('register.find', before)).toMatchObject({ count: 0, row: null });
    expect(await run('register.delete', { register: 'creditors', key: { code: 'b' } })).toEqual({ key: 'b', version: 2 });
  });

  it('[L21.6] refuse with errors of BPMN', async () => {
    await run('register.upsert', { register: 'creditors', values: { code: 'c', name: 'C' } });
    expect(await refused('register.insert', { register: 'creditors', values: { code: 'c' } })).toMatch(
      /^register\.conflict: .*"c" already/u,
    );
    expect(await refused('register.update', { register: 'creditors', key: 'x', values: {} })).toMatch(/^register\.not-found: /u);
    expect(await refused('register.update', { register: 'creditors', key: 'c', values: {}, version: 9 })).toMatch(
      /^register\.version-conflict: /u,
    );
    expect(await refused('register.insert', { register: 'creditors', values: { code: 'd', owed: 'much' } })).toMatch(
      /^register\.invalid: /u,
    );
    expect(await refused('register.find', { register: 'kontakte', key: 'a' })).toBe(
      'register.invalid: "tianhe" has no register "kontakte"; name it under "registers" of a duty',
    );
    expect(await refused('register.find', { register: 'creditors', key: 'a\u0000' })).toMatch(/^register\.invalid: /u);
    expect(await refused('register.upsert', { register: 'creditors', values: { code: 'a\u0000' } })).toMatch(/^register\.invalid: /u);
    expect(await refused('register.find', { register: 'slots', key: 'a' })).toBe(
      'register.invalid: "a" is no key of register "slots"; its key is "day" and "hour"',
    );
  });

  it('[L21.6] hold a row for one at a time, until it is released or its time is over', async () => {
    const slot = { day: '2026-03-05', hour: 9 };
    const key = { register: 'slots', key: slot };
    expect(await refused('register.reserve', key)).toMatch(/^register\.not-found/u);
    await run('register.insert', { register: 'slots', values: slot });
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => refused('register.reserve', { ...key, for: `SO-${index}` })));
    const [winner] = all.filter((one): one is JsonObject => typeof one === 'object');
    expect(all.filter((one) => typeof one === 'string' && one.startsWith('register.conflict'))).toHaveLength(19);
    expect(await refused('register.release', { ...key, for: 'SO-x' })).toMatch(/^register\.conflict/u);
    expect(await run('register.reserve', { ...key, for: String(winner?.heldFor), until: '2020-01-01T00:00:00Z' })).toMatchObject({
      key: '["2026-03-05",9]',
      until: '2020-01-01T00:00:00.000Z',
    });
    expect(await run('register.reserve', { ...key, for: 'SO-later' })).toMatchObject({ heldFor: 'SO-later', until: null });
    expect(await run('register.release', { ...key, for: 'SO-later' })).toEqual({ released: true });
    expect(await run('register.release', { ...key, for: 'SO-later' })).toEqual({ released: false });
  });
});

describe('connectors of the books', () => {
  it('[L21.8] count without gaps, whoever fails in between', async () => {
    const next = (name: string) => run('sequence.next', { sequence: name });
    const taken = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        if (index % 3 > 0) return (await next('contracts')).number;
        // a transaction that takes a number and is rolled back
        await test.db
          .tenant('tianhe', async (trx) => {
            await trx.query(
              `insert into number_sequence as s (dealership_id, name, period, last) values ('tianhe', 'contracts', '', 1)
               on conflict (dealership_id, name, period) do update set last = s.last + 1`,
            );
            throw new Error('rolled back');
          })
          .catch(() => undefined);
        return undefined;
      }),
    );
    const numbers = taken.filter((one) => one !== undefined).sort((a, b) => Number(a) - Number(b));
    expect(numbers).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(await run('sequence.next', { sequence: 'lots', period: 'month', prefix: 'L', digits: 3 })).toMatchObject({
      number: 1,
      text: expect.stringMatching(/^L\d{6}-001$/u),
    });
  });

  it('[L21.8] book a reference of a bank once, add up what was paid, and give it back', async () => {
    const payment = { bank: 'icbc', order: 'SO-1', amount: '100.50' };
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) => refused('payment.book', { ...payment, reference: 'R-1', order: `SO-${index}` })),
    );
    expect(all.filter((one) => typeof one === 'object')).toHaveLength(1);
    expect(all.filter((one) => typeof one === 'string' && one.startsWith('payment.reference-used'))).toHaveLength(19);
    await run('payment.book', { ...payment, order: 'SO-p', reference: 'R-2' });
    expect(await run('payment.book', { ...payment, order: 'SO-p', reference: 'R-3', amount: '0.50' })).toEqual({
      amount: '0.50',
      paid: '101.00',
      payments: 2,
    });
    const refund = { bank: 'icbc', reference: 'R-2', reason: '退款' };
    expect(await run('payment.refund', refund)).toEqual({ amount: '100.50', paid: '0.50', payments: 1 });
    expect(await refused('payment.refund', refund)).toMatch(/^payment\.not-found/u);
    expect(await refused('payment.book', { ...payment, reference: 'R-2' })).toBe(
      'payment.reference-used: reference "R-2" of "icbc" was used for order "SO-p"',
    );
  });

  const vin = (index: number) => `LSVAA4182E21848${String(index).padStart(2, '0')}`;

  it('[L21.8] hold one vehicle for one order, by its number or by its model', async () => {
    for (let index = 0; index < 4; index += 1) await run('vehicle.receive', { vin: vin(index), model: 'Lavida' });
    expect(await refused('vehicle.receive', { vin: vin(0), model: 'Lavida' })).toMatch(/^vehicle\.conflict/u);
    const byNumber = await Promise.all(
      Array.from({ length: 20 }, (_, index) => refused('vehicle.reserve', { order: `V-${index}`, vin: vin(0) })),
    );
    expect(byNumber.filter((one) => typeof one === 'object')).toHaveLength(1);
    const byModel = await Promise.all(
      Array.from({ length: 20 }, (_, index) => refused('vehicle.reserve', { order: `M-${index}`, model: 'Lavida' })),
    );
    const got = byModel.filter((one): one is JsonObject => typeof one === 'object');
    expect(got.map((one) => one.vin).sort()).toEqual([vin(1), vin(2), vin(3)]);
    const same = await Promise.all(Array.from({ length: 5 }, () => refused('vehicle.release', { order: 'M-none' })));
    expect(same).toEqual(Array.from({ length: 5 }, () => ({ vin: null })));
    const order = `M-${byModel.findIndex((one) => typeof one === 'object')}`;
    expect(await run('vehicle.reserve', { order, model: 'Lavida' })).toMatchObject({ model: 'Lavida', pledgedTo: null });
    const held = await run('vehicle.deliver', { order });
    expect(await run('vehicle.release', { order })).toEqual({ vin: null });
    expect(await refused('vehicle.deliver', { order })).toMatch(/^vehicle\.not-available/u);
    expect(await refused('vehicle.reserve', { order: 'late', vin: String(held.vin) })).toMatch(/^vehicle\.not-available/u);
    expect(await run('vehicle.pledge', { vin: String(held.vin), to: 'icbc' })).toMatchObject({ pledgedTo: 'icbc' });
    expect(await refused('vehicle.pledge', { vin: vin(99), to: null })).toMatch(/^vehicle\.not-found/u);
  });

  it('gives an order that asks for any vehicle twice at once one vehicle', async () => {
    for (let index = 20; index < 24; index += 1) await run('vehicle.receive', { vin: vin(index), model: 'Passat' });
    const both = await Promise.all(Array.from({ length: 4 }, () => run('vehicle.reserve', { order: 'twice', model: 'Passat' })));
    expect(new Set(both.map((one) => one.vin)).size).toBe(1);
    expect(await run('vehicle.release', { order: 'twice' })).toEqual({ vin: both[0]?.vin });
  });

  it('[L21.8] number outbound orders without gaps, one for an order until it is revoked', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => refused('outbound.issue', { order: `O-${index % 5}` })));
    const issued = all.filter((one): one is JsonObject => typeof one === 'object').map((one) => String(one.number));
    expect(issued.map((number) => number.slice(-4)).sort()).toEqual(['0001', '0002', '0003', '0004', '0005']);
    expect(all.filter((one) => typeof one === 'string' && one.startsWith('outbound.conflict'))).toHaveLength(15);
    const [number = ''] = issued;
    const { order } = await run('outbound.revoke', { number, reason: '改期' });
    expect(await refused('outbound.revoke', { number, reason: '改期' })).toMatch(/^outbound\.not-found/u);
    expect((await run('outbound.issue', { order: String(order) })).number).toMatch(/-0006$/u);
  });

  it('say nothing of one dealership to another', async () => {
    await run('payment.book', { bank: 'ccb', reference: 'own', order: 'SO-own', amount: '1.00' });
    const theirs = { dealership: 'haizhu' };
    expect(await run('payment.book', { bank: 'ccb', reference: 'own', order: 'SO-own', amount: '2.00' }, theirs)).toEqual({
      amount: '2.00',
      paid: '2.00',
      payments: 1,
    });
    expect((await run('outbound.issue', { order: 'O-1' }, theirs)).number).toMatch(/-0001$/u);
    expect(await run('vehicle.receive', { vin: vin(0), model: 'Lavida' }, theirs)).toMatchObject({ vin: vin(0) });
  });
});

const ajv = new Ajv({ strict: false });
addFormats(ajv);
ajv.addFormat('money', true);
/** What a connector's schema has against a value. */
function problems(name: string, part: 'input' | 'output', value: JsonObject): unknown[] {
  const validate = ajv.compile(named(name)[part] as JsonObject);
  return validate(value) ? [] : (validate.errors ?? []);
}

it('[L21.8] take no amount of nothing, and no text that cannot be stored', () => {
  const payment = { bank: 'icbc', reference: 'R', order: 'SO' };
  expect(problems('payment.book', 'input', { ...payment, amount: '0.01' })).toEqual([]);
  for (const amount of ['0.00', '000.00', '-1.00', '1', '1.005', '99999999999999999.00']) {
    expect(problems('payment.book', 'input', { ...payment, amount })).not.toEqual([]);
  }
  expect(problems('payment.book', 'input', { ...payment, amount: '1.00', reference: 'a\u0000' })).not.toEqual([]);
  expect(problems('register.find', 'input', { register: 'r', asOf: '2026-03-02T09:00:00Z' })).not.toEqual([]);
});

describe('on the real servers', () => {
  const lost = new Set<string>();
  let rig: Rig;
  beforeAll(async () => {
    // the first answer of each step is lost after the effect, as where a worker dies there
    const connectors = CONNECTORS.map((connector) => ({
      ...connector,
      run: async (input: JsonObject, one: Attempt) => {
        const output = await connector.run(input, one);
        if (lost.has(one.idempotencyKey)) return output;
        lost.add(one.idempotencyKey);
        throw new Error('the answer was lost');
      },
    }));
    rig = await Rig.start({ connectors });
    await rig.db.system(async (trx) => {
      for (const register of registers) await putRegister(trx, 'tianhe', register);
    });
  });
  afterAll(() => rig.stop());

  const insert = closureOf(
    modelOfProcess(
      `process: keep-contact
variables: { code: { type: string } }
steps:
  - id: add
    serviceTask: { connector: register.insert, input: { register: creditors, values: { code: =code } } }
    retry: { initial: PT1S, factor: 1, max: PT1S, attempts: 5 }
    boundary:
      - id: taken
        error: { code: register.conflict }
        do:
          - id: note
            serviceTask: { connector: register.update, input: { register: creditors, key: =code, values: { owed: "1.00" } } }
            retry: { initial: PT1S, factor: 1, max: PT1S, attempts: 5 }
`,
      creditors,
    ),
  );

  it('[L21.6] acts once though the answer is lost, and a conflict goes to its boundary event', async () => {
    const first = await rig.begin(insert, { code: 'SO-A' });
    await eventually(
      () => first.row(),
      ({ state }) => state === 'COMPLETED',
    );
    const second = await rig.begin(insert, { code: 'SO-A' });
    await eventually(
      () => second.row(),
      ({ state }) => state === 'COMPLETED',
    );
    const history = await rig.db.tenant('tianhe', (trx) =>
      trx.query(
        `select kind, version, changed_by as by, instance_key as "instanceKey", element_id as "elementId" from register_change order by change_id`,
      ),
    );
    expect(history).toEqual([
      { kind: 'insert', version: 1, by: 'system', instanceKey: first.address.instanceKey, elementId: 'add' },
      { kind: 'update', version: 2, by: 'system', instanceKey: second.address.instanceKey, elementId: 'note' },
    ]);
    expect(lost.size).toBe(2);
  });

  it('[L21.8] gives a payment back by compensation, and its reference stays used', async () => {
    const pay = closureOf(
      modelOfProcess(`process: pay-and-regret
variables: { order: { type: string } }
steps:
  - id: book
    serviceTask: { connector: payment.book, input: { bank: icbc, reference: R-9, order: =order, amount: "8.00" }, result: booked }
    retry: { initial: PT1S, factor: 1, max: PT1S, attempts: 5 }
    compensate:
      id: refund
      serviceTask: { connector: payment.refund, input: { bank: icbc, reference: R-9, reason: 取消 } }
      retry: { initial: PT1S, factor: 1, max: PT1S, attempts: 5 }
    boundary:
      - { id: used, error: { code: payment.reference-used }, next: over }
  - { id: regret, throw: { compensation: book } }
  - { id: over, end: over }
`),
    );
    for (const order of ['SO-9', 'SO-10']) {
      const live = await rig.begin(pay, { order });
      await eventually(
        () => live.row(),
        ({ state }) => state === 'COMPLETED',
      );
    }
    const payments = await rig.db.tenant('tianhe', (trx) =>
      trx.query('select order_number as "order", amount, refund_reason as reason, refunded_at is not null as refunded from payment'),
    );
    expect(payments).toEqual([{ order: 'SO-9', amount: '8.00', reason: '取消', refunded: true }]);
    const effects = await rig.db.tenant('tianhe', (trx) => trx.query('select connector from connector_effect order by done_at'));
    expect(effects).toEqual([{ connector: 'payment.book' }, { connector: 'payment.refund' }]);
  });
});
