import type { Observation, ObservedStep } from '../language/scenario-host';
import type { InstanceState, Token } from '../runtime/instance-state';
import type { ModelClosure } from '../runtime/process-model';
import type { EngineRecord, InstanceSnapshot } from '../runtime/records';
import { awaitedBy, type ListeningState } from './awaited';

/** What of a state an observation reads. */
export type ObservedState = Pick<InstanceState, 'instanceKey' | 'tasks' | 'tokens' | 'scopes' | 'incidents'> & ListeningState;

/** What the case itself does not know: comments on its tasks, and the tasks of cases that it has started. */
interface ObservedBesides {
  comments?: () => Observation['comments'];
  detachedTasks?: () => Observation['detachedTasks'];
}

/**
 * What a case looks like, from its state and all its records: the same for every host that has both. Each part is worked out when it is first
 * read, so neither may change after that.
 */
export function observationOf(
  closure: ModelClosure,
  state: ObservedState,
  records: readonly EngineRecord[],
  besides: ObservedBesides = {},
): Observation {
  return Observed.of(new Sources(closure, state, records, besides));
}

/** What an observation is made from. */
class Sources {
  readonly processes = once(() => processesIn(this.records));
  readonly root = once(() => rootOf(this.state.instanceKey, this.records));
  readonly order = once(() => this.records.filter(isCompletion).map((record) => this.stepOf(record)));
  readonly inside = once(() => variablesIn(this.state, this.records));

  constructor(
    readonly closure: ModelClosure,
    readonly state: ObservedState,
    readonly records: readonly EngineRecord[],
    readonly besides: ObservedBesides,
  ) {}

  stepOf({ instanceKey, elementId }: EngineRecord): ObservedStep {
    return { processId: this.processes().get(instanceKey) ?? '', elementId: elementId ?? '' };
  }

  /** What each record of a type gives, in order. */
  each<T extends EngineRecord['type'], R>(type: T, give: (record: Extract<EngineRecord, { type: T }>) => R): R[] {
    return this.records.flatMap((record) => (record.type === type ? [give(record as Extract<EngineRecord, { type: T }>)] : []));
  }

  reached(itemsOf: (record: EngineRecord) => string[]): (ObservedStep & { to: string[] })[] {
    const found = gathered(this.records, (record) => this.stepOf(record), itemsOf);
    return found.map(({ items, ...step }) => ({ ...step, to: items }));
  }
}

/** How each part of an observation is worked out. */
const parts: { [K in keyof Observation]: (from: Sources) => Observation[K] } = {
  state: (from) => from.root().state,
  ended: (from) => from.root().end,
  tasks: ({ closure, state }) => tasksIn(closure, state),
  waits: ({ closure, state }) => waitsIn(closure, state),
  incidents: ({ state }) => incidentsIn(state),
  awaits: ({ closure, state }) => awaitedBy(closure, state),
  detachedTasks: ({ besides }) => besides.detachedTasks?.() ?? [],
  order: (from) => from.order(),
  completedTasks: (from) => from.each('taskCompleted', (record) => ({ ...from.stepOf(record), key: record.task.key })),
  ran: (from) => counted(from.order()),
  branches: (from) =>
    counted(from.each('branchTaken', (record) => ({ ...from.stepOf(record), elementId: record.flowId }))).map(
      ({ processId, elementId, count }) => ({ processId, flowId: elementId, count }),
    ),
  urged: (from) => counted(from.each('taskUrged', (record) => from.stepOf(record))),
  escalated: (from) =>
    from.reached((record) => (record.type === 'taskEscalated' ? record.roles : [])).map(({ to, ...step }) => ({ ...step, roles: to })),
  copied: (from) => from.reached((record) => (record.type === 'taskCopied' ? [...record.roles, ...record.users] : [])),
  notified: (from) => from.reached(reachedBy),
  comments: ({ besides }) => besides.comments?.() ?? [],
  asked: (from) =>
    from.each('connectorInvoked', (record) => ({ ...from.stepOf(record), connector: record.connector, input: record.input })),
  decided: (from) => from.each('decisionMade', ({ decision, rules }) => ({ decision, rules })),
  errors: (from) => from.each('errorThrown', ({ code }) => code),
  escalations: (from) => from.each('escalationThrown', ({ code }) => code),
  published: (from) => from.each('messagePublished', ({ name, correlationKey }) => ({ name, key: correlationKey })),
  signals: (from) => from.each('signalThrown', ({ name }) => name),
  detached: (from) => from.each('detachedStarted', ({ process }) => process),
  variables: (from) => from.inside().variables,
  scopes: (from) => from.inside().scopes,
  instances: (from) => from.inside().instances,
};

/** An object whose members are made when they are first read; it is written and compared as any other. */
class Observed {
  readonly #from: Sources;
  readonly #made: Partial<Observation> = {};

  private constructor(from: Sources) {
    this.#from = from;
  }

  static of(from: Sources): Observation {
    return Object.defineProperties(new Observed(from), members) as Observed & Observation;
  }

  static member<K extends keyof Observation>(name: K): PropertyDescriptor {
    return {
      enumerable: true,
      configurable: true,
      get(this: Observed): Observation[K] {
        this.#made[name] ??= parts[name](this.#from);
        return this.#made[name] as Observation[K];
      },
    };
  }
}

/** The same for all observations, of which there are many. */
const members: PropertyDescriptorMap = Object.fromEntries(
  (Object.keys(parts) as (keyof Observation)[]).map((name) => [name, Observed.member(name)]),
);

function once<V>(make: () => V): () => V {
  let made: { value: V } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function processesIn(records: readonly EngineRecord[]): Map<string, string> {
  const processes = new Map<string, string>();
  for (const record of records) if (record.type === 'instanceStarted') processes.set(record.instance.key, record.instance.processId);
  return processes;
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

function placeOf({ scopes }: ObservedState, scope: string, node: string): ObservedStep {
  return { processId: scopes[scope]?.processId ?? '', elementId: node };
}

function tasksIn(closure: ModelClosure, state: ObservedState): Observation['tasks'] {
  const busy = Object.values(state.tokens).filter(({ holds }) => holds !== undefined);
  return Object.values(state.tasks).map((task) => {
    const token = state.tokens[task.token];
    const section = token === undefined ? undefined : sectionAt(closure, state, token);
    const { scope, node, key, assignee, candidateGroups, candidateUsers, dueAtMs, priority } = task;
    const locked = section !== undefined && busy.some(({ id, holds }) => holds === section && id !== task.token);
    return { ...placeOf(state, scope, node), key, assignee, candidateGroups, candidateUsers, dueAtMs, priority, locked };
  });
}

function waitsIn(closure: ModelClosure, state: ObservedState): Observation['waits'] {
  const nodeOf = ({ scope, node }: Token) => closure.models[state.scopes[scope]?.model ?? '']?.nodes[node];
  const callers = new Set(Object.values(state.scopes).map(({ caller }) => caller));
  const waits = Object.values(state.tokens).filter((token) => {
    if (token.status === 'guarded' || token.status === 'locked') return true;
    if (token.status !== 'waiting' || token.listens === true || token.undo !== undefined || token.loop !== undefined) return false;
    return !callers.has(token.id) && nodeOf(token)?.kind !== 'userTask';
  });
  return waits.map(({ scope, node }) => placeOf(state, scope, node));
}

function incidentsIn(state: ObservedState): Observation['incidents'] {
  return Object.values(state.incidents).map(({ scope, node, key, code }) => ({ ...placeOf(state, scope, node), key, code }));
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
