import { afterActivity, isOpenAdHoc } from './ad-hoc';
import { allVariablesOut } from './all-variables';
import { undoingScopeDone, undone } from './compensation';
import { detourDone } from './detour';
import { changed, type Draft, Stop } from './draft';
import { isTrue, valueIn } from './expressions';
import { openIncident } from './incidents';
import type { ScopeInstance, Token } from './instance-state';
import { LIMITS } from './limits';
import { instanceDone } from './loops';
import type { CallActivityNode, Flow, Node, SubProcessNode } from './process-model';
import { assign, isEventScope } from './scopes';
import { instanceSnapshot } from './snapshots';
import { registerUndoable } from './undoables';
import { removeScope, removeTokens, withdrawWork } from './withdraw';

/** A token as it moves from node to node: without what it had at the node that it leaves. */
function moved(token: Token, node: string, via?: string): Token {
  const { id, scope, line, merged, undoes, called } = token;
  const moving: Token = { id, scope, node, status: 'ready' };
  if (via !== undefined) moving.via = via;
  if (line !== undefined) moving.line = line;
  if (merged !== undefined) moving.merged = merged;
  if (undoes !== undefined) moving.undoes = undoes;
  if (called !== undefined) moving.called = called;
  return moving;
}

/** Sends a token along one flow; it is executed later in the same transition. */
export function follow(draft: Draft, token: Token, flowId: string): void {
  draft.schedule(moved(token, flowOf(draft, token, flowId).to, flowId));
}

function flowOf(draft: Draft, token: Token, flowId: string): Flow {
  const flow = draft.model(draft.scope(token.scope)).flows[flowId];
  if (flow === undefined) throw new Error(`invariant: there is no flow "${flowId}"`);
  return flow;
}

/** Places a token at another node, to be executed in this transition. */
export function moveTo(draft: Draft, token: Token, nodeId: string): void {
  draft.schedule(moved(token, nodeId));
}

/** Sends a token on along several flows: along one it goes itself, along more go new ones, each with a line of its own. Without a flow it ends. */
export function followAll(draft: Draft, token: Token, flowIds: readonly string[]): void {
  const [first, ...others] = flowIds;
  if (first === undefined) return consume(draft, token);
  if (others.length === 0) return follow(draft, token, first);
  checkTokens(draft, others.length);
  follow(draft, changed(token, { line: forkedLine(token, String(draft.between())) }), first);
  for (const flowId of others) {
    const id = draft.newId();
    follow(draft, changed(token, { id, line: forkedLine(token, id) }), flowId);
  }
}

/** The line of what comes out of a fork; beyond the limit the outermost forks are forgotten. */
function forkedLine(token: Pick<Token, 'line'>, fork: string): string[] {
  return [...(token.line ?? []), fork].slice(-LIMITS.line);
}

/** Stops a token that would make the case have too many. */
export function checkTokens(draft: Draft, more: number): void {
  // ids are given in turn: a young case needs no counting
  if (draft.state.nextId + more > LIMITS.tokens && Object.keys(draft.state.tokens).length + more > LIMITS.tokens) {
    throw new Stop('too-many-tokens', `the case would have more than ${LIMITS.tokens} tokens`);
  }
}

/**
 * Sends a token on from a node that is done. Flows with a condition are taken where it is true, the default flow where none is; flows without
 * a condition always (BPMN 2.0, 13.2.1).
 */
export function leave(draft: Draft, token: Token): void {
  const node = draft.node(token);
  if (token.undoes !== undefined && 'forCompensation' in node && node.forCompensation === true) return undone(draft, token);
  followAll(draft, token, chosenFlows(draft, token, node, 'defaultFlow' in node ? node.defaultFlow : undefined));
}

/** The outgoing flows that are taken; no condition that is true and no default stops the token. */
export function chosenFlows(draft: Draft, token: Token, node: Node, defaultFlow: string | undefined): string[] {
  const [only] = node.outgoing;
  if (node.outgoing.length === 1 && only !== undefined && only !== defaultFlow && flowOf(draft, token, only).condition === undefined) {
    return node.outgoing;
  }
  const conditional = node.outgoing.filter((id) => flowOf(draft, token, id).condition !== undefined || id === defaultFlow);
  if (conditional.length === 0) return node.outgoing;
  const taken = node.outgoing.filter((id) => {
    if (id === defaultFlow) return false;
    const { condition } = flowOf(draft, token, id);
    return condition === undefined || isTrue(draft, token.scope, condition);
  });
  const anyConditional = taken.some((id) => conditional.includes(id));
  if (!anyConditional && defaultFlow !== undefined) taken.push(defaultFlow);
  if (taken.length === 0) throw new Stop('no-branch-true', `no branch of "${node.id}" is true and none is the default`);
  for (const flowId of taken) if (conditional.includes(flowId)) draft.record(token.scope, node.id, { type: 'branchTaken', flowId });
  return taken;
}

/** Creates a token at a node. */
export function createToken(draft: Draft, scopeId: string, nodeId: string, more: Partial<Token> = {}): Token {
  checkTokens(draft, 1);
  const token: Token = { id: draft.newId(), scope: scopeId, node: nodeId, status: 'ready', ...more };
  draft.schedule(token);
  return token;
}

/** Creates a token beside another one, for example at a boundary event that does not interrupt: it comes out of a fork of that one's line. */
export function createBeside(
  draft: Draft,
  scopeId: string,
  nodeId: string,
  from: Pick<Token, 'line' | 'merged'>,
  more: Partial<Token> = {},
): Token {
  const token = createToken(draft, scopeId, nodeId, more);
  const { merged } = from;
  return draft.change(token.id, { line: forkedLine(from, token.id), ...(merged === undefined ? {} : { merged }) });
}

/** Ends a token; with the last one its scope is completed. */
export function consume(draft: Draft, token: Token): void {
  if (token.undoes !== undefined) return undone(draft, token);
  const scope = draft.scope(token.scope);
  const others = draft.tokensOf(scope.id).filter((other) => other.id !== token.id && other.listens !== true);
  const remove = () => {
    draft.remove('tokens', token.id);
    if (token.called !== undefined) noteCalled(draft, scope.id, token.called);
  };
  if (others.length > 0 || isOpenAdHoc(draft, scope)) {
    remove();
    afterActivity(draft, scope.id);
  } else completeScope(draft, scope, remove);
}

function noteCalled(draft: Draft, scopeId: string, called: number): void {
  const scope = draft.scope(scopeId);
  if ((scope.called ?? 0) < called) draft.put('scopes', changed(scope, { called }));
}

/**
 * Ends a scope at once, whatever else is going on in it; with `all` the outermost one, whatever has called the process of the token. That scope
 * gets the name of the end.
 */
export function terminate(draft: Draft, token: Token, node: Extract<Node, { kind: 'endEvent' }>): void {
  let scope = draft.scope(token.scope);
  while (node.terminate === 'all' && scope.caller !== undefined) scope = draft.scope(draft.living(scope.caller).scope);
  if (node.name !== '') draft.put('scopes', changed(scope, { end: node.name }));
  scope = draft.scope(scope.id);
  completeScope(draft, scope, () => {
    if (draft.token(token.id) !== undefined) draft.remove('tokens', token.id);
  });
}

/**
 * Completes a scope. What it gives is evaluated before anything is cleared, so that a failure leaves the last token to retry.
 *
 * @param clear takes out the token that completes it; what else is open in the scope is withdrawn after that
 */
export function completeScope(draft: Draft, scope: ScopeInstance, clear: () => void): void {
  if (scope.kind === 'instance') return instanceDone(draft, scope, clear);
  if (scope.kind === 'subProcess') return completeSubProcess(draft, scope, clear);
  if (scope.caller === undefined) {
    clear();
    removeTokens(draft, scope.id);
    draft.state.status = 'completed';
    draft.state.undoables = {};
    draft.record(scope.id, undefined, {
      type: 'instanceCompleted',
      instance: instanceSnapshot(draft, draft.scope(scope.id), 'COMPLETED'),
    });
    return;
  }
  completeCalled(draft, scope, draft.living(scope.caller), clear);
}

function completeCalled(draft: Draft, scope: ScopeInstance, caller: Token, clear: () => void): void {
  const node = draft.node(caller) as CallActivityNode;
  const model = draft.model(scope);
  const result = model.result === undefined ? { end: scope.end ?? null } : valueIn(draft, scope.id, model.result);
  const outputs = Object.entries(allVariablesOut(draft, scope.id, node, draft.model(draft.scope(caller.scope))));
  outputs.push(...outputsOf(draft, scope.id, node));
  assign(draft, caller.scope, node.result, result);
  for (const [name, value] of outputs) assign(draft, caller.scope, name, value);
  clear();
  removeTokens(draft, scope.id);
  draft.record(scope.id, undefined, {
    type: 'instanceCompleted',
    instance: instanceSnapshot(draft, draft.scope(scope.id), 'COMPLETED'),
  });
  removeScope(draft, scope.id);
  finishActivity(draft, draft.living(caller.id), { record: true });
}

function completeSubProcess(draft: Draft, scope: ScopeInstance, clear: () => void): void {
  const caller = draft.living(scope.caller as string);
  const node = draft.node(caller) as SubProcessNode;
  for (const [name, value] of outputsOf(draft, scope.id, node)) assign(draft, caller.scope, name, value);
  clear();
  removeTokens(draft, scope.id);
  if (scope.undoing === true) return undoingScopeDone(draft, draft.scope(scope.id));
  if (scope.called !== undefined) draft.change(caller.id, { called: Math.max(draft.living(caller.id).called ?? 0, scope.called) });
  if (isEventScope(draft, scope) && scope.end !== undefined) {
    draft.put('scopes', changed(draft.scope(caller.scope), { end: scope.end }));
  }
  finishActivity(draft, draft.living(caller.id), { record: true });
}

/** What an activity sets outside, evaluated in its innermost scope. */
function outputsOf(draft: Draft, scopeId: string, node: Node): [string, ReturnType<typeof valueIn>][] {
  const { output = {} } = node as { output?: SubProcessNode['output'] };
  return Object.entries(output).map(([name, expression]) => [name, valueIn(draft, scopeId, expression)]);
}

/** An activity or a catching event has done its work: it is recorded, can be undone from now on, and the token goes on. */
export function completeActivity(draft: Draft, token: Token): void {
  finishActivity(draft, token, { record: true });
}

/** The same; `record: false` where the completion has a record of its own. */
export function finishActivity(draft: Draft, token: Token, { record }: { record: boolean }): void {
  registerUndoable(draft, token);
  withdrawWork(draft, token.id);
  if (token.instance !== true && token.detour === undefined) withdrawRegion(draft, token);
  if (record) draft.record(token.scope, token.node, { type: 'elementCompleted', kind: draft.node(token).kind });
  goOn(draft, token.id);
}

/** Withdraws what is open at the nodes that an activity empties when it is done. */
function withdrawRegion(draft: Draft, token: Token): void {
  const node = draft.node(token);
  const region = 'cancels' in node ? (node.cancels ?? []) : [];
  if (region.length === 0) return;
  for (const other of draft.tokensOf(token.scope)) {
    if (other.id === token.id || !region.includes(other.node) || draft.token(other.id) === undefined) continue;
    withdrawWork(draft, other.id);
    draft.remove('tokens', other.id);
  }
}

/**
 * Sends the token of a completed activity on: to its instance's end, back from a detour, or along its flows. Where that fails, an incident is opened
 * and resolving it goes on from here: the activity is not done again.
 */
export function goOn(draft: Draft, tokenId: string): void {
  const around = callersOf(draft, draft.living(tokenId));
  try {
    const token = draft.unmark(tokenId, 'left');
    if (token.detour !== undefined) return detourDone(draft, token);
    setOutputs(draft, token);
    if (token.instance === true) return completeScope(draft, draft.scope(token.scope), () => draft.remove('tokens', tokenId));
    leave(draft, token);
    afterActivity(draft, token.scope);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    const stopped = [tokenId, ...around].find((id) => draft.token(id) !== undefined);
    if (stopped === undefined) throw error;
    if (stopped === tokenId) draft.change(tokenId, { left: true });
    openIncident(draft, stopped, error.code, error.message);
  }
}

/** The tokens around a token, the nearest first. */
function callersOf(draft: Draft, token: Token): string[] {
  const callers: string[] = [];
  for (let at: Token | undefined = token; at !== undefined; ) {
    const caller: string | undefined = draft.scope(at.scope).caller;
    if (caller !== undefined) callers.push(caller);
    at = caller === undefined ? undefined : draft.token(caller);
  }
  return callers;
}

/** What an activity or an event sets when it ends; a call and a sub-process do it from inside, before their scope is gone. */
export function setOutputs(draft: Draft, token: Token): void {
  const node = draft.node(token);
  if (node.kind === 'callActivity' || node.kind === 'subProcess') return;
  for (const [name, value] of outputsOf(draft, token.scope, node)) assign(draft, token.scope, name, value);
}

/** A repeated activity has ended with all its instances. */
export function finishLoop(draft: Draft, token: Token): void {
  const { completed = 0, terminated = 0, released } = token.loop ?? {};
  withdrawWork(draft, token.id);
  withdrawRegion(draft, token);
  draft.record(token.scope, token.node, { type: 'loopCompleted', completed, terminated });
  // what comes after it has begun already
  if (released === true) consume(draft, draft.living(token.id));
  else goOn(draft, token.id);
}
