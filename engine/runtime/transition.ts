import { removeTokens, trueBoundaryCondition, unsubscribe } from './activity';
import { execute } from './behaviours';
import { connectorFailed, connectorSucceeded } from './connector-job';
import { Draft, Stop } from './draft';
import type { EngineCommand, EngineEvent, EngineRequest, Refusal } from './events';
import { hasTurnedTrue } from './expressions';
import { completeActivity, createToken, triggerBoundary } from './flow';
import { openIncident, resolveIncident } from './incidents';
import type { InstanceState, MessageSubscription, Timer, Token } from './instance-state';
import { LIMITS } from './limits';
import type { ModelClosure } from './process-model';
import { startScope } from './process-scope';
import type { EngineRecord } from './records';
import { instanceSnapshot, subscriptionSnapshot } from './snapshots';
import { applyOverdueRule, assignTask, checkSize, completeTask, unassignTask } from './user-task';

/** The result of a transition: what is now, what the host must do, and what happened; or why nothing did. */
export type Step = { ok: true; state: InstanceState; commands: EngineCommand[]; records: EngineRecord[] } | { ok: false; refusal: Refusal };

type Start = Extract<EngineRequest, { type: 'startInstance' }>;

/**
 * Applies one event to a case: the engine's one door. A pure function: the same arguments give the same result, the state given is never
 * changed, and nothing outside is asked. A request may be refused; a fact may not, and one that comes too late is only recorded.
 *
 * @param state null for `startInstance`
 */
export function transition(closure: ModelClosure, state: InstanceState | null, event: EngineEvent): Step {
  if (event.type === 'startInstance') {
    if (state !== null) throw new Error('invariant: a case is started once');
    try {
      return start(closure, event);
    } catch (error) {
      return { ok: false, refusal: { code: 'engine-error', message: messageOf(error) } };
    }
  }
  if (state === null) throw new Error(`invariant: "${event.type}" before the start`);
  try {
    return advance(closure, state, event, apply);
  } catch (error) {
    return recover(closure, state, event, error);
  }
}

type Apply = (draft: Draft, event: Exclude<EngineEvent, Start>) => Refusal | undefined;

function advance(closure: ModelClosure, state: InstanceState, event: Exclude<EngineEvent, Start>, how: Apply): Step {
  const draft = new Draft(closure, state, event);
  const refusal = how(draft, event);
  if (refusal !== undefined) return { ok: false, refusal };
  settle(draft);
  return { ok: true, state: draft.state, commands: draft.commands, records: draft.records };
}

/**
 * A fault of the engine itself must not hang a case: a request is refused, a fact stops the token that it concerns with an incident. The
 * state of before is kept either way.
 */
function recover(closure: ModelClosure, state: InstanceState, event: Exclude<EngineEvent, Start>, error: unknown): Step {
  const message = messageOf(error);
  if ('actor' in event) return { ok: false, refusal: { code: 'engine-error', message } };
  return advance(closure, state, event, (draft) => {
    if (event.type === 'hostTerminated') throw error;
    const concerned = event.type === 'timersDue' ? nearestDue(draft) : draft.state.jobs[event.jobId];
    if (concerned === undefined) return void draft.recordIgnored(event.type, message);
    if (event.type === 'timersDue') draft.remove('timers', concerned.id);
    else draft.remove('jobs', concerned.id);
    openIncident(draft, concerned.token, 'engine-error', message);
    return undefined;
  });
}

/** The nearest deadline of a case in milliseconds since the epoch: when it passes, the host reports `timersDue`. */
export function nextDueAtMs(state: InstanceState): number | undefined {
  let nearest: number | undefined;
  for (const timer of Object.values(state.timers)) {
    if (nearest === undefined || timer.dueAtMs < nearest) nearest = timer.dueAtMs;
  }
  return nearest;
}

function start(closure: ModelClosure, event: Start): Step {
  const draft = new Draft(closure, emptyState(event), event);
  const refusal = checkSize(draft, 'variables', event.variables);
  if (refusal !== undefined) return { ok: false, refusal };
  const scope = startScope(draft, {
    id: draft.newId(),
    instanceKey: event.instanceKey,
    hash: closure.root,
    businessKey: event.businessKey,
    variables: event.variables,
  });
  createToken(draft, scope.id, draft.model(scope).start);
  settle(draft);
  return { ok: true, state: draft.state, commands: draft.commands, records: draft.records };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function emptyState(event: Start): InstanceState {
  return {
    semantics: 1,
    instanceKey: event.instanceKey,
    dealership: event.dealership,
    status: 'active',
    sequence: 0,
    nextId: 1,
    startedAtMs: event.atMs,
    startedBy: event.actor.user,
    nowMs: event.atMs,
    scopes: {},
    tokens: {},
    tasks: {},
    jobs: {},
    timers: {},
    subscriptions: {},
    incidents: {},
  };
}

function apply(draft: Draft, event: Exclude<EngineEvent, Start>): Refusal | undefined {
  if (draft.state.status !== 'active') return applyToEnded(draft, event);
  switch (event.type) {
    case 'completeTask':
      return completeTask(draft, event);
    case 'assignTask':
      return assignTask(draft, event);
    case 'unassignTask':
      return unassignTask(draft, event);
    case 'resolveIncident':
      return resolveIncident(draft, event);
    case 'deliverMessage':
      return deliverMessage(draft, event);
    case 'cancelInstance':
      return endWith(draft, 'CANCELED', event.reason);
    case 'hostTerminated':
      return endWith(draft, 'TERMINATED', null);
    case 'timersDue':
      return fireTimers(draft);
    case 'connectorSucceeded':
      return connectorSucceeded(draft, event) as undefined;
    case 'connectorFailed':
      return connectorFailed(draft, event) as undefined;
  }
}

function applyToEnded(draft: Draft, event: EngineEvent): Refusal | undefined {
  if ('actor' in event) return { code: 'instance-not-active', message: `the case has ended (${draft.state.status})` };
  draft.recordIgnored(event.type, `the case has ended (${draft.state.status})`);
  return undefined;
}

/** Ends a case at once with everything in it. */
function endWith(draft: Draft, how: 'CANCELED' | 'TERMINATED', reason: string | null): undefined {
  const root = Object.values(draft.state.scopes).find((scope) => scope.caller === undefined);
  if (root === undefined) throw new Error('invariant: an active case has a root');
  removeTokens(draft, root.id, how);
  draft.state.status = how === 'CANCELED' ? 'canceled' : 'terminated';
  const instance = instanceSnapshot(draft, root, how);
  if (how === 'CANCELED') draft.record(root.id, undefined, { type: 'instanceCanceled', instance, reason });
  else draft.record(root.id, undefined, { type: 'instanceTerminated', instance });
}

function deliverMessage(draft: Draft, request: Extract<EngineRequest, { type: 'deliverMessage' }>): Refusal | undefined {
  const subscription = Object.values(draft.state.subscriptions).find(
    ({ name, correlationKey }) => name === request.name && correlationKey === request.correlationKey,
  );
  if (subscription === undefined) {
    return { code: 'message-not-awaited', message: `nothing awaits message "${request.name}" with key "${request.correlationKey}"` };
  }
  const tooLarge = checkSize(draft, 'variables', request.variables);
  if (tooLarge !== undefined) return tooLarge;
  receive(draft, subscription, request);
  return undefined;
}

function receive(draft: Draft, subscription: MessageSubscription, request: Extract<EngineRequest, { type: 'deliverMessage' }>): void {
  const token = draft.token(subscription.token) as Token;
  const nodeId = subscription.boundary ?? token.node;
  const node = draft.model(draft.scope(token.scope)).nodes[nodeId];
  draft.record(token.scope, nodeId, {
    type: 'messageReceived',
    subscription: subscriptionSnapshot(draft, subscription, false),
    messageId: request.messageId,
    variables: request.variables,
  });
  unsubscribe(draft, subscription.id);
  if (node !== undefined && 'result' in node && node.result !== undefined) draft.setVariable(token.scope, node.result, request.variables);
  if (subscription.boundary === undefined) completeActivity(draft, token);
  else triggerBoundary(draft, token, subscription.boundary);
}

/** Fires every timer that is due, the nearest first; each runs to its end before the next, since it may withdraw others. */
function fireTimers(draft: Draft): undefined {
  for (let timer = nearestDue(draft); timer !== undefined; timer = nearestDue(draft)) {
    const token = draft.token(timer.token) as Token;
    const { purpose } = timer;
    draft.remove('timers', timer.id);
    draft.record(token.scope, purpose.kind === 'boundary' ? purpose.node : token.node, {
      type: 'timerFired',
      timerId: timer.id,
      dueAtMs: timer.dueAtMs,
    });
    const due = timer;
    guarded(draft, token.id, () => {
      if (purpose.kind === 'catch') completeActivity(draft, token);
      else if (purpose.kind === 'boundary') triggerBoundary(draft, token, purpose.node);
      else applyOverdueRule(draft, due);
    });
    settle(draft);
  }
}

function nearestDue(draft: Draft): Timer | undefined {
  let nearest: Timer | undefined;
  for (const timer of Object.values(draft.state.timers)) {
    if (timer.dueAtMs <= draft.nowMs && (nearest === undefined || timer.dueAtMs < nearest.dueAtMs)) nearest = timer;
  }
  return nearest;
}

/** Executes ready tokens, then asks the conditions that a changed variable may have turned, until nothing moves. */
function settle(draft: Draft): void {
  for (let steps = 0; ; ) {
    const id = draft.ready.shift();
    if (id === undefined) {
      if (!turnConditions(draft)) return;
      continue;
    }
    const token = draft.token(id);
    if (token?.status !== 'ready') continue;
    steps += 1;
    if (steps > LIMITS.automaticSteps) {
      openIncident(draft, id, 'too-many-steps', `more than ${LIMITS.automaticSteps} steps without a wait`);
      continue;
    }
    guarded(draft, id, () => execute(draft, token));
  }
}

/** Runs a part of a transition for one token; an expression that fails or a value that does not fit stops that token alone. */
function guarded(draft: Draft, tokenId: string, part: () => void): void {
  try {
    part();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    openIncident(draft, tokenId, error.code, error.message);
  }
}

/** Asks the waiting conditions of every scope whose variables changed; returns whether one went on. */
function turnConditions(draft: Draft): boolean {
  const scopes = [...draft.changedScopes];
  draft.changedScopes.clear();
  let turned = false;
  for (const scopeId of scopes) {
    if (draft.state.scopes[scopeId] === undefined) continue;
    for (const { id } of draft.tokensOf(scopeId)) {
      guarded(draft, id, () => {
        turned = turnToken(draft, id) || turned;
      });
    }
  }
  return turned || draft.ready.length > 0;
}

function turnToken(draft: Draft, tokenId: string): boolean {
  const token = draft.token(tokenId);
  if (token === undefined || token.status === 'ready' || token.status === 'incident') return false;
  const boundary = trueBoundaryCondition(draft, token);
  if (boundary !== undefined) {
    draft.put('tokens', { ...token, conditions: (token.conditions ?? []).filter((id) => id !== boundary.id) });
    triggerBoundary(draft, draft.token(tokenId) as Token, boundary.id);
    return true;
  }
  const node = draft.node(token);
  if (token.status !== 'waiting' || node.kind !== 'intermediateCatchEvent' || node.trigger.kind !== 'condition') return false;
  if (!hasTurnedTrue(draft, token.scope, node.trigger.condition)) return false;
  completeActivity(draft, token);
  return true;
}
