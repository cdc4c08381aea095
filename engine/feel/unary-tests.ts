import { Converter, operatorMeant } from './convert';
import type { Expression, ValueType } from './expression';
import { type NameScope, nameShapeOf } from './name-scope';
import { anyType, elementType, isComparable, type StaticType } from './static-type';
import { childrenOf, type ExpressionProblem, operandsOf, parseTests, type SyntaxNode } from './syntax';
import type { Comparator, Node, Test } from './tree';
import { kindNames } from './value';

/** The compiled tests of a cell, null for `-`, which every value passes; or all that is wrong with the text. */
export type UnaryTestsResult = { ok: true; expression: Expression | null } | { ok: false; problems: ExpressionProblem[] };

const tested: Node = ['name', '?'];

/**
 * Compiles a cell of a decision table (DMN 1.3 §7.3.1): `-`, values, comparisons and ranges apart by commas, `not(...)` around them, or
 * conditions over `?`, which is the value of the input. The expression reads `?` from its scope and is true where the value passes; null,
 * which an operation on unlike types gives, is not. A condition without `?` counts as one where the input itself is not true or false; else
 * it is a value to be compared.
 *
 * What could never be true is a problem: a text in a column of numbers, or one in place of a date.
 */
export function compileUnaryTests(text: string, inputType: ValueType, names: NameScope): UnaryTestsResult {
  if (text.trim() === '-') return { ok: true, expression: null };
  const parsed = parseTests(text, nameShapeOf(names));
  if (!parsed.ok) return { ok: false, problems: [text.trim() === '' ? emptyCell(text) : parsed.problem] };
  const compiler = new CellCompiler(text, inputType, names);
  const tree = compiler.compile(parsed.tree);
  if (compiler.problems.length > 0) return { ok: false, problems: compiler.problems };
  return { ok: true, expression: { text, tree, reads: compiler.reads() } };
}

function emptyCell(text: string): ExpressionProblem {
  return { message: 'the cell is empty', remedy: 'write "-" where any value will do', from: 0, to: text.length };
}

class CellCompiler {
  private readonly converter: Converter;

  constructor(
    text: string,
    private readonly inputType: ValueType,
    names: NameScope,
  ) {
    this.converter = new Converter(text, {
      has: (name) => name === '?' || names.has(name),
      typeOf: (name) => (name === '?' ? inputType : names.typeOf(name)),
      list: () => names.list?.() ?? [],
    });
  }

  get problems(): ExpressionProblem[] {
    return this.converter.problems;
  }

  reads(): string[] {
    return [...this.converter.reads].sort();
  }

  compile(tree: SyntaxNode): Node {
    const negated = childrenOf(tree)[0]?.name === 'not';
    const values: Test[] = [];
    const conditions: Node[] = [];
    for (const list of operandsOf(tree)) for (const test of operandsOf(list)) this.add(operandsOf(test)[0] ?? test, values, conditions);
    if (values.length > 0) this.converter.reads.add('?');
    const parts: Node[] = values.length === 0 ? conditions : [['in', tested, values], ...conditions];
    const node: Node = parts.length === 1 ? (parts[0] as Node) : ['or', parts];
    return negated ? ['call', 'not', [node]] : node;
  }

  private add(syntax: SyntaxNode, values: Test[], conditions: Node[]): void {
    if (syntax.name === 'SimplePositiveUnaryTest') {
      values.push(this.simple(syntax));
      return;
    }
    const before = this.converter.reads.has('?');
    this.converter.reads.delete('?');
    const { node, type } = this.converter.convert(syntax, undefined, 0);
    const aboutInput = this.converter.reads.has('?');
    if (before) this.converter.reads.add('?');
    if (this.isCondition(node, type, aboutInput)) conditions.push(node);
    else {
      this.check(syntax, type?.kind === 'list' && this.inputType.kind !== 'list' ? elementType(type) : type);
      values.push(['among', node]);
    }
  }

  private isCondition(node: Node, type: StaticType, aboutInput: boolean): boolean {
    if (aboutInput) return type === null || type.kind === 'boolean' || type.kind === 'any';
    return type?.kind === 'boolean' && typeof node !== 'boolean' && this.inputType.kind !== 'boolean';
  }

  private simple(syntax: SyntaxNode): Test {
    const [first, second] = childrenOf(syntax);
    if (first!.name === 'CompareOp') {
      const operator = this.converter.textOf(first!);
      const value = this.value(second!);
      // "=> 5" is read as "equal to whatever is more than 5"
      if (Array.isArray(value) && value[0] === 'limit') {
        const written = `${operator}${value[1]}`;
        this.converter.refuse(syntax, `"${written}" is not an operator`, `write "${operatorMeant(written)}"`);
      }
      return ['compare', operator as Comparator, value];
    }
    const [start, end] = operandsOf(first!).map((operand) => this.value(operand));
    const text = this.converter.textOf(first!);
    return ['range', text.startsWith('['), start!, end!, text.endsWith(']')];
  }

  private value(syntax: SyntaxNode): Node {
    const { node, type } = this.converter.convert(syntax, undefined, 0);
    this.check(syntax, type);
    return node;
  }

  private check(syntax: SyntaxNode, type: StaticType): void {
    if (isComparable(this.inputType, type)) return;
    const { kind } = this.inputType;
    const remedy = remedies[kind] ?? `compare it with ${kindNames[kind]}`;
    this.converter.refuse(
      syntax,
      `the input is ${kindNames[kind]}, and this is ${kindNames[(type ?? anyType).kind]}: they are never equal`,
      remedy,
    );
  }
}

const remedies: Partial<Record<ValueType['kind'], string>> = {
  string: 'write texts in double quotes',
  number: 'write a number without quotes, such as 1000',
  money: 'write the amount as a number without quotes, such as 1800',
  boolean: 'write true or false',
  date: 'write a date as date("2026-03-02")',
  time: 'write a time as time("09:00")',
  dateTime: 'write a point in time as date and time("2026-03-02T09:00:00+08:00")',
  duration: 'write a duration as duration("PT4H")',
};
