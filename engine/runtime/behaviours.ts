import { armBoundaries, correlationKeyOf, startTimer, subscribe } from './activity';
import { invokeConnector } from './connector-job';
import { type Draft, Stop } from './draft';
import { checkFits, dueAtMs, hasTurnedTrue, inputOf, isTrue, valueIn } from './expressions';
import { completeActivity, consume, createToken, follow, leave, terminate } from './flow';
import type { Token } from './instance-state';
import { LIMITS } from './limits';
import type { CallActivityNode, Node, NodeKind } from './process-model';
import { startScope } from './process-scope';
import { openTask } from './user-task';

type NodeOf<K extends NodeKind> = Extract<Node, { kind: K }>;

/**
 * What happens when a token is executed at a node, by kind: the one place to add a node kind. A behaviour evaluates everything that can
 * fail before it writes, since a {@link Stop} leaves the token at the node to be executed again.
 */
const BEHAVIOURS: { [K in NodeKind]: (draft: Draft, token: Token, node: NodeOf<K>) => void } = {
  startEvent: (draft, token) => leave(draft, token),

  boundaryEvent: (draft, token, node) => {
    draft.record(token.scope, node.id, { type: 'elementCompleted', kind: node.kind });
    leave(draft, token);
  },

  endEvent: (draft, token, node) => {
    if (node.name !== '') draft.put('scopes', { ...draft.scope(token.scope), end: node.name });
    if (node.terminate) terminate(draft, token);
    else consume(draft, token);
  },

  exclusiveGateway: (draft, token, node) => {
    const flows = draft.model(draft.scope(token.scope)).flows;
    if (node.outgoing.length === 1 && flows[node.outgoing[0] as string]?.condition === undefined) return leave(draft, token);
    const chosen =
      node.outgoing.find((id) => {
        const condition = flows[id]?.condition;
        return id !== node.defaultFlow && condition !== undefined && isTrue(draft, token.scope, condition);
      }) ?? node.defaultFlow;
    if (chosen === undefined) throw new Stop('no-branch-true', `no branch of "${node.id}" is true and none is the default`);
    draft.record(token.scope, node.id, { type: 'branchTaken', flowId: chosen });
    follow(draft, token, chosen);
  },

  parallelGateway: (draft, token, node) => {
    draft.put('tokens', { ...token, status: 'joining' });
    const waiting = draft.tokensOf(token.scope).filter((other) => other.node === node.id && other.status === 'joining');
    const arrived = node.incoming.map((flow) => waiting.find((other) => other.via === flow));
    if (arrived.some((other) => other === undefined)) return;
    for (const other of arrived as Token[]) if (other.id !== token.id) draft.remove('tokens', other.id);
    leave(draft, token);
  },

  intermediateCatchEvent: (draft, token, node) => {
    const { trigger } = node;
    if (trigger.kind === 'condition') {
      if (hasTurnedTrue(draft, token.scope, trigger.condition)) return completeActivity(draft, token);
    } else if (trigger.kind === 'timer') {
      startTimer(draft, token.id, dueAtMs(draft, token.scope, trigger.timer), { kind: 'catch' });
    } else {
      subscribe(draft, token, trigger.message.name, correlationKeyOf(draft, token.scope, trigger.message.key));
    }
    draft.put('tokens', { ...token, status: 'waiting' });
  },

  userTask: (draft, token, node) => {
    armBoundaries(draft, token, node);
    openTask(draft, token, node);
  },

  serviceTask: (draft, token, node) => {
    armBoundaries(draft, token, node);
    invokeConnector(draft, token, node);
  },

  scriptTask: (draft, token, node) => {
    const { variables } = draft.model(draft.scope(token.scope));
    for (const { variable, value } of node.set) {
      const result = valueIn(draft, token.scope, value, variables[variable]?.type);
      checkFits(draft, variable, result);
      draft.setVariable(token.scope, variable, result);
    }
    completeActivity(draft, token);
  },

  callActivity: (draft, token, node) => {
    armBoundaries(draft, token, node);
    callProcess(draft, token, node);
  },
};

export function execute(draft: Draft, token: Token): void {
  const node = draft.node(token);
  (BEHAVIOURS[node.kind] as (draft: Draft, token: Token, node: Node) => void)(draft, token, node);
}

function callProcess(draft: Draft, token: Token, node: CallActivityNode): void {
  if (depthOf(draft, token) >= LIMITS.callDepth) {
    throw new Stop('call-too-deep', `"${node.id}" would be a call inside ${LIMITS.callDepth} others`);
  }
  const hash = draft.closure.processes[node.process];
  const called = hash === undefined ? undefined : draft.closure.models[hash];
  if (hash === undefined || called === undefined) throw new Error(`invariant: the closure has no process "${node.process}"`);
  const input = inputOf(draft, token.scope, node.input, called.variables);
  for (const [name, value] of Object.entries(input)) checkFits(draft, name, value);
  draft.put('tokens', { ...(draft.token(token.id) as Token), status: 'waiting' });
  const id = draft.newId();
  const caller = draft.scope(token.scope);
  const scope = startScope(draft, {
    id,
    instanceKey: draft.publicKey(id),
    hash,
    businessKey: caller.businessKey,
    caller: token.id,
    variables: input,
  });
  createToken(draft, scope.id, draft.model(scope).start);
}

function depthOf(draft: Draft, token: Token): number {
  const callerId = draft.scope(token.scope).caller;
  const caller = callerId === undefined ? undefined : draft.token(callerId);
  return caller === undefined ? 1 : 1 + depthOf(draft, caller);
}
