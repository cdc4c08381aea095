import { compileDefinitions } from '../../engine/compile/compile';
import { formatFinding } from '../../engine/language/finding';
import { compileTexts, findingsOf, processAround } from './compile-steps';
import { ports } from './definition-files';

/** What a process around these steps is told, without the file's name. */
const told = (steps: string) => findingsOf(processAround(steps)).map((line) => line.replace(/^1\.yaml:/u, ''));
const toldOf = (text: string) => findingsOf(text).map((line) => line.replace(/^1\.yaml:/u, ''));
const roles = 'assign: { roles: [clerk] }';

describe('what a slip of the pen is told', () => {
  it.each([
    [
      'L1.3',
      'a misspelt kind',
      '- id: a\n  usertask: {}',
      '5:5: error unknown-key: the key "usertask" is unknown here; did you mean "userTask"?',
    ],
    ['L1.3', 'no id', `- userTask: { ${roles} }`, '4:5: error missing-key: item 1 of "steps" has no "id"; add "id: ..."'],
    [
      'L3.1',
      'two kinds',
      `- id: a\n  end: x\n  userTask: { ${roles} }`,
      '4:5: error one-of: item 1 of "steps" has "end" and "userTask" at once; keep one of them',
    ],
    [
      'L1.4',
      'an id that FEEL cannot read',
      '- id: ship-time\n  end: x',
      '4:9: error wrong-form: "ship-time" cannot stand here; write a name of letters',
    ],
    [
      'L1.4',
      'an id twice',
      `- { id: a, userTask: { ${roles} } }\n- { id: a, end: x }`,
      '5:11: error duplicate-id: the id "a" is given twice, first in line 4',
    ],
    [
      'L1.4',
      'an id of the process itself',
      '- { id: end, end: x }',
      '4:11: error reserved-id: the id "end" belongs to the process itself; choose another id, for example "endStep"',
    ],
    [
      'L1.5',
      'a title that is a list',
      '- { id: a, title: [x], end: x }',
      '4:14: error wrong-form: "title" is a list; write a text, or { zh: ..., en: ... }',
    ],
    [
      'L1.6',
      'a condition without "="',
      '- { id: a, waitFor: turn > 1 }',
      '4:23: error wrong-form: "turn > 1" cannot stand here; write an expression that begins with "="',
    ],
    [
      'L1.6',
      'values that read each other',
      '- id: a\n  serviceTask: { connector: x.y, input: { b: { turn: =note, note: =turn } } }',
      'error input-names: the values of "turn" and "note" read variables',
    ],
    [
      'L1.7',
      'a duration in words',
      `- { id: a, timer: { after: 4h } }`,
      '4:23: error wrong-form: "after" is "4h", which is no duration; write PT4H: PT30M is half an hour, PT4H four hours, P2D two days (ISO 8601)',
    ],
    [
      'L1.7',
      'a month in a retry',
      `- { id: a, serviceTask: { connector: system.noop }, retry: { max: P1M } }`,
      'error wrong-form: "P1M" cannot stand here',
    ],
    ['L1.7', 'months of work', `- { id: a, timer: { after: P1M, calendar: office } }`, 'error calendar-months: "P1M" has months or years'],
    [
      'L1.7',
      'less than a second',
      `- { id: a, serviceTask: { connector: system.noop }, retry: { max: PT0.5S } }`,
      'error timer-too-short: "PT0.5S" is shorter than a second; write PT1S or more',
    ],
    [
      'L2.4',
      'a name that is not there',
      '- { id: a, waitFor: =trun > 1 }',
      '4:24: error expression: there is no "trun" here; did you mean "turn"?',
    ],
    [
      'L2.4',
      'a member that is not there',
      '- { id: a, waitFor: =order.nmber = "x" }',
      'there is no member "nmber"; did you mean "number"?',
    ],
    [
      'L2.4',
      'a condition that is a number',
      '- { id: a, waitFor: =turn }',
      'error condition-type: the condition gives a value of the type "number", not true or false',
    ],
    [
      'L3.2',
      'a jump to nowhere',
      `- { id: a, userTask: { ${roles} }, next: bb }\n- { id: b, end: x }`,
      'error unknown-step: there is no step "bb"; did you mean "b"?',
    ],
    ['L3.4', 'a step after an end', '- { id: a, end: x }\n- { id: b, end: y }', '5:11: error unreachable-step: nothing leads to step "b"'],
    [
      'L4.1',
      'a role that is no list',
      `- { id: a, userTask: { assign: { roles: clerk } } }`,
      'error wrong-type: "roles" is the text "clerk"; write a list: [a, b]',
    ],
    [
      'L4.1',
      'nobody',
      '- { id: a, userTask: { assign: { exclude: [x] } } }',
      'error one-of: "assign" lacks what it is about; add "roles" or "users", or both',
    ],
    [
      'L4.2',
      'a form that is not there',
      `- { id: a, userTask: { ${roles}, form: sales-oder } }`,
      'error unknown-form: there is no form "sales-oder"; did you mean "sales-order"?',
    ],
    [
      'L4.2',
      'an outcome twice',
      `- { id: a, userTask: { ${roles}, outcomes: [x, x] } }`,
      'error duplicate-id: the outcome "x" is given twice',
    ],
    [
      'L4.4',
      'overdue without due',
      `- { id: a, userTask: { ${roles}, overdue: [{ id: u, after: P1D, do: urge }] } }`,
      'error overdue-without-due: there is no due date to be over; add "due: { after: ... }"',
    ],
    [
      'L4.4',
      'three times at once',
      `- { id: a, userTask: { ${roles}, due: { after: P1D }, overdue: [{ id: u, after: P1D, times: 3, do: urge }] } }`,
      'error overdue-every: it is to happen 3 times, but not how long apart',
    ],
    [
      'L4.6',
      'a person who is tried again',
      `- { id: a, userTask: { ${roles} }, retry: { attempts: 3 } }`,
      'error misplaced-key: only a "serviceTask" is tried again; leave "retry" out here',
    ],
    [
      'L4.7',
      'a variable that is not there',
      '- { id: a, scriptTask: { set: { trun: 1 } } }',
      'error unknown-variable: there is no variable "trun"; did you mean "turn"?',
    ],
    [
      'L4.8',
      'a process that is not there',
      '- { id: a, callActivity: { process: confirm-paiment } }',
      'error unknown-process: there is no process "confirm-paiment"; did you mean "confirm-payment"?',
    ],
    [
      'L4.8',
      'a variable that the called process lacks',
      '- { id: a, callActivity: { process: confirm-payment, input: { oder: 1 } } }',
      'error unknown-variable: process "confirm-payment" declares no variable "oder"; did you mean "order"?',
    ],
    [
      'L4.8',
      'a process that calls itself',
      '- { id: a, callActivity: { process: example } }',
      'warning call-cycle: process "example" calls itself',
    ],
    [
      'L5.1',
      'no default',
      '- { id: a, exclusive: [{ id: b, when: =turn = 1 }] }',
      'warning no-default: no branch of "a" is taken where none of their conditions is true',
    ],
    [
      'L5.1',
      'two defaults',
      '- { id: a, exclusive: [{ id: b, default: true }, { id: c, default: true }] }',
      'error one-default: more than one branch is the default',
    ],
    ['L5.1', 'a branch for nothing', '- { id: a, exclusive: [{ id: b, do: [] }] }', 'add "when: =..." or "default: true", one of the two'],
    [
      'L5.2',
      'an end that leaves the others waiting',
      '- { id: a, parallel: [{ id: b, do: [{ id: e, end: x }] }, { id: c, do: [] }] }',
      'error end-in-parallel: an end inside a branch of a parallel step',
    ],
    [
      'L5.2',
      'a jump out',
      `- { id: z, userTask: { ${roles} } }\n- { id: a, parallel: [{ id: b, do: [{ id: w, waitFor: =true, next: z }] }, { id: c, do: [] }] }`,
      'error jump-target: the jump to "z" leaves a branch of a parallel step',
    ],
    [
      'L3.2',
      'a jump in',
      `- { id: a, parallel: [{ id: b, do: [{ id: w, waitFor: =true }] }, { id: c, do: [] }] }\n- { id: z, userTask: { ${roles} }, next: w }`,
      'error jump-target: step "w" is inside another part of the process',
    ],
    [
      'L6.3',
      'a result where there is none',
      '- { id: a, waitFor: =true, result: x }',
      'error misplaced-key: "result" stands inside the task, or beside a message',
    ],
    ['L6.4', 'an end that goes on', '- { id: a, end: x, next: a }', 'error misplaced-key: an end has no next; leave "next" out here'],
    [
      'L6.5',
      'events at a gateway',
      '- { id: a, exclusive: [{ id: b, default: true }], boundary: [{ id: e, error: {} }] }',
      'error misplaced-key: a gateway has no boundary',
    ],
    [
      'L6.6',
      'an error that does not interrupt',
      '- { id: a, serviceTask: { connector: x.y }, boundary: [{ id: e, error: {}, interrupting: false }] }',
      'error error-interrupts: an error always interrupts the step',
    ],
    [
      'L6.6',
      'a jump beside the step',
      `- { id: a, userTask: { ${roles} }, boundary: [{ id: e, timer: { after: P1D }, interrupting: false, next: a }] }`,
      'error jump-target: an event that does not interrupt runs beside the step',
    ],
  ])('[%s] %s', (_, __, steps, message) => {
    const lines = told(steps);
    expect(lines.filter((line) => line.includes(message))).toHaveLength(1);
  });

  it.each(['anyOf', 'oneOf', 'allOf'])('[L12.1] %s of schemas', (key) => {
    const form = `form: f\nschema: { type: object, properties: { a: { ${key}: [{ type: string }] } } }`;
    expect(toldOf(form)).toEqual([expect.stringContaining(`error not-supported-yet: "${key}" is not supported yet`)]);
  });

  it('[L2.4] names that the language takes', () => {
    const lines = toldOf('process: p\nvariables: { settings: { type: string }, if: { type: string } }\nsteps: [{ id: a, end: x }]');
    expect(lines).toEqual([
      '2:14: error reserved-name: "settings" cannot be the name of a variable; choose another name',
      '2:42: error reserved-name: "if" cannot be the name of a variable; choose another name',
    ]);
  });

  it('[L2.1] a business key is computed before there is a case', () => {
    expect(toldOf('process: p\nkey: =case.key\nsteps: [{ id: a, end: x }]')).toEqual([
      expect.stringContaining('2:7: error expression: there is no "case" here'),
    ]);
  });

  it('[L1.4] one id, one document', () => {
    const form = 'form: call-note\nschema: { type: object }';
    expect(findingsOf(form, form)).toEqual([
      '2.yaml:1:7: error duplicate-document: form "call-note" is defined twice, also in 1.yaml; delete one of them, or give it another id',
    ]);
  });

  it('[L1.3] a document with findings of its own gives none to what uses it', () => {
    const lines = findingsOf(
      'form: note\nschema: { typ: object }',
      processAround(`- { id: a, userTask: { ${roles}, form: note } }\n- { id: w, waitFor: =a.any != null }`),
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('1.yaml');
  });

  it('[L11.3] a process with more than 1,000 nodes, a compilation with more than 2,000 files', () => {
    const steps = Array.from({ length: 1_000 }, (_, index) => `- { id: s${index}, waitFor: =true }`).join('\n');
    expect(told(steps)).toEqual([expect.stringContaining('error too-large: the process has 1002 nodes, more than 1000')]);
    const files = Array.from({ length: 2_001 }, (_, index) => ({ path: `${index}.yaml`, text: '' }));
    expect(compileDefinitions(files, ports).findings.map((finding) => finding.rule)).toEqual(['too-large']);
  });
});

describe('what other documents are told', () => {
  it.each([
    [
      'L7.1',
      'a required field that is not there',
      'form: f\nschema: { type: object, required: [nme], properties: { name: { type: string } } }',
      '2:36: error unknown-field: there is no field "nme"; did you mean "name"?',
    ],
    [
      'L7.1',
      'money as a number',
      'form: f\nschema: { type: object, properties: { p: { type: number, format: money } } }',
      'error money-type: an amount of money is a text; write "type: string" beside "format: money"',
    ],
    [
      'L7.1',
      'a pattern that looks around',
      'form: f\nschema: { type: object, properties: { p: { type: string, pattern: "(?=a)" } } }',
      'error wrong-pattern: "(?=a)" is no pattern: invalid or unsupported Perl syntax: `(?=`; write a regular expression of RE2, for example "^1[0-9]{10}$"',
    ],
    [
      'L7.1',
      'alternatives',
      'form: f\nschema: { type: object, properties: { p: { anyOf: [{ type: string }] } } }',
      'error not-supported-yet: "anyOf" is not supported yet',
    ],
    [
      'L7.1',
      'fields that nest too deeply',
      `form: f\nschema: { type: object, properties: { p: ${'{ type: array, items: '.repeat(16)}{}${' }'.repeat(16)} } }`,
      'error too-large: fields nest more than 16 deep; put the inner ones beside the outer ones',
    ],
    [
      'L2.3',
      'a pattern of a variable that refers back',
      'process: p\nvariables: { a: { type: string, pattern: "(a)\\\\1" } }\nsteps: [{ id: x, end: y }]',
      'error wrong-pattern',
    ],
    [
      'L7.1',
      'fields of another form',
      'form: f\nschema: { type: object, properties: { o: { $ref: form:sales-order } } }',
      'error form-reference: a form cannot take the fields of another',
    ],
    [
      'L7.1',
      'a type that is none',
      'form: f\nschema: { type: object, properties: { p: { type: text } } }',
      'write string, number, integer, boolean, object, array or null',
    ],
    [
      'L8.1',
      'a row without quotes',
      'duty: d\nprocesses: [order-to-delivery]\ncovers: [2.10]',
      '3:10: error wrong-type: item 1 of "covers" is 2.1; write a row in quotes, for example "3.2"',
    ],
    [
      'L8.1',
      'a process that is not there',
      'duty: d\nprocesses: [order-to-deliver]',
      'error unknown-process: there is no process "order-to-deliver"; did you mean "order-to-delivery"?',
    ],
    [
      'L9.1',
      'a duty that is not there',
      'dealership: d\nduties: [order-reviw]\nroles: {}',
      'error unknown-duty: there is no duty "order-reviw"; did you mean "order-review"?',
    ],
    ['L9.1', 'a layer', 'dealership: d\nlayers: [brand]\nduties: [order-review]\nroles: {}', 'write base, brand/<id> or group/<id>'],
    [
      'L9.2',
      'a role that nobody has',
      'dealership: d\nduties: [order-review]\nroles: { clerk: [] }',
      '3:10: warning role-without-anybody: nobody has the role "clerk"',
    ],
    [
      'L9.2',
      'a role that is missing',
      'dealership: d\nduties: [order-review]\nroles: { clerk: [c@d] }',
      'names the role "salesman", which this dealership does not have',
    ],
    [
      'L9.3',
      'an amount without its decimals',
      'dealership: d\nduties: [order-review]\nroles: {}\nsettings: { transport: { priceCeiling: "1,800" } }',
      'error wrong-form: "1,800" is no money; write an amount in yuan in quotes, for example "1800.00"',
    ],
    [
      'L9.3',
      'a setting that is unknown',
      'dealership: d\nduties: [order-review]\nroles: {}\nsettings: { transport: { priceCeling: "1800.00" } }',
      'did you mean "priceCeiling"?',
    ],
  ])('[%s] %s', (_, __, text, message) => {
    expect(toldOf(text).filter((line) => line.includes(message))).toHaveLength(1);
  });

  it('[L7.2] a form that shows what a process has not', () => {
    const form = 'form: note\nschema: { type: object }\nshows: [=order, =shipTime]';
    expect(findingsOf(form, processAround(`- { id: a, userTask: { ${roles}, form: note } }`))).toEqual([
      '1.yaml:3:17: error unknown-variable: process "example" shows this form and has no variable "shipTime"; show what every process that uses the form has',
    ]);
  });

  it('[L9.1] a dealership runs its duties and what they call, with their forms', () => {
    const { dealerships } = compileTexts(
      'duty: d\nprocesses: [order-to-delivery]',
      'dealership: x\nduties: [d]\nroles: {}\ntimezone: Asia/Urumqi',
    );
    expect(Object.keys(dealerships['x']?.processes ?? {})).toEqual([
      'ask-carrier',
      'book-transport',
      'confirm-payment',
      'free-vehicle',
      'issue-paper',
      'judge-order',
      'order-review',
      'order-to-delivery',
      'refund-difference',
      'refund-payment',
      'release-carriers',
      'transport-result',
      'warehouse-release',
    ]);
    expect(Object.keys(dealerships['x']?.forms ?? {})).toContain('carrier-call');
    expect(dealerships['x']).toMatchObject({ timezone: 'Asia/Urumqi', settings: {}, title: { zh: 'x', en: 'x' } });
  });

  it('[L9.2] a role that no dealership has', () => {
    const { findings } = compileTexts(processAround('- { id: a, userTask: { assign: { roles: [clrk] } } }'));
    expect(findings.filter(({ file }) => file === '1.yaml').map(formatFinding)).toEqual([
      '1.yaml:4:44: warning unknown-role: no dealership has the role "clrk"; did you mean "clerk"?',
    ]);
  });
});
