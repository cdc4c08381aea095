import type { Json, JsonObject } from '../json';
import type { InstanceState, ScopeInstance, Token } from '../runtime/instance-state';
import type { AnalysisModel } from './analysis-model';

/**
 * A text that is the same for states that go on in the same ways: where tokens stand and what they wait for, and the variables that decide ways yet to come.
 * Ids, times, people and how often something has been are left out.
 */
export function canonicalOf(state: InstanceState, model: AnalysisModel): string {
  if (state.status !== 'active') return state.status;
  return new Canonical(state, model).text();
}

class Canonical {
  readonly #tokens = new Map<string, Token[]>();
  readonly #inner = new Map<string, ScopeInstance[]>();
  readonly #marks = new Map<string, string[]>();
  /** The names that may still be read; what others hold does not matter any more. */
  readonly #live: readonly string[];
  #root: ScopeInstance | undefined;

  constructor(
    private readonly state: InstanceState,
    private readonly model: AnalysisModel,
  ) {
    this.#live = this.#liveNames();
    for (const token of Object.values(state.tokens)) append(this.#tokens, token.scope, token);
    for (const scope of Object.values(state.scopes)) {
      if (scope.caller === undefined) this.#root = scope;
      else append(this.#inner, scope.caller, scope);
    }
    for (const timer of Object.values(state.timers))
      append(this.#marks, timer.token, `t${'node' in timer.purpose ? timer.purpose.node : timer.purpose.kind}`);
    for (const { token, name, event } of Object.values(state.subscriptions)) append(this.#marks, token, `s${event ?? ''}${name}`);
    for (const { token, node } of Object.values(state.jobs)) append(this.#marks, token, `j${node}`);
    for (const task of Object.values(state.tasks)) append(this.#marks, task.token, `u${this.#signer(task.signing, task.signer)}`);
    for (const { token, signers } of Object.values(state.signings)) {
      append(this.#marks, token, signers.map((one) => `${one.role ?? ''}${one.user ?? ''}${one.state}${one.outcome ?? ''}`).join());
    }
    for (const { token, code } of Object.values(state.incidents)) append(this.#marks, token, `i${code}`);
  }

  #liveNames(): string[] {
    const { tokens, scopes } = this.state;
    const joins = Object.values(scopes).flatMap((scope) => Object.keys(scope.joins ?? {}));
    const nodes = new Set([...Object.values(tokens).map(({ node }) => node), ...joins]);
    const names = [...nodes].map((node) => this.model.liveAt(node));
    return [...this.model.relevant].filter((name) => names.some((live) => live === undefined || live.has(name)));
  }

  text(): string {
    const done = Object.values(this.state.done).flatMap(({ node, retracted }) => (retracted === true ? [] : [node]));
    const undoable = Object.values(this.state.undoables).map(({ node }) => node);
    const root = this.#root === undefined ? '' : this.#scope(this.#root);
    return `${root}|${this.model.hasReturns ? [...new Set(done)].sort().join() : ''}|${undoable.sort().join()}`;
  }

  #signer(signing: string | undefined, signer: string | undefined): string {
    const found = signing === undefined ? undefined : this.state.signings[signing]?.signers.find(({ id }) => id === signer);
    return found === undefined ? '' : `${found.role ?? ''}${found.user ?? ''}`;
  }

  #scope(scope: ScopeInstance): string {
    const tokens = (this.#tokens.get(scope.id) ?? []).map((token) => this.#token(token)).sort();
    const joins = Object.entries(scope.joins ?? {}).map(([node, { flows }]) => `${node}:${[...flows].sort().join()}`);
    const marks = `${scope.interrupted === true ? '!' : ''}${scope.enough === true ? '+' : ''}${scope.undoing === true ? '~' : ''}`;
    return `{${marks}${joins.join()}${this.#variables(scope)}[${tokens.join(';')}]}`;
  }

  #variables(scope: ScopeInstance): string {
    let text = '';
    for (const name of this.#live) {
      if (Object.hasOwn(scope.variables, name)) text += `${name}=${this.#value(name, scope.variables[name] as Json)},`;
    }
    return text;
  }

  #value(name: string, value: Json): string {
    const ceiling = typeof value === 'number' ? this.model.domains.ceilingOf(name) : undefined;
    if (typeof value === 'number' && ceiling !== undefined) return String(Math.max(-ceiling, Math.min(ceiling, value)));
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return JSON.stringify(value);
    const { signatures: _signatures, ...rest } = value as JsonObject;
    return JSON.stringify(rest);
  }

  #token(token: Token): string {
    const parts = [token.node, token.status];
    if (token.status === 'joining' || token.status === 'blocked') parts.push(token.via ?? '');
    if (token.conditions !== undefined) parts.push(JSON.stringify(token.conditions));
    for (const mark of ['listens', 'instance', 'entered', 'left'] as const) if (token[mark] === true) parts.push(mark);
    if (token.loop !== undefined) {
      const { total, completed, terminated, waiting, released } = token.loop;
      parts.push(`${total - completed - terminated}/${waiting?.length ?? ''}/${released ?? ''}`);
    }
    if (token.holds !== undefined) parts.push(`h${token.holds}`);
    if (token.detour !== undefined) parts.push(`d${this.state.tokens[token.detour.token]?.node ?? ''}`);
    if (token.undoes !== undefined) parts.push('undoes');
    if (token.undo !== undefined) parts.push(`q${token.undo.queue.length}`);
    parts.push(...(this.#marks.get(token.id) ?? []).sort());
    const inner = this.#inner.get(token.id);
    if (inner !== undefined) parts.push(...inner.map((scope) => this.#scope(scope)).sort());
    return parts.join(' ');
  }
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
