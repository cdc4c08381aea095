import type { JsonObject } from '../json';
import type { Draft } from './draft';
import type { ScopeInstance } from './instance-state';
import { instanceSnapshot } from './snapshots';

interface NewScope {
  id: string;
  instanceKey: string;
  /** Hash of its model. */
  hash: string;
  businessKey: string;
  caller?: string;
  variables: JsonObject;
}

/** Begins a process instance: its variables are the declared defaults and what is given. */
export function startScope(draft: Draft, from: NewScope): ScopeInstance {
  const model = draft.closure.models[from.hash];
  if (model === undefined) throw new Error(`invariant: the closure has no model "${from.hash}"`);
  const variables: JsonObject = {};
  for (const [name, declaration] of Object.entries(model.variables)) {
    if (declaration.default !== undefined) variables[name] = declaration.default;
  }
  const scope: ScopeInstance = {
    id: from.id,
    instanceKey: from.instanceKey,
    model: from.hash,
    processId: model.id,
    businessKey: from.businessKey,
    startedAtMs: draft.nowMs,
    ...(from.caller === undefined ? {} : { caller: from.caller }),
    variables: { ...variables, ...from.variables },
  };
  draft.put('scopes', scope);
  draft.record(scope.id, undefined, {
    type: 'instanceStarted',
    instance: instanceSnapshot(draft, scope, 'ACTIVE'),
    variables: scope.variables,
  });
  return scope;
}
