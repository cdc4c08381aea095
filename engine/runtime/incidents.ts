import type { JsonObject } from '../json';
import { closeIncidents } from './activity';
import type { Draft } from './draft';
import type { EngineRequest, Refusal } from './events';
import type { Incident, IncidentCode, Token } from './instance-state';
import { incidentSnapshot } from './snapshots';
import { checkSize } from './user-task';

/** Stops one token visibly. Its boundary events stay armed; everything else in the case goes on. */
export function openIncident(draft: Draft, tokenId: string, code: IncidentCode, message: string): void {
  const token = draft.token(tokenId);
  if (token === undefined) return;
  const id = draft.newId();
  const incident: Incident = {
    id,
    key: draft.publicKey(id),
    token: tokenId,
    scope: token.scope,
    node: token.node,
    code,
    message: message.slice(0, 2_000),
    openedAtMs: draft.nowMs,
  };
  draft.put('incidents', incident);
  draft.put('tokens', { ...token, status: 'incident' });
  draft.record(token.scope, token.node, { type: 'incidentOpened', incident: incidentSnapshot(draft, incident, null) });
}

/** Sets variables of the stopped step's process and executes the step again, unless its work is still under way. */
export function resolveIncident(draft: Draft, request: Extract<EngineRequest, { type: 'resolveIncident' }>): Refusal | undefined {
  const prefix = `${draft.state.instanceKey}-`;
  const key = request.incidentKey;
  const incident = key.startsWith(prefix) ? draft.state.incidents[key.slice(prefix.length)] : undefined;
  if (incident === undefined) return { code: 'incident-not-found', message: `there is no open incident "${key}"` };
  const refusal = checkVariables(draft, incident.scope, request.variables);
  if (refusal !== undefined) return refusal;
  if (Object.keys(request.variables).length > 0) draft.setVariables(incident.scope, request.variables);
  closeIncidents(draft, incident.token);
  const token = draft.token(incident.token) as Token;
  if (!isAtWork(draft, token)) {
    draft.schedule(token);
    return undefined;
  }
  // only its boundary condition failed: the work itself is still there and must not be begun twice
  draft.put('tokens', { ...token, status: 'waiting' });
  draft.changedScopes.add(token.scope);
  return undefined;
}

/** Whether a token's task, connector or called process is under way. */
function isAtWork(draft: Draft, token: Token): boolean {
  if (draft.ofToken('tasks', token.id).length > 0 || draft.ofToken('jobs', token.id).length > 0) return true;
  return Object.values(draft.state.scopes).some(({ caller }) => caller === token.id);
}

function checkVariables(draft: Draft, scopeId: string, variables: JsonObject): Refusal | undefined {
  const declared = draft.model(draft.scope(scopeId)).variables;
  for (const [name, value] of Object.entries(variables)) {
    if (!Object.hasOwn(declared, name)) {
      return { code: 'variable-unknown', message: `this process has no variable "${name}"`, details: { allowed: Object.keys(declared) } };
    }
    const refusal = checkSize(draft, name, value);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
