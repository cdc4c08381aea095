import { closureOf } from '../../engine/compile/closure';
import type { CompiledDealership } from '../../engine/compile/deployment';
import { decide } from '../../engine/decision/decide';
import type { DecisionTable } from '../../engine/decision/decision-table';
import { scopeOf, untyped } from '../../engine/feel/fixture';
import type { Json } from '../../engine/json';
import { formatFinding } from '../../engine/language/finding';
import { CaseSimulator } from '../../engine/simulate/case-simulator';
import { compileTexts } from './compile-steps';

const staff = 'dealership: test\nduties: [test]\nroles: { clerk: [c@test] }\nsettings: { transport: { priceCeiling: "1800.00" } }';
const process = (id: string, inputs: Record<string, Json>) => `process: asks
variables:
${Object.entries(inputs)
  .map(([name, value]) => `  ${name}: { default: ${JSON.stringify(value)} }`)
  .join('\n')}
steps:
  - id: ask
    businessRuleTask: { decision: ${id}, result: answer }
  - { id: done, end: done }
`;

/** What a process decides by the decision `d` of these documents, and what is recorded of it; or what is said about them. */
function asked(inputs: Record<string, Json>, ...decisions: string[]) {
  const { dealerships, findings } = compileTexts(process('d', inputs), ...decisions, 'duty: test\nprocesses: [asks]', staff);
  const said = findings.map(formatFinding);
  const errors = said.filter((finding) => finding.includes(': error '));
  if (errors.length > 0) return { said };
  const simulator = new CaseSimulator(
    closureOf(dealerships['test'] as CompiledDealership, 'asks'),
    Date.parse('2026-03-02T09:00:00+08:00'),
  );
  simulator.start({
    instanceKey: 'case',
    dealership: 'test',
    variables: {},
    businessKey: 'case',
    actor: { user: 'c@test', roles: ['clerk'] },
  });
  const [incident] = Object.values(simulator.state.incidents);
  const made = simulator.records.flatMap((record) =>
    record.type === 'decisionMade' ? [[record.decision, record.rules, record.output]] : [],
  );
  return { said, made, value: made.at(-1)?.[2], incident: incident?.message };
}

const rated = (policy: string, more = '', rules = '["> 0", 1], ["> 10", 2], ["> 20", 2]') =>
  `decision: d\n${policy}\ninputs: [{ id: a, type: number }]\noutputs: [{ id: b, type: number${more} }]\nrules: [${rules}]\n`;

describe('hit policies', () => {
  it.each<[string, string, number, Json]>([
    ['hitPolicy: FIRST', '', 15, 1],
    ['hitPolicy: PRIORITY', ', values: [2, 1]', 15, 2],
    ['hitPolicy: OUTPUT ORDER', ', values: [2, 1]', 25, [2, 2, 1]],
    ['hitPolicy: RULE ORDER', '', 25, [1, 2, 2]],
    ['hitPolicy: COLLECT', '', 25, [1, 2, 2]],
    ['hitPolicy: COLLECT', '', -1, []],
    ['hitPolicy: COLLECT\naggregation: SUM', '', 25, 5],
    ['hitPolicy: COLLECT\naggregation: MIN', '', 25, 1],
    ['hitPolicy: COLLECT\naggregation: MAX', '', 25, 2],
    ['hitPolicy: COLLECT\naggregation: COUNT', '', 25, 3],
    ['hitPolicy: COLLECT\naggregation: COUNT', '', -1, 0],
    ['hitPolicy: COLLECT\naggregation: SUM', '', -1, null],
    ['hitPolicy: FIRST', ', default: 7', -1, 7],
    ['hitPolicy: RULE ORDER', ', default: 7', -1, [7]],
    ['hitPolicy: UNIQUE', ', default: 7', 5, 1],
  ])('[L14.5] %j with %j of %d gives %j', (policy, more, a, value) => {
    expect(asked({ a }, rated(policy, more))).toMatchObject({ value, incident: undefined });
  });

  it('[L14.5] ANY takes equal outputs of several rules, and fails over others', () => {
    const any = rated('hitPolicy: ANY', '', '["> 0", 1], ["> 10", 1 + 0], ["> 20", 2]');
    expect(asked({ a: 15 }, any)).toMatchObject({ value: 1, made: [['d', [1, 2], 1]] });
    expect(asked({ a: 25 }, any).incident).toContain(
      'decision "d": rules 1 and 3 both match with other outputs, and its hit policy is ANY',
    );
  });

  it('[L14.5] a sum of money is exact', () => {
    const fees = `decision: d\nhitPolicy: COLLECT\naggregation: SUM\ninputs: [{ id: a, type: number }]\noutputs: [{ id: b, type: money }]\nrules: [["-", 0.1], ["-", 0.2]]\n`;
    expect(asked({ a: 1 }, fees).value).toBe('0.30');
  });

  it.each([
    [rated('hitPolicy: PRIORITY'), 'error hit-policy: "PRIORITY" needs to know which values come first'],
    [rated('aggregation: SUM'), 'error hit-policy: "aggregation" goes with COLLECT, and the hit policy is "UNIQUE"'],
    [
      rated('hitPolicy: COLLECT\naggregation: SUM', ' }, { id: c', '["-", 1, 1]'),
      'error hit-policy: "aggregation" takes one output, and there are 2',
    ],
    [
      'decision: d\nhitPolicy: COLLECT\naggregation: MAX\ninputs: [{ id: a }]\noutputs: [{ id: b, type: string }]\nrules: [["-", \'"x"\']]',
      'error hit-policy: "MAX" takes numbers, and the output is a string',
    ],
  ])('[L14.5] %#: refuses what does not go together', (decision, finding) => {
    expect(asked({ a: 1 }, decision).said.join('\n')).toContain(finding);
  });

  it('[L14.4] an output that is none of its values fails', () => {
    expect(asked({ a: 5 }, rated('hitPolicy: FIRST', ', values: [2, 3]')).incident).toContain('output "b" gave 1, none of its values');
  });
});

const score = `decision: credit-score
inputs: [{ id: income, type: number }]
outputs: [{ id: score, type: number }]
rules: [["< 100", 1], [">= 100", 5]]
`;

describe('decisions that need others', () => {
  const reader = `decision: d
requires: [credit-score]
inputs: [{ id: good, type: boolean, expression: =credit_score > 3 }]
outputs: [{ id: answer, type: string }]
rules: [[true, '"yes: " + string(credit_score)'], [false, '"no"']]
`;
  it('[L14.7] read their results by their ids, and each is in the record', () => {
    expect(asked({ income: 150 }, reader, score)).toMatchObject({
      value: 'yes: 5',
      made: [
        ['credit-score', [2], 5],
        ['d', [1], 'yes: 5'],
      ],
    });
  });

  it('[L14.7] are made once, each before its readers', () => {
    const left = 'decision: left\nrequires: [credit-score]\ncontext: [{ expression: =credit_score + 1 }]';
    const right = 'decision: right\nrequires: [credit-score]\ncontext: [{ expression: =credit_score + 2 }]';
    const top = 'decision: d\nrequires: [left, right]\ncontext: [{ expression: =left * right }]';
    expect(asked({ income: 1 }, top, right, left, score)).toMatchObject({
      made: [
        ['credit-score', [1], 1],
        ['left', [], 2],
        ['right', [], 3],
        ['d', [], 6],
      ],
    });
  });

  it('[L14.7] a circle, an unknown decision and a misspelt name are found', () => {
    const circle = asked(
      { a: 1 },
      'decision: d\nrequires: [e]\ncontext: [{ expression: =e }]',
      'decision: e\nrequires: [d]\ncontext: [{ expression: =d }]',
    );
    expect(circle.said.join('\n')).toContain('error decision-cycle: the decisions need each other: "d" needs "e" needs "d"');
    expect(asked({ a: 1 }, 'decision: d\nrequires: [credit-scor]\ncontext: [{ expression: =1 }]', score).said.join('\n')).toContain(
      'error unknown-decision: there is no decision "credit-scor"; did you mean "credit-score"',
    );
    expect(asked({ income: 1 }, reader.replace('credit_score > 3', 'credit_scor > 3'), score).said.join('\n')).toContain('credit_scor');
  });

  it('[L14.7] what a needed decision reads has to be given too', () => {
    expect(asked({ other: 1 }, reader, score).said.join('\n')).toContain('decision "d" reads "income", and there is no such variable');
  });
});

describe('boxed contexts', () => {
  const boxed = `decision: d
context:
  - { id: base, expression: =price * 2 }
  - id: rate
    table:
      inputs: [{ id: base, type: number }]
      outputs: [{ id: rate, type: number }]
      rules: [["< 100", 0.1], [">= 100", 0.2]]
  - { id: fee, expression: =base * rate }
`;
  it('[L14.8] give their entries, each seeing those before it', () => {
    expect(asked({ price: 60 }, boxed)).toMatchObject({
      value: { base: 120, rate: 0.2, fee: 24 },
      made: [
        ['d.rate', [2], 0.2],
        ['d', [], { fee: 24 }],
      ],
    });
  });
  it('[L14.8] give their last entry where it has no id', () => {
    expect(asked({ price: 60 }, boxed.replace('id: fee, ', '')).value).toBe(24);
  });
  it('[L14.8] have ids but for the last, and no table beside them', () => {
    expect(asked({ price: 1 }, boxed.replace('id: base, ', '')).said.join('\n')).toContain('error entry-without-id');
    expect(asked({ price: 1 }, boxed.replace('id: fee', 'id: base')).said.join('\n')).toContain(
      'error duplicate-id: "base" stands here twice',
    );
    expect(asked({ price: 1 }, `${boxed}rules: [["-", 1]]`).said.join('\n')).toContain(
      'error misplaced-key: "rules" cannot stand beside "context"',
    );
  });
});

describe('gaps and overlaps', () => {
  const table = (inputs: string, rules: string, policy = 'UNIQUE') =>
    `decision: d\nhitPolicy: ${policy}\ninputs: [${inputs}]\noutputs: [{ id: b }]\nrules: [${rules}]`;
  const warned = (decision: string) =>
    asked({ a: 1, k: 'x' }, decision)
      .said.filter((finding) => finding.includes('decision-'))
      .map((finding) => finding.replace(/^.*?: /u, ''));

  it.each([
    ['{ id: a, type: number }', '["< 1", 1], ["> 1", 2]', ['warning decision-gap: no rule matches a = 1, so']],
    ['{ id: a, type: number }', '["<= 5", 1], [">= 6", 2]', ['warning decision-gap: no rule matches a = 5.5, so']],
    ['{ id: a, type: money }', '["<= 5", 1], [">= 5.01", 2]', []],
    ['{ id: a, type: number }', '["<= 5", 1], [">= 5", 2]', ['warning decision-overlap: rules 1 and 2 both match a = 5, which UNIQUE']],
    ['{ id: k, type: string }', `['"x"', 1], ['"y"', 2]`, ['warning decision-gap: no rule matches k = "other", so']],
    ['{ id: k, type: string }', `['"x"', 1], ['not("x")', 2]`, []],
    ['{ id: k, type: boolean }', '[true, 1], [false, 2]', []],
    [
      '{ id: k, type: date }',
      `['< date("2026-03-02")', 1], ['> date("2026-03-02")', 2]`,
      ['warning decision-gap: no rule matches k = "2026-03-02"'],
    ],
    [
      '{ id: a, type: number }, { id: k, type: string }',
      `["< 1", "-", 1], [">= 1", '"x"', 2]`,
      ['warning decision-gap: no rule matches a = 1, k = "other"'],
    ],
    [
      '{ id: a, type: number }',
      '["< k", 1]',
      ['note decision-unchecked: gaps and overlaps were not looked for: input "a" is compared with more than literals in rule 1'],
    ],
    ['{ id: a, type: duration }', `['< duration("P1D")', 1]`, ['note decision-unchecked']],
  ])('[L14.9] of %s by %s', (inputs, rules, findings) => {
    const found = warned(table(inputs, rules.replace('< k', '< k2').replace('k2', 'a * 2')));
    expect(found).toHaveLength(findings.length);
    for (const [index, finding] of findings.entries()) expect(found[index]).toContain(finding);
  });

  it('[L14.9] are no matter where a default or the policy takes them', () => {
    expect(warned(table('{ id: a, type: number }', '["< 1", 1]').replace('{ id: b }', '{ id: b, default: 0 }'))).toEqual([]);
    expect(warned(table('{ id: a, type: number }', '["< 5", 1], ["-", 2]', 'FIRST'))).toEqual([]);
    expect(warned(table('{ id: a, type: number }', '["< 5", 1], ["< 3", 1], [">= 5", 2]', 'ANY'))).toEqual([]);
    expect(warned(table('{ id: a, type: number }', '["< 5", 1]', 'COLLECT'))).toEqual([]);
  });

  it('[L14.9] only what can still show a gap or an overlap is looked at', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    const inputs = ids.map((id) => `{ id: ${id}, type: number, expression: =a }`).join(', ');
    const rules = Array.from({ length: 30 }, (_, rule) => `[${ids.map((_, at) => `"< ${rule + at}"`).join(', ')}, ${rule}]`).join(', ');
    expect(warned(table(inputs, `${rules}, [${ids.map(() => '"-"').join(', ')}, 99]`, 'FIRST'))).toEqual([]);
    expect(warned(table(inputs, rules, 'FIRST')).join()).toMatch(/^warning decision-gap: no rule matches a = /);
  });

  it('[L14.9] a search that is too large says so', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
    const rules = ids.map((_, rule) => `[${ids.map((_, at) => (at === rule ? '"> 5"' : '"<= 5"')).join(', ')}, ${rule}]`);
    const inputs = ids.map((id) => `{ id: ${id}, type: number, expression: =a }`).join(', ');
    const pairs = Array.from({ length: 60 }, (_, at) => `[${ids.map(() => `"!= ${at}"`).join(', ')}, ${at}]`);
    expect(warned(table(inputs, [...pairs, ...rules].join(', '), 'ANY')).join()).toContain(
      'there are more than 50000 combinations of inputs',
    );
  });
});

it('[L14.6] what a decision spends with all that it needs is bounded', () => {
  const heavy: DecisionTable = {
    id: 'heavy',
    hitPolicy: 'FIRST',
    inputs: [],
    outputs: [],
    rules: [],
    context: Array.from({ length: 100 }, (_, at) => ({
      id: `e${at}`,
      type: { kind: 'any' },
      value: { text: 'x', tree: ['some', [[0, ['number', '1'], ['number', '20000']]], false], reads: [] },
    })),
  };
  expect(decide(heavy, scopeOf({ a: untyped(1) }))).toMatchObject({ ok: false, code: 'expression-too-costly' });
});
