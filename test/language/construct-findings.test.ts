import { findingsOf, processAround } from './compile-steps';

const told = (steps: string) => findingsOf(processAround(steps)).map((line) => line.replace(/^1\.yaml:/u, ''));
const task = (id: string, more = '') => `- id: ${id}\n  userTask: { assign: { roles: [clerk] } }${more}\n`;
const inner = (id: string) => `{ id: ${id}, userTask: { assign: { roles: [clerk] } } }`;

describe('what a slip in the larger constructs is told', () => {
  it.each([
    [
      'L2.6',
      'a name of the inside',
      `- { id: s, subProcess: { steps: [${inner('a')}] } }\n- { id: w, waitFor: =a != null }`,
      'error expression: there is no "a" here',
    ],
    [
      'L3.5',
      'items of a text',
      task('a', '\n  forEach: { in: =order.number }'),
      'error list-wanted: the instances are made from a value of the type "string", not from a list',
    ],
    [
      'L3.5',
      'a list and a number',
      task('a', '\n  forEach: { in: [1], count: 2 }'),
      'error one-of: "forEach" has "in" and "count" at once; keep one of them',
    ],
    ['L3.5', 'an event for each', '- { id: a, waitFor: =true, forEach: { count: 2 } }', 'error misplaced-key: an event has no forEach'],
    [
      'L3.5',
      'two kinds of repeating',
      task('a', '\n  forEach: { count: 2 }\n  repeat: { until: =true }'),
      'error misplaced-key: a step is repeated by "forEach" or by "repeat", not by both',
    ],
    [
      'L3.5',
      'an item that is not there',
      task('a', '\n  forEach: { in: [x], as: one, collect: { all: =ones } }'),
      'error expression: there is no "ones" here; did you mean "one"?',
    ],
    [
      'L3.7',
      'no end of it',
      task('a', '\n  repeat: { max: 3 }'),
      'error one-of: "repeat" lacks what it is about; add "while: =..." or "until: =..."',
    ],
    [
      'L3.7',
      'a condition that is a number',
      task('a', '\n  repeat: { until: =turn }'),
      'error condition-type: the condition gives a value of the type "number"',
    ],
    [
      'L3.8',
      'a gateway that undoes',
      task('a', '\n  compensate: { id: u, exclusive: [{ id: x, default: true }] }'),
      'error handler-kind: what undoes a step is a task, a call or a sub-process',
    ],
    [
      'L3.8',
      'a handler that jumps',
      task('a', '\n  compensate: { id: u, task: {}, next: a }'),
      'error misplaced-key: a handler that undoes a step has no next',
    ],
    [
      'L3.9',
      'a gateway that waits its turn',
      '- { id: a, mutex: x, exclusive: [{ id: x, default: true }] }',
      'error misplaced-key: a gateway has no mutex',
    ],
    [
      'L4.9',
      'a decision that is not there',
      '- { id: a, businessRuleTask: { decision: approval } }',
      'error unknown-decision: there is no decision "approval"; write a document "decision: approval"',
    ],
    ['L4.12', 'nothing inside', '- { id: a, subProcess: {} }', 'error missing-key: the sub-process has no "steps"; add "steps: [...]"'],
    [
      'L4.12',
      'a jump out',
      `${task('z')}- { id: a, subProcess: { steps: [{ id: b, task: {}, next: z }] } }`,
      'error jump-target: step "z" is inside another part of the process',
    ],
    [
      'L4.13',
      'a cancelling of nothing',
      '- { id: a, end: x, cancel: true }',
      'error cancel-outside-transaction: only inside a transaction can it be cancelled',
    ],
    [
      'L4.13',
      'two kinds at once',
      '- { id: a, subProcess: { transaction: true, adHoc: true, steps: [{ id: b, task: {} }] } }',
      'error misplaced-key: a sub-process is not "transaction" and "adHoc" at once',
    ],
    [
      'L4.14',
      'a step that may be left out',
      '- { id: a, subProcess: { adHoc: true, steps: [{ id: b, task: {}, if: =true }] } }',
      'error misplaced-key: a step that is begun as people see fit is not left out by "if"',
    ],
    [
      'L5.3',
      'a jump out of a branch',
      `${task('z')}- { id: a, inclusive: [{ id: b, default: true, do: [{ id: w, task: {}, next: z }] }] }`,
      'error jump-target: the jump to "z" leaves a branch of an inclusive step',
    ],
    [
      'L5.3',
      'no default',
      '- { id: a, inclusive: [{ id: b, when: =turn = 1 }] }',
      'warning no-default: no branch of "a" is taken where none of their conditions is true',
    ],
    ['L5.4', 'an event alone', '- { id: a, eventBased: [{ id: b, signal: s }] }', 'error out-of-bounds: "eventBased"'],
    [
      'L5.4',
      'an event that is none',
      '- { id: a, eventBased: [{ id: b, error: {} }, { id: c, signal: s }] }',
      'error unknown-key: the key "error" is unknown here',
    ],
    [
      'L5.5',
      'more branches than there are',
      '- { id: a, join: { need: 3 }, parallel: [{ id: b, do: [] }, { id: c, do: [] }] }',
      'error join-need: 3 branches are to come to the join, and only 2 lead there; write 2 or less',
    ],
    [
      'L5.5',
      'a join of nothing',
      '- { id: a, join: { need: 1 }, waitFor: =true }',
      'error misplaced-key: only a "parallel" or "inclusive" step has a join',
    ],
    [
      'L6.1',
      'two times at once',
      '- { id: a, timer: { after: PT1H, cycle: R/PT1H } }',
      'error one-of: "timer" has "after" and "cycle" at once',
    ],
    [
      'L6.1',
      'business days of no calendar',
      '- { id: a, timer: { after: { businessDays: 2 } } }',
      'error calendar-missing: business days are those of a calendar, and none is named; add "calendar: office"',
    ],
    [
      'L6.1',
      'a calendar that is not there',
      '- { id: a, timer: { after: PT1H, calendar: ofice } }',
      'error unknown-calendar: there is no calendar "ofice"; did you mean "office"?',
    ],
    ['L6.1', 'a month that there is not', '- { id: a, timer: { at: 2026-13-02 } }', 'error timer-never: "2026-13-02" is no point in time'],
    ['L6.1', 'a cycle that is none', '- { id: a, timer: { cycle: R3/10h } }', 'error timer-never: "R3/10h" is no repeating interval'],
    ['L6.1', 'a minute that there is not', '- { id: a, timer: { cron: "75 7 * * *" } }', 'error timer-never: '],
    [
      'L6.1',
      'a zone that there is not',
      '- { id: a, timer: { cron: "5 7 * * *", timezone: Asia/Shangai } }',
      'error unknown-timezone: there is no time zone "Asia/Shangai"',
    ],
    [
      'L6.8',
      'an error that goes on',
      `- { id: a, throw: { error: { code: x } }, next: b }\n${task('b')}`,
      'error misplaced-key: what throws an error does not go on',
    ],
    [
      'L6.8',
      'nothing that is thrown',
      '- { id: a, throw: {} }',
      'error one-of: "throw" lacks what it is about; add one of: error, escalation, signal, message, compensation',
    ],
    [
      'L6.9',
      'an activity that is not there',
      `${task('first')}- { id: a, throw: { compensation: frist } }`,
      'error unknown-step: there is no step "frist"; did you mean "first"?',
    ],
    [
      'L6.9',
      'an activity of the inside',
      `- { id: s, subProcess: { steps: [${inner('b')}] } }\n- { id: a, throw: { compensation: b } }`,
      'error wrong-step: "b" is not an activity of this scope or of one around it',
    ],
    [
      'L6.6',
      'a cancelling that does not interrupt',
      '- { id: s, subProcess: { transaction: true, steps: [{ id: b, task: {} }] }, boundary: [{ id: c, cancel: true, interrupting: false }] }',
      'error error-interrupts: cancelling always interrupts',
    ],
    [
      'L6.5',
      'two interrupting events for one message',
      task('a', '\n  boundary: [{ id: b, message: { name: m } }, { id: c, message: { name: m } }]'),
      'error boundary-twice: "a" has another boundary event for the same "message", "b"',
    ],
    [
      'L6.10',
      'an event at the step',
      '- { id: a, subProcess: { event: true, steps: [{ id: b, task: {} }] } }',
      'error misplaced-key: what an event begins stands apart from the steps; write it under "eventSubProcesses"',
    ],
  ])('[%s] %s', (_, __, steps, message) => {
    expect(told(steps).filter((line) => line.includes(message))).toHaveLength(1);
  });

  it('[L2.2] a form without roles, and two forms', () => {
    const start = (list: string) => findingsOf(`process: p\nstart: ${list}\nsteps: [{ id: a, end: x }]`);
    expect(start('[{ form: sales-order }]')).toEqual([expect.stringContaining('error missing-key: item 1 of "start" has no "roles"')]);
    const form = '{ form: sales-order, roles: [clerk] }';
    expect(start(`[${form}, ${form}]`)).toEqual([expect.stringContaining('error start-form-twice: a process is started with one form')]);
    expect(start('[{ id: a, signal: s }]')).toEqual([expect.stringContaining('error duplicate-id: the id "a" is given to a step as well')]);
  });

  it('[L4.8] processes that call each other in the version of the same deployment', () => {
    const call = (id: string, process: string) =>
      `process: ${id}\nsteps: [{ id: a, callActivity: { process: ${process}, version: deployment } }]`;
    expect(findingsOf(call('one', 'two'), call('two', 'one')).filter((line) => line.includes('version-cycle'))).toHaveLength(1);
  });

  it('[L4.8] a process that starts another one like it', () => {
    expect(told('- { id: a, callActivity: { process: example, detached: true } }')).toEqual([]);
  });
});
