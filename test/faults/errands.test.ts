import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { differences, prepareFold, query } from './check';
import { type Answer, type Call, NoAnswerError, Product, pause, type StartOptions } from './rig';

const TEST_MS = 600_000;
/** An activity that was under way when it was killed is tried again after half a minute. */
const WITHIN_MS = 120_000;

const teller = `process: teller
title: 转达
key: =about.number
start:
  - { id: asked, message: { name: teller.go }, result: about }
variables: { about: { type: [object, "null"], properties: { number: { type: string } } } }
steps:
  - { id: tell, throw: { message: { name: teller.told, key: =about.number, timeToLive: P1D } } }
  - { id: begin, callActivity: { process: told, detached: true, input: { number: =about.number } } }
  - { id: call, throw: { signal: teller.called } }
`;
const told = `process: told
title: 听到
key: =number
variables: { number: { type: string } }
steps:
  - { id: hear, userTask: { assign: { roles: [clerk] } } }
`;
const heard = `process: heard
title: 听到信号
start:
  - { id: called, signal: teller.called }
steps:
  - { id: answer, userTask: { assign: { roles: [clerk] } } }
`;

/** A product with a process that a message starts, and that sends out a message, a case and a signal. */
async function makeProduct(): Promise<Product> {
  const product = await Product.create();
  const write = (place: string, text: string) => writeFileSync(path.join(product.definitions, place), text);
  for (const [id, text] of Object.entries({ teller, told, heard })) write(`base/processes/${id}.yaml`, text);
  write('duties/errands.yaml', 'duty: errands\ntitle: 转达\nprocesses: [teller, told, heard]\ncovers: ["1.0"]\n');
  const place = path.join(product.definitions, 'dealerships', 'tianhe.yaml');
  const text = readFileSync(place, 'utf8');
  const more = text.replace(/^duties: \[/m, 'duties: [errands, ');
  expect(more).not.toBe(text);
  writeFileSync(place, more);
  return product;
}

interface Counts {
  tellers: number;
  ended: number;
  told: number;
  heard: number;
  messages: number;
}

async function counts(product: Product): Promise<Counts> {
  const [row] = await query<Counts>(
    product.databaseUrl(),
    `select (select count(*)::integer from process_instance where process_id = 'teller') as tellers,
       (select count(*)::integer from process_instance where process_id = 'teller' and state = 'COMPLETED') as ended,
       (select count(*)::integer from process_instance where process_id = 'told') as told,
       (select count(*)::integer from process_instance where process_id = 'heard') as heard,
       (select count(*)::integer from message where name = 'teller.told') as messages`,
  );
  return row as Counts;
}

/** Repeats a call with its key until it is answered. */
async function askPatiently(product: Product, call: Call): Promise<Answer> {
  for (const deadline = Date.now() + WITHIN_MS; ; await pause(500)) {
    try {
      return await product.ask(call);
    } catch (error) {
      if (!(error instanceof NoAnswerError) || Date.now() > deadline) throw error;
    }
  }
}

describe('killed with its servers while a case sends things out, the product', () => {
  it.concurrent.each<[NonNullable<StartOptions['failpoint']>]>([['worker.before-errand'], ['worker.after-errand-before-report:2']])(
    '%s sends each of them once',
    async (failpoint) => {
      const product = await makeProduct();
      try {
        await product.start({ failpoint });
        await prepareFold(product);
        const body = { name: 'teller.go', correlationKey: 'x', variables: { number: 'T-1' } };
        const call = { role: 'clerk', method: 'POST' as const, path: '/v1/messages/publication', body, key: 'go' };
        await product.ask(call).catch((error: unknown) => expect(error).toBeInstanceOf(NoAnswerError));
        await product.awaitDeath(30_000);
        expect(product.isKilled).toBe(true);
        await product.start();
        expect(await differences(product, { complete: false })).toEqual([]);
        expect((await askPatiently(product, call)).body['state']).toBe('CORRELATED');
        const wanted = { tellers: 1, ended: 1, told: 1, heard: 1, messages: 1 };
        const isDone = async () => JSON.stringify(await counts(product)) === JSON.stringify(wanted);
        for (const deadline = Date.now() + WITHIN_MS; !(await isDone()) && Date.now() < deadline; ) await pause(250);
        expect(await counts(product)).toEqual(wanted);
        expect(await differences(product, { complete: true })).toEqual([]);
      } finally {
        await product.remove();
      }
    },
    TEST_MS,
  );
});
