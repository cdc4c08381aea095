import type { Json, JsonObject } from '../json';
import { currentState } from './earlier-state';
import type { EngineCommand, EngineEvent } from './events';
import type { IncidentCode, InstanceState, ScopeInstance, Token } from './instance-state';
import type { ModelClosure, Node, ProcessModel } from './process-model';
import type { EngineRecord, RecordBody } from './records';
import { growth, sizeOf, variableChars } from './values';

type Tables = Pick<
  InstanceState,
  'scopes' | 'tokens' | 'tasks' | 'jobs' | 'timers' | 'subscriptions' | 'incidents' | 'signings' | 'done' | 'undoables'
>;
type OfToken = 'tasks' | 'jobs' | 'timers' | 'subscriptions' | 'incidents' | 'signings';
type TableName = keyof Tables;
type Entity<T extends TableName> = Tables[T][string];

/** A token came to a node of a process, by a flow or without one: what coverage counts. It is kept nowhere. */
export interface Passage {
  process: string;
  node: string;
  flow?: string;
}

/** Thrown inside a transition to stop one token; the token loop turns it into an incident. Never leaves the engine. */
export class Stop extends Error {
  constructor(
    readonly code: IncidentCode,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The state while one event is applied: a copy of what is touched, nothing else, so that the state before stays as it was. It also gathers
 * what the transition did (records) and what the host must do (commands).
 */
export class Draft {
  readonly records: EngineRecord[] = [];
  readonly commands: EngineCommand[] = [];
  /** Where tokens came, in order. */
  readonly passed: Passage[] = [];
  /** Instances of repeated activities that this transition has begun. */
  begun = 0;
  /** Ids of tokens to execute, in order. */
  readonly ready: string[] = [];
  /** Scopes whose variables changed since the waiting conditions were last asked. */
  changedScopes = new Set<string>();
  readonly #before: InstanceState;
  /** Characters of all variables, once somebody has asked for them. */
  #variableChars: number | undefined;
  /** The value that was measured last. */
  #measured: { value: Json; chars: number } = { value: null, chars: 4 };
  readonly state: InstanceState;
  /** Who the records name: the user of a request, `system` for a fact. */
  actor: string;
  readonly nowMs: number;

  constructor(
    readonly closure: ModelClosure,
    before: InstanceState,
    readonly event: EngineEvent,
  ) {
    this.nowMs = Math.max(before.nowMs, event.atMs);
    this.actor = 'actor' in event ? event.actor.user : 'system';
    const follows = before === latest?.state;
    this.#before = follows ? before : currentState(before);
    this.#variableChars = follows ? latest?.variableChars : undefined;
    this.state = nextState(this.#before, this.nowMs);
  }

  #own<T extends TableName>(table: T): Tables[T] {
    const mine = this.state[table] as Tables[T];
    if (mine !== this.#before[table]) return mine;
    const copy = { ...mine };
    (this.state as Tables)[table] = copy;
    return copy;
  }

  /** Writes an entity whole; entities themselves are never changed in place. */
  put<T extends TableName>(table: T, entity: Entity<T>): void {
    if (table === 'scopes') this.#measureScope(entity.id, (entity as ScopeInstance).variables);
    (this.#own(table) as Record<string, Entity<T>>)[entity.id] = entity;
  }

  remove<T extends TableName>(table: T, id: string): void {
    if (table === 'scopes') this.#measureScope(id, undefined);
    delete (this.#own(table) as Record<string, Entity<T>>)[id];
  }

  /** Counts the variables that a scope has from now on. */
  #measureScope(id: string, variables: JsonObject | undefined): void {
    const before = this.state.scopes[id]?.variables;
    if (this.#variableChars === undefined || variables === before) return;
    this.#variableChars += (variables === undefined ? 0 : sizeOf(variables)) - (before === undefined ? 0 : sizeOf(before));
  }

  /** Characters of all variables of the case. */
  variableChars(): number {
    this.#variableChars ??= variableChars(this.state.scopes);
    return this.#variableChars;
  }

  /** Characters of a value; on its way into a variable the same one is asked for several times. */
  sizeOf(value: Json): number {
    if (this.#measured.value !== value) this.#measured = { value, chars: sizeOf(value) };
    return this.#measured.chars;
  }

  /** Remembers what is known of the state, whose next transition is most often the next of all. */
  finish(): void {
    latest = { state: this.state, variableChars: this.#variableChars };
  }

  newId(): string {
    const id = this.state.nextId;
    this.state.nextId = id + 1;
    return String(id);
  }

  /** A number between all ids that were given and all that will be: orders what happens without taking an id. */
  between(): number {
    return this.state.nextId - 0.5;
  }

  /** The key under which an entity is known outside of the case. */
  publicKey(id: string): string {
    return `${this.state.instanceKey}-${id}`;
  }

  scope(id: string): ScopeInstance {
    const scope = this.state.scopes[id];
    if (scope === undefined) throw new Error(`invariant: there is no scope "${id}"`);
    return scope;
  }

  model(scope: ScopeInstance): ProcessModel {
    const model = this.closure.models[scope.model];
    if (model === undefined) throw new Error(`invariant: the closure has no model "${scope.model}"`);
    return model;
  }

  token(id: string): Token | undefined {
    return this.state.tokens[id];
  }

  node(token: Token): Node {
    return nodeOf(this.model(this.scope(token.scope)), token.node);
  }

  /** The token as it is now; it must be there. */
  living(id: string): Token {
    const token = this.state.tokens[id];
    if (token === undefined) throw new Error(`invariant: there is no token "${id}"`);
    return token;
  }

  /** Changes a token that is there. */
  change(id: string, part: Partial<Token>): Token {
    const token = changed(this.living(id), part);
    this.put('tokens', token);
    return token;
  }

  /** Takes marks off a token that is there. */
  unmark(id: string, ...marks: (keyof Token)[]): Token {
    const before = this.living(id);
    let token: Token | undefined;
    for (const mark of marks) {
      if (before[mark] === undefined) continue;
      token ??= { ...before };
      delete token[mark];
    }
    if (token === undefined) return before;
    this.put('tokens', token);
    return token;
  }

  /** Places a token to be executed in this transition. */
  schedule(token: Token): void {
    const { node, via } = token;
    const process = this.scope(token.scope).processId;
    this.passed.push(via === undefined ? { process, node } : { process, node, flow: via });
    this.put('tokens', token.status === 'ready' ? token : changed(token, { status: 'ready' }));
    this.ready.push(token.id);
  }

  record(scopeId: string, elementId: string | undefined, body: RecordBody): void {
    // a body is made for its record; giving it a head costs a quarter of copying both
    const record = body as EngineRecord;
    record.atMs = this.nowMs;
    record.actor = this.actor;
    record.instanceKey = this.scope(scopeId).instanceKey;
    if (elementId !== undefined) record.elementId = elementId;
    this.records.push(record);
  }

  /** A fact that came too late: it is recorded at the root and does nothing. */
  recordIgnored(fact: string, reason: string): void {
    const head = { atMs: this.nowMs, actor: this.actor, instanceKey: this.state.instanceKey };
    this.records.push({ ...head, type: 'factIgnored', fact, reason });
  }

  /** Merges variables into one scope and records them. Sizes and types are checked where the values come in. */
  setVariables(scopeId: string, variables: JsonObject): void {
    const scope = this.scope(scopeId);
    const chars = this.#variableChars;
    const grown = chars === undefined ? undefined : chars + growth(scope.variables, variables, (value) => this.sizeOf(value));
    this.#variableChars = undefined;
    this.put('scopes', changed(scope, { variables: { ...scope.variables, ...variables } }));
    this.#variableChars = grown;
    this.changedScopes.add(scopeId);
    this.record(scopeId, undefined, { type: 'variablesSet', variables, ...this.scopeMark(scope) });
  }

  /** What a record says of a scope that has variables of its own inside a process instance. */
  scopeMark(scope: ScopeInstance): { scopeKey?: string } {
    return scope.kind === 'process' ? {} : { scopeKey: this.publicKey(scope.id) };
  }

  /** The entities of a table that belong to a token, in order of their ids. */
  ofToken<T extends OfToken>(table: T, tokenId: string): Entity<T>[] {
    const found: Entity<T>[] = [];
    for (const entity of Object.values(this.state[table]) as Entity<T>[]) if (entity.token === tokenId) found.push(entity);
    return found;
  }

  tokensOf(scopeId: string): Token[] {
    return Object.values(this.state.tokens).filter((token) => token.scope === scopeId);
  }

  /** The scopes that are a token's work: of a call or a sub-process one, of a repeated activity its instances, in order. */
  scopesOf(tokenId: string): ScopeInstance[] {
    return Object.values(this.state.scopes).filter(({ caller }) => caller === tokenId);
  }
}

/** The state that the latest transition gave. It holds nothing that cannot be computed anew. */
let latest: { state: InstanceState; variableChars: number | undefined } | undefined;

/** An entity with some members changed or added. Spreading it and adding a member takes ten times as long. */
export function changed<T extends object>(entity: T, part: Partial<T>): T {
  return Object.assign({}, entity, part);
}

/** The state of before, one transition later. Its members are listed, since spreading an object of so many takes many times as long. */
function nextState(before: InstanceState, nowMs: number): InstanceState {
  const state: InstanceState = {
    semantics: before.semantics,
    instanceKey: before.instanceKey,
    dealership: before.dealership,
    status: before.status,
    sequence: before.sequence + 1,
    nextId: before.nextId,
    startedAtMs: before.startedAtMs,
    startedBy: before.startedBy,
    nowMs,
    scopes: before.scopes,
    tokens: before.tokens,
    tasks: before.tasks,
    jobs: before.jobs,
    timers: before.timers,
    subscriptions: before.subscriptions,
    incidents: before.incidents,
    signings: before.signings,
    done: before.done,
    undoables: before.undoables,
  };
  if (before.suspended !== undefined) state.suspended = before.suspended;
  if (before.held !== undefined) state.held = before.held;
  return state;
}

export function nodeOf(model: ProcessModel, nodeId: string): Node {
  const node = model.nodes[nodeId];
  if (node === undefined) throw new Error(`invariant: "${model.id}" has no node "${nodeId}"`);
  return node;
}
