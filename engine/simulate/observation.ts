import type { JsonObject } from '../json';
import type { Observation, ObservedStep } from '../language/scenario-host';
import type { InstanceState } from '../runtime/instance-state';
import type { ModelClosure } from '../runtime/process-model';
import type { EngineRecord, InstanceSnapshot } from '../runtime/records';

/** What a case looks like, from its state and all its records: the same for every host that has both. */
export function observationOf(closure: ModelClosure, state: InstanceState, records: readonly EngineRecord[]): Observation {
  const processOf = new Map<string, string>();
  for (const record of records) if (record.type === 'instanceStarted') processOf.set(record.instance.key, record.instance.processId);
  const stepOf = ({ instanceKey, elementId }: EngineRecord): ObservedStep => ({
    processId: processOf.get(instanceKey) ?? '',
    elementId: elementId ?? '',
  });
  const root = rootOf(state.instanceKey, records);
  return {
    state: root.state,
    ended: root.end,
    ...openWork(closure, state),
    ran: counted(records.filter(({ type }) => type === 'elementCompleted' || type === 'taskCompleted').map(stepOf)),
    branches: counted(
      records.flatMap((record) => (record.type === 'branchTaken' ? [{ ...stepOf(record), elementId: record.flowId }] : [])),
    ).map(({ processId, elementId, count }) => ({ processId, flowId: elementId, count })),
    urged: counted(records.filter(({ type }) => type === 'taskUrged').map(stepOf)),
    escalated: escalations(records, stepOf),
    variables: rootVariables(state.instanceKey, records),
  };
}

function rootOf(instanceKey: string, records: readonly EngineRecord[]): InstanceSnapshot {
  let root: InstanceSnapshot | undefined;
  for (const record of records) if ('instance' in record && record.instance.key === instanceKey) root = record.instance;
  if (root === undefined) throw new Error(`invariant: no record tells of instance "${instanceKey}"`);
  return root;
}

function openWork(closure: ModelClosure, state: InstanceState): Pick<Observation, 'tasks' | 'waits' | 'incidents'> {
  const placeOf = (scope: string, node: string): ObservedStep => ({ processId: state.scopes[scope]?.processId ?? '', elementId: node });
  const tasks = Object.values(state.tasks);
  const atTask = new Set(tasks.map(({ token }) => token));
  const waiting = Object.values(state.tokens).filter(({ id, status }) => status === 'waiting' && !atTask.has(id));
  const isCall = (scope: string, node: string) => closure.models[state.scopes[scope]?.model ?? '']?.nodes[node]?.kind === 'callActivity';
  return {
    tasks: tasks.map(({ scope, node, assignee, candidateGroups, candidateUsers, dueAtMs }) => ({
      ...placeOf(scope, node),
      assignee,
      candidateGroups,
      candidateUsers,
      dueAtMs,
    })),
    waits: waiting.filter(({ scope, node }) => !isCall(scope, node)).map(({ scope, node }) => placeOf(scope, node)),
    incidents: Object.values(state.incidents).map(({ scope, node, code }) => ({ ...placeOf(scope, node), code })),
  };
}

function counted(steps: ObservedStep[]): (ObservedStep & { count: number })[] {
  const counts = new Map<string, ObservedStep & { count: number }>();
  for (const step of steps) {
    const key = `${step.processId}/${step.elementId}`;
    counts.set(key, { ...step, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}

function escalations(records: readonly EngineRecord[], stepOf: (record: EngineRecord) => ObservedStep): Observation['escalated'] {
  const roles = new Map<string, ObservedStep & { roles: string[] }>();
  for (const record of records) {
    if (record.type !== 'taskEscalated') continue;
    const step = stepOf(record);
    const key = `${step.processId}/${step.elementId}`;
    roles.set(key, { ...step, roles: [...new Set([...(roles.get(key)?.roles ?? []), ...record.roles])] });
  }
  return [...roles.values()];
}

function rootVariables(instanceKey: string, records: readonly EngineRecord[]): JsonObject {
  const variables: JsonObject = {};
  for (const record of records) {
    if (record.instanceKey !== instanceKey) continue;
    if (record.type === 'instanceStarted' || record.type === 'variablesSet') Object.assign(variables, record.variables);
  }
  return variables;
}
