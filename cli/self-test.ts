import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findPostgresBinaries } from '../server/platform/postgres-binaries';
import type { Progress } from '../server/platform/problem';
import { projectRoot } from '../server/platform/project-root';
import { readSettings } from '../server/platform/settings';
import { findTemporalCli } from '../server/platform/temporal-cli';
import { reportFailure } from './terminal';

/** The part of jest's JSON report that is counted. */
interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** Files that could not be run at all. */
  readonly numRuntimeErrorTestSuites: number;
}

/**
 * Runs every test, on a real Temporal and a real PostgreSQL. The last line on stdout is the count alone: `12 passed, 0 failed`. A test
 * file that cannot be run counts as one failure, and so do sources that do not compile. Answers the exit code.
 */
export async function runSelfTest(jestArguments: readonly string[], progress: Progress): Promise<number> {
  const { settings } = readSettings(process.env);
  try {
    // Fetched once here: the tests run side by side, and each would wait for it.
    await findTemporalCli({ settings, progress });
    await findPostgresBinaries(path.join(settings.NEIQIN_CACHE, 'postgresql'), progress);
  } catch (error) {
    // The tests that need it fail and say so; the others are still worth running.
    reportFailure(error);
  }
  return runJest(jestArguments, {});
}

/** The control-flow patterns alone, each with its scenarios; they need no server. Otherwise as {@link runSelfTest}. */
export function runPatterns(): Promise<number> {
  return runJest([...unitTests('test/patterns/'), '--verbose'], {});
}

/** Random processes, 10,000 unless FUZZ_RUNS says how many; they need no server. Otherwise as {@link runSelfTest}. */
export function runFuzz(): Promise<number> {
  return runJest(unitTests('test/engine/random-process'), { FUZZ_RUNS: process.env['FUZZ_RUNS'] ?? '10000' });
}

function unitTests(files: string): string[] {
  return ['--selectProjects', 'unit', '--testPathPatterns', files];
}

async function runJest(jestArguments: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'neiqin-test-'));
  const reportFile = path.join(folder, 'report.json');
  try {
    const jest = path.join(projectRoot, 'node_modules', 'jest', 'bin', 'jest.js');
    const exitCode = await run(process.execPath, [jest, '--json', '--outputFile', reportFile, ...jestArguments], {
      TZ: process.env['TZ'] ?? 'UTC',
      ...env,
    });
    return printCount(readReport(reportFile), exitCode);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Format and lint, types, dead code, then all tests; every check runs, whatever the one before said. Answers the exit code. */
export async function runSelfCheck(progress: Progress): Promise<number> {
  const bin = (name: string): string => path.join(projectRoot, 'node_modules', '.bin', name);
  const checks: [what: string, command: string, args: string[]][] = [
    ['format and lint', bin('biome'), ['check', '--error-on-warnings', '.']],
    ['types', bin('tsc'), ['-p', 'tsconfig.json', '--noEmit']],
    ['types of the engine, without Node', bin('tsc'), ['-p', path.join('engine', 'tsconfig.json'), '--noEmit']],
    ['dead code', bin('knip'), []],
  ];
  const failed: string[] = [];
  for (const [what, command, args] of checks) {
    progress(`${what} …`);
    if ((await run(command, args, {})) !== 0) failed.push(what);
  }
  const testsCode = await runSelfTest([], progress);
  for (const what of failed) progress(`FAILED: ${what}`);
  return failed.length > 0 ? 1 : testsCode;
}

function readReport(file: string): JestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function printCount(report: JestReport | undefined, exitCode: number): number {
  const passed = report?.numPassedTests ?? 0;
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  let failed = (report?.numFailedTests ?? 0) + (report?.numRuntimeErrorTestSuites ?? 0);
  if (process.env['NEIQIN_BUILD_FAILED'] === '1') failed += 1;
  if (failed === 0 && exitCode !== 0) failed = 1;
  process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
  return failed > 0 ? 1 : 0;
}

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    // stdout is kept for the count; jest's own JSON and its progress go to stderr.
    const child = spawn(command, args, { cwd: projectRoot, stdio: ['ignore', 2, 2], env: { ...process.env, ...env } });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
