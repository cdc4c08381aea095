import { type Draft, Stop } from './draft';
import type { EngineRequest, Refusal } from './events';
import type { Incident, IncidentCode, Token } from './instance-state';
import { checkVariables, idOf } from './requests';
import { processScope } from './scopes';
import { incidentSnapshot } from './snapshots';
import { closeIncidents } from './withdraw';

/** Runs a part of a transition for one token; an expression that fails or a value that does not fit stops that token alone. */
export function guarded(draft: Draft, tokenId: string, part: () => void): void {
  try {
    part();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    openIncident(draft, tokenId, error.code, error.message);
  }
}

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
  const key = request.incidentKey;
  const incident = draft.state.incidents[idOf(draft, key) ?? ''];
  if (incident === undefined) return { code: 'incident-not-found', message: `there is no open incident "${key}"` };
  const scope = processScope(draft.state, draft.scope(incident.scope));
  const refusal = checkVariables(draft, scope, request.variables);
  if (refusal !== undefined) return refusal;
  if (Object.keys(request.variables).length > 0) draft.setVariables(scope.id, request.variables);
  closeIncidents(draft, incident.token);
  const token = draft.living(incident.token);
  if (token.node !== incident.node || !isAtWork(draft, token)) {
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
  if (token.loop !== undefined && draft.scopesOf(token.id).length === 0) return false;
  return draft.scopesOf(token.id).length > 0;
}
