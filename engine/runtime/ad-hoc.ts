import type { Json } from '../json';
import { type Draft, Stop } from './draft';
import { isTrue, valueIn } from './expressions';
import { completeScope, createBeside } from './flow';
import type { ScopeInstance } from './instance-state';
import type { AdHocRule, SubProcessNode } from './process-model';

/** The rule of an ad-hoc sub-process; undefined for any other scope. */
export function adHocRule(draft: Draft, scope: ScopeInstance): AdHocRule | undefined {
  if (scope.kind !== 'subProcess' || scope.undoing === true) return undefined;
  return (draft.model(scope).nodes[scope.node as string] as SubProcessNode).adHoc;
}

/** Begins the entries of an ad-hoc sub-process that begin by themselves. */
export function beginAdHoc(draft: Draft, scope: ScopeInstance, node: SubProcessNode, rule: AdHocRule): void {
  for (const entry of entriesToBegin(draft, scope, node, rule)) createBeside(draft, scope.id, entry, {});
  afterActivity(draft, scope.id);
}

function entriesToBegin(draft: Draft, scope: ScopeInstance, node: SubProcessNode, rule: AdHocRule): string[] {
  if (rule.activate === 'all') return node.entries;
  if (rule.activate === 'byHand') return [];
  const value: Json = valueIn(draft, scope.id, rule.activate);
  const names = value === null ? [] : value;
  const model = draft.model(scope);
  if (!Array.isArray(names)) throw new Stop('expression-failed', `"${rule.activate.text}" gave no list of steps`);
  for (const name of names) {
    if (typeof name === 'string' && model.nodes[name]?.parent === node.id) continue;
    throw new Stop('expression-failed', `"${node.id}" has no step ${JSON.stringify(name)} to begin`);
  }
  return names as string[];
}

/** Whether an ad-hoc sub-process stays open although nothing is open in it: people may begin more. */
export function isOpenAdHoc(draft: Draft, scope: ScopeInstance): boolean {
  const rule = adHocRule(draft, scope);
  if (rule === undefined || scope.enough === true) return false;
  return rule.until !== undefined || rule.activate === 'byHand';
}

/** Asks, after an activity inside an ad-hoc sub-process, whether that is done. */
export function afterActivity(draft: Draft, scopeId: string): void {
  const scope = draft.state.scopes[scopeId];
  const rule = scope === undefined ? undefined : adHocRule(draft, scope);
  if (scope === undefined || rule === undefined || scope.enough === true) return;
  if (rule.until === undefined || !isTrue(draft, scopeId, rule.until)) {
    if (rule.activate !== 'byHand' && !isAtWork(draft, scopeId) && rule.until === undefined) endAdHoc(draft, scopeId);
    return;
  }
  if (rule.cancelRemaining || !isAtWork(draft, scopeId)) endAdHoc(draft, scopeId);
  else draft.put('scopes', { ...draft.scope(scopeId), enough: true });
}

function isAtWork(draft: Draft, scopeId: string): boolean {
  return draft.tokensOf(scopeId).some(({ listens }) => listens !== true);
}

/** Ends an ad-hoc sub-process; what is open in it is withdrawn. */
export function endAdHoc(draft: Draft, scopeId: string): void {
  completeScope(draft, draft.scope(scopeId), () => undefined);
}
