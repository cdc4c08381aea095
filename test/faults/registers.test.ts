import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { query } from './check';
import { NoAnswerError, Product, pause } from './rig';

const register = `register: visitors
key: name
columns: { name: { type: string, maxLength: 40 }, visits: { type: integer, default: 1 } }
`;
const process = `process: note-visitor
variables: { name: { type: string }, number: { type: object, default: {}, additionalProperties: true } }
start:
  - { id: come, message: { name: visitor.came, key: =name } }
steps:
  - { id: number, serviceTask: { connector: sequence.next, input: { sequence: visit } } }
  - id: note
    serviceTask: { connector: register.insert, input: { register: visitors, values: { name: =name } } }
    boundary:
      - id: known
        error: { code: register.conflict }
        do:
          - { id: again, serviceTask: { connector: register.update, input: { register: visitors, key: =name, values: { visits: 2 } } } }
`;
/** An activity that was under way when its worker was killed is tried again after half a minute. */
const WITHIN_MS = 120_000;

let product: Product;
beforeAll(async () => {
  product = await Product.create();
  const write = (name: string, text: string) => writeFileSync(path.join(product.definitions, name), text);
  write('visitors.yaml', register);
  write('note-visitor.yaml', process);
  write('reception.yaml', 'duty: reception\nprocesses: [note-visitor]\nregisters: [visitors]\n');
  const dealership = path.join(product.definitions, 'dealerships', 'tianhe.yaml');
  writeFileSync(dealership, readFileSync(dealership, 'utf8').replace(/^duties: \[/mu, 'duties: [reception, '));
});
afterAll(() => product.remove());

const rows = <Row>(statement: string) => query<Row>(product.databaseUrl(), statement);

async function come(name: string): Promise<void> {
  const body = { name: 'visitor.came', correlationKey: name, variables: { name }, timeToLive: 'PT1H' };
  await product.ask({ role: 'admin', method: 'POST', path: '/v1/messages/publication', body, key: randomUUID() });
}

async function ended(count: number): Promise<void> {
  for (const deadline = Date.now() + WITHIN_MS; ; await pause(200)) {
    const done = await rows(`select 1 from process_instance where process_id = 'note-visitor' and state = 'COMPLETED'`);
    if (done.length === count) return;
    if (Date.now() > deadline) throw new Error(`${done.length} of ${count} cases ended:\n${product.output}`);
  }
}

it('does what connectors do in registers once, killed after the effect and before the answer', async () => {
  await product.start({ failpoint: 'worker.after-connector-before-report:2' });
  // it may die before it has answered
  await come('li').catch((error: unknown) => expect(error).toBeInstanceOf(NoAnswerError));
  await product.awaitDeath(30_000);
  expect(product.isKilled).toBe(true);
  await product.start();
  // both connectors have done their work; Temporal knows of the first alone
  expect(await rows('select key, version from register_row')).toEqual([{ key: 'li', version: 1 }]);
  await ended(1);
  await come('li');
  await ended(2);
  expect(await rows('select kind, version, element_id from register_change order by change_id')).toEqual([
    { kind: 'insert', version: 1, element_id: 'note' },
    { kind: 'update', version: 2, element_id: 'again' },
  ]);
  expect(await rows('select last from number_sequence')).toEqual([{ last: '2' }]);
}, 400_000);
