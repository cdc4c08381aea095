import type { CompiledSources } from '../compile/compile';
import type { Compilation, CompiledForm, Finding } from '../compile/deployment';
import type { ElementIndex } from '../compile/element-index';
import type { ProcessUses } from '../compile/process-uses';
import type { Path, SourceDocument } from '../language/source-document';
import type { ProcessModel } from '../runtime/process-model';
import type { Edge, Exploration } from './explore';
import type { Outlook } from './outlook';

/** What a rule says about a place in a document. */
export interface Remark {
  document: SourceDocument;
  path: Path;
  part?: 'key' | 'value';
  message: string;
  remedy: string;
  /** What has to happen, from the start on, for it to be seen. */
  trace?: Edge[];
}

/** A process whose states have been explored. */
export interface ExploredProcess {
  model: ProcessModel;
  document: SourceDocument;
  index: ElementIndex;
  uses: ProcessUses;
  forms: ReadonlyMap<string, CompiledForm>;
  exploration: Exploration;
  outlook: Outlook;
}

/** Everything that was compiled together. */
interface CheckedDefinitions {
  sources: CompiledSources;
  dealerships: Compilation['dealerships'];
  /** Today, milliseconds since the epoch; absent: what depends on it is not checked. */
  nowMs?: number;
}

interface RuleHead {
  /** Kebab-case; the name of its file and of its page. */
  id: string;
  severity: Finding['severity'];
  /** It is a part of the ruleset `strict` alone. */
  strict?: true;
}

/** One rule: about each process by itself, or about all documents together. */
export type Rule =
  | (RuleHead & { about: 'process'; check(process: ExploredProcess): Remark[] })
  | (RuleHead & { about: 'definitions'; check(definitions: CheckedDefinitions): Remark[] });

/** Where a node of a model stands: its step, branch or event; of a node that the compiler made, that of what it was made for. */
export function pathOfNode(process: Pick<ExploredProcess, 'index'>, node: string): { id: string; path: Path } {
  for (let id = node; id !== ''; id = id.slice(0, Math.max(0, id.lastIndexOf('.')))) {
    const path = process.index.pathOf(id);
    if (path !== undefined) return { id, path: [...path, 'id'] };
  }
  return { id: node, path: ['process'] };
}
