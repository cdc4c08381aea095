import type { Draft } from './draft';
import type { ScopeInstance } from './instance-state';
import { incidentSnapshot, instanceSnapshot, taskSnapshot } from './snapshots';
import { disarm } from './triggers';

/** How a called process is shown that ends with its caller: with the whole case, or by an event inside it. */
type Ended = 'CANCELED' | 'TERMINATED';

/**
 * Withdraws all work of a token: its open tasks and signing, running connector, timers, subscriptions, inner scopes with everything in them, what
 * others do for it, and its incident. The token itself stays, waiting for what its caller does with it; it holds no critical section any more.
 */
export function withdrawWork(draft: Draft, tokenId: string, ended: Ended = 'TERMINATED'): void {
  const token = draft.token(tokenId);
  if (token === undefined) return;
  withdrawTasks(draft, tokenId);
  for (const timer of draft.ofToken('timers', tokenId)) draft.remove('timers', timer.id);
  disarm(draft, tokenId);
  for (const job of draft.ofToken('jobs', tokenId)) {
    draft.remove('jobs', job.id);
    draft.commands.push({ type: 'cancelConnector', jobId: job.id });
    draft.record(token.scope, token.node, { type: 'connectorCanceled', jobId: job.id });
  }
  closeIncidents(draft, tokenId);
  for (const other of Object.values(draft.state.tokens)) {
    if (other.detour?.token !== tokenId && other.undoes?.token !== tokenId) continue;
    withdrawWork(draft, other.id, ended);
    draft.remove('tokens', other.id);
  }
  for (const scope of draft.scopesOf(tokenId)) endScope(draft, scope, ended);
  draft.unmark(tokenId, 'armed', 'conditions', 'loop', 'undo', 'entered', 'holds');
}

/** Withdraws the open tasks of a token and its signing; other work of it goes on. */
export function withdrawTasks(draft: Draft, tokenId: string): void {
  const token = draft.living(tokenId);
  for (const task of draft.ofToken('tasks', tokenId)) withdrawTask(draft, task.id);
  for (const signing of draft.ofToken('signings', tokenId)) draft.remove('signings', signing.id);
  if (token.holds !== undefined) draft.unmark(tokenId, 'holds');
}

/** Withdraws one open task with its timers. */
export function withdrawTask(draft: Draft, taskId: string): void {
  const task = draft.state.tasks[taskId];
  if (task === undefined) return;
  draft.remove('tasks', taskId);
  for (const timer of draft.ofToken('timers', task.token)) {
    if (timer.purpose.kind === 'overdue' && timer.purpose.task === taskId) draft.remove('timers', timer.id);
  }
  draft.record(task.scope, task.node, { type: 'taskCanceled', task: taskSnapshot(draft, { ...task, state: 'CANCELED' }) });
}

/** Closes the incidents of a token, in the name of whoever caused it. */
export function closeIncidents(draft: Draft, tokenId: string): void {
  for (const incident of draft.ofToken('incidents', tokenId)) {
    const snapshot = incidentSnapshot(draft, incident, draft.actor);
    draft.remove('incidents', incident.id);
    draft.record(incident.scope, incident.node, { type: 'incidentResolved', incident: snapshot });
  }
}

/** Ends a scope from outside, with everything in it. */
export function endScope(draft: Draft, scope: ScopeInstance, ended: Ended = 'TERMINATED'): void {
  removeTokens(draft, scope.id, ended);
  if (scope.kind === 'process') {
    const instance = instanceSnapshot(draft, draft.scope(scope.id), ended);
    if (ended === 'CANCELED') draft.record(scope.id, undefined, { type: 'instanceCanceled', instance, reason: null });
    else draft.record(scope.id, undefined, { type: 'instanceTerminated', instance });
  }
  removeScope(draft, scope.id);
}

/** Takes a scope out of the state, and what could have been undone in it. */
export function removeScope(draft: Draft, scopeId: string): void {
  for (const undoable of Object.values(draft.state.undoables)) if (undoable.scope === scopeId) forget(draft, undoable.id);
  draft.remove('scopes', scopeId);
}

function forget(draft: Draft, undoableId: string): void {
  draft.remove('undoables', undoableId);
  for (const inner of Object.values(draft.state.undoables)) if (inner.within === undoableId) forget(draft, inner.id);
}

/** Removes every token of a scope with its work. */
export function removeTokens(draft: Draft, scopeId: string, ended: Ended = 'TERMINATED'): void {
  for (const { id } of draft.tokensOf(scopeId)) {
    // it may have gone with another one
    if (draft.token(id) === undefined) continue;
    withdrawWork(draft, id, ended);
    draft.remove('tokens', id);
  }
}
