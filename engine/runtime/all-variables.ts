import type { JsonObject } from '../json';
import { isNamedResult } from './brought-fields';
import type { Draft } from './draft';
import type { CallActivityNode, ProcessModel } from './process-model';
import { scopeChain } from './scopes';

/** All variables that can be read at a call, as far as the called process takes them; the inner of two with one name. */
export function allVariablesIn(draft: Draft, scopeId: string, node: CallActivityNode, called: ProcessModel): JsonObject {
  if (node.allVariables !== 'in' && node.allVariables !== 'both') return {};
  const from = draft.scope(scopeId);
  const seen: JsonObject = {};
  for (const scope of scopeChain(draft.state, from).reverse()) Object.assign(seen, scope.variables);
  return taken(seen, draft.model(from), called);
}

/** All variables of a called process that has ended, as far as the calling one takes them. */
export function allVariablesOut(draft: Draft, scopeId: string, node: CallActivityNode, caller: ProcessModel): JsonObject {
  if (node.allVariables !== 'out' && node.allVariables !== 'both') return {};
  const scope = draft.scope(scopeId);
  return taken(scope.variables, draft.model(scope), caller);
}

/** Without those that have no value, and the results of steps that have no name but that of their step. */
function taken(variables: JsonObject, from: ProcessModel, to: ProcessModel): JsonObject {
  const results = unnamedResults(from);
  const names = Object.keys(variables).filter(
    (name) => variables[name] !== null && !results.has(name) && (to.additionalVariables === true || Object.hasOwn(to.variables, name)),
  );
  return Object.fromEntries(names.map((name) => [name, variables[name] ?? null]));
}

const known = new WeakMap<ProcessModel, ReadonlySet<string>>();

function unnamedResults(model: ProcessModel): ReadonlySet<string> {
  const found =
    known.get(model) ??
    new Set(
      Object.values(model.nodes).flatMap((node) =>
        'result' in node && node.result !== undefined && !isNamedResult(node) ? [node.result] : [],
      ),
    );
  known.set(model, found);
  return found;
}
