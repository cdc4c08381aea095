import type { Json, JsonObject } from '../json';
import { startTimer, withdrawWork } from './activity';
import { type Draft, nodeOf, Stop } from './draft';
import { addDuration } from './durations';
import type { Actor, EngineRequest, Refusal } from './events';
import { checkFits, dueAtMs, usersOf } from './expressions';
import { leave } from './flow';
import type { Timer, Token, UserTask } from './instance-state';
import { LIMITS } from './limits';
import type { OverdueRule, UserTaskNode } from './process-model';
import { taskSnapshot } from './snapshots';

type Request<T extends EngineRequest['type']> = Extract<EngineRequest, { type: T }>;

/** Opens a user task: candidates and due date are evaluated now and stay, whatever changes later. */
export function openTask(draft: Draft, token: Token, node: UserTaskNode): void {
  const candidateUsers = usersOf(draft, token.scope, node.assign.users);
  const excludedUsers = usersOf(draft, token.scope, node.assign.exclude);
  if (node.assign.roles.length === 0 && !candidateUsers.some((user) => !excludedUsers.includes(user))) {
    throw new Stop('nobody-to-assign', `task "${node.id}" has no role and no user who may do it`);
  }
  const due = node.due === undefined ? null : dueAtMs(draft, token.scope, node.due);
  const id = draft.newId();
  const task: UserTask = {
    id,
    key: draft.publicKey(id),
    token: token.id,
    scope: token.scope,
    node: node.id,
    state: 'CREATED',
    assignee: null,
    candidateGroups: node.assign.roles,
    candidateUsers,
    excludedUsers,
    priority: node.priority,
    createdAtMs: draft.nowMs,
    dueAtMs: due,
    urgedCount: 0,
    escalatedTo: [],
  };
  draft.put('tasks', task);
  draft.put('tokens', { ...(draft.token(token.id) as Token), status: 'waiting' });
  draft.record(token.scope, node.id, { type: 'taskOpened', task: taskSnapshot(draft, task) });
  if (due !== null) for (const rule of node.overdue) startOverdueTimer(draft, task, rule, 0, due);
}

function startOverdueTimer(draft: Draft, task: UserTask, rule: OverdueRule, fired: number, fromMs: number): void {
  const duration = fired === 0 ? rule.after : rule.every;
  const due = duration === undefined ? undefined : addDuration(fromMs, duration, draft.closure.timezone);
  if (due === undefined) throw new Stop('expression-failed', `overdue rule "${rule.id}" has no valid duration`);
  startTimer(draft, task.token, Math.max(due, draft.nowMs + LIMITS.timerMs), { kind: 'overdue', task: task.id, rule: rule.id, fired });
}

/** An overdue rule's time has come: the task is urged or escalated, and stays where it is. */
export function applyOverdueRule(draft: Draft, timer: Timer): void {
  if (timer.purpose.kind !== 'overdue') return;
  const { task: taskId, rule: ruleId, fired } = timer.purpose;
  const task = draft.state.tasks[taskId];
  if (task === undefined) return;
  const rule = taskNode(draft, task).overdue.find((candidate) => candidate.id === ruleId);
  if (rule === undefined) return;
  if (rule.action.kind === 'urge') urge(draft, task, rule.id);
  else escalate(draft, task, rule.id, rule.action.roles);
  if (rule.every !== undefined && fired + 1 < rule.times) startOverdueTimer(draft, task, rule, fired + 1, timer.dueAtMs);
}

function urge(draft: Draft, task: UserTask, rule: string): void {
  const urged = { ...task, urgedCount: task.urgedCount + 1 };
  draft.put('tasks', urged);
  draft.record(task.scope, task.node, { type: 'taskUrged', task: taskSnapshot(draft, urged), rule });
}

function escalate(draft: Draft, task: UserTask, rule: string, roles: string[]): void {
  const escalated = {
    ...task,
    candidateGroups: [...new Set([...task.candidateGroups, ...roles])],
    escalatedTo: [...new Set([...task.escalatedTo, ...roles])],
  };
  draft.put('tasks', escalated);
  draft.record(task.scope, task.node, { type: 'taskEscalated', task: taskSnapshot(draft, escalated), rule, roles });
}

function taskNode(draft: Draft, task: UserTask): UserTaskNode {
  return nodeOf(draft.model(draft.scope(task.scope)), task.node) as UserTaskNode;
}

/** Finds an open task by its public key. A closed one has left the state; the rows know who closed it. */
function findTask(draft: Draft, taskKey: string): UserTask | undefined {
  const prefix = `${draft.state.instanceKey}-`;
  return taskKey.startsWith(prefix) ? draft.state.tasks[taskKey.slice(prefix.length)] : undefined;
}

function taskNotFound(taskKey: string): Refusal {
  return { code: 'task-not-found', message: `there is no open task "${taskKey}"` };
}

function isCandidate(task: Pick<UserTask, 'candidateGroups' | 'candidateUsers'>, actor: Actor): boolean {
  return task.candidateUsers.includes(actor.user) || actor.roles.some((role) => task.candidateGroups.includes(role));
}

/** Whether somebody may work on a task: a candidate or its assignee, and not excluded by four eyes. */
function checkActor(task: UserTask, actor: Actor): Refusal | undefined {
  if (task.excludedUsers.includes(actor.user)) {
    return { code: 'excluded-by-four-eyes', message: `"${actor.user}" may not do task "${task.node}" of this case (four eyes)` };
  }
  if (task.assignee !== actor.user && !isCandidate(task, actor)) {
    return { code: 'not-a-candidate', message: `"${actor.user}" is no candidate of task "${task.node}"` };
  }
  return undefined;
}

/**
 * Closes an open task and follows its flow. Its form's data, and its outcome where there are outcomes, become the step's result.
 *
 * A task that is already closed is refused, not closed again: a second click and the retry of a lost reply must both learn that nothing
 * happened. A refusal leaves the state untouched.
 */
export function completeTask(draft: Draft, request: Request<'completeTask'>): Refusal | undefined {
  const task = findTask(draft, request.taskKey);
  if (task === undefined) return taskNotFound(request.taskKey);
  const node = taskNode(draft, task);
  const refusal = checkActor(task, request.actor) ?? checkAssignee(task, request.actor) ?? checkOutcome(node, request.outcome);
  if (refusal !== undefined) return refusal;
  const result: JsonObject = node.outcomes.length > 0 ? { ...request.data, outcome: request.outcome } : request.data;
  const tooLarge = checkSize(draft, node.result, result);
  if (tooLarge !== undefined) return tooLarge;

  const completed: UserTask = { ...task, state: 'COMPLETED', assignee: request.actor.user };
  draft.remove('tasks', task.id);
  const snapshot = taskSnapshot(draft, completed, { completedBy: request.actor.user, outcome: request.outcome });
  draft.record(task.scope, task.node, { type: 'taskCompleted', task: snapshot, data: request.data });
  withdrawWork(draft, task.token);
  draft.setVariable(task.scope, node.result, result);
  leave(draft, draft.token(task.token) as Token);
  return undefined;
}

function checkAssignee(task: UserTask, actor: Actor): Refusal | undefined {
  if (task.assignee === null || task.assignee === actor.user) return undefined;
  return {
    code: 'not-the-assignee',
    message: `task "${task.node}" is assigned to "${task.assignee}"`,
    details: { assignee: task.assignee },
  };
}

function checkOutcome(node: UserTaskNode, outcome: string | null): Refusal | undefined {
  const allowed = node.outcomes.map(({ id }) => id);
  if (allowed.length === 0) {
    return outcome === null
      ? undefined
      : { code: 'outcome-unknown', message: `"${node.id}" has no outcomes, so "${outcome}" is none of them`, details: { allowed } };
  }
  if (outcome === null) {
    return { code: 'outcome-missing', message: `"${node.id}" needs an outcome: ${allowed.join(', ')}`, details: { allowed } };
  }
  if (allowed.includes(outcome)) return undefined;
  return { code: 'outcome-unknown', message: `"${node.id}" has no outcome "${outcome}"`, details: { allowed } };
}

/** The refusal of a request whose values do not fit; for facts the same check stops the token. */
export function checkSize(draft: Draft, name: string, value: Json): Refusal | undefined {
  try {
    checkFits(draft, name, value);
    return undefined;
  } catch (error) {
    if (error instanceof Stop) return { code: 'value-too-large', message: error.message };
    throw error;
  }
}

/**
 * Gives a task to somebody; to oneself it is a claim. Taking it from another person needs `allowOverride`. A task that the person has
 * already is left as it is.
 */
export function assignTask(draft: Draft, request: Request<'assignTask'>): Refusal | undefined {
  const task = findTask(draft, request.taskKey);
  if (task === undefined) return taskNotFound(request.taskKey);
  const refusal = checkActor(task, request.actor) ?? checkNewAssignee(task, request);
  if (refusal !== undefined || task.assignee === request.assignee) return refusal;
  const assigned = { ...task, assignee: request.assignee };
  draft.put('tasks', assigned);
  draft.record(task.scope, task.node, { type: 'taskAssigned', task: taskSnapshot(draft, assigned), previousAssignee: task.assignee });
  return undefined;
}

function checkNewAssignee(task: UserTask, request: Request<'assignTask'>): Refusal | undefined {
  const assignee: Actor = { user: request.assignee, roles: request.assigneeRoles };
  if (task.excludedUsers.includes(assignee.user)) {
    return { code: 'excluded-by-four-eyes', message: `"${assignee.user}" may not do task "${task.node}" of this case (four eyes)` };
  }
  if (!isCandidate(task, assignee)) {
    return { code: 'assignee-not-a-candidate', message: `"${assignee.user}" is no candidate of task "${task.node}"` };
  }
  if (task.assignee !== null && task.assignee !== assignee.user && !request.allowOverride) {
    return {
      code: 'task-already-assigned',
      message: `task "${task.node}" is assigned to "${task.assignee}" already`,
      details: { assignee: task.assignee },
    };
  }
  return undefined;
}

/** Gives a task back to all its candidates. Only its assignee may. */
export function unassignTask(draft: Draft, request: Request<'unassignTask'>): Refusal | undefined {
  const task = findTask(draft, request.taskKey);
  if (task === undefined) return taskNotFound(request.taskKey);
  if (task.assignee !== request.actor.user) {
    return {
      code: 'not-the-assignee',
      message: `task "${task.node}" is not assigned to "${request.actor.user}"`,
      details: { assignee: task.assignee },
    };
  }
  const unassigned = { ...task, assignee: null };
  draft.put('tasks', unassigned);
  draft.record(task.scope, task.node, { type: 'taskUnassigned', task: taskSnapshot(draft, unassigned), previousAssignee: task.assignee });
  return undefined;
}
