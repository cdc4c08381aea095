import type { Json, JsonObject } from '../json';
import { assignFields } from './brought-fields';
import { type Draft, nodeOf } from './draft';
import type { EngineRequest, Refusal } from './events';
import { checkValue } from './expressions';
import { completeActivity } from './flow';
import { guarded } from './incidents';
import type { Subscription, Timer, Token } from './instance-state';
import { LIMITS } from './limits';
import type { Node, SubProcessNode } from './process-model';
import { checkRequested } from './requests';
import { assignReceived, checkReceived } from './scopes';
import { subscriptionSnapshot } from './snapshots';
import { startOf, startSubProcessAt } from './sub-process';
import { triggerBoundary } from './throwing';
import { followingDue } from './timers';
import { prepareTrigger, startTimer, triggerOf, unsubscribe } from './triggers';
import { withdrawWork } from './withdraw';

/**
 * An event happens that a token waits for: one of its own node, of its boundary events, of the targets of its gateway, or the start of the event
 * sub-process that it stands for.
 *
 * @param event the node that the event belongs to, where that is not the token's own
 * @param payload the value of that node's result
 */
function eventHappened(draft: Draft, tokenId: string, event: string | undefined, payload?: Json): void {
  const token = draft.living(tokenId);
  if (payload !== undefined) {
    const scope = draft.scope(token.scope);
    const node = token.listens === true ? startOf(draft, scope, token.node) : nodeOf(draft.model(scope), event ?? token.node);
    assignFields(draft, token.scope, node, payload);
  }
  if (event === undefined) {
    const node = draft.node(token);
    setResult(draft, token, node, payload);
    return completeActivity(draft, draft.living(tokenId));
  }
  if (token.listens === true) return startSubProcessAt(draft, token.scope, token.node, payload);
  const node = nodeOf(draft.model(draft.scope(token.scope)), event);
  if (node.kind === 'boundaryEvent') return triggerBoundary(draft, token, node, payload);
  takeWay(draft, token, node, payload);
}

/** The first of the events of a gateway: the token goes on behind it, the others are not awaited any more. */
function takeWay(draft: Draft, token: Token, node: Node, payload: Json | undefined): void {
  const flow = draft.node(token).outgoing.find((id) => draft.model(draft.scope(token.scope)).flows[id]?.to === node.id);
  withdrawWork(draft, token.id);
  if (flow !== undefined) draft.record(token.scope, token.node, { type: 'branchTaken', flowId: flow });
  draft.put('tokens', { ...draft.living(token.id), node: node.id, status: 'waiting' });
  setResult(draft, draft.living(token.id), node, payload);
  completeActivity(draft, draft.living(token.id));
}

function setResult(draft: Draft, token: Token, node: Node, payload: Json | undefined): void {
  if (payload !== undefined && 'result' in node && node.result !== undefined) assignReceived(draft, token.scope, node.result, payload);
}

/** Whether an event may happen again at the same token: it does not interrupt what it belongs to. */
function staysArmed(draft: Draft, token: Token, event: string | undefined): boolean {
  if (event === undefined) return false;
  const scope = draft.scope(token.scope);
  if (token.listens === true) return startOf(draft, scope, token.node).interrupting === false;
  const node = nodeOf(draft.model(scope), event);
  return node.kind === 'boundaryEvent' && !node.interrupting;
}

/** A message or signal comes to who subscribed; one that does not interrupt is awaited again. */
function received(draft: Draft, subscription: Subscription, payload: JsonObject): void {
  const token = draft.living(subscription.token);
  const again = staysArmed(draft, token, subscription.event);
  unsubscribe(draft, subscription.id);
  let fits = false;
  guarded(draft, token.id, () => {
    checkPayload(draft, token, subscription.event, payload);
    fits = true;
    eventHappened(draft, token.id, subscription.event, payload);
  });
  const isBoundary = subscription.event !== undefined && token.listens !== true;
  if (again || (!fits && isBoundary)) rearm(draft, token.id, subscription.event as string);
}

/** Throws a stop where what came is not what the variable that receives it is declared to be. */
function checkPayload(draft: Draft, token: Token, event: string | undefined, payload: Json): void {
  const scope = draft.scope(token.scope);
  if (token.listens === true) {
    const { result } = startOf(draft, scope, token.node);
    const own = (nodeOf(draft.model(scope), token.node) as SubProcessNode).variables;
    const declared = result === undefined ? undefined : own[result];
    if (result !== undefined && declared === undefined) checkReceived(draft, token.scope, result, payload);
    else if (declared?.constraint !== undefined) checkValue(draft, result as string, payload, declared);
    return;
  }
  const node = nodeOf(draft.model(scope), event ?? token.node);
  if ('result' in node && node.result !== undefined) checkReceived(draft, token.scope, node.result, payload);
}

function rearm(draft: Draft, tokenId: string, event: string): void {
  if (draft.token(tokenId) === undefined) return;
  const trigger = triggerOf(nodeOf(draft.model(draft.scope(draft.living(tokenId).scope)), event));
  if (trigger !== undefined) prepareTrigger(draft, tokenId, trigger, event)();
}

/** Delivers a message to the oldest subscription of its name and key; it is consumed by it. */
export function deliverMessage(draft: Draft, request: Extract<EngineRequest, { type: 'deliverMessage' }>): Refusal | undefined {
  const subscription = awaiting(draft, request.name, request.correlationKey)[0];
  if (subscription === undefined) {
    return { code: 'message-not-awaited', message: `nothing awaits message "${request.name}" with key "${request.correlationKey}"` };
  }
  const tooLarge = checkRequested(draft, 'variables', request.variables);
  if (tooLarge !== undefined) return tooLarge;
  draft.record(draft.living(subscription.token).scope, subscription.event ?? draft.living(subscription.token).node, {
    type: 'messageReceived',
    subscription: subscriptionSnapshot(draft, subscription, false),
    messageId: request.messageId,
    variables: request.variables,
  });
  received(draft, subscription, request.variables);
  return undefined;
}

/** The subscriptions of a message, or (without a key) of a signal, the oldest first. */
export function awaiting(draft: Draft, name: string, correlationKey: string | null): Subscription[] {
  return Object.values(draft.state.subscriptions).filter((one) => one.name === name && one.correlationKey === correlationKey);
}

/** Delivers a signal of another case to everything that waits for it. */
export function deliverSignal(draft: Draft, request: Extract<EngineRequest, { type: 'deliverSignal' }>): Refusal | undefined {
  if (awaiting(draft, request.name, null).length === 0) {
    return { code: 'signal-not-awaited', message: `nothing awaits signal "${request.name}"` };
  }
  const tooLarge = checkRequested(draft, 'variables', request.variables);
  if (tooLarge !== undefined) return tooLarge;
  deliverSignalHere(draft, request.signalId, request.name, request.variables);
  return undefined;
}

/** Tells everything in the case that waits for a signal now; what begins to wait because of it does not hear it. */
export function deliverSignalHere(draft: Draft, signalId: string, name: string, variables: JsonObject): void {
  for (const subscription of awaiting(draft, name, null)) {
    // one that interrupts may have withdrawn others
    if (draft.state.subscriptions[subscription.id] === undefined) continue;
    const token = draft.living(subscription.token);
    draft.record(token.scope, subscription.event ?? token.node, {
      type: 'signalReceived',
      subscription: subscriptionSnapshot(draft, subscription, false),
      signalId,
      variables,
    });
    received(draft, subscription, variables);
  }
}

/** A timer of an event fires; a repeated one that does not interrupt is started again. */
export function timerHappened(draft: Draft, timer: Timer): void {
  const token = draft.living(timer.token);
  if (timer.purpose.kind === 'overdue') throw new Error('invariant: an overdue timer is no event');
  const event = timer.purpose.kind === 'event' ? timer.purpose.node : undefined;
  const again = staysArmed(draft, token, event);
  eventHappened(draft, token.id, event);
  if (again && timer.purpose.kind === 'event') repeat(draft, timer, timer.purpose);
}

function repeat(draft: Draft, timer: Timer, { node, left }: Extract<Timer['purpose'], { kind: 'event' }>): void {
  if (left === undefined) return;
  const due = followingTime(draft, timer, timer.dueAtMs);
  if (due !== undefined) startAgain(draft, timer, node, due, left);
}

function startAgain(draft: Draft, timer: Timer, node: string, dueAtMs: number, left: number): void {
  const remaining = left === -1 ? -1 : left - 1;
  startTimer(
    draft,
    timer.token,
    Math.max(dueAtMs, draft.nowMs + LIMITS.timerMs),
    { kind: 'event', node, ...(remaining === 0 ? {} : { left: remaining }) },
    timer.suspend,
  );
}

function followingTime(draft: Draft, timer: Timer, dueAtMs: number): number | undefined {
  const token = draft.token(timer.token);
  if (token === undefined || timer.purpose.kind !== 'event') return undefined;
  const trigger = triggerOf(nodeOf(draft.model(draft.scope(token.scope)), timer.purpose.node));
  return trigger?.kind === 'timer' ? followingDue(draft, token.scope, trigger.timer, dueAtMs) : undefined;
}

/** Times of one repeated event that are left out one by one; beyond them it begins anew from now. */
const MOST_SKIPPED = 1_000;

/** Leaves out the times of a repeated event that have passed; the next one comes at its own time. */
export function skipTimes(draft: Draft, timer: Timer): void {
  if (timer.purpose.kind !== 'event') return;
  draft.remove('timers', timer.id);
  const { node } = timer.purpose;
  let due: number | undefined = timer.dueAtMs;
  for (let { left } = timer.purpose, skipped = 1; left !== undefined && left !== 0; left = left === -1 ? -1 : left - 1, skipped += 1) {
    due = followingTime(draft, timer, skipped > MOST_SKIPPED ? draft.nowMs : due);
    if (due === undefined) return;
    if (due > draft.nowMs) return startAgain(draft, timer, node, due, left);
  }
}

/** A condition that a token watches has turned true. */
export function conditionHappened(draft: Draft, tokenId: string, event: string): void {
  const token = draft.living(tokenId);
  eventHappened(draft, tokenId, event === token.node && token.listens !== true ? undefined : event);
}
