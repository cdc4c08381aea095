import type { StoredBatch } from '../../db/recording-repository';
import type { JsonObject } from '../../engine/json';
import type { ModelClosure } from '../../engine/runtime/process-model';
import type { EngineRecord } from '../../engine/runtime/records';

type OfType<R, T> = R extends { type: infer U } ? (T extends U ? R : never) : never;
type RecordOf<T extends EngineRecord['type']> = OfType<EngineRecord, T>;

/** What somebody or something did with a case, as a step of a scenario, and the task or job that was meant. */
export interface RecordedAction {
  atMs: number;
  /** Absent: timers fired; the clock goes on to the last of them. */
  step?: JsonObject;
  /** Without its case: `<case>-7` is `7`. */
  taskId?: string;
  dueAtMs?: number;
  /** Where it was done: the process of the case, and the step. */
  instanceKey: string;
  elementId?: string;
}

/** How a case began: what a scenario says at its top. */
export interface RecordedStart {
  atMs: number;
  startedBy: string;
  variables: JsonObject;
  trigger?: { node: string; variables: JsonObject };
}

/** How a case began, from its first batch. */
export function recordedStart({ records }: StoredBatch, rootKey: string, { models, root }: ModelClosure): RecordedStart {
  const started = records.find(
    (record) => record.type === 'instanceStarted' && record.instance.key === rootKey,
  ) as RecordOf<'instanceStarted'>;
  const nodes = models[root]?.nodes ?? {};
  const begun = records.find(({ type, elementId = '', instanceKey }) => {
    const node = nodes[elementId];
    return type === 'elementCompleted' && instanceKey === rootKey && node?.kind === 'startEvent' && node.trigger !== undefined;
  });
  const { startedBy } = started.instance;
  const base = { atMs: started.atMs, startedBy, variables: started.variables };
  const node = nodes[begun?.elementId ?? ''];
  if (node?.kind !== 'startEvent') return base;
  const { result } = node;
  const came = records.flatMap((record) =>
    record.type === 'variablesSet' && result !== undefined ? [record.variables[result] ?? null] : [],
  );
  return { ...base, trigger: { node: node.id, variables: (came[0] ?? {}) as JsonObject } };
}

/**
 * What was done in a transition after the first: one thing, or nothing that a scenario says because the case did it by itself. A case that goes on
 * after a suspension does what was kept as well.
 *
 * @param own ids of the messages that the case has published itself
 * @throws {Error} where nothing of a scenario is like it
 */
export function recordedActions({ records }: StoredBatch, rootKey: string, own: ReadonlySet<string>): RecordedAction[] {
  const [first] = records;
  if (first === undefined) return [];
  const resumed = find(records, 'caseResumed');
  if (resumed !== undefined) {
    const kept = records.flatMap((record) => factOf(record, own) ?? []);
    return [of(resumed, { resume: true, as: resumed.actor }), ...kept];
  }
  const action = requestOf(records, rootKey) ?? records.map((record) => factOf(record, own)).find((fact) => fact !== undefined);
  if (action !== undefined) return [action];
  const timers = records.flatMap((record) => (record.type === 'timerFired' ? [record.dueAtMs] : []));
  if (timers.length > 0) return [{ atMs: first.atMs, instanceKey: first.instanceKey, dueAtMs: Math.max(...timers) }];
  const steered = steeringOf(records);
  return steered === undefined ? [] : [steered];
}

function find<T extends EngineRecord['type']>(
  records: readonly EngineRecord[],
  type: T,
  meant: (record: RecordOf<T>) => boolean = () => true,
): RecordOf<T> | undefined {
  return records.find((record): record is RecordOf<T> => record.type === type && meant(record as RecordOf<T>));
}

function isPerson(user: string | null): boolean {
  return user !== null && user !== 'system' && user !== 'temporal' && !user.startsWith('system:') && !user.startsWith('case:');
}

/** Some of these come with what follows of them: the first of this order is what was asked. */
function requestOf(records: readonly EngineRecord[], rootKey: string): RecordedAction | undefined {
  const canceled = find(records, 'instanceCanceled', ({ instance }) => instance.key === rootKey);
  if (canceled !== undefined) return of(canceled, { cancel: canceled.reason ?? '', as: canceled.actor });
  if (find(records, 'instanceTerminated', ({ instance }) => instance.key === rootKey) !== undefined) {
    throw new Error('the case was terminated in Temporal, which no scenario can do');
  }
  return requestOfTask(records) ?? requestOfCase(records);
}

function requestOfTask(records: readonly EngineRecord[]): RecordedAction | undefined {
  const returned = find(records, 'taskReturned');
  if (returned !== undefined)
    return ofTask(returned, { return: returned.task.elementId, to: returned.target, ...reasoned(returned.reason) });
  const withdrawn = find(records, 'taskWithdrawn');
  if (withdrawn !== undefined) return of(withdrawn, { takeBack: withdrawn.elementId ?? '', as: withdrawn.actor });
  const added = find(records, 'signerAdded');
  if (added !== undefined)
    return ofKey(added, added.taskKey, { addSigner: added.elementId ?? '', place: added.place ?? 'beside', user: added.user });
  const removed = find(records, 'signerRemoved');
  if (removed !== undefined) return ofKey(removed, removed.taskKey, { removeSigner: removed.elementId ?? '', user: removed.user });
  const transferred = find(records, 'taskTransferred');
  if (transferred !== undefined) return ofTask(transferred, { transfer: transferred.task.elementId, to: transferred.task.assignee });
  const delegated = find(records, 'taskDelegated');
  if (delegated !== undefined) return ofTask(delegated, { delegate: delegated.task.elementId, to: delegated.task.assignee });
  const handedBack = find(records, 'taskHandedBack');
  if (handedBack !== undefined) return ofTask(handedBack, { complete: handedBack.task.elementId, ...dataOf(handedBack) });
  const completed = find(records, 'taskCompleted', ({ task }) => isPerson(task.completedBy));
  if (completed !== undefined) {
    const { task, data } = completed;
    const { elementId, completedBy, completedFor, outcome } = task;
    const by = { as: completedBy, ...(completedFor === null ? {} : { for: completedFor }) };
    return { ...ofTask(completed, { complete: elementId, ...by, ...dataOf({ outcome, data }) }) };
  }
  const urged = find(records, 'taskUrged', ({ rule, actor }) => rule === 'person' && isPerson(actor));
  if (urged !== undefined) return ofTask(urged, { urge: urged.task.elementId, ...reasoned(urged.message ?? null) });
  const released = find(records, 'taskUnassigned', ({ actor }) => isPerson(actor));
  return released === undefined ? undefined : ofTask(released, { release: released.task.elementId });
}

function requestOfCase(records: readonly EngineRecord[]): RecordedAction | undefined {
  const instanceAdded = find(records, 'instanceAdded');
  if (instanceAdded !== undefined) {
    return of(instanceAdded, { addInstance: instanceAdded.elementId ?? '', as: instanceAdded.actor, item: instanceAdded.item });
  }
  const instanceRemoved = find(records, 'instanceRemoved');
  if (instanceRemoved !== undefined) {
    return of(instanceRemoved, {
      removeInstance: instanceRemoved.elementId ?? '',
      as: instanceRemoved.actor,
      index: instanceRemoved.index,
    });
  }
  const suspended = find(records, 'caseSuspended');
  return suspended === undefined ? undefined : of(suspended, { suspend: suspended.reason ?? '', as: suspended.actor });
}

/** What came from outside. */
function factOf(record: EngineRecord, own: ReadonlySet<string>): RecordedAction | undefined {
  switch (record.type) {
    case 'connectorSucceeded':
      return of(record, { answer: record.elementId ?? '', output: record.output });
    case 'connectorFailed': {
      const failure = record.errorCode === null ? { fail: record.message.slice(0, 200) } : { error: record.errorCode };
      return of(record, { answer: record.elementId ?? '', ...failure });
    }
    case 'messageReceived': {
      const { name, correlationKey } = record.subscription;
      if (own.has(record.messageId)) return undefined;
      const variables = Object.keys(record.variables).length === 0 ? {} : { variables: record.variables };
      return of(record, { message: { name, key: correlationKey, ...variables }, ...(isPerson(record.actor) ? { as: record.actor } : {}) });
    }
    case 'signalReceived': {
      const { name } = record.subscription;
      if (own.has(record.signalId)) return undefined;
      const signal = Object.keys(record.variables).length === 0 ? name : { name, variables: record.variables };
      return of(record, { signal, ...(isPerson(record.actor) ? { as: record.actor } : {}) });
    }
    default:
      return undefined;
  }
}

/** What is known only by what nothing else explains: a person has caused it. */
function steeringOf(records: readonly EngineRecord[]): RecordedAction | undefined {
  const [first] = records;
  if (first === undefined || !isPerson(first.actor)) return undefined;
  const resolved = find(records, 'incidentResolved');
  const set = first.type === 'variablesSet' ? first.variables : undefined;
  if (resolved !== undefined) {
    return of(resolved, { resolve: resolved.incident.elementId, as: resolved.actor, ...(set === undefined ? {} : { variables: set }) });
  }
  if (set !== undefined) return of(first, { set, as: first.actor });
  const assigned = find(records, 'taskAssigned');
  if (assigned !== undefined && first.type === 'taskAssigned') {
    const { elementId, assignee } = assigned.task;
    if (assignee === assigned.actor) return ofTask(assigned, { claim: elementId });
    return ofTask(assigned, { assign: elementId, to: assignee, ...(assigned.previousAssignee === null ? {} : { override: true }) });
  }
  const copied = find(records, 'taskCopied');
  if (copied !== undefined && first.type === 'taskCopied') {
    const users = copied.users.length === 0 ? {} : { users: copied.users };
    const roles = copied.roles.length === 0 ? {} : { roles: copied.roles };
    return ofKey(copied, copied.taskKey, { copy: copied.elementId ?? '', ...users, ...roles });
  }
  const ended = find(records, 'loopCompleted') ?? find(records, 'elementCompleted', ({ kind }) => kind === 'subProcess');
  if (ended !== undefined) return of(ended, { completeActivity: ended.elementId ?? '', as: ended.actor });
  const started = records.find(({ elementId }) => elementId !== undefined);
  return started === undefined ? undefined : of(started, { startStep: started.elementId ?? '', as: started.actor });
}

function of({ atMs, instanceKey, elementId }: EngineRecord, step: JsonObject): RecordedAction {
  return { atMs, instanceKey, step, ...(elementId === undefined ? {} : { elementId }) };
}

function ofTask(record: EngineRecord & { task: { key: string } }, step: JsonObject): RecordedAction {
  return ofKey(record, record.task.key, step);
}

/** The verb stands first, the person next. */
function ofKey(record: EngineRecord, taskKey: string | null, step: JsonObject): RecordedAction {
  const [verb = '', ...others] = Object.keys(step);
  const rest = Object.fromEntries(others.map((key) => [key, step[key] ?? null]));
  const action = of(record, { [verb]: step[verb] ?? '', as: record.actor, ...rest });
  const taskId = taskKey?.slice(taskKey.lastIndexOf('-') + 1);
  return taskId === undefined ? action : { ...action, taskId };
}

function reasoned(reason: string | null): JsonObject {
  return reason === null ? {} : { reason };
}

function dataOf({ outcome, data }: { outcome: string | null; data: JsonObject }): JsonObject {
  const chosen = outcome === null ? {} : { outcome };
  return Object.keys(data).length === 0 ? chosen : { ...chosen, with: data };
}
