import path from 'node:path';
import pc from 'picocolors';
import type { Finding } from '../engine/compile/deployment';

/** How findings are written. */
export type CheckFormat = 'text' | 'json' | 'sarif';

/** What a report needs beside the findings. */
export interface ReportContext {
  /** The text of a file that was read. */
  textOf(file: string): string | undefined;
  version: string;
}

/** Findings in one of the formats. */
export function reportOf(findings: readonly Finding[], format: CheckFormat, context: ReportContext): string {
  if (format === 'json') return `${JSON.stringify({ version: 1, ...countsOf(findings), findings: findings.map(plain) }, null, 2)}\n`;
  if (format === 'sarif') return `${JSON.stringify(sarifOf(findings, context), null, 2)}\n`;
  return textOf(findings, context);
}

/** How many findings of each severity there are. */
export function countsOf(findings: readonly Finding[]): { errors: number; warnings: number; notes: number } {
  const count = (wanted: Finding['severity']): number => findings.filter(({ severity }) => severity === wanted).length;
  return { errors: count('error'), warnings: count('warning'), notes: count('note') };
}

function plain({ rule, severity, file, line, column, endLine, endColumn, message, remedy }: Finding): Finding {
  return { rule, severity, file, line, column, endLine, endColumn, message, remedy };
}

const colours = { error: pc.red, warning: pc.yellow, note: pc.cyan };

/** Errors and warnings with the line that they speak of, then notes, one line each. */
function textOf(findings: readonly Finding[], context: ReportContext): string {
  const loud = findings.filter(({ severity }) => severity !== 'note').map((finding) => excerpt(finding, context));
  const notes = findings.filter(({ severity }) => severity === 'note').map((finding) => headOf(finding));
  const { errors, warnings, notes: noted } = countsOf(findings);
  const summary = `${amount(errors, 'error')}, ${amount(warnings, 'warning')}, ${amount(noted, 'note')}`;
  return [...loud, ...notes, ...(findings.length === 0 ? [] : ['']), summary, ''].join('\n');
}

function amount(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function headOf({ file, line, column, severity, rule, message }: Finding): string {
  return `${file}:${line}:${column}: ${colours[severity](severity)} ${pc.bold(rule)}: ${message}`;
}

function excerpt(finding: Finding, { textOf: read }: ReportContext): string {
  const { line, column, endLine, endColumn, severity, remedy } = finding;
  const text = (read(finding.file) ?? '').split(/\r?\n/u)[line - 1];
  const margin = String(line).padStart(5);
  const rest = `      = ${pc.bold('do')}: ${remedy}`;
  if (text === undefined) return `${headOf(finding)}\n${rest}\n`;
  const from = Math.min(column - 1, text.length);
  const to = endLine === line ? Math.min(Math.max(endColumn - 1, column), text.length + 1) : text.length;
  const shift = [...text.slice(0, from)].map((character) => (character === '\t' ? '\t' : ' '.repeat(width(character)))).join('');
  const marks = '^'.repeat(
    Math.max(
      1,
      [...text.slice(from, to)].reduce((sum, character) => sum + width(character), 0),
    ),
  );
  return `${headOf(finding)}\n${pc.dim(`${margin} |`)} ${text}\n${pc.dim('      |')} ${shift}${colours[severity](marks)}\n${rest}\n`;
}

/** Columns of a terminal: Chinese characters take two. */
function width(character: string): number {
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(character) ? 2 : 1;
}

/** SARIF 2.1.0, for code scanning and editors. */
function sarifOf(findings: readonly Finding[], { version }: ReportContext): object {
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'neiqin', version, rules: rules.map((id) => ({ id, helpUri: `docs/rules/${id}.md` })) } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: rules.indexOf(finding.rule),
          level: finding.severity,
          message: { text: `${finding.message}; ${finding.remedy}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: finding.file.split(path.sep).map(encodeURIComponent).join('/') },
                region: {
                  startLine: finding.line,
                  startColumn: finding.column,
                  endLine: finding.endLine,
                  endColumn: finding.endColumn,
                },
              },
            },
          ],
        })),
      },
    ],
  };
}
