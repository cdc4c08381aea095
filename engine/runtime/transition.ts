import { activityOperation } from './activity-operations';
import { execute } from './behaviours';
import { connectorFailed, connectorSucceeded } from './connector-job';
import { Draft, type Passage } from './draft';
import type { EngineCommand, EngineEvent, EngineRequest, Refusal } from './events';
import { conditionHappened, deliverMessage, deliverSignal, timerHappened } from './events-received';
import { hasTurnedTrue } from './expressions';
import { completeActivity, createToken, leave } from './flow';
import { fireInclusiveJoins, leaveInclusive } from './gateways';
import { guarded, openIncident, resolveIncident } from './incidents';
import type { InstanceState, Timer, Token } from './instance-state';
import { LIMITS } from './limits';
import { wakeLocked } from './mutex';
import type { ActivityNode, ModelClosure } from './process-model';
import type { EngineRecord } from './records';
import { checkRequested, checkVariables } from './requests';
import { returnTask } from './return-task';
import { assignReceived, declarationOf, scopeChain, startProcess } from './scopes';
import { addSigner, removeSigner } from './signers';
import { instanceSnapshot } from './snapshots';
import { listen } from './sub-process';
import { holdBack, resumeCase, suspendCase } from './suspension';
import { takeBackTask } from './take-back-task';
import { copyTask, passTask, urgeTask } from './task-operations';
import { turnedCondition } from './triggers';
import { applyOverdueRule, assignmentResolved, assignTask, completeTask, unassignTask } from './user-task';
import { removeTokens, withdrawWork } from './withdraw';

/** The result of a transition: what is now, what the host must do, and what happened; or why nothing did. */
export type Step =
  | { ok: true; state: InstanceState; commands: EngineCommand[]; records: EngineRecord[]; passed: Passage[] }
  | { ok: false; refusal: Refusal };

type Start = Extract<EngineRequest, { type: 'startInstance' }>;
type Later = Exclude<EngineEvent, Start>;

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

type Apply = (draft: Draft, event: Later) => Refusal | undefined;

function advance(closure: ModelClosure, state: InstanceState, event: Later, how: Apply): Step {
  const draft = new Draft(closure, state, event);
  const refusal = how(draft, event);
  if (refusal !== undefined) return { ok: false, refusal };
  settle(draft);
  return stepOf(draft);
}

function stepOf(draft: Draft): Step {
  draft.finish();
  return { ok: true, state: draft.state, commands: draft.commands, records: draft.records, passed: draft.passed };
}

/**
 * A fault of the engine itself must not hang a case: a request is refused, a fact stops the token that it concerns with an incident. The
 * state of before is kept either way.
 */
function recover(closure: ModelClosure, state: InstanceState, event: Later, error: unknown): Step {
  const message = messageOf(error);
  if ('actor' in event) return { ok: false, refusal: { code: 'engine-error', message } };
  return advance(closure, state, event, (draft) => {
    if (event.type === 'hostTerminated') throw error;
    const concerned = concernedBy(draft, event);
    if (concerned === undefined) return void draft.recordIgnored(event.type, message);
    if (event.type === 'timersDue') draft.remove('timers', concerned.id);
    else if (event.type !== 'assignmentResolved') draft.remove('jobs', concerned.id);
    openIncident(draft, concerned.token, 'engine-error', message);
    return undefined;
  });
}

type Concerned = { id: string; token: string } | undefined;

function concernedBy(draft: Draft, event: Exclude<Later, EngineRequest | { type: 'hostTerminated' }>): Concerned {
  if (event.type === 'timersDue') return nearestDue(draft);
  return event.type === 'assignmentResolved' ? draft.state.tasks[event.taskId] : draft.state.jobs[event.jobId];
}

/** The nearest deadline of a case in milliseconds since the epoch: when it passes, the host reports `timersDue`. A suspended case has none. */
export function nextDueAtMs(state: InstanceState): number | undefined {
  if (state.suspended !== undefined) return undefined;
  let nearest: number | undefined;
  for (const timer of Object.values(state.timers)) {
    if (nearest === undefined || timer.dueAtMs < nearest) nearest = timer.dueAtMs;
  }
  return nearest;
}

function start(closure: ModelClosure, event: Start): Step {
  const draft = new Draft(closure, emptyState(event), event);
  const model = closure.models[closure.root];
  const refusal = checkRequested(draft, 'variables', event.variables) ?? checkTypes(draft, model?.variables ?? {}, event.variables);
  if (refusal !== undefined) return { ok: false, refusal };
  const scope = startProcess(draft, {
    id: draft.newId(),
    instanceKey: event.instanceKey,
    hash: closure.root,
    businessKey: event.businessKey,
    variables: event.variables,
  });
  const node = event.trigger?.node ?? draft.model(scope).start;
  const begin = node === undefined ? undefined : draft.model(scope).nodes[node];
  if (begin?.kind !== 'startEvent') {
    return { ok: false, refusal: { code: 'not-allowed-here', message: `process "${scope.processId}" has no such start` } };
  }
  if (event.trigger !== undefined && begin.result !== undefined) {
    const declared = declarationOf(draft, scope.id, begin.result);
    const misfit = declared?.constraint && checkRequested(draft, begin.result, event.trigger.variables, declared);
    if (misfit !== undefined) return { ok: false, refusal: misfit };
    assignReceived(draft, scope.id, begin.result, event.trigger.variables);
  }
  listen(draft, scope);
  createToken(draft, scope.id, begin.id);
  settle(draft);
  return stepOf(draft);
}

function checkTypes(
  draft: Draft,
  declared: ModelClosure['models'][string]['variables'],
  variables: Start['variables'],
): Refusal | undefined {
  for (const [name, value] of Object.entries(variables)) {
    const refusal = checkRequested(draft, name, value, declared[name]);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
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
    signings: {},
    done: {},
    undoables: {},
  };
}

function apply(draft: Draft, event: Later): Refusal | undefined {
  if (draft.state.status !== 'active') return applyToEnded(draft, event);
  if (draft.state.suspended !== undefined && !WHILE_SUSPENDED.has(event.type)) return holdBack(draft, event);
  return applyNow(draft, event);
}

/** What a suspended case still does. */
const WHILE_SUSPENDED: ReadonlySet<Later['type']> = new Set(['resumeCase', 'suspendCase', 'cancelInstance', 'hostTerminated']);

function applyNow(draft: Draft, event: Later): Refusal | undefined {
  switch (event.type) {
    case 'completeTask':
      return completeTask(draft, event);
    case 'assignTask':
      return assignTask(draft, event);
    case 'unassignTask':
      return unassignTask(draft, event);
    case 'transferTask':
    case 'delegateTask':
      return passTask(draft, event);
    case 'returnTask':
      return returnTask(draft, event);
    case 'withdrawTask':
      return takeBackTask(draft, event);
    case 'addSigner':
      return addSigner(draft, event);
    case 'removeSigner':
      return removeSigner(draft, event);
    case 'urgeTask':
      return urgeTask(draft, event);
    case 'copyTask':
      return copyTask(draft, event);
    case 'suspendCase':
      return suspendCase(draft, event);
    case 'resumeCase':
      return resume(draft, event);
    case 'addInstance':
    case 'removeInstance':
    case 'completeActivity':
    case 'startAdHocStep':
      return activityOperation(draft, event);
    case 'setVariables':
      return setVariables(draft, event);
    case 'resolveIncident':
      return resolveIncident(draft, event);
    case 'deliverMessage':
      return deliverMessage(draft, event);
    case 'deliverSignal':
      return deliverSignal(draft, event);
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
    case 'assignmentResolved':
      return void guarded(draft, draft.state.tasks[event.taskId]?.token ?? '', () => assignmentResolved(draft, event));
  }
}

function applyToEnded(draft: Draft, event: EngineEvent): Refusal | undefined {
  if ('actor' in event) return { code: 'instance-not-active', message: `the case has ended (${draft.state.status})` };
  draft.recordIgnored(event.type, `the case has ended (${draft.state.status})`);
  return undefined;
}

/** Goes on after a suspension: what was held back is applied in order, then the timers that are due. */
function resume(draft: Draft, request: Extract<EngineRequest, { type: 'resumeCase' }>): Refusal | undefined {
  const resumed = resumeCase(draft, request);
  if (!resumed.ok) return resumed.refusal;
  const { actor } = draft;
  for (const event of resumed.held) {
    draft.actor = 'actor' in event ? event.actor.user : 'system';
    // a request that was held and does not fit any more is as late as a fact
    const refusal = draft.state.status === 'active' ? applyNow(draft, event as Later) : undefined;
    if (refusal !== undefined) draft.recordIgnored(event.type, refusal.message);
    settle(draft);
  }
  draft.actor = actor;
  return draft.state.status === 'active' ? fireTimers(draft) : undefined;
}

/** Ends a case at once with everything in it. */
function endWith(draft: Draft, how: 'CANCELED' | 'TERMINATED', reason: string | null): undefined {
  const root = rootOf(draft);
  removeTokens(draft, root.id, how);
  draft.state.status = how === 'CANCELED' ? 'canceled' : 'terminated';
  delete draft.state.suspended;
  delete draft.state.held;
  draft.state.undoables = {};
  const instance = instanceSnapshot(draft, draft.scope(root.id), how);
  if (how === 'CANCELED') draft.record(root.id, undefined, { type: 'instanceCanceled', instance, reason });
  else draft.record(root.id, undefined, { type: 'instanceTerminated', instance });
}

function rootOf(draft: Draft): InstanceState['scopes'][string] {
  const root = Object.values(draft.state.scopes).find((scope) => scope.caller === undefined);
  if (root === undefined) throw new Error('invariant: an active case has a root');
  return root;
}

function setVariables(draft: Draft, request: Extract<EngineRequest, { type: 'setVariables' }>): Refusal | undefined {
  const key = request.instanceKey ?? draft.state.instanceKey;
  const scope = Object.values(draft.state.scopes).find((one) => one.kind === 'process' && one.instanceKey === key);
  if (scope === undefined) return { code: 'instance-not-active', message: `process instance "${key}" is not active in this case` };
  const refusal = checkVariables(draft, scope, request.variables);
  if (refusal !== undefined) return refusal;
  draft.setVariables(scope.id, request.variables);
  return undefined;
}

/** Fires every timer that is due, the nearest first; each runs to its end before the next, since it may withdraw others. */
function fireTimers(draft: Draft): undefined {
  for (let timer = nearestDue(draft); timer !== undefined; timer = nearestDue(draft)) {
    const token = draft.living(timer.token);
    const { purpose } = timer;
    draft.remove('timers', timer.id);
    draft.record(token.scope, purpose.kind === 'event' ? purpose.node : token.node, {
      type: 'timerFired',
      timerId: timer.id,
      dueAtMs: timer.dueAtMs,
    });
    const due = timer;
    guarded(draft, token.id, () => (purpose.kind === 'overdue' ? applyOverdueRule(draft, due) : timerHappened(draft, due)));
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

/** Executes ready tokens, then asks what a changed variable or a token that has moved may have set free, until nothing moves. */
function settle(draft: Draft): void {
  for (let steps = 0; ; ) {
    const id = draft.ready.shift();
    if (id === undefined) {
      if (!turnConditions(draft) && !setFree(draft)) return;
      continue;
    }
    const token = draft.token(id);
    if (token?.status !== 'ready') continue;
    steps += 1;
    const allowed = LIMITS.automaticSteps + LIMITS.stepsOfInstance * draft.begun;
    if (steps > allowed) {
      openIncident(draft, id, 'too-many-steps', `more than ${allowed} steps without a wait`);
      continue;
    }
    guarded(draft, id, () => execute(draft, token));
  }
}

/** Lets a token go on for which a critical section has become free, or which waits at a join that nothing can reach any more. */
function setFree(draft: Draft): boolean {
  const locked: Token[] = [];
  const joining: Token[] = [];
  for (const token of Object.values(draft.state.tokens)) {
    if (token.status === 'locked') locked.push(token);
    else if (token.status === 'joining') joining.push(token);
  }
  return wakeLocked(draft, locked) || joinInclusive(draft, joining);
}

/** Lets the inclusive joins go on that nothing can reach any more. */
function joinInclusive(draft: Draft, joining: readonly Token[]): boolean {
  const inclusive = joining.filter((token) => draft.node(token).kind === 'inclusiveGateway');
  for (const scopeId of new Set(inclusive.map(({ scope }) => scope))) {
    const merged = fireInclusiveJoins(draft, scopeId);
    if (merged === undefined) continue;
    draft.put('tokens', merged);
    guarded(draft, merged.id, () => leaveInclusive(draft, merged));
    return true;
  }
  return false;
}

/** Asks the waiting conditions of every scope whose variables changed, and of those inside it; returns whether one went on. */
function turnConditions(draft: Draft): boolean {
  if (draft.changedScopes.size === 0) return false;
  const changed = draft.changedScopes;
  draft.changedScopes = new Set();
  let turned = false;
  for (const { id, scope: scopeId, status } of Object.values(draft.state.tokens)) {
    const scope = draft.state.scopes[scopeId];
    if (status === 'ready' || status === 'joining' || scope === undefined) continue;
    if (!changed.has(scopeId) && !scopeChain(draft.state, scope).some((one) => changed.has(one.id))) continue;
    guarded(draft, id, () => {
      turned = turnToken(draft, id) || turned;
    });
  }
  return turned || draft.ready.length > 0;
}

function turnToken(draft: Draft, tokenId: string): boolean {
  const token = draft.token(tokenId);
  if (token === undefined || token.status === 'ready' || token.status === 'incident') return false;
  const event = turnedCondition(draft, token);
  if (event !== undefined) {
    // another one may have turned true with it
    draft.changedScopes.add(token.scope);
    conditionHappened(draft, tokenId, event);
    return true;
  }
  const node = draft.node(token);
  if ('milestone' in node && node.milestone !== undefined) return turnMilestone(draft, token, node);
  if (token.status !== 'waiting' || node.kind !== 'intermediateCatchEvent' || node.trigger.kind !== 'condition') return false;
  if (!hasTurnedTrue(draft, token.scope, node.trigger.condition)) return false;
  completeActivity(draft, token);
  return true;
}

/** A milestone is reached: the step begins. It is lost: the step's work is withdrawn. */
function turnMilestone(draft: Draft, token: Token, { milestone }: ActivityNode): boolean {
  if (milestone === undefined || token.instance === true || token.detour !== undefined) return false;
  const reached = hasTurnedTrue(draft, token.scope, milestone.condition);
  if (token.status === 'guarded') {
    if (reached) draft.schedule(token);
    return reached;
  }
  if (reached || token.entered !== true) return false;
  withdrawWork(draft, token.id);
  if (milestone.lost === 'skip') leave(draft, draft.living(token.id));
  else draft.change(token.id, { status: 'guarded' });
  return true;
}
