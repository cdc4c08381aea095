import { compileDefinitions } from '../../engine/compile/compile';
import { unknownUsers, usersNamedIn } from '../../engine/language/named-users';
import { runScenario } from '../../engine/language/run-scenario';
import { readScenario } from '../../engine/language/scenario';
import { checkScenarioReferences } from '../../engine/language/scenario-references';
import { createSimulator } from '../../engine/simulate/simulator';
import { ports } from './definition-files';

const user = { type: 'string', format: 'user' };
const form = `form: f
schema: { type: object, properties: { to: { type: string, format: user }, text: { type: string } } }
`;
const process = `process: p
start: [{ form: f, roles: [clerk], result: order }]
steps:
  - { id: ask, userTask: { assign: { users: [=order.to] }, form: f } }
`;
const report = 'report: daily\nfrom: cases\nmeasures: { cases: count }\nreaders: [clerk]\n';
const duty = 'duty: one\nprocesses: [p]\nreports: [daily]\n';
const house = (more = '') => `dealership: d\nduties: [one]\nroles: { clerk: [li@d], finance: [wang@d] }\n${more}`;

function compiled(...texts: string[]) {
  const files = [form, process, duty, ...texts].map((text, index) => ({ path: `${index}.yaml`, text }));
  const { dealerships, findings } = compileDefinitions(files, ports);
  return {
    dealerships,
    findings: findings.map(
      ({ file, line, severity, rule, message, remedy }) => `${file}:${line} ${severity} ${rule}: ${message}; ${remedy}`,
    ),
  };
}

/** What is said of a scenario before it runs, and how it goes all the same. */
async function played(rest: string) {
  const { dealerships } = compiled(report, house());
  const text = `scenario: s\nprocess: p\ndealership: d\n${rest}`;
  const { scenario, findings } = readScenario({ path: 's.yaml', text });
  if (scenario === undefined) throw new Error(JSON.stringify(findings));
  const said = checkScenarioReferences(scenario, dealerships).map(
    ({ line, column, rule, message, remedy }) => `${line}:${column} ${rule}: ${message}; ${remedy}`,
  );
  const { failures } = await runScenario(scenario, dealerships['d']!, createSimulator(dealerships['d']!));
  return { said, failures: failures.map(({ actual }) => actual) };
}

describe('users in data', () => {
  it('[L7.1] are found under the format "user", in fields and items of lists', () => {
    const schema = { properties: { to: user, all: { items: user }, deep: { properties: { 'a/b': user } }, text: { type: 'string' } } };
    const data = { to: 'li', all: ['wang', 3, null], deep: { 'a/b': 'zhao' }, text: 'li', other: 'li' };
    expect(usersNamedIn(schema, data)).toEqual([
      { pointer: '/to', user: 'li' },
      { pointer: '/all/0', user: 'wang' },
      { pointer: '/deep/a~1b', user: 'zhao' },
    ]);
    expect([usersNamedIn(schema, null), usersNamedIn(undefined, data), usersNamedIn(schema, { constructor: 'x' })]).toEqual([[], [], []]);
  });

  it('[L7.1] are told with the nearest name, in both languages', () => {
    const named = [
      { pointer: '/to', user: 'lii@d' },
      { pointer: '/by', user: 'li@d' },
    ];
    expect(unknownUsers(named, new Set(['li@d']), 'en')).toEqual([
      { pointer: '/to', code: 'unknown-user', message: '"lii@d" is no user of this dealership; did you mean "li@d"?' },
    ]);
    expect(unknownUsers(named, new Set(['li@d']), 'zh')[0]?.message).toBe('"lii@d" 不是本店的用户；是否应为 "li@d"？');
    expect(unknownUsers([{ pointer: '', user: 'somebody' }], new Set(), 'en')[0]?.message).toBe('"somebody" is no user of this dealership');
  });
});

describe('people in scenarios', () => {
  it('[L10.1] [L10.3] have a role at the dealership, in fields and as who does a step', async () => {
    expect(await played('start: { order: { to: wnag@d } }\nas: l@d\nsteps: []\n')).toEqual({
      said: [
        '5:5 unknown-user: dealership "d" has no user "l@d"; did you mean "li@d"?',
        '4:23 unknown-user: dealership "d" has no user "wnag@d"; did you mean "wang@d"?',
      ],
      failures: [expect.stringContaining('refused: form-invalid')],
    });
    const step = '  - { complete: ask, as: wang@dd, with: { to: nobody@x, text: a } }\n';
    expect((await played(`start: { order: { to: wang@d } }\nsteps:\n${step}`)).said).toEqual([
      '6:26 unknown-user: dealership "d" has no user "wang@dd"; did you mean "wang@d"?',
      expect.stringContaining('unknown-user: dealership "d" has no user "nobody@x"'),
    ]);
    expect((await played('start: { order: { to: wang@d } }\nsteps:\n  - { delegate: ask, as: wang@d, to: zhao@d }\n')).said).toHaveLength(
      1,
    );
  });

  it('[L10.1] [L10.8] may be anybody where they are meant to be refused', async () => {
    const nothing = { said: [], failures: [] };
    expect(await played('start: { order: { to: wnag@d } }\nrefused: form-invalid\nsteps: []\n')).toEqual(nothing);
    const step = '  - { complete: ask, as: wang@d, with: { to: wnag@d }, refused: form-invalid }\n';
    expect(await played(`start: { order: { to: wang@d } }\nsteps:\n${step}`)).toEqual(nothing);
  });

  it('[L10.1] fill in no field that the form does not have', async () => {
    expect((await played('start: { order: { to: wang@d, txt: a } }\nsteps: []\n')).said).toEqual([
      '4:31 unknown-field: form "f" has no field "txt"; did you mean "text"?',
    ]);
    const step = '  - { complete: ask, with: { colour: red } }\n';
    expect((await played(`start: { order: { to: wang@d } }\nsteps:\n${step}`)).said).toEqual([
      '6:30 unknown-field: form "f" has no field "colour"; leave it out, or add it to the form',
    ]);
  });
});

describe("a dealership's document", () => {
  const settings = (name: string) => house(`settings: { finance: { reports: [${name}], mail: [a@example.com] } }\n`);

  it('[L9.3] names reports that one of its duties has', () => {
    expect(compiled(report, settings('daily')).findings).toEqual([]);
    expect(compiled(report, settings('dialy')).findings).toEqual([
      '4.yaml:4 error unknown-report: there is no report "dialy"; did you mean "daily"?',
    ]);
    const other = report.replace('daily', 'weekly');
    expect(compiled(report, settings('weekly'), other).findings).toEqual([
      '4.yaml:4 error unknown-report: no duty of this dealership has the report "weekly"; add it to "reports" of one of its duties',
    ]);
  });

  it('[L9.5] says how people are reached who have a role', () => {
    const { dealerships, findings } = compiled(report, house('users: { wang@d: { mail: wang@example.com } }\n'));
    expect([findings, dealerships['d']?.users]).toEqual([[], { 'wang@d': { mail: 'wang@example.com' } }]);
    expect(compiled(report, house('users: { wnag@d: { mail: wang@example.com } }\n')).findings).toEqual([
      '4.yaml:4 warning unknown-user: "wnag@d" has no role at this dealership; did you mean "wang@d"?',
    ]);
    expect(compiled(report, house('users: { wang@d: { mail: wang } }\n')).findings.join()).toContain(
      'write a mail address, for example clerk@example.com',
    );
  });
});
