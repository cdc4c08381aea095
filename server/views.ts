import type { StoredIncident, StoredInstance, StoredTask } from '../db/case-rows';
import type { StoredCopy, TaskReceipts } from '../db/copy-repository';
import type { Definition } from '../db/definition-repository';
import type { Deployment } from '../db/deployment-repository';
import type { HistoryItem } from '../db/instance-repository';
import type { Comment, Draft } from '../db/note-repository';
import type { Substitution } from '../db/substitution-repository';
import type { ProcessSuspension } from '../db/suspension-repository';
import type { Json, JsonObject } from '../engine/json';
import type { Locale } from '../engine/language/form-data';
import { textIn } from './request';

/** RFC 3339 in UTC. */
export function timeOf(ms: number): string;
export function timeOf(ms: number | null): string | null;
export function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** A task as the interface shows it. */
export function taskView(
  task: Omit<StoredTask, 'rootKey'> & { rootKey?: string; onBehalfOf?: string },
  locale: Locale,
  nowMs: number,
): JsonObject {
  return {
    userTaskKey: task.key,
    elementId: task.elementId,
    name: textIn(task.title, locale, task.elementId),
    state: task.state,
    assignee: task.assignee,
    candidateGroups: task.candidateGroups,
    candidateUsers: task.candidateUsers,
    dueDate: timeOf(task.dueAtMs),
    overdue: task.state === 'CREATED' && task.dueAtMs !== null && task.dueAtMs < nowMs,
    priority: task.priority,
    processDefinitionId: task.processId,
    processInstanceKey: task.instanceKey,
    rootProcessInstanceKey: task.rootKey ?? task.instanceKey,
    businessKey: task.businessKey,
    creationDate: timeOf(task.createdAtMs),
    completionDate: timeOf(task.completedAtMs),
    completedBy: task.completedBy,
    outcome: task.outcome,
    urgedCount: task.urgedCount,
    escalatedTo: task.escalatedTo,
    followUpDate: timeOf(task.followUpAtMs ?? null),
    completedFor: task.completedFor ?? null,
    delegatedBy: task.delegatedBy ?? null,
    ...(task.onBehalfOf === undefined ? {} : { onBehalfOf: task.onBehalfOf }),
  };
}

/** What a delegate entered, as the interface shows it to the task's owner. */
export function handBackView(back: { by: string; at: Date; outcome: string | null; variables: JsonObject }): JsonObject {
  return { by: back.by, handBackDate: back.at.toISOString(), outcome: back.outcome, variables: back.variables };
}

/** An instance as the interface shows it. */
export function instanceView(instance: StoredInstance): JsonObject {
  return {
    processInstanceKey: instance.key,
    processDefinitionId: instance.processId,
    businessKey: instance.businessKey,
    state: instance.state,
    parentProcessInstanceKey: instance.parentKey,
    rootProcessInstanceKey: instance.rootKey,
    startDate: timeOf(instance.startedAtMs),
    startedBy: instance.startedBy,
    endDate: timeOf(instance.endedAtMs),
    end: instance.end,
  };
}

export function incidentView(incident: StoredIncident): JsonObject {
  return {
    incidentKey: incident.key,
    processInstanceKey: incident.instanceKey,
    elementId: incident.elementId,
    code: incident.code,
    message: incident.message,
    state: incident.state,
    creationDate: timeOf(incident.openedAtMs),
    resolutionDate: timeOf(incident.resolvedAtMs),
    resolvedBy: incident.resolvedBy,
  };
}

export function draftView({ outcome, variables, savedAt }: Draft): JsonObject {
  return { outcome, variables, saveDate: savedAt.toISOString() };
}

export function commentView({ id, author, text, createdAt }: Comment): JsonObject {
  return { commentKey: id, author, text, creationDate: createdAt.toISOString() };
}

export function copyView({ task, copiedBy, copiedAt, readAt }: StoredCopy, locale: Locale, nowMs: number): JsonObject {
  const readDate = readAt?.toISOString() ?? null;
  return { task: taskView(task, locale, nowMs), copiedBy, copyDate: copiedAt.toISOString(), readDate };
}

/** Who got a task as a copy, and who has read it. */
export function receiptsView({ copies, readers }: TaskReceipts): JsonObject {
  return {
    copies: copies.map(({ recipient, copiedBy, copiedAt }) => ({ ...recipient, copiedBy, copyDate: copiedAt.toISOString() })),
    readers: readers.map(({ user, readAt }) => ({ user, readDate: readAt.toISOString() })),
  };
}

export function substitutionView(rule: Substitution): JsonObject {
  const { id, principal, substitute, fromMs, untilMs, processIds, createdBy } = rule;
  const period = { from: timeOf(fromMs), until: timeOf(untilMs) };
  return { substitutionId: id, principal, substitute, ...period, processDefinitionIds: processIds, createdBy };
}

/** The suspension of a process that is in force, or that there is none. */
export function suspensionView(processDefinitionId: string, suspension: ProcessSuspension | undefined): JsonObject {
  if (suspension === undefined) return { processDefinitionId, suspended: false, suspendedBy: null, suspensionDate: null, reason: null };
  const { suspendedBy, suspendedAt, reason } = suspension;
  return { processDefinitionId, suspended: true, suspendedBy: suspendedBy.user, suspensionDate: suspendedAt.toISOString(), reason };
}

/** An event of the audit log: its head in the open, everything else that was recorded in `data`. */
export function historyView(item: HistoryItem): JsonObject {
  const { type, atMs, actor, instanceKey, elementId, ...data } = item.record;
  return {
    sequence: item.sequence,
    position: item.position,
    type,
    timestamp: timeOf(atMs),
    actor,
    processInstanceKey: instanceKey,
    elementId: elementId ?? null,
    data: data as unknown as Json,
    hash: item.hash,
  };
}

export function definitionView(definition: Definition, locale: Locale): JsonObject {
  return {
    processDefinitionId: definition.processId,
    name: textIn(definition.title, locale, definition.processId),
    version: definition.version,
    hash: definition.modelHash,
    publicationDate: definition.publishedAt.toISOString(),
  };
}

/** A deployment as the interface shows it. */
export function deploymentView({ id, at, by, fromFolder, processes, forms, registers, reports, templates }: Deployment): JsonObject {
  return {
    deploymentId: id,
    deploymentDate: at.toISOString(),
    deployedBy: by,
    fromFolder,
    processes: processes.map(({ processId, version, changed }) => ({ processDefinitionId: processId, version, changed })),
    forms: forms.map(({ formId, hash, changed }) => ({ formId, hash, changed })),
    registers: registers.map(({ registerId, version, changed }) => ({ registerId, version, changed })),
    reports: reports.map(({ reportId, hash, changed }) => ({ reportId, hash, changed })),
    templates: templates.map(({ templateId, hash, changed }) => ({ templateId, hash, changed })),
  };
}

const translated = new Set(['title', 'description']);

/** A form's schema in one language: titles and descriptions that are written as `{ zh, en }` become texts. */
export function schemaIn(schema: Json, locale: Locale): Json {
  if (Array.isArray(schema)) return schema.map((part) => schemaIn(part, locale));
  if (schema === null || typeof schema !== 'object') return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [
      name,
      translated.has(name) && isText(value) ? (value[locale] as string) : schemaIn(value, locale),
    ]),
  );
}

function isText(value: Json): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    typeof value['zh'] === 'string' &&
    typeof value['en'] === 'string'
  );
}
