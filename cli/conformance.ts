import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isIdentical } from '../engine/feel/calendar-fields';
import { compileExpression, type NameScope } from '../engine/feel/compile';
import { Decimal, decimalOf } from '../engine/feel/decimal';
import { evaluateExactly } from '../engine/feel/evaluate';
import type { EvaluationScope, ValueType } from '../engine/feel/expression';
import { isTemporal, parseDate, parseDateTime, parseDuration, parseTime, textOfTemporal } from '../engine/feel/temporal';
import { Context, kindNames, kindOf, toJson, type Value } from '../engine/feel/value';
import type { Json } from '../engine/json';
import { projectRoot } from '../server/platform/project-root';

/** A value of the suite: its type and its text, or its parts. */
interface SuiteValue {
  t: 'string' | 'boolean' | 'decimal' | 'double' | 'date' | 'time' | 'dateTime' | 'duration' | 'list' | 'context';
  v: string | (SuiteValue | null)[] | Record<string, SuiteValue | null>;
}

/** What a case is about: one expression, the decisions and functions that it needs, its inputs, and what it gives. */
interface SuiteCase {
  id: string;
  dir: string;
  kind: string;
  text: string | null;
  expected: SuiteValue | null;
  inputs: Record<string, SuiteValue | null>;
  req: { name: string; text: string | null; params?: string[] }[];
}

/** What a run of the suite gave: by folder how many cases passed, and of each other case why it did not. */
export interface ConformanceScore {
  passed: number;
  total: number;
  /** By folder: `23 of 24`. */
  suites: Record<string, string>;
  failures: Record<string, string>;
}

/** Where the suite lies beside the project; it is never copied into it. */
export const suitePath = path.join(projectRoot, '..', 'shared', 'suites', 'dmn-tck', 'cases.json');
/** The committed score. */
export const scorePath = path.join(projectRoot, 'engine', 'feel', 'conformance-score.json');

/** Runs the suite's literal expressions and prints the score; with `write` it becomes the committed one. Says so where there is no suite. */
export function runConformance(options: { write?: boolean }): void {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const score = runSuite();
  if (score === undefined) {
    print(`the suite is not there: ${suitePath}`);
    return;
  }
  for (const [suite, share] of Object.entries(score.suites)) print(`${suite.padEnd(52)} ${share}`);
  for (const [id, reason] of Object.entries(score.failures)) print(`  ${id}: ${reason}`);
  if (options.write === true) writeFileSync(scorePath, `${JSON.stringify(score, null, 2)}\n`);
  print(`${score.passed} of ${score.total}`);
}

/** The score of the literal expressions; undefined where the suite is absent. */
export function runSuite(): ConformanceScore | undefined {
  if (!existsSync(suitePath)) return undefined;
  const all = JSON.parse(readFileSync(suitePath, 'utf8')) as SuiteCase[];
  const cases = all.filter(({ kind, text }) => kind === 'literal' && text !== null);
  const suites: Record<string, { passed: number; total: number }> = {};
  const failures: ConformanceScore['failures'] = {};
  for (const suiteCase of cases) {
    const suite = suites[suiteCase.dir] ?? { passed: 0, total: 0 };
    suites[suiteCase.dir] = suite;
    const failure = failureOf(suiteCase);
    suite.total += 1;
    if (failure === undefined) suite.passed += 1;
    else failures[suiteCase.id] = `${reasonOf(suiteCase.id)}: ${failure}`;
  }
  const shares = Object.entries(suites).map(([name, { passed, total }]) => [name, `${passed} of ${total}`]);
  return { passed: cases.length - Object.keys(failures).length, total: cases.length, suites: Object.fromEntries(shares), failures };
}

/** Why we leave cases be, by a part of their ids. */
const reasons: [id: RegExp, reason: string][] = [
  [/\/0082-|\/0021-|\/0085-.*002_a/u, 'the decision declares a type, which the file of cases leaves out'],
  [/\/0070-/u, 'the model defines the type, which the file of cases leaves out'],
  [/\/0085-|\/0089-|\/0091-|\/0092-/u, 'a decision service or a function of the model, which the file of cases leaves out'],
  [/\/0068-/u, 'the suite compares seconds alone, we their fractions too'],
  [/\/0100-/u, "a local date and time is one of the dealership's zone, so it has an instant"],
  [/\/0103-/u, 'a missing argument is refused when the expression compiles'],
  [/MatchesFunc-17/u, 'a reference back has no linear time'],
  [/MatchesFunc-[56]$/u, 'RE2 has no blocks of Unicode'],
  [/\/111[57]-/u, 'Temporal has years up to 275760'],
  [/nested008/u, 'the names of parameters are checked, not which overload they are of'],
];

function reasonOf(id: string): string {
  return reasons.find(([pattern]) => pattern.test(id))?.[1] ?? 'a boxed expression, which the file of cases leaves out';
}

/** Why a case does not pass; undefined where it does. An expression that does not compile gives null, as an error does in DMN. */
function failureOf(suiteCase: SuiteCase): string | undefined {
  const types = Object.fromEntries(Object.entries(suiteCase.inputs).map(([name, value]) => [name, typeOf(value)]));
  const missing = suiteCase.req.find((required) => required.text === null && !Object.hasOwn(types, required.name));
  if (missing !== undefined) return `needs the decision "${missing.name}", which is no literal expression`;
  const names: NameScope = {
    has: (name) => Object.hasOwn(types, name),
    typeOf: (name) => types[name],
    list: () => Object.keys(types),
    hasIrregularNames: true,
  };
  const compiled = compileExpression(wholeText(suiteCase), names);
  if (!compiled.ok) {
    if (suiteCase.expected === null) return undefined;
    return `refused: ${compiled.problems[0]?.message.replace(/\s+/gu, ' ')}`;
  }
  const scope: EvaluationScope = {
    read: (name) =>
      Object.hasOwn(types, name) ? { value: jsonOf(suiteCase.inputs[name] ?? null), type: types[name] as ValueType } : undefined,
    nowMs: 1_772_413_200_000,
    timezone: 'UTC',
  };
  const value = evaluateExactly(compiled.expression, scope);
  if (value === undefined) return 'takes too much work';
  return isExpected(value, suiteCase.expected)
    ? undefined
    : `gives ${shown(value)}, not ${JSON.stringify(suiteCase.expected).slice(0, 100)}`;
}

/** The expression with what it needs as entries before it. */
function wholeText({ text, req, inputs }: SuiteCase): string {
  const needed = req.filter(({ name }) => !Object.hasOwn(inputs, name));
  if (needed.length === 0) return text ?? '';
  const entries = needed.map((required) => {
    const parameters = required.params === undefined ? '' : `function(${required.params.join(', ')}) `;
    return `${JSON.stringify(required.name)}: ${parameters}${required.text}`;
  });
  return `{${entries.join(', ')}, "the result": ${text}}."the result"`.replace(/\."the result"$/u, '.the result');
}

function typeOf(value: SuiteValue | null): ValueType {
  if (value === null) return { kind: 'any' };
  switch (value.t) {
    case 'decimal':
    case 'double':
      return { kind: 'money' };
    case 'list':
      return { kind: 'list', items: (value.v as (SuiteValue | null)[]).map(typeOf).reduce(united, { kind: 'any' }) };
    case 'context':
      return {
        kind: 'context',
        properties: Object.fromEntries(
          Object.entries(value.v as Record<string, SuiteValue | null>).map(([name, member]) => [name, typeOf(member)]),
        ),
        open: true,
      };
    default:
      return { kind: value.t };
  }
}

/** The type of elements of either type: contexts have the members of both. */
function united(left: ValueType, right: ValueType): ValueType {
  if (left.kind === 'context' && right.kind === 'context') {
    return { kind: 'context', properties: { ...left.properties, ...right.properties }, open: true };
  }
  return right;
}

function jsonOf(value: SuiteValue | null): Json {
  if (value === null) return null;
  if (value.t === 'boolean') return value.v === 'true';
  if (Array.isArray(value.v)) return value.v.map(jsonOf);
  if (typeof value.v === 'string') return value.v;
  return Object.fromEntries(Object.entries(value.v).map(([name, member]) => [name, jsonOf(member)]));
}

function isExpected(value: Value, expected: SuiteValue | null): boolean {
  if (expected === null || value === null) return value === expected;
  if (value instanceof Decimal) return typeof expected.v === 'string' && isClose(value, expected);
  if (Array.isArray(value)) {
    const items = expected.v;
    return Array.isArray(items) && items.length === value.length && value.every((item, at) => isExpected(item, items[at] ?? null));
  }
  if (value instanceof Context) return expected.t === 'context' && hasMembers(value, expected.v as Record<string, SuiteValue | null>);
  if (isTemporal(value)) return isSameTime(value, expected);
  return String(value) === expected.v && kindOf(value) === expected.t;
}

/** Numbers that the suite writes with eight decimals or more are rounded, to that place or as binary floats are: ours have 34 digits. */
function isClose(value: Decimal, expected: SuiteValue): boolean {
  const wanted = expected.t === 'decimal' || expected.t === 'double' ? decimalOf(String(expected.v)) : null;
  if (wanted === null) return false;
  const decimals = wanted.decimalPlaces();
  const tolerance = decimals < 8 ? 0 : Decimal.max(new Decimal(10).pow(-decimals), wanted.abs().times('1e-13'));
  return value.minus(wanted).abs().lte(tolerance);
}

function hasMembers(value: Context, expected: Record<string, SuiteValue | null>): boolean {
  const names = Object.keys(expected);
  return (
    names.length === value.names().length && names.every((name) => value.has(name) && isExpected(value.get(name), expected[name] ?? null))
  );
}

function isSameTime(value: Value, { t, v }: SuiteValue): boolean {
  const readers = { date: parseDate, time: parseTime, dateTime: parseDateTime, duration: parseDuration };
  const wanted = Object.hasOwn(readers, t) ? readers[t as keyof typeof readers](String(v)) : null;
  return wanted !== null && isTemporal(value) && kindOf(value) === t && isIdentical(value, wanted);
}

function shown(value: Value): string {
  const text = isTemporal(value) ? textOfTemporal(value) : toJson(value);
  return `${kindNames[kindOf(value)]}: ${JSON.stringify(typeof text === 'object' && text.ok ? text.value : text).slice(0, 80)}`;
}
