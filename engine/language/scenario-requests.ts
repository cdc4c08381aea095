import type { Actor } from '../runtime/events';
import type { ScenarioAction, TaskOperation, Which } from './scenario';
import type { HostRequest, Observation, ObservedTask } from './scenario-host';

/** An open task, or the key of one that is not there. */
export type MeantTask = { key: string } | ObservedTask;

interface Circumstances {
  seen: Observation;
  actor: Actor;
  taskKey: string;
  rolesOf(user: string): string[];
}

/** The request of the engine that a step of a scenario stands for. */
export function requestFor(operation: TaskOperation, { seen, actor, taskKey, rolesOf }: Circumstances): HostRequest {
  const head = { actor, taskKey };
  switch (operation.type) {
    case 'assignTask': {
      const assignee = operation.to ?? actor.user;
      const assigneeRoles = operation.to === undefined ? actor.roles : rolesOf(operation.to);
      return { ...head, type: 'assignTask', assignee, assigneeRoles, allowOverride: operation.override };
    }
    case 'unassignTask':
      return { ...head, type: 'unassignTask' };
    case 'transferTask':
    case 'delegateTask':
      return { ...head, type: operation.type, to: operation.to, toRoles: rolesOf(operation.to) };
    case 'withdrawTask': {
      const draftedTaskKeys = seen.tasks.flatMap(({ elementId, key }) => (operation.drafted.includes(elementId) ? [key] : []));
      return { ...head, type: 'withdrawTask', draftedTaskKeys };
    }
    default:
      return { ...head, ...operation };
  }
}

/**
 * The tasks that a step of a scenario means: the one with the number that it says, all of them, or the oldest open one of the step that
 * is for this person; without such a one the oldest. What is taken back is the task that was completed last. There is always one, so that
 * the host can refuse what is not there.
 */
export function tasksOf(
  { step, which, ...action }: Extract<ScenarioAction, { kind: 'task' | 'note' }>,
  seen: Observation,
  actor: Actor | undefined,
): MeantTask[] {
  if (action.kind === 'task' && action.operation.type === 'withdrawTask') {
    return [seen.completedTasks.filter(({ elementId }) => elementId === step).at(-1) ?? { key: '' }];
  }
  const open = seen.tasks.filter(({ elementId }) => elementId === step);
  const [first] = open;
  if (first === undefined) return [{ key: step }];
  if (which === 'all') return open;
  if (which !== undefined) return [open[which - 1] ?? { key: `${step}, number ${which} of ${open.length}` }];
  return [(actor === undefined ? undefined : open.find((task) => isFor(task, actor))) ?? first];
}

function isFor(task: ObservedTask, actor: Actor): boolean {
  const { user, roles } = actor.for ?? actor;
  if (task.assignee !== null) return task.assignee === user;
  return task.candidateUsers.includes(user) || roles.some((role) => task.candidateGroups.includes(role));
}

/** The numbers, from 1, of those that a step means of `open` ones: the one that it says, all of them, or the first. */
export function numbersOf(which: Which | undefined, open: number): number[] {
  if (which !== 'all' || open === 0) return [which === undefined || which === 'all' ? 1 : which];
  return Array.from({ length: open }, (_, index) => index + 1);
}
