import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '../../cli/test-command';
import { compileForTest } from '../../engine/compile/compile-for-test';
import { formatFinding } from '../../engine/language/finding';
import { runScenario } from '../../engine/language/run-scenario';
import { readScenario } from '../../engine/language/scenario';
import { checkScenarioReferences } from '../../engine/language/scenario-references';
import { createSimulator } from '../../engine/simulate/simulator';
import { compileTexts } from './compile-steps';
import { ports } from './definition-files';

const { dealerships } = compileTexts();
const tianhe = dealerships['tianhe']!;
const head = (more = '') =>
  `scenario: s\nprocess: order-to-delivery\ndealership: tianhe\n${more}start: { order: { number: SO-1, salesman: salesman@tianhe } }\n`;
const payment = head().replace('order-to-delivery', 'confirm-payment');

const read = (text: string) => {
  const { scenario, findings } = readScenario({ path: 's.yaml', text });
  if (scenario === undefined) throw new Error(findings.map(formatFinding).join('\n'));
  return scenario;
};
const findingsOf = (text: string) => {
  const { scenario, findings } = readScenario({ path: 's.yaml', text });
  return [...findings, ...(scenario === undefined ? [] : checkScenarioReferences(scenario, dealerships))].map(formatFinding);
};
/** The failures of a scenario with these steps, one a line. */
const play = async (steps: string, start = head()) => {
  const { failures } = await runScenario(read(`${start}steps:\n${steps}`), tianhe, createSimulator(tianhe));
  return failures.map(({ place, message, expected, actual }) => `${place.line}:${place.column} ${message}: ${expected} | ${actual}`);
};

describe('playing scenarios', () => {
  it('[L10.1] begins on a Monday morning with the first person who may', async () => {
    const { observation } = await runScenario(read(`${head()}steps: []`), tianhe, createSimulator(tianhe));
    expect(observation?.tasks[0]?.dueAtMs).toBe(Date.parse('2026-03-02T13:00:00+08:00'));
    expect(
      await play(
        '  - { complete: review, as: clerk@tianhe, outcome: approve, refused: excluded-by-four-eyes }',
        head('as: clerk@tianhe\n'),
      ),
    ).toEqual([]);
  });

  it('[L4.8] a call that is pinned to a version runs the process at hand', async () => {
    const callee = ['steps:', '  - { id: work, userTask: { assign: { roles: [clerk] } } }'];
    const caller = ['steps:', '  - { id: paid, callActivity: { process: b, version: 7 } }'];
    const files = [
      { path: 'a.yaml', text: ['process: a', ...caller].join('\n') },
      { path: 'b.yaml', text: ['process: b', ...callee].join('\n') },
    ];
    const { dealerships: at } = compileForTest(files, ports);
    const steps = '  - { complete: work }\n  - expect: { ended: completed }';
    const scenario = read(`scenario: s\nprocess: a\nstart: {}\nsteps:\n${steps}`);
    expect((await runScenario(scenario, at['test']!, createSimulator(at['test']!))).failures).toEqual([]);
  });

  it('[L15.4] [L10.2] an end of a graph has a name only where it says one', async () => {
    const { dealerships: at } = compileForTest([{ path: 'g.yaml', text: 'process: g\nnodes: [{ id: a, task: {} }]\nflows: []' }], ports);
    const scenario = read('scenario: s\nprocess: g\nstart: {}\nsteps:\n  - expect: { ended: completed }');
    const { failures } = await runScenario(scenario, at['test']!, createSimulator(at['test']!));
    expect(failures.map(({ expected, actual }) => [expected, actual])).toEqual([['completed', 'an end without a name']]);
  });

  it('[L10.2] says which line is not met, with what is wanted and what is', async () => {
    expect(
      await play(
        '  - expect: { tasks: [revise, review], waits: [askCarrier], ended: delivered, state: CANCELED, ran: { review: 1 }, urged: { review: 2 } }',
      ),
    ).toEqual([
      '6:22 tasks: [review, revise] | [review]',
      '6:47 waits: [askCarrier] | [record]',
      '6:68 ended: delivered | still active',
      '6:86 state: CANCELED | ACTIVE',
      '6:111 ran of "review": 1 | 0',
      '6:133 urged of "review": 2 | 0',
    ]);
    expect(
      await play('  - expect: { escalated: { review: [clerk] }, variables: { order.number: X, order.price: null }, incidents: [review] }'),
    ).toEqual(['6:109 incidents: [review] | []', '6:36 escalated of "review": [clerk] | []', '6:74 variable "order.number": "X" | "SO-1"']);
    expect(await play('  - expect: { ended: true }')).toEqual(['6:22 ended: an end | still active']);
    expect(await play('  - expect: { ended: false }')).toEqual([]);
  });

  it('[L10.3] tasks are claimed, released and completed with data that fit', async () => {
    expect(
      await play(
        '  - { claim: review, as: clerk@tianhe }\n  - { release: review, as: clerk@tianhe }\n  - { complete: review, as: clerk@tianhe, with: { outcome: approve, creditChecked: true } }\n  - expect: { variablesOf: { order-review: { review.creditChecked: true, review.outcome: approve } } }',
      ),
    ).toEqual([]);
    const failures = await play('  - { complete: review, as: clerk@tianhe, with: { outcome: approve, creditChecked: perhaps } }');
    expect(failures[0]).toContain('refused: form-invalid');
  });

  it('[L10.4] [L10.5] time goes on, messages arrive', async () => {
    expect(
      await play(
        '  - advance: P4D\n  - expect: { urged: { payment: 1 } }\n  - message: { name: payment.received, key: SO-1, variables: { amount: "1.00" } }\n  - expect: { ran: { paymentReceived: 1 }, waits: [receiptNumber] }',
        payment,
      ),
    ).toEqual([]);
  });

  it.each([
    ['output: { amount: "1.00", paid: "1.00", payments: 1 }', 'waits: [enter], variables: { booked.paid: "1.00" }'],
    ['error: payment.reference-used', 'tasks: [correct], ran: { referenceUsed: 1 }'],
    ['fail: no answer', 'tasks: [correct], ran: { notBooked: 1 }'],
  ])('[L10.6] a connector answers with %s', async (answer, expectation) => {
    const told =
      '  - { complete: payment, as: finance@tianhe, with: { amount: "1.00" } }\n  - { answer: receiptNumber, output: { number: 1, period: "202603", text: SJ-1 } }\n';
    expect(await play(`${told}  - { answer: book, ${answer} }\n  - expect: { ${expectation} }`, payment)).toEqual([]);
  });

  it('[L10.7] a case is cancelled', async () => {
    expect(await play('  - { cancel: done with, as: admin@tianhe }\n  - expect: { state: CANCELED, ended: true, tasks: [] }')).toEqual([]);
  });

  it('[L10.8] a refusal has its code, and changes nothing', async () => {
    expect(await play('  - { complete: review, as: finance@tianhe, outcome: approve, refused: not-a-candidate }')).toEqual([]);
    const [other] = await play('  - { complete: review, as: finance@tianhe, outcome: approve, refused: task-not-open }');
    expect(other).toContain('refused: task-not-open | refused: not-a-candidate');
    const [none] = await play('  - { complete: review, as: clerk@tianhe, outcome: approve, refused: not-a-candidate }');
    expect(none).toContain('refused: not-a-candidate | done');
    const [start] = await play('  []', head('refused: form-invalid\n'));
    expect(start).toContain('refused: form-invalid | done');
  });
});

const clerk = 'userTask: { assign: { roles: [clerk, finance] } }';
/** The failures of a scenario of a process of its own, at the dealership that is made for it. */
const playProcess = async (process: string, steps: string, start = 'start: {}') => {
  const files = [
    { path: 'p.yaml', text: `process: p\n${process}` },
    { path: 's.yaml', text: `scenario: s\nprocess: p\n${start}\nsteps:\n${steps}` },
  ];
  const compilation = compileForTest(files, ports);
  const { scenario, findings } = readScenario(files[1]!);
  const made = compilation.dealerships['test'];
  const wrong = [
    ...compilation.findings,
    ...findings,
    ...(scenario === undefined ? [] : checkScenarioReferences(scenario, compilation.dealerships)),
  ];
  if (wrong.length > 0 || scenario === undefined || made === undefined) return wrong.map(formatFinding);
  const { failures } = await runScenario(scenario, made, createSimulator(made));
  return failures.map(({ place, message, expected, actual }) => `${place.line} ${message}: ${expected} | ${actual}`);
};

describe('every verb', () => {
  const page = /^## 10\. [\s\S]*?(?=^## 11\. )/mu.exec(readFileSync(join(__dirname, '..', '..', 'docs', 'language.md'), 'utf8'))?.[0] ?? '';
  const examples = [...page.matchAll(/^```yaml\n(scenario: [\s\S]*?)^```$/gmu)].map(
    ([, text = '']) => [/^scenario: (.*)$/mu.exec(text)?.[1] ?? '', text] as const,
  );

  const processes = [...page.matchAll(/^```yaml\n(process: [\s\S]*?)^```$/gmu)].map(([, text = ''], index) => ({
    path: `${index}.yaml`,
    text,
  }));
  const compiled = compileForTest(processes, ports);
  const own = compiled.dealerships['test'];

  it.each(examples)("[L10.1] [L10.3] the page's examples pass: %s", async (_, text) => {
    const scenario = read(text);
    const dealership = scenario.dealership === 'tianhe' ? tianhe : own;
    if (dealership === undefined) throw new Error(compiled.findings.map(formatFinding).join('\n'));
    const { failures } = await runScenario(scenario, dealership, createSimulator(dealership));
    expect(failures).toEqual([]);
  });

  it('[L10.3] gives tasks to others, returns them, takes them back, and asks more people', async () => {
    const process = `steps:
  - { id: a, userTask: { assign: { roles: [clerk, finance] }, withdraw: untilNextBegun } }
  - { id: b, userTask: { assign: { roles: [clerk, finance] }, mayReturnTo: [a], mayAddSigners: [before, beside, after] } }
`;
    const steps = `
  - { complete: a, as: clerk@test, for: finance@test }
  - { takeBack: a, as: clerk@test, drafted: [b], refused: next-has-begun }
  - { takeBack: a, as: clerk@test }
  - expect: { tasks: [a], assignees: { a: finance@test } }
  - { transfer: a, as: clerk@test, for: finance@test, to: clerk@test }
  - { transfer: a, as: clerk@test, to: finance@test }
  - { complete: a, as: finance@test }
  - { return: b, to: a, as: clerk@test, reason: unclear }
  - { complete: a, as: clerk@test }
  - expect: { candidates: { b: [clerk, finance] }, assignees: { b: null } }
  - { addSigner: b, place: beside, user: third@test, as: clerk@test }
  - { addSigner: b, place: beside, user: fourth@test, as: clerk@test }
  - { removeSigner: b, user: fourth@test, as: clerk@test }
  - { complete: b, as: third@test }
  - { complete: b, as: clerk@test, which: 7, refused: task-not-found }
  - { complete: b, as: clerk@test }
  - expect: { ended: completed, order: [a, a, a, b], ran: { b: 1 } }
`;
    expect(await playProcess(process, steps)).toEqual([]);
  });

  it('[L10.4] fires the nearest timer of a step', async () => {
    const process = `steps:\n  - { id: a, ${clerk}, boundary: [{ id: late, timer: { after: P1D } }] }\n  - { id: pause, timer: { after: PT1H } }\n`;
    const steps =
      '  - fireTimer: late\n  - expect: { waits: [pause] }\n  - { fireTimer: late, refused: timer-not-waiting }\n  - fireTimer: pause\n  - expect: { ended: true }\n';
    expect(await playProcess(process, steps)).toEqual([]);
  });

  it('[L10.5] keeps messages, hears its own, and tells signals', async () => {
    const process = `steps:
  - { id: a, ${clerk} }
  - { id: tell, sendTask: { message: { name: own, timeToLive: PT1H } } }
  - { id: ring, throw: { signal: rung } }
  - { id: heard, message: { name: own } }
  - { id: early, message: { name: outside } }
  - { id: bell, signal: bell, result: bell }
`;
    const steps = `
  - message: { name: outside, key: case, ttl: PT1H, id: one }
  - message: { name: outside, key: case, ttl: PT1H, id: one }
  - { message: { name: outside, key: other }, refused: message-not-awaited }
  - { complete: a, as: clerk@test }
  - expect: { waits: [bell], published: [own], signals: [rung], ran: { heard: 1, early: 1 } }
  - expect: { published: [{ name: own, key: case }] }
  - { signal: other, refused: signal-not-awaited }
  - signal: { name: bell, variables: { by: verger } }
  - expect: { ended: completed, variables: { bell.by: verger } }
`;
    expect(await playProcess(process, steps)).toEqual([]);
  });

  it('[L10.6] distributes tasks among the people there are', async () => {
    const process =
      'steps: [{ id: a, userTask: { assign: { roles: [clerk, finance], distribute: roundRobin } }, forEach: { count: 3 } }]\n';
    expect(await playProcess(process, '  - expect: { tasks: [a, a, a], assignees: { a: clerk@test } }')).toEqual([
      '5 assignee of "a": clerk@test | [clerk@test, finance@test]',
    ]);
  });

  it('[L10.7] suspends, sets, adds, withdraws and ends', async () => {
    const process = `variables: { n: { type: integer } }
steps:
  - { id: each, ${clerk}, forEach: { in: '=[1]', as: one } }
  - { id: free, subProcess: { adHoc: true, steps: [{ id: step, ${clerk} }] } }
  - { id: known, waitFor: =n > 1 }
`;
    const steps = `
  - { suspend: pause, as: clerk@test }
  - { complete: each, as: clerk@test, refused: case-suspended }
  - expect: { state: SUSPENDED, ended: false }
  - { resume: true, as: clerk@test }
  - { addInstance: each, item: 2, as: clerk@test }
  - { removeInstance: each, index: 1, as: clerk@test }
  - { complete: each, all: true, as: clerk@test }
  - { startStep: step, as: clerk@test }
  - { claim: step, as: clerk@test }
  - { completeActivity: free, as: clerk@test }
  - expect: { tasks: [], waits: [known], detached: [], detachedTasks: [], locked: [] }
  - { set: { n: 2 }, as: clerk@test }
  - expect: { ended: completed }
`;
    expect(await playProcess(process, steps)).toEqual([]);
  });

  it('[L10.10] begins by a start event with a trigger', async () => {
    const process = `start: [{ id: sent, message: { name: order.sent }, result: order }]\nsteps: [{ id: a, ${clerk} }]\n`;
    const steps = '  - expect: { tasks: [a], variables: { order.number: 7 } }';
    expect(await playProcess(process, steps, 'startAt: sent\ntrigger: { number: 7 }')).toEqual([]);
    // the key is computed of what came, as it is on a server
    const keyed = `key: =order.number\n${process}`;
    expect(await playProcess(keyed, steps, 'startAt: sent\ntrigger: { number: 7 }')).toEqual([]);
    expect(await playProcess(process, steps, 'startAt: snt')).toEqual([expect.stringContaining('did you mean "sent"?')]);
    expect(await playProcess(process, steps, 'trigger: {}')).toEqual([expect.stringContaining('"trigger" goes with "startAt" alone')]);
  });

  it('[L10.10] begins by the first start whose condition is true over what is handed in', async () => {
    const process = `variables: { amount: { type: number }, limit: { type: number, default: 10 }, mark: {} }\nstart: [{ id: odd, condition: =mark }, { id: big, condition: =amount > limit }, { id: small, condition: =amount > 0 }]\nsteps: [{ id: a, ${clerk} }]\n`;
    const steps = '  - expect: { tasks: [a], variables: { amount: 11 } }';
    expect(await playProcess(process, steps, 'evaluate: { amount: 11, other: 1 }')).toEqual([]);
    expect(await playProcess(process, '  []', 'evaluate: { amount: 0 }\nrefused: condition-not-true')).toEqual([]);
    expect(await playProcess(process, '  []', 'evaluate: { mark: x }\nrefused: expression-failed')).toEqual([]);
    expect(await playProcess(process, steps, 'evaluate: {}\nstart: {}')).toEqual([
      expect.stringContaining('error misplaced-key: "start" does not go with "evaluate"'),
    ]);
  });

  it('[L10.11] has a dealership of its own, whose people are named after their roles', async () => {
    const { dealerships: made, findings } = compileForTest([{ path: 'p.yaml', text: `process: p\nsteps: [{ id: a, ${clerk} }]\n` }], ports);
    expect(findings).toEqual([]);
    expect(made['test']?.roles).toEqual({ admin: ['admin@test'], clerk: ['clerk@test'], finance: ['finance@test'] });
  });
});

describe('reading scenarios', () => {
  it.each([
    [
      'L10.1',
      'a dealership that is not there',
      head().replace('tianhe', 'tianh'),
      's.yaml:3:13: error unknown-dealership: there is no dealership "tianh"; did you mean "tianhe"?',
    ],
    [
      'L10.1',
      'a process that is not there',
      head().replace('delivery', 'deliver'),
      'error unknown-process: there is no process "order-to-deliver"; did you mean "order-to-delivery"?',
    ],
  ])('[%s] %s', (_, __, text, message) => {
    expect(findingsOf(`${text}steps: []`)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['L10.2', '  - expect: { tasks: [reviw] }', 's.yaml:6:23: error unknown-step: there is no step "reviw"; did you mean "review"?'],
    ['L10.3', '  - { claim: review }', 's.yaml:6:5: error missing-key: it does not say who does it; add "as: <user>"'],
    ['L10.3', '  - { claim: review, as: x, with: {} }', 'error misplaced-key: "with" does not go with "claim"'],
    ['L10.3', '  - { transfer: review, as: x }', 'error missing-key: "to" is missing; add "to: <user>"'],
    [
      'L10.3',
      '  - { return: review, to: reviw, as: clerk@tianhe }',
      'error unknown-step: there is no step "reviw"; did you mean "review"?',
    ],
    ['L10.6', '  - { answer: askCarrier }', 'error one-of: the connector answers nothing; write one of: output, error, fail'],
    ['L10.1', '  - { compleet: review }', 'error unknown-key: the key "compleet" is unknown here; did you mean "complete"?'],
  ])('[%s] %s', (_, step, message) => {
    expect(findingsOf(`${head()}steps:\n${step}`)).toEqual([expect.stringContaining(message)]);
  });
});

describe('neiqin test', () => {
  const folder = mkdtempSync(join(tmpdir(), 'neiqin-'));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const run = async (...paths: string[]) => {
    const lines: string[] = [];
    const errors: string[] = [];
    const code = await runTests(paths, { out: (line) => lines.push(line), error: (line) => errors.push(line) });
    return { code, out: lines.join('\n'), error: errors.join('\n') };
  };

  beforeAll(() => {
    mkdirSync(join(folder, 'dealerships'));
    write('dealerships/d.yaml', 'dealership: d\nduties: [d]\nroles: { clerk: [c] }\n');
    write('duty.yaml', 'duty: d\nprocesses: [p]\n');
    write('process.yaml', 'process: p\nsteps: [{ id: a, userTask: { assign: { roles: [clerk] } } }]\n');
    const scenario = (tasks: string) =>
      `scenario: opens ${tasks}\nprocess: p\ndealership: d\nstart: {}\nsteps:\n  - expect: { tasks: [${tasks}] }\n`;
    write('good.yaml', scenario('a'));
    write('bad.yaml', scenario('a, a'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('[L10.1] ends with 0 where all pass, and uses the definitions around a file', async () => {
    const { code, out, error } = await run(join(folder, 'good.yaml'));
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(/pass {2}opens a[\s\S]*1 passed, 0 failed/u);
  });

  it('[L10.1] ends with 1 where one fails, and shows the line', async () => {
    const { code, out } = await run(folder);
    expect(code).toBe(1);
    expect(out).toMatch(
      /FAIL {2}opens a, a[\s\S]*bad\.yaml:6:22: tasks\n +expected {2}\[a, a\]\n +actual {4}\[a\][\s\S]*1 passed, 1 failed/u,
    );
  });

  it('[L10.11] needs a process and a scenario, and nothing else', async () => {
    const { code, out, error } = await run(join(__dirname, '..', 'patterns', 'wcp01-sequence'));
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(/pass {2}WCP01: one after the other[\s\S]*1 passed, 0 failed/u);
  });

  it('[L10.1] ends with 2 where it is used wrongly', async () => {
    expect(await run(join(folder, 'nowhere'))).toMatchObject({ code: 2, error: expect.stringContaining('there is no file or folder') });
    expect(await run(join(folder, 'dealerships'))).toMatchObject({ code: 2, error: expect.stringContaining('there is no scenario in') });
    write('broken.yaml', 'process: q\nsteps: [{ id: a }]\n');
    const broken = await run(folder);
    rmSync(join(folder, 'broken.yaml'));
    expect(broken.code).toBe(2);
    expect(broken.error).toContain('broken.yaml:2:9: error one-of');
    expect(broken.out).toContain('1 passed, 1 failed');
    write('broken.yaml', 'duty: q\nprocesses: [nowhere]\n');
    const unusable = await run(folder);
    rmSync(join(folder, 'broken.yaml'));
    expect([unusable.code, unusable.out, unusable.error]).toEqual([2, '', expect.stringContaining('no scenario was run')]);
  });

  it('[L10.1] runs what an error elsewhere does not touch', async () => {
    write('broken.yaml', 'process: q\nsteps: [{ id: a }]\n');
    write('caller.yaml', 'process: r\nsteps: [{ id: call, callActivity: { process: q } }]\n');
    const scenario = (process: string, step: string) => `scenario: of ${process}\nprocess: ${process}\nsteps:\n  - ${step}\n`;
    write('one.yaml', scenario('r', 'expect: { ended: true }'));
    write('two.yaml', scenario('p', 'expect: { tasks: [nowhere] }'));
    write('three.yaml', scenario('p', 'expct: {}'));
    const { code, out, error } = await run(folder);
    for (const name of ['broken', 'caller', 'one', 'two', 'three']) rmSync(join(folder, `${name}.yaml`));
    expect([code, out]).toEqual([2, expect.stringContaining('1 passed, 1 failed')]);
    for (const one of ['one.yaml', 'two.yaml', 'three.yaml', 'what they touch was not run']) expect(error).toContain(one);
  });
});
