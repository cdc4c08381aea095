import { compileRegister } from '../../engine/compile/compile-register';
import type { Finding } from '../../engine/compile/deployment';
import { Report } from '../../engine/compile/report';
import { readDocument } from '../../engine/language/documents';
import { formatFinding } from '../../engine/language/finding';
import { checkSchema } from '../../engine/language/schema-check';
import { compileTexts } from './compile-steps';
import { ports } from './definition-files';

function compile(text: string) {
  const { document, findings } = readDocument({ path: '1.yaml', text });
  if (document === undefined) throw new Error(findings.map(formatFinding).join('\n'));
  const said: Finding[] = [...checkSchema(document)];
  const register = said.length > 0 ? undefined : compileRegister(new Report(document, said), ports);
  return { register, findings: said.map(formatFinding) };
}

const contracts = `register: contracts
key: number
columns:
  number: { type: string, maxLength: 40 }
  salesman: { type: string, format: user }
  dueOn: { type: string, format: date }
  amount: { type: string, format: money }
  received: { type: string, format: money, writers: [finance] }
`;

describe('a register', () => {
  it('[L21.1] has typed columns, of which those of the key and those that are required must have a value', () => {
    const { register, findings } = compile(`${contracts}required: [amount]\nunique: [[salesman, dueOn]]\nindexes: [dueOn]\n`);
    expect(findings).toEqual([]);
    expect(register?.key).toEqual(['number']);
    expect(register?.columns.map(({ name, type, required }) => [name, type.kind, required])).toEqual([
      ['number', 'string', true],
      ['salesman', 'string', false],
      ['dueOn', 'date', false],
      ['amount', 'money', true],
      ['received', 'money', false],
    ]);
    expect(register?.unique).toEqual([['salesman', 'dueOn']]);
    expect(register?.indexes).toEqual([['dueOn']]);
    expect(register?.columns[0]?.schema).toEqual({ type: 'string', maxLength: 40 });
  });

  it('[L21.1] refuses columns of objects and lists, and a key that is no column', () => {
    expect(compile('register: r\nkey: a\ncolumns: { a: { type: object } }\n').findings).toEqual([expect.stringMatching(/columns|type/u)]);
    expect(compile(contracts.replace('key: number', 'key: nummer')).findings).toEqual([
      '1.yaml:2:6: error unknown-column: there is no column "nummer"; did you mean "number"?',
    ]);
  });

  it('[L21.2] computes each column after those that it reads, whatever their order, with its type', () => {
    const computed = 'computed: { overdue: "=outstanding > 0 and dueOn < today()", outstanding: =amount - received }\n';
    const { register, findings } = compile(contracts + computed);
    expect(findings).toEqual([]);
    expect(register?.computed.map(({ name, type }) => [name, type.kind])).toEqual([
      ['outstanding', 'money'],
      ['overdue', 'boolean'],
    ]);
  });

  it('[L21.2] refuses computed columns that read each other, unknown columns, and names that are taken', () => {
    expect(compile(`${contracts}computed: { a: "=b", b: "=a + 1" }\n`).findings).toEqual([
      expect.stringContaining('error computed-cycle: the computed columns "a", "b" read each other'),
    ]);
    expect(compile(`${contracts}computed: { left: =amount - recieved }\n`).findings).toEqual([
      expect.stringMatching(/error expression: .*"recieved".*did you mean "received"/u),
    ]);
    expect(compile(`${contracts}computed: { amount: =received }\n`).findings).toEqual([
      expect.stringContaining('error duplicate-id: there is a column "amount" already'),
    ]);
    expect(compile(`${contracts}computed: { left: =amount - received }\nindexes: [left]\n`).findings).toEqual([
      expect.stringContaining('error unknown-column: "left" is computed'),
    ]);
  });

  it('[L21.3] is read by everybody and written by nobody unless it says who', () => {
    const { register } = compile(contracts);
    expect(register).toMatchObject({ readers: null, writers: [] });
    expect(register?.columns.at(-1)).toMatchObject({ name: 'received', writers: ['finance'] });
    expect(compile(`${contracts}readers: [clerk]\nwriters: [clerk]\n`).register).toMatchObject({ readers: ['clerk'], writers: ['clerk'] });
  });

  it('[L21.4] comes to a dealership with a duty, and with it what it refers to; its rows have a type', () => {
    const customers = 'register: customers\nkey: name\ncolumns: { name: { type: string } }\n';
    const withCustomer = contracts.replace('  salesman:', '  customer: { type: string, references: customers }\n  salesman:');
    const process = (field: string) => `process: p
variables: { contract: { $ref: register:contracts } }
steps:
  - { id: wait, waitFor: =contract.${field} > 0 }
  - { id: done, end: done }
`;
    const duty = 'duty: d\nprocesses: [p]\nregisters: [contracts]\n';
    const dealership = 'dealership: house\nduties: [d]\nroles: { clerk: [c@house], finance: [f@house], sales-manager: [m@house] }\n';
    const right = compileTexts(withCustomer, customers, process('amount'), duty, dealership);
    expect(right.findings.map(formatFinding)).toEqual([]);
    expect(Object.keys(right.dealerships['house']?.registers ?? {})).toEqual(['contracts', 'customers']);
    const wrong = compileTexts(withCustomer, customers, process('amuont'), duty.replace('contracts', 'contract'), dealership);
    expect(wrong.findings.map(formatFinding)).toEqual([
      expect.stringMatching(/"amuont".*did you mean "amount"/u),
      expect.stringContaining('error unknown-register: there is no register "contract"; did you mean "contracts"?'),
    ]);
  });
});

describe('a step that works in a register', () => {
  const process = (register: string) => `process: enter
variables: { number: { type: string } }
steps:
  - { id: enter, serviceTask: { connector: register.upsert, input: { register: ${register}, values: { number: =number } } } }
`;
  const dealership = 'duty: entering\nprocesses: [enter]\n';
  const own = 'dealership: own\nduties: [entering]\nroles: {}\n';

  it('[L21.4] brings the register to the dealership, with what that refers to', () => {
    const referring = contracts.replace('salesman: { type: string, format: user }', 'salesman: { type: string, references: people }');
    const people = 'register: people\nkey: id\ncolumns: { id: { type: string } }\n';
    const { dealerships } = compileTexts(referring, people, process('contracts'), dealership, own);
    expect(Object.keys(dealerships['own']?.registers ?? {})).toEqual(['contracts', 'people']);
    const computed = compileTexts(contracts, process('=number'), dealership, own);
    expect(computed.dealerships['own']?.registers).toEqual({});
  });

  it('[L21.4] names one that there is', () => {
    const found = compileTexts(contracts, process('contrakts'), dealership, own).findings.filter(({ severity }) => severity === 'error');
    expect(found.map(formatFinding)).toEqual([
      '2.yaml:4:80: error unknown-register: there is no register "contrakts"; did you mean "contracts"?',
    ]);
  });
});
