import type { ValueType } from './expression';
import { builtIns } from './functions';
import { LocalScope, type NameScope } from './name-scope';
import { nearName } from './near-name';
import { anyType, arithmeticType, elementType, joinTypes, memberOf, type StaticType } from './static-type';
import {
  childrenOf,
  type ExpressionProblem,
  fullWidthRemedy,
  maximalNesting,
  namePattern,
  nestingProblem,
  operandsOf,
  type SyntaxNode,
  stringOf,
} from './syntax';
import { parseDate, parseDateTime, parseDuration, parseTime } from './temporal';
import type { ArithmeticOperator, Comparator, Iteration, Node, Test } from './tree';

/** A compiled node and what is known of its value. */
export interface Typed {
  node: Node;
  type: StaticType;
}

type Locals = LocalScope | undefined;
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
]);

const unsupported: ReadonlyMap<string, [construct: string, remedy: string]> = new Map([
  ['InstanceOfExpression', ['"instance of"', 'the types of variables are known: compare the value itself']],
  ['FunctionDefinition', ['a function definition', 'write the expression where it is used']],
  ['Interval', ['a range outside "in"', 'write x in [1..5], or for x in 1..5']],
  ['SimplePositiveUnaryTest', ['a range or comparison without its left side', 'write what is compared, such as x > 5 or x in [1..5]']],
  ['NamedParameters', ['a named argument', 'give the arguments by position']],
]);

/** Turns the parser's tree into nodes, and collects the problems and the free names on the way. */
export class Converter {
  readonly problems: ExpressionProblem[] = [];
  readonly reads = new Set<string>();

  constructor(
    private readonly text: string,
    private readonly names: NameScope,
  ) {}

  /** Converts an expression that stands `depth` levels deep; where it cannot, notes a problem and goes on with an unknown value. */
  convert(syntax: SyntaxNode, locals: Locals, depth: number): Typed {
    if (depth >= maximalNesting) {
      this.problems.push(nestingProblem(syntax.from, syntax.to));
      return unknown;
    }
    const conversion = conversions.get(syntax.name);
    if (conversion !== undefined) return conversion(this, syntax, locals, depth + 1);
    const [construct, remedy] = unsupported.get(syntax.name) ?? [`"${syntax.name}"`, 'write it with the supported constructs'];
    return this.refuse(syntax, `${construct} is not supported`, remedy);
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
    if (!this.checkName(syntax)) return unknown;
    const name = this.nameOf(syntax);
    const found = LocalScope.find(locals, name);
    if (found.resolved !== undefined) return this.wrap(name, found.slots, found.resolved);
    if (this.names.has(name)) {
      this.reads.add(name);
      return this.wrap(name, found.slots, { node: ['name', name], type: this.names.typeOf(name) ?? anyType });
    }
    return found.slots.length > 0 ? this.wrap(name, found.slots, unknown) : this.refuseName(syntax, name, locals);
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
    if (!converter.checkName(member)) return unknown;
    const name = converter.nameOf(member);
    const found = memberOf(type, name);
    if (!found.found) return refuseMember(converter, member, type, found.names);
    names.push(name);
    type = found.type;
  }
  return { node: ['path', base.node, names], type };
}

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
  const left = converter.convert(operands[0]!, locals, depth).node;
  if (keyword.name === 'between') {
    const [low, high] = operands.slice(1).map((operand) => converter.convert(operand, locals, depth).node);
    return { node: ['between', left, low!, high!], type: booleanType };
  }
  if (keyword.name === 'in') {
    return { node: ['in', left, operands.slice(1).flatMap((operand) => tests(converter, operand, locals, depth))], type: booleanType };
  }
  const right = operands[1]!;
  if (right.name === 'SimplePositiveUnaryTest') {
    const written =
      converter
        .textOf(syntax)
        .slice(keyword.from - syntax.from)
        .match(/^[=!<>\s]+/)?.[0]
        .trim() ?? '';
    return converter.refuse(keyword, `"${written}" is not an operator`, written.startsWith('!') ? 'write "!="' : 'write "="');
  }
  const comparator = converter.textOf(keyword) as Comparator;
  return { node: ['compare', comparator, left, converter.convert(right, locals, depth).node], type: booleanType };
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
    case 'List':
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

function junction(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const { first, links } = spineOf(syntax, (node) => node.name === syntax.name);
  const operands = [first, ...links.map((link) => operandsOf(link)[1]!)];
  const nodes = operands.map((operand) => converter.convert(operand, locals, depth).node);
  return { node: [syntax.name === 'Conjunction' ? 'and' : 'or', nodes], type: booleanType };
}

function arithmetic(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const { first, links } = spineOf(syntax, isBinary);
  if (links.length === 0) {
    const operand = converter.convert(operandsOf(syntax)[0]!, locals, depth);
    return { node: ['negate', operand.node], type: operand.type };
  }
  const start = converter.convert(first, locals, depth);
  const chain: [ArithmeticOperator, Node][] = [];
  let type = start.type;
  for (const link of links) {
    const operator = converter.textOf(childrenOf(link)[1]!) as ArithmeticOperator;
    const operand = converter.convert(operandsOf(link)[1]!, locals, depth);
    chain.push([operator, operand.node]);
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
    scope = LocalScope.bind(key, properties[key], scope);
  }
  return { node: ['context', first, entries], type: { kind: 'context', properties, open: true } };
}

function keyOf(converter: Converter, syntax: SyntaxNode): string | undefined {
  const [written] = operandsOf(syntax);
  if (written!.name !== 'StringLiteral')
    return converter.checkName(written!) ? checkedKey(converter, syntax, converter.nameOf(written!)) : undefined;
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
    converter.checkName(nameSyntax!);
    const type = ends.length === 2 ? numberType : (elementType(ends[0]!.type) ?? anyType);
    const bound = LocalScope.bind(converter.nameOf(nameSyntax!), type, scope);
    iterations.push([bound.slot, ...ends.map((end) => end.node)] as Iteration);
    scope = bound;
  }
  const body = converter.convert(bodySyntax!, scope, depth);
  const kind = converter.textOf(childrenOf(syntax)[0]!) as 'for' | 'some' | 'every';
  const type: ValueType = kind === 'for' ? { kind: 'list', items: body.type ?? anyType } : booleanType;
  return { node: [kind, iterations, body.node], type };
}

function invocation(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const [callee, parameters] = operandsOf(syntax);
  if (callee!.name !== 'VariableName') return converter.refuse(callee!, 'only a built-in function can be called', 'name the function');
  return call(converter, callee!, parameters!, locals, depth);
}

function call(converter: Converter, callee: SyntaxNode, parameters: SyntaxNode, locals: Locals, depth: number): Typed {
  const name = converter.nameOf(callee);
  if (parameters.name === 'NamedParameters') return converter.convert(parameters, locals, depth);
  const builtIn = builtIns.get(name);
  if (builtIn === undefined && name !== 'is defined') return refuseFunction(converter, callee, name);
  const [least, most] = builtIn?.arity ?? [1, 1];
  const operands = operandsOf(parameters);
  if (operands.length < least || operands.length > most) {
    const wanted = least === most ? `${least}` : most > 3 ? `at least ${least}` : `${least} to ${most}`;
    return converter.refuse(callee, `${name}(...) has ${operands.length} arguments`, `give it ${wanted}`);
  }
  const args = operands.map((operand) => converter.convert(operand, locals, depth));
  if (builtIn === undefined) return { node: ['defined', args[0]!.node], type: booleanType };
  if (builtIn.reads !== undefined && args.length === 1) checkLiteral(converter, operands[0]!, args[0]!.node, builtIn.reads);
  const type = typeof builtIn.type === 'function' ? builtIn.type(args.map((arg) => arg.type)) : builtIn.type;
  return { node: ['call', name, args.map((arg) => arg.node)], type };
}

function refuseFunction(converter: Converter, callee: SyntaxNode, name: string): Typed {
  const near = nearName(name, [...builtIns.keys(), 'is defined']);
  const remedy =
    fullWidthRemedy(name) ??
    (near === undefined ? `supported are ${[...builtIns.keys(), 'is defined'].join(', ')}` : `did you mean "${near}"?`);
  return converter.refuse(callee, `the function "${name.slice(0, 60)}" is not supported`, remedy);
}

function checkLiteral(converter: Converter, at: SyntaxNode, node: Node, reads: { what: string; parse: (text: string) => unknown }): void {
  if (typeof node === 'string' && reads.parse(node) === null)
    converter.refuse(at, `"${node.slice(0, 60)}" is not ${reads.what}`, `write ${reads.what}`);
}

const literalKinds: [name: string, parse: (text: string) => unknown][] = [
  ['date', parseDate],
  ['time', parseTime],
  ['date and time', parseDateTime],
  ['duration', parseDuration],
];

/** `date("...")` and its like, and `@"..."` (DMN 1.3 §10.3.1). */
function dateTimeLiteral(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const [head, parameters] = operandsOf(syntax);
  if (head!.name !== 'AtLiteral') return call(converter, head!, parameters!, locals, depth);
  const text = stringOf(converter.textOf(operandsOf(head!)[0]!));
  const name = literalKinds.find(([, parse]) => parse(text) !== null)?.[0];
  if (name === undefined)
    return converter.refuse(syntax, `"${text.slice(0, 60)}" is no date, time or duration`, 'write it as ISO 8601 does');
  return { node: ['call', name, [text]], type: builtIns.get(name)!.type as ValueType };
}
