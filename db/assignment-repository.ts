import type { EngineCommand } from '../engine/runtime/events';
import type { Transaction } from './database';

type Question = Extract<EngineCommand, { type: 'resolveAssignment' }>;

/** Who may do a task: names, sorted. People are those with an account and those whom the dealership's document names, but for disabled accounts. */
async function listCandidates(trx: Transaction, dealership: string, question: Question): Promise<string[]> {
  const rows = await trx.query<{ username: string }>(
    `select p.username from (
        select a.username, a.roles from account a where a.dealership_id = $1 and not a.disabled
        union
        select u.value, array[r.key] from dealership d cross join lateral json_each(d.roles::json) r cross join lateral json_array_elements_text(r.value) u(value)
        where d.dealership_id = $1 and not exists (select from account a where a.username = u.value and a.disabled)
      ) p
     where (p.roles && $2::text[] or p.username = any ($3::text[])) and not (p.username = any ($4::text[]))
     group by p.username order by p.username collate "C"`,
    [dealership, question.candidateGroups, question.candidateUsers, question.excludedUsers],
  );
  return rows.map(({ username }) => username);
}

/** Whose last turn at this step is longest ago, never counting as longest; ties go by name. */
async function nextInTurn(trx: Transaction, dealership: string, question: Question, candidates: string[]): Promise<string | undefined> {
  const [row] = await trx.query<{ username: string }>(
    `select c.username from unnest($4::text[]) as c(username)
     left join task_distribution d on d.dealership_id = $1 and d.process_id = $2 and d.element_id = $3 and d.assignee = c.username
     group by c.username order by max(d.decided_at) nulls first, c.username collate "C" limit 1`,
    [dealership, question.processId, question.elementId, candidates],
  );
  return row?.username;
}

/**
 * Who has the fewest open tasks; one that was given a moment ago counts although its row is not there yet, and one that is closed by what asks does not
 * although its row is open still. Ties go by name.
 */
async function leastBusy(trx: Transaction, dealership: string, question: Question, candidates: string[]): Promise<string | undefined> {
  const [row] = await trx.query<{ username: string }>(
    `with load as (
        select assignee as username, count(*) as tasks from user_task
        where dealership_id = $1 and state = 'CREATED' and assignee = any ($2::text[]) and not (task_key = any ($3::text[])) group by assignee
        union all
        select d.assignee, count(*) from task_distribution d left join user_task t on t.task_key = d.root_key || '-' || d.task_id
        where d.dealership_id = $1 and d.assignee = any ($2::text[]) and d.decided_at > clock_timestamp() - interval '1 minute'
          and not (d.root_key || '-' || d.task_id = any ($3::text[])) and (t.task_key is null or (t.state = 'CREATED' and t.assignee is null))
        group by d.assignee)
     select c.username from unnest($2::text[]) as c(username) left join load l on l.username = c.username
     group by c.username order by coalesce(sum(l.tasks), 0), c.username collate "C" limit 1`,
    [dealership, candidates, question.closedTaskKeys ?? []],
  );
  return row?.username;
}

/**
 * Chooses who gets a task, and remembers it: asked again for the same task, it gives the same answer. Questions of one dealership wait for
 * each other, so that two tasks at once go to two people.
 */
export async function distributeTask(
  trx: Transaction,
  dealership: string,
  rootKey: string,
  question: Question,
): Promise<{ assignee: string | null; nobody: boolean }> {
  await trx.query(`select pg_advisory_xact_lock(hashtextextended('distribute:' || $1, 0))`, [dealership]);
  const [before] = await trx.query<{ assignee: string | null; nobody: boolean }>(
    'select assignee, nobody from task_distribution where root_key = $1 and task_id = $2',
    [rootKey, question.taskId],
  );
  if (before !== undefined) return before;
  const candidates = await listCandidates(trx, dealership, question);
  const nobody = candidates.length === 0;
  const chosen =
    nobody || question.rule === 'members'
      ? undefined
      : question.rule === 'roundRobin'
        ? await nextInTurn(trx, dealership, question, candidates)
        : await leastBusy(trx, dealership, question, candidates);
  const answer = { assignee: chosen ?? null, nobody };
  await trx.query(
    `insert into task_distribution (root_key, task_id, dealership_id, process_id, element_id, assignee, nobody, decided_at)
     values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())`,
    [rootKey, question.taskId, dealership, question.processId, question.elementId, answer.assignee, nobody],
  );
  return answer;
}
