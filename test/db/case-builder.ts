import type { JsonObject } from '../../engine/json';
import type {
  EngineRecord,
  InstanceSnapshot,
  RecordBatch,
  RecordBody,
  SubscriptionSnapshot,
  TaskSnapshot,
} from '../../engine/runtime/records';

const START_MS = Date.UTC(2026, 2, 2, 1, 0, 0);

type Body = RecordBody & { elementId?: string; actor?: string; instanceKey?: string };

/** Makes batches of one case as the engine would. */
export class CaseBuilder {
  sequence = 0;
  nowMs = START_MS;
  private next = 1;

  constructor(
    readonly rootKey: string,
    readonly dealership = 'tianhe',
    readonly processId = 'order-to-delivery',
    readonly businessKey = `SO-${rootKey}`,
  ) {}

  get location() {
    return { workflowId: `${this.dealership}:${this.processId}:${this.businessKey}` };
  }

  batch(...bodies: Body[]): RecordBatch {
    this.sequence += 1;
    this.nowMs += 1000;
    const records = bodies.map(({ elementId, actor, instanceKey, ...body }) => {
      const head = { atMs: this.nowMs, actor: actor ?? 'clerk@tianhe', instanceKey: instanceKey ?? this.rootKey };
      return { ...head, ...(elementId === undefined ? {} : { elementId }), ...body } as EngineRecord;
    });
    return { rootKey: this.rootKey, dealership: this.dealership, sequence: this.sequence, records };
  }

  instance(changes: Partial<InstanceSnapshot> = {}): InstanceSnapshot {
    return {
      key: this.rootKey,
      processId: this.processId,
      model: 'model-1',
      businessKey: this.businessKey,
      parentKey: null,
      rootKey: this.rootKey,
      state: 'ACTIVE',
      startedAtMs: START_MS,
      startedBy: 'salesman@tianhe',
      endedAtMs: null,
      end: null,
      ...changes,
    };
  }

  start(variables: JsonObject = {}, ...more: Body[]): RecordBatch {
    return this.batch({ type: 'instanceStarted', instance: this.instance(), variables, actor: 'salesman@tianhe' }, ...more);
  }

  task(elementId: string, changes: Partial<TaskSnapshot> = {}): TaskSnapshot {
    return {
      key: `${this.rootKey}-${this.next++}`,
      elementId,
      instanceKey: this.rootKey,
      processId: this.processId,
      model: 'model-1',
      businessKey: this.businessKey,
      state: 'CREATED',
      assignee: null,
      candidateGroups: ['clerk'],
      candidateUsers: [],
      excludedUsers: [],
      priority: 50,
      createdAtMs: this.nowMs,
      dueAtMs: null,
      completedAtMs: null,
      completedBy: null,
      outcome: null,
      urgedCount: 0,
      escalatedTo: [],
      scopeKeys: [this.rootKey],
      followUpAtMs: null,
      completedFor: null,
      onlyUsers: null,
      delegatedBy: null,
      ...changes,
    };
  }

  opened(task: TaskSnapshot): Body {
    return { type: 'taskOpened', task, elementId: task.elementId, actor: 'system' };
  }

  completed(task: TaskSnapshot, by: string, outcome: string | null = null, data: JsonObject = {}): Body {
    return {
      type: 'taskCompleted',
      task: { ...task, state: 'COMPLETED', assignee: by, completedBy: by, completedAtMs: this.nowMs + 1000, outcome },
      data,
      elementId: task.elementId,
      actor: by,
    };
  }

  subscription(name: string, correlationKey: string, open = true): SubscriptionSnapshot {
    return { key: `${this.rootKey}-s-${name}`, instanceKey: this.rootKey, elementId: 'paid', name, correlationKey, open };
  }
}
