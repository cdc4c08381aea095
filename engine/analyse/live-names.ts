import type { ProcessModel } from '../runtime/process-model';
import { followersIn } from './ranks';

/** For a node, the names that may still be read while a token stands at it; undefined: any. */
export type LiveNames = (node: string) => ReadonlySet<string> | undefined;

const any: LiveNames = () => undefined;

/**
 * The names that something reads at a node or after it. `readers`: for each name the nodes that read it, a flow's condition being read where the flow
 * begins. Where steps begin otherwise than by a flow (after a return, in an event sub-process, ad hoc, to undo), every name may be read anywhere.
 */
export function liveNamesOf(model: ProcessModel, readers: ReadonlyMap<string, ReadonlySet<string>>): LiveNames {
  if ((model.eventSubProcesses ?? []).length > 0 || Object.values(model.nodes).some(beginsOtherwise)) return any;
  const followers = followersIn(model);
  const before = new Map<string, string[]>();
  for (const id of Object.keys(model.nodes)) {
    for (const next of followers(id)) before.set(next, [...(before.get(next) ?? []), id]);
  }
  const live = new Map(Object.keys(model.nodes).map((id) => [id, new Set<string>()]));
  for (const [name, nodes] of readers) {
    const reached = new Set(nodes);
    for (const id of reached) {
      live.get(id)?.add(name);
      for (const earlier of before.get(id) ?? []) reached.add(earlier);
    }
  }
  return (node) => live.get(node);
}

function beginsOtherwise(node: ProcessModel['nodes'][string]): boolean {
  if (node.kind === 'userTask' && node.return !== undefined) return true;
  if (node.kind === 'subProcess' && (node.adHoc !== undefined || node.eventSubProcesses.length > 0)) return true;
  return 'compensation' in node && node.compensation !== undefined;
}
