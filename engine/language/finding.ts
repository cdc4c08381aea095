import type { Finding } from '../compile/deployment';

/** A stretch of a file. Lines and columns count from 1; the end is exclusive. */
export interface Place {
  file: string;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}

/** What a finding says, without its place. `severity` is `error` unless given. */
export interface Complaint {
  rule: string;
  severity?: Finding['severity'];
  message: string;
  remedy: string;
}

/** Characters of a message and of a remedy: they may quote what stands in a file. */
const longest = 500;

/** A finding at a place; texts that are too long to read are cut. */
export function findingAt(place: Place, complaint: Complaint): Finding {
  const { rule, severity = 'error', message, remedy } = complaint;
  return { rule, severity, ...place, message: cut(message), remedy: cut(remedy) };
}

function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest - 3)}...` : text;
}

/** Findings in the order of the files and of the text, the same one once. */
export function sortFindings<F extends Finding>(findings: readonly F[]): F[] {
  const seen = new Set<string>();
  const unique = findings.filter((finding) => {
    const key = `${finding.file}:${finding.line}:${finding.column}:${finding.rule}:${finding.message}`;
    const first = !seen.has(key);
    seen.add(key);
    return first;
  });
  return unique.sort((a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** One line for a terminal: `file:line:column: error rule: message; remedy`. */
export function formatFinding(finding: Finding): string {
  const { file, line, column, severity, rule, message, remedy } = finding;
  return `${file}:${line}:${column}: ${severity} ${rule}: ${message}; ${remedy}`;
}
