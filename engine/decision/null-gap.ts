import { evaluate } from '../feel/evaluate';
import type { Expression, ValueType } from '../feel/expression';
import { coverageOf, type Example } from './coverage';
import type { DecisionTable } from './decision-table';

/** Values of the other inputs for which no rule matches where one input is null; undefined where there are none, or where that cannot be told. */
export function nullGapOf(table: DecisionTable, index: number): Example | undefined {
  const input = table.inputs[index];
  if (input === undefined) return undefined;
  const rules = table.rules.flatMap((rule) => {
    const test = rule.tests[index] ?? null;
    return test === null || takesNull(test, input.type)
      ? [{ ...rule, tests: rule.tests.map((one, at) => (at === index ? null : one)) }]
      : [];
  });
  if (rules.length === 0) return {};
  const coverage = coverageOf({ ...table, hitPolicy: 'FIRST', rules });
  return coverage.ok ? coverage.gap : undefined;
}

function takesNull(test: Expression, type: ValueType): boolean {
  const evaluation = evaluate(test, { read: (name) => (name === '?' ? { value: null, type } : undefined), nowMs: 0, timezone: 'UTC' });
  return evaluation.ok && evaluation.value === true;
}
