import fc from 'fast-check';
import { closureOf } from '../../engine/compile/closure';
import { compileDecision, decisionType, namesWanted } from '../../engine/compile/compile-decision';
import type { CompiledDealership, Finding } from '../../engine/compile/deployment';
import { Report } from '../../engine/compile/report';
import { decide } from '../../engine/decision/decide';
import type { DecisionTable } from '../../engine/decision/decision-table';
import { namesOf, scopeOf, untyped, type Variables } from '../../engine/feel/fixture';
import type { Json } from '../../engine/json';
import { readDocument } from '../../engine/language/documents';
import { formatFinding } from '../../engine/language/finding';
import { checkSchema } from '../../engine/language/schema-check';
import { CaseSimulator } from '../../engine/simulate/case-simulator';
import { compileTexts } from './compile-steps';

/** What is said about a decision, and what it compiles into where it fits its schema. */
function compile(text: string, names?: Variables) {
  const { document, findings } = readDocument({ path: '1.yaml', text });
  if (document === undefined) throw new Error(findings.map(formatFinding).join('\n'));
  const said: Finding[] = [...checkSchema(document)];
  const table = said.length > 0 ? undefined : compileDecision(new Report(document, said), [], document.id, names && namesOf(names));
  return { table, findings: said.map(formatFinding) };
}

function tableOf(text: string): DecisionTable {
  const { table, findings } = compile(text);
  const errors = findings.filter((finding) => finding.includes(': error '));
  if (table === undefined || errors.length > 0) throw new Error(errors.join('\n'));
  return table;
}

const chain = `decision: approval-chain
hitPolicy: FIRST
inputs: [{ id: amount, type: number }, { id: kind, type: string }]
outputs: [{ id: roles, type: list }]
rules:
  - ["<= 1000", "-", '["sales-manager"]']
  - ["> 1000", '"travel"', '["sales-manager", "finance"]']
  - ["-", "-", '["sales-manager", "finance", "general-manager"]']
`;

function decided(text: string, values: Record<string, Json>) {
  const variables = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, untyped(value)]));
  return decide(tableOf(text), scopeOf(variables));
}

/** A table of one input `a` and one output `b`. */
const table = (rules: string, { input = '', output = '', policy = 'UNIQUE' } = {}): string =>
  `decision: d\nhitPolicy: ${policy}\ninputs: [{ id: a${input} }]\noutputs: [{ id: b${output} }]\nrules:\n${rules}\n`;

describe('a decision', () => {
  it.each<[Record<string, Json>, Json, number]>([
    [{ amount: 1000, kind: 'office' }, ['sales-manager'], 1],
    [{ amount: 1001, kind: 'travel' }, ['sales-manager', 'finance'], 2],
    [{ amount: 1001, kind: 'office' }, ['sales-manager', 'finance', 'general-manager'], 3],
    [{ amount: null, kind: 'travel' }, ['sales-manager', 'finance', 'general-manager'], 3],
    [{}, ['sales-manager', 'finance', 'general-manager'], 3],
  ])('[L14.1] of %j gives %j by rule %d', (values, value, rule) => {
    expect(decided(chain, values)).toEqual({ ok: true, value, matched: [rule] });
  });

  it('[L14.1] is plain JSON, and tells what it wants and gives', () => {
    const compiled = tableOf(chain);
    expect(JSON.parse(JSON.stringify(compiled))).toEqual(compiled);
    expect(namesWanted(compiled)).toEqual(['amount', 'kind']);
    expect(decisionType(compiled)).toEqual({ kind: 'list', items: { kind: 'any' } });
  });

  it('[L14.1] needs its parts', () => {
    expect(compile('decision: d\nrules: [["-", 1]]').findings.join('\n')).toContain('missing-key: the document has no "inputs"');
    expect(compile(chain.replace('FIRST', 'MAYBE')).findings[0]).toContain(
      '2:12: error wrong-value: "hitPolicy" is "MAYBE"; write one of: UNIQUE, ANY, FIRST',
    );
  });

  it('[L14.2] reads what its inputs say, once, by their types', () => {
    const text = `decision: d
inputs:
  - { id: amount, type: money, expression: =order.price }
  - { id: late, type: boolean, expression: =order.dueOn < today() }
outputs: [{ id: fee, type: money }]
rules:
  - [">= 100000", true, amount * 0.01]
  - [">= 100000", false, 0]
  - ["< 100000", "-", order.fee]
`;
    expect(namesWanted(tableOf(text))).toEqual(['order']);
    const order = { price: '258000.00', dueOn: '2026-03-01', fee: 12 };
    const typed: Variables = {
      order: { value: order, type: { kind: 'context', properties: { price: { kind: 'money' }, dueOn: { kind: 'date' } }, open: true } },
    };
    expect(decide(tableOf(text), scopeOf(typed))).toEqual({ ok: true, value: '2580.00', matched: [1] });
    expect(compile(text, typed).findings).toEqual([]);
  });

  it('[L14.2] fails where an input has not its type', () => {
    expect(decided(chain, { amount: 'much', kind: 'travel' })).toEqual({
      ok: false,
      code: 'expression-failed',
      message: 'decision "approval-chain": expression "amount" gave a string, not a number',
    });
  });

  it.each([
    [
      table('  - ["<= 1", 1, 2]'),
      '6:5: error rule-length: rule 1 has 3 cells, not 2; write one cell for each input, then one for each output: a, b',
    ],
    [table('  - ["-", c]'), '6:11: error expression: there is no "c" here'],
    [table('  - ["-", ""]'), '6:11: error expression: the expression is empty'],
    [table('  - ["> 1 +", 1]'), 'error expression: the expression ends too early'],
    [table('  - [">= 1, > x", 1]'), '6:15: error expression: there is no "x" here'],
    [table('  - ["lowr case(a) = 1", 1]'), '6:7: error expression: the function "lowr case"'],
    [table('  - [\'"a"\', 1]', { input: ', type: number' }), '6:7: error expression: the input is a number, and this is a string'],
    [
      table('  - ["-", 1]', { output: ', type: string' }),
      '6:11: error output-type: the cell gives a number, and its output is a string; write texts',
    ],
    [table('  - ["-", 1]', { output: ' }, { id: b' }), 'error duplicate-id: "b" stands here twice'],
    [
      table('  - ["-", 1]', { input: ', expression: a' }),
      'error wrong-form: "a" cannot stand here; write an expression that begins with "="',
    ],
    [table('  - ["-", 1]', { input: ', expression: =a +' }), 'error expression: the expression ends too early'],
    [table('  - ["-", 1]', { input: ', type: text' }), 'error wrong-value: "type" is "text"; write one of: string'],
    [table('  - ["-"]'), 'error out-of-bounds'],
  ])('[L14.3] refuses %s', (text, finding) => expect(compile(text).findings.join('\n')).toContain(finding));

  it('[L14.3] in a process reads the names that are there', () => {
    expect(compile(table('  - ["-", c]'), { c: untyped(1) }).findings[0]).toContain('3:16: error expression: there is no "a" here');
    expect(compile(table('  - ["-", c]', { input: ', expression: =c' }), { c: untyped(1) }).findings).toEqual([]);
  });

  it('[L14.4] gives a context of several outputs, and null where no rule matches', () => {
    const text = table('  - ["> 1", a + 1, \'"x"\']', { output: ', type: number }, { id: c, type: string' });
    expect(decided(text, { a: 2 })).toEqual({ ok: true, value: { b: 3, c: 'x' }, matched: [1] });
    expect(decided(text, { a: 1 })).toEqual({ ok: true, value: null, matched: [] });
    expect(decisionType(tableOf(text))).toEqual({ kind: 'context', properties: { b: { kind: 'number' }, c: { kind: 'string' } } });
  });

  it('[L14.4] fails where an output has not its type', () => {
    expect(decided(table('  - ["-", a]', { output: ', type: number' }), { a: 'x' })).toMatchObject({
      ok: false,
      message: 'decision "d": expression "a" gave a string, not a number',
    });
  });

  it.each(['2', '1'])('[L14.5] fails under UNIQUE where two rules match, with output %s', (output) => {
    expect(decided(table(`  - ["> 5", 0]\n  - ["> 1", 1]\n  - ["< 3", ${output}]`), { a: 2 })).toEqual({
      ok: false,
      code: 'expression-failed',
      message: 'decision "d": rules 2 and 3 both match, and its hit policy is UNIQUE',
    });
  });

  it('[L14.5] is UNIQUE where it says nothing', () => {
    expect(tableOf(chain.replace('hitPolicy: FIRST\n', '')).hitPolicy).toBe('UNIQUE');
  });

  it('[L14.6] stops beyond a million units of work', () => {
    const rules = Array.from({ length: 50 }, () => '  - ["every x in 1..9000 satisfies x < ?", 0]').join('\n');
    expect(decided(table(rules, { policy: 'FIRST' }), { a: 5 })).toMatchObject({ ok: true });
    const heavy = Array.from({ length: 50 }, () => '  - ["some x in 1..9000 satisfies x > 9000 + ?", 0]').join('\n');
    expect(decided(table(heavy, { policy: 'FIRST' }), { a: 5 })).toMatchObject({ ok: false, code: 'expression-too-costly' });
  });

  it('[L14.5] decides as a slow model that looks at each rule', () => {
    const test = fc.oneof(
      fc.constant({ cell: '"-"', passes: () => true }),
      fc.integer({ min: 0, max: 9 }).map((limit) => ({ cell: `"<= ${limit}"`, passes: (a: number) => a <= limit })),
      fc.integer({ min: 0, max: 9 }).map((limit) => ({ cell: `"not(${limit})"`, passes: (a: number) => a !== limit })),
      fc.tuple(fc.nat(9), fc.nat(9)).map(([from, to]) => ({ cell: `"[${from}..${to}]"`, passes: (a: number) => a >= from && a <= to })),
    );
    fc.assert(
      fc.property(fc.array(test, { minLength: 1, maxLength: 6 }), fc.nat(9), fc.constantFrom('UNIQUE', 'FIRST'), (tests, a, policy) => {
        const rules = tests.map(({ cell }, index) => `  - [${cell}, ${index}]`).join('\n');
        const matching = tests.flatMap(({ passes }, index) => (passes(a) ? [index] : []));
        const decision = decided(table(rules, { policy }), { a });
        expect(decision.ok).toBe(policy === 'FIRST' || matching.length < 2);
        if (decision.ok) expect(decision.value).toBe(matching[0] ?? null);
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});

describe('a decision in a case', () => {
  const decision = `decision: late-fee
inputs:
  - { id: price, type: money, expression: =order.price }
  - { id: since, type: date }
  - { id: late, type: boolean, expression: =order.dueOn < since }
outputs: [{ id: fee, type: money }]
rules:
  - ["-", "-", false, 0]
  - ["> 100000", "-", true, price * 0.001]
  - ["<= 100000", "-", true, 0]
`;
  const around = (rule: string) => `process: fees
variables:
  order:
    type: object
    properties: { price: { type: string, format: money }, dueOn: { type: string, format: date } }
    default: { price: "258000.00", dueOn: "2026-02-01" }
result: =fee
steps:
  - id: fee
    businessRuleTask: ${rule}
  - { id: done, end: done }
`;
  const staff = 'dealership: test\nduties: [test]\nroles: { clerk: [c@test] }\nsettings: { transport: { priceCeiling: "1800.00" } }';

  /** What a case of the process decides; at 09:00 on 2 March 2026. */
  function decisionsOf(rule: string): Json[] {
    const { dealerships, findings } = compileTexts(around(rule), decision, 'duty: test\nprocesses: [fees]', staff);
    expect(findings.filter(({ severity }) => severity !== 'note').map(formatFinding)).toEqual([]);
    const simulator = new CaseSimulator(
      closureOf(dealerships['test'] as CompiledDealership, 'fees'),
      Date.parse('2026-03-02T09:00:00+08:00'),
    );
    const actor = { user: 'c@test', roles: ['clerk'] };
    simulator.start({ instanceKey: 'case', dealership: 'test', variables: {}, businessKey: 'case', actor });
    expect(Object.values(simulator.state.incidents)).toEqual([]);
    return simulator.records.flatMap((record) => (record.type === 'decisionMade' ? [[...record.rules, record.output]] : []));
  }

  it.each([
    ['{ decision: late-fee, input: { order: =order, since: "2026-03-01" } }', 2, '258.00'],
    ['{ decision: late-fee, input: { order: =order, since: "2026-01-01" } }', 1, '0.00'],
    ['{ decision: late-fee, input: { since: =today() } }', 2, '258.00'],
    [
      '{ decision: { inputs: [{ id: dueOn, type: date, expression: =order.dueOn }], outputs: [{ id: late }], rules: [["< today()", true]] } }',
      1,
      true,
    ],
  ])('[L14.2] reads what the step gives, and what it sees, by their types: %s', (rule, number, fee) => {
    expect(decisionsOf(rule)).toEqual([[number, fee]]);
  });
});
