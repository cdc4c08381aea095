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

/** Sets variables of the stopped step's process and executes the step again. */
export function resolveIncident(draft: Draft, request: Extract<EngineRequest, { type: 'resolveIncident' }>): Refusal | undefined {
  const prefix = `${draft.state.instanceKey}-`;
  const key = request.incidentKey;
  const incident = key.startsWith(prefix) ? draft.state.incidents[key.slice(prefix.length)] : undefined;
  if (incident === undefined) return { code: 'incident-not-found', message: `there is no open incident "${key}"` };
  const refusal = checkVariables(draft, incident.scope, request.variables);
  if (refusal !== undefined) return refusal;
  if (Object.keys(request.variables).length > 0) draft.setVariables(incident.scope, request.variables);
  closeIncidents(draft, incident.token);
  draft.schedule(draft.token(incident.token) as Token);
  return undefined;
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
