import type { Json, JsonObject } from '../json';
import { beginAdHoc } from './ad-hoc';
import { type Draft, nodeOf, Stop } from './draft';
import { checkValue, inputOf } from './expressions';
import { checkTokens, createBeside, createToken } from './flow';
import { guarded } from './incidents';
import type { ScopeInstance, Token } from './instance-state';
import { LIMITS } from './limits';
import type { Node, SubProcessNode } from './process-model';
import { assignReceived, depthOf, eventSubProcessesOf, startInnerScope } from './scopes';
import { disarm, prepareTrigger } from './triggers';
import { removeTokens } from './withdraw';

type StartNode = Extract<Node, { kind: 'startEvent' }>;

/** A sub-process begins: its scope with its variables, what listens for its event sub-processes, and a token at each entry. */
export function enterSubProcess(draft: Draft, token: Token, node: SubProcessNode): void {
  checkDepth(draft, token);
  const input = checkedInput(draft, token.scope, node);
  draft.change(token.id, { status: 'waiting' });
  const scope = startInnerScope(draft, draft.living(token.id), 'subProcess', input);
  listen(draft, scope);
  if (node.adHoc !== undefined) return beginAdHoc(draft, scope, node, node.adHoc);
  beginAt(draft, scope.id, node.entries);
}

/** What a sub-process receives, evaluated outside; a value that its variable may not have stops the token. */
function checkedInput(draft: Draft, scopeId: string, node: SubProcessNode): JsonObject {
  const input = inputOf(draft, scopeId, node.input, node.variables);
  for (const [name, value] of Object.entries(input)) checkValue(draft, name, value, node.variables[name]);
  return input;
}

/** Places tokens at the entries of a scope: several have lines of their own, as if they came out of a fork. */
function beginAt(draft: Draft, scopeId: string, entries: readonly string[]): void {
  const [only] = entries;
  if (only !== undefined && entries.length === 1) createToken(draft, scopeId, only);
  else for (const entry of entries) createBeside(draft, scopeId, entry, {});
}

/** Stops a token that would go too deep. */
export function checkDepth(draft: Draft, token: Token): void {
  if (depthOf(draft.state, token) >= LIMITS.callDepth) {
    throw new Stop('call-too-deep', `"${token.node}" would be inside ${LIMITS.callDepth} other calls and sub-processes`);
  }
}

/** The start event of an event sub-process. */
export function startOf(draft: Draft, scope: ScopeInstance, eventSubProcess: string): StartNode {
  const model = draft.model(scope);
  return nodeOf(model, (nodeOf(model, eventSubProcess) as SubProcessNode).entries[0] as string) as StartNode;
}

/** Arms the event sub-processes of a scope that begins. */
export function listen(draft: Draft, scope: ScopeInstance): void {
  for (const id of eventSubProcessesOf(draft.model(scope), scope)) {
    const listener: Token = { id: draft.newId(), scope: scope.id, node: id, status: 'waiting', listens: true };
    draft.put('tokens', listener);
    guarded(draft, listener.id, () => armListener(draft, listener));
  }
}

/** Arms what listens for the start of an event sub-process; again, where it was stopped by an incident. */
export function armListener(draft: Draft, listener: Token): void {
  const { id, trigger } = startOf(draft, draft.scope(listener.scope), listener.node);
  const arm = trigger === undefined ? undefined : prepareTrigger(draft, listener.id, trigger, id);
  disarm(draft, listener.id);
  draft.change(listener.id, { status: 'waiting' });
  arm?.();
}

/**
 * An event sub-process starts. An interrupting one withdraws everything else of its scope first, and no other event sub-process of the scope can
 * start after that (BPMN 2.0, 13.5.4).
 *
 * @param payload what came with the event: the value of the start event's result
 */
export function startSubProcessAt(draft: Draft, scopeId: string, id: string, payload?: Json): void {
  checkTokens(draft, 2);
  const scope = draft.scope(scopeId);
  const start = startOf(draft, scope, id);
  const node = nodeOf(draft.model(scope), id) as SubProcessNode;
  const input = checkedInput(draft, scopeId, node);
  if (start.interrupting !== false) {
    removeTokens(draft, scopeId);
    draft.put('scopes', { ...draft.scope(scopeId), interrupted: true });
  }
  const tokenId = draft.newId();
  const token: Token = { id: tokenId, scope: scopeId, node: id, status: 'waiting', line: [tokenId] };
  draft.put('tokens', token);
  const inner = startInnerScope(draft, token, 'subProcess', input);
  if (start.result !== undefined && payload !== undefined) assignReceived(draft, inner.id, start.result, payload);
  listen(draft, inner);
  createToken(draft, inner.id, start.id);
}
