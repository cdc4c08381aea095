import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  defineUpdate,
  proxyActivities,
  setHandler,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { OrderActivities } from './activities';
import { COMPLETE_TASK_UPDATE, type CompleteTask, type OrderInput, type RowBatch, type TaskRow } from './messages';

const { noop, writeRows } = proxyActivities<OrderActivities>({ startToCloseTimeout: '30s', retry: { initialInterval: '200ms' } });
const completeTask = defineUpdate<void, [CompleteTask]>(COMPLETE_TASK_UPDATE);

const GROUPS: Record<string, string[]> = { review: ['clerk'], shipTime: ['salesman'], payment: ['finance'] };

/**
 * The order case as one writes it for Temporal by hand, with the engine's promises: whoever gets an answer finds its rows, and rows tell
 * nothing that the history has not. A completion and the tasks that it opens are one transaction.
 */
export async function orderCase({ dealership, startedBy, variables }: OrderInput): Promise<void> {
  const caseId = workflowInfo().workflowId;
  const startedAt = now();
  // a task is known from the moment its rows are on their way: a reader of the rows may be here before the answer of the writing
  const known = new Map<string, TaskRow>();
  const open = new Set<string>();
  const done = new Map<string, CompleteTask>();
  let sequence = 0;

  const write = (batch: Omit<RowBatch, 'caseId' | 'dealership' | 'sequence'>) => {
    sequence += 1;
    return writeRows({ caseId, dealership, sequence, ...batch });
  };
  const openTasks = async (tasks: TaskRow[], batch: Parameters<typeof write>[0]): Promise<void> => {
    for (const task of tasks) known.set(task.key, task);
    await write(batch);
    for (const task of tasks) open.add(task.key);
  };
  const caseRow = (state: 'ACTIVE' | 'COMPLETED', endedAt: string | null) => ({
    businessKey: String(variables['orderNo']),
    state,
    startedBy,
    startedAt,
    endedAt,
  });

  setHandler(
    completeTask,
    async (completion) => {
      const task = known.get(completion.taskKey) as TaskRow;
      known.delete(task.key);
      await condition(() => open.has(task.key));
      open.delete(task.key);
      const closed: TaskRow = { ...task, state: 'COMPLETED', completedAt: now(), completedBy: completion.user };
      const opened = task.elementId === 'review' && completion.data['approved'] === true ? [taskOf('shipTime'), taskOf('payment')] : [];
      await openTasks(opened, {
        variables: [{ name: task.elementId, value: completion.data }],
        tasks: [closed, ...opened],
        events: [eventOf('taskCompleted', closed, completion.user, completion.data), ...opened.map((each) => eventOf('taskOpened', each))],
      });
      done.set(task.elementId, completion);
    },
    {
      validator: ({ taskKey }) => {
        if (!known.has(taskKey)) throw ApplicationFailure.nonRetryable(`task "${taskKey}" is not open`, 'task-not-open');
      },
    },
  );

  await Promise.all([
    write({
      case: caseRow('ACTIVE', null),
      variables: Object.entries(variables).map(([name, value]) => ({ name, value })),
      tasks: [],
      events: [
        { type: 'instanceStarted', at: startedAt, actor: startedBy, elementId: null, record: { caseId, startedBy, variables } },
        { type: 'activityStarted', at: startedAt, actor: 'system', elementId: 'check', record: { elementId: 'check' } },
      ],
    }),
    noop(String(variables['orderNo'])),
  ]);

  const review = taskOf('review');
  await openTasks([review], { variables: [], tasks: [review], events: [activityEnded('check'), eventOf('taskOpened', review)] });
  await condition(() => done.has('review'));
  if (done.get('review')?.data['approved'] === true) {
    await condition(() => done.has('shipTime') && done.has('payment'));
    await noop(String(variables['orderNo']));
  }
  const ended = { type: 'instanceEnded', at: now(), actor: 'system', elementId: null, record: { caseId, end: 'released' } };
  await write({ case: caseRow('COMPLETED', ended.at), variables: [], tasks: [], events: [activityEnded('release'), ended] });
  await condition(allHandlersFinished);
}

function taskOf(elementId: string): TaskRow {
  const candidateGroups = GROUPS[elementId] ?? [];
  return { key: uuid4(), elementId, state: 'CREATED', candidateGroups, createdAt: now(), completedAt: null, completedBy: null };
}

function eventOf(type: string, task: TaskRow, actor = 'system', data: CompleteTask['data'] = {}): RowBatch['events'][number] {
  return { type, at: task.completedAt ?? task.createdAt, actor, elementId: task.elementId, record: { ...task, data } };
}

function activityEnded(elementId: string): RowBatch['events'][number] {
  return { type: 'activityEnded', at: now(), actor: 'system', elementId, record: { elementId } };
}

function now(): string {
  return new Date().toISOString();
}
