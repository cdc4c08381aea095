import type { Expression, ValueType } from '../feel/expression';

/** A compiled decision table (DMN 1.3, chapter 8): plain JSON inside the model that uses it. */
export interface DecisionTable {
  id: string;
  hitPolicy: 'UNIQUE' | 'FIRST';
  inputs: { id: string; expression: Expression; type: ValueType }[];
  /** With one output the result is its value, with several a context by their ids; null where no rule matches. */
  outputs: { id: string; type: ValueType }[];
  /** Each test is an expression over `?` (the input's value) that gives true or false; null stands for "-". */
  rules: { tests: (Expression | null)[]; outputs: Expression[] }[];
}
