import type { Draft } from './draft';
import type { DoneTask, InstanceState, ScopeInstance, Token } from './instance-state';
import { outerScope } from './scopes';

/**
 * Whether something descends from what was done at a line with a number: its line begins with that line and goes on with nothing, or with a
 * fork that did not come before. Forks and deeds are numbered by one counter.
 */
export function descendsFrom(line: readonly string[], done: Pick<DoneTask, 'line' | 'number'>): boolean {
  if (line.length < done.line.length || !done.line.every((fork, index) => line[index] === fork)) return false;
  const next = line[done.line.length];
  return next === undefined || Number(next) >= done.number;
}

/** The token that stands for another one in a scope around it: itself there, or the caller of the scope that it is in. */
export function standsFor(state: Pick<InstanceState, 'scopes' | 'tokens'>, token: Token, scopeId: string): Token | undefined {
  let at = token;
  for (let scope: ScopeInstance | undefined = state.scopes[token.scope]; scope !== undefined; scope = outerScope(state, scope)) {
    if (scope.id === scopeId) return at;
    const caller: Token | undefined = scope.caller === undefined ? undefined : state.tokens[scope.caller];
    if (caller === undefined) return undefined;
    at = caller;
  }
  return undefined;
}

/** The tokens of a scope that descend from what was done there. */
export function descendants(draft: Draft, done: Pick<DoneTask, 'scope' | 'line' | 'number'>): Token[] {
  return draft.tokensOf(done.scope).filter((token) => token.listens !== true && descendsFrom(token.line ?? [], done));
}

/** What was done before is done no more, as far as it descends from a task that is to be done again. */
export function retract(draft: Draft, from: DoneTask): void {
  for (const done of Object.values(draft.state.done)) {
    if (done.number < from.number || !isWithin(draft, done, from)) continue;
    draft.put('done', { ...done, retracted: true });
  }
}

function isWithin(draft: Draft, done: DoneTask, from: DoneTask): boolean {
  if (done.scope === from.scope) return descendsFrom(done.line, from);
  const scope = draft.state.scopes[done.scope];
  // what was done in a scope that is gone cannot be returned to
  if (scope === undefined) return false;
  for (let at: ScopeInstance | undefined = scope; at !== undefined; at = outerScope(draft.state, at)) {
    const caller = at.caller === undefined ? undefined : draft.state.tokens[at.caller];
    if (caller?.scope === from.scope) return descendsFrom(caller.line ?? [], from);
  }
  return false;
}
