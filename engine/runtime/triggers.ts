import { type Draft, nodeOf, Stop } from './draft';
import { correlationKeyOf, hasTurnedTrue, textIn } from './expressions';
import type { Subscription, Timer, Token } from './instance-state';
import type { EventTrigger, Node } from './process-model';
import { subscriptionSnapshot } from './snapshots';
import { firstDue, type TimerStart } from './timers';

/** What a node waits for; a receive task for its message. */
export function triggerOf(node: Node): EventTrigger | undefined {
  if (node.kind === 'receiveTask') return { kind: 'message', message: node.message };
  return 'trigger' in node ? node.trigger : undefined;
}

/** What arming a trigger will do, once everything has been evaluated. */
type Effect = () => void;

/**
 * Prepares the waiting of a token for one trigger. Everything that can fail is evaluated now; the effect writes.
 *
 * @param event the node that the trigger belongs to where that is not the token's own: a boundary event, a target of a gateway, a start
 */
export function prepareTrigger(draft: Draft, tokenId: string, trigger: EventTrigger, event?: string): Effect {
  const token = draft.living(tokenId);
  switch (trigger.kind) {
    case 'timer': {
      const start = firstDue(draft, token.scope, trigger.timer);
      return () => startEventTimer(draft, tokenId, start, event);
    }
    case 'message': {
      const name = textIn(draft, token.scope, trigger.message.name, 'message');
      const key = correlationKeyOf(draft, token.scope, trigger.message.key);
      return () => subscribe(draft, tokenId, name, key, event);
    }
    case 'signal': {
      const name = textIn(draft, token.scope, trigger.name, 'signal');
      return () => subscribe(draft, tokenId, name, null, event);
    }
    case 'condition':
      return () => {
        const at = event ?? token.node;
        draft.change(tokenId, { conditions: { ...draft.living(tokenId).conditions, [at]: false } });
        draft.changedScopes.add(token.scope);
      };
    default:
      // errors, escalations, compensation, cancellation and links are looked for by what throws them
      return () => undefined;
  }
}

function startEventTimer(draft: Draft, tokenId: string, start: TimerStart, event: string | undefined): void {
  const left = start.left === undefined ? {} : { left: start.left };
  startTimer(
    draft,
    tokenId,
    start.dueAtMs,
    event === undefined ? { kind: 'catch' } : { kind: 'event', node: event, ...left },
    start.suspend,
  );
}

export function startTimer(draft: Draft, token: string, dueAtMs: number, purpose: Timer['purpose'], suspend?: Timer['suspend']): void {
  draft.put('timers', { id: draft.newId(), dueAtMs, token, purpose, ...(suspend === undefined ? {} : { suspend }) });
}

function subscribe(draft: Draft, tokenId: string, name: string, correlationKey: string | null, event?: string): void {
  const token = draft.living(tokenId);
  const id = draft.newId();
  const subscription: Subscription = {
    id,
    key: draft.publicKey(id),
    name,
    correlationKey,
    token: tokenId,
    ...(event === undefined ? {} : { event }),
  };
  draft.put('subscriptions', subscription);
  draft.record(token.scope, event ?? token.node, {
    type: 'messageSubscribed',
    subscription: subscriptionSnapshot(draft, subscription, true),
  });
}

export function unsubscribe(draft: Draft, id: string): void {
  const subscription = draft.state.subscriptions[id];
  if (subscription === undefined) return;
  const snapshot = subscriptionSnapshot(draft, subscription, false);
  const token = draft.living(subscription.token);
  draft.remove('subscriptions', id);
  draft.record(token.scope, snapshot.elementId, { type: 'messageUnsubscribed', subscription: snapshot });
}

/** Ends the waiting of a token: its timers (but those of its tasks), subscriptions and conditions. */
export function disarm(draft: Draft, tokenId: string): void {
  for (const timer of draft.ofToken('timers', tokenId)) if (timer.purpose.kind !== 'overdue') draft.remove('timers', timer.id);
  for (const subscription of draft.ofToken('subscriptions', tokenId)) unsubscribe(draft, subscription.id);
  draft.unmark(tokenId, 'conditions');
}

/**
 * Asks the conditions that a token watches, and remembers what they are. Gives the first that has turned from false to true. Seen from the
 * scope around the token, as its other events are.
 */
export function turnedCondition(draft: Draft, token: Token): string | undefined {
  if (token.conditions === undefined) return undefined;
  const model = draft.model(draft.scope(token.scope));
  for (const [id, before] of Object.entries(token.conditions)) {
    const trigger = triggerOf(nodeOf(model, id));
    if (trigger?.kind !== 'condition') throw new Stop('engine-error', `"${id}" has no condition`);
    const now = hasTurnedTrue(draft, token.scope, trigger.condition);
    if (now === before) continue;
    draft.change(token.id, { conditions: { ...draft.living(token.id).conditions, [id]: now } });
    if (now) return id;
  }
  return undefined;
}
