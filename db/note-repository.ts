import type { JsonObject } from '../engine/json';
import type { Transaction } from './database';
import { storableJson } from './json-text';

/** What a person has entered in a task and not sent. */
export interface Draft {
  outcome: string | null;
  variables: JsonObject;
  savedAt: Date;
}

interface Place {
  dealership: string;
  taskKey: string;
  rootKey: string;
}

/** Keeps a draft: one of a person and task, the latest counts. */
export async function putDraft(trx: Transaction, place: Place, user: string, draft: Omit<Draft, 'savedAt'>): Promise<Draft> {
  const [row] = await trx.query<{ saved_at: Date }>(
    `insert into task_draft (task_key, username, dealership_id, root_key, outcome, variables) values ($1, $2, $3, $4, $5, $6)
     on conflict (task_key, username) do update set outcome = excluded.outcome, variables = excluded.variables, saved_at = now()
     returning saved_at`,
    [place.taskKey, user, place.dealership, place.rootKey, draft.outcome, storableJson(draft.variables)],
  );
  return { ...draft, savedAt: row?.saved_at as Date };
}

export async function findDraft(trx: Transaction, taskKey: string, user: string): Promise<Draft | undefined> {
  const [row] = await trx.query<{ outcome: string | null; variables: JsonObject; saved_at: Date }>(
    'select outcome, variables, saved_at from task_draft where task_key = $1 and username = $2',
    [taskKey, user],
  );
  return row === undefined ? undefined : { outcome: row.outcome, variables: row.variables, savedAt: row.saved_at };
}

export async function deleteDraft(trx: Transaction, taskKey: string, user: string): Promise<void> {
  await trx.query('delete from task_draft where task_key = $1 and username = $2', [taskKey, user]);
}

/** Open tasks of a case in which somebody has begun to enter something. */
export async function listDraftedTasks(trx: Transaction, rootKey: string): Promise<string[]> {
  const rows = await trx.query<{ task_key: string }>(
    `select distinct d.task_key from task_draft d join user_task t on t.task_key = d.task_key
     where d.root_key = $1 and t.state = 'CREATED' order by d.task_key`,
    [rootKey],
  );
  return rows.map((row) => row.task_key);
}

/** What somebody said about a task. */
export interface Comment {
  id: string;
  author: string;
  text: string;
  createdAt: Date;
}

/** Adds a comment under its id; the same id again changes nothing. */
export async function putComment(trx: Transaction, place: Place, comment: { id: string; author: string; text: string }): Promise<Comment> {
  await trx.query(
    `insert into task_comment (comment_id, dealership_id, task_key, root_key, author, text) values ($1, $2, $3, $4, $5, $6)
     on conflict (comment_id) do nothing`,
    [comment.id, place.dealership, place.taskKey, place.rootKey, comment.author, comment.text],
  );
  const [row] = await trx.query<{ created_at: Date }>('select created_at from task_comment where comment_id = $1', [comment.id]);
  return { ...comment, createdAt: row?.created_at as Date };
}

/** Comments of a task, the oldest first; at most 500. */
export async function listComments(trx: Transaction, taskKey: string): Promise<Comment[]> {
  return trx.query(
    `select comment_id as id, author, text, created_at as "createdAt" from task_comment
     where task_key = $1 order by created_at, comment_id limit 500`,
    [taskKey],
  );
}
