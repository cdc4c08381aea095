import { coverageOf, type Example } from '../decision/coverage';
import type { DecisionTable } from '../decision/decision-table';
import { givesList } from '../decision/hits';
import type { Path } from '../language/source-document';
import type { Report } from './report';

/**
 * Warns of a table that gives null for some inputs, and of one that fails for some since two rules match, each with an example. Where it
 * cannot tell, a note says so.
 */
export function reportCoverage(report: Report, path: Path, table: DecisionTable): void {
  const wantsRule = !givesList(table) && table.aggregation === undefined && table.outputs.every((output) => output.default === undefined);
  const wantsOne = table.hitPolicy === 'UNIQUE' || table.hitPolicy === 'ANY';
  if (!wantsRule && !wantsOne) return;
  const at = [...path, 'rules'];
  const coverage = coverageOf(table);
  if (!coverage.ok) {
    const message = `gaps and overlaps were not looked for: ${coverage.reason}`;
    report.at(
      at,
      {
        rule: 'decision-unchecked',
        severity: 'note',
        message,
        remedy: 'end the table with a rule for all else, and test it with scenarios',
      },
      'key',
    );
    return;
  }
  if (coverage.gap !== undefined && wantsRule) {
    const message = `no rule matches ${textOf(coverage.gap, table)}, so the result is null`;
    report.at(
      at,
      { rule: 'decision-gap', severity: 'warning', message, remedy: 'add a rule for it, or give an output a "default"' },
      'key',
    );
  }
  if (coverage.overlap !== undefined && wantsOne) {
    const { rules, example } = coverage.overlap;
    const message = `rules ${rules[0]} and ${rules[1]} both match ${textOf(example, table)}, which ${table.hitPolicy} forbids`;
    report.at(
      at,
      {
        rule: 'decision-overlap',
        severity: 'warning',
        message,
        remedy: 'make the tests exclude each other, or choose another hit policy such as FIRST',
      },
      'key',
    );
  }
}

function textOf(example: Example, table: DecisionTable): string {
  const quoted = (id: string) => table.inputs.some((input) => input.id === id && ['number', 'money'].includes(input.type.kind));
  const parts = Object.entries(example).map(([id, value]) => `${id} = ${quoted(id) ? value : JSON.stringify(value)}`);
  return parts.length === 0 ? 'any input' : parts.join(', ');
}
