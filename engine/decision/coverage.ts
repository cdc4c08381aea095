import { Decimal } from '../feel/decimal';
import { evaluate } from '../feel/evaluate';
import type { Expression, ValueType } from '../feel/expression';
import { addDuration, DaysDuration, formatTemporal, parseDate } from '../feel/temporal';
import type { Json } from '../json';
import type { DecisionTable } from './decision-table';
import { rankedTest } from './ranked-tests';

/** Values of inputs by id for which something holds; inputs that do not matter are left out. */
export type Example = Record<string, Json>;

/** What a look at all kinds of inputs gives: inputs that no rule takes, inputs that two rules take, or why there was no look. */
export type Coverage = { ok: true; gap?: Example; overlap?: { rules: [number, number]; example: Example } } | { ok: false; reason: string };

/** Combinations of inputs that are looked at, at most. */
const mostSteps = 50_000;
/** Values with which a test is evaluated, at most: comparisons with numbers and dates need no evaluation. */
const mostTests = 5_000;
const dayNanoseconds = 86_400_000_000_000n;

interface Column {
  id: string;
  values: Json[];
  /** For each value the rules that it passes, a bit each. */
  passing: Uint32Array[];
  /** The rules that do not test it. */
  anything: Uint32Array;
}

/**
 * Looks for gaps and overlaps of a table. Every input is taken at the literals that its tests have, between them and beyond them, so the look is
 * exact for tests that compare `?` with literals; null is left aside. It gives up on other tests, and on tables of more than 50,000 combinations or 5,000 tests of values.
 */
export function coverageOf(table: DecisionTable): Coverage {
  const columns: Column[] = [];
  const budget = { tests: mostTests };
  for (const [at, { id, type }] of table.inputs.entries()) {
    const tests = table.rules.map((rule) => rule.tests[at] ?? null);
    if (tests.every((test) => test === null)) continue;
    const samples = samplesOf(tests, type);
    if (typeof samples === 'string') return { ok: false, reason: `input "${id}" ${samples}` };
    const column = columnOf(id, tests, samples, budget);
    if (column === undefined) return { ok: false, reason: `there are more than ${mostTests} values to be tested` };
    columns.push(column);
  }
  return new Look(table, columns).look();
}

class Look {
  private steps = 0;
  private gap: Example | undefined;
  private overlap: { rules: [number, number]; example: Example } | undefined;
  private readonly chosen: Json[] = [];
  private readonly looksForOverlaps: boolean;
  /** For each column the rules that test nothing from it on. */
  private readonly untested: Uint32Array[];

  constructor(
    private readonly table: DecisionTable,
    private readonly columns: Column[],
  ) {
    this.looksForOverlaps = table.hitPolicy === 'UNIQUE' || table.hitPolicy === 'ANY';
    this.untested = [...columns, undefined].map((_, at) => untestedFrom(columns.slice(at), table.rules.length));
  }

  look(): Coverage {
    const words = Math.ceil(this.table.rules.length / 32);
    const all = new Uint32Array(words).fill(0xffffffff);
    if (this.table.rules.length % 32 !== 0) all[words - 1] = 2 ** (this.table.rules.length % 32) - 1;
    if (!this.visit(0, all)) return { ok: false, reason: `there are more than ${mostSteps} combinations of inputs` };
    return {
      ok: true,
      ...(this.gap === undefined ? {} : { gap: this.gap }),
      ...(this.overlap === undefined ? {} : { overlap: this.overlap }),
    };
  }

  /** Goes through the values of the columns from one on, as far as they can show what is not found yet; false where there are too many. */
  private visit(at: number, rules: Uint32Array): boolean {
    const untested = this.untested[at]!;
    const hasGap = this.gap === undefined && rules.every((bits, word) => (bits & untested[word]!) === 0);
    const hasOverlap = this.looksForOverlaps && this.overlap === undefined && hasTwo(rules);
    if (!hasGap && !hasOverlap) return true;
    this.steps += 1;
    if (this.steps > mostSteps) return false;
    if (rules.every((bits) => bits === 0)) {
      this.gap = this.example();
      return true;
    }
    const column = this.columns[at];
    if (column === undefined) {
      this.overlap = this.conflictOf(rulesOf(rules));
      return true;
    }
    const last = column.values.length - 1;
    // those at the edges last: inner examples say more
    return column.values.every((_, place) => {
      const index = place === last ? 0 : place + 1;
      this.chosen[at] = column.values[index]!;
      const left = this.visit(
        at + 1,
        rules.map((bits, word) => bits & column.passing[index]![word]!),
      );
      this.chosen.length = at;
      return left;
    });
  }

  /** Under UNIQUE two rules, under ANY two whose outputs are written differently. */
  private conflictOf(rules: number[]): { rules: [number, number]; example: Example } | undefined {
    if (rules.length < 2) return undefined;
    const { hitPolicy } = this.table;
    const textOf = (rule: number) => this.table.rules[rule - 1]!.outputs.map(({ text }) => text.trim()).join('\n');
    const other = rules.slice(1).find((rule) => hitPolicy === 'UNIQUE' || textOf(rule) !== textOf(rules[0]!));
    return other === undefined ? undefined : { rules: [rules[0]!, other], example: this.example() };
  }

  private example(): Example {
    return Object.fromEntries(this.chosen.map((value, at) => [this.columns[at]!.id, value]));
  }
}

function untestedFrom(columns: readonly Column[], rules: number): Uint32Array {
  const every = new Uint32Array(Math.ceil(rules / 32)).fill(0xffffffff);
  return columns.reduce((left, { anything }) => left.map((bits, word) => bits & anything[word]!), every);
}

function hasTwo(rules: Uint32Array): boolean {
  const words = rules.filter((bits) => bits !== 0);
  return words.length > 1 || words.some((bits) => (bits & (bits - 1)) !== 0);
}

function rulesOf(bits: Uint32Array): number[] {
  const rules: number[] = [];
  for (const [place, word] of bits.entries()) {
    for (let rest = word; rest !== 0; rest = (rest & (rest - 1)) >>> 0) rules.push(32 * place + (31 - Math.clz32(rest & -rest)) + 1);
  }
  return rules;
}

/** What passes each value; tests that are written alike are evaluated once. Undefined where that is too much. */
function columnOf(id: string, tests: (Expression | null)[], { values, kind }: Samples, budget: { tests: number }): Column | undefined {
  const anything = new Uint32Array(Math.ceil(tests.length / 32));
  for (const [index, test] of tests.entries()) if (test === null) anything[index >> 5]! |= 1 << (index & 31);
  const passing = values.map(() => anything.slice());
  const known = new Map<string, number[]>();
  const ranks =
    kind === 'string' || kind === 'boolean' ? undefined : new Map(values.map((value, rank) => [keyOf(String(value), kind), rank]));
  for (const [index, test] of tests.entries()) {
    if (test === null) continue;
    const passed = known.get(test.text) ?? ranksPassing(test, { values, kind }, ranks, budget);
    if (budget.tests < 0) return undefined;
    known.set(test.text, passed);
    for (const rank of passed) passing[rank]![index >> 5]! |= 1 << (index & 31);
  }
  return { id, values, passing, anything };
}

/** The ranks of the values that pass a test. */
function ranksPassing(
  test: Expression,
  { values, kind }: Samples,
  ranks: Map<string, number> | undefined,
  budget: { tests: number },
): number[] {
  const ranked = ranks && rankedTest(test.tree, (literal) => ranks.get(keyOf(literal, kind)));
  if (ranked === undefined) budget.tests -= values.length;
  if (budget.tests < 0) return [];
  const type: ValueType = kind === 'number' ? { kind: 'money' } : { kind };
  const passed: number[] = [];
  for (let rank = 0; rank < values.length; rank += 1) {
    if (ranked === undefined ? passes(test, values[rank]!, type) : ranked(rank)) passed.push(rank);
  }
  return passed;
}

function keyOf(literal: string, kind: Samples['kind']): string {
  return kind === 'date' ? literal : new Decimal(literal).toString();
}

function passes(test: Expression, value: Json, type: ValueType): boolean {
  const evaluation = evaluate(test, { read: (name) => (name === '?' ? { value, type } : undefined), nowMs: 0, timezone: 'UTC' });
  return evaluation.ok && evaluation.value === true;
}

/** Values of one kind in their order, numbers as texts so that they stay exact. */
interface Samples {
  kind: 'number' | 'money' | 'string' | 'boolean' | 'date';
  values: Json[];
}

/** The literals of a column's tests by kind. */
interface Literals {
  numbers: Decimal[];
  strings: string[];
  dates: string[];
  booleans: boolean[];
}

/** Values that the tests tell apart; or why they cannot be told. */
function samplesOf(tests: (Expression | null)[], type: ValueType): Samples | string {
  const literals: Literals = { numbers: [], strings: [], dates: [], booleans: [] };
  const opaque = tests.findIndex((test) => test !== null && !collect(test.tree, literals));
  if (opaque !== -1) return `is compared with more than literals in rule ${opaque + 1}`;
  const kind = type.kind === 'any' ? kindOf(literals) : type.kind;
  switch (kind) {
    case 'number':
      return { kind, values: between(literals.numbers) };
    case 'money':
      return { kind, values: beside(literals.numbers) };
    case 'string':
      return { kind, values: [...new Set([...literals.strings, anotherThan(literals.strings)])] };
    case 'boolean':
      return { kind, values: [true, false] };
    case 'date':
      return { kind, values: datesAround(literals.dates) };
    default:
      return `has the type "${type.kind}", whose values are not looked at`;
  }
}

function kindOf({ numbers, strings, dates, booleans }: Literals): ValueType['kind'] {
  const kinds = [numbers, strings, dates, booleans].map((found) => found.length > 0);
  const index = kinds.indexOf(true);
  return kinds.lastIndexOf(true) !== index ? 'any' : ((['number', 'string', 'date', 'boolean'] as const)[index] ?? 'any');
}

/** Gathers the literals of a compiled test; false for anything but comparisons of `?` with them. */
function collect(node: Json, into: Literals): boolean {
  if (node === null) return true;
  if (typeof node === 'string') into.strings.push(node);
  if (typeof node === 'boolean') into.booleans.push(node);
  if (!Array.isArray(node)) return typeof node !== 'object' && typeof node !== 'number';
  const [operation, ...rest] = node;
  switch (operation) {
    case 'number':
      into.numbers.push(new Decimal(String(rest[0])));
      return true;
    case 'negate':
      return collectNegated(rest[0] ?? null, into);
    case 'name':
      return rest[0] === '?';
    case 'list':
    case 'or':
    case 'and':
      return (rest[0] as Json[]).every((item) => collect(item, into));
    case 'compare':
    case 'limit':
      return rest.slice(1).every((operand) => collect(operand, into));
    case 'among':
    case 'between':
      return rest.every((operand) => collect(operand, into));
    case 'range':
      return [rest[1] ?? null, rest[2] ?? null].every((end) => collect(end, into));
    case 'in':
      return collect(rest[0] ?? null, into) && (rest[1] as Json[]).every((test) => collect(test, into));
    default:
      return operation === 'call' && collectCall(rest[0] ?? null, rest[1] as Json[], into);
  }
}

function collectNegated(node: Json, into: Literals): boolean {
  if (!Array.isArray(node) || node[0] !== 'number') return false;
  into.numbers.push(new Decimal(String(node[1])).neg());
  return true;
}

function collectCall(name: Json, args: Json[], into: Literals): boolean {
  if (name === 'not') return args.every((argument) => collect(argument, into));
  const [text] = args;
  if (name !== 'date' || args.length !== 1 || typeof text !== 'string') return false;
  into.dates.push(text);
  return true;
}

function ascending(numbers: Decimal[]): Decimal[] {
  return [...new Map(numbers.map((number) => [number.toString(), number])).values()].sort((left, right) => left.cmp(right));
}

/** The numbers, one between each two, one below and one above. */
function between(numbers: Decimal[]): Json[] {
  const sorted = ascending(numbers);
  const inner = sorted.flatMap((number, at) => (at === 0 ? [number] : [sorted[at - 1]!.plus(number).div(2), number]));
  const [least, most] = [sorted[0] ?? new Decimal(0), sorted.at(-1) ?? new Decimal(0)];
  return [least.minus(1), ...inner, most.plus(1)].map((number) => number.toFixed());
}

/** The amounts, and those that are a cent away. */
function beside(numbers: Decimal[]): Json[] {
  return ascending(
    (numbers.length === 0 ? [new Decimal(0)] : numbers).flatMap((number) => [number, number.plus('0.01'), number.minus('0.01')]),
  ).map((number) => number.toFixed(2));
}

function datesAround(dates: string[]): Json[] {
  const days = (dates.length === 0 ? ['2026-01-01'] : dates).flatMap((text) => {
    const date = parseDate(text);
    const day = new DaysDuration(dayNanoseconds);
    return date === null ? [] : [date, addDuration(date, day, 1), addDuration(date, day, -1)];
  });
  return [...new Set(days.flatMap((day) => (day === null ? [] : [formatTemporal(day)])))].sort();
}

function anotherThan(strings: string[]): string {
  let other = 'other';
  while (strings.includes(other)) other += '_';
  return other;
}
