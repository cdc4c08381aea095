import { Checker } from '../../engine/analyse/check';
import { strict } from '../../engine/analyse/ruleset';
import { processAround } from './compile-steps';
import { definitionsFolder, filesIn, ports } from './definition-files';

const shipped = filesIn(definitionsFolder).filter((file) => !file.path.includes('.scenarios/'));
const checker = new Checker(ports);
const task = 'userTask: { assign: { roles: [clerk] } }';

/** What a check of one document says, with where. */
const told = (text: string) =>
  checker
    .check([...shipped, { path: '1.yaml', text }])
    .findings.filter(({ file }) => file === '1.yaml')
    .map(({ line, column, severity, message, remedy }) => `${line}:${column} ${severity}: ${message}; ${remedy}`);
const toldOf = (steps: string) => told(processAround(steps));

describe('the likeliest mistakes of a newcomer read like advice', () => {
  it('[L1.2] a tab instead of spaces', () => {
    expect(told(`process: p\nsteps:\n\t- { id: a, ${task} }`)).toEqual(['3:1 error: a line is indented with a tab; indent with spaces']);
  });

  it('[L1.3] a mistake in one file has no findings in those that refer to it', () => {
    const check = (...texts: string[]) =>
      checker.check(texts.map((text, index) => ({ path: `${index}.yaml`, text }))).findings.map(({ file, rule }) => `${file} ${rule}`);
    const order = `# how an order goes\n\nprocess: order # ours\nsteps:\n  - id: a\n   ${task}\n`;
    const house = 'dealership: house\nduties: [desk]\nroles: { clerk: [a@house] }\n';
    expect(check(order, 'duty: desk\nprocesses: [order]\n', house)).toEqual(['0.yaml yaml-syntax']);
    expect(check('duty: desk\nprocesses：[order]\n', house)).toEqual(['0.yaml yaml-syntax']);
    const teller = 'process: tell\nsteps: [{ id: say, sendTask: { message: { name: car.sold, key: =case.key } } }]\n';
    const listener = (name: string) => `process: hear\nsteps: [{ id: heard, ${name}: { name: car.sold } }]\n`;
    expect(check(teller, listener('mesage'))).toEqual(['1.yaml unknown-key']);
    expect(check(teller, listener('message'))).toEqual([]);
  });

  it('[L1.6] missing quotes around an expression', () => {
    expect(toldOf('- id: a\n  waitFor: =order.number = "x: y"')).toEqual([
      `5:14 error: a value may not hold ": "; put the whole value in single quotes: 'a: b'`,
    ]);
    expect(toldOf('- id: a\n  waitFor: turn > 1')).toEqual([
      '5:14 error: "turn > 1" cannot stand here; write an expression that begins with "=", for example =order.number',
    ]);
  });

  it('[L3.2] an unknown step in next', () => {
    expect(toldOf(`- { id: a, ${task}, next: revew }\n- { id: review, ${task} }`)).toEqual([
      '4:62 error: there is no step "revew"; did you mean "review"?',
    ]);
  });

  it('[L3.4] a step behind an end', () => {
    expect(toldOf(`- { id: done, end: done }\n- { id: pay, ${task} }`)).toEqual([
      '5:11 error: nothing leads to step "pay"; the step before it ends or jumps away: let that go on, jump here with "next", or delete this step',
    ]);
  });

  it('[L5.1] a condition with a value that a field never has', () => {
    const form = 'form: plate\nschema: { type: object, properties: { region: { enum: [city, other] } } }\n';
    const process = `process: p\nstart: [{ form: plate, roles: [clerk], result: order }]\nsteps:\n  - { id: a, if: =order.region = "others", ${task} }\n`;
    const { findings } = checker.check([form, process].map((text, index) => ({ path: `${index}.yaml`, text })));
    expect(findings.map(({ rule, remedy }) => `${rule}: ${remedy}`)).toEqual(['value-never-given: did you mean "other"?']);
  });

  it('[L1.3] a misspelt key', () => {
    expect(toldOf('- { id: a, userTask: { asign: { roles: [clerk] } } }')).toEqual([
      '4:26 error: the key "asign" is unknown here; did you mean "assign"?',
    ]);
  });

  it('[L5.1] a missing default', () => {
    expect(toldOf('- { id: a, exclusive: [{ id: b, when: =turn = 1, do: [] }] }')).toEqual([
      '4:14 warning: no branch of "a" is taken where none of their conditions is true; make one of them the default: write "default: true" in place of its "when"',
    ]);
  });

  it.each([
    ['4h', 'PT4H'],
    ['30 min', 'PT30M'],
    ['2 days', 'P2D'],
    ['3小时', 'PT3H'],
    ['P4H', 'PT4H'],
  ])('[L1.7] a duration in other words: %s', (words, right) => {
    expect(toldOf(`- { id: a, timer: { after: ${words} } }`)).toEqual([
      `4:23 error: "after" is "${words}", which is no duration; write ${right}: PT30M is half an hour, PT4H four hours, P2D two days (ISO 8601)`,
    ]);
  });

  it('[L4.3] a duration where a timer belongs', () => {
    expect(toldOf('- { id: a, userTask: { assign: { roles: [clerk] }, due: PT4H } }')).toEqual([
      '4:59 error: "due" is the duration "PT4H" by itself; write { after: PT4H }',
    ]);
  });

  it('[L3.1] two kinds in a step', () => {
    expect(toldOf(`- id: a\n  ${task}\n  serviceTask: { connector: system.noop }`)).toEqual([
      '4:5 error: item 1 of "steps" has "userTask" and "serviceTask" at once; keep one of them, and make a step of its own of the other',
    ]);
  });

  it('[L7.1] a form without fields', () => {
    expect(told('form: note\nschema: { type: object }')).toEqual([
      '2:1 warning: form "note" has no fields, so that nothing can be filled in; add them to its schema, for example "properties: { text: { type: string } }", or leave "form" out of the task',
    ]);
    expect(told('form: note')).toEqual([
      '1:1 error: the document has no "schema"; add "schema: {"type":"object","properties":{"text":{"type":"string"}}}"',
    ]);
  });

  it('[L9.2] a misspelt role', () => {
    expect(toldOf('- { id: a, userTask: { assign: { roles: [clrek] } } }')).toEqual([
      '4:44 warning: no dealership has the role "clrek"; did you mean "clerk"?',
    ]);
  });

  it('[L1.8] a join that waits for ever', () => {
    const nodes = [
      'ask, userTask: { assign: { roles: [clerk] }, outcomes: [accept, refuse] }',
      'choose, exclusiveGateway: { default: choose>b }',
      'a, task: {}',
      'b, task: {}',
      'join, parallelGateway: {}',
    ].map((node) => `  - { id: ${node} }`);
    const flows = ['ask, to: choose', 'choose, to: a, when: =ask.outcome = "accept"', 'choose, to: b', 'a, to: join', 'b, to: join'].map(
      (flow) => `  - { from: ${flow} }`,
    );
    expect(told(`process: p\nnodes:\n${nodes.join('\n')}\nflows:\n${flows.join('\n')}`)).toEqual([
      '7:11 error: "join" waits for ever for the way from "b", by which nothing comes any more, after start, ask = accept; let it wait only for what was begun: join an exclusive choice without a parallel gateway, or with an inclusive one',
    ]);
  });

  it.each([
    ['turn = 1 or 2', '2 stands beside "or" and is neither true nor false; repeat what is compared: turn = 1 or turn = 2'],
    ['turn == 1', '"==" is not an operator; write "="'],
    ['turn => 1', '"=>" is not an operator; write ">="'],
    ['turn <> 1', '"<>" is not an operator; write "!="'],
    ['turn > 300,000', '",000" is not understood here; write the digits of a number together, without commas'],
  ])('[L18.4] an expression as in other languages: %s', (text, words) => {
    expect(toldOf(`- { id: a, if: '=${text}', task: {} }`)).toEqual([expect.stringContaining(`error: ${words}`)]);
  });

  it('[L4.9] a slip inside of a table that stands in a step', () => {
    const table = '{ inputs: [{ id: turn, type: number, values: [1] }], outputs: [{ id: c, type: number }], rules: [["-", 1]] }';
    expect(toldOf(`- { id: a, businessRuleTask: { decision: ${table} } }`)).toEqual([
      '4:81 error: the key "values" is unknown here; these are known: id, title, type, expression',
    ]);
    expect(toldOf('- { id: a, userTask: { assign: { roles: [clerk] }, outcomes: [{ id: x, titel: X }] } }')).toEqual([
      '4:74 error: the key "titel" is unknown here; did you mean "title"?',
    ]);
  });

  it('[L6.2] a wait for what no step can make true any more', () => {
    expect(toldOf(`- { id: ask, ${task} }\n- { id: a, waitFor: =ask = null }`)).toEqual([
      '5:11 error: "a" waits for ever: =ask = null is not true there, and nothing changes that any more, after start, ask; let a step before it, or one that goes on beside it, set what the condition reads, or give it a boundary timer',
    ]);
  });

  it('[L17.4] a task that is sent back to a later one', () => {
    const steps = `- { id: a, ${task} }\n- { id: b, userTask: { assign: { roles: [clerk] }, mayReturnTo: [c] } }\n- { id: c, ${task} }`;
    expect(toldOf(steps)).toEqual([
      '5:68 error: "b" cannot be sent back to "c", which is never done before it; name a user task that comes before it: "a"',
    ]);
  });

  it('[L6.3] a misspelt message has one finding', () => {
    const teller = 'process: tell\nsteps: [{ id: say, sendTask: { message: { name: car.sold, key: =case.key } } }]\n';
    const listener = 'process: hear\nsteps: [{ id: heard, message: { name: cars.sold } }]\n';
    const { findings } = checker.check(
      [teller, listener].map((text, index) => ({ path: `${index}.yaml`, text })),
      { ruleset: strict },
    );
    expect(findings.map(({ file, rule, message, remedy }) => `${file} ${rule}: ${message}; ${remedy}`)).toEqual([
      '1.yaml message-name-unmatched: no process sends the message "cars.sold", and nobody awaits "car.sold", which "say" of process "tell" sends; did you mean "car.sold"? Write one name at both places',
    ]);
  });

  it('[L4.2] a misspelt outcome', () => {
    const ask = '- { id: ask, userTask: { assign: { roles: [clerk] }, outcomes: [accept, refuse] } }';
    expect(toldOf(`${ask}\n- { id: thank, if: =ask.outcome = "acept", task: {} }`)).toContain(
      '5:11 warning: "ask" never has the outcome "acept"; did you mean "accept"?',
    );
  });
});
