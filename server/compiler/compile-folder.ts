import { readAndCheck } from '../../engine/compile/compile';
import type { SourceFile } from '../../engine/compile/deployment';
import { checkTogether, plainFinding } from './check-together';
import type { FolderJob, FolderOutcome, StoredSource } from './protocol';

/**
 * Compiles and checks all definitions of a folder; scenarios are passed over. Findings are those that forbid to publish it. As `compileUpload` it is made
 * to run in a process of its own, and `reading` hears of each file before it is read.
 */
export function compileFolder({ files, nowMs }: FolderJob, reading: (path: string) => void): FolderOutcome {
  const documents: StoredSource[] = [];
  const definitions: SourceFile[] = [];
  for (const file of files) {
    reading(file.path);
    const { document } = readAndCheck(file);
    if (document?.kind === 'scenario') continue;
    definitions.push(file);
    if (document !== undefined) documents.push({ kind: document.kind, id: document.id, ...file });
  }
  const processes = documents.filter(({ kind }) => kind === 'process').length;
  const { findings, compilation } = checkTogether(definitions, processes, nowMs);
  const errors = findings.filter(({ severity }) => severity === 'error').map(plainFinding);
  if (errors.length > 0) return { findings: errors, documents: [], dealerships: [] };
  return { findings: [], documents, dealerships: Object.values(compilation.dealerships) };
}
