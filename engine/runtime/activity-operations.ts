import { adHocRule, endAdHoc } from './ad-hoc';
import type { Draft } from './draft';
import type { Refusal } from './events';
import { createBeside } from './flow';
import { guarded } from './incidents';
import type { ScopeInstance, Token } from './instance-state';
import { LIMITS } from './limits';
import { endLoop, removeInstance, startInstance } from './loops';
import type { ActivityNode, MultiInstanceRule, SubProcessNode } from './process-model';
import { checkRequested, type Request } from './requests';

type Operation = Request<'addInstance'> | Request<'removeInstance'> | Request<'completeActivity'> | Request<'startAdHocStep'>;

/** What people do with activities that run more than once: instances come and go, the whole is ended, an ad-hoc step is begun. */
export function activityOperation(draft: Draft, request: Operation): Refusal | undefined {
  switch (request.type) {
    case 'addInstance':
      return addInstance(draft, request);
    case 'removeInstance':
      return withdrawInstance(draft, request);
    case 'completeActivity':
      return completeNow(draft, request);
    case 'startAdHocStep':
      return startStep(draft, request);
  }
}

function notFound(request: Operation, what: string): Refusal {
  return { code: 'activity-not-found', message: `"${request.elementId}" is no ${what} that runs in this case now` };
}

/** The multi-instance activity that a request means: that of its key, else the oldest of its step. */
function findLoop(draft: Draft, request: Operation): Token | undefined {
  return Object.values(draft.state.tokens).find((token) => {
    if (token.node !== request.elementId || token.loop === undefined || token.loop.released === true) return false;
    if ((draft.node(token) as ActivityNode).loop?.kind !== 'multiInstance') return false;
    return request.activityKey === undefined || draft.publicKey(token.id) === request.activityKey;
  });
}

function addInstance(draft: Draft, request: Request<'addInstance'>): Refusal | undefined {
  const token = findLoop(draft, request);
  if (token?.loop === undefined) return notFound(request, 'multi-instance activity');
  const { loop } = token;
  if (loop.total >= LIMITS.instances) {
    return { code: 'too-many-instances', message: `"${token.node}" has ${loop.total} instances, the most that are allowed` };
  }
  const rule = (draft.node(token) as ActivityNode).loop as MultiInstanceRule;
  const refusal = checkRequested(draft, 'item', request.item, rule.as === undefined ? undefined : rule.variables[rule.as]);
  if (refusal !== undefined) return refusal;
  const index = loop.waiting === undefined ? loop.next : loop.next + loop.waiting.length;
  draft.record(token.scope, token.node, { type: 'instanceAdded', index, item: request.item });
  const more = { ...loop, total: loop.total + 1 };
  if (loop.waiting !== undefined) {
    draft.change(token.id, { loop: { ...more, waiting: [...loop.waiting, request.item] } });
    return undefined;
  }
  draft.change(token.id, { loop: more });
  startInstance(draft, token.id, rule, request.item);
  return undefined;
}

function withdrawInstance(draft: Draft, request: Request<'removeInstance'>): Refusal | undefined {
  const token = findLoop(draft, request);
  if (token === undefined) return notFound(request, 'multi-instance activity');
  let removed = true;
  guarded(draft, token.id, () => {
    removed = removeInstance(draft, token.id, request.index);
  });
  if (!removed) {
    return { code: 'activity-not-found', message: `"${token.node}" has no open instance ${request.index}` };
  }
  draft.record(token.scope, token.node, { type: 'instanceRemoved', index: request.index, item: null });
  return undefined;
}

function completeNow(draft: Draft, request: Request<'completeActivity'>): Refusal | undefined {
  const token = findLoop(draft, request);
  if (token !== undefined) {
    endLoop(draft, token.id);
    return undefined;
  }
  const scope = findAdHoc(draft, request.elementId, request.activityKey);
  if (scope === undefined) return notFound(request, 'multi-instance or ad-hoc activity');
  endAdHoc(draft, scope.id);
  return undefined;
}

function findAdHoc(draft: Draft, elementId: string, activityKey: string | undefined): ScopeInstance | undefined {
  return Object.values(draft.state.scopes).find((scope) => {
    if (scope.node !== elementId || adHocRule(draft, scope) === undefined) return false;
    return activityKey === undefined || draft.publicKey(scope.caller as string) === activityKey;
  });
}

function startStep(draft: Draft, request: Request<'startAdHocStep'>): Refusal | undefined {
  const scope = Object.values(draft.state.scopes).find((one) => {
    if (adHocRule(draft, one) === undefined || one.enough === true) return false;
    if (request.activityKey !== undefined && draft.publicKey(one.caller as string) !== request.activityKey) return false;
    return (draft.model(one).nodes[one.node as string] as SubProcessNode).entries.includes(request.elementId);
  });
  if (scope === undefined) return notFound(request, 'step of an ad-hoc sub-process');
  if (Object.keys(draft.state.tokens).length >= LIMITS.tokens) {
    return { code: 'too-many-instances', message: `the case has ${LIMITS.tokens} tokens, the most that are allowed` };
  }
  createBeside(draft, scope.id, request.elementId, {});
  return undefined;
}
