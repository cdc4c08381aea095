import type { JsonObject } from '../engine/json';
import { type CaseHead, type HeadRow, headOf, type StoredTask, type TaskRow, taskColumns, taskOf } from './case-rows';
import { type Statement, sql, type Transaction } from './database';
import { cut, type PageRequest, type SortKey, seek } from './page';

type TaskSortField = 'dueDate' | 'creationDate' | 'priority';

export interface TaskSort {
  field: TaskSortField;
  order: 'asc' | 'desc';
}

/** Conditions on tasks; those that are given must all hold. */
export interface TaskFilter {
  state?: StoredTask['state'];
  /** `null`: unassigned. */
  assignee?: string | null;
  candidateGroup?: string;
  candidateUser?: string;
  /** True: open tasks that nobody with an account may do. */
  withoutAnybody?: boolean;
  processInstanceKey?: string;
  processDefinitionId?: string;
  businessKey?: string;
  elementId?: string;
}

/** Whose eyes see a list: `all`, or only tasks that the person may do or has done, and those that principals may do for whom the person acts. */
export type TaskScope = { kind: 'all' } | { kind: 'own'; user: string; roles: string[]; principals: TaskPerson[] };

export interface TaskPage {
  items: StoredTask[];
  hasMore: boolean;
}

/** Nobody with an account may do it: neither who has it nor, where nobody has it, one of its candidates. */
const withoutAnybody = `t.state = 'CREATED' and not exists (select from account a
  where a.dealership_id = t.dealership_id and not a.disabled and not (a.username = any (t.excluded_users))
    and (t.only_users is null or a.username = any (t.only_users))
    and (a.username = t.assignee
      or t.assignee is null and (t.only_users is not null or a.username = any (t.candidate_users) or a.roles && t.candidate_groups)))`;

const prefixed = taskColumns.map((column) => `t.${column}`).join(', ');
const byDue: SortKey[] = [
  { column: 'due_sort', order: 'asc' },
  { column: 'task_key', order: 'asc' },
];

const find: Statement = {
  name: 'task-find',
  text: `select ${prefixed}, r.workflow_id, r.applied_sequence as sequence, encode(r.chain_head, 'hex') as chain_head
    from user_task t join process_instance r on r.instance_key = t.root_key where t.task_key = $1`,
};

/** A task with its case's head; undefined where the dealership has none of that key. */
export async function findTask(trx: Transaction, key: string): Promise<{ task: StoredTask; head: CaseHead } | undefined> {
  const [row] = await trx.query<TaskRow & HeadRow>(find, [key]);
  return row === undefined ? undefined : { task: taskOf(row), head: headOf(row) };
}

/** Whose tasks a list shows. For a substitute it is the principal's, without what the substitute may not do, in some processes alone. */
export interface TaskPerson {
  user: string;
  roles: string[];
  /** Whoever is not to be excluded besides. */
  butNot?: string;
  /** Null or absent: all processes. */
  processIds?: string[] | null;
}

/** SQL: whether the task `t` is open for one of the `principals`, a JSON text that is bound to the placeholder, and their substitute may do it. */
export function isForPrincipal(principals: string): string {
  return `exists (select from json_to_recordset(${principals}::json) as p("user" text, roles text[], "butNot" text, "processIds" text[])
    where t.state = 'CREATED' and (p."processIds" is null or t.process_id = any (p."processIds"))
      and not (t.excluded_users && array[p."user", p."butNot"]) and (t.assignee = p."user" or (t.assignee is null
        and (t.only_users is null or p."user" = any (t.only_users)) and (p."user" = any (t.candidate_users) or t.candidate_groups && p.roles))))`;
}

const mine: Statement = {
  name: 'task-mine',
  text: `select ${prefixed} from user_task t
    where t.dealership_id = $1 and t.assignee = $2 and t.state = 'CREATED' and (t.due_sort, t.task_key) > ($3, $4)
      and not (t.excluded_users && $6::text[]) and ($7::text[] is null or t.process_id = any ($7::text[]))
    order by t.due_sort, t.task_key limit $5`,
};

const claimable: Statement = {
  name: 'task-claimable',
  text: `select ${prefixed} from (
      select distinct c.due_sort, c.task_key from unnest($2::text[]) as wanted(candidate)
      cross join lateral (
        select o.due_sort, o.task_key from task_candidate o join user_task u on u.task_key = o.task_key
        where o.dealership_id = $1 and o.candidate = wanted.candidate and (o.due_sort, o.task_key) > ($4, $5)
          and not (u.excluded_users && $3::text[]) and ($7::text[] is null or u.process_id = any ($7::text[]))
        order by o.due_sort, o.task_key limit $6) c
      order by c.due_sort, c.task_key limit $6) page
    join user_task t on t.task_key = page.task_key order by page.due_sort, page.task_key`,
};

/** Open tasks of one person in the order of their due dates. One index walk, at any number of tasks. */
export async function listAssigned(
  trx: Transaction,
  dealership: string,
  person: Omit<TaskPerson, 'roles'>,
  page: PageRequest,
): Promise<TaskPage> {
  const [due, key] = page.after ?? ['-infinity', ''];
  const { user, butNot, processIds = null } = person;
  const values = [dealership, user, due, key, page.limit + 1, butNot === undefined ? [] : [butNot], processIds];
  const { rows, hasMore } = cut(await trx.query<TaskRow>(mine, values), page.limit);
  return { items: rows.map(taskOf), hasMore };
}

/** Open, unassigned tasks that a person may claim, in the order of their due dates. One index walk for each of the person's roles. */
export async function listClaimable(trx: Transaction, dealership: string, person: TaskPerson, page: PageRequest): Promise<TaskPage> {
  const [due, key] = page.after ?? ['-infinity', ''];
  const excluded = person.butNot === undefined ? [person.user] : [person.user, person.butNot];
  const wanted = [`user:${person.user}`, ...person.roles.map((role) => `role:${role}`)];
  const rows = await trx.query<TaskRow>(claimable, [dealership, wanted, excluded, due, key, page.limit + 1, person.processIds ?? null]);
  const { rows: kept, hasMore } = cut(rows, page.limit);
  return { items: kept.map(taskOf), hasMore };
}

/** A task in a person's list of work; `onBehalfOf` where it is another's, whom the person represents. */
export type WorkItem = StoredTask & { onBehalfOf?: string };

/**
 * Open tasks that are a person's or may become so, and those of the people for whom the person acts, in the order of their due dates. A task that
 * the person may do anyway is shown as the person's own.
 */
export async function listWork(
  trx: Transaction,
  dealership: string,
  person: TaskPerson,
  page: PageRequest,
  principals: TaskPerson[] = [],
): Promise<{ items: WorkItem[]; hasMore: boolean }> {
  const found = new Map<string, WorkItem>();
  let hasMore = false;
  for (const [index, one] of [person, ...principals].entries()) {
    for (const list of [await listAssigned(trx, dealership, one, page), await listClaimable(trx, dealership, one, page)]) {
      hasMore ||= list.hasMore;
      for (const task of list.items) {
        if (!found.has(task.key)) found.set(task.key, index === 0 ? task : { ...task, onBehalfOf: one.user });
      }
    }
  }
  const due = (task: StoredTask) => task.dueAtMs ?? Number.POSITIVE_INFINITY;
  const merged = [...found.values()].sort((a, b) => (due(a) === due(b) ? (a.key < b.key ? -1 : 1) : due(a) - due(b)));
  return { items: merged.slice(0, page.limit), hasMore: hasMore || merged.length > page.limit };
}

const sortColumns: Record<TaskSortField, string> = { dueDate: 'due_sort', creationDate: 'created_at', priority: 'priority' };

/** Tasks by condition, in any of the three orders. */
export async function searchTasks(
  trx: Transaction,
  dealership: string,
  scope: TaskScope,
  filter: TaskFilter,
  sort: TaskSort[],
  page: PageRequest,
): Promise<TaskPage> {
  const query = sql('user_task as t')
    .select(taskColumns.map((column) => `t.${column}`))
    .where('t.dealership_id', dealership);
  const equal: [string, string | undefined][] = [
    ['t.state', filter.state],
    ['t.process_id', filter.processDefinitionId],
    ['t.business_key', filter.businessKey],
    ['t.element_id', filter.elementId],
  ];
  for (const [column, value] of equal) if (value !== undefined) query.where(column, value);
  const { processInstanceKey: key } = filter;
  // the key of a case finds the tasks of everything that it called, too
  if (key !== undefined) query.where((inside) => inside.where('t.instance_key', key).orWhere('t.root_key', key));
  if (filter.assignee === null) query.whereNull('t.assignee');
  else if (filter.assignee !== undefined) query.where('t.assignee', filter.assignee);
  if (filter.candidateGroup !== undefined) query.whereRaw('? = any (t.candidate_groups)', [filter.candidateGroup]);
  if (filter.withoutAnybody !== undefined) query.whereRaw(filter.withoutAnybody ? withoutAnybody : `not (${withoutAnybody})`);
  if (filter.candidateUser !== undefined) query.whereRaw('? = any (t.candidate_users)', [filter.candidateUser]);
  if (scope.kind === 'own') {
    query.where((own) =>
      own
        .where('t.assignee', scope.user)
        .orWhere('t.completed_by', scope.user)
        .orWhere('t.completed_for', scope.user)
        .orWhere('t.delegated_by', scope.user)
        .orWhereRaw(
          '(t.state = ? and not (? = any (t.excluded_users)) and (? = any (t.candidate_users) or t.candidate_groups && ?::text[]))',
          ['CREATED', scope.user, scope.user, scope.roles],
        )
        .orWhereRaw(isForPrincipal('?'), [JSON.stringify(scope.principals)]),
    );
  }
  const rows = await trx.run<TaskRow>(seek(query, taskSortKeys(sort), page));
  const { rows: kept, hasMore } = cut(rows, page.limit);
  return { items: kept.map(taskOf), hasMore };
}

/** Open tasks of all dealerships that nobody with an account may do, the newest first; at most `limit`. */
export async function listTasksWithoutAnybody(
  trx: Transaction,
  limit: number,
): Promise<{ key: string; dealership: string; elementId: string; rootKey: string }[]> {
  return trx.query(
    `select t.task_key as key, t.dealership_id as dealership, t.element_id as "elementId", t.root_key as "rootKey"
     from user_task t where ${withoutAnybody} order by t.created_at desc, t.task_key limit $1`,
    [limit],
  );
}

/** The columns of a sort, the unique key last; the due date where none is named. */
function taskSortKeys(sort: TaskSort[]): SortKey[] {
  if (sort.length === 0) return byDue.map(({ column, order }) => ({ column: `t.${column}`, order }));
  const keys = sort.map(({ field, order }): SortKey => ({ column: `t.${sortColumns[field]}`, order }));
  return [...keys, { column: 't.task_key', order: sort[0]?.order ?? 'asc' }];
}

/** Sort values of a task, for the cursor of the page that ends with it. */
export function taskCursor(task: StoredTask, sort: TaskSort[]): (string | number)[] {
  const values: Record<TaskSortField, string | number> = {
    dueDate: task.dueAtMs === null ? 'infinity' : new Date(task.dueAtMs).toISOString(),
    creationDate: new Date(task.createdAtMs).toISOString(),
    priority: task.priority,
  };
  return [...(sort.length === 0 ? [values.dueDate] : sort.map(({ field }) => values[field])), task.key];
}

/** What a delegate entered in a task that is its owner's again; undefined where nobody has handed it back. */
export async function findHandBack(
  trx: Transaction,
  task: StoredTask,
): Promise<{ by: string; at: Date; outcome: string | null; variables: JsonObject } | undefined> {
  const [row] = await trx.query<{ by: string; at: Date; outcome: string | null; variables: JsonObject }>(
    {
      name: 'task-hand-back',
      text: `select actor as by, at, record->>'outcome' as outcome, record->'data' as variables from audit_event
        where root_key = $1 and type = 'taskHandedBack' and element_id = $2 and record->'task'->>'key' = $3
        order by sequence desc, position desc limit 1`,
    },
    [task.rootKey, task.elementId, task.key],
  );
  return row;
}

/** All tasks of a case's instances, the oldest first; at most 500. */
export async function listTasksOf(trx: Transaction, rootKey: string, instanceKeys: string[]): Promise<StoredTask[]> {
  const rows = await trx.query<TaskRow>(
    {
      name: 'tasks-of-instances',
      text: `select ${prefixed} from user_task t where t.root_key = $1 and t.instance_key = any ($2::text[]) order by t.created_at, t.task_key limit 500`,
    },
    [rootKey, instanceKeys],
  );
  return rows.map(taskOf);
}
