import type { Converter, Locals, Typed } from './convert';
import { template } from './convert-template';
import type { ValueType } from './expression';
import { builtIns, literalReaders, patternFunctions } from './functions';
import { typeNames } from './instance-of';
import { LocalScope, normalName } from './name-scope';
import { nearName } from './near-name';
import { compiledPattern } from './regular-expression';
import { arityOf, isTaken, kindTaken, type Overload, positionsOf, resultType, takes } from './signature';
import { anyType } from './static-type';
import { stringOf } from './string-literal';
import { childrenOf, fullWidthRemedy, operandsOf, type SyntaxNode } from './syntax';
import { parseDate, parseDateTime, parseDuration, parseTime } from './temporal';
import type { Node, TypeName } from './tree';
import { kindNames } from './value';
import { calendarFunctions } from './working-time-functions';

const booleanType: ValueType = { kind: 'boolean' };
const unknown: Typed = { node: null, type: anyType };

/** A call of a built-in function by its name, or of a value that is a function. */
export function invocation(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const [callee, parameters] = operandsOf(syntax);
  const isNamed = callee!.name === 'VariableName' || callee!.name === 'SpecialFunctionName';
  if (!isNamed) return callValue(converter, converter.convert(callee!, locals, depth), callee!, parameters!, locals, depth);
  const name = converter.nameOf(callee!);
  const isLocal = LocalScope.find(locals, normalName(name)).resolved !== undefined;
  if (!isLocal && (builtIns.has(name) || name === 'is defined')) return call(converter, callee!, parameters!, locals, depth);
  const value = converter.findName(callee!, locals);
  if (value === undefined && name === 'template') return template(converter, callee!, parameters!, locals, depth);
  if (value === undefined) return refuseFunction(converter, callee!, name);
  return callValue(converter, value, callee!, parameters!, locals, depth);
}

function callValue(
  converter: Converter,
  { node, type }: Typed,
  callee: SyntaxNode,
  parameters: SyntaxNode,
  locals: Locals,
  depth: number,
): Typed {
  if (type === null || type.kind !== 'any') {
    return converter.refuse(
      callee,
      `${kindNames[type?.kind ?? 'null']} cannot be called`,
      'call a built-in function, or one that "function(...)" defines',
    );
  }
  const { operands, names } = argumentsOf(converter, parameters);
  const args = operands.map((operand) => argument(converter, operand, locals, depth).node);
  return { node: ['invoke', node, args, names], type: anyType };
}

function argumentsOf(converter: Converter, parameters: SyntaxNode): { operands: SyntaxNode[]; names: string[] | null } {
  const operands = operandsOf(parameters);
  if (parameters.name !== 'NamedParameters') return { operands, names: null };
  return {
    operands: operands.map((named) => operandsOf(named)[1]!),
    names: operands.map((named) => normalName(converter.nameOf(operandsOf(named)[0]!))),
  };
}

/** An argument; the name of a built-in function stands for the function. */
function argument(converter: Converter, operand: SyntaxNode, locals: Locals, depth: number): Typed {
  const name = operand.name === 'VariableName' ? converter.nameOf(operand) : '';
  if (builtIns.has(name)) return converter.findName(operand, locals) ?? { node: ['builtIn', name], type: anyType };
  return converter.convert(operand, locals, depth);
}

function call(converter: Converter, callee: SyntaxNode, parameters: SyntaxNode, locals: Locals, depth: number): Typed {
  const name = converter.nameOf(callee);
  const { operands, names } = argumentsOf(converter, parameters);
  const given = operands.map((operand) => argument(converter, operand, locals, depth));
  if (name === 'is defined') return defined(converter, callee, given);
  const overloads = builtIns.get(name)!;
  const args = names === null ? given : byName(converter, callee, name, overloads, names, given);
  if (args === undefined) return unknown;
  const fitting = overloads.filter((overload) => takes(overload, args.length));
  if (fitting.length === 0) return refuseCount(converter, callee, name, args.length, arityOf(overloads));
  const taken = fitting.find((overload) => args.every(({ type }, at) => isTaken(type, overload, at)));
  if (taken === undefined) return refuseTypes(converter, callee, name, operands, args, fitting);
  checkLiteral(converter, name, operands, args);
  const node: Node = ['call', name, args.map((arg) => arg.node)];
  const types = args.map((arg) => arg.type);
  if (taken.result !== 'appended') return { node, type: resultType(taken, types) };
  return { node, type: resultType({ ...taken, result: 'all items' }, types) };
}

function defined(converter: Converter, callee: SyntaxNode, args: Typed[]): Typed {
  if (args.length !== 1) return refuseCount(converter, callee, 'is defined', args.length, [1, 1]);
  return { node: ['defined', args[0]!.node], type: booleanType };
}

/** The arguments by position; undefined, with a problem, where no overload has parameters of those names. */
function byName(
  converter: Converter,
  callee: SyntaxNode,
  name: string,
  overloads: readonly Overload[],
  names: string[],
  given: Typed[],
): Typed[] | undefined {
  for (const overload of overloads) {
    const positions = positionsOf(overload, names);
    if (positions === undefined) continue;
    const last = positions.findLastIndex((position) => position !== -1);
    return positions.slice(0, last + 1).map((position) => given[position] ?? { node: null, type: null });
  }
  const known = overloads.map(({ parameters }) => parameters.map((parameter) => parameter.name).join(', '));
  converter.refuse(callee, `${name}(...) has no parameters ${names.join(', ')}`, `its parameters are ${[...new Set(known)].join('; or ')}`);
  return undefined;
}

function refuseCount(converter: Converter, callee: SyntaxNode, name: string, count: number, [least, most]: [number, number]): Typed {
  const wanted = least === most ? `${least}` : most > 4 ? `at least ${least}` : `${least} to ${most}`;
  return converter.refuse(callee, `${name}(...) has ${count} arguments`, `give it ${wanted}`);
}

function refuseTypes(
  converter: Converter,
  callee: SyntaxNode,
  name: string,
  operands: SyntaxNode[],
  args: Typed[],
  overloads: Overload[],
): Typed {
  const overload = overloads[0]!;
  const at = Math.max(
    0,
    args.findIndex(({ type }, index) => !overloads.some((candidate) => isTaken(type, candidate, index))),
  );
  const wanted = kindTaken(overload, at);
  const kinds = wanted === 'day' || wanted === 'value' ? kindNames.date : kindNames[wanted];
  const type = args[at]!.type;
  return converter.refuse(
    operands[at] ?? callee,
    `${name}(...) takes ${kinds} here, and this is ${kindNames[type?.kind ?? 'null']}`,
    'change the argument',
  );
}

function refuseFunction(converter: Converter, callee: SyntaxNode, name: string): Typed {
  const near = nearName(name, functionNames());
  const remedy = fullWidthRemedy(name) ?? (near === undefined ? `supported are ${functionNames().join(', ')}` : `did you mean "${near}"?`);
  return converter.refuse(callee, `the function "${name.slice(0, 60)}" is not supported`, remedy);
}

function functionNames(): string[] {
  return [...builtIns.keys(), 'is defined', 'template'];
}

function checkLiteral(converter: Converter, name: string, operands: SyntaxNode[], args: Typed[]): void {
  const reader = literalReaders.get(name);
  const node = args[0]?.node;
  if (reader !== undefined && args.length === 1 && typeof node === 'string' && reader.parse(node) === null)
    converter.refuse(operands[0]!, `"${node.slice(0, 60)}" is not ${reader.what}`, `write ${reader.what}`);
  if (calendarFunctions.has(name) && typeof args[2]?.node !== 'string') {
    converter.refuse(operands[2]!, 'the calendar is not named as it stands', 'write its id in quotes, for example "office"');
  }
  const pattern = args[1]?.node;
  if (patternFunctions.has(name) && typeof pattern === 'string' && compiledPattern(pattern, '') === null) {
    const remedy = 'mend it; groups cannot be referred to, and repetitions written out have at most 1,000 steps';
    converter.refuse(operands[1]!, `"${pattern.slice(0, 60)}" is no regular expression of RE2`, remedy);
  }
}

const literalKinds: [name: string, parse: (text: string) => unknown][] = [
  ['date', parseDate],
  ['time', parseTime],
  ['date and time', parseDateTime],
  ['duration', parseDuration],
];

/** `date("...")` and its like, and `@"..."` (DMN 1.5 §10.3.1). */
export function dateTimeLiteral(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const [head, parameters] = operandsOf(syntax);
  if (head!.name !== 'AtLiteral') return call(converter, head!, parameters!, locals, depth);
  const text = stringOf(converter.textOf(operandsOf(head!)[0]!));
  const name = literalKinds.find(([, parse]) => parse(text) !== null)?.[0];
  if (name === undefined)
    return converter.refuse(syntax, `"${text.slice(0, 60)}" is no date, time or duration`, 'write it as ISO 8601 does');
  return { node: ['call', name, [text]], type: resultType(builtIns.get(name)![0]!, []) };
}

/** `function(a, b: number) ...`; what other systems define (Java, PMML) is refused. */
export function functionDefinition(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const external = childrenOf(syntax).find(({ name }) => name === 'external');
  if (external !== undefined) return converter.refuse(external, 'a function of another system cannot be called', 'write it in FEEL');
  const [formal, body] = operandsOf(syntax);
  const first = LocalScope.next(locals);
  const parameters: [string, TypeName | null][] = [];
  let scope = locals;
  for (const parameter of operandsOf(formal!)) {
    const [nameSyntax, typeSyntax] = operandsOf(parameter);
    const name = normalName(converter.nameOf(nameSyntax!));
    if (parameters.some(([other]) => other === name))
      converter.refuse(nameSyntax!, `the parameter "${name}" stands there twice`, 'rename one');
    parameters.push([name, typeSyntax === undefined ? null : typeName(converter, typeSyntax)]);
    scope = LocalScope.bind(name, anyType, scope);
  }
  return { node: ['function', first, parameters, converter.convert(operandsOf(body!)[0]!, scope, depth).node], type: anyType };
}

/** `x instance of T`. */
export function instanceOf(converter: Converter, syntax: SyntaxNode, locals: Locals, depth: number): Typed {
  const [value, type] = operandsOf(syntax);
  return { node: ['instance', converter.convert(value!, locals, depth).node, typeName(converter, type!)], type: booleanType };
}

function typeName(converter: Converter, syntax: SyntaxNode): TypeName {
  const [type] = operandsOf(syntax);
  const parts = operandsOf(type!);
  switch (type!.name) {
    case 'ListType':
      return [converter.textOf(type!).startsWith('range') ? 'range' : 'list', typeName(converter, parts[0]!)];
    case 'ContextType':
      return ['context', operandsOf(parts[0]!).map((entry) => entryType(converter, entry))];
    case 'FunctionType':
      return [
        'function',
        operandsOf(parts[0]!).map((argument) => typeName(converter, operandsOf(argument)[0]!)),
        typeName(converter, parts[1]!),
      ];
    default:
      return plainType(converter, type!);
  }
}

function entryType(converter: Converter, entry: SyntaxNode): [string, TypeName] {
  const [name, type] = operandsOf(entry);
  return [converter.nameOf(name!), typeName(converter, type!)];
}

function plainType(converter: Converter, syntax: SyntaxNode): TypeName {
  const name = converter.nameOf(syntax);
  if (typeNames.has(name)) return name;
  const near = nearName(name, typeNames);
  converter.refuse(
    syntax,
    `"${name.slice(0, 60)}" is no type`,
    near === undefined ? `types are ${[...typeNames].join(', ')}` : `did you mean "${near}"?`,
  );
  return 'Any';
}
