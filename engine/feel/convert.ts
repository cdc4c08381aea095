import { dateTimeLiteral, functionDefinition, instanceOf, invocation } from './convert-functions';
import type { ValueType } from './expression';
import { builtIns } from './functions';
import { irregularNames, LocalScope, type NameScope, normalName } from './name-scope';
import { nearName } from './near-name';
import { rangeMembers } from './range';
import { anyType, arithmeticType, elementType, isComparable, isComputable, joinTypes, memberNamed, type StaticType } from './static-type';
import { stringOf } from './string-literal';
import {
  childrenOf,
  type ExpressionProblem,
  fullWidthRemedy,
  maximalNesting,
  namePattern,
  nestingProblem,
  operandsOf,
  parse,
  type SyntaxNode,
} from './syntax';
import type { ArithmeticOperator, Comparator, Iteration, Node, Test } from './tree';
import { kindNames } from './value';

/** A compiled node and what is known of its value. */
export interface Typed {
  node: Node;
  type: StaticType;
}

/** The local names that there are at a place. */
export type Locals = LocalScope | undefined;
type Conversion = (converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number) => Typed;

const booleanType: ValueType = { kind: 'boolean' };
const numberType: ValueType = { kind: 'number' };
const stringType: ValueType = { kind: 'string' };
const unknown: Typed = { node: null, type: anyType };

const conversions: ReadonlyMap<string, Conversion> = new Map<string, Conversion>([
  ['null', () => ({ node: null, type: null })],
  ['BooleanLiteral', (converter, syntax) => ({ node: converter.textOf(syntax) === 'true', type: booleanType })],
  ['StringLiteral', (converter, syntax) => ({ node: stringOf(converter.textOf(syntax)), type: stringType })],
  ['NumericLiteral', (converter, syntax) => ({ node: ['number', converter.textOf(syntax).replace(/\s/g, '')], type: numberType })],
  ['ParenthesizedExpression', (converter, syntax, locals, depth) => converter.convert(operandsOf(syntax)[0]!, locals, depth)],
  ['VariableName', (converter, syntax, locals) => converter.name(syntax, locals)],
  ['?', (converter, syntax) => converter.tested(syntax)],
  ['PathExpression', path],
  ['FilterExpression', filter],
  ['Comparison', comparison],
  ['Conjunction', junction],
  ['Disjunction', junction],
  ['ArithmeticExpression', arithmetic],
  ['IfExpression', conditional],
  ['List', list],
  ['Context', context],
  ['ForExpression', iteration],
  ['QuantifiedExpression', iteration],
  ['FunctionInvocation', invocation],
  ['DateTimeLiteral', dateTimeLiteral],
  ['FunctionDefinition', functionDefinition],
  ['InstanceOfExpression', instanceOf],
  ['Interval', interval],
  ['SimplePositiveUnaryTest', limit],
]);

/** Turns the parser's tree into nodes, and collects the problems and the free names on the way. */
export class Converter {
  readonly problems: ExpressionProblem[] = [];
  readonly reads = new Set<string>();
  private readonly irregular: ReadonlyMap<string, string>;

  constructor(
    private readonly text: string,
    private readonly names: NameScope,
  ) {
    this.irregular = irregularNames(names);
  }

  /** Converts an expression that stands `depth` levels deep; where it cannot, notes a problem and goes on with an unknown value. */
  convert(syntax: SyntaxNode, locals: Locals, depth: number): Typed {
    if (depth >= maximalNesting) {
      this.problems.push(nestingProblem(syntax.from, syntax.to));
      return unknown;
    }
    const conversion = conversions.get(syntax.name);
    if (conversion !== undefined) return conversion(this, syntax, locals, depth + 1);
    return this.refuse(syntax, `"${syntax.name}" is not supported here`, 'write it with the supported constructs');
  }

  /** Converts a text of its own that stands within this one from a place to another: its problems are placed there. */
  convertText(text: string, from: number, to: number, locals: Locals, depth: number): Typed {
    const place = (problem: ExpressionProblem): ExpressionProblem => ({
      ...problem,
      from: Math.min(from + problem.from, to),
      to: Math.min(from + problem.to, to),
    });
    const parsed = parse(text, {});
    if (!parsed.ok) {
      this.problems.push(place(parsed.problem));
      return unknown;
    }
    const inner = new Converter(text, this.names);
    const typed = inner.convert(parsed.tree, locals, depth);
    this.problems.push(...inner.problems.map(place));
    for (const name of inner.reads) this.reads.add(name);
    return typed;
  }

  /** The text of a node. */
  textOf(syntax: SyntaxNode): string {
    return this.text.slice(syntax.from, syntax.to);
  }

  /** The text of a name, its parts apart by one space. */
  nameOf(syntax: SyntaxNode): string {
    return this.textOf(syntax).replace(/\s+/g, ' ').trim();
  }

  refuse(at: SyntaxNode, message: string, remedy: string): Typed {
    this.problems.push({ message, remedy, from: at.from, to: at.to });
    return unknown;
  }

  /** False, with a problem, for what is no name of the definition language. */
  checkName(syntax: SyntaxNode): boolean {
    const name = this.nameOf(syntax);
    if (namePattern.test(name)) return true;
    const remedy = fullWidthRemedy(name) ?? 'names are letters, digits and _; between two names stands an operator';
    this.refuse(syntax, `"${name.slice(0, 60)}" is not a name`, remedy);
    return false;
  }

  /** A local name, a member of the element of a filter, or a free name. */
  name(syntax: SyntaxNode, locals: Locals): Typed {
    return this.findName(syntax, locals) ?? this.refuseName(syntax, this.nameOf(syntax), locals);
  }

  /** As `name`; undefined where there is none, without a problem. */
  findName(syntax: SyntaxNode, locals: Locals): Typed | undefined {
    const written = this.nameOf(syntax);
    const local = LocalScope.find(locals, normalName(written));
    const { slots } = local;
    if (local.resolved !== undefined) return this.wrap(written, slots, local.resolved);
    const name = this.names.has(written) ? written : (this.irregular.get(normalName(written)) ?? written);
    if (this.names.has(name)) {
      this.reads.add(name);
      return this.wrap(name, slots, { node: ['name', name], type: this.names.typeOf(name) ?? anyType });
    }
    return slots.length > 0 && namePattern.test(name) && !builtIns.has(name) ? this.wrap(name, slots, unknown) : undefined;
  }

  /** `?`, the value that a unary test is about. */
  tested(syntax: SyntaxNode): Typed {
    if (!this.names.has('?'))
      return this.refuse(syntax, 'there is no "?" here', 'it is the value of an input in a cell of a decision table');
    this.reads.add('?');
    return { node: ['name', '?'], type: this.names.typeOf('?') ?? anyType };
  }

  private wrap(name: string, slots: number[], otherwise: Typed): Typed {
    return slots.length === 0 ? otherwise : { node: ['member', name, slots, otherwise.node], type: anyType };
  }

  private refuseName(syntax: SyntaxNode, name: string, locals: Locals): Typed {
    if (!builtIns.has(name) && !this.checkName(syntax)) return unknown;
    if (builtIns.has(name)) return this.refuse(syntax, `"${name}" is a function`, `call it: ${name}(...)`);
    const near = nearName(name, [...LocalScope.names(locals), ...(this.names.list?.() ?? [])]);
    return this.refuse(
      syntax,
      `there is no "${name}" here`,
      near === undefined ? 'use a variable of the process, or declare it' : `did you mean "${near}"?`,
    );
  }
}

/** The operands of a chain of one kind of node, leftmost first, found without recursion however long the chain. */
function spineOf(syntax: SyntaxNode, belongs: (node: SyntaxNode) => boolean): { first: SyntaxNode; links: SyntaxNode[] } {
  const links: SyntaxNode[] = [];
  let first = syntax;
  while (belongs(first)) {
    links.unshift(first);
    first = operandsOf(first)[0]!;
  }
  return { first, links };
}

function path(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const { first, links } = spineOf(syntax, (node) => node.name === 'PathExpression');
  const base = converter.convert(first, locals, depth);
  const names: string[] = [];
  let type = base.type;
  for (const link of links) {
    const member = operandsOf(link)[1]!;
    const written = converter.nameOf(member);
    const { name, found } = memberNamed(type, written);
    if (!found.found) return refuseMember(converter, member, type, found.names);
    if (!isMemberName(name, type) && !converter.checkName(member)) return unknown;
    names.push(name);
    type = found.type;
  }
  return { node: ['path', base.node, names], type };
}

/** Names with spaces are members only where they are known: as FEEL's own, or by the type. */
function isMemberName(name: string, type: StaticType): boolean {
  if (namePattern.test(name) || spacedMembers.has(name)) return true;
  const element = elementType(type);
  return element?.kind === 'context' && Object.hasOwn(element.properties, name);
}

const spacedMembers: ReadonlySet<string> = new Set([...rangeMembers, 'time offset']);

function refuseMember(converter: Converter, member: SyntaxNode, type: StaticType, names: string[]): Typed {
  const name = converter.nameOf(member);
  const near = nearName(name, names);
  const known = names.length === 0 ? `a ${elementType(type)?.kind} has no members` : `its members are ${names.slice(0, 12).join(', ')}`;
  return converter.refuse(member, `there is no member "${name}"`, near === undefined ? known : `did you mean "${near}"?`);
}

function filter(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const [listSyntax, conditionSyntax] = operandsOf(syntax);
  const source = converter.convert(listSyntax!, locals, depth);
  const item = elementType(source.type);
  const scope = LocalScope.item(item ?? anyType, locals);
  const condition = converter.convert(conditionSyntax!, scope, depth);
  return { node: ['filter', source.node, condition.node, scope.slot], type: filteredType(item, condition.type) };
}

function filteredType(item: StaticType, condition: StaticType): StaticType {
  if (condition?.kind === 'number' || condition?.kind === 'money') return item;
  return condition?.kind === 'boolean' ? { kind: 'list', items: item ?? anyType } : anyType;
}

function comparison(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const operands = operandsOf(syntax);
  const keyword = childrenOf(syntax)[1]!;
  const { node: left, type: leftType } = converter.convert(operands[0]!, locals, depth);
  if (keyword.name === 'between') {
    const [low, high] = operands.slice(1).map((operand) => converter.convert(operand, locals, depth));
    for (const [at, end] of [low!, high!].entries()) checkComparable(converter, operands[at + 1]!, leftType, end.type);
    return { node: ['between', left, low!.node, high!.node], type: booleanType };
  }
  if (keyword.name === 'in') return membership(converter, syntax, left, locals, depth);
  const right = operands[1]!;
  if (right.name === 'SimplePositiveUnaryTest' && childrenOf(right)[0]!.name === 'CompareOp') {
    const written =
      converter
        .textOf(syntax)
        .slice(keyword.from - syntax.from)
        .match(/^[=!<>\s]+/)?.[0]
        .trim() ?? '';
    return converter.refuse(keyword, `"${written}" is not an operator`, `write "${operatorMeant(written)}"`);
  }
  const comparator = converter.textOf(keyword) as Comparator;
  const { node, type } = converter.convert(right, locals, depth);
  checkComparable(converter, syntax, leftType, type);
  return { node: ['compare', comparator, left, node], type: booleanType };
}

/** The grammar takes an `and` or `or` behind `in` into the test, where everybody means it to join what is tested with what follows. */
function membership(converter: Converter, syntax: SyntaxNode, left: Node, locals: Locals, depth: number): Typed {
  const [, ...operands] = operandsOf(syntax);
  const [only, ...more] = operands;
  const [test] = only?.name === 'PositiveUnaryTest' && more.length === 0 ? operandsOf(only) : [];
  if (test?.name === 'Disjunction' && syntax.parent?.name === 'Conjunction') {
    return converter.refuse(
      syntax,
      '"and" before "in" and "or" behind it can be read in two ways',
      'put what belongs together in parentheses',
    );
  }
  if (test !== undefined && isJunction(test)) return { node: joinedTest(converter, test, left, locals, depth + 1), type: booleanType };
  return { node: ['in', left, operands.flatMap((operand) => tests(converter, operand, locals, depth))], type: booleanType };
}

function isJunction({ name }: SyntaxNode): boolean {
  return name === 'Conjunction' || name === 'Disjunction';
}

function joinedTest(converter: Converter, syntax: SyntaxNode, left: Node, locals: Locals, depth: number): Node {
  if (depth > maximalNesting) {
    converter.problems.push(nestingProblem(syntax.from, syntax.to));
    return null;
  }
  if (!isJunction(syntax)) return ['in', left, tests(converter, syntax, locals, depth)];
  const [first, second] = operandsOf(syntax) as [SyntaxNode, SyntaxNode];
  const joined = [joinedTest(converter, first, left, locals, depth + 1), converter.convert(second, locals, depth).node];
  return [syntax.name === 'Conjunction' ? 'and' : 'or', joined];
}

/** The operator of FEEL that other languages write in another way. */
export function operatorMeant(written: string): Comparator {
  if (/^(?:!|<>|=!)/.test(written)) return '!=';
  if (/^(?:=>|>=)/.test(written)) return '>=';
  return /^(?:=<|<=)/.test(written) ? '<=' : '=';
}

/** What can never be equal, nor in order, is a mistake: a text beside a number. */
function checkComparable(converter: Converter, at: SyntaxNode, left: StaticType, right: StaticType): void {
  if (isComparable(left, right)) return;
  const message = `${kindNames[left!.kind]} does not compare with ${kindNames[right!.kind]}`;
  converter.refuse(at, message, 'compare values of one kind; number(...), string(...), date(...) convert');
}

function tests(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Test[] {
  if (depth > maximalNesting) {
    converter.problems.push(nestingProblem(syntax.from, syntax.to));
    return [];
  }
  const children = operandsOf(syntax);
  switch (syntax.name) {
    case 'PositiveUnaryTests':
    case 'PositiveUnaryTest':
      return children.flatMap((child) => tests(converter, child, locals, depth + 1));
    case 'SimplePositiveUnaryTest':
      return [simpleTest(converter, syntax, locals, depth)];
    default:
      return [['among', converter.convert(syntax, locals, depth).node]];
  }
}

function simpleTest(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Test {
  const [first, second] = childrenOf(syntax);
  if (first!.name === 'CompareOp') {
    return ['compare', converter.textOf(first!) as Comparator, converter.convert(second!, locals, depth).node];
  }
  const [start, end] = operandsOf(first!).map((operand) => converter.convert(operand, locals, depth).node);
  const text = converter.textOf(first!);
  return ['range', text.startsWith('['), start!, end!, text.endsWith(']')];
}

/** A range as a value. */
function interval(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const [start, end] = operandsOf(syntax).map((operand) => converter.convert(operand, locals, depth).node);
  const text = converter.textOf(syntax);
  return { node: ['range', text.startsWith('['), start!, end!, text.endsWith(']')], type: anyType };
}

/** A range, or a comparison without its left side, as a value: the range of what compares so. */
function limit(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const [first, second] = childrenOf(syntax);
  if (first!.name !== 'CompareOp') return interval(converter, first!, locals, depth);
  return { node: ['limit', converter.textOf(first!) as Comparator, converter.convert(second!, locals, depth).node], type: anyType };
}

function junction(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const { first, links } = spineOf(syntax, (node) => node.name === syntax.name);
  const operands = [first, ...links.map((link) => operandsOf(link)[1]!)];
  const nodes = operands.map((operand) => {
    const { node, type } = converter.convert(operand, locals, depth);
    if (
      type !== null &&
      type.kind !== 'any' &&
      type.kind !== 'boolean' &&
      typeof node === 'object' &&
      !(Array.isArray(node) && node[0] === 'number')
    )
      converter.refuse(operand, `${kindNames[type.kind]} is neither true nor false`, 'compare it with something');
    return node;
  });
  return { node: [syntax.name === 'Conjunction' ? 'and' : 'or', nodes], type: booleanType };
}

function arithmetic(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const { first, links } = spineOf(syntax, isBinary);
  if (links.length === 0) {
    const operand = converter.convert(operandsOf(syntax)[0]!, locals, depth);
    if (!isComputable('-', operand.type, operand.type) || operand.type?.kind.startsWith('date'))
      return converter.refuse(syntax, `"-" does not go with ${kindNames[operand.type!.kind]}`, 'change it');
    return { node: ['negate', operand.node], type: operand.type };
  }
  const start = converter.convert(first, locals, depth);
  const chain: [ArithmeticOperator, Node][] = [];
  let type = start.type;
  for (const link of links) {
    const operator = converter.textOf(childrenOf(link)[1]!) as ArithmeticOperator;
    const operand = converter.convert(operandsOf(link)[1]!, locals, depth);
    chain.push([operator, operand.node]);
    if (!isComputable(operator, type, operand.type)) {
      const message = `"${operator}" does not go with ${kindNames[type!.kind]} and ${kindNames[operand.type!.kind]}`;
      return converter.refuse(link, message, 'change one of them; number(...) and string(...) convert');
    }
    type = arithmeticType(operator, type, operand.type);
  }
  return { node: ['chain', start.node, chain], type };
}

function isBinary(syntax: SyntaxNode): boolean {
  return syntax.name === 'ArithmeticExpression' && operandsOf(syntax).length === 2;
}

function conditional(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const [condition, yes, no] = operandsOf(syntax).map((operand) => converter.convert(operand, locals, depth));
  return { node: ['if', condition!.node, yes!.node, no!.node], type: joinTypes(yes!.type, no!.type) };
}

function list(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const items = operandsOf(syntax).map((item) => converter.convert(item, locals, depth));
  const type = items.map((item) => item.type).reduce(joinTypes, null);
  return { node: ['list', items.map((item) => item.node)], type: { kind: 'list', items: type ?? anyType } };
}

/** A context, whose entries see the entries before them; of its type only what it lists is known. */
function context(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const first = LocalScope.next(locals);
  const entries: [string, Node][] = [];
  const properties: Record<string, ValueType> = {};
  let scope = locals;
  for (const entry of operandsOf(syntax)) {
    const [keySyntax, valueSyntax] = operandsOf(entry);
    const key = keyOf(converter, keySyntax!);
    if (key === undefined) continue;
    if (Object.hasOwn(properties, key)) converter.refuse(keySyntax!, `the entry "${key}" stands there twice`, 'remove one of them');
    const value = converter.convert(valueSyntax!, scope, depth);
    entries.push([key, value.node]);
    properties[key] = value.type ?? anyType;
    scope = LocalScope.bind(normalName(key), properties[key], scope);
  }
  return { node: ['context', first, entries], type: { kind: 'context', properties, open: true } };
}

function keyOf(converter: Converter, syntax: SyntaxNode): string | undefined {
  const [written] = operandsOf(syntax);
  if (written!.name !== 'StringLiteral') return checkedKey(converter, syntax, converter.nameOf(written!));
  return checkedKey(converter, syntax, stringOf(converter.textOf(written!)));
}

function checkedKey(converter: Converter, syntax: SyntaxNode, key: string): string | undefined {
  if (key !== '__proto__') return key;
  converter.refuse(syntax, '"__proto__" is not a name', 'use another name');
  return undefined;
}

/** `for`, `some` and `every`. */
function iteration(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const [bindings, bodySyntax] = operandsOf(syntax);
  const iterations: Iteration[] = [];
  let scope = locals;
  for (const binding of operandsOf(bindings!)) {
    const [nameSyntax, source] = operandsOf(binding);
    const ends = operandsOf(source!).map((end) => converter.convert(end, scope, depth));
    const type = ends.length === 2 ? (ends[0]!.type ?? anyType) : (elementType(ends[0]!.type) ?? anyType);
    const bound = LocalScope.bind(normalName(converter.nameOf(nameSyntax!)), type, scope);
    iterations.push([bound.slot, ...ends.map((end) => end.node)] as Iteration);
    scope = bound;
  }
  const kind = converter.textOf(childrenOf(syntax)[0]!) as 'for' | 'some' | 'every';
  if (kind === 'for') return loop(converter, iterations, bodySyntax!, scope, depth);
  return { node: [kind, iterations, converter.convert(bodySyntax!, scope, depth).node], type: booleanType };
}

/** The body of `for` may read `partial`, unless something else has that name. */
function loop(converter: Converter, iterations: Iteration[], bodySyntax: SyntaxNode, scope: Locals, depth: number): Typed {
  const readsPartial = /\bpartial\b/.test(converter.textOf(bodySyntax)) && LocalScope.find(scope, 'partial').resolved === undefined;
  const inner = readsPartial ? LocalScope.partial(scope) : scope;
  const body = converter.convert(bodySyntax, inner, depth);
  const type: ValueType = { kind: 'list', items: body.type ?? anyType };
  return { node: readsPartial ? ['for', iterations, body.node, inner!.slot] : ['for', iterations, body.node], type };
}
