import type { Json, JsonObject } from '../json';
import { compensationQueue, undo } from './compensation';
import { type Draft, nodeOf, Stop } from './draft';
import { durationMs } from './durations';
import { deliverSignalHere } from './events-received';
import { correlationKeyOf, inputOf, textIn, valueIn } from './expressions';
import { consume, createBeside, leave, moveTo } from './flow';
import type { ScopeInstance, Token } from './instance-state';
import type { Node, OutgoingMessage, ProcessModel, ThrowRule } from './process-model';
import { assignReceived, eventSubProcessesOf } from './scopes';
import { startOf, startSubProcessAt } from './sub-process';
import { undoablesOf } from './undoables';
import { removeTokens, withdrawWork } from './withdraw';

type BoundaryNode = Extract<Node, { kind: 'boundaryEvent' }>;
type Thrown = { kind: 'error' | 'escalation'; code: string };
type Handler = { kind: 'boundary'; token: Token; node: BoundaryNode } | { kind: 'eventSubProcess'; scope: ScopeInstance; id: string };

/** The boundary events of the activity at which a token stands, in order; an instance of a repeated activity has none of its own. */
export function boundariesOf(draft: Draft, token: Token): BoundaryNode[] {
  const model = draft.model(draft.scope(token.scope));
  const node = nodeOf(model, token.node);
  // what a loop has let go on has no effect any more
  const inert = token.instance === true || token.detour !== undefined || token.loop?.released === true;
  if (!('boundary' in node) || inert) return [];
  return node.boundary.map((id) => nodeOf(model, id) as BoundaryNode);
}

/**
 * A boundary event happens. An interrupting one withdraws the activity's work and takes its token; another one goes on beside it with a
 * token of its own.
 */
export function triggerBoundary(draft: Draft, token: Token, boundary: BoundaryNode, payload?: Json): void {
  if (boundary.result !== undefined && payload !== undefined) assignReceived(draft, token.scope, boundary.result, payload);
  if (!boundary.interrupting) {
    createBeside(draft, token.scope, boundary.id, token);
    return;
  }
  withdrawWork(draft, token.id);
  moveTo(draft, draft.living(token.id), boundary.id);
}

/**
 * Looks for the nearest handler, from the activity itself outwards, across called processes: its boundary events, then the event sub-processes
 * of the scope around it; at each place one that names the code, then one that names none (BPMN 2.0, 10.5.6).
 */
function findHandler(draft: Draft, from: Token, thrown: Thrown): Handler | undefined {
  for (let token: Token | undefined = from; token !== undefined; ) {
    const boundary = best(boundariesOf(draft, token), (node) => node.trigger, thrown);
    if (boundary !== undefined) return { kind: 'boundary', token, node: boundary };
    const scope: ScopeInstance = draft.scope(token.scope);
    // an event sub-process does not catch what is thrown inside of it
    const inside = token.node;
    const listeners = scope.interrupted === true ? [] : eventSubProcessesOf(draft.model(scope), scope).filter((one) => one !== inside);
    const id = best(listeners, (one) => startOf(draft, scope, one).trigger, thrown);
    if (id !== undefined) return { kind: 'eventSubProcess', scope, id };
    token = scope.caller === undefined ? undefined : draft.token(scope.caller);
  }
  return undefined;
}

function best<T>(candidates: readonly T[], triggerOf: (one: T) => BoundaryNode['trigger'] | undefined, thrown: Thrown): T | undefined {
  const catches = (code: string | undefined) =>
    candidates.find((one) => {
      const trigger = triggerOf(one);
      return trigger?.kind === thrown.kind && trigger.code === code;
    });
  return catches(thrown.code) ?? catches(undefined);
}

function handle(draft: Draft, handler: Handler, payload: Json): void {
  if (handler.kind === 'boundary') triggerBoundary(draft, handler.token, handler.node, payload);
  else startSubProcessAt(draft, handler.scope.id, handler.id, payload);
}

/** Throws an error at a token; returns whether a handler was found. */
export function throwError(draft: Draft, token: Token, code: string, message: string): boolean {
  const handler = findHandler(draft, token, { kind: 'error', code });
  if (handler === undefined) return false;
  draft.record(token.scope, token.node, { type: 'errorThrown', code, message });
  handle(draft, handler, { code, message });
  return true;
}

/** Executes a throwing event. Where it is still there afterwards, the token goes on, or ends at an end event. */
export function throwAt(draft: Draft, token: Token, rule: ThrowRule): void {
  switch (rule.kind) {
    case 'error':
      return throwErrorAt(draft, token, rule);
    case 'escalation': {
      const code = textIn(draft, token.scope, rule.code, 'escalation');
      const handler = findHandler(draft, token, { kind: 'escalation', code });
      draft.record(token.scope, token.node, { type: 'escalationThrown', code, caught: handler !== undefined });
      if (handler !== undefined) handle(draft, handler, { code });
      return passOn(draft, token);
    }
    case 'signal': {
      const name = textIn(draft, token.scope, rule.name, 'signal');
      throwSignal(draft, token, name, inputOf(draft, token.scope, rule.variables));
      return passOn(draft, token);
    }
    case 'message':
      publish(draft, token, rule.message);
      return passOn(draft, draft.living(token.id));
    case 'compensation':
      return undo(draft, token.id, compensationQueue(draft, token.scope, rule.activity), { kind: 'leave' });
    case 'link':
      return throwLink(draft, token, rule.name);
    case 'cancel':
      return cancelTransaction(draft, token);
  }
}

function throwErrorAt(draft: Draft, token: Token, rule: Extract<ThrowRule, { kind: 'error' }>): void {
  const code = textIn(draft, token.scope, rule.code, 'error');
  const message = rule.message === undefined ? code : String(valueIn(draft, token.scope, rule.message) ?? code);
  if (!throwError(draft, token, code, message)) throw new Stop('error-not-caught', `error "${code}" is caught nowhere: ${message}`);
}

/** Goes on after an event, unless what caught it has withdrawn or taken the token. */
function passOn(draft: Draft, token: Token): void {
  const now = draft.token(token.id);
  if (now === undefined || now.node !== token.node || now.status !== 'ready') return;
  const node = draft.node(now);
  if (node.kind === 'endEvent') return consume(draft, now);
  draft.record(now.scope, now.node, { type: 'elementCompleted', kind: node.kind });
  leave(draft, now);
}

function throwSignal(draft: Draft, token: Token, name: string, variables: JsonObject): void {
  const id = draft.newId();
  const signalId = draft.publicKey(id);
  draft.record(token.scope, token.node, { type: 'signalThrown', name, variables });
  draft.commands.push({ type: 'broadcastSignal', signalId, name, variables });
  draft.change(token.id, { called: Number(id) });
  deliverSignalHere(draft, signalId, name, variables);
}

/** Publishes a message; whoever awaits it, in this case or another one, gets it from the host. */
export function publish(draft: Draft, token: Token, message: OutgoingMessage): void {
  const correlationKey = correlationKeyOf(draft, token.scope, message.key);
  const variables = inputOf(draft, token.scope, message.variables);
  const name = textIn(draft, token.scope, message.name, 'message');
  const id = draft.newId();
  const messageId = draft.publicKey(id);
  const timeToLiveMs = durationMs(message.timeToLive) ?? 0;
  draft.commands.push({ type: 'publishMessage', messageId, name, correlationKey, variables, timeToLiveMs });
  draft.record(token.scope, token.node, { type: 'messagePublished', messageId, name, correlationKey, variables });
  draft.change(token.id, { called: Number(id) });
}

function throwLink(draft: Draft, token: Token, name: string): void {
  const model = draft.model(draft.scope(token.scope));
  const { parent } = nodeOf(model, token.node);
  draft.record(token.scope, token.node, { type: 'elementCompleted', kind: draft.node(token).kind });
  moveTo(draft, token, linkTarget(model, name, parent));
}

function linkTarget(model: ProcessModel, name: string, parent: string | undefined): string {
  const target = Object.values(model.nodes).find(
    (node) =>
      node.kind === 'intermediateCatchEvent' && node.trigger.kind === 'link' && node.trigger.name === name && node.parent === parent,
  );
  if (target === undefined) throw new Error(`invariant: link "${name}" has no target`);
  return target.id;
}

/** A transaction is canceled: everything open in it is withdrawn, what was completed is undone, then its cancel event happens. */
function cancelTransaction(draft: Draft, token: Token): void {
  for (const other of draft.tokensOf(token.scope)) {
    if (other.id === token.id || draft.token(other.id) === undefined) continue;
    withdrawWork(draft, other.id);
    draft.remove('tokens', other.id);
  }
  undo(
    draft,
    token.id,
    undoablesOf(draft, token.scope).map(({ id }) => id),
    { kind: 'cancel' },
  );
}

/** Everything of a canceled transaction has been undone: its cancel boundary event happens. Without one the transaction simply ends. */
export function triggerCancel(draft: Draft, token: Token): void {
  const scope = draft.scope(token.scope);
  let caller = draft.living(scope.caller as string);
  if (caller.instance === true) caller = draft.living(draft.scope(caller.scope).caller as string);
  const boundary = boundariesOf(draft, caller).find((node) => node.trigger.kind === 'cancel');
  if (boundary !== undefined) return triggerBoundary(draft, caller, boundary);
  removeTokens(draft, scope.id);
  withdrawWork(draft, caller.id);
  leave(draft, draft.living(caller.id));
}
