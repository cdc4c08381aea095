import type { JsonObject } from '../../engine/json';
import type { HostRequest } from '../../engine/language/scenario-host';
import type { ApiRequest } from './api-client';

const segment = encodeURIComponent;

/** The request of the API by which a person asks a case for something; undefined where the API has none for it. */
export function apiRequestOf(request: HostRequest, caseKey: string): ApiRequest | undefined {
  const principal = request.actor.for?.user;
  const onBehalfOf: JsonObject = principal === undefined ? {} : { onBehalfOf: principal };
  const query = principal === undefined ? '' : `?onBehalfOf=${segment(principal)}`;
  if ('taskKey' in request) {
    const task = `/v1/user-tasks/${segment(request.taskKey)}`;
    const post = (path: string, body: JsonObject): ApiRequest => ({
      method: 'POST',
      path: `${task}/${path}`,
      body: { ...body, ...onBehalfOf },
    });
    switch (request.type) {
      case 'completeTask':
        return post('completion', { outcome: request.outcome, variables: request.data });
      case 'assignTask':
        return post('assignment', { assignee: request.assignee, ...(request.allowOverride ? { allowOverride: true } : {}) });
      case 'unassignTask':
        return { method: 'DELETE', path: `${task}/assignee${query}` };
      case 'transferTask':
        return post('transfer', { to: request.to });
      case 'delegateTask':
        return post('delegation', { to: request.to });
      case 'returnTask':
        return post('return', { target: request.target, reason: request.reason });
      case 'withdrawTask':
        return post('withdrawal', {});
      case 'addSigner':
        return post('signers', { user: request.user, place: request.place });
      case 'removeSigner':
        return { method: 'DELETE', path: `${task}/signers/${segment(request.user)}${query}` };
      case 'urgeTask':
        return post('urge', { message: request.message });
      case 'copyTask':
        return post('copies', { users: request.users, roles: request.roles });
    }
  }
  return requestOfCase(request, `/v1/process-instances/${segment(caseKey)}`);
}

function requestOfCase(request: Exclude<HostRequest, { taskKey: string }>, path: string): ApiRequest | undefined {
  const activity = 'elementId' in request ? `${path}/activities/${segment(request.elementId)}` : '';
  switch (request.type) {
    case 'suspendCase':
      return { method: 'POST', path: `${path}/suspension`, body: { reason: request.reason } };
    case 'resumeCase':
      return { method: 'DELETE', path: `${path}/suspension` };
    case 'cancelInstance':
      return { method: 'POST', path: `${path}/cancellation`, body: { reason: request.reason } };
    case 'setVariables':
      return { method: 'PUT', path: `${path}/variables`, body: { variables: request.variables } };
    case 'addInstance':
      return { method: 'POST', path: `${activity}/instances`, body: { item: request.item } };
    case 'removeInstance':
      return { method: 'DELETE', path: `${activity}/instances/${request.index}` };
    case 'completeActivity':
      return { method: 'POST', path: `${activity}/completion`, body: {} };
    case 'startAdHocStep':
      return { method: 'POST', path: `${activity}/start`, body: {} };
    case 'resolveIncident':
      return {
        method: 'POST',
        path: `/v1/incidents/${segment(request.incidentKey || 'none')}/resolution`,
        body: { variables: request.variables },
      };
    default:
      return undefined;
  }
}
