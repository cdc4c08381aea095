import { type Draft, nodeOf } from './draft';
import { consume, createBeside, createToken, leave, moveTo } from './flow';
import type { ScopeInstance, Token, Undoable } from './instance-state';
import type { ActivityNode, SubProcessNode } from './process-model';
import { isEventScope, outerScope, startInnerScope } from './scopes';
import { startSubProcessAt } from './sub-process';
import { triggerCancel } from './throwing';
import { undoablesOf, undoingSubProcess } from './undoables';
import { removeScope, withdrawWork } from './withdraw';

/**
 * The scope whose activities a compensation undoes that is thrown in a scope: thrown in an event sub-process, those of the scope around it
 * (BPMN 2.0, 10.5.6).
 */
function compensatedScope(draft: Draft, scopeId: string): ScopeInstance {
  let scope = draft.scope(scopeId);
  while (isEventScope(draft, scope) || scope.kind === 'instance') scope = outerScope(draft.state, scope) as ScopeInstance;
  return scope;
}

/** What a compensation undoes: one activity of this scope or of one around it, or everything of the scope. The next one is last. */
export function compensationQueue(draft: Draft, scopeId: string, activity: string | undefined): string[] {
  const scope = compensatedScope(draft, scopeId);
  if (activity === undefined) return undoablesOf(draft, scope.id).map(({ id }) => id);
  for (let at: ScopeInstance | undefined = scope; at !== undefined; at = outerScope(draft.state, at)) {
    const found = undoablesOf(draft, at.id).filter(({ node }) => node === activity);
    if (found.length > 0) return found.map(({ id }) => id);
  }
  return [];
}

/** Undoes a queue of activities for a token, one after the other from the last; it waits meanwhile, handlers may be human tasks. */
export function undo(draft: Draft, tokenId: string, queue: string[], then: NonNullable<Token['undo']>['then']): void {
  const activities = queue.flatMap((id) => draft.state.undoables[id]?.node ?? []).reverse();
  const token = draft.change(tokenId, { status: 'waiting', undo: { queue, then } });
  if (activities.length > 0) draft.record(token.scope, token.node, { type: 'compensationThrown', activities });
  undoNext(draft, tokenId);
}

function undoNext(draft: Draft, tokenId: string): void {
  const token = draft.living(tokenId);
  if (token.undo === undefined) throw new Error(`invariant: token "${tokenId}" undoes nothing`);
  const { queue, then } = token.undo;
  const next = queue.at(-1);
  if (next === undefined) {
    draft.unmark(tokenId, 'undo');
    return undoingDone(draft, draft.living(tokenId), then);
  }
  draft.change(tokenId, { undo: { queue: queue.slice(0, -1), then } });
  const undoable = draft.state.undoables[next];
  if (undoable === undefined) return undoNext(draft, tokenId);
  draft.remove('undoables', next);
  undoOne(draft, tokenId, undoable);
}

function undoingDone(draft: Draft, token: Token, then: NonNullable<Token['undo']>['then']): void {
  if (then.kind === 'move') return moveTo(draft, token, then.node);
  if (then.kind === 'cancel') return triggerCancel(draft, token);
  const node = draft.node(token);
  // what drives the undoing of a sub-process stands at that sub-process, inside it
  if (draft.scope(token.scope).undoing === true && draft.scope(token.scope).node === token.node) return consume(draft, token);
  draft.record(token.scope, token.node, { type: 'elementCompleted', kind: node.kind });
  if (node.kind === 'endEvent') consume(draft, token);
  else leave(draft, token);
}

function undoOne(draft: Draft, forToken: string, undoable: Undoable): void {
  const scopeId = undoable.scope as string;
  const node = nodeOf(draft.model(draft.scope(scopeId)), undoable.node) as ActivityNode;
  const undoes = { token: forToken };
  if (node.compensation === undefined) return undoSubProcess(draft, undoable, node as SubProcessNode, undoes);
  dropHeld(draft, undoable.id);
  if (undoable.variables === undefined || node.kind === 'subProcess') {
    createBeside(draft, scopeId, node.compensation, undoable, { undoes });
    return;
  }
  // the instance's own variables are there again
  const holder = createBeside(draft, scopeId, node.compensation, undoable, { undoes });
  draft.change(holder.id, { status: 'waiting' });
  const scope = startInnerScope(draft, { ...holder, node: node.id }, 'instance', undoable.variables, { undoing: true });
  createToken(draft, scope.id, node.compensation, { instance: true });
}

/** Undoes a completed sub-process: its scope is there again with its variables, and what it holds is undone in it. */
function undoSubProcess(draft: Draft, undoable: Undoable, node: SubProcessNode, undoes: { token: string }): void {
  const holder = createBeside(draft, undoable.scope as string, node.id, undoable, { undoes });
  draft.change(holder.id, { status: 'waiting' });
  const scope = startInnerScope(draft, holder, 'subProcess', undoable.variables ?? {}, { undoing: true });
  for (const inner of Object.values(draft.state.undoables)) {
    if (inner.within !== undoable.id) continue;
    const { within: _within, ...rest } = inner;
    draft.put('undoables', { ...rest, scope: scope.id });
  }
  const handler = undoingSubProcess(draft.model(scope), node);
  if (handler !== undefined) return startSubProcessAt(draft, scope.id, handler);
  const driver = createToken(draft, scope.id, node.id);
  const queue = undoablesOf(draft, scope.id).map(({ id }) => id);
  undo(draft, driver.id, queue, { kind: 'leave' });
}

function dropHeld(draft: Draft, undoableId: string): void {
  for (const inner of Object.values(draft.state.undoables)) {
    if (inner.within !== undoableId) continue;
    dropHeld(draft, inner.id);
    draft.remove('undoables', inner.id);
  }
}

/** A handler has ended: the token that waits for it goes on undoing. */
export function undone(draft: Draft, token: Token): void {
  const { undoes } = token;
  withdrawWork(draft, token.id);
  draft.remove('tokens', token.id);
  if (undoes !== undefined) undoNext(draft, undoes.token);
}

/** The scope in which a completed sub-process was undone has ended. */
export function undoingScopeDone(draft: Draft, scope: ScopeInstance): void {
  const holder = draft.living(scope.caller as string);
  removeScope(draft, scope.id);
  undone(draft, holder);
}
