import { type StoredTask, type TaskRow, taskColumns, taskOf } from './case-rows';
import type { Transaction } from './database';
import { cut, type PageRequest } from './page';

/** A task that was shown to somebody, and when it was read. */
export interface StoredCopy {
  task: StoredTask;
  copiedBy: string;
  copiedAt: Date;
  readAt: Date | null;
}

interface CopyRow extends TaskRow {
  copied_by: string;
  copied_at: Date;
  read_at: Date | null;
}

const prefixed = taskColumns.map((column) => `t.${column}`).join(', ');

interface Person {
  user: string;
  roles: string[];
}

function recipientsOf({ user, roles }: Person): string[] {
  return [`user:${user}`, ...roles.map((role) => `role:${role}`)];
}

const MINUS_INFINITY = -9_007_199_254_740_991;

/** Tasks that were shown to a person or one of the person's roles: those not read first, then the latest. */
export async function listCopies(
  trx: Transaction,
  dealership: string,
  person: Person,
  page: PageRequest,
): Promise<{ items: StoredCopy[]; hasMore: boolean }> {
  const [rank, age, key] = page.after ?? [0, MINUS_INFINITY, ''];
  const rows = await trx.query<CopyRow>(
    `select * from (
        select ${prefixed}, c.copied_by, c.copied_at, r.read_at, (r.read_at is not null)::integer as rank,
          -floor(extract(epoch from c.copied_at) * 1000)::bigint as age
        from (select distinct on (task_key) task_key, copied_by, copied_at from task_copy
          where dealership_id = $1 and recipient = any ($2::text[]) order by task_key, copied_at desc) c
        join user_task t on t.task_key = c.task_key
        left join task_copy_read r on r.task_key = c.task_key and r.reader = $3) shown
     where (rank, age, task_key) > ($4::integer, $5::bigint, $6) order by rank, age, task_key limit $7`,
    [dealership, recipientsOf(person), person.user, rank, age, key, page.limit + 1],
  );
  const { rows: kept, hasMore } = cut(rows, page.limit);
  const items = kept.map((row) => ({
    task: taskOf(row),
    copiedBy: row.copied_by,
    copiedAt: row.copied_at,
    readAt: row.read_at,
  }));
  return { items, hasMore };
}

/** Sort values of a copy, for the cursor of the page that ends with it. */
export function copyCursor(copy: StoredCopy): (string | number)[] {
  return [copy.readAt === null ? 0 : 1, -copy.copiedAt.getTime(), copy.task.key];
}

/** To whom a task was shown, and who of them has read it: a user, or the people of a role. */
export interface TaskReceipts {
  copies: { recipient: { user: string } | { role: string }; copiedBy: string; copiedAt: Date }[];
  readers: { user: string; readAt: Date }[];
}

/** The copies of a task with their receipts, the oldest first; 500 of each at most. */
export async function readReceipts(trx: Transaction, taskKey: string): Promise<TaskReceipts> {
  const copies = await trx.query<{ recipient: string; copied_by: string; copied_at: Date }>(
    'select recipient, copied_by, copied_at from task_copy where task_key = $1 order by copied_at, recipient limit 500',
    [taskKey],
  );
  const readers = await trx.query<{ user: string; readAt: Date }>(
    'select reader as user, read_at as "readAt" from task_copy_read where task_key = $1 order by read_at, reader limit 500',
    [taskKey],
  );
  return {
    copies: copies.map(({ recipient, copied_by, copied_at }) => ({
      recipient: recipient.startsWith('user:') ? { user: recipient.slice(5) } : { role: recipient.slice(5) },
      copiedBy: copied_by,
      copiedAt: copied_at,
    })),
    readers,
  };
}

/** Whether a task was shown to a person. */
export async function hasCopy(trx: Transaction, taskKey: string, person: Person): Promise<boolean> {
  const rows = await trx.query('select from task_copy where task_key = $1 and recipient = any ($2::text[]) limit 1', [
    taskKey,
    recipientsOf(person),
  ]);
  return rows.length > 0;
}

/** Notes that a person has read a copy; the first time stays. */
export async function markCopyRead(trx: Transaction, dealership: string, taskKey: string, reader: string): Promise<void> {
  await trx.query('insert into task_copy_read (task_key, reader, dealership_id) values ($1, $2, $3) on conflict do nothing', [
    taskKey,
    reader,
    dealership,
  ]);
}
