import { removeTokens, withdrawWork } from './activity';
import { type Draft, nodeOf } from './draft';
import { checkFits, valueIn } from './expressions';
import type { ScopeInstance, Token } from './instance-state';
import type { CallActivityNode, Node } from './process-model';
import { instanceSnapshot } from './snapshots';

/** Sends a token along one flow; it is executed later in the same transition. */
export function follow(draft: Draft, token: Token, flowId: string): void {
  const flow = draft.model(draft.scope(token.scope)).flows[flowId];
  if (flow === undefined) throw new Error(`invariant: there is no flow "${flowId}"`);
  draft.schedule({ id: token.id, scope: token.scope, node: flow.to, status: 'ready', via: flow.id });
}

/** Sends a token on along every outgoing flow: along the first it goes itself, along the others go new ones. Without a flow it ends. */
export function leave(draft: Draft, token: Token): void {
  const node = draft.node(token);
  const [first, ...others] = node.outgoing;
  if (first === undefined) {
    consume(draft, token);
    return;
  }
  follow(draft, token, first);
  for (const flowId of others) follow(draft, { ...token, id: draft.newId() }, flowId);
}

/** Creates a token at a node, for example at a boundary event. */
export function createToken(draft: Draft, scopeId: string, nodeId: string): void {
  draft.schedule({ id: draft.newId(), scope: scopeId, node: nodeId, status: 'ready' });
}

/** Ends a token; with the last one its process instance is completed. */
export function consume(draft: Draft, token: Token): void {
  const last = draft.tokensOf(token.scope).every((other) => other.id === token.id);
  const remove = () => draft.remove('tokens', token.id);
  if (last) complete(draft, draft.scope(token.scope), remove);
  else remove();
}

/** Ends a process instance at once, whatever else is going on in it. */
export function terminate(draft: Draft, token: Token): void {
  complete(draft, draft.scope(token.scope), () => {
    draft.remove('tokens', token.id);
    removeTokens(draft, token.scope);
  });
}

/** Completes a process instance. Its result is evaluated before anything is cleared, so that a failure leaves the last token to retry. */
function complete(draft: Draft, scope: ScopeInstance, clear: () => void): void {
  if (scope.caller === undefined) {
    clear();
    draft.state.status = 'completed';
    draft.record(scope.id, undefined, { type: 'instanceCompleted', instance: instanceSnapshot(draft, scope, 'COMPLETED') });
    return;
  }
  const caller = draft.token(scope.caller);
  if (caller === undefined) throw new Error(`invariant: scope "${scope.id}" has lost its caller`);
  const node = draft.node(caller) as CallActivityNode;
  const model = draft.model(scope);
  const result = model.result === undefined ? { end: scope.end ?? null } : valueIn(draft, scope.id, model.result);
  checkFits(draft, node.result, result);
  clear();
  draft.record(scope.id, undefined, { type: 'instanceCompleted', instance: instanceSnapshot(draft, scope, 'COMPLETED') });
  draft.remove('scopes', scope.id);
  draft.setVariable(caller.scope, node.result, result);
  completeActivity(draft, caller);
}

/** An activity has done its work: disarms its boundary events and follows its flow. */
export function completeActivity(draft: Draft, token: Token): void {
  withdrawWork(draft, token.id);
  draft.record(token.scope, token.node, { type: 'elementCompleted', kind: draft.node(token).kind });
  leave(draft, draft.token(token.id) as Token);
}

/**
 * A boundary event happens. An interrupting one withdraws the activity's work and takes its token; another one goes on beside it with a
 * token of its own.
 */
export function triggerBoundary(draft: Draft, token: Token, boundaryId: string): void {
  const boundary = nodeOf(draft.model(draft.scope(token.scope)), boundaryId) as Extract<Node, { kind: 'boundaryEvent' }>;
  if (!boundary.interrupting) {
    createToken(draft, token.scope, boundaryId);
    return;
  }
  withdrawWork(draft, token.id);
  draft.schedule({ id: token.id, scope: token.scope, node: boundaryId, status: 'ready' });
}

/**
 * Looks for the nearest handler of an error: a boundary event with its code, then one without a code, on the activity itself, then on the
 * call activities around it (BPMN 2.0, 10.5.6). Returns whether one was found.
 */
export function throwError(draft: Draft, token: Token, code: string, message: string): boolean {
  const handler = errorHandler(draft, token, code);
  if (handler === undefined) return false;
  draft.record(token.scope, token.node, { type: 'errorThrown', code, message });
  triggerBoundary(draft, handler.token, handler.boundary);
  return true;
}

function errorHandler(draft: Draft, token: Token, code: string): { token: Token; boundary: string } | undefined {
  const model = draft.model(draft.scope(token.scope));
  const node = nodeOf(model, token.node);
  const boundaries = 'boundary' in node ? node.boundary.map((id) => nodeOf(model, id)) : [];
  const catches = (wanted: string | undefined) =>
    boundaries.find(
      (boundary) => boundary.kind === 'boundaryEvent' && boundary.trigger.kind === 'error' && boundary.trigger.code === wanted,
    );
  const found = catches(code) ?? catches(undefined);
  if (found !== undefined) return { token, boundary: found.id };
  const callerId = draft.scope(token.scope).caller;
  const caller = callerId === undefined ? undefined : draft.token(callerId);
  return caller === undefined ? undefined : errorHandler(draft, caller, code);
}
