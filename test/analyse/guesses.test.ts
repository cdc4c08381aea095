import { Checker } from '../../engine/analyse/check';
import { scenarioOf } from '../../engine/analyse/trace-scenario';
import { ports } from '../language/definition-files';

/** The scenario for the step that waits for ever after a choice by the condition. */
async function scenarioFor(condition: string, before = '', variables = '') {
  const text = `process: p
variables: { price: { type: string, format: money }, limit: { type: number }, kind: { type: string }, tags: { type: array, items: { type: string } }, day: { type: string, format: date }, flag: { type: boolean }${variables} }
steps:
  - { id: ask, userTask: { assign: { roles: [clerk] } } }
${before}
  - id: verdict
    exclusive:
      - { id: so, when: '=${condition}', do: [{ id: stuck, waitFor: =false }] }
      - { id: otherwise, default: true, do: [] }
`;
  const checker = new Checker(ports);
  const { findings, sources } = checker.check([{ path: 'p.yaml', text }]);
  const finding = findings.find(({ rule }) => rule === 'deadlock');
  expect(findings.filter(({ severity, rule }) => severity === 'error' && rule !== 'deadlock')).toEqual([]);
  return finding === undefined ? undefined : scenarioOf(finding, sources, checker);
}

describe('[L1.8] a condition that was assumed', () => {
  it.each([
    ['a number or an amount', 'price > 500000 and limit < 3'],
    ['a text', 'kind = "truck"'],
    ['one of some', 'kind in ("truck", "bus") and limit in [5..7]'],
    ['a truth value', 'flag'],
    ['two numbers', 'limit > count(tags) + 2'],
    ['a member of a list', 'list contains(tags, "old")'],
    ['a date', 'day < date("2020-01-01")'],
    ['something that is missing', 'kind = null or limit = null'],
  ])('is made true by values: %s', async (_, condition) => {
    expect(await scenarioFor(condition)).toEqual({
      text: expect.stringMatching(/\nstart:\n[\s\S]*\n {6}waits:\n {8}- stuck\n/u),
      leadsThere: true,
    });
  });

  it('is made true by an answer, by a message, and by hand where a step computes it', async () => {
    const fetch = '  - { id: fetch, serviceTask: { connector: http.request, input: { method: GET, url: "http://127.0.0.1/" } } }';
    expect((await scenarioFor('fetch.body.status = "bad"', fetch))?.text).toContain('status: bad');
    const message = '  - { id: paid, receiveTask: { message: { name: paid, key: =kind } } }';
    expect((await scenarioFor('paid.amount > 7', message))?.text).toMatch(
      /message:\n +name: paid\n +key: text\n +variables:\n +amount: 8\n/u,
    );
    const computed =
      '  - { id: sum, scriptTask: { set: { total: =limit * 2 } } }\n  - { id: rest, userTask: { assign: { roles: [clerk] } } }';
    expect(await scenarioFor('total > 100', computed, ', total: { type: number }')).toEqual({
      text: expect.stringMatching(/- set:\n +total: 101\n/u),
      leadsThere: true,
    });
  });

  it('is named in the comment where no values are found, and the scenario plays up to it', async () => {
    expect(await scenarioFor('matches(kind, "^[a-z]{3}-[0-9]+$")')).toEqual({
      text: expect.stringContaining('# assumed: "matches(kind, "^[a-z]{3}-[0-9]+$")" at "so" is true\n'),
      leadsThere: false,
    });
  });
});
