import { Budget } from '../feel/budget';
import { evaluate } from '../feel/evaluate';
import type { Evaluation, EvaluationScope, Expression, ValueType } from '../feel/expression';
import type { Json } from '../json';
import type { DecisionTable } from './decision-table';
import { aggregate, givesList, type Hit, isAllowed, selectHits } from './hits';

/** Units of work that one decision may spend with all that it needs, of which each expression may spend what any expression may. */
const decisionUnits = 1_000_000;

/** A decision that was made on the way, with its rules that matched: one that another needs, or a table within a boxed context. */
interface PartDecision {
  decision: string;
  rules: number[];
  output: Json;
}

/**
 * What is decided, and the rules that matched, counted from 1; or why nothing is. `parts` is what was decided on the way, in its order; absent
 * where nothing was. `message` is one line, lower case.
 */
export type Decision =
  | { ok: true; value: Json; matched: number[]; parts?: PartDecision[] }
  | { ok: false; code: 'expression-failed' | 'expression-too-costly'; message: string };

/** An evaluation that failed, carried out of the table to `decide`. */
class Failed extends Error {
  constructor(readonly failure: Extract<Evaluation, { ok: false }>) {
    super(failure.message);
  }
}

/**
 * Decides by a table or a boxed context (DMN 1.5, 8.2 and 10.2.1.4), after the decisions that it needs. Cells read the inputs by their ids, `?` in
 * their column, and what else the scope has. A test that gives anything but true does not match.
 *
 * Fails where an input has not its type, where an output has not or is none of its values, where the hit policy forbids what matches, and
 * beyond a million units of work. Never throws.
 */
export function decide(table: DecisionTable, scope: EvaluationScope): Decision {
  const budget = new Budget(decisionUnits);
  const parts: PartDecision[] = [];
  const known = new Map<string, { value: Json; type: ValueType }>();
  const wide: EvaluationScope = { ...scope, read: (name) => known.get(name) ?? scope.read(name) };
  let deciding = table.id;
  try {
    for (const { name, type, decision } of table.requires ?? []) {
      deciding = decision.id;
      const { value, matched } = decideOne(decision, wide, budget, parts);
      parts.push({ decision: decision.id, rules: matched, output: value });
      known.set(name, { value, type });
    }
    deciding = table.id;
    const decided = decideOne(table, wide, budget, parts);
    return { ok: true, ...decided, ...(parts.length === 0 ? {} : { parts }) };
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    const { code, message } = error.failure;
    return { ok: false, code, message: `decision "${deciding}": ${message}` };
  }
}

function decideOne(
  table: DecisionTable,
  scope: EvaluationScope,
  budget: Budget,
  parts: PartDecision[],
): { value: Json; matched: number[] } {
  if (table.context === undefined) return new Deciding(table, scope, budget).decide();
  const entries = new Map<string, { value: Json; type: ValueType }>();
  const inner: EvaluationScope = { ...scope, read: (name) => entries.get(name) ?? scope.read(name) };
  for (const { id, type, value: entry } of table.context) {
    const value = 'rules' in entry ? decideWithin(entry, inner, budget, parts) : evaluated(entry, inner, budget, type);
    if (id === null) return { value, matched: [] };
    entries.set(id, { value, type });
  }
  return { value: Object.fromEntries([...entries].map(([id, { value }]) => [id, value])), matched: [] };
}

function decideWithin(table: DecisionTable, scope: EvaluationScope, budget: Budget, parts: PartDecision[]): Json {
  const { value, matched } = new Deciding(table, scope, budget).decide();
  parts.push({ decision: table.id, rules: matched, output: value });
  return value;
}

function evaluated(expression: Expression, scope: EvaluationScope, budget: Budget, want?: ValueType): Json {
  const evaluation = evaluate(expression, scope, want?.kind === 'any' ? undefined : want, budget);
  if (!evaluation.ok) throw new Failed(evaluation);
  return evaluation.value;
}

function fail(message: string): never {
  throw new Failed({ ok: false, code: 'expression-failed', message });
}

class Deciding {
  private readonly inputs: { value: Json; type: ValueType }[];
  private readonly scope: EvaluationScope;
  private allowedValues: Json[][] | undefined;

  constructor(
    private readonly table: DecisionTable,
    outer: EvaluationScope,
    private readonly budget: Budget,
  ) {
    const named = new Map(table.inputs.filter(({ id, expression }) => expression.text === id).map(({ id, type }) => [id, type]));
    const read: EvaluationScope['read'] = (name) => asTyped(outer.read(name), named.get(name));
    this.inputs = table.inputs.map(({ expression, type }) => ({ value: this.valueOf(expression, { ...outer, read }, type), type }));
    const byId = new Map(table.inputs.map(({ id }, index) => [id, this.inputs[index]]));
    this.scope = { ...outer, read: (name) => byId.get(name) ?? outer.read(name) };
  }

  decide(): { value: Json; matched: number[] } {
    const { hitPolicy } = this.table;
    const matched = this.matching();
    const [first, second] = matched;
    if (hitPolicy === 'UNIQUE' && second !== undefined) fail(`rules ${first} and ${second} both match, and its hit policy is UNIQUE`);
    const hits = matched.map((rule): Hit => ({ rule, values: this.outputsOf(this.table.rules[rule - 1]!.outputs) }));
    if (hits.length === 0) return { value: this.valueOfNone(), matched };
    const selected = selectHits(hitPolicy, hits, () => this.allowed());
    if (!selected.ok) return fail(selected.message);
    return { value: this.resultOf(selected.hits.map(({ values }) => values)), matched };
  }

  /** The numbers of the rules that match: of FIRST the first, of UNIQUE two at most. */
  private matching(): number[] {
    const { hitPolicy, rules } = this.table;
    const most = hitPolicy === 'FIRST' ? 1 : hitPolicy === 'UNIQUE' ? 2 : rules.length;
    const matched: number[] = [];
    for (const [index, rule] of rules.entries()) {
      if (!this.matches(rule.tests)) continue;
      matched.push(index + 1);
      if (matched.length === most) break;
    }
    return matched;
  }

  private matches(tests: (Expression | null)[]): boolean {
    return tests.every((test, index) => {
      if (test === null) return true;
      const read: EvaluationScope['read'] = (name) => (name === '?' ? this.inputs[index] : this.scope.read(name));
      return this.valueOf(test, { ...this.scope, read }) === true;
    });
  }

  private outputsOf(cells: Expression[]): Json[] {
    const values = this.table.outputs.map(({ type }, index) => this.valueOf(cells[index]!, this.scope, type));
    const allowed = this.allowed();
    for (const [index, { id }] of this.table.outputs.entries()) {
      if (!isAllowed(values[index]!, allowed[index]!))
        fail(`output "${id}" gave ${JSON.stringify(values[index]).slice(0, 80)}, none of its values`);
    }
    return values;
  }

  /** The values that each output may have. */
  private allowed(): Json[][] {
    this.allowedValues ??= this.table.outputs.map(({ values, type }) =>
      (values ?? []).map((value) => this.valueOf(value, this.scope, type)),
    );
    return this.allowedValues;
  }

  /** Where no rule matches: the defaults as if a rule gave them; else null, an empty list, or the aggregate of nothing. */
  private valueOfNone(): Json {
    const { outputs } = this.table;
    if (outputs.every((output) => output.default === undefined))
      return this.table.aggregation === undefined && !givesList(this.table) ? null : this.resultOf([]);
    return this.resultOf([
      outputs.map((output) => (output.default === undefined ? null : this.valueOf(output.default, this.scope, output.type))),
    ]);
  }

  private resultOf(rows: Json[][]): Json {
    const { outputs, aggregation } = this.table;
    if (aggregation !== undefined) {
      const values = rows.map(([value]) => value ?? null);
      const result = aggregate(aggregation, values, outputs[0]!.type);
      return result === undefined ? fail(`${aggregation} needs numbers, and gets ${JSON.stringify(values).slice(0, 80)}`) : result;
    }
    const results = rows.map((values) =>
      values.length === 1 ? values[0]! : Object.fromEntries(outputs.map(({ id }, index) => [id, values[index]!])),
    );
    return givesList(this.table) ? results : results[0]!;
  }

  private valueOf(expression: Expression, scope: EvaluationScope, want?: ValueType): Json {
    return evaluated(expression, scope, this.budget, want);
  }
}

/** A value of which nothing is known is read by the type of the input that it is: JSON has no dates. */
function asTyped(found: ReturnType<EvaluationScope['read']>, type: ValueType | undefined): ReturnType<EvaluationScope['read']> {
  return found?.type.kind === 'any' && type !== undefined ? { value: found.value, type } : found;
}
