import { CONNECTORS } from '../../activities/connectors';
import { compileForTest } from '../../engine/compile/compile-for-test';
import { CONNECTOR_SIGNATURES, mayThrow } from '../../engine/connectors/catalogue';
import { formatFinding } from '../../engine/language/finding';
import { compileTexts } from './compile-steps';
import { ports } from './definition-files';

const cars = `register: cars
key: vin
columns: { vin: { type: string }, price: { type: string, format: money }, seats: { type: integer } }
computed: { dear: =price > 100000 }
`;
const house = 'duty: all\nprocesses: [p]\n';
const dealership = 'dealership: house\nduties: [all]\nroles: {}\n';
const process = (task: string, after = '') => `process: p
variables: { order: { type: object, properties: { number: { type: string }, price: { type: string, format: money } } } }
steps:
  - id: a
    serviceTask: ${task}
${after}`;

function findingsOf(task: string, after = ''): string[] {
  const { findings } = compileTexts(process(task, after), cars, house, dealership);
  return findings
    .filter(({ severity }) => severity !== 'note')
    .map((finding) => formatFinding(finding).replace(/^\d\.yaml:\d+:\d+: /u, ''));
}

describe('a connector in a step', () => {
  it('[L4.5] is one that there is', () => {
    expect(findingsOf('{ connector: http.reqest, input: { url: "http://127.0.0.1/" } }')).toEqual([
      'error unknown-connector: there is no connector "http.reqest"; did you mean "http.request"?',
    ]);
    expect(findingsOf('{ connector: imported.sendFax }')).toEqual([
      expect.stringMatching(/^warning unknown-connector: there is no connector "imported.sendFax"; the imported model does this/u),
    ]);
  });

  it('[L4.5] may have any name where a scenario answers in its place, without a dealership', () => {
    expect(compileForTest([{ path: 'p.yaml', text: process('{ connector: fax.send }') }], ports).findings).toEqual([]);
  });

  it.each([
    [
      '{ connector: http.request, input: { urll: "http://127.0.0.1/" } }',
      ['error unknown-input: connector "http.request" takes no "urll"; did you mean "url"?'],
    ],
    ['{ connector: http.request }', ['error input-missing: connector "http.request" wants "url"; give it: "url: ..."']],
    [
      '{ connector: vehicle.reserve, input: { order: =order.number } }',
      ['error input-missing: connector "vehicle.reserve" wants "vin"; give it: "vin: ..."'],
    ],
    [
      '{ connector: payment.book, input: { bank: ICBC, reference: R1, order: 12, amount: =order.price } }',
      ['error connector-input: "order" of connector "payment.book": must be string; write a text'],
    ],
    [
      '{ connector: sequence.next, input: { sequence: CK, digits: =order.number } }',
      [
        'error connector-input: "digits" of connector "sequence.next" gets a value of the type "string"; write an expression that gives a whole number',
      ],
    ],
    [
      '{ connector: http.request, input: { url: "http://127.0.0.1/", headers: { a: =1 } } }',
      [
        'error connector-input: "a" of connector "http.request" gets a value of the type "number"; write an expression that gives a text or a map',
      ],
    ],
    [
      '{ connector: payment.book, input: { bank: =order.number, reference: =order.number, order: =order.number, amount: =order.price - 1 } }',
      [],
    ],
    ['{ connector: http.request, input: { url: =order.number, body: { deep: [{ any: =order.price }] } } }', []],
  ])('[L4.5] takes what its signature says: %s', (task, wanted) => {
    expect(findingsOf(task)).toEqual(wanted);
  });

  it.each([
    ['register.find', 'where: { vni: x }', 'error unknown-column: register "cars" has no column "vni"; did you mean "vin"?'],
    [
      'register.find',
      'filters: [{ column: pric, op: eq, value: 1 }]',
      'error unknown-column: register "cars" has no column "pric"; did you mean "price"?',
    ],
    [
      'register.insert',
      'values: { seats: =order.number }',
      expect.stringMatching(/^error connector-input: "seats" of connector "register.insert" gets a value of the type "string"/u),
    ],
    [
      'register.insert',
      'values: { price: 12 }',
      expect.stringMatching(/^error connector-input: "price" .*must be string; write an amount as text/u),
    ],
  ])('[L21.4] %s knows the columns of its register: %s', (connector, input, wanted) => {
    expect(findingsOf(`{ connector: ${connector}, input: { register: cars, ${input} } }`)).toEqual([wanted]);
  });

  it('[L4.5] gives a result of a known type, with the rows of its register', () => {
    const read = (expression: string) =>
      findingsOf(
        '{ connector: register.find, input: { register: cars } }',
        `  - { id: b, scriptTask: { set: { order: "={ number: ${expression}, price: null }" } } }\n`,
      );
    expect(read('a.row.vin')).toEqual([]);
    expect(read('if a.row.dear then \\"x\\" else \\"y\\"')).toEqual([]);
    expect(read('a.row.vim')).toEqual([expect.stringContaining('there is no member "vim"; did you mean "vin"?')]);
    expect(read('a.rowz')).toEqual([expect.stringContaining('there is no member "rowz"')]);
  });

  it('[L6.5] throws only its own errors', () => {
    expect(mayThrow('payment.book', 'payment.reference-used')).toBe(true);
    expect(mayThrow('payment.book', 'payment.reference-usd')).toBe(false);
    expect(mayThrow('payment.book', 'connector.failed')).toBe(true);
    expect(mayThrow('http.request', 'http.404')).toBe(true);
    expect(mayThrow('http.request', 'http.4040')).toBe(false);
    expect(mayThrow('imported.sendFax', 'anything')).toBe(true);
  });
});

describe('the catalogue', () => {
  it('[L4.5] holds each connector that runs, as it runs', () => {
    expect([...CONNECTOR_SIGNATURES.keys()].sort()).toEqual(CONNECTORS.map(({ name }) => name).sort());
    for (const { name, input, output, errors } of CONNECTORS) expect({ input, output, errors }).toEqual(CONNECTOR_SIGNATURES.get(name));
  });
});
