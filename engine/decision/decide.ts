import { Budget } from '../feel/budget';
import { evaluate } from '../feel/evaluate';
import type { Evaluation, EvaluationScope, Expression, ValueType } from '../feel/expression';
import type { Json } from '../json';
import type { DecisionTable } from './decision-table';

/** Units of work that one decision may spend, of which each of its expressions may spend what any expression may. */
const decisionUnits = 1_000_000;

/** What a table decides, and the rules that matched, counted from 1; or why it decides nothing. `message` is one line, lower case. */
export type Decision =
  | { ok: true; value: Json; matched: number[] }
  | { ok: false; code: 'expression-failed' | 'expression-too-costly'; message: string };

/** An evaluation that failed, carried out of the table to `decide`. */
class Failed extends Error {
  constructor(readonly failure: Extract<Evaluation, { ok: false }>) {
    super(failure.message);
  }
}

/**
 * Decides by a table (DMN 1.3, 8.2). Cells read the inputs by their ids, `?` in their column, and what else the scope has. A test that gives
 * anything but true does not match. The value is that of the one output, or a context of the outputs by id; null where no rule matches.
 *
 * Fails where an input has not its type, where an output has not, where two rules match under UNIQUE (equal outputs too, as DMN has it), and
 * beyond a million units of work. Never throws.
 */
export function decide(table: DecisionTable, scope: EvaluationScope): Decision {
  try {
    return new Deciding(table, scope).decide();
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    const { code, message } = error.failure;
    return { ok: false, code, message: `decision "${table.id}": ${message}` };
  }
}

class Deciding {
  private readonly budget = new Budget(decisionUnits);
  private readonly inputs: { value: Json; type: ValueType }[];
  private readonly scope: EvaluationScope;

  constructor(
    private readonly table: DecisionTable,
    outer: EvaluationScope,
  ) {
    const named = new Map(table.inputs.filter(({ id, expression }) => expression.text === id).map(({ id, type }) => [id, type]));
    const read: EvaluationScope['read'] = (name) => asTyped(outer.read(name), named.get(name));
    this.inputs = table.inputs.map(({ expression, type }) => ({ value: this.valueOf(expression, { ...outer, read }, type), type }));
    const byId = new Map(table.inputs.map(({ id }, index) => [id, this.inputs[index]]));
    this.scope = { ...outer, read: (name) => byId.get(name) ?? outer.read(name) };
  }

  decide(): Decision {
    const { hitPolicy, rules, id } = this.table;
    const matched: number[] = [];
    for (const [index, rule] of rules.entries()) {
      if (!this.matches(rule.tests)) continue;
      matched.push(index + 1);
      if (hitPolicy === 'FIRST' || matched.length > 1) break;
    }
    const [first, second] = matched;
    if (second !== undefined) {
      const message = `decision "${id}": rules ${first} and ${second} both match, and its hit policy is UNIQUE`;
      return { ok: false, code: 'expression-failed', message };
    }
    return { ok: true, value: first === undefined ? null : this.result(rules[first - 1]!.outputs), matched };
  }

  private matches(tests: (Expression | null)[]): boolean {
    return tests.every((test, index) => {
      if (test === null) return true;
      const read: EvaluationScope['read'] = (name) => (name === '?' ? this.inputs[index] : this.scope.read(name));
      return this.valueOf(test, { ...this.scope, read }) === true;
    });
  }

  private result(outputs: Expression[]): Json {
    const values = this.table.outputs.map(({ id, type }, index): [string, Json] => [id, this.valueOf(outputs[index]!, this.scope, type)]);
    return values.length === 1 ? values[0]![1] : Object.fromEntries(values);
  }

  private valueOf(expression: Expression, scope: EvaluationScope, want?: ValueType): Json {
    const evaluation = evaluate(expression, scope, want?.kind === 'any' ? undefined : want, this.budget);
    if (!evaluation.ok) throw new Failed(evaluation);
    return evaluation.value;
  }
}

/** A value of which nothing is known is read by the type of the input that it is: JSON has no dates. */
function asTyped(found: ReturnType<EvaluationScope['read']>, type: ValueType | undefined): ReturnType<EvaluationScope['read']> {
  return found?.type.kind === 'any' && type !== undefined ? { value: found.value, type } : found;
}
