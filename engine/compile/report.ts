import { type Complaint, findingAt } from '../language/finding';
import type { Path, SourceDocument } from '../language/source-document';
import type { Finding } from './deployment';

/** Gathers what the compiler has to say about one document. */
export class Report {
  constructor(
    readonly document: SourceDocument,
    private readonly findings: Finding[],
  ) {}

  /** Complains about the value at a path, or about its key. */
  at(path: Path, complaint: Complaint, part: 'key' | 'value' = 'value'): void {
    this.findings.push(findingAt(this.document.place(path, part), complaint));
  }

  /** Complains about a stretch of the expression at a path; offsets count from after the "=". */
  inExpression(path: Path, from: number, to: number, complaint: Complaint): void {
    this.findings.push(findingAt(this.document.expressionPlace(path, from, to), complaint));
  }

  /** Where the findings end now, to ask later what has come since. */
  mark(): number {
    return this.findings.length;
  }

  /** Whether there has been an error since a mark. */
  hasErrorsSince(mark: number): boolean {
    return this.findings.slice(mark).some(({ severity }) => severity === 'error');
  }
}
