import type { DecisionTable } from '../decision/decision-table';
import type { SourceDocument } from '../language/source-document';
import { quoted, suggestion } from '../language/suggestion';
import { compileDecision, decisionType, type RequiredDecision } from './compile-decision';
import type { CompileMemory } from './compile-memory';
import type { Finding } from './deployment';
import { Report } from './report';
import { listOf, variableOf } from './step-document';

/**
 * Compiles the decisions of documents, each after those that it `requires`, into `decisions`, which has those that cannot be read as undefined; so
 * has the result those with errors, and those that need one. A circle of decisions is an error of each in it.
 */
export function compileDecisions(
  documents: readonly SourceDocument[],
  decisions: Map<string, DecisionTable | undefined>,
  memory: CompileMemory,
  findings: Finding[],
): void {
  const byId = new Map(documents.map((document) => [document.id, document]));
  const onTheWay: string[] = [];
  const visit = (document: SourceDocument): void => {
    if (decisions.has(document.id)) return;
    const report = new Report(document, findings);
    const mark = report.mark();
    onTheWay.push(document.id);
    const required = requiredBy(document, report, byId, decisions, onTheWay, visit);
    onTheWay.pop();
    const needs = required.map(({ decision }) => decision);
    const decision = memory.part(document, 'decision', needs, findings, (own) =>
      compileDecision(own, [], document.id, undefined, required),
    );
    decisions.set(document.id, report.hasErrorsSince(mark) ? undefined : decision);
  };
  for (const document of documents) visit(document);
}

function requiredBy(
  document: SourceDocument,
  report: Report,
  byId: ReadonlyMap<string, SourceDocument>,
  decisions: ReadonlyMap<string, DecisionTable | undefined>,
  onTheWay: readonly string[],
  visit: (document: SourceDocument) => void,
): RequiredDecision[] {
  const required: RequiredDecision[] = [];
  for (const [index, value] of listOf(document.value['requires']).entries()) {
    const id = String(value);
    const at = ['requires', index];
    if (onTheWay.includes(id)) {
      const circle = [...onTheWay.slice(onTheWay.indexOf(id)), id].map(quoted).join(' needs ');
      report.at(at, {
        rule: 'decision-cycle',
        message: `the decisions need each other: ${circle}`,
        remedy: 'take one of them out of the circle',
      });
      continue;
    }
    const needed = byId.get(id);
    if (needed !== undefined) visit(needed);
    else if (!decisions.has(id)) {
      const remedy = suggestion(id, byId.keys()) ?? `write a document "decision: ${id}"`;
      report.at(at, { rule: 'unknown-decision', message: `there is no decision ${quoted(id)}`, remedy });
    }
    const decision = decisions.get(id);
    required.push({
      name: variableOf(id),
      type: decision === undefined ? { kind: 'any' } : decisionType(decision),
      decision: decision ?? nothing(id),
    });
  }
  return required;
}

/** Stands for a decision with findings: nothing of it will run. */
function nothing(id: string): DecisionTable {
  return { id, hitPolicy: 'UNIQUE', inputs: [], outputs: [], rules: [] };
}
