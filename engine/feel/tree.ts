/** How two values are compared. */
export type Comparator = '=' | '!=' | '<' | '<=' | '>' | '>=';
/** A binary arithmetic operator; `+` also concatenates strings. */
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '**';

/** What stands on the right of `in`: a comparison, a range (with its ends included or not), or a value or list to be found in. */
export type Test =
  | ['compare', Comparator, Node]
  | ['range', startIncluded: boolean, start: Node, end: Node, endIncluded: boolean]
  | ['among', Node];

/** A binding of `for`, `some` or `every`: the slot, and the list or the two ends of a range of integers. */
export type Iteration = [slot: number, list: Node] | [slot: number, start: Node, end: Node];

/**
 * A node that computes. Local names are numbered slots: a slot's number is how many bindings enclose it, so that evaluation needs no
 * look-up of names. Chains of one precedence are flat, so that depth is the depth of the text's structure.
 */
export type Operation =
  | ['number', literal: string]
  | ['name', string]
  | ['slot', number]
  /** A name in a filter over elements of unknown members: the first slot whose context has it, otherwise the last node. */
  | ['member', name: string, slots: number[], otherwise: Node]
  | ['path', Node, string[]]
  | ['list', Node[]]
  /** Entry i stands in slot first + i for the entries after it. */
  | ['context', first: number, entries: [string, Node][]]
  | ['compare', Comparator, Node, Node]
  | ['between', Node, low: Node, high: Node]
  | ['in', Node, Test[]]
  | ['and', Node[]]
  | ['or', Node[]]
  | ['chain', Node, [ArithmeticOperator, Node][]]
  | ['negate', Node]
  | ['if', Node, Node, Node]
  /** A condition on each element, or a position where it turns out to be a number. */
  | ['filter', Node, condition: Node, slot: number]
  | ['for', Iteration[], Node]
  /** The slot holds `partial`, the results so far. */
  | ['for', Iteration[], Node, partial: number]
  | ['partial', number]
  | ['some', Iteration[], Node]
  | ['every', Iteration[], Node]
  | ['range', startIncluded: boolean, start: Node, end: Node, endIncluded: boolean]
  /** The range that a comparison makes, such as `< 10`. */
  | ['limit', Comparator, Node]
  | ['instance', Node, TypeName]
  /** The parameter i stands in slot first + i of the body. */
  | ['function', first: number, parameters: [name: string, type: TypeName | null][], body: Node]
  | ['builtIn', name: string]
  | ['call', name: string, Node[]]
  /** Calls a value, by position, or by the names of its parameters. */
  | ['invoke', Node, Node[], names: string[] | null]
  | ['defined', Node];

/** A type of `instance of`: a name of FEEL's, or one that is made of others. */
export type TypeName =
  | string
  | ['list' | 'range', TypeName]
  | ['context', [name: string, TypeName][]]
  | ['function', TypeName[], result: TypeName];

/** A node of a compiled expression, plain JSON. Null, booleans and strings stand for themselves. */
export type Node = null | boolean | string | Operation;
