import type { Json } from '../json';
import { compileExpression, type NameScope } from './compile';
import { evaluate, evaluateCondition } from './evaluate';
import type { Evaluation, EvaluationScope, Expression, ValueType } from './expression';

/** Variables of a test: a value, or a value with its type. */
export type Variables = Record<string, { value: Json; type: ValueType }>;

/** A variable of which no type is known. */
export function untyped(value: Json): { value: Json; type: ValueType } {
  return { value, type: { kind: 'any' } };
}

/** 2 March 2026, 09:00 in Shanghai, with the given variables. */
export function scopeOf(variables: Variables): EvaluationScope {
  return {
    read: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
    nowMs: 1_772_413_200_000,
    timezone: 'Asia/Shanghai',
  };
}

/** The names of the variables with their types. */
export function namesOf(variables: Variables): NameScope {
  return {
    has: (name) => Object.hasOwn(variables, name),
    typeOf: (name) => variables[name]?.type,
    list: () => Object.keys(variables),
  };
}

/** The compiled expression; throws its problems. */
export function compiled(text: string, variables: Variables = {}): Expression {
  const result = compileExpression(text, namesOf(variables));
  if (!result.ok) throw new Error(result.problems.map((problem) => `${problem.from}: ${problem.message}; ${problem.remedy}`).join('\n'));
  return result.expression;
}

/** Compiles and evaluates. */
export function evaluation(text: string, variables: Variables = {}, want?: ValueType): Evaluation {
  return evaluate(compiled(text, variables), scopeOf(variables), want);
}

/** The value of an expression; throws where there is none. */
export function resultOf(text: string, variables: Variables = {}, want?: ValueType): Json {
  const result = evaluation(text, variables, want);
  if (!result.ok) throw new Error(result.message);
  return result.value;
}

/** Compiles and evaluates a condition. */
export function condition(text: string, variables: Variables = {}): ReturnType<typeof evaluateCondition> {
  return evaluateCondition(compiled(text, variables), scopeOf(variables));
}

/** The problems of a text, each as `from-to message; remedy`. */
export function problemsOf(text: string, variables: Variables = {}): string[] {
  const result = compileExpression(text, namesOf(variables));
  return result.ok ? [] : result.problems.map(({ from, to, message, remedy }) => `${from}-${to} ${message}; ${remedy}`);
}
