import type { Json, JsonObject } from '../json';
import { undoingScopeDone } from './compensation';
import { type Draft, Stop } from './draft';
import { checkValue, isTrue, valueIn } from './expressions';
import { checkTokens, createToken, finishLoop, followAll } from './flow';
import type { LoopState, ScopeInstance, Token } from './instance-state';
import { LIMITS } from './limits';
import type { ActivityNode, MultiInstanceRule, StandardLoopRule } from './process-model';
import { assign, outerScope, startInnerScope } from './scopes';
import { disarm } from './triggers';
import { endScope, removeScope, removeTokens } from './withdraw';

/** Begins a repeated activity, or goes on with it after an incident. */
export function enterLoop(draft: Draft, token: Token, node: ActivityNode): void {
  const { loop } = node;
  if (loop === undefined) throw new Error(`invariant: "${node.id}" is not repeated`);
  if (loop.kind === 'standard') return nextTurn(draft, token, loop);
  if (token.loop !== undefined) {
    // stopped between two instances: what is asked then is asked again
    draft.change(token.id, { status: 'waiting' });
    return askAgain(draft, token.id);
  }
  const items = itemsOf(draft, token, node.id, loop);
  checkTokens(draft, loop.mode === 'parallel' ? items.length : 1);
  for (const { variable } of loop.collect) assign(draft, token.scope, variable, []);
  const state: LoopState = { total: items.length, completed: 0, terminated: 0, next: 1, collected: [] };
  draft.change(token.id, { status: 'waiting', loop: loop.mode === 'parallel' ? state : { ...state, waiting: items } });
  if (items.length === 0) return finishLoop(draft, draft.living(token.id));
  if (loop.mode === 'parallel') for (const item of items) startInstance(draft, token.id, loop, item);
  else startNextItem(draft, token.id, loop);
}

function itemsOf(draft: Draft, token: Token, id: string, loop: MultiInstanceRule): Json[] {
  const source = loop.collection ?? loop.count;
  if (source === undefined) throw new Error(`invariant: "${id}" has nothing to repeat over`);
  const value = valueIn(draft, token.scope, source);
  const items = loop.collection === undefined ? numbered(value) : value === null ? [] : value;
  if (!Array.isArray(items)) {
    const wanted = loop.collection === undefined ? 'a whole number from 0 on' : 'a list';
    throw new Stop('expression-failed', `"${source.text}" gave ${JSON.stringify(value).slice(0, 100)}, not ${wanted}`);
  }
  if (items.length > LIMITS.instances) {
    throw new Stop('too-many-instances', `"${id}" would have ${items.length} instances, at most ${LIMITS.instances} are allowed`);
  }
  return items;
}

function numbered(count: Json): Json[] | undefined {
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0) return undefined;
  // a list of this length is only made where it is allowed
  return count > LIMITS.instances ? new Array(LIMITS.instances + 1).fill(null) : Array.from({ length: count }, (_, index) => index + 1);
}

/** Begins one more instance of a multi-instance activity. */
export function startInstance(draft: Draft, tokenId: string, loop: MultiInstanceRule, item: Json): void {
  const token = draft.living(tokenId);
  const state = token.loop as LoopState;
  draft.change(tokenId, { loop: { ...state, next: state.next + 1 } });
  beginInstance(draft, tokenId, state.next, loop.as === undefined ? {} : { [loop.as]: item });
}

function beginInstance(draft: Draft, tokenId: string, index: number, variables: JsonObject): void {
  const token = draft.living(tokenId);
  draft.begun += 1;
  const scope = startInnerScope(draft, token, 'instance', { loopCounter: index, ...variables }, { index });
  createToken(draft, scope.id, token.node, { instance: true });
}

function startNextItem(draft: Draft, tokenId: string, loop: MultiInstanceRule): void {
  const state = draft.living(tokenId).loop as LoopState;
  const [item = null, ...waiting] = state.waiting ?? [];
  draft.change(tokenId, { loop: { ...state, waiting } });
  startInstance(draft, tokenId, loop, item);
}

/**
 * The one token of an instance has done its work: what it gives is collected, and the repeated activity goes on or ends. Everything that can
 * fail is evaluated before anything is cleared.
 */
export function instanceDone(draft: Draft, scope: ScopeInstance, clear: () => void): void {
  if (scope.undoing === true) {
    clear();
    return undoingScopeDone(draft, draft.scope(scope.id));
  }
  const token = draft.living(scope.caller as string);
  const loop = (draft.node(token) as ActivityNode).loop as MultiInstanceRule | StandardLoopRule;
  const state = token.loop as LoopState;
  const outer = outerScope(draft.state, scope) as ScopeInstance;
  const lists = loop.kind === 'multiInstance' ? collected(draft, scope, outer, loop, state) : {};
  const done: LoopState = { ...state, completed: state.completed + 1 };
  const others = draft.scopesOf(token.id).length - 1;
  const enough = loop.kind === 'multiInstance' && isEnough(draft, scope.id, loop, done, others, lists);
  for (const [variable, list] of Object.entries(lists)) assign(draft, outer.id, variable, list);
  clear();
  noteCalled(draft, draft.scope(scope.id), token);
  removeTokens(draft, scope.id);
  removeScope(draft, scope.id);
  if (loop.kind === 'standard') {
    draft.change(token.id, { loop: done });
    return nextTurn(draft, draft.living(token.id), loop);
  }
  draft.change(token.id, { loop: { ...done, collected: inserted(state.collected, placeOf(state, scope), scope.index ?? 0) } });
  goOnAfter(draft, token.id, loop, enough);
}

function noteCalled(draft: Draft, scope: ScopeInstance, token: Token): void {
  if (scope.called !== undefined && scope.called > (token.called ?? 0)) draft.change(token.id, { called: scope.called });
}

/** The lists that an instance adds to, with its values at the place of its item; none where it goes on without effect. */
function collected(draft: Draft, scope: ScopeInstance, outer: ScopeInstance, loop: MultiInstanceRule, state: LoopState): JsonObject {
  const lists: JsonObject = {};
  if (state.released === true) return lists;
  for (const { variable, value } of loop.collect) {
    lists[variable] = inserted(listOf(draft, outer, variable), placeOf(state, scope), valueIn(draft, scope.id, value));
    checkValue(draft, variable, lists[variable]);
  }
  return lists;
}

function placeOf(state: LoopState, scope: ScopeInstance): number {
  return state.collected.filter((other) => other < (scope.index ?? 0)).length;
}

function inserted<T>(list: readonly T[], position: number, value: T): T[] {
  return [...list.slice(0, position), value, ...list.slice(position)];
}

function listOf(draft: Draft, from: ScopeInstance, variable: string): Json[] {
  for (let scope: ScopeInstance | undefined = from; scope !== undefined; scope = outerScope(draft.state, scope)) {
    const value = draft.scope(scope.id).variables[variable];
    if (Array.isArray(value)) return value;
  }
  return [];
}

/** Whether `until` is true, seen from the instance that has ended, or (where one was withdrawn) from outside. */
function isEnough(draft: Draft, scopeId: string, loop: MultiInstanceRule, state: LoopState, active: number, lists: JsonObject): boolean {
  if (loop.until === undefined || state.released === true) return false;
  return isTrue(draft, scopeId, loop.until, {
    ...lists,
    numberOfInstances: state.total,
    numberOfActiveInstances: active,
    numberOfCompletedInstances: state.completed,
    numberOfTerminatedInstances: state.terminated,
  });
}

/** What comes after an instance: the end, where it is enough or nothing is left; else the next one of a sequence. */
function goOnAfter(draft: Draft, tokenId: string, loop: MultiInstanceRule, enough: boolean): void {
  const state = draft.living(tokenId).loop as LoopState;
  const active = draft.scopesOf(tokenId).length;
  if (active === 0 && (state.waiting?.length ?? 0) === 0) return finishLoop(draft, draft.living(tokenId));
  if (enough) return loop.rest === 'ignore' ? release(draft, tokenId) : endLoop(draft, tokenId);
  if (active === 0) startNextItem(draft, tokenId, loop);
}

/** Asks again, where an instance was withdrawn or the loop was stopped between two instances. */
function askAgain(draft: Draft, tokenId: string): void {
  const token = draft.living(tokenId);
  const loop = (draft.node(token) as ActivityNode).loop as MultiInstanceRule;
  const state = token.loop as LoopState;
  const asked = loop.until !== undefined && state.completed > 0;
  goOnAfter(draft, tokenId, loop, asked && isEnough(draft, token.scope, loop, state, draft.scopesOf(tokenId).length, {}));
}

/** Withdraws the instances that are left and ends the activity. */
export function endLoop(draft: Draft, tokenId: string): void {
  const state = draft.living(tokenId).loop as LoopState;
  const open = draft.scopesOf(tokenId);
  for (const scope of open) endScope(draft, scope);
  draft.change(tokenId, { loop: { ...state, terminated: state.terminated + open.length, waiting: [] } });
  finishLoop(draft, draft.living(tokenId));
}

/** What comes after the activity begins, while the instances that are left go on without effect (WCP34). */
function release(draft: Draft, tokenId: string): void {
  const token = draft.living(tokenId);
  const state = token.loop as LoopState;
  disarm(draft, tokenId);
  draft.change(tokenId, { loop: { ...state, released: true } });
  const { loop: _loop, armed: _armed, conditions: _conditions, entered: _entered, holds: _holds, ...thread } = draft.living(tokenId);
  followAll(draft, { ...thread, id: draft.newId() }, draft.node(token).outgoing);
  if (state.waiting !== undefined && draft.scopesOf(tokenId).length === 0) {
    startNextItem(draft, tokenId, (draft.node(token) as ActivityNode).loop as MultiInstanceRule);
  }
}

/** Withdraws one instance; the activity ends with its last one. Returns false where there is none of that number. */
export function removeInstance(draft: Draft, tokenId: string, index: number): boolean {
  const token = draft.living(tokenId);
  const state = token.loop as LoopState;
  const scope = draft.scopesOf(tokenId).find((one) => one.index === index);
  const waitingAt = index - state.next;
  if (scope !== undefined) endScope(draft, scope);
  else if (state.waiting === undefined || waitingAt < 0 || waitingAt >= state.waiting.length) return false;
  const waiting = scope !== undefined ? state.waiting : state.waiting?.filter((_, position) => position !== waitingAt);
  draft.change(tokenId, { loop: { ...state, terminated: state.terminated + 1, ...(waiting === undefined ? {} : { waiting }) } });
  askAgain(draft, tokenId);
  return true;
}

/** The next turn of a standard loop, where its condition asks for one; else its end. */
function nextTurn(draft: Draft, token: Token, loop: StandardLoopRule): void {
  const state = token.loop ?? { total: 0, completed: 0, terminated: 0, next: 1, collected: [] };
  draft.change(token.id, { status: 'waiting', loop: state });
  const asked = loop.test === 'before' || state.completed > 0;
  const goesOn = !asked || isTrue(draft, token.scope, loop.condition, { loopCounter: state.completed });
  if (!goesOn) return finishLoop(draft, draft.living(token.id));
  if (state.completed >= loop.maximum) {
    throw new Stop('too-many-instances', `"${token.node}" has been repeated ${state.completed} times, its maximum`);
  }
  draft.change(token.id, { loop: { ...state, total: state.completed + 1, next: state.completed + 2 } });
  beginInstance(draft, token.id, state.completed + 1, {});
}
