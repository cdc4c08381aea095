import type { CompiledForm } from '../compile/deployment';
import type { Expression, ValueType } from '../feel/expression';
import { valueTypeOf } from '../feel/value';
import type { Json, JsonObject } from '../json';
import type { ProcessModel } from '../runtime/process-model';
import { Domains } from './domains';
import type { Edge } from './explore';
import { conditionsOf } from './writers';

/** Values of variables by name with which a way that was assumed may come true. */
export type Guess = Readonly<Record<string, Json>>;

/** Guesses for one way at most: each is played. */
const most = 400;
/** Values of one variable or member that are tried. */
const mostValues = 8;
/** How much greater one of two numbers is that are compared with each other. */
const apart = 1_000_000;

/** Conditions that a way assumes, each with whether it has to be true. */
export interface Assumption {
  /** The flow or the node at which it stands. */
  at: string;
  expression: Expression;
  holds: boolean;
}

/** What a way through a process assumes: conditions whose values the analysis could not list. */
export function assumptionsOf(model: ProcessModel, forms: ReadonlyMap<string, CompiledForm>, edges: readonly Edge[]): Assumption[] {
  const domains = new Domains(model, forms, new Set());
  const found = new Map<string, Assumption>();
  const add = (at: string, expression: Expression | undefined, holds: boolean): void => {
    if (expression !== undefined && !domains.determined(expression))
      found.set(`${at} ${expression.text} ${holds}`, { at, expression, holds });
  };
  const conditions = conditionsOf(model);
  for (const { happening, branches } of edges) {
    if (happening.kind === 'turned') for (const { id, expression } of conditions) if (id === happening.node) add(id, expression, true);
    for (const branch of branches) {
      const flow = model.flows[branch];
      if (flow === undefined) continue;
      add(branch, flow.condition, true);
      if (flow.condition !== undefined) continue;
      for (const beside of model.nodes[flow.from]?.outgoing ?? []) add(beside, model.flows[beside]?.condition, false);
    }
  }
  return [...found.values()];
}

/**
 * Guesses at values that turn the assumed conditions, the nearest first: none at all, then each variable by itself, then several. What they are compared with is
 * tried with its neighbours.
 */
export function guessesOf(model: ProcessModel, forms: ReadonlyMap<string, CompiledForm>, assumed: readonly Assumption[]): Guess[] {
  const values = new Map<string, { path: string[]; values: Json[] }>();
  for (const { expression } of assumed) {
    for (const { path, literals } of comparisonsOf(expression.tree)) {
      const key = path.join('\n');
      const tried = candidatesOf(literals, typeAt(model, forms, path));
      const before = values.get(key)?.values ?? [];
      const all = new Map([...before, ...tried].map((value) => [JSON.stringify(value), value]));
      values.set(key, { path, values: [...all.values()].slice(0, mostValues) });
    }
  }
  let guesses: Guess[] = [{}];
  for (const { path, values: tried } of values.values()) {
    const more = guesses.flatMap((guess) => tried.map((value) => withValue(guess, path, value))).filter((guess) => guess !== undefined);
    guesses = [...guesses, ...more].slice(0, most);
  }
  const sizeOf = (guess: Guess): number => JSON.stringify(guess).length;
  return guesses.sort((one, other) => Object.keys(one).length - Object.keys(other).length || sizeOf(one) - sizeOf(other));
}

interface Comparison {
  path: string[];
  literals: Json[];
}

/** What each part of a condition compares: every variable in it, with every literal in it. */
function comparisonsOf(node: Json): Comparison[] {
  if (!Array.isArray(node)) return [];
  if (node[0] === 'and' || node[0] === 'or') return (node[1] as Json[]).flatMap(comparisonsOf);
  if (node[0] === 'call' && node[1] === 'not') return (node[2] as Json[]).flatMap(comparisonsOf);
  if (node[0] === 'if') return node.slice(1).flatMap(comparisonsOf);
  const paths: string[][] = [];
  const literals: Json[] = [];
  gather(node, paths, literals);
  const isWhole = pathAt(node) !== undefined;
  return paths.map((path) => ({ path, literals: isWhole ? [true, false] : literals }));
}

function gather(node: Json, paths: string[][], literals: Json[]): void {
  if (node === null || typeof node === 'boolean' || typeof node === 'string') {
    literals.push(node);
    return;
  }
  if (!Array.isArray(node)) return;
  const path = pathAt(node);
  if (path !== undefined) paths.push(path);
  else if (node[0] === 'number') literals.push(Number(node[1]));
  else if (node[0] === 'negate' && Array.isArray(node[1]) && node[1][0] === 'number') literals.push(-Number(node[1][1]));
  else for (const part of partsOf(node)) gather(part, paths, literals);
}

/** The operands of an operation, as far as values are compared in it. */
function partsOf([operation, ...rest]: Json[]): Json[] {
  switch (operation) {
    case 'list':
    case 'and':
    case 'or':
      return rest[0] as Json[];
    case 'in':
      return [rest[0] ?? null, ...(rest[1] as Json[])];
    case 'call':
      return rest[1] as Json[];
    case 'compare':
    case 'limit':
      return rest.slice(1);
    case 'range':
      return rest.slice(1, 3);
    case 'chain':
      return [rest[0] ?? null, ...(rest[1] as Json[][]).map(([, operand]) => operand ?? null)];
    case 'among':
    case 'path':
      return rest.slice(0, 1);
    case 'filter':
      return rest.slice(0, 2);
    case 'between':
    case 'if':
      return rest;
    default:
      return [];
  }
}

function pathAt(node: Json): string[] | undefined {
  if (!Array.isArray(node)) return undefined;
  if (node[0] === 'name') return [String(node[1])];
  if (node[0] !== 'path') return undefined;
  const owner = pathAt(node[1] as Json);
  return owner === undefined ? undefined : [...owner, ...(node[2] as Json[]).map(String)];
}

function typeAt(model: ProcessModel, forms: ReadonlyMap<string, CompiledForm>, [name = '', ...members]: string[]): ValueType {
  const nodes = Object.values(model.nodes);
  const form = nodes.flatMap((node) => (node.kind === 'userTask' && node.result === name && node.form !== undefined ? [node.form] : []))[0];
  const schema = form === undefined ? undefined : forms.get(form)?.schema;
  let type: ValueType = model.variables[name]?.type ?? (schema === undefined ? { kind: 'any' } : valueTypeOf(schema));
  for (const member of members) type = (type.kind === 'context' ? type.properties[member] : undefined) ?? { kind: 'any' };
  return type;
}

function candidatesOf(literals: readonly Json[], type: ValueType): Json[] {
  const numbers = literals.filter((literal) => typeof literal === 'number');
  const around = numbers.length === 0 ? [0, apart] : numbers.flatMap((number) => [number, number + 1, number - 1]);
  const texts = literals.filter((literal) => typeof literal === 'string');
  switch (type.kind) {
    case 'number':
      return [...around, null];
    case 'money':
      return [...around.map((number) => number.toFixed(2)), null];
    case 'boolean':
      return [true, false, null];
    case 'string':
      return [...texts, 'other', null];
    case 'date':
      return [...texts.filter((text) => /^\d{4}-\d\d-\d\d$/u.test(text)), '2000-01-01', '2100-01-01', null];
    case 'dateTime':
      return ['2000-01-01T09:00:00+08:00', '2100-01-01T09:00:00+08:00', null];
    case 'duration':
      return [...texts.filter((text) => text.startsWith('P')), 'PT1S', 'P1000D', null];
    case 'list':
      return [[], ...texts.map((text) => [text]), ...numbers.map((number) => [number]), [null], null];
    case 'context':
      return [{}, null];
    default:
      return [...literals, ...(numbers.length > 0 ? around : []), ...(literals.length === 0 ? [true, 0, apart, 'other'] : []), 'other'];
  }
}

function withValue(guess: Guess, path: readonly string[], value: Json): Guess | undefined {
  const [name, ...rest] = path;
  // settings belong to a dealership and `case` to the engine
  if (name === undefined || name === 'settings' || name === 'case') return undefined;
  if (rest.length === 0) return Object.hasOwn(guess, name) ? undefined : { ...guess, [name]: value };
  const before = guess[name];
  if (before !== undefined && (before === null || typeof before !== 'object' || Array.isArray(before))) return undefined;
  const inner = withValue((before ?? {}) as JsonObject, rest, value);
  return inner === undefined ? undefined : { ...guess, [name]: inner as JsonObject };
}
