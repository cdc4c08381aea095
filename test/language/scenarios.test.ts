import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '../../cli/test-command';
import { formatFinding } from '../../engine/language/finding';
import { runScenario } from '../../engine/language/run-scenario';
import { readScenario } from '../../engine/language/scenario';
import { checkScenarioReferences } from '../../engine/language/scenario-references';
import { createSimulator } from '../../engine/simulate/simulator';
import { compileTexts } from './compile-steps';

const { dealerships } = compileTexts();
const tianhe = dealerships['tianhe']!;
const head = (more = '') =>
  `scenario: s\nprocess: order-to-delivery\ndealership: tianhe\n${more}start: { order: { number: SO-1, salesman: salesman@tianhe } }\n`;
const approved = '  - { complete: review, as: clerk@tianhe, outcome: approve }\n';

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

  it('[L10.2] says which line is not met, with what is wanted and what is', async () => {
    expect(
      await play(
        '  - expect: { tasks: [revise, review], waits: [askCarrier], ended: delivered, state: CANCELED, ran: { review: 1 }, urged: { review: 2 } }',
      ),
    ).toEqual([
      '6:22 tasks: [review, revise] | [review]',
      '6:47 waits: [askCarrier] | []',
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
        '  - { claim: review, as: clerk@tianhe }\n  - { release: review, as: clerk@tianhe }\n  - { complete: review, as: clerk@tianhe, with: { outcome: approve, creditChecked: true } }\n  - expect: { variables: { review.creditChecked: true, review.outcome: approve } }',
      ),
    ).toEqual([]);
    const failures = await play('  - { complete: review, as: clerk@tianhe, with: { outcome: approve, creditChecked: perhaps } }');
    expect(failures[0]).toContain('refused: form-invalid');
  });

  it('[L10.4] [L10.5] time goes on, messages arrive', async () => {
    expect(
      await play(
        `  - advance: PT5H\n  - expect: { urged: { review: 1 } }\n${approved}  - message: { name: payment.received, key: SO-1, variables: { amount: "1.00" } }\n  - expect: { ran: { paymentReceived: 1 }, waits: [timeKnown] }`,
      ),
    ).toEqual([]);
  });

  it.each([
    ['output: { status: 200, body: { price: "1.00" } }', 'ran: { bookQuote: 1 }'],
    ['error: carrier.closed', 'tasks: [callCarrier, payment]'],
    ['fail: no answer', 'tasks: [callCarrier, payment]'],
  ])('[L10.6] a connector answers with %s', async (answer, expectation) => {
    const told = '  - { complete: shipTime, as: salesman@tianhe, with: { at: 2026-03-05T10:00:00+08:00, transportNeeded: true } }\n';
    expect(await play(`${approved}${told}  - { answer: askCarrier, ${answer} }\n  - expect: { ${expectation} }`)).toEqual([]);
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
    ['L10.3', '  - { complete: review }', 's.yaml:6:5: error missing-key: it does not say who does it; add "as: <user>"'],
    ['L10.3', '  - { claim: review, as: x, with: {} }', 'error misplaced-key: "with" does not go with "claim"'],
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

  it('[L10.1] ends with 2 where it is used wrongly', async () => {
    expect(await run(join(folder, 'nowhere'))).toMatchObject({ code: 2, error: expect.stringContaining('there is no file or folder') });
    expect(await run(join(folder, 'dealerships'))).toMatchObject({ code: 2, error: expect.stringContaining('there is no scenario in') });
    write('broken.yaml', 'process: q\nsteps: [{ id: a }]\n');
    const broken = await run(folder);
    rmSync(join(folder, 'broken.yaml'));
    expect(broken.code).toBe(2);
    expect(broken.error).toContain('broken.yaml:2:9: error one-of');
  });
});
