import type { Draft } from './draft';
import { createToken } from './flow';
import type { DoneTask, InstanceState, Merge, MergePart, ScopeInstance, Token } from './instance-state';
import { outerScope } from './scopes';
import { withdrawWork } from './withdraw';

/**
 * Whether something descends from what was done at a line with a number: its line begins with that line and goes on with nothing, or with a
 * fork that did not come before. Forks and deeds are numbered by one counter.
 */
function descendsFrom(line: readonly string[], done: Pick<DoneTask, 'line' | 'number'>): boolean {
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

/** A join between what was done and a token that descends from it: the branch by which it came there, and the joins before that one. */
interface Crossing {
  merge: Merge;
  part: MergePart;
  before: Merge[];
}

/** What a token descends from, with the joins that lie between, the latest first. */
export interface Descent {
  done: DoneTask;
  crossings: Crossing[];
  /** The joins that the token of the task had come out of when it was done. */
  merged: Merge[];
}

/** How a token descends from what was done: along its line, or by a branch of a join that it came out of; undefined where it does not. */
export function descentFrom(token: Pick<Token, 'line' | 'merged'>, done: DoneTask): Descent | undefined {
  const { line = [], merged = [] } = token;
  if (descendsFrom(line, done)) return { done, crossings: [], merged: merged.filter(({ number }) => number < done.number) };
  for (const [index, merge] of [...merged.entries()].reverse()) {
    for (const part of merge.parts) {
      const inner = descentFrom(part, done);
      if (inner === undefined) continue;
      const before = merged.slice(0, index);
      const crossings = inner.crossings.map((crossing) => ({ ...crossing, before: [...before, ...crossing.before] }));
      return { done, crossings: [{ merge, part, before }, ...crossings], merged: [...before, ...inner.merged] };
    }
  }
  return undefined;
}

/** What came after a task that was done, by a line and a number: what is on it, was done later. */
export function isSince(descent: Descent, line: readonly string[], number: number): boolean {
  if (number > descent.done.number && descendsFrom(line, descent.done)) return true;
  return descent.crossings.some(({ merge }) => number > merge.number && descendsFrom(line, merge));
}

/** Whether two tokens came out of a join together; what happens without a new id between has the same number. */
export function isSameMerge(one: Merge, other: Merge): boolean {
  return one.number === other.number && one.node === other.node && one.line.join() === other.line.join();
}

/** The tokens of a scope that descend from what was done there. */
export function descendants(draft: Draft, { done, crossings }: Descent): Token[] {
  const last = crossings[0]?.merge;
  return draft.tokensOf(done.scope).filter((token) => {
    if (token.listens === true) return false;
    return descendsFrom(token.line ?? [], done) || (last !== undefined && (token.merged ?? []).some((merge) => isSameMerge(merge, last)));
  });
}

/**
 * Withdraws everything that descends from a completed task, and begins there anew. Where a join lies between, the other tokens that it had joined
 * wait there again.
 */
export function redo(draft: Draft, descent: Descent, more: Partial<Token> = {}): Token {
  const { done, crossings, merged } = descent;
  retract(draft, descent);
  forgetRounds(draft, descent);
  for (const token of descendants(draft, descent)) {
    if (draft.token(token.id) === undefined) continue;
    withdrawWork(draft, token.id);
    draft.remove('tokens', token.id);
  }
  for (const { merge, part, before } of crossings) {
    for (const other of merge.parts) if (other !== part) waitAgain(draft, done.scope, merge.node, other, before);
  }
  return createToken(draft, done.scope, done.node, { line: done.line, ...(merged.length === 0 ? {} : { merged }), ...more });
}

function waitAgain(draft: Draft, scope: string, node: string, part: MergePart, before: readonly Merge[]): void {
  const merged = [...before, ...(part.merged ?? [])];
  draft.put('tokens', { id: draft.newId(), scope, node, status: 'joining', ...part, ...(merged.length === 0 ? {} : { merged }) });
}

/** Rounds of joins that went on with what is withdrawn now begin anew. */
function forgetRounds(draft: Draft, descent: Descent): void {
  const scope = draft.scope(descent.done.scope);
  const left = Object.entries(scope.joins ?? {}).filter(([, { line, number }]) => !isSince(descent, line, number));
  if (scope.joins !== undefined) draft.put('scopes', { ...scope, joins: Object.fromEntries(left) });
}

/** What was done before is done no more, as far as it descends from a task that is to be done again. */
function retract(draft: Draft, descent: Descent): void {
  for (const done of Object.values(draft.state.done)) {
    if (done.id === descent.done.id || isWithin(draft, done, descent)) draft.put('done', { ...done, retracted: true });
  }
}

function isWithin(draft: Draft, done: DoneTask, descent: Descent): boolean {
  const { scope: home } = descent.done;
  if (done.scope === home) return isSince(descent, done.line, done.number);
  const scope = draft.state.scopes[done.scope];
  // what was done in a scope that is gone cannot be returned to
  if (scope === undefined) return false;
  for (let at: ScopeInstance | undefined = scope; at !== undefined; at = outerScope(draft.state, at)) {
    const caller = at.caller === undefined ? undefined : draft.state.tokens[at.caller];
    if (caller?.scope === home) return descendants(draft, descent).some(({ id }) => id === caller.id);
  }
  return false;
}
