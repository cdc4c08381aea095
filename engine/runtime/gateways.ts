import { type Draft, Stop } from './draft';
import { isTrue } from './expressions';
import { chosenFlows, consume, follow, followAll } from './flow';
import type { Merge, MergePart, Round, Token } from './instance-state';
import { LIMITS } from './limits';
import { isSameMerge } from './lines';
import type { Node, ProcessModel } from './process-model';
import { prepareTrigger, triggerOf } from './triggers';
import { withdrawWork } from './withdraw';

type NodeOf<K extends Node['kind']> = Extract<Node, { kind: K }>;

/** Exactly one flow: the first whose condition is true, else the default (BPMN 2.0, 13.4.2). */
export function exclusive(draft: Draft, token: Token, node: NodeOf<'exclusiveGateway'>): void {
  const { flows } = draft.model(draft.scope(token.scope));
  if (node.outgoing.length <= 1 && flows[node.outgoing[0] ?? '']?.condition === undefined) return followAll(draft, token, node.outgoing);
  const chosen =
    node.outgoing.find((id) => {
      const condition = flows[id]?.condition;
      return id !== node.defaultFlow && condition !== undefined && isTrue(draft, token.scope, condition);
    }) ?? node.defaultFlow;
  if (chosen === undefined) throw new Stop('no-branch-true', `no branch of "${node.id}" is true and none is the default`);
  draft.record(token.scope, node.id, { type: 'branchTaken', flowId: chosen });
  follow(draft, token, chosen);
}

/** Waits for a token by each incoming flow, consumes one of each, and goes on; tokens beyond that wait for the next round. */
export function parallel(draft: Draft, token: Token, node: NodeOf<'parallelGateway'>): void {
  draft.change(token.id, { status: 'joining' });
  const waiting = joining(draft, token.scope, node.id);
  const arrived = node.incoming.map((flow) => waiting.find((other) => other.via === flow));
  if (arrived.some((other) => other === undefined)) return;
  const merged = merge(draft, token, arrived as Token[]);
  followAll(draft, merged, node.outgoing);
}

function joining(draft: Draft, scopeId: string, nodeId: string): Token[] {
  return draft.tokensOf(scopeId).filter((other) => other.node === nodeId && other.status === 'joining');
}

/** Makes one token of several: its line is what theirs have in common. It remembers what they were, but for a join that counts in rounds. */
function merge(draft: Draft, into: Token, tokens: readonly Token[]): Token {
  for (const other of tokens) if (other.id !== into.id) draft.remove('tokens', other.id);
  const line = common(
    tokens.map((other) => other.line ?? []),
    (a, b) => a === b,
  );
  const called = Math.max(0, ...tokens.map((other) => other.called ?? 0));
  const merged = draft.node(into).kind === 'complexGateway' ? [] : mergesAfter(draft, into.node, line, tokens);
  const { line: _line, called: _called, merged: _merged, ...rest } = into;
  return {
    ...rest,
    ...(line.length === 0 ? {} : { line }),
    ...(called === 0 ? {} : { called }),
    ...(merged.length === 0 ? {} : { merged }),
  };
}

/** What a token remembers that comes out of a join: the joins that all of them had come out of, and this one. */
function mergesAfter(draft: Draft, node: string, line: string[], tokens: readonly Token[]): Merge[] {
  const before = common(
    tokens.map(({ merged }) => merged ?? []),
    isSameMerge,
  );
  if (tokens.length < 2) return before;
  const parts = tokens.map(({ via, line: own, called, merged = [] }): MergePart => {
    const since = merged.slice(before.length);
    return {
      ...(via === undefined ? {} : { via }),
      ...(own === undefined ? {} : { line: own }),
      ...(called === undefined ? {} : { called }),
      ...(since.length === 0 ? {} : { merged: since }),
    };
  });
  return [...before, { number: draft.between(), node, line, parts }].slice(-LIMITS.merges);
}

/** What lists have in common at their beginning. */
function common<T>(lists: readonly T[][], same: (a: T, b: T) => boolean): T[] {
  const [first = [], ...others] = lists;
  let length = 0;
  while (length < first.length && others.every((list) => length < list.length && same(list[length] as T, first[length] as T))) length += 1;
  return first.slice(0, length);
}

/** A split takes every flow whose condition is true; a join waits for whatever can still come (see {@link fireInclusiveJoins}). */
export function inclusive(draft: Draft, token: Token, node: NodeOf<'inclusiveGateway'>): void {
  if (node.incoming.length > 1) {
    draft.change(token.id, { status: 'joining' });
    return;
  }
  followAll(draft, token, chosenFlows(draft, token, node, node.defaultFlow));
}

/**
 * Fires an inclusive join that nothing can reach any more by an incoming flow on which no token waits; returns whether there was one (BPMN
 * 2.0, 13.4.3): a token counts as on its way where it can come to an empty incoming flow, and cannot come to one on which a token waits.
 */
export function fireInclusiveJoins(draft: Draft, scopeId: string): Token | undefined {
  if (draft.state.scopes[scopeId] === undefined) return undefined;
  const model = draft.model(draft.scope(scopeId));
  const tokens = draft.tokensOf(scopeId).filter(({ listens }) => listens !== true);
  for (const token of tokens) {
    const node = model.nodes[token.node] as Node;
    if (token.status !== 'joining' || node.kind !== 'inclusiveGateway') continue;
    const here = tokens.filter((other) => other.status === 'joining' && other.node === node.id);
    const ways = waysTo(model, node.id);
    const full = new Set(here.map(({ via }) => via));
    const awaited = tokens.some((other) => {
      if (other.node === node.id && other.status === 'joining') return false;
      const reached = ways.get(other.node);
      if (reached === undefined) return false;
      const flows = [...reached];
      return flows.some((flow) => !full.has(flow)) && !flows.some((flow) => full.has(flow));
    });
    if (awaited) continue;
    const one = node.incoming.flatMap((flow) => here.find(({ via }) => via === flow) ?? []);
    return merge(draft, one[0] as Token, one);
  }
  return undefined;
}

/** Sends a token on that came out of an inclusive join. */
export function leaveInclusive(draft: Draft, token: Token): void {
  const node = draft.node(token) as NodeOf<'inclusiveGateway'>;
  followAll(draft, token, chosenFlows(draft, token, node, node.defaultFlow));
}

const knownWays = new WeakMap<ProcessModel, Map<string, Map<string, Set<string>>>>();

/**
 * By which incoming flows of a gateway a token at each node can come to it, without passing it: node to flows. An activity leads to its boundary
 * events as well, a link to its target. Computed once for a model and gateway.
 */
function waysTo(model: ProcessModel, gateway: string): Map<string, Set<string>> {
  const ofModel = knownWays.get(model) ?? new Map<string, Map<string, Set<string>>>();
  knownWays.set(model, ofModel);
  const known = ofModel.get(gateway);
  if (known !== undefined) return known;
  const ways = new Map<string, Set<string>>();
  for (const flow of model.nodes[gateway]?.incoming ?? []) {
    const open = [model.flows[flow]?.from as string];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (id === gateway || ways.get(id)?.has(flow) === true) continue;
      ways.set(id, (ways.get(id) ?? new Set()).add(flow));
      open.push(...sourcesOf(model, id));
    }
  }
  ofModel.set(gateway, ways);
  return ways;
}

/** The nodes from which a token comes to a node in one move. */
function sourcesOf(model: ProcessModel, id: string): string[] {
  const node = model.nodes[id] as Node;
  const sources = node.incoming.map((flow) => model.flows[flow]?.from as string);
  if (node.kind === 'boundaryEvent') sources.push(node.attachedTo);
  if (node.kind === 'intermediateCatchEvent' && node.trigger.kind === 'link') {
    const { name } = node.trigger;
    for (const other of Object.values(model.nodes)) {
      const throws = 'throws' in other ? other.throws : undefined;
      if (throws?.kind === 'link' && throws.name === name && other.parent === node.parent) sources.push(other.id);
    }
  }
  return sources;
}

/** Counts arrivals in rounds: see the node kind in the process model. Arrivals before the one that is needed wait, those after it are swallowed. */
export function complex(draft: Draft, token: Token, node: NodeOf<'complexGateway'>): void {
  if (node.of <= 1) return followAll(draft, token, chosenFlows(draft, token, node, node.defaultFlow));
  const round = draft.scope(token.scope).joins?.[node.id];
  const waiting = joining(draft, token.scope, node.id);
  const via = token.via ?? '';
  const arrived = [...(round?.flows ?? []), ...waiting.map((other) => other.via ?? '')];
  if (node.rest === 'block' && hasHadItsTurn(node, arrived, via)) return void draft.change(token.id, { status: 'blocked' });
  if (round !== undefined) {
    const flows = [...round.flows, via];
    setRound(draft, token.scope, node, { ...round, flows });
    return consume(draft, token);
  }
  if (arrived.length + 1 < node.need) return void draft.change(token.id, { status: 'joining' });
  // a condition that fails stops the token before it is counted
  const flows = chosenFlows(draft, token, node, node.defaultFlow);
  const merged = outOfRound(merge(draft, token, [token, ...waiting]), waiting.length);
  if (node.rest === 'cancel') cancelOthers(draft, token, node);
  else setRound(draft, token.scope, node, { flows: [...arrived, via], number: draft.between(), line: merged.line ?? [] });
  followAll(draft, merged, flows);
}

/** What goes on with a single arrival does not descend from its branch alone: the branch is not done again by itself. */
function outOfRound(token: Token, others: number): Token {
  const { line, ...rest } = token;
  if (others > 0 || line === undefined) return token;
  const before = line.slice(0, -1);
  return before.length === 0 ? rest : { ...rest, line: before };
}

/** Keeps a round, or ends it with its last arrival: what was blocked begins the next one. */
function setRound(draft: Draft, scopeId: string, node: NodeOf<'complexGateway'>, round: Round): void {
  const scope = draft.scope(scopeId);
  const { [node.id]: _round, ...others } = scope.joins ?? {};
  const complete = round.flows.length >= node.of;
  draft.put('scopes', { ...scope, joins: complete ? others : { ...others, [node.id]: round } });
  if (!complete) return;
  for (const other of draft.tokensOf(scopeId)) if (other.node === node.id && other.status === 'blocked') draft.schedule(other);
}

/** In a round each flow has its turn once; where there are more arrivals than flows, they share them. */
function hasHadItsTurn(node: NodeOf<'complexGateway'>, arrived: readonly string[], via: string): boolean {
  const turns = Math.ceil(node.of / Math.max(1, node.incoming.length));
  return arrived.filter((flow) => flow === via).length >= turns;
}

/**
 * Withdraws the tokens of the scope that could still come to a join: those on their way from the fork. One that could come by every flow is
 * before the fork, or would have to go through it again, and stays.
 */
function cancelOthers(draft: Draft, token: Token, node: NodeOf<'complexGateway'>): void {
  const ways = waysTo(draft.model(draft.scope(token.scope)), node.id);
  for (const other of draft.tokensOf(token.scope)) {
    const flows = ways.get(other.node);
    const here = other.node === node.id && other.status === 'ready';
    if (other.id === token.id || other.listens === true || draft.token(other.id) === undefined) continue;
    if (!here && (flows === undefined || (node.incoming.length > 1 && flows.size === node.incoming.length))) continue;
    withdrawWork(draft, other.id);
    draft.remove('tokens', other.id);
  }
}

/** Waits for the first of the events that its flows lead to (BPMN 2.0, 13.4.4). */
export function eventBased(draft: Draft, token: Token, node: NodeOf<'eventBasedGateway'>): void {
  const model = draft.model(draft.scope(token.scope));
  const effects = node.outgoing.map((flow) => {
    const target = model.nodes[model.flows[flow]?.to ?? ''] as Node;
    const trigger = triggerOf(target);
    if (trigger === undefined) throw new Error(`invariant: "${target.id}" waits for nothing`);
    return prepareTrigger(draft, token.id, trigger, target.id);
  });
  draft.change(token.id, { status: 'waiting' });
  for (const effect of effects) effect();
}
