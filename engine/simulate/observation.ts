import type { Observation, ObservedStep } from '../language/scenario-host';
import type { InstanceState, Token } from '../runtime/instance-state';
import type { ModelClosure } from '../runtime/process-model';
import type { EngineRecord, InstanceSnapshot } from '../runtime/records';
import { awaitedBy, type ListeningState } from './awaited';

/** What of a state an observation reads. */
export type ObservedState = Pick<InstanceState, 'instanceKey' | 'tasks' | 'tokens' | 'scopes' | 'incidents'> & ListeningState;

/** What a case looks like, from its state and all its records: the same for every host that has both. */
export function observationOf(closure: ModelClosure, state: ObservedState, records: readonly EngineRecord[]): Observation {
  const processOf = new Map<string, string>();
  for (const record of records) if (record.type === 'instanceStarted') processOf.set(record.instance.key, record.instance.processId);
  const stepOf = ({ instanceKey, elementId }: EngineRecord): ObservedStep => ({
    processId: processOf.get(instanceKey) ?? '',
    elementId: elementId ?? '',
  });
  const root = rootOf(state.instanceKey, records);
  const order = records.filter(isCompletion).map(stepOf);
  return {
    state: root.state,
    ended: root.end,
    ...openWork(closure, state),
    awaits: awaitedBy(closure, state),
    ...variablesIn(state, records),
    detachedTasks: [],
    order,
    completedTasks: records.flatMap((record) => (record.type === 'taskCompleted' ? [{ ...stepOf(record), key: record.task.key }] : [])),
    ran: counted(order),
    branches: counted(
      records.flatMap((record) => (record.type === 'branchTaken' ? [{ ...stepOf(record), elementId: record.flowId }] : [])),
    ).map(({ processId, elementId, count }) => ({ processId, flowId: elementId, count })),
    urged: counted(records.filter(({ type }) => type === 'taskUrged').map(stepOf)),
    escalated: gathered(records, stepOf, (record) => (record.type === 'taskEscalated' ? record.roles : [])).map(({ items, ...step }) => ({
      ...step,
      roles: items,
    })),
    copied: gathered(records, stepOf, (record) => (record.type === 'taskCopied' ? [...record.roles, ...record.users] : [])).map(
      ({ items, ...step }) => ({ ...step, to: items }),
    ),
    notified: gathered(records, stepOf, reachedBy).map(({ items, ...step }) => ({ ...step, to: items })),
    comments: [],
    asked: records.flatMap((record) => {
      if (record.type !== 'connectorInvoked') return [];
      return [{ ...stepOf(record), connector: record.connector, input: record.input }];
    }),
    decided: records.flatMap((record) => (record.type === 'decisionMade' ? [{ decision: record.decision, rules: record.rules }] : [])),
    errors: records.flatMap((record) => (record.type === 'errorThrown' ? [record.code] : [])),
    escalations: records.flatMap((record) => (record.type === 'escalationThrown' ? [record.code] : [])),
    published: records.flatMap((record) => (record.type === 'messagePublished' ? [{ name: record.name, key: record.correlationKey }] : [])),
    signals: records.flatMap((record) => (record.type === 'signalThrown' ? [record.name] : [])),
    detached: records.flatMap((record) => (record.type === 'detachedStarted' ? [record.process] : [])),
  };
}

/** When the nearest timer of a step is due, in milliseconds since the epoch: its own, of one of its events, or of what is overdue. */
export function nearestTimerOf({ timers, tokens, suspended }: InstanceState, elementId: string): number | undefined {
  if (suspended !== undefined) return undefined;
  const own = Object.values(timers).filter(
    ({ token, purpose }) => (purpose.kind === 'event' && purpose.node === elementId) || tokens[token]?.node === elementId,
  );
  return own.length === 0 ? undefined : Math.min(...own.map(({ dueAtMs }) => dueAtMs));
}

function rootOf(instanceKey: string, records: readonly EngineRecord[]): InstanceSnapshot {
  let root: InstanceSnapshot | undefined;
  for (const record of records) if ('instance' in record && record.instance.key === instanceKey) root = record.instance;
  if (root === undefined) throw new Error(`invariant: no record tells of instance "${instanceKey}"`);
  return root;
}

/** A signature of several is a task that is done; the step is when it is decided. */
function isCompletion(record: EngineRecord): boolean {
  if (record.type === 'taskCompleted') return record.signature !== true;
  return record.type === 'elementCompleted' || record.type === 'signingDecided';
}

function openWork(closure: ModelClosure, state: ObservedState): Pick<Observation, 'tasks' | 'waits' | 'incidents'> {
  const placeOf = (scope: string, node: string): ObservedStep => ({ processId: state.scopes[scope]?.processId ?? '', elementId: node });
  const nodeOf = ({ scope, node }: Token) => closure.models[state.scopes[scope]?.model ?? '']?.nodes[node];
  const callers = new Set(Object.values(state.scopes).map(({ caller }) => caller));
  const tokens = Object.values(state.tokens);
  const busy = tokens.filter(({ holds }) => holds !== undefined);
  const waits = tokens.filter((token) => {
    if (token.status === 'guarded' || token.status === 'locked') return true;
    if (token.status !== 'waiting' || token.listens === true || token.undo !== undefined || token.loop !== undefined) return false;
    return !callers.has(token.id) && nodeOf(token)?.kind !== 'userTask';
  });
  return {
    tasks: Object.values(state.tasks).map((task) => {
      const token = state.tokens[task.token];
      const section = token === undefined ? undefined : sectionAt(closure, state, token);
      const { scope, node, key, assignee, candidateGroups, candidateUsers, dueAtMs, priority } = task;
      const locked = section !== undefined && busy.some(({ id, holds }) => holds === section && id !== task.token);
      return { ...placeOf(scope, node), key, assignee, candidateGroups, candidateUsers, dueAtMs, priority, locked };
    }),
    waits: waits.map(({ scope, node }) => placeOf(scope, node)),
    incidents: Object.values(state.incidents).map(({ scope, node, key, code }) => ({ ...placeOf(scope, node), key, code })),
  };
}

/** The critical section that the step at a token belongs to: the one that it names, or that of a sequential ad-hoc sub-process. */
function sectionAt(closure: ModelClosure, state: ObservedState, token: Token): string | undefined {
  const scope = state.scopes[token.scope];
  const nodes = closure.models[scope?.model ?? '']?.nodes ?? {};
  const node = nodes[token.node];
  if (node !== undefined && 'mutex' in node && node.mutex !== undefined) return node.mutex;
  const around = scope?.kind === 'subProcess' ? nodes[scope.node ?? ''] : undefined;
  const sequential = around?.kind === 'subProcess' && around.adHoc?.ordering === 'sequential' && scope?.undoing !== true;
  return sequential ? `${scope?.node}#${scope?.id}` : undefined;
}

function counted(steps: ObservedStep[]): (ObservedStep & { count: number })[] {
  const counts = new Map<string, ObservedStep & { count: number }>();
  for (const step of steps) {
    const key = `${step.processId}/${step.elementId}`;
    counts.set(key, { ...step, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}

function gathered(
  records: readonly EngineRecord[],
  stepOf: (record: EngineRecord) => ObservedStep,
  itemsOf: (record: EngineRecord) => string[],
): (ObservedStep & { items: string[] })[] {
  const found = new Map<string, ObservedStep & { items: string[] }>();
  for (const record of records) {
    const items = itemsOf(record);
    if (items.length === 0) continue;
    const step = stepOf(record);
    const key = `${step.processId}/${step.elementId}`;
    found.set(key, { ...step, items: [...new Set([...(found.get(key)?.items ?? []), ...items])] });
  }
  return [...found.values()];
}

/** Whom a record's urge, escalation or copy reached: who has the task, else all that may. */
function reachedBy(record: EngineRecord): string[] {
  if (record.type === 'taskEscalated') return record.roles;
  if (record.type === 'taskCopied') return [...record.roles, ...record.users];
  if (record.type !== 'taskUrged') return [];
  const { assignee, candidateGroups, candidateUsers } = record.task;
  return assignee === null ? [...candidateGroups, ...candidateUsers] : [assignee];
}

function variablesIn(
  { instanceKey, scopes }: ObservedState,
  records: readonly EngineRecord[],
): Pick<Observation, 'variables' | 'scopes' | 'instances'> {
  const processes = new Map<string, Observation['scopes'][number]>();
  for (const record of records) {
    if ('scopeKey' in record && record.scopeKey !== undefined) continue;
    if (record.type === 'instanceStarted') {
      processes.set(record.instance.key, { processId: record.instance.processId, elementId: '', variables: { ...record.variables } });
    } else if (record.type === 'variablesSet') Object.assign(processes.get(record.instanceKey)?.variables ?? {}, record.variables);
  }
  const open = Object.values(scopes);
  const inner = open.flatMap(({ kind, processId, node, variables }) =>
    kind === 'process' ? [] : [{ processId, elementId: node ?? '', variables }],
  );
  return {
    variables: processes.get(instanceKey)?.variables ?? {},
    scopes: [...processes.values(), ...inner],
    instances: open.flatMap((scope) => (scope.kind === 'process' ? [{ key: scope.instanceKey, processId: scope.processId }] : [])),
  };
}
