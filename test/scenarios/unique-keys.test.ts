import { withUniqueKeys } from '../../cli/live/unique-keys';
import { compileForTest } from '../../engine/compile/compile-for-test';
import type { CompiledDealership } from '../../engine/compile/deployment';
import { readScenario, type Scenario } from '../../engine/language/scenario';
import { compilePorts } from '../../server/definitions-folder';

const process = (key: string, form: string) => [
  {
    path: 'p.yaml',
    text: `process: sale
key: =order.number
start: [{ form: order, roles: [clerk], result: order }]
variables: { order: { $ref: form:order } }
steps:
  - { id: told, receiveTask: { message: { name: ${key}, key: =order.number } } }
  - { id: done, end: done }
`,
  },
  { path: 'f.yaml', text: `form: order\ntitle: { zh: 单, en: Order }\nschema: ${form}\n` },
];

function unique(form: string, scenario: string): Scenario {
  const files = process('paid', form);
  const { dealerships, findings } = compileForTest(files, compilePorts);
  expect(findings.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([]);
  const read = readScenario({ path: 's.yaml', text: `scenario: s\nprocess: sale\n${scenario}` }).scenario as Scenario;
  return withUniqueKeys(read, dealerships['test'] as CompiledDealership, '0123456789');
}

const open = '{ type: object, properties: { number: { type: string }, note: { type: string } } }';

describe('[L10.12] unique keys', () => {
  it('take the place of the business key in all data of a scenario, and of nothing else', () => {
    const { variables, steps } = unique(
      open,
      `start: { order: { number: SO-1, note: "SO-1 and SO-12" } }
steps:
  - message: { name: paid, key: SO-1, variables: { of: SO-1 } }
  - expect: { ended: done, variables: { order.number: SO-1 } }
`,
    );
    expect(variables).toEqual({ order: { number: 'SO-10123456789', note: 'SO-10123456789 and SO-12' } });
    expect(steps.map(({ action }) => action)).toMatchObject([
      { kind: 'message', name: 'paid', key: 'SO-10123456789', variables: { of: 'SO-10123456789' } },
      { kind: 'expect', expectation: { variables: { 'order.number': 'SO-10123456789' } } },
    ]);
  });

  it('keep the form that the start form wants', () => {
    const form = '{ type: object, properties: { number: { type: string, pattern: "^SO-[0-9]{4}$" } } }';
    const { variables } = unique(form, 'start: { order: { number: SO-0001 } }\nsteps: [{ expect: { state: ACTIVE } }]\n');
    expect(variables).toEqual({ order: { number: 'SO-6789' } });
  });

  it('stay where no other key fits', () => {
    const form = '{ type: object, properties: { number: { type: string, enum: [only] } } }';
    const { variables } = unique(form, 'start: { order: { number: only } }\nsteps: [{ expect: { state: ACTIVE } }]\n');
    expect(variables).toEqual({ order: { number: 'only' } });
  });

  it('leave days as they are: another one would have other deadlines', () => {
    const { variables } = unique(open, 'start: { order: { number: "2026-03-02" } }\nsteps: []\n');
    expect(variables).toEqual({ order: { number: '2026-03-02' } });
  });
});
