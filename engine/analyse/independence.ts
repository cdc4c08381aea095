import type { InstanceState, Token } from '../runtime/instance-state';
import type { EventTrigger, Node, ThrowRule } from '../runtime/process-model';
import type { AnalysisModel } from './analysis-model';
import { besideIn, isBeside } from './beside';
import type { Possible } from './happenings';
import { namesWrittenAt } from './writers';

/** What one way in which a happening turned out has led to. */
export interface Turn {
  state: InstanceState;
  /** The nodes to which tokens came meanwhile. */
  nodes: readonly string[];
}

/** What the places have in common that a token can still come to. */
interface Ahead {
  nodes: ReadonlySet<string>;
  reads: ReadonlySet<string>;
  writes: ReadonlySet<string>;
}

/** Nodes at which a token waits for something that is about itself alone. */
const waitingKinds: ReadonlySet<Node['kind']> = new Set(['userTask', 'serviceTask', 'receiveTask', 'intermediateCatchEvent']);

/**
 * Tells where it makes no difference whether what may happen to one token happens before or after all that may happen to the others: then the
 * search tries that alone (a partial-order reduction with persistent sets). A token may go first where nothing that the others can still come to reads
 * or writes what it does, or leads through where it is, where it changes nothing of theirs, and where it moves away from where it was for good. So
 * every node that can be reached is reached, and a case can end from the states that are left if and only if it can from those that are left out.
 * In a process in which a step looks at what others do (milestones, critical sections, joins that wait for what is on its way, undoing, returning),
 * all orders are tried.
 */
export class Independence {
  readonly #nodes: Readonly<Record<string, Node>>;
  readonly #orderMatters: boolean;
  readonly #ahead = new Map<string, Ahead>();
  /** Where steps may be whose being open keeps an event that does not interrupt from happening again. */
  readonly #beside: ReadonlySet<string>;
  /** Messages and signals that one node hears, and others that several hear or the process itself throws. */
  readonly #heard = new Set<string>();
  readonly #shared = new Set<string>();
  readonly #reads = new Map<string, string[]>();

  constructor(private readonly model: AnalysisModel) {
    const { original, readers, hasReturns } = model;
    this.#nodes = original.nodes;
    const nodes = Object.values(original.nodes);
    this.#orderMatters = hasReturns || nodes.some(looksAtOthers);
    this.#beside = besideIn(original.nodes, model.followers);
    for (const node of Object.values(Object.values(model.closure.models)[0]?.nodes ?? {})) {
      const name = heardAt(node);
      if (name !== undefined) (this.#heard.has(name) ? this.#shared : this.#heard).add(name);
      const thrown = 'throws' in node && node.throws?.kind === 'signal' ? node.throws.name : undefined;
      if (thrown !== undefined) this.#shared.add(textOf(thrown));
    }
    for (const [name, at] of readers) for (const node of at) this.#reads.set(node, [...(this.#reads.get(node) ?? []), name]);
  }

  /** Whether the token may go first, as far as that can be seen before it goes. `possible`: all that may happen to it. */
  mayGoFirst(state: InstanceState, id: string, possible: readonly Possible[]): boolean {
    const token = state.tokens[id];
    if (this.#orderMatters || token === undefined || token.status !== 'waiting' || isSpecial(token)) return false;
    const node = this.#nodes[token.node];
    if (node === undefined || !waitingKinds.has(node.kind) || !('boundary' in node || node.kind === 'intermediateCatchEvent')) return false;
    if ('boundary' in node && (node.loop !== undefined || node.boundary.some((event) => isBeside(this.#nodes[event])))) return false;
    if (node.kind === 'userTask' && node.signing !== undefined) return false;
    if (!possible.every(({ happening }) => this.#isItsOwn(happening))) return false;
    return !this.#othersAhead(state, id).some(({ nodes }) => nodes.has(token.node));
  }

  /** Whether the token has gone where nothing of the others can make a difference, in every way in which its happenings have turned out. */
  isLocal(before: InstanceState, id: string, turns: readonly Turn[]): boolean {
    const from = before.tokens[id];
    if (from === undefined || turns.length === 0) return false;
    const others = this.#othersAhead(before, id);
    return turns.every((turn) => this.#isLocalTurn(before, from, turn, others));
  }

  #isLocalTurn(before: InstanceState, from: Token, { state, nodes }: Turn, others: readonly Ahead[]): boolean {
    if (state.status !== 'active' || Object.keys(state.incidents).length > 0) return false;
    if (!leavesOthers(before, state, from.id)) return false;
    const arrived = Object.values(state.tokens).filter(({ id }) => id === from.id || before.tokens[id] === undefined);
    const joins = new Set(arrived.flatMap((token) => (this.#joins(token) ? [token.node] : [])));
    const touched = [from.node, ...nodes, ...arrived.map(({ node }) => node)];
    if (touched.some((node) => this.#throwsHeard(node))) return false;
    // who listens first, or soon enough, hears what others do not
    if (Object.values(state.subscriptions).some(({ id, name }) => before.subscriptions[id] === undefined && this.#shared.has(name)))
      return false;
    if (touched.some((node) => !joins.has(node) && others.some((ahead) => ahead.nodes.has(node)))) return false;
    if (arrived.some((token) => this.#aheadOf(token.node, false).nodes.has(from.node))) return false;
    const reads = touched.flatMap((node) => this.#reads.get(node) ?? []);
    const writes = touched.flatMap((node) => this.#writesAt(node));
    return others.every(
      (ahead) => !reads.some((name) => ahead.writes.has(name)) && !writes.some((name) => ahead.reads.has(name) || ahead.writes.has(name)),
    );
  }

  /** Waits at a join for the others, in whatever order they come. */
  #joins({ node, status }: Token): boolean {
    return status === 'joining' && this.#nodes[node]?.kind === 'parallelGateway' && !this.#beside.has(node);
  }

  #isItsOwn(happening: Possible['happening']): boolean {
    if (happening.kind === 'message' || happening.kind === 'signal') return !this.#shared.has(happening.name);
    return ['complete', 'timer', 'answer', 'error'].includes(happening.kind);
  }

  #throwsHeard(id: string): boolean {
    const node = this.#nodes[id];
    const throws: ThrowRule | undefined = node !== undefined && 'throws' in node ? node.throws : undefined;
    return throws?.kind === 'signal' && this.#heard.has(textOf(throws.name));
  }

  #othersAhead({ tokens, scopes }: InstanceState, id: string): Ahead[] {
    const around = new Set(Object.values(scopes).flatMap(({ caller }) => (caller === undefined ? [] : [caller])));
    return Object.values(tokens).flatMap((token) => {
      if (token.id === id) return [];
      return [this.#aheadOf(token.node, around.has(token.id) && token.loop === undefined)];
    });
  }

  /** What is ahead of a token at a node; `around`: at a sub-process that has begun, it comes in no more, and what is inside has tokens of its own. */
  #aheadOf(id: string, around: boolean): Ahead {
    const key = around ? `${id} around` : id;
    const known = this.#ahead.get(key);
    if (known !== undefined) return known;
    const node = this.#nodes[id];
    const entries = new Set(around && node?.kind === 'subProcess' ? node.entries : []);
    const first = this.model.followers(id).filter((next) => !entries.has(next));
    const nodes = new Set(around ? [id, ...after(first, this.model)] : after([id], this.model));
    const found: Ahead = {
      nodes,
      reads: new Set([...nodes].flatMap((one) => this.#reads.get(one) ?? [])),
      writes: new Set([...nodes].flatMap((one) => this.#writesAt(one))),
    };
    this.#ahead.set(key, found);
    return found;
  }

  #writesAt(id: string): string[] {
    const node = this.#nodes[id];
    return node === undefined ? [] : namesWrittenAt(node).filter((name) => this.model.relevant.has(name));
  }
}

/** The nodes to which a token can come from some, and these. */
function after(ids: readonly string[], { followers }: AnalysisModel): Set<string> {
  const found = new Set(ids);
  for (const id of found) for (const next of followers(id)) found.add(next);
  return found;
}

function isSpecial({ listens, instance, loop, detour, undoes, undo, conditions, holds, left }: Token): boolean {
  return [listens, instance, loop, detour, undoes, undo, conditions, holds, left].some((mark) => mark !== undefined);
}

/** Whether what happens at a node depends on what others do, or undoes it. */
function looksAtOthers(node: Node): boolean {
  const trigger: EventTrigger | undefined = 'trigger' in node ? node.trigger : undefined;
  const throws: ThrowRule | undefined = 'throws' in node ? node.throws : undefined;
  if (trigger?.kind === 'compensation' || trigger?.kind === 'cancel') return true;
  if (throws?.kind === 'compensation' || throws?.kind === 'cancel') return true;
  if (node.kind === 'inclusiveGateway' || node.kind === 'complexGateway') return node.incoming.length > 1;
  if (node.kind === 'subProcess' && (node.adHoc !== undefined || node.variant === 'transaction')) return true;
  if (!('boundary' in node)) return false;
  if (node.compensation !== undefined || node.forCompensation === true) return true;
  return node.mutex !== undefined || node.milestone !== undefined || (node.cancels ?? []).length > 0;
}

function heardAt(node: Node): string | undefined {
  if (node.kind === 'receiveTask') return textOf(node.message.name);
  const trigger: EventTrigger | undefined = 'trigger' in node ? node.trigger : undefined;
  if (trigger?.kind === 'message') return textOf(trigger.message.name);
  return trigger?.kind === 'signal' ? textOf(trigger.name) : undefined;
}

function textOf(name: string | { text: string }): string {
  return typeof name === 'string' ? name : name.text;
}

/** Whether a step from one state to another has touched nothing but one token and what came out of it. */
function leavesOthers(before: InstanceState, now: InstanceState, id: string): boolean {
  for (const token of Object.values(before.tokens)) {
    if (token.id === id) continue;
    const same = now.tokens[token.id];
    if (same === undefined || (same !== token && JSON.stringify(same) !== JSON.stringify(token))) return false;
  }
  for (const scope of Object.keys(before.scopes)) if (now.scopes[scope] === undefined) return false;
  return (['tasks', 'jobs', 'timers', 'subscriptions', 'signings'] as const).every(
    (table) => held(before[table], before, id) === held(now[table], before, id),
  );
}

/** The ids of what tokens other than one have in a table, of those that were there before. */
function held(table: Record<string, { id: string; token: string }>, before: InstanceState, id: string): string {
  return Object.values(table)
    .flatMap((one) => (one.token === id || before.tokens[one.token] === undefined ? [] : [one.id]))
    .sort()
    .join();
}
