import { Checker } from '../../engine/analyse/check';
import { compileDefinitions } from '../../engine/compile/compile';
import { publishersOf } from '../../engine/compile/publishers';
import { runScenario } from '../../engine/language/run-scenario';
import { readScenario } from '../../engine/language/scenario';
import { createSimulator } from '../../engine/simulate/simulator';
import { ports } from './definition-files';

const process = `process: p
start: [{ form: f, roles: [clerk], result: order }]
steps:
  - { id: paid, message: { name: bank.paid, key: x } }
  - { id: told, signal: =order.signal }
`;
const form = 'form: f\nschema: { type: object, properties: { signal: { type: string } } }\n';
const duty = (id: string, said = '') => `duty: ${id}\nprocesses: [p]\n${said}`;
const house = (said = '') =>
  `dealership: d\nduties: [one, two]\nroles: { clerk: [c@d], finance: [f@d], bank: [b@d], admin: [a@d] }\n${said}`;

/** What is compiled of a process, two duties and a dealership, and what is said of them. */
function checked(one: string, two: string, own: string) {
  const texts = [process.replace('key: x', 'key: =string(1)'), form, duty('one', one), duty('two', two), house(own)];
  const files = texts.map((text, index) => ({ path: `${index}.yaml`, text }));
  const { findings } = new Checker(ports).check(files, {});
  return {
    dealership: compileDefinitions(files, ports).dealerships['d']!,
    findings: findings.map(({ file, line, rule, message, remedy }) => `${file}:${line} ${rule}: ${message}; ${remedy}`),
  };
}

describe('who publishes what', () => {
  it('[L9.4] is what the duties say together; what the dealership says of a name takes its place', () => {
    const one = 'messages: { bank.paid: { publishers: [finance] } }\nsignals: { ship-time.*: { publishers: [clerk] } }\n';
    const { dealership, findings } = checked(one, 'messages: { bank.paid: { publishers: [bank] } }\n', '');
    expect(findings).toEqual([]);
    expect(publishersOf(dealership.publishers, 'messages', 'bank.paid')).toEqual(['finance', 'bank', 'admin']);
    expect(publishersOf(dealership.publishers, 'signals', 'bank.paid')).toBeUndefined();
    expect(publishersOf(dealership.publishers, 'signals', 'ship-time.SO-1')).toEqual(['clerk', 'admin']);
    expect(publishersOf(dealership.publishers, 'signals', 'ship-time')).toBeUndefined();
    const own = checked(one, '', 'messages: { bank.paid: { publishers: [bank] } }\n').dealership;
    expect(publishersOf(own.publishers, 'messages', 'bank.paid')).toEqual(['bank', 'admin']);
    expect(checked('', '', '').dealership.publishers).toBeUndefined();
  });

  it('[L9.4] is by the whole name before a beginning, and by a longer beginning before a shorter', () => {
    const publishers = { messages: { 'a.*': ['x'], 'a.b.*': ['y'], 'a.b.c': ['z'] }, signals: {} };
    expect(['a.b.c', 'a.b.d', 'a.c', 'ab'].map((name) => publishersOf(publishers, 'messages', name)?.[0])).toEqual([
      'z',
      'y',
      'x',
      undefined,
    ]);
  });

  it('[L9.4] is warned of where nobody awaits the name, or the dealership lacks the role', () => {
    expect(
      checked('messages: { bank.payd: { publishers: [finnance] } }\n', '', 'signals: { told: { publishers: [bnak] } }\n').findings,
    ).toEqual([
      '2.yaml:3 publishers-without-effect: no process awaits the message "bank.payd", so nobody is kept from anything; did you mean "bank.paid"?',
      '4.yaml:3 role-without-anybody: the message "bank.payd" is left to the role "finnance", which this dealership does not have; did you mean "finance"?',
      '4.yaml:4 role-without-anybody: the signal "told" is left to the role "bnak", which this dealership does not have; did you mean "bank"?',
    ]);
    const wrong = checked('messages: { "bank*": { publishers: [] } }\n', '', '').findings.join('\n');
    expect(wrong).toContain('for example payment.received, or ship-time.*');
  });

  it('[L9.4] [L10.5] holds in scenarios as it does at the API', async () => {
    const { dealership } = checked('messages: { bank.paid: { publishers: [finance] } }\n', 'signals: { go: { publishers: [bank] } }\n', '');
    const text = `scenario: s
process: p
dealership: d
start: { order: { signal: go } }
steps:
  - { message: { name: bank.paid, key: "1" }, as: c@d, refused: not-a-publisher }
  - { message: { name: bank.paid, key: "1" }, as: f@d }
  - { signal: go, as: f@d, refused: not-a-publisher }
  - { signal: go, as: b@d }
  - expect: { ended: true }
`;
    const { scenario } = readScenario({ path: 's.yaml', text });
    expect((await runScenario(scenario!, dealership, createSimulator(dealership))).failures).toEqual([]);
  });
});
