import { type Caller, findRoles } from '../db/account-repository';
import type { CaseHead, StoredTask } from '../db/case-rows';
import type { CommandRow } from '../db/command-repository';
import type { Transaction } from '../db/database';
import { findForm, findModel } from '../db/definition-repository';
import { findTask } from '../db/task-repository';
import type { JsonObject } from '../engine/json';
import { checkFormData, type Locale } from '../engine/language/form-data';
import type { UserTaskNode } from '../engine/runtime/process-model';
import type { EngineRecord, TaskSnapshot } from '../engine/runtime/records';
import type { CaseRequest } from '../workflows/messages';
import { assertMayGive, assertMayWorkOn, mayDo } from './access';
import { type ActingPerson, actingPerson } from './acting-person';
import type { CaseAddress, CaseAnswer } from './case-gateway';
import { catchUp } from './catch-up';
import type { CaseCommand, SentCommand } from './command-flow';
import { declarationsAround } from './declared-variables';
import { assertKnownUsers } from './named-users';
import type { Parts } from './parts';
import { ApiError, formInvalid, refused } from './problem';
import { taskView, timeOf } from './views';

/** A task as it was read, its case's head, and what is asked of the case. */
export interface TaskPlan {
  task: StoredTask;
  head: CaseHead;
  request: CaseRequest;
}

/** Who asks, about which task, in which language. */
export interface TaskRequest {
  parts: Parts;
  caller: Caller;
  locale: Locale;
  taskKey: string;
  /** Whom the caller acts for. */
  onBehalfOf?: string;
}

/** The node of a task in its model; undefined where the model is not published here. */
export async function nodeOfTask(trx: Transaction, dealership: string, task: StoredTask) {
  const model = await findModel(trx, dealership, task.model);
  const node = model?.nodes[task.elementId];
  return model === undefined || node?.kind !== 'userTask' ? undefined : { model, node };
}

/** Completes a task: form data are checked first, then the case decides. Answers with the task and what it opened for the caller. */
export function completeTask(about: TaskRequest, outcome: string | null, data: JsonObject): CaseCommand<TaskPlan> {
  const { caller, locale } = about;
  return taskCommand(about, {
    async check(trx, task, actor) {
      assertMayWorkOn(actor, task);
      const found = await nodeOfTask(trx, caller.dealership, task);
      if (found === undefined) return;
      assertOutcome(found.node, outcome);
      const hash = found.node.form === undefined ? undefined : found.model.forms[found.node.form];
      const form = hash === undefined ? undefined : await findForm(trx, caller.dealership, hash);
      const errors = checkFormData(form?.schema ?? { type: 'object', properties: {} }, data, locale);
      if (errors.length > 0) throw formInvalid(errors);
      const variable = declarationsAround(found.model, found.node.id)[found.node.result];
      await assertKnownUsers(trx, caller, locale, data, [form?.schema, variable?.constraint]);
    },
    request: async (_, task, actor) => ({ type: 'completeTask', actor, taskKey: task.key, outcome, data }),
    success: taskAndNext(about),
  });
}

/** Gives a task to somebody: a claim where that is the caller. */
export function assignTask(about: TaskRequest, assignee: string, allowOverride: boolean): CaseCommand<TaskPlan> {
  return taskCommand(about, {
    check: async (_, task, actor) => assertMayGive(actor, task),
    async request(trx, task, actor) {
      const assigneeRoles = await rolesOf(trx, about.caller, assignee);
      return { type: 'assignTask', actor, taskKey: task.key, assignee, assigneeRoles, allowOverride };
    },
    success: changedTask(about),
  });
}

/** Gives a task back to its candidates. */
export function unassignTask(about: TaskRequest): CaseCommand<TaskPlan> {
  return taskCommand(about, {
    check: async (_, task, actor) => assertMayGive(actor, task),
    request: async (_, task, actor) => ({ type: 'unassignTask', actor, taskKey: task.key }),
    success: changedTask(about),
  });
}

/** Roles of a person of the dealership who is named in a request. */
export async function rolesOf(trx: Transaction, caller: Caller, user: string): Promise<string[]> {
  const roles = user === caller.user ? caller.roles : await findRoles(trx, caller.dealership, user);
  if (roles === undefined) throw new ApiError('assignee-unknown', { params: { assignee: user } });
  return roles;
}

/** What one operation on a task is made of; `actor` is the caller, or the caller for somebody else. */
interface TaskCommandParts {
  /** What the task must be; open by default. */
  state?: StoredTask['state'];
  check(trx: Transaction, task: StoredTask, actor: ActingPerson): Promise<void>;
  request(trx: Transaction, task: StoredTask, actor: ActingPerson): Promise<CaseRequest>;
  success: CaseCommand<TaskPlan>['success'];
}

/** An operation on a task as a command of its case. */
export function taskCommand(about: TaskRequest, own: TaskCommandParts): CaseCommand<TaskPlan> {
  const { parts, caller, taskKey } = about;
  return {
    kind: 'act',
    async prepare(trx: Transaction, pending: CommandRow | undefined) {
      const found = await findTask(trx, taskKey);
      if (found === undefined) throw new ApiError('not-found');
      const { task, head } = found;
      const now = { atMs: parts.clock(), checked: pending !== undefined };
      const actor = await actingPerson(trx, caller, about.onBehalfOf, task.processId, now);
      if (pending === undefined) {
        await own.check(trx, task, actor);
        if (task.state !== (own.state ?? 'CREATED')) throw own.state === undefined ? notOpen(task) : notCompleted(task);
      }
      const request = await own.request(trx, task, actor);
      return { plan: { task, head, request }, address: addressOf(head) };
    },
    send: ({ request, head }, command) => parts.gateway.act(actOf(request, head, command)),
    success: own.success,
    failure: async (_, answer, command) => failureOf(about, answer, command.address),
  };
}

/** Where a case runs. */
function addressOf(head: CaseHead): CaseAddress {
  return { workflowId: head.workflowId, instanceKey: head.rootKey };
}

/** A request with what the rows have, so that the journal can forget it. */
function actOf(request: CaseRequest, head: CaseHead, command: SentCommand) {
  const { address, updateId, repeated } = command;
  return { address, updateId, request, repeated, rows: { sequence: head.sequence, chainHead: head.chainHead } };
}

function notOpen(task: StoredTask): ApiError {
  const { state, completedBy, completedAtMs } = task;
  return new ApiError('task-not-open', { details: { state, completedBy, completedAt: timeOf(completedAtMs) } });
}

function notCompleted({ state }: StoredTask): ApiError {
  return new ApiError('nothing-to-withdraw', { params: { reason: 'the task is not completed' }, details: { state } });
}

function assertOutcome(node: UserTaskNode, outcome: string | null): void {
  const allowed = node.outcomes.map(({ id }) => id);
  if (outcome === null && allowed.length === 0) return;
  if (outcome !== null && allowed.includes(outcome)) return;
  throw new ApiError(outcome === null ? 'outcome-missing' : 'outcome-unknown', {
    details: { allowed },
    params: { outcomes: allowed.join(', ') },
  });
}

/** The case knows only open tasks; who closed this one stands in the rows, once they are up to date. */
async function failureOf(
  { parts, caller, taskKey }: TaskRequest,
  answer: Exclude<CaseAnswer, { kind: 'applied' }>,
  address: CaseAddress,
): Promise<ApiError> {
  // one of several at once may have ended the whole case by completing the task
  const closed = answer.kind !== 'refused' || ['task-not-found', 'instance-not-active'].includes(answer.refusal.code);
  if (!closed) return refused(answer.refusal);
  await catchUp(parts, caller.dealership, address);
  const found = await parts.db.tenant(caller.dealership, (trx) => findTask(trx, taskKey));
  return found === undefined ? new ApiError('not-found') : notOpen(found.task);
}

/** Answers with the task, and with what has opened for the caller. */
export function taskAndNext({ caller, locale, parts }: TaskRequest): CaseCommand<TaskPlan>['success'] {
  return async (trx, plan, records) => {
    const opened = lastSnapshots(records.filter((record) => record.type === 'taskOpened'));
    const next = lastSnapshots(records)
      .filter(({ key }) => opened.some((task) => task.key === key))
      .filter((task) => mayDo(caller, task));
    const changed = lastSnapshots(records).find(({ key }) => key === plan.task.key) ?? plan.task;
    const view = async (task: TaskSnapshot) =>
      taskView(await titled(trx, caller.dealership, plan.head.rootKey, task), locale, parts.clock());
    return { status: 200, body: { task: await view(changed), next: await Promise.all(next.map(view)) } };
  };
}

/** Answers with the task as it is now. */
export function changedTask({ caller, locale, parts }: TaskRequest): CaseCommand<TaskPlan>['success'] {
  return async (trx, plan, records) => {
    const changed = lastSnapshots(records).find(({ key }) => key === plan.task.key) ?? plan.task;
    const task = await titled(trx, caller.dealership, plan.head.rootKey, changed);
    return { status: 200, body: taskView(task, locale, parts.clock()) };
  };
}

/** The last snapshot of each task in the records, in the order of their first appearance. */
function lastSnapshots(records: EngineRecord[]): TaskSnapshot[] {
  const tasks = new Map<string, TaskSnapshot>();
  for (const record of records) if ('task' in record) tasks.set(record.task.key, record.task);
  return [...tasks.values()];
}

async function titled(trx: Transaction, dealership: string, rootKey: string, task: TaskSnapshot): Promise<StoredTask> {
  const model = await findModel(trx, dealership, task.model);
  return { ...task, rootKey, title: model?.nodes[task.elementId]?.title ?? null };
}
