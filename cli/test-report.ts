import pc from 'picocolors';
import type { ScenarioResult } from '../engine/language/run-scenario';
import { COVERED_KINDS, type ProcessCoverage, percentOf } from '../engine/simulate/coverage';

/** How results are written. */
export type TestReporter = 'text' | 'json' | 'junit';

/** A scenario's result, and how long it took in milliseconds. */
export type TimedResult = ScenarioResult & { ms: number };

/** Everything that a run of scenarios gave. */
export interface TestSummary {
  results: readonly TimedResult[];
  coverage: readonly ProcessCoverage[];
  /** Scenarios that were written for what nobody reaches, and what none was found for. */
  missing?: { scenarios: readonly { name: string; text: string }[]; unreached: readonly string[] };
  ms: number;
}

/** One line for a scenario, and three for each of its failures. */
export function linesOf({ scenario, failures }: ScenarioResult): string[] {
  const head = `${failures.length === 0 ? pc.green('pass') : pc.red('FAIL')}  ${scenario.title}  ${pc.dim(scenario.file)}`;
  const details = failures.flatMap(({ place, message, expected, actual }) => [
    `      ${place.file}:${place.line}:${place.column}: ${message}`,
    `        expected  ${expected}`,
    `        actual    ${actual}`,
  ]);
  return [head, ...details];
}

/** The share of everything that was passed in one line; undefined where there is nothing to pass. */
export function coverageLine(coverage: readonly ProcessCoverage[]): string | undefined {
  if (coverage.length === 0) return undefined;
  const shares = COVERED_KINDS.flatMap((kind) => {
    const total = coverage.reduce((sum, { kinds }) => sum + kinds[kind].total, 0);
    const missing = coverage.reduce((sum, { kinds }) => sum + kinds[kind].missing.length, 0);
    return total === 0 ? [] : [`${kind} ${total - missing}/${total}`];
  });
  return `coverage ${percentOf(coverage)} % (${shares.join(', ')})`;
}

/** The coverage of each process, with what is missing. */
export function coverageLines(coverage: readonly ProcessCoverage[]): string[] {
  return coverage.flatMap((one) => {
    const missing = COVERED_KINDS.flatMap((kind) => {
      const ids = one.kinds[kind].missing;
      return ids.length === 0 ? [] : [`    ${kind}: ${ids.join(', ')}`];
    });
    const line = `  ${one.process} (${one.dealerships.join(', ')}): ${coverageLine([one])?.replace('coverage ', '')}`;
    return [missing.length === 0 ? pc.green(line) : pc.yellow(line), ...missing];
  });
}

/** The run as one JSON document. */
export function jsonReport({ results, coverage, missing, ms }: TestSummary): string {
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  const scenarios = results.map(({ scenario, failures, ms: took }) => ({
    title: scenario.title,
    file: scenario.file,
    line: scenario.place.line,
    process: scenario.process,
    dealership: scenario.dealership,
    ms: rounded(took),
    failures: failures.map(({ place, message, expected, actual }) => {
      return { file: place.file, line: place.line, column: place.column, message, expected, actual };
    }),
  }));
  const document = {
    passed: results.length - failed,
    failed,
    ms: rounded(ms),
    scenarios,
    coverage: { percent: percentOf(coverage), processes: coverage },
    ...(missing === undefined ? {} : { missing }),
  };
  return JSON.stringify(document, null, 2);
}

/** The run in the form of JUnit, one suite a process: what build servers read. */
export function junitReport({ results, ms }: TestSummary): string {
  const processes = [...new Set(results.map(({ scenario }) => scenario.process))];
  const suites = processes.map((process) => {
    const own = results.filter(({ scenario }) => scenario.process === process);
    return [`  <testsuite${attributes({ name: process, ...totals(own), time: seconds(own) })}>`, ...own.map(testCase), '  </testsuite>'];
  });
  const head = attributes({ name: 'neiqin test', ...totals(results), time: (ms / 1000).toFixed(3) });
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites${head}>`, ...suites.flat(), '</testsuites>'].join('\n');
}

function testCase({ scenario, failures, ms }: TimedResult): string {
  const { title, process, dealership, file, place } = scenario;
  const head = attributes({
    name: title,
    classname: `${dealership}.${process}`,
    file,
    line: String(place.line),
    time: (ms / 1000).toFixed(3),
  });
  if (failures.length === 0) return `    <testcase${head}/>`;
  const told = failures.map(({ place: at, message, expected, actual }) => {
    const text = escaped(`${at.file}:${at.line}:${at.column}: ${message}\nexpected  ${expected}\nactual    ${actual}`);
    return `      <failure${attributes({ message, type: 'expectation' })}>${text}</failure>`;
  });
  return [`    <testcase${head}>`, ...told, '    </testcase>'].join('\n');
}

function totals(results: readonly TimedResult[]): Record<string, string> {
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  return { tests: String(results.length), failures: String(failed), errors: '0', skipped: '0' };
}

function seconds(results: readonly TimedResult[]): string {
  return (results.reduce((sum, { ms }) => sum + ms, 0) / 1000).toFixed(3);
}

function attributes(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(value).replaceAll('\n', '&#10;')}"`)
    .join('');
}

/** Text as XML 1.0 may hold it: its marks written out, and without characters that it cannot have. */
function escaped(text: string): string {
  const named: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"]/gu, (mark) => named[mark] ?? mark);
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
