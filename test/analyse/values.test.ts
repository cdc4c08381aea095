import { Checker } from '../../engine/analyse/check';
import { ports } from '../language/definition-files';

const checker = new Checker(ports);
const task = 'userTask: { assign: { roles: [clerk] } }';

const form = `form: desk-slip
schema: { type: object, required: [region], properties: { region: { type: string, enum: [city, other] }, count: { type: integer } } }
`;
const decision = (...rules: string[]): string => `decision: way
hitPolicy: FIRST
inputs: [{ id: kind, type: string }]
outputs: [{ id: way, type: string }]
rules:
${rules.map((rule) => `  - [${rule}]\n`).join('')}`;
const right = decision(`'"city"', '"approved"'`, `'-', '"rejected"'`);

/** What a check says of a process with a form, a decision and a process that it calls. */
function told(steps: string, { table = right, variables = '' } = {}): string[] {
  const texts = [
    `process: p\nstart: [{ form: desk-slip, roles: [clerk], result: order }]\nvariables: { ${variables} }\nsteps:\n${steps
      .split('\n')
      .map((line) => `  ${line}\n`)
      .join('')}`,
    form,
    table,
    'process: q\nsteps:\n  - { id: x, task: {} }\n  - { id: done, end: delivered }\n',
  ];
  const files = texts.map((text, index) => ({ path: `${index}.yaml`, text }));
  const { findings } = checker.check(files);
  return findings.flatMap(({ file, line, rule, message, remedy }) =>
    /^\d\.yaml$/u.test(file) ? [`${file}:${line} ${rule}: ${message}; ${remedy}`] : [],
  );
}

const asked = (condition: string): string => `- { id: a, if: '=${condition}', ${task} }`;
const decided = '- { id: way, businessRuleTask: { decision: way, input: { kind: =order.region } } }';

describe('[L1.8] values that are never given', () => {
  it.each([
    ['a field of a form', asked('order.region = "citty"'), '"order.region" is never "citty"; did you mean "city"?'],
    ['a field of a form, in a list', asked('order.region in ("city", "town")'), '"order.region" is never "town"; it can be: city, other'],
    ['what a decision gives', `${decided}\n${asked('way = "aproved"')}`, '"way" is never "aproved"; did you mean "approved"?'],
    [
      'an end',
      `- { id: call, callActivity: { process: q } }\n${asked('call.end = "deliverd"')}`,
      '"call.end" is never "deliverd"; did you mean "delivered"?',
    ],
    [
      'what a step sets',
      `- { id: s, scriptTask: { set: { mode: '=if order.count > 1 then "slow" else "fast"' } } }\n${asked('mode = "slwo"')}`,
      '"mode" is never "slwo"; did you mean "slow"?',
    ],
  ])('%s is compared with something else', (_, steps, message) => {
    expect(told(steps, { variables: 'mode: { type: string }' })).toEqual([expect.stringContaining(`value-never-given: ${message}`)]);
  });

  it('a variable has a list of values', () => {
    const variables = 'kind: { type: string, enum: [travel, meal], default: meal }';
    expect(told(asked('kind = "travle"'), { variables })).toEqual([
      '0.yaml:5 value-never-given: "kind" is never "travle"; did you mean "travel"?',
    ]);
  });

  it('a decision compares its input with it', () => {
    expect(
      told(`${decided}\n${asked('way = "approved"')}`, {
        table: decision(`'"city"', '"approved"'`, `'"othr"', '"odd"'`, `'-', '"rejected"'`),
      }),
    ).toEqual([
      '0.yaml:5 value-never-given: "order.region" is never "othr", with which rule 2 of decision "way" compares it; did you mean "other"?',
    ]);
  });

  it('nothing is said where what is given cannot be listed', () => {
    const open = [
      decided.replace('=order.region', '=string(order.count)'),
      asked('way = "approved" or order.count = 3'),
      `- { id: call, callActivity: { process: q, output: { other: =1 } } }`,
      `- { id: b, if: '=call.other = "x"', ${task} }`,
    ].join('\n');
    expect(told(open, { variables: 'other: { type: string }' }).filter((one) => one.includes('value-never'))).toEqual([]);
  });

  it('a value that nobody compares is one letter away from another', () => {
    const table = decision(`'"city"', '"approved"'`, `'"other"', '"aproved"'`, `'-', '"rejected"'`);
    expect(told(`${decided}\n${asked('way = "approved"')}`, { table })).toEqual([
      '2.yaml:7 value-never-compared: rule 2 gives "aproved", with which nothing compares "way"; did you mean "approved"?',
    ]);
    const levels = decision(`'"city"', '"level1"'`, `'"other"', '"level2"'`, `'-', '"levels"'`);
    expect(told(`${decided}\n${asked('way = "level1"')}`, { table: levels })).toEqual([]);
  });

  it('a step that no case comes to is told with the condition', () => {
    expect(told(asked('order.region = "city" and order.region = "other"'))).toEqual([
      '0.yaml:5 step-never-runs: no case ever comes to step "a": the condition =order.region = "city" and order.region = "other" is never true there; mend the condition, by what can be known of its values when it is asked, or delete the step where no case is meant to come to it',
    ]);
  });
});

describe('[L14.9] null that a decision is asked', () => {
  const counted = (...rules: string[]): string => decision(...rules).replace('id: kind, type: string', 'id: kind, type: number');
  const way = decided.replace('=order.region', '=order.count');
  const table = counted(`'<= 3', '"approved"'`, `'> 3', '"rejected"'`);

  it('a field that need not be filled in has no rule', () => {
    expect(told(`${way}\n${asked('way = "approved"')}`, { table })).toEqual([
      '0.yaml:5 decision-null: no rule of decision "way" matches where "order.count" is null, and it may be left out: the result is null; add a rule with "null" in that cell, or one for all else, or require "count"',
    ]);
  });

  it.each([
    ['a rule for null', way, counted(`'<= 3, null', '"approved"'`, `'> 3', '"rejected"'`)],
    ['a rule for all else', way, counted(`'<= 3', '"approved"'`, `'-', '"rejected"'`)],
    ['a default', way, table.replace('id: way, type: string', `id: way, type: string, default: '"rejected"'`)],
    ['a field that is required', decided, right.replace(`'-'`, `'not("city")'`)],
    ['a process that looks itself', `- { id: none, if: '=order.count = null', end: none }\n${way}`, table],
  ])('there is %s', (_, steps, one) => {
    expect(told(`${steps}\n${asked('way = "approved"')}`, { table: one })).toEqual([]);
  });
});

describe('[L14.3] cells that are written as elsewhere', () => {
  const toldOf = (cell: string, type = 'number'): string[] => {
    const text = `decision: d\nhitPolicy: FIRST\ninputs: [{ id: amount, type: ${type} }]\noutputs: [{ id: who, type: number }]\nrules:\n  - [${JSON.stringify(cell)}, 1]\n  - ["-", 2]\n`;
    const { findings } = checker.check([{ path: '0.yaml', text }]);
    return findings.flatMap(({ file, severity, message, remedy }) =>
      file === '0.yaml' && severity !== 'note' ? [`${severity}: ${message}; ${remedy}`] : [],
    );
  };

  it.each([
    [
      '> 300,000',
      'warning: the comma in "300,000" means "or": 300 or 0; write 300000; for several values put a blank behind each comma: 300, 0',
    ],
    [
      '[1,000..5,000]',
      'error: the comma in "1,000" means "or": 1 or 0; write 1000; for several values put a blank behind each comma: 1, 0',
    ],
    ['5-10', 'warning: "5-10" is a subtraction; for the numbers from 5 to 10 write "[5..10]"'],
    ['5..10', 'error: "5..10" is no test; write a range with its brackets: "[5..10]"'],
    ['> 5 and <= 10', 'error: "> 5 and <= 10" is no test; write a range: "(5..10]"'],
    ['<= 10 and >= 5', 'error: "<= 10 and >= 5" is no test; write a range: "[5..10]"'],
    ['> 5 or < 2', 'error: "> 5 or < 2" is no test; a comma means "or": "> 5, < 2"'],
    ['=> 5', 'error: "=>" is not an operator; write ">="'],
    ['== 5', 'error: "==" is not an operator; write "="'],
    ['<> 5', 'error: "<>" is not an operator; write "!="'],
    ['≥ 5', 'error: "≥" is not understood here; write ">=" in place of "≥"'],
    ['> 300 000', 'error: "> 300 000" is no test; write the digits together: "> 300000"'],
    ['30万', 'error: "30万" is no test; write the number out, with all its zeros'],
    ['50%', 'error: "50%" is no test; write a part of one: 0.5 is 50 %'],
    ['any', 'error: "any" is no test; write "-" where any value will do'],
    ['=amount > 5', 'error: "=amount > 5" is no test; a cell is a test without "=": write what the input is compared with, such as "> 5"'],
  ])('%s', (cell, words) => {
    expect(toldOf(cell)).toEqual([words]);
  });

  it.each([
    ['travel', `error: there is no "travel" here; write texts in double quotes, in YAML within single ones: '"travel"'`],
    [
      '"a" or "b"',
      'error: "a" stands beside "or" and is neither true nor false; compare it with something; in a cell of a decision a comma means "or"',
    ],
  ])('%s in a column of texts', (cell, words) => {
    expect(toldOf(cell, 'string')).toEqual([words]);
  });

  it('several values apart by commas and blanks are several values', () => {
    expect(toldOf('100, 200')).toEqual([]);
    expect(toldOf('"1,000"', 'string')).toEqual([]);
  });
});
