import { evaluationUnits, type Meter, TooCostly } from './budget';
import { Decimal, decimalOf, safeInteger } from './decimal';
import type { Evaluation, EvaluationScope, Expression, ValueType } from './expression';
import { FunctionValue } from './function-value';
import { builtIns } from './functions';
import { fits, isInstance } from './instance-of';
import { arithmetic, both, compare, includes, liesWithin, negate } from './operators';
import { Range, rangeMember } from './range';
import { Run } from './run';
import { callBuiltIn, type Overload } from './signature';
import { type CalendarDate, isDate, isTemporal, nextDay, temporalMember } from './temporal';
import type { Iteration, Node, Operation, Test, TypeName } from './tree';
import { Context, kindOf, Unwritable, type Value, writeJson } from './value';

/** Why an evaluation gives nothing. */
export type EvaluationFailure = Extract<Evaluation, { ok: false }>;

/**
 * Computes an expression and writes its value as JSON of the wanted type, or else of its own (see `toJson`); null is written whatever type is wanted.
 *
 * Invalid operations give null, as DMN 1.3 §10.3.2 has it. Fails with `expression-too-costly` beyond 100,000 units of work or 200 levels,
 * and with `expression-failed` where the value has not the wanted type, or where reading the scope throws. Never throws. The work is also
 * taken from `shared`, where several evaluations have one budget.
 */
export function evaluate(expression: Expression, scope: EvaluationScope, want?: ValueType, shared?: Meter): Evaluation {
  try {
    const run = new Run(scope, shared);
    const value = compute(expression.tree as Node, run);
    return { ok: true, value: writeJson(value, want ?? expression.type, run) };
  } catch (error) {
    return failureOf(expression, error);
  }
}

/** Computes an expression as `evaluate` does, and gives its value as FEEL has it, exactly; undefined where it takes too much work. */
export function evaluateExactly(expression: Expression, scope: EvaluationScope): Value | undefined {
  try {
    return compute(expression.tree as Node, new Run(scope));
  } catch (error) {
    if (error instanceof TooCostly) return undefined;
    throw error;
  }
}

/**
 * Computes a condition. Null, and any other value but true and false, is a failure: a process does not guess which way to go.
 * Otherwise as `evaluate`.
 */
export function evaluateCondition(expression: Expression, scope: EvaluationScope): { ok: true; value: boolean } | EvaluationFailure {
  const evaluation = evaluate(expression, scope);
  if (!evaluation.ok || typeof evaluation.value === 'boolean') return evaluation as { ok: true; value: boolean } | EvaluationFailure;
  const given = evaluation.value === null ? 'null' : Array.isArray(evaluation.value) ? 'a list' : `a ${jsonKind(evaluation.value)}`;
  return { ok: false, code: 'expression-failed', message: `condition ${quoted(expression.text)} gave ${given}, not true or false` };
}

function jsonKind(value: string | number | boolean | object): string {
  return typeof value === 'object' ? 'context' : typeof value;
}

function failureOf(expression: Expression, error: unknown): EvaluationFailure {
  const text = quoted(expression?.text);
  if (error instanceof TooCostly) {
    return { ok: false, code: 'expression-too-costly', message: `expression ${text} takes more than ${evaluationUnits} units of work` };
  }
  const reason = error instanceof Unwritable ? error.message : 'could not be computed';
  return { ok: false, code: 'expression-failed', message: `expression ${text} ${reason}` };
}

/** The text in quotes on one line, at most 120 characters of it. */
function quoted(text: unknown): string {
  const line = String(text).slice(0, 200).replace(/\s+/g, ' ');
  return line.length > 120 ? `"${line.slice(0, 119)}…"` : `"${line}"`;
}

function compute(node: Node, run: Run): Value {
  run.enter();
  const value = typeof node === 'object' && node !== null ? perform(node, run) : node;
  run.leave();
  return value;
}

function perform(operation: Operation, run: Run): Value {
  switch (operation[0]) {
    case 'number':
      run.spend(1);
      return decimalOf(operation[1]);
    case 'name':
      return run.read(operation[1]);
    case 'slot':
      return run.slots[operation[1]] ?? null;
    case 'member':
      return resolveMember(operation[1], operation[2], operation[3], run);
    case 'path':
      return operation[2].reduce((value, name) => memberOf(value, name, run), compute(operation[1], run));
    case 'list':
      return operation[1].map((item) => compute(item, run));
    case 'context':
      return contextOf(operation[1], operation[2], run);
    case 'compare':
      return compare(operation[1], compute(operation[2], run), compute(operation[3], run), run);
    case 'between':
      return between(compute(operation[1], run), compute(operation[2], run), compute(operation[3], run), true, true, run);
    case 'in':
      return anyTest(compute(operation[1], run), operation[2], run);
    default:
      return performRest(operation, run);
  }
}

function performRest(operation: Operation, run: Run): Value {
  switch (operation[0]) {
    case 'and':
      return conjunction(operation[1], false, run);
    case 'or':
      return conjunction(operation[1], true, run);
    case 'chain':
      return operation[2].reduce(
        (left, [operator, right]) => arithmetic(operator, left, compute(right, run), run),
        compute(operation[1], run),
      );
    case 'negate':
      return negate(compute(operation[1], run));
    case 'if':
      return compute(operation[1], run) === true ? compute(operation[2], run) : compute(operation[3], run);
    case 'filter':
      return filter(compute(operation[1], run), operation[2], operation[3], run);
    case 'for':
      return collect(operation[1], operation[2], operation[3], run);
    case 'some':
      return quantify(operation[1], operation[2], true, run);
    case 'every':
      return quantify(operation[1], operation[2], false, run);
    case 'call':
      return call(operation[1], operation[2], run);
    case 'defined':
      return isDefined(operation[1], run);
    case 'range':
      return rangeOf(operation[1], compute(operation[2], run), compute(operation[3], run), operation[4], run);
    case 'limit':
      return Range.of(operation[1], compute(operation[2], run));
    case 'instance':
      return instance(compute(operation[1], run), operation[2], run);
    default:
      return performFunction(operation, run);
  }
}

function performFunction(operation: Operation, run: Run): Value {
  switch (operation[0]) {
    case 'partial':
      return partialAt(operation[1], run);
    case 'function':
      return functionOf(operation[1], operation[2], operation[3], run);
    case 'builtIn':
      return new FunctionValue(undefined, (args) => callBuiltIn(overloadsOf(operation[1]), args, run));
    case 'invoke':
      return invoke(compute(operation[1], run), operation[2], operation[3], run);
    default:
      throw new Error(`invariant: no operation "${String(operation[0])}"`);
  }
}

function resolveMember(name: string, slots: number[], otherwise: Node, run: Run): Value {
  for (const slot of slots) {
    const item = run.slots[slot];
    if (item instanceof Context && item.has(name)) return item.get(name, run);
  }
  return compute(otherwise, run);
}

function memberOf(value: Value, name: string, run: Run): Value {
  if (value instanceof Context) return value.get(name, run);
  if (Array.isArray(value)) {
    run.spend(value.length);
    return value.map((item) => memberOf(item, name, run));
  }
  if (value instanceof Range) return rangeMember(value, name);
  if (!isTemporal(value)) return null;
  const member = temporalMember(value, name);
  return typeof member === 'number' ? new Decimal(member) : member;
}

function contextOf(first: number, entries: [string, Node][], run: Run): Context {
  const values = new Map<string, Value>();
  entries.forEach(([name, node], at) => {
    const value = compute(node, run);
    run.slots[first + at] = value;
    values.set(name, value);
  });
  return Context.of(values);
}

function between(value: Value, low: Value, high: Value, lowIncluded: boolean, highIncluded: boolean, run: Run): boolean | null {
  return both(compare(lowIncluded ? '>=' : '>', value, low, run), compare(highIncluded ? '<=' : '<', value, high, run));
}

function anyTest(value: Value, tests: Test[], run: Run): boolean | null {
  let result: boolean | null = false;
  for (const test of tests) {
    const passed = passes(value, test, run);
    if (passed === true) return true;
    if (passed === null) result = null;
  }
  return result;
}

function passes(value: Value, test: Test, run: Run): boolean | null {
  if (test[0] === 'compare') return compare(test[1], value, compute(test[2], run), run);
  if (test[0] === 'range') return between(value, compute(test[2], run), compute(test[3], run), test[1], test[4], run);
  const [, among] = test;
  if (Array.isArray(among) && among[0] === 'list' && !Array.isArray(value)) return isAmong(value, among[1], run);
  const candidate = compute(among, run);
  if (candidate instanceof Range && !(value instanceof Range)) return liesWithin(value, candidate, run);
  if (!Array.isArray(candidate)) return compare('=', value, candidate, run);
  if (includes(candidate, value, run) || (Array.isArray(value) && compare('=', value, candidate, run) === true)) return true;
  return candidate.some((item) => item instanceof Range && liesWithin(value, item, run) === true);
}

/** Whether a value that is no list is one of a written list, or within a range of it; as `includes`, without making the list. */
function isAmong(value: Value, items: Node[], run: Run): boolean {
  for (const node of items) {
    const item = compute(node, run);
    if (typeof item === 'string' || typeof item === 'boolean') {
      if (item === value) return true;
    } else if (item instanceof Range) {
      if (liesWithin(value, item, run) === true) return true;
    } else if (kindOf(item) === kindOf(value) && compare('=', item, value, run) === true) return true;
  }
  return false;
}

/** `and` where `decisive` is false, `or` where it is true: the decisive value ends it, what is not boolean makes it null. */
function conjunction(operands: Node[], decisive: boolean, run: Run): boolean | null {
  let result: boolean | null = !decisive;
  for (const operand of operands) {
    const value = compute(operand, run);
    if (value === decisive) return decisive;
    if (value !== !decisive) result = null;
  }
  return result;
}

/** The elements for which the condition is true; one element where the condition turns out to be a position. Null stays null. */
function filter(value: Value, condition: Node, slot: number, run: Run): Value {
  if (value === null) return null;
  const list = Array.isArray(value) ? value : [value];
  const kept: Value[] = [];
  if (list.length === 0 && isPosition(condition)) return null;
  for (const item of list) {
    run.slots[slot] = item;
    const verdict = compute(condition, run);
    if (verdict instanceof Decimal) return elementAt(list, verdict);
    if (verdict === true) kept.push(item);
  }
  return kept;
}

function isPosition(condition: Node): boolean {
  return Array.isArray(condition) && (condition[0] === 'number' || condition[0] === 'chain' || condition[0] === 'negate');
}

/** The element at a position from 1, or from the end where it is negative; null where there is none. */
function elementAt(list: Value[], position: Decimal): Value {
  const at = safeInteger(position);
  if (at === undefined || at === 0) return null;
  return list[at > 0 ? at - 1 : list.length + at] ?? null;
}

function collect(iterations: Iteration[], body: Node, partial: number | undefined, run: Run): Value {
  const results: Value[] = [];
  const complete = iterate(iterations, 0, run, () => {
    if (partial !== undefined) run.slots[partial] = results;
    results.push(compute(body, run));
    return true;
  });
  return complete ? results : null;
}

/** The results so far, as they are now: a copy, since more will come. */
function partialAt(slot: number, run: Run): Value {
  const results = run.slots[slot] as Value[];
  run.spend(results.length >> 4);
  return results.slice();
}

/** `some` where `decisive` is true, `every` where it is false. */
function quantify(iterations: Iteration[], condition: Node, decisive: boolean, run: Run): boolean | null {
  let result: boolean | null = !decisive;
  const complete = iterate(iterations, 0, run, () => {
    const value = compute(condition, run);
    if (value === decisive) result = decisive;
    else if (value !== !decisive) result = null;
    return value !== decisive;
  });
  return complete || result === decisive ? result : null;
}

/** Visits every combination until `visit` gives false; false where it was ended or there was nothing to iterate over. */
function iterate(iterations: Iteration[], at: number, run: Run, visit: () => boolean): boolean {
  const iteration = iterations[at];
  if (iteration === undefined) return visit();
  const items = itemsOf(iteration, run);
  if (items === null) return false;
  for (const item of items) {
    run.spend(1);
    run.slots[iteration[0]] = item;
    if (!iterate(iterations, at + 1, run, visit)) return false;
  }
  return true;
}

function itemsOf(iteration: Iteration, run: Run): Iterable<Value> | null {
  const start = compute(iteration[1], run);
  if (iteration.length === 3) return consecutive(start, compute(iteration[2], run), run);
  if (start instanceof Range) return itemsOfRange(start, run);
  return start === null || Array.isArray(start) ? start : [start];
}

function itemsOfRange(range: Range, run: Run): Iterable<Value> | null {
  const { start, startIncluded, end, endIncluded, comparator } = range;
  const all = comparator === null && compare('<=', start, end, run) === true ? consecutive(start, end, run) : null;
  return all === null || (startIncluded && endIncluded) ? all : inside(all, range, run);
}

function* inside(items: Iterable<Value>, range: Range, run: Run): Iterable<Value> {
  for (const item of items) if (liesWithin(item, range, run) === true) yield item;
}

/** The integers or the dates from one to another, upwards or downwards; null for other ends. */
function consecutive(start: Value, end: Value, run: Run): Iterable<Value> | null {
  if (isDate(start) && isDate(end)) return days(start, end, run);
  const from = start instanceof Decimal ? safeInteger(start) : undefined;
  const to = end instanceof Decimal ? safeInteger(end) : undefined;
  return from === undefined || to === undefined ? null : integers(from, to, run);
}

function* integers(from: number, to: number, run: Run): Iterable<Value> {
  const step = from <= to ? 1 : -1;
  for (let at = from; step > 0 ? at <= to : at >= to; at += step) {
    run.spend(1);
    yield new Decimal(at);
  }
}

function* days(from: CalendarDate, to: CalendarDate, run: Run): Iterable<Value> {
  const step = compare('<=', from, to, run) === true ? 1 : -1;
  for (
    let day: CalendarDate | null = from;
    day !== null && compare(step > 0 ? '<=' : '>=', day, to, run) === true;
    day = nextDay(day, step)
  )
    yield day;
}

function call(name: string, args: Node[], run: Run): Value {
  return callBuiltIn(
    overloadsOf(name),
    args.map((arg) => compute(arg, run)),
    run,
  );
}

function overloadsOf(name: string): readonly Overload[] {
  const overloads = builtIns.get(name);
  if (overloads === undefined) throw new Error(`invariant: no function "${name}"`);
  return overloads;
}

/** A range of two values of one ordered kind, an end of null being open; null where they do not compare. */
function rangeOf(startIncluded: boolean, start: Value, end: Value, endIncluded: boolean, run: Run): Range | null {
  const isOpen = start === null || end === null;
  return isOpen || compare('<=', start, end, run) !== null ? new Range(start, startIncluded, end, endIncluded) : null;
}

function instance(value: Value, type: TypeName, run: Run): boolean {
  if (Array.isArray(value)) run.spend(value.length);
  return isInstance(value, type);
}

/** A function value with the local names that there are where it is defined. */
function functionOf(first: number, parameters: [string, TypeName | null][], body: Node, run: Run): FunctionValue {
  const defined = run.slots.slice(0, first);
  run.spend(1 + first);
  const names = parameters.map(([name]) => name);
  return new FunctionValue(names, (args) => {
    const given = args.map((arg, at) => argumentOf(arg, parameters[at]![1]));
    if (given.includes(undefined)) return null;
    run.spend(1 + first);
    return run.within([...defined, ...(given as Value[])], () => compute(body, run));
  });
}

/** The argument as its declared type takes it: a list of one for its element, and the other way round; undefined where it does not fit. */
function argumentOf(value: Value, type: TypeName | null): Value | undefined {
  if (type === null || fits(value, type)) return value;
  if (Array.isArray(value) && value.length === 1 && fits(value[0]!, type)) return value[0];
  return Array.isArray(type) && type[0] === 'list' && fits([value], type) ? [value] : undefined;
}

function invoke(callee: Value, args: Node[], names: string[] | null, run: Run): Value {
  if (!(callee instanceof FunctionValue)) return null;
  const values = args.map((arg) => compute(arg, run));
  if (names === null) return callee.call(values, run);
  const { parameters } = callee;
  if (parameters === undefined || parameters.length !== names.length || !parameters.every((name) => names.includes(name))) return null;
  return callee.call(
    parameters.map((name) => values[names.indexOf(name)]!),
    run,
  );
}

/** True where a name is known or a context has the member, even as null; a computed value is always defined. */
function isDefined(node: Node, run: Run): boolean {
  if (!Array.isArray(node)) return true;
  if (node[0] === 'name') return run.knows(node[1]);
  if (node[0] !== 'path') return true;
  const names = node[2];
  const owner = names.slice(0, -1).reduce((value, name) => memberOf(value, name, run), compute(node[1], run));
  return owner instanceof Context ? owner.has(names[names.length - 1]!) : memberOf(owner, names[names.length - 1]!, run) !== null;
}
