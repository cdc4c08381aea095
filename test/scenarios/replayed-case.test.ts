import { replayCase } from '../../cli/against/replayed-case';
import { compileForTest } from '../../engine/compile/compile-for-test';
import { readScenario, type Scenario } from '../../engine/language/scenario';
import { compilePorts } from '../../server/definitions-folder';

const original = `process: sale
steps:
  - id: review
    userTask: { assign: { roles: [clerk] }, outcomes: [approve, reject], due: { after: PT4H } }
  - id: how
    exclusive:
      - { id: no, when: '=review.outcome = "reject"', do: [{ id: lost, end: lost }] }
      - { id: yes, default: true }
  - { id: ask, serviceTask: { connector: http.request, input: { url: "http://127.0.0.1:1/" } } }
  - { id: deliver, userTask: { assign: { roles: [warehouse] } } }
  - { id: sold, end: sold }
`;

const recorded = `scenario: recorded
process: sale
start: {}
steps:
  - expect: { tasks: [review], candidates: { review: [clerk] }, due: { review: 2026-03-02T05:00:00.000Z } }
  - { complete: review, as: clerk@test, outcome: approve }
  - expect: { tasks: [], waits: [ask] }
  - { answer: ask, output: {} }
  - expect: { tasks: [deliver], candidates: { deliver: [warehouse] } }
  - { complete: deliver, as: warehouse@test }
  - expect: { ended: sold, tasks: [], ran: { review: 1, ask: 1, deliver: 1 } }
`;

const orderForm =
  'form: order\ntitle: { zh: 单, en: Order }\nschema: { type: object, required: [number], properties: { number: { type: string, examples: [A-1] } } }\n';

/** What goes otherwise where a text of the process is another. */
async function differences(...changes: [from: string, to: string][]): Promise<string[]> {
  const text = changes.reduce((changed, [from, to]) => {
    expect(changed).toContain(from);
    return changed.replace(from, to);
  }, original);
  const files = [{ path: 'p.yaml', text }, ...(text.includes('form: order') ? [{ path: 'f.yaml', text: orderForm }] : [])];
  const { dealerships, findings } = compileForTest(files, compilePorts);
  expect(findings.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([]);
  const { scenario } = readScenario({ path: 'r.yaml', text: recorded });
  return (await replayCase(scenario as Scenario, dealerships['test'])).map(({ kind, line, text: words }) => `${kind} ${line}: ${words}`);
}

describe('[L10.14] a recorded case on changed definitions', () => {
  it('goes as it went where nothing has changed', async () => {
    expect(await differences()).toEqual([]);
  });

  it('tells a due date', async () => {
    expect(await differences(['PT4H', 'PT90M'])).toEqual([
      'date 5: "review" is due 2026-03-02T10:30:00+08:00 in place of 2026-03-02T13:00:00+08:00, 2 h 30 min earlier',
    ]);
  });

  it('tells who may, and goes on with somebody who may', async () => {
    expect(await differences(['roles: [clerk]', 'roles: [finance]'])).toEqual([
      'people 5: candidates of "review": [finance] in place of [clerk]',
      'people 6: "complete review" as "clerk@test" is refused (not-a-candidate); "finance@test" could do it',
    ]);
  });

  it('takes a step that comes in between as done', async () => {
    const check = '  - { id: check, userTask: { assign: { roles: [finance] } } }\n';
    expect(await differences(['  - { id: ask,', `${check}  - { id: ask,`])).toEqual([
      'way 7: "check" comes in between, for [finance]; taken as done by "finance@test"',
      'way 11: "check" runs once, which was not so',
    ]);
  });

  it('leaves out what no longer fits, and tells that it never ends', async () => {
    const told = await differences([
      '  - { id: ask, serviceTask: { connector: http.request, input: { url: "http://127.0.0.1:1/" } } }\n',
      '',
    ]);
    expect(told).toEqual([
      'way 7: "deliver" is open as well',
      'way 7: "ask" is not waited for',
      expect.stringMatching(/^way 8: "answer ask" no longer fits and is left out: connector-not-waiting/u),
      'way 11: "ask" runs never in place of once',
    ]);
  });

  it('tells another end', async () => {
    const told = await differences(['"reject"', '"approve"']);
    expect(told).toContain('end 11: it ends as "lost" in place of "sold"');
    expect(told).toContain('way 11: "deliver" runs never in place of once');
  });

  it('tells a start that is not taken any more, and begins with what its form wants', async () => {
    const told = await differences(['steps:\n', 'start: [{ form: order, roles: [clerk], result: order }]\nsteps:\n']);
    expect(told).toEqual([expect.stringMatching(/^way 3: it does not begin as it did: refused: form-invalid/u)]);
  });

  it('tells that there is no such process any more', async () => {
    const { scenario } = readScenario({ path: 'r.yaml', text: recorded });
    expect(await replayCase(scenario as Scenario, undefined)).toEqual([
      { kind: 'way', line: 1, text: 'there is no dealership "test" any more' },
    ]);
  });
});
