import { compileForTest } from '../../engine/compile/compile-for-test';
import { formatFinding } from '../../engine/language/finding';
import { runScenario } from '../../engine/language/run-scenario';
import { readScenario } from '../../engine/language/scenario';
import { checkScenarioReferences } from '../../engine/language/scenario-references';
import { createSimulator } from '../../engine/simulate/simulator';
import { ports } from './definition-files';

/** The failures of a scenario of a process at the dealership that is made for it; `more` are other documents. */
async function play(process: string, steps: string, ...more: string[]): Promise<string[]> {
  const files = [{ path: 'p.yaml', text: `process: p\n${process}` }, ...more.map((text, index) => ({ path: `more${index}.yaml`, text }))];
  const { findings, dealerships } = compileForTest(files, ports);
  const read = readScenario({ path: 's.yaml', text: `scenario: s\nprocess: p\nstart: {}\nsteps:\n${steps}` });
  const { scenario } = read;
  const dealership = dealerships['test'];
  const wrong = [...findings.filter(({ severity }) => severity === 'error'), ...read.findings];
  if (scenario !== undefined) wrong.push(...checkScenarioReferences(scenario, dealerships));
  if (wrong.length > 0 || scenario === undefined || dealership === undefined) return wrong.map(formatFinding);
  const { failures } = await runScenario(scenario, dealership, createSimulator(dealership));
  return failures.map(({ place, message, expected, actual }) => `${place.line} ${message}: ${expected} | ${actual}`);
}

const clerk = 'userTask: { assign: { roles: [clerk, finance] } }';

describe('what a scenario can say', () => {
  it('[L10.2] everything that is listened for, wherever', async () => {
    const process = `variables: { n: { type: integer } }
steps:
  - id: both
    parallel:
      - id: one
        do:
          - id: a
            ${clerk}
            boundary: [{ id: late, timer: { after: P1D } }, { id: off, message: { name: gone, key: '="k"' } }, { id: rung, signal: bell }]
      - { id: two, do: [{ id: known, waitFor: =n > 1 }] }
      - { id: three, do: [{ id: call, callActivity: { process: q } }] }
`;
    const called = 'process: q\nsteps: [{ id: ask, serviceTask: { connector: http.request, input: { url: "http://127.0.0.1:1/x" } } }]\n';
    const all =
      '{ timer: late, at: 2026-03-03T09:00:00+08:00 }, { message: gone, key: k }, { signal: rung }, { condition: known }, { connector: ask }, { call: q }';
    expect(await play(process, `  - expect: { awaits: [${all}] }\n`, called)).toEqual([]);
    const [less] = await play(process, '  - expect: { awaits: [{ timer: late }, { signal: late }] }\n', called);
    expect(less).toContain(
      'awaits: [signal late, timer late] | [call q of call, condition of known, connector of ask, message gone (k) of off',
    );
  });

  it('[L10.2] variables in part, absent, exactly, and of inner scopes', async () => {
    const process = `variables: { order: { default: { number: 7, lines: [{ sku: a, n: 1 }, { sku: b, n: 2 }] } }, none: {} }
steps:
  - { id: inner, subProcess: { variables: { m: { default: 5 } }, steps: [{ id: a, ${clerk} }] } }
`;
    const steps = `  - expect:
      variables: { order.lines.2.sku: b }
      variablesContain: { order: { lines: [{ sku: b }] } }
      variablesAbsent: [none, order.customer]
      variablesExactly: { order: { number: 7, lines: [{ sku: a, n: 1 }, { sku: b, n: 2 }] } }
      variablesOf: { inner: { m: 5 } }
`;
    expect(await play(process, steps)).toEqual([]);
    const wrong = `  - expect:
      variablesContain: { order: { lines: [{ sku: b }, { sku: a }] } }
      variablesAbsent: [order.number]
      variablesExactly: { none: 1 }
      variablesOf: { inner: { m: 6 } }
`;
    expect(await play(process, wrong)).toEqual([
      '6 variable "order": at least {"lines":[{"sku":"b"},{"sku":"a"}]} | {"lines":[{"n":1,"sku":"a"},{"n":2,"sku":"b"}],"number":7}',
      '7 variable "order.number": no value | 7',
      '8 all variables: {"none":1} | {"order":{"lines":[{"n":1,"sku":"a"},{"n":2,"sku":"b"}],"number":7}}',
      '9 "inner": "m": 6 | 5',
    ]);
  });

  it('[L10.2] due dates, priorities, who was notified, comments, errors', async () => {
    const process = `steps:
  - id: a
    userTask: { assign: { roles: [clerk] }, priority: 70, due: { after: PT1H }, overdue: [{ id: boss, after: PT1H, do: { escalate: { roles: [boss] } } }] }
  - id: scope
    subProcess: { steps: [{ id: fails, throw: { error: { code: broken } } }] }
    boundary: [{ id: caught, error: { code: broken } }]
`;
    const steps = `  - expect: { due: { a: 2026-03-02T10:00:00+08:00 }, priorities: { a: 70 } }
  - { comment: a, as: clerk@test, text: soon }
  - { copy: a, as: clerk@test, users: [third@test] }
  - advance: PT3H
  - expect: { notified: { a: [boss, third@test] }, comments: { a: [soon] }, errors: [] }
  - { complete: a, as: clerk@test }
  - expect: { errors: [broken], ran: { caught: 1 }, ended: completed }
`;
    expect(await play(process, steps)).toEqual([]);
    const wrong = '  - expect: { due: { a: 2026-03-02T11:00:00+08:00 }, priorities: { a: 1 }, comments: { a: [x] }, errors: [y] }\n';
    expect(await play(process, wrong)).toEqual([
      '5 due date of "a": 2026-03-02T11:00:00+08:00 | 2026-03-02T02:00:00Z',
      '5 priorities of "a": 1 | 70',
      '5 comments of "a": ["x"] | []',
      '5 errors: [y] | []',
    ]);
  });

  it('[L10.3] gives a task to somebody, and a draft keeps it from being taken back', async () => {
    const process = `steps:
  - { id: a, userTask: { assign: { roles: [clerk, finance] }, withdraw: untilNextBegun } }
  - { id: b, ${clerk} }
`;
    const steps = `  - { assign: a, to: finance@test, as: clerk@test }
  - { assign: a, to: clerk@test, as: finance@test, refused: task-already-assigned }
  - { assign: a, to: clerk@test, as: finance@test, override: true }
  - { complete: a, as: clerk@test }
  - { draft: b, as: nobody@test, refused: not-a-candidate }
  - { draft: b, as: finance@test, with: { text: begun } }
  - { takeBack: a, as: clerk@test, refused: next-has-begun }
`;
    expect(await play(process, steps)).toEqual([]);
  });

  it('[L10.4] goes on to a point in time', async () => {
    const process = `steps: [{ id: a, ${clerk}, boundary: [{ id: late, timer: { after: P1D } }] }]\n`;
    expect(await play(process, '  - advanceTo: 2026-03-03T09:00:00+08:00\n  - expect: { ran: { late: 1 } }\n')).toEqual([]);
    expect(await play(process, '  - advanceTo: 2026-03-01T09:00:00+08:00\n')).toEqual(['5 advanceTo: a time to come | that time is past']);
  });

  it('[L10.6] [L10.7] answers and resolves one or all, and asks what was asked', async () => {
    const process = `steps:
  - id: ask
    forEach: { in: [1, 2, 3], as: n }
    serviceTask: { connector: http.request, input: { url: "http://127.0.0.1:1/x", body: { n: =n } } }
`;
    const steps = `  - expect: { asked: { ask: { body.n: 3 } } }
  - { answer: ask, which: 2, output: null }
  - { answer: ask, all: true, fail: gone }
  - expect: { incidents: [ask, ask] }
  - { resolve: ask, all: true, as: admin@test }
  - { answer: ask, all: true, output: null }
  - expect: { ended: completed }
`;
    expect(await play(process, steps)).toEqual([]);
  });

  it('[L10.7] suspends a process, and sets variables of a called one', async () => {
    const called = `process: q\nvariables: { n: { type: integer } }\nsteps: [{ id: known, waitFor: =n > 1 }, { id: b, ${clerk} }]\n`;
    const process = `steps: [{ id: call, callActivity: { process: q } }, { id: a, ${clerk} }]\n`;
    const steps = `  - { set: { n: 2 }, of: q, as: admin@test }
  - expect: { tasks: [b], variablesOf: { q: { n: 2 } } }
  - { suspendProcess: p, as: admin@test }
  - { complete: b, as: clerk@test, refused: case-suspended }
  - { resumeProcess: p, as: admin@test }
  - { complete: b, as: clerk@test }
  - { set: { n: 2 }, of: q, as: admin@test, refused: instance-not-active }
  - expect: { tasks: [a], state: ACTIVE }
`;
    expect(await play(process, steps, called)).toEqual([]);
    expect(await play(process, '  - { suspendProcess: pp, as: admin@test }\n', called)).toEqual([
      expect.stringContaining('unknown-process: there is no process "pp"'),
    ]);
  });

  it('[L10.2] tells by which rules was decided', async () => {
    const decision = `decision: level
hitPolicy: FIRST
inputs: [{ id: n, type: number }]
outputs: [{ id: level, type: string }]
rules:
  - ["> 10", '"high"']
  - ["-", '"low"']
`;
    const process = `variables: { n: { type: number, default: 3 } }
steps:
  - { id: decide, businessRuleTask: { decision: level } }
  - { id: a, ${clerk} }
`;
    expect(await play(process, '  - expect: { rules: { level: [2] } }\n', decision)).toEqual([]);
    expect(await play(process, '  - expect: { rules: { level: [1], other: [] } }\n', decision)).toEqual([
      '5 rules of "level": [1] | [2]',
      '5 rules of "other": [] | not decided',
    ]);
  });

  it('[L10.3] [L10.7] what nobody is named for is done by whoever may, or by the system', async () => {
    const process = `variables: { n: { type: integer } }
steps:
  - { id: a, ${clerk} }
  - { id: b, userTask: { assign: { roles: [clerk, finance], notSameAs: [a] } } }
  - { id: c, userTask: { assign: { users: [anna@elsewhere] } } }
`;
    const steps = `  - set: { n: 4 }
  - complete: a
  - complete: b
  - { complete: c, as: clerk@test, refused: not-a-candidate }
  - complete: c
  - expect: { ended: true, ran: { a: 1, b: 1, c: 1 }, variables: { n: 4 } }
`;
    expect(await play(process, steps)).toEqual([]);
    expect(await play(process, '  - complete: c\n')).toEqual([expect.stringContaining('task-not-found')]);
  });

  it('[L10.5] a message without a key goes to who awaits its name', async () => {
    const process = `steps:
  - { id: a, receiveTask: { message: { name: told, key: '="x7"' } } }
  - { id: b, receiveTask: { message: { name: told again } } }
`;
    const steps = `  - { message: other, refused: message-not-awaited }
  - message: told
  - message: { name: told again }
  - expect: { ended: true }
`;
    expect(await play(process, steps)).toEqual([]);
  });

  it('[L2.7] what comes to a step without a named result is in variables as well', async () => {
    const process = `additionalVariables: true
variables: { price: { type: number } }
nodes:
  - { id: a-task, ${clerk} }
  - { id: b, userTask: { assign: { roles: [clerk] }, result: kept } }
  - { id: c, receiveTask: { message: { name: m } } }
  - { id: d, serviceTask: { connector: http.request, input: { url: "http://127.0.0.1:1/x" } } }
  - { id: e, ${clerk} }
flows: [{ from: a-task, to: b }, { from: b, to: c }, { from: c, to: d }, { from: d, to: e }]
`;
    const steps = `  - { complete: a-task, with: { price: much }, refused: value-invalid }
  - { complete: a-task, with: { price: 7, colour: red } }
  - expect: { variables: { price: 7, colour: red, a_task.colour: red } }
  - { complete: b, with: { colour: blue } }
  - { message: { name: m, variables: { weight: 3 } } }
  - { answer: d, output: { status: 200 } }
  - expect: { variables: { colour: red, kept.colour: blue, weight: 3, status: 200 } }
`;
    expect(await play(process, steps)).toEqual([]);
  });

  it('[L4.8] all variables go into a call and come out of it, as far as the other process takes them', async () => {
    const call = (how: string): string => `variables: { n: { type: integer, default: 2 }, text: { default: x }, total: {} }
steps:
  - id: around
    subProcess:
      variables: { n: { type: integer, default: 5 } }
      steps: [{ id: call, callActivity: { process: q, allVariables: ${how}, input: { text: y } } }]
  - { id: a, ${clerk} }
`;
    const called = `process: q
variables: { n: { type: integer }, text: {}, total: {}, own: { default: 1 } }
steps: [{ id: b, ${clerk} }, { id: sum, scriptTask: { set: { total: =n + 1, text: z } } }]
`;
    const through = (inside: string, after: string): string => `  - expect: { variablesOf: { q: ${inside} } }
  - complete: b
  - expect: { tasks: [a], variables: ${after}, variablesAbsent: [own, b] }
`;
    expect(await play(call('both'), through('{ n: 5, text: y }', '{ n: 2, text: z, total: 6 }'), called)).toEqual([]);
    expect(await play(call('in'), through('{ n: 5, text: y }', '{ text: x, total: null }'), called)).toEqual([]);
    expect(await play(call('out'), through('{ n: null, text: y }', '{ text: z, total: null }'), called)).toEqual([]);
    expect(await play(call('both, detached: true'), '  - advance: PT1S\n', called)).toEqual([
      expect.stringContaining('write "allVariables: in"'),
    ]);
  });

  it('[L10.10] a case begins by the only start that there is; of several triggers one is named', async () => {
    const process = (more: string): string => `additionalVariables: true
nodes: [{ id: s, startEvent: { message: { name: m } } }, { id: t, startEvent: { signal: x } }, { id: a, ${clerk} }]${more}
flows: [{ from: s, to: a }, { from: t, to: a }]
`;
    const one = process('').replace(' { id: t, startEvent: { signal: x } },', '').replace(', { from: t, to: a }', '');
    expect(await play(one, '  - expect: { tasks: [a] }\n')).toEqual([]);
    expect(await play(process(''), '  - expect: { tasks: [a] }\n')).toEqual([expect.stringContaining('"startAt": "s", "t"')]);
  });

  it('[L10.2] gateways, starts and ends that were passed count as well', async () => {
    const process = `additionalVariables: true
nodes:
  - { id: s, startEvent: {} }
  - { id: fork, parallelGateway: {} }
  - { id: some, inclusiveGateway: { default: none } }
  - { id: a, ${clerk} }
  - { id: meet, parallelGateway: {} }
  - { id: choice, exclusiveGateway: { default: on } }
  - { id: first, eventBasedGateway: {} }
  - { id: rang, catchEvent: { signal: bell } }
  - { id: late, catchEvent: { timer: { after: PT1H } } }
  - { id: end-a, endEvent: {} }
  - { id: end-b, endEvent: {} }
flows:
  - { from: s, to: fork }
  - { from: fork, to: a }
  - { from: fork, to: some }
  - { id: x, from: some, to: end-a, when: =n > 0 }
  - { id: y, from: some, to: end-a, when: =n > 1 }
  - { id: z, from: some, to: meet, when: =n > 1 }
  - { id: none, from: some, to: end-a }
  - { from: a, to: meet }
  - { from: meet, to: choice }
  - { id: back, from: choice, to: choice, when: =turns < 2 }
  - { id: on, from: choice, to: first }
  - { from: first, to: rang }
  - { from: first, to: late }
  - { from: rang, to: end-b }
  - { from: late, to: end-b }
`;
    const steps = `  - set: { turns: 2 }
  - complete: a
  - expect: { ran: { fork: 1, some: 1, meet: 1, choice: 1, first: 0, end-a: 2, end-b: 0, s: 1, z: 1 } }
  - signal: bell
  - expect: { ended: true, ran: { first: 1, rang: 1, late: 0, end-b: 1 } }
`;
    expect(await play(process.replaceAll('n > ', '0 > '), steps)).toEqual(
      ['meet": 1 | 0', 'choice": 1 | 0', 'end-a": 2 | 1', 'z": 1 | 0'].map((part) => `7 ran of "${part}`),
    );
    expect(await play(process.replaceAll('n > ', '2 > '), steps)).toEqual([]);
  });

  it('[L2.5] a task sets further variables when it is done', async () => {
    const process = `variables: { first: {}, number: { type: number }, all: {} }
steps:
  - { id: a, userTask: { assign: { roles: [clerk] }, outcomes: [well, ill], output: { first: =a.outcome } } }
  - { id: b, serviceTask: { connector: http.request, input: { url: "http://127.0.0.1:1/x" }, output: { number: =b.status + 1 } } }
  - { id: c, receiveTask: { message: { name: m }, output: { all: '=[first, number, c.word]' } } }
`;
    const steps = `  - { complete: a, outcome: ill }
  - { answer: b, output: { status: 200 } }
  - { message: { name: m, variables: { word: x } } }
  - expect: { ended: true, variables: { first: ill, number: 201, all: [ill, 201, x] } }
`;
    expect(await play(process, steps)).toEqual([]);
    expect(await play(process.replace('=a.outcome', '=nowhere'), steps)).toEqual([expect.stringContaining('nowhere')]);
  });
});
