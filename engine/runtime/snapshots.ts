import type { Draft } from './draft';
import type { Incident, InstanceState, ScopeInstance, Subscription, UserTask } from './instance-state';
import type { IncidentSnapshot, InstanceSnapshot, SubscriptionSnapshot, TaskSnapshot } from './records';
import { scopeKeysOf } from './scopes';

export function instanceSnapshot(draft: Draft, scope: ScopeInstance, state: InstanceSnapshot['state']): InstanceSnapshot {
  return {
    key: scope.instanceKey,
    processId: scope.processId,
    model: scope.model,
    businessKey: scope.businessKey,
    parentKey: parentKeyOf(draft.state, scope),
    rootKey: draft.state.instanceKey,
    state,
    startedAtMs: scope.startedAtMs,
    startedBy: draft.state.startedBy,
    endedAtMs: state === 'ACTIVE' || state === 'SUSPENDED' ? null : draft.nowMs,
    end: state === 'COMPLETED' ? (scope.end ?? null) : null,
  };
}

function parentKeyOf(state: InstanceState, scope: ScopeInstance): string | null {
  if (scope.caller === undefined) return null;
  const caller = state.tokens[scope.caller];
  const parent = caller && state.scopes[caller.scope];
  if (parent === undefined) throw new Error(`invariant: scope "${scope.id}" has lost its caller`);
  return parent.instanceKey;
}

interface TaskClosing {
  completedBy: string | null;
  completedFor?: string | null;
  outcome: string | null;
}

/** A task as its row shows it; `closing` says who closed it and how. */
export function taskSnapshot(draft: Draft, task: UserTask, closing: TaskClosing = { completedBy: null, outcome: null }): TaskSnapshot {
  const scope = draft.scope(task.scope);
  return {
    key: task.key,
    elementId: task.node,
    instanceKey: scope.instanceKey,
    processId: scope.processId,
    model: scope.model,
    businessKey: scope.businessKey,
    state: task.state,
    assignee: task.assignee,
    candidateGroups: task.candidateGroups,
    candidateUsers: task.candidateUsers,
    excludedUsers: task.excludedUsers,
    priority: task.priority,
    createdAtMs: task.createdAtMs,
    dueAtMs: task.dueAtMs,
    completedAtMs: task.state === 'COMPLETED' ? draft.nowMs : null,
    completedBy: closing.completedBy,
    outcome: closing.outcome,
    urgedCount: task.urgedCount,
    escalatedTo: task.escalatedTo,
    scopeKeys: scopeKeysOf(draft, scope),
    followUpAtMs: task.followUpAtMs ?? null,
    completedFor: closing.completedFor ?? null,
    onlyUsers: task.onlyUsers ?? null,
    delegatedBy: task.delegation?.state === 'PENDING' ? task.delegation.owner : null,
  };
}

export function subscriptionSnapshot(draft: Draft, subscription: Subscription, open: boolean): SubscriptionSnapshot {
  const token = draft.token(subscription.token);
  if (token === undefined) throw new Error(`invariant: subscription "${subscription.id}" has lost its token`);
  return {
    key: subscription.key,
    instanceKey: draft.scope(token.scope).instanceKey,
    elementId: subscription.event ?? token.node,
    name: subscription.name,
    correlationKey: subscription.correlationKey,
    open,
  };
}

export function incidentSnapshot(draft: Draft, incident: Incident, resolvedBy: string | null): IncidentSnapshot {
  return {
    key: incident.key,
    instanceKey: draft.scope(incident.scope).instanceKey,
    elementId: incident.node,
    code: incident.code,
    message: incident.message,
    state: resolvedBy === null ? 'ACTIVE' : 'RESOLVED',
    openedAtMs: incident.openedAtMs,
    resolvedAtMs: resolvedBy === null ? null : draft.nowMs,
    resolvedBy,
  };
}
