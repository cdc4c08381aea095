import type { Json, JsonObject } from '../json';
import type { Draft } from './draft';
import { nodeOf } from './draft';
import { checkValue } from './expressions';
import type { InstanceState, ScopeInstance, Token } from './instance-state';
import type { ActivityNode, ModelClosure, ProcessModel, SubProcessNode, VariableDeclaration } from './process-model';
import { instanceSnapshot } from './snapshots';

type ScopeTables = Pick<InstanceState, 'scopes' | 'tokens'>;

/** The scope around another one, within the same process; undefined around a process. */
export function outerScope({ scopes, tokens }: ScopeTables, scope: ScopeInstance): ScopeInstance | undefined {
  if (scope.kind === 'process' || scope.caller === undefined) return undefined;
  const caller = tokens[scope.caller];
  return caller === undefined ? undefined : scopes[caller.scope];
}

/** A scope and those around it, the innermost first, up to the process. */
export function scopeChain(state: ScopeTables, scope: ScopeInstance): ScopeInstance[] {
  const chain = [scope];
  for (let outer = outerScope(state, scope); outer !== undefined; outer = outerScope(state, outer)) chain.push(outer);
  return chain;
}

/** The process instance that a scope belongs to. */
export function processScope(state: ScopeTables, scope: ScopeInstance): ScopeInstance {
  return scopeChain(state, scope).at(-1) as ScopeInstance;
}

/** What a scope declares: its own variables by name. */
export function declarationsOf(model: ProcessModel, scope: Pick<ScopeInstance, 'kind' | 'node'>): Record<string, VariableDeclaration> {
  if (scope.kind === 'process') return model.variables;
  const node = nodeOf(model, scope.node as string) as ActivityNode;
  if (scope.kind === 'instance') return node.loop?.variables ?? {};
  return (node as SubProcessNode).variables;
}

/** The scope to which a variable of a name belongs, seen from a scope: the innermost one that declares or has it, else the process. */
function ownerOf(draft: Draft, scopeId: string, name: string): ScopeInstance {
  const from = draft.scope(scopeId);
  const model = draft.model(from);
  const chain = scopeChain(draft.state, from);
  const owner = chain.find((scope) => Object.hasOwn(scope.variables, name) || Object.hasOwn(declarationsOf(model, scope), name));
  return owner ?? (chain.at(-1) as ScopeInstance);
}

/** Sets a variable where it belongs, seen from a scope. A value that does not fit its type or the limits stops the token. */
export function assign(draft: Draft, scopeId: string, name: string, value: Json): void {
  const owner = ownerOf(draft, scopeId, name);
  checkValue(draft, name, value, declarationsOf(draft.model(owner), owner)[name]);
  draft.setVariables(owner.id, { [name]: value });
}

/** Sets a variable to what an event brings; what came from outside of the case is checked before the event happens. */
export function assignReceived(draft: Draft, scopeId: string, name: string, value: Json): void {
  checkValue(draft, name, value);
  draft.setVariables(ownerOf(draft, scopeId, name).id, { [name]: value });
}

/** Throws a stop where what came from outside of the case is not what a document declares the variable to be; where none does, anything may come. */
export function checkReceived(draft: Draft, scopeId: string, name: string, value: Json): void {
  const declared = declarationOf(draft, scopeId, name);
  if (declared?.constraint !== undefined) checkValue(draft, name, value, declared);
}

/** The declaration of a variable, seen from a scope. */
export function declarationOf(draft: Draft, scopeId: string, name: string): VariableDeclaration | undefined {
  const owner = ownerOf(draft, scopeId, name);
  return declarationsOf(draft.model(owner), owner)[name];
}

/** The event sub-processes of a scope, in order. */
export function eventSubProcessesOf(model: ProcessModel, scope: ScopeInstance): string[] {
  if (scope.kind === 'process') return model.eventSubProcesses ?? [];
  if (scope.kind === 'instance') return [];
  return (nodeOf(model, scope.node as string) as SubProcessNode).eventSubProcesses;
}

/** The nodes at which tokens of a sub-process or process may stand: those that it holds. */
export function isEventScope(draft: Draft, scope: ScopeInstance): boolean {
  return scope.kind === 'subProcess' && (nodeOf(draft.model(scope), scope.node as string) as SubProcessNode).variant === 'event';
}

interface NewProcess {
  id: string;
  instanceKey: string;
  /** Hash of its model. */
  hash: string;
  businessKey: string;
  caller?: string;
  variables: JsonObject;
}

/** Begins a process instance: its variables are the declared defaults and what is given. */
export function startProcess(draft: Draft, from: NewProcess): ScopeInstance {
  const model = draft.closure.models[from.hash];
  if (model === undefined) throw new Error(`invariant: the closure has no model "${from.hash}"`);
  const scope: ScopeInstance = {
    id: from.id,
    kind: 'process',
    instanceKey: from.instanceKey,
    model: from.hash,
    processId: model.id,
    businessKey: from.businessKey,
    startedAtMs: draft.nowMs,
    ...(from.caller === undefined ? {} : { caller: from.caller }),
    variables: { ...defaultsOf(model.variables), ...from.variables },
  };
  draft.put('scopes', scope);
  draft.record(scope.id, undefined, {
    type: 'instanceStarted',
    instance: instanceSnapshot(draft, scope, 'ACTIVE'),
    variables: scope.variables,
  });
  return scope;
}

/** Begins a scope inside a process: a sub-process, or one instance of a repeated activity. */
export function startInnerScope(
  draft: Draft,
  caller: Token,
  kind: 'subProcess' | 'instance',
  variables: JsonObject,
  more: Pick<ScopeInstance, 'index' | 'undoing'> = {},
): ScopeInstance {
  const outer = draft.scope(caller.scope);
  const scope: ScopeInstance = {
    id: draft.newId(),
    kind,
    instanceKey: outer.instanceKey,
    model: outer.model,
    processId: outer.processId,
    businessKey: outer.businessKey,
    startedAtMs: draft.nowMs,
    caller: caller.id,
    node: caller.node,
    variables: {},
    ...more,
  };
  const declared = declarationsOf(draft.model(outer), scope);
  scope.variables = { ...(more.undoing === true ? {} : defaultsOf(declared)), ...variables };
  draft.put('scopes', scope);
  draft.changedScopes.add(scope.id);
  if (Object.keys(scope.variables).length > 0) {
    draft.record(scope.id, undefined, { type: 'variablesSet', variables: scope.variables, scopeKey: draft.publicKey(scope.id) });
  }
  return scope;
}

function defaultsOf(declared: Record<string, VariableDeclaration>): JsonObject {
  const variables: JsonObject = {};
  for (const [name, declaration] of Object.entries(declared)) {
    if (declaration.default !== undefined) variables[name] = declaration.default;
  }
  return variables;
}

/** How deep a token is inside calls and sub-processes. */
export function depthOf(state: ScopeTables, token: Token): number {
  let depth = 0;
  for (let at: Token | undefined = token; at !== undefined; depth += 1) {
    const caller: string | undefined = state.scopes[at.scope]?.caller;
    at = caller === undefined ? undefined : state.tokens[caller];
  }
  return depth;
}

/** The public keys of a scope and those around it: the innermost first, the process instance last. */
export function scopeKeysOf(draft: Draft, scope: ScopeInstance): string[] {
  return scopeChain(draft.state, scope).map((one) => (one.kind === 'process' ? one.instanceKey : draft.publicKey(one.id)));
}

/** The process that a call means, by its binding: its hash and model. */
export function boundModel(
  closure: ModelClosure,
  process: string,
  binding: { kind: string; model?: string; version?: number } | undefined,
): string {
  const hash =
    binding?.kind === 'deployment'
      ? binding.model
      : closure.processes[binding?.kind === 'version' ? `${process}@${binding.version}` : process];
  if (hash === undefined || closure.models[hash] === undefined) throw new Error(`invariant: the closure has no process "${process}"`);
  return hash;
}
