import type { ProcessModel } from '../runtime/process-model';

/** Connectors that work with the report that their input names. */
const OF_REPORTS: ReadonlySet<string> = new Set(['report.run', 'report.deliver']);

/** The reports that the connectors of a process name as they stand. */
export function reportsUsed(model: ProcessModel): string[] {
  return Object.values(model.nodes).flatMap((node) => {
    if (node.kind !== 'serviceTask' || !OF_REPORTS.has(node.connector)) return [];
    const { report } = node.input;
    return report !== undefined && 'literal' in report && typeof report.literal === 'string' ? [report.literal] : [];
  });
}
