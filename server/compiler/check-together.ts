import { Checker, type CheckResult } from '../../engine/analyse/check';
import type { Ruleset } from '../../engine/analyse/ruleset';
import type { Finding, SourceFile } from '../../engine/compile/deployment';
import { compilePorts } from '../definitions-folder';
import { workedMs } from '../platform/worked-time';

/** Milliseconds for the states of all processes together, and of one at most. */
const exploreMs = { all: 3_000, one: 150 };

/** What one upload covers of the duties' rows says nothing. */
const ruleset: Ruleset = { extends: 'recommended', rules: { 'duty-row-uncovered': 'off' } };

const checker = new Checker(compilePorts);

/** Compiles and checks definitions as `neiqin check` does, in the time that a publication has for so many processes. What it has read before it remembers. */
export function checkTogether(files: readonly SourceFile[], processes: number, nowMs: number): CheckResult {
  return checker.check(files, {
    ruleset,
    ms: Math.min(exploreMs.one, exploreMs.all / Math.max(1, processes)),
    nowMs,
    clock: workedMs,
  });
}

/** A finding without what leads to it: scenarios are written by `neiqin check`. */
export function plainFinding({ rule, severity, file, line, column, endLine, endColumn, message, remedy }: Finding): Finding {
  return { rule, severity, file, line, column, endLine, endColumn, message, remedy };
}
