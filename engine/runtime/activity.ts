import type { Draft } from './draft';
import { nodeOf, Stop } from './draft';
import { dueAtMs, hasTurnedTrue, valueIn } from './expressions';
import type { Token } from './instance-state';
import type { ActivityNode, Node } from './process-model';
import { incidentSnapshot, instanceSnapshot, subscriptionSnapshot, taskSnapshot } from './snapshots';

type BoundaryNode = Extract<Node, { kind: 'boundaryEvent' }>;

/** The boundary events of the activity at which a token stands, in order. */
function boundariesOf(draft: Draft, token: Token): BoundaryNode[] {
  const model = draft.model(draft.scope(token.scope));
  const node = nodeOf(model, token.node);
  if (!('boundary' in node)) return [];
  return node.boundary.map((id) => nodeOf(model, id) as BoundaryNode);
}

/**
 * Arms the boundary events of an activity that is entered: timers run, messages are subscribed, conditions are watched. Every expression is
 * evaluated before anything is written, so that one that fails leaves nothing half armed.
 */
export function armBoundaries(draft: Draft, token: Token, node: ActivityNode): void {
  if (token.armed || node.boundary.length === 0) return;
  const effects: (() => void)[] = [];
  const conditions: string[] = [];
  for (const boundary of boundariesOf(draft, token)) {
    const { trigger } = boundary;
    if (trigger.kind === 'timer') {
      const due = dueAtMs(draft, token.scope, trigger.timer);
      effects.push(() => startTimer(draft, token.id, due, { kind: 'boundary', node: boundary.id }));
    } else if (trigger.kind === 'message') {
      const key = correlationKeyOf(draft, token.scope, trigger.message.key);
      effects.push(() => subscribe(draft, token, trigger.message.name, key, boundary.id));
    } else if (trigger.kind === 'condition') {
      conditions.push(boundary.id);
    }
  }
  draft.put('tokens', { ...(draft.token(token.id) as Token), armed: true, ...(conditions.length > 0 ? { conditions } : {}) });
  for (const effect of effects) effect();
  if (conditions.length > 0) draft.changedScopes.add(token.scope);
}

export function startTimer(draft: Draft, token: string, due: number, purpose: Draft['state']['timers'][string]['purpose']): void {
  draft.put('timers', { id: draft.newId(), dueAtMs: due, token, purpose });
}

/** The correlation key that a message rule gives; anything but a text or a whole number stops the token. */
export function correlationKeyOf(draft: Draft, scopeId: string, key: Parameters<typeof valueIn>[2]): string {
  const value = valueIn(draft, scopeId, key);
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number') return String(value);
  throw new Stop('expression-failed', `correlation key "${key.text}" gave ${JSON.stringify(value)}, not a text or a number`);
}

export function subscribe(draft: Draft, token: Token, name: string, correlationKey: string, boundary?: string): void {
  const id = draft.newId();
  const subscription = {
    id,
    key: draft.publicKey(id),
    name,
    correlationKey,
    token: token.id,
    ...(boundary === undefined ? {} : { boundary }),
  };
  draft.put('subscriptions', subscription);
  draft.record(token.scope, boundary ?? token.node, {
    type: 'messageSubscribed',
    subscription: subscriptionSnapshot(draft, subscription, true),
  });
}

export function unsubscribe(draft: Draft, id: string): void {
  const subscription = draft.state.subscriptions[id];
  if (subscription === undefined) return;
  const snapshot = subscriptionSnapshot(draft, subscription, false);
  const token = draft.token(subscription.token) as Token;
  draft.remove('subscriptions', id);
  draft.record(token.scope, snapshot.elementId, { type: 'messageUnsubscribed', subscription: snapshot });
}

/**
 * Withdraws all work of a token: its open task, running connector, timers, subscriptions, called process and incident. The token itself
 * stays, waiting for what its caller does with it.
 *
 * @param ended how a called process is shown: `CANCELED` with the whole case, `TERMINATED` by an event inside it
 */
export function withdrawWork(draft: Draft, tokenId: string, ended: 'CANCELED' | 'TERMINATED' = 'TERMINATED'): void {
  const token = draft.token(tokenId);
  if (token === undefined) return;
  for (const timer of draft.ofToken('timers', tokenId)) draft.remove('timers', timer.id);
  for (const subscription of draft.ofToken('subscriptions', tokenId)) unsubscribe(draft, subscription.id);
  for (const task of draft.ofToken('tasks', tokenId)) {
    draft.remove('tasks', task.id);
    draft.record(token.scope, token.node, { type: 'taskCanceled', task: taskSnapshot(draft, { ...task, state: 'CANCELED' }) });
  }
  for (const job of draft.ofToken('jobs', tokenId)) {
    draft.remove('jobs', job.id);
    draft.commands.push({ type: 'cancelConnector', jobId: job.id });
    draft.record(token.scope, token.node, { type: 'connectorCanceled', jobId: job.id });
  }
  closeIncidents(draft, tokenId);
  for (const scope of Object.values(draft.state.scopes)) {
    if (scope.caller === tokenId) endCalledProcess(draft, scope.id, ended);
  }
  const { armed: _armed, conditions: _conditions, ...rest } = draft.token(tokenId) as Token;
  draft.put('tokens', rest);
}

/** Closes the incidents of a token, in the name of whoever caused it. */
export function closeIncidents(draft: Draft, tokenId: string): void {
  for (const incident of draft.ofToken('incidents', tokenId)) {
    const snapshot = incidentSnapshot(draft, incident, draft.actor);
    draft.remove('incidents', incident.id);
    draft.record(incident.scope, incident.node, { type: 'incidentResolved', incident: snapshot });
  }
}

function endCalledProcess(draft: Draft, scopeId: string, ended: 'CANCELED' | 'TERMINATED'): void {
  removeTokens(draft, scopeId, ended);
  const scope = draft.scope(scopeId);
  const snapshot = instanceSnapshot(draft, scope, ended);
  const body =
    ended === 'CANCELED'
      ? ({ type: 'instanceCanceled', instance: snapshot, reason: null } as const)
      : ({ type: 'instanceTerminated', instance: snapshot } as const);
  draft.record(scopeId, undefined, body);
  draft.remove('scopes', scopeId);
}

/** Removes every token of a scope with its work. */
export function removeTokens(draft: Draft, scopeId: string, ended: 'CANCELED' | 'TERMINATED' = 'TERMINATED'): void {
  for (const token of draft.tokensOf(scopeId)) {
    withdrawWork(draft, token.id, ended);
    draft.remove('tokens', token.id);
  }
}

/** The boundary condition of a token that has turned true, if any; the first in the definition's order. */
export function trueBoundaryCondition(draft: Draft, token: Token): BoundaryNode | undefined {
  if (token.conditions === undefined) return undefined;
  const watched = token.conditions;
  return boundariesOf(draft, token).find(
    (boundary) =>
      watched.includes(boundary.id) &&
      boundary.trigger.kind === 'condition' &&
      hasTurnedTrue(draft, token.scope, boundary.trigger.condition),
  );
}
