import type { LocalizedText } from '../engine/runtime/process-model';
import type { IncidentSnapshot, InstanceSnapshot, TaskSnapshot } from '../engine/runtime/records';

/** How much of a case is written, and where it runs: what a request to the case carries. */
export interface CaseHead {
  rootKey: string;
  workflowId: string;
  sequence: number;
  chainHead: string;
}

export interface InstanceRow {
  instance_key: string;
  root_key: string;
  parent_key: string | null;
  process_id: string;
  model_hash: string;
  business_key: string;
  state: InstanceSnapshot['state'];
  started_at: Date;
  started_by: string;
  ended_at: Date | null;
  end_name: string | null;
}

export interface HeadRow {
  root_key: string;
  workflow_id: string;
  sequence: number;
  chain_head: string;
}

export interface TaskRow {
  task_key: string;
  root_key: string;
  instance_key: string;
  element_id: string;
  process_id: string;
  model_hash: string;
  business_key: string;
  title: LocalizedText | null;
  state: TaskSnapshot['state'];
  assignee: string | null;
  candidate_groups: string[];
  candidate_users: string[];
  excluded_users: string[];
  priority: number;
  created_at: Date;
  due_at: Date | null;
  completed_at: Date | null;
  completed_by: string | null;
  outcome: string | null;
  urged_count: number;
  escalated_to: string[];
  scope_keys: string[];
  follow_up_at: Date | null;
  completed_for: string | null;
  only_users: string[] | null;
  delegated_by: string | null;
}

export interface IncidentRow {
  incident_key: string;
  root_key: string;
  instance_key: string;
  element_id: string;
  code: IncidentSnapshot['code'];
  message: string;
  state: IncidentSnapshot['state'];
  opened_at: Date;
  resolved_at: Date | null;
  resolved_by: string | null;
}

/** A task with its title in both languages, where its model is published. */
export type StoredTask = TaskSnapshot & { rootKey: string; title: LocalizedText | null };
export type StoredInstance = InstanceSnapshot;
export type StoredIncident = IncidentSnapshot & { rootKey: string };

export const instanceColumns = [
  'instance_key',
  'root_key',
  'parent_key',
  'process_id',
  'model_hash',
  'business_key',
  'state',
  'started_at',
  'started_by',
  'ended_at',
  'end_name',
] as const;

export const taskColumns = [
  'task_key',
  'root_key',
  'instance_key',
  'element_id',
  'process_id',
  'model_hash',
  'business_key',
  'title',
  'state',
  'assignee',
  'candidate_groups',
  'candidate_users',
  'excluded_users',
  'priority',
  'created_at',
  'due_at',
  'completed_at',
  'completed_by',
  'outcome',
  'urged_count',
  'escalated_to',
  'scope_keys',
  'follow_up_at',
  'completed_for',
  'only_users',
  'delegated_by',
] as const;

export function headOf(row: HeadRow): CaseHead {
  return { rootKey: row.root_key, workflowId: row.workflow_id, sequence: row.sequence, chainHead: row.chain_head };
}

export function instanceOf(row: InstanceRow): StoredInstance {
  return {
    key: row.instance_key,
    processId: row.process_id,
    model: row.model_hash,
    businessKey: row.business_key,
    parentKey: row.parent_key,
    rootKey: row.root_key,
    state: row.state,
    startedAtMs: row.started_at.getTime(),
    startedBy: row.started_by,
    endedAtMs: row.ended_at?.getTime() ?? null,
    end: row.end_name,
  };
}

export function taskOf(row: TaskRow): StoredTask {
  return {
    key: row.task_key,
    rootKey: row.root_key,
    elementId: row.element_id,
    instanceKey: row.instance_key,
    processId: row.process_id,
    model: row.model_hash,
    businessKey: row.business_key,
    title: row.title,
    state: row.state,
    assignee: row.assignee,
    candidateGroups: row.candidate_groups,
    candidateUsers: row.candidate_users,
    excludedUsers: row.excluded_users,
    priority: row.priority,
    createdAtMs: row.created_at.getTime(),
    dueAtMs: row.due_at?.getTime() ?? null,
    completedAtMs: row.completed_at?.getTime() ?? null,
    completedBy: row.completed_by,
    outcome: row.outcome,
    urgedCount: row.urged_count,
    escalatedTo: row.escalated_to,
    // rows of before scopes were told apart have none
    scopeKeys: row.scope_keys.length === 0 ? [row.instance_key] : row.scope_keys,
    followUpAtMs: row.follow_up_at?.getTime() ?? null,
    completedFor: row.completed_for,
    onlyUsers: row.only_users,
    delegatedBy: row.delegated_by,
  };
}

export function incidentOf(row: IncidentRow): StoredIncident {
  return {
    key: row.incident_key,
    rootKey: row.root_key,
    instanceKey: row.instance_key,
    elementId: row.element_id,
    code: row.code,
    message: row.message,
    state: row.state,
    openedAtMs: row.opened_at.getTime(),
    resolvedAtMs: row.resolved_at?.getTime() ?? null,
    resolvedBy: row.resolved_by,
  };
}
