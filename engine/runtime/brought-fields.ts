import type { Json, JsonObject } from '../json';
import type { Draft } from './draft';
import type { Refusal } from './events';
import { checkRequested } from './requests';
import { assignReceived, declarationOf } from './scopes';

/** A node that something is brought to, with the variable that takes it as a whole. */
interface Bringing {
  id: string;
  result?: string;
}

/**
 * In a process that takes any variable (`additionalVariables`), what a message, a signal, a connector or a task without a form brings to a step
 * whose result nobody has named is, field by field, in variables as well: models from elsewhere read them there.
 */
export function assignFields(draft: Draft, scopeId: string, node: Bringing, payload: Json): void {
  for (const [name, value] of Object.entries(fieldsOf(draft, scopeId, node, payload))) assignReceived(draft, scopeId, name, value);
}

/** The refusal of fields that do not fit the variables to which `assignFields` would give them. */
export function checkFields(draft: Draft, scopeId: string, node: Bringing, payload: JsonObject): Refusal | undefined {
  for (const [name, value] of Object.entries(fieldsOf(draft, scopeId, node, payload))) {
    const refusal = checkRequested(draft, name, value, declarationOf(draft, scopeId, name));
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function fieldsOf(draft: Draft, scopeId: string, node: Bringing, payload: Json): JsonObject {
  if (payload === null || typeof payload !== 'object' || Array.isArray(payload)) return {};
  return draft.model(draft.scope(scopeId)).additionalVariables === true && !isNamedResult(node) ? payload : {};
}

/** Whether a result has a name of its own. Without one it has that of its step; at the start of an event sub-process that of the sub-process. */
export function isNamedResult({ id, result }: Bringing): boolean {
  if (result === undefined) return false;
  return ![id, id.replace(/\.start$/u, '')].some((own) => own.replaceAll(/[.-]/gu, '_') === result);
}
