import type { Expression, ValueType } from '../feel/expression';

/** Which of the rules that match give the result (DMN 1.5, 8.2.8). */
export type HitPolicy = 'UNIQUE' | 'ANY' | 'FIRST' | 'PRIORITY' | 'RULE ORDER' | 'OUTPUT ORDER' | 'COLLECT';

/** What COLLECT makes of the one output of the rules that match. */
export type Aggregation = 'SUM' | 'MIN' | 'MAX' | 'COUNT';

/** An output of a decision table. */
export interface DecisionOutput {
  id: string;
  type: ValueType;
  /** The values that it may have, the most important first; any where it is absent. */
  values?: Expression[];
  /** Its value where no rule matches; null where it is absent. */
  default?: Expression;
}

/** An entry of a boxed context. The last may have no id: it is the result then. */
export interface DecisionEntry {
  id: string | null;
  type: ValueType;
  value: Expression | DecisionTable;
}

/**
 * A compiled decision (DMN 1.5, chapters 8 and 10.2): plain JSON inside the model that uses it. It is a table, or a boxed context, whose
 * `inputs`, `outputs` and `rules` are empty.
 */
export interface DecisionTable {
  id: string;
  hitPolicy: HitPolicy;
  aggregation?: Aggregation;
  inputs: { id: string; expression: Expression; type: ValueType }[];
  /**
   * With one output the result is its value, with several a context by their ids; null where no rule matches and no output has a default. RULE
   * ORDER, OUTPUT ORDER and COLLECT give a list of results.
   */
  outputs: DecisionOutput[];
  /** Each test is an expression over `?` (the input's value) that gives true or false; null stands for "-". */
  rules: { tests: (Expression | null)[]; outputs: Expression[] }[];
  /** All decisions that it needs, also those that they need: each before its readers, with the name and the type of its result. */
  requires?: { name: string; type: ValueType; decision: DecisionTable }[];
  /** The entries of a boxed context in their order; each sees those before it. */
  context?: DecisionEntry[];
}
