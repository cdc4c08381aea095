import type { Draft } from './draft';
import { nodeOf } from './draft';
import type { ScopeInstance, Token, Undoable } from './instance-state';
import { LIMITS } from './limits';
import type { ActivityNode, Node, ProcessModel, SubProcessNode } from './process-model';
import { outerScope } from './scopes';

/** The event sub-process of a sub-process that runs when that is undone. */
export function undoingSubProcess(model: ProcessModel, node: SubProcessNode): string | undefined {
  return node.eventSubProcesses.find((id) => {
    const start = nodeOf(model, (nodeOf(model, id) as SubProcessNode).entries[0] as string);
    return start.kind === 'startEvent' && start.trigger?.kind === 'compensation';
  });
}

/** The undoables of a scope, the oldest first. */
export function undoablesOf(draft: Draft, scopeId: string): Undoable[] {
  return Object.values(draft.state.undoables).filter(({ scope }) => scope === scopeId);
}

/**
 * Notes that an activity was completed which can be undone: it has a compensation handler, or it is a sub-process in which something can be.
 * What a sub-process holds goes with it, as do the variables of its scopes as they were.
 */
export function registerUndoable(draft: Draft, token: Token): void {
  const node = draft.node(token);
  if (!isActivity(node) || node.forCompensation === true || token.detour !== undefined) return;
  // of a repeated activity each instance is noted, not the whole
  if (node.loop !== undefined && token.instance !== true) return;
  const inner = node.kind === 'subProcess' && node.variant !== 'event' ? draft.scopesOf(token.id)[0] : undefined;
  const held = inner === undefined ? [] : undoablesOf(draft, inner.id);
  const undoing = node.kind === 'subProcess' && undoingSubProcess(draft.model(draft.scope(token.scope)), node) !== undefined;
  if (node.compensation === undefined && held.length === 0 && !undoing) return;
  const place = placeOf(draft, token);
  const id = draft.newId();
  const own = token.instance === true ? draft.scope(token.scope).variables : undefined;
  const variables = inner === undefined ? own : { ...own, ...inner.variables };
  draft.put('undoables', {
    id,
    scope: place.scope.id,
    node: node.id,
    line: place.line,
    ...(variables === undefined ? {} : { variables }),
    ...(place.index === undefined ? {} : { index: place.index }),
  });
  for (const one of held) {
    const { scope: _scope, ...rest } = one;
    draft.put('undoables', { ...rest, within: id });
  }
  const all = Object.keys(draft.state.undoables);
  if (all.length > LIMITS.undoables) draft.remove('undoables', all[0] as string);
}

/** Where an activity was completed: an instance of a repeated one in the scope around all of them. */
function placeOf(draft: Draft, token: Token): { scope: ScopeInstance; line: string[]; index?: number } {
  const scope = draft.scope(token.scope);
  if (token.instance !== true) return { scope, line: token.line ?? [] };
  const outer = outerScope(draft.state, scope) as ScopeInstance;
  const { line = [] } = draft.living(scope.caller as string);
  return { scope: outer, line, ...(scope.index === undefined ? {} : { index: scope.index }) };
}

function isActivity(node: Node): node is ActivityNode {
  return 'boundary' in node;
}
