import { compileExpression, type NameScope } from '../feel/compile';
import type { Expression, ValueType } from '../feel/expression';
import type { Json, JsonObject } from '../json';
import type { Path } from '../language/source-document';
import { quoted } from '../language/suggestion';
import { valueAsCondition } from './cell-traps';
import type { Report } from './report';

/** A value that stands in a document: an expression, or data. */
export type CompiledValue = Expression | { literal: Json };

/** True where a value is written as an expression. */
export function isExpressionText(value: Json | undefined): value is string {
  return typeof value === 'string' && value.startsWith('=');
}

/** Compiles the expressions of one document under one set of names. */
export class ExpressionCompiler {
  constructor(
    private readonly report: Report,
    private readonly names: NameScope,
  ) {}

  /** The expression at a path; undefined where there is none, or where it has findings. */
  at(path: Path): Expression | undefined {
    return this.typedAt(path)?.expression;
  }

  /** The expression at a path, which has to be true or false. */
  condition(path: Path): Expression | undefined {
    const compiled = this.typedAt(path);
    if (compiled === undefined) return undefined;
    const { kind } = compiled.type;
    if (kind === 'boolean' || kind === 'any') return compiled.expression;
    const message = `the condition gives a value of the type ${quoted(kind)}, not true or false`;
    this.report.at(path, { rule: 'condition-type', message, remedy: 'compare it with something, for example "= ..." or "!= null"' });
    return undefined;
  }

  /** The expression at a path, which has to give a value of one of these kinds; `wanted` says in words what that is. */
  ofKind(path: Path, kinds: readonly ValueType['kind'][], wanted: string): Expression | undefined {
    const compiled = this.typedAt(path);
    if (compiled === undefined) return undefined;
    const { kind } = compiled.type;
    if (kind === 'any' || kinds.includes(kind)) return compiled.expression;
    const message = `the expression gives a value of the type ${quoted(kind)}`;
    this.report.at(path, { rule: 'expression-type', message, remedy: `write one that gives ${wanted}` });
    return undefined;
  }

  /** The expression at a path and the type of what it gives. */
  typedAt(path: Path): { expression: Expression; type: ValueType } | undefined {
    const value = this.report.document.at(path);
    if (!isExpressionText(value)) return undefined;
    const compiled = compileExpression(value.slice(1), this.names);
    if (compiled.ok) {
      this.refuseValues(compiled.expression, path);
      return compiled;
    }
    for (const { message, remedy, from, to } of compiled.problems) {
      this.report.inExpression(path, from, to, { rule: 'expression', message, remedy });
    }
    return undefined;
  }

  /** Finds what is compared once and meant twice: `kind = "a" or "b"`. */
  private refuseValues({ text, tree }: Expression, path: Path): void {
    const found = valueAsCondition(tree);
    if (found === undefined) return;
    const { literal, message, remedy } = found;
    const from = Math.max(0, text.lastIndexOf(literal));
    this.report.inExpression(path, from, from + literal.length, { rule: 'value-as-condition', message, remedy });
  }

  /** A value that may hold expressions at any depth: data where it holds none, else one expression that builds it. */
  valueAt(path: Path): CompiledValue | undefined {
    const value = this.report.document.at(path);
    if (value === undefined) return undefined;
    if (isExpressionText(value)) return this.at(path);
    if (!holdsExpression(value)) return { literal: value };
    const parts = this.compileParts(value, path);
    return parts ? this.compose(value, path) : undefined;
  }

  /** FEEL that the compiler makes itself; a finding at the path where it cannot stand there. */
  made(text: string, path: Path): Expression | undefined {
    return this.build(text, path);
  }

  /** The type of the expression at a path, without any finding; any type where there is none. */
  typeAt(path: Path): ValueType {
    const value = this.report.document.at(path);
    const compiled = isExpressionText(value) ? compileExpression(value.slice(1), this.names) : undefined;
    return compiled?.ok === true ? compiled.type : { kind: 'any' };
  }

  /** The same as one expression, data included. */
  expressionAt(path: Path): Expression | undefined {
    const compiled = this.valueAt(path);
    return compiled !== undefined && 'literal' in compiled ? this.build(feelText(compiled.literal), path) : compiled;
  }

  private compileParts(value: Json, path: Path): boolean {
    if (isExpressionText(value)) return this.at(path) !== undefined;
    if (value === null || typeof value !== 'object') return true;
    const keys = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value);
    return keys.map((key) => this.compileParts((value as JsonObject)[key] as Json, [...path, key])).every((compiled) => compiled);
  }

  private compose(value: Json, path: Path): Expression | undefined {
    const text = this.composedText(value, path);
    return text === undefined ? undefined : this.build(text, path);
  }

  /** Compiles FEEL that was made from a value; what is wrong with it can only be its size. */
  private build(text: string, path: Path): Expression | undefined {
    const compiled = compileExpression(text, this.names);
    if (compiled.ok) return compiled.expression;
    const message = compiled.problems[0]?.message ?? 'the value cannot be built';
    this.report.at(path, { rule: 'expression', message, remedy: 'put parts of it into variables with a "scriptTask" first' });
    return undefined;
  }

  private composedText(value: Json, path: Path): string | undefined {
    if (isExpressionText(value)) return `(${value.slice(1)}${value.includes('//') ? '\n' : ''})`;
    if (value === null || typeof value !== 'object') return feelText(value);
    if (Array.isArray(value)) {
      const items = value.map((item, index) => this.composedText(item, [...path, index]));
      return items.includes(undefined) ? undefined : `[${items.join(', ')}]`;
    }
    return this.composedContext(value, path);
  }

  /**
   * In FEEL a context's entry sees the entries before it (DMN 1.3, 10.3.2.6), while in a document each value stands for itself. So an entry
   * whose name another one reads comes after it.
   */
  private composedContext(value: JsonObject, path: Path): string | undefined {
    const order = this.readersFirst(value, path);
    if (order === undefined) return undefined;
    const entries: string[] = [];
    for (const key of order) {
      const text = this.composedText(value[key] as Json, [...path, key]);
      if (text === undefined) return undefined;
      entries.push(`${feelText(key)}: ${text}`);
    }
    return `{${entries.join(', ')}}`;
  }

  private readersFirst(value: JsonObject, path: Path): string[] | undefined {
    const waiting = new Map(Object.keys(value).map((key) => [key, this.namesRead(value[key] as Json, [...path, key])]));
    const order: string[] = [];
    while (waiting.size > 0) {
      const free = [...waiting.keys()].find((key) => [...waiting].every(([other, reads]) => other === key || !reads.has(key)));
      if (free === undefined) return this.refuseCircle([...waiting.keys()], path);
      order.push(free);
      waiting.delete(free);
    }
    return order;
  }

  private refuseCircle(keys: string[], path: Path): undefined {
    const message = `the values of ${keys.map(quoted).join(' and ')} read variables that have each other's names`;
    this.report.at(path, {
      rule: 'input-names',
      message,
      remedy: 'put one of them into a variable of another name with a "scriptTask" first',
    });
    return undefined;
  }

  private namesRead(value: Json, path: Path): Set<string> {
    if (isExpressionText(value)) return new Set(this.at(path)?.reads ?? []);
    if (value === null || typeof value !== 'object') return new Set();
    const keys = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value);
    return new Set(keys.flatMap((key) => [...this.namesRead((value as JsonObject)[key] as Json, [...path, key])]));
  }
}

function holdsExpression(value: Json): boolean {
  if (isExpressionText(value)) return true;
  if (value === null || typeof value !== 'object') return false;
  return Object.values(value).some(holdsExpression);
}

/** A JSON value as FEEL. */
export function feelText(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return decimalText(value);
  if (typeof value === 'string') return feelString(value);
  if (Array.isArray(value)) return `[${value.map(feelText).join(', ')}]`;
  const entries = Object.entries(value).map(([key, member]) => `${feelString(key)}: ${feelText(member)}`);
  return `{${entries.join(', ')}}`;
}

/** A number without an exponent, which FEEL's grammar lacks in places. */
function decimalText(value: number): string {
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/u.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '0', fraction = '', power = '0'] = match;
  const digits = whole + fraction;
  const point = 1 + Number(power);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}

function feelString(text: string): string {
  const escapes: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  return `"${text.replace(/["\\\n\r\t]/gu, (character) => escapes[character] ?? character)}"`;
}
