import type { JsonObject } from '../json';
import { assignFields, checkFields } from './brought-fields';
import { type Draft, nodeOf, Stop } from './draft';
import { durationMs } from './durations';
import type { Refusal } from './events';
import { usersOf } from './expressions';
import { finishActivity } from './flow';
import { guarded } from './incidents';
import type { DoneTask, Timer, Token, UserTask } from './instance-state';
import { LIMITS } from './limits';
import { giveSectionBack, takeSection } from './mutex';
import type { OverdueRule, UserTaskNode } from './process-model';
import { checkActor, checkAssignee, checkNewAssignee, checkRequested, findTask, peopleOf, type Request, taskNotFound } from './requests';
import { assign, declarationOf } from './scopes';
import { openSigning, sign } from './signing';
import { taskSnapshot } from './snapshots';
import { firstDue, timeAfter } from './timers';
import { startTimer } from './triggers';
import { withdrawTask } from './withdraw';

/** The reserved actors that decide where no person does. */
const TIMEOUT = 'system:timeout';
const NOBODY = 'system:nobody';

/** Who may do a task, as it is when the task opens. */
export interface Candidates {
  roles: string[];
  users: string[];
  excluded: string[];
  only?: string[];
}

/** Opens a user task: candidates and due date are evaluated now and stay, whatever changes later. */
export function openUserTask(draft: Draft, token: Token, node: UserTaskNode): void {
  const candidates = candidatesOf(draft, token, node);
  const due = node.due === undefined ? null : firstDue(draft, token.scope, node.due).dueAtMs;
  const { roles, users, excluded, only } = candidates;
  const found = (only === undefined && roles.length > 0) || (only ?? users).some((user) => !excluded.includes(user));
  draft.change(token.id, { status: 'waiting' });
  const who = found ? candidates : nobody(draft, token, node, candidates);
  if (who === undefined) return;
  if (node.signing !== undefined) openSigning(draft, token, node, who, due);
  else giveOut(draft, token, node, openTask(draft, token, node, who, due), who);
  copyOnOpening(draft, token, node);
}

function candidatesOf(draft: Draft, token: Token, { assign: rule }: UserTaskNode): Candidates {
  const excluded = new Set(usersOf(draft, token.scope, rule.exclude));
  const asksWhoDid = rule.notSameAs !== undefined || rule.sameAs !== undefined;
  const done = asksWhoDid ? doneHere(draft, token) : [];
  for (const step of rule.notSameAs ?? []) {
    for (const one of done) if (one.node === step) for (const user of [one.by, one.for]) if (user !== undefined) excluded.add(user);
  }
  const last = rule.sameAs === undefined ? undefined : lastDone(done, rule.sameAs);
  const users = usersOf(draft, token.scope, rule.users);
  if (last === undefined) return { roles: rule.roles, users, excluded: [...excluded] };
  // who did it may do this one as well, however the task came to them
  const only = last.for ?? last.by;
  return { roles: rule.roles, users: [...new Set([...users, only])], excluded: [...excluded], only: [only] };
}

/** What was done in the process instance of a token. */
function doneHere(draft: Draft, token: Token): DoneTask[] {
  const { instanceKey } = draft.scope(token.scope);
  return Object.values(draft.state.done).filter((one) => one.instanceKey === instanceKey && !one.by.startsWith('system:'));
}

function lastDone(done: readonly DoneTask[], step: string): DoneTask | undefined {
  return done.filter(({ node }) => node === step).at(-1);
}

/** What happens where nobody may do a task: other people, an outcome (then undefined), or an incident. */
function nobody(draft: Draft, token: Token, node: UserTaskNode, candidates: Candidates): Candidates | undefined {
  const rule = node.assign.ifNobody;
  if (rule?.kind === 'assign') {
    const users = usersOf(draft, token.scope, rule.users);
    const found = rule.roles.length > 0 || users.some((user) => !candidates.excluded.includes(user));
    if (found) return { roles: rule.roles, users, excluded: candidates.excluded };
  }
  if (rule?.kind !== 'outcome') throw new Stop('nobody-to-assign', `task "${node.id}" has no role and no user who may do it`);
  const task = openTask(draft, token, node, { roles: [], users: [NOBODY], excluded: candidates.excluded }, null);
  closeTask(draft, task, { user: NOBODY }, rule.outcome, {});
  return undefined;
}

/** Opens one task of a token: the whole, or one signature of several. */
export function openTask(
  draft: Draft,
  token: Pick<Token, 'id' | 'scope'>,
  node: UserTaskNode,
  who: Candidates,
  due: number | null,
  signature: { signing?: string; signer?: string } = {},
): UserTask {
  const id = draft.newId();
  const followUp = node.followUp === undefined ? {} : { followUpAtMs: firstDue(draft, token.scope, node.followUp).dueAtMs };
  const task: UserTask = {
    id,
    key: draft.publicKey(id),
    token: token.id,
    scope: token.scope,
    node: node.id,
    state: 'CREATED',
    assignee: null,
    candidateGroups: who.roles,
    candidateUsers: who.users,
    excludedUsers: who.excluded,
    priority: node.priority,
    createdAtMs: draft.nowMs,
    dueAtMs: due,
    urgedCount: 0,
    escalatedTo: [],
    ...followUp,
    ...(who.only === undefined ? {} : { onlyUsers: who.only }),
    ...signature,
  };
  draft.put('tasks', task);
  draft.record(token.scope, node.id, { type: 'taskOpened', task: taskSnapshot(draft, task) });
  if (due !== null) for (const rule of node.overdue) startOverdueTimer(draft, task, rule, 0, due);
  return task;
}

/** Gives an opened task to one person, where the definition or a take-back says to whom; the host is asked for what only it knows. */
function giveOut(draft: Draft, token: Token, node: UserTaskNode, task: UserTask, who: Candidates): void {
  const { familiar, distribute, ifNobody } = node.assign;
  const last = familiar === undefined ? undefined : lastDone(doneHere(draft, token), familiar);
  const known = token.giveTo ?? (last === undefined ? undefined : familiarOf(last, who));
  if (token.giveTo !== undefined) draft.unmark(token.id, 'giveTo');
  if (known !== undefined && !who.excluded.includes(known)) return giveTo(draft, task, known);
  if (distribute === undefined && ifNobody === undefined) return;
  draft.commands.push({
    type: 'resolveAssignment',
    taskId: task.id,
    rule: distribute ?? 'members',
    processId: draft.scope(task.scope).processId,
    elementId: node.id,
    candidateGroups: who.only === undefined ? who.roles : [],
    candidateUsers: who.only ?? who.users,
    excludedUsers: who.excluded,
    ...(distribute === 'shortestQueue' ? { closedTaskKeys: closedNow(draft) } : {}),
  });
}

function closedNow(draft: Draft): string[] {
  const closed = draft.records.flatMap((record) => ('task' in record && record.task.state !== 'CREATED' ? [record.task.key] : []));
  return [...new Set(closed)];
}

/** Who did a task, or in whose name it was done, if a candidate of another one: by name, or by the roles of then. */
function familiarOf(last: DoneTask, who: Candidates): string | undefined {
  const user = last.for ?? last.by;
  const isCandidate = who.users.includes(user) || last.roles === undefined || last.roles.some((role) => who.roles.includes(role));
  return isCandidate ? user : undefined;
}

function giveTo(draft: Draft, task: UserTask, user: string): void {
  if (takeSection(draft, task) !== undefined) return;
  const assigned = { ...task, assignee: user };
  draft.put('tasks', assigned);
  draft.record(task.scope, task.node, { type: 'taskAssigned', task: taskSnapshot(draft, assigned), previousAssignee: task.assignee });
}

/** The host's answer to `resolveAssignment`. One that comes when the task is taken or gone does nothing. */
export function assignmentResolved(draft: Draft, fact: { taskId: string; assignee: string | null; nobody: boolean; type: string }): void {
  const task = draft.state.tasks[fact.taskId];
  if (task === undefined || task.assignee !== null)
    return draft.recordIgnored(fact.type, `task "${fact.taskId}" is taken or closed already`);
  if (!fact.nobody) {
    if (fact.assignee !== null && !task.excludedUsers.includes(fact.assignee)) giveTo(draft, task, fact.assignee);
    return;
  }
  const node = taskNode(draft, task);
  const token = draft.living(task.token);
  const rule = node.assign.ifNobody;
  if (rule?.kind === 'outcome') return closeTask(draft, task, { user: NOBODY }, rule.outcome, {});
  if (rule?.kind !== 'assign') {
    withdrawTask(draft, task.id);
    throw new Stop('nobody-to-assign', `nobody has a role that may do task "${node.id}"`);
  }
  const users = usersOf(draft, token.scope, rule.users);
  const { onlyUsers: _only, ...rest } = task;
  const others = { ...rest, candidateGroups: rule.roles, candidateUsers: users };
  draft.put('tasks', others);
  draft.record(task.scope, task.node, { type: 'taskUnassigned', task: taskSnapshot(draft, others), previousAssignee: null });
}

function copyOnOpening(draft: Draft, token: Token, node: UserTaskNode): void {
  if (node.copy === undefined) return;
  const [task] = draft.ofToken('tasks', token.id);
  if (task === undefined) return;
  const users = usersOf(draft, token.scope, node.copy.users);
  draft.record(token.scope, node.id, { type: 'taskCopied', taskKey: task.key, users, roles: node.copy.roles });
}

function startOverdueTimer(draft: Draft, task: UserTask, rule: OverdueRule, fired: number, fromMs: number): void {
  const length = fired === 0 ? rule.after : rule.every;
  const calendar = taskNode(draft, task).due?.calendar;
  const due = length === undefined ? undefined : timeAfter(draft, fromMs, length, calendar);
  if (due === undefined) throw new Stop('expression-failed', `overdue rule "${rule.id}" has no valid duration`);
  const suspend = taskNode(draft, task).due?.suspend ?? 'shift';
  const purpose = { kind: 'overdue', task: task.id, rule: rule.id, fired } as const;
  startTimer(draft, task.token, Math.max(due, draft.nowMs + LIMITS.timerMs), purpose, suspend);
}

/** An overdue rule's time has come: the task is urged or escalated and stays where it is, or it is decided. */
export function applyOverdueRule(draft: Draft, timer: Timer): void {
  if (timer.purpose.kind !== 'overdue') return;
  const { task: taskId, rule: ruleId, fired } = timer.purpose;
  const task = draft.state.tasks[taskId];
  if (task === undefined) return;
  const rule = taskNode(draft, task).overdue.find((candidate) => candidate.id === ruleId);
  if (rule === undefined) return;
  if (rule.action.kind === 'decide') return closeTask(draft, task, { user: TIMEOUT }, rule.action.outcome, {});
  if (rule.action.kind === 'urge') urge(draft, task, rule.id);
  else escalate(draft, task, rule.id, rule.action.roles);
  startNextOverdue(draft, task, rule, fired, timer.dueAtMs);
}

function startNextOverdue(draft: Draft, task: UserTask, rule: OverdueRule, fired: number, dueAtMs: number): void {
  if (rule.every !== undefined && fired + 1 < rule.times) startOverdueTimer(draft, task, rule, fired + 1, dueAtMs);
}

/** Leaves out the times of an overdue rule that have passed; the next one comes at its own time. */
export function skipOverdue(draft: Draft, timer: Timer): void {
  if (timer.purpose.kind !== 'overdue') return;
  const { task: taskId, rule: ruleId, fired } = timer.purpose;
  const task = draft.state.tasks[taskId];
  const rule = task && taskNode(draft, task).overdue.find((candidate) => candidate.id === ruleId);
  draft.remove('timers', timer.id);
  if (task === undefined || rule === undefined) return;
  const length = durationMs(rule.every ?? '') ?? 0;
  const missed = length > 0 ? Math.floor((draft.nowMs - timer.dueAtMs) / length) : 0;
  startNextOverdue(draft, task, rule, fired + missed, timer.dueAtMs + missed * length);
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

export function taskNode(draft: Draft, task: Pick<UserTask, 'scope' | 'node'>): UserTaskNode {
  return nodeOf(draft.model(draft.scope(task.scope)), task.node) as UserTaskNode;
}

/**
 * Closes an open task. Its form's data, and its outcome where there are outcomes, become the step's result, and the case goes on; a delegated
 * task comes back to its owner instead, a signature is counted.
 *
 * A task that is already closed is refused, not closed again: a second click and the retry of a lost reply must both learn that nothing
 * happened. A refusal leaves the state untouched.
 */
export function completeTask(draft: Draft, request: Request<'completeTask'>): Refusal | undefined {
  const task = findTask(draft, request.taskKey);
  if (task === undefined) return taskNotFound(request.taskKey);
  const node = taskNode(draft, task);
  const { actor, outcome, data } = request;
  const refusal = checkActor(task, actor) ?? checkAssignee(task, actor) ?? checkOutcome(node, outcome) ?? takeSection(draft, task);
  if (refusal !== undefined) return refusal;
  const invalid = checkRequested(draft, node.result, resultOf(node, outcome, data), declarationOf(draft, task.scope, node.result));
  const misfit = invalid ?? (node.form === undefined ? checkFields(draft, task.scope, node, data) : undefined);
  if (misfit !== undefined) return misfit;
  if (task.delegation?.state === 'PENDING') return handBack(draft, task, outcome, data);
  const by = {
    user: actor.user,
    roles: actor.roles,
    ...(actor.for === undefined ? {} : { for: actor.for.user, rolesOfFor: actor.for.roles }),
  };
  guarded(draft, task.token, () => closeTask(draft, task, by, outcome, data));
  return undefined;
}

/** Who closes a task, and in whose name. */
export interface Closer {
  user: string;
  roles?: string[];
  for?: string;
  rolesOfFor?: string[];
}

function resultOf(node: UserTaskNode, outcome: string | null, data: JsonObject): JsonObject {
  return node.outcomes.length > 0 ? { ...data, outcome } : data;
}

/** Closes a task in somebody's name: the step is done, or one signature of it. */
function closeTask(draft: Draft, task: UserTask, by: Closer, outcome: string | null, data: JsonObject): void {
  recordClosed(draft, task, by, outcome, data);
  if (task.signing !== undefined) return sign(draft, task.signing, task.signer as string, by, outcome, data);
  const node = taskNode(draft, task);
  if (node.form === undefined) assignFields(draft, task.scope, node, data);
  finishTask(draft, task, resultOf(node, outcome, data));
}

/** Takes a completed task out of the state, and remembers who did it. */
export function recordClosed(draft: Draft, task: UserTask, by: Closer, outcome: string | null, data: JsonObject): void {
  const signature = task.signing !== undefined;
  noteDone(draft, task, by, outcome, signature);
  const completed: UserTask = { ...task, state: 'COMPLETED', assignee: by.user };
  const snapshot = taskSnapshot(draft, completed, { completedBy: by.user, completedFor: by.for ?? null, outcome });
  withdrawTimersOf(draft, task);
  draft.remove('tasks', task.id);
  const mark = signature ? { signature: true as const } : {};
  draft.record(task.scope, task.node, { type: 'taskCompleted', task: snapshot, data, ...mark });
}

function withdrawTimersOf(draft: Draft, task: UserTask): void {
  for (const timer of draft.ofToken('timers', task.token)) {
    if (timer.purpose.kind === 'overdue' && timer.purpose.task === task.id) draft.remove('timers', timer.id);
  }
}

/** The step is done: its result is set, and the case goes on. */
export function finishTask(draft: Draft, task: Pick<UserTask, 'token' | 'scope' | 'node'>, result: JsonObject): void {
  assign(draft, task.scope, taskNode(draft, task).result, result);
  finishActivity(draft, draft.living(task.token), { record: false });
}

/** Remembers who did a task, within the case's limit. */
export function noteDone(
  draft: Draft,
  task: Pick<UserTask, 'id' | 'key' | 'token' | 'scope' | 'node'>,
  by: Closer,
  outcome: string | null,
  signature: boolean,
): void {
  const token = draft.living(task.token);
  const roles = by.for === undefined ? by.roles : by.rolesOfFor;
  draft.put('done', {
    id: task.id,
    key: task.key,
    number: draft.between(),
    scope: task.scope,
    instanceKey: draft.scope(task.scope).instanceKey,
    node: task.node,
    by: by.user,
    ...(by.for === undefined ? {} : { for: by.for }),
    ...(roles === undefined ? {} : { roles }),
    outcome,
    atMs: draft.nowMs,
    line: token.line ?? [],
    ...(signature ? { signature: true as const } : {}),
  });
  // ids are given in turn: a young case needs no counting
  const all = draft.state.nextId > LIMITS.done ? Object.keys(draft.state.done) : [];
  if (all.length > LIMITS.done) draft.remove('done', all[0] as string);
}

/** A delegate has done their part: the task is its owner's again, with what was entered. */
function handBack(draft: Draft, task: UserTask, outcome: string | null, data: JsonObject): undefined {
  const owner = task.delegation?.owner ?? null;
  const back: UserTask = { ...task, assignee: owner, delegation: { owner: owner ?? '', state: 'RESOLVED', data, outcome } };
  draft.put('tasks', back);
  draft.record(task.scope, task.node, { type: 'taskHandedBack', task: taskSnapshot(draft, back), outcome, data });
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

/**
 * Gives a task to somebody; to oneself it is a claim. What a substitute claims for a principal is the principal's, who has it still when the
 * substitution is over. Taking it from another person needs `allowOverride`. A task that the person has already is left as it is.
 */
export function assignTask(draft: Draft, request: Request<'assignTask'>): Refusal | undefined {
  const task = findTask(draft, request.taskKey);
  if (task === undefined) return taskNotFound(request.taskKey);
  const { actor, assignee, assigneeRoles, allowOverride } = request;
  const principal = assignee === actor.user ? actor.for : undefined;
  const given = principal ?? { user: assignee, roles: assigneeRoles };
  const own = actor.administers === true ? undefined : checkActor(task, actor);
  const refusal = own ?? checkNewAssignee(task, given, allowOverride);
  if (refusal !== undefined || task.assignee === given.user) return refusal;
  const locked = takeSection(draft, task);
  if (locked !== undefined) return locked;
  const { delegation: _delegation, ...rest } = task;
  const assigned = { ...rest, assignee: given.user };
  draft.put('tasks', assigned);
  draft.record(task.scope, task.node, { type: 'taskAssigned', task: taskSnapshot(draft, assigned), previousAssignee: task.assignee });
  return undefined;
}

/** Gives a task back to all its candidates. Only its assignee and administrators may. */
export function unassignTask(draft: Draft, request: Request<'unassignTask'>): Refusal | undefined {
  const task = findTask(draft, request.taskKey);
  if (task === undefined) return taskNotFound(request.taskKey);
  const { actor } = request;
  const mayRelease = task.assignee !== null && (actor.administers === true || peopleOf(actor).includes(task.assignee));
  if (!mayRelease) {
    return {
      code: 'not-the-assignee',
      message: `task "${task.node}" is not assigned to "${actor.user}"`,
      details: { assignee: task.assignee },
    };
  }
  if (task.delegation?.state === 'PENDING') {
    return {
      code: 'task-delegated',
      message: `task "${task.node}" was delegated by "${task.delegation.owner}": complete it or hand it back`,
    };
  }
  giveSectionBack(draft, task);
  const unassigned = { ...task, assignee: null };
  draft.put('tasks', unassigned);
  draft.record(task.scope, task.node, { type: 'taskUnassigned', task: taskSnapshot(draft, unassigned), previousAssignee: task.assignee });
  return undefined;
}
