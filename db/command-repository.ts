import type { Json } from '../engine/json';
import type { Statement, Transaction } from './database';

/** `row`: it changes rows alone, and no case hears of it. */
export type CommandKind = 'start' | 'act' | 'publish' | 'row';

/** A request that changes something: written before it goes to the case, so that it is the intent and the idempotency record in one. */
export interface Command {
  id: string;
  dealership: string;
  subject: string;
  /** Method and path. */
  route: string;
  idempotencyKey: string;
  /** sha-256 of the canonical body. */
  fingerprint: Buffer;
  kind: CommandKind;
  /** The id of the Temporal Update: the same for every repetition. */
  updateId: string;
  workflowId: string;
  /** The root instance. */
  instanceKey: string;
}

/** An answer that was given, and is given again to a repetition. */
export interface StoredAnswer {
  status: number;
  body: Json;
  headers: Record<string, string>;
}

export interface CommandRow extends Command {
  state: 'PENDING' | 'DONE' | 'CLOSED';
  answer: StoredAnswer | undefined;
  createdAtMs: number;
  sweeps: number;
}

interface Row {
  command_id: string;
  dealership_id: string;
  subject: string;
  route: string;
  idempotency_key: string;
  fingerprint: Buffer;
  kind: CommandKind;
  update_id: string;
  workflow_id: string;
  instance_key: string;
  state: CommandRow['state'];
  status: number | null;
  response: { body: Json; headers: Record<string, string> } | null;
  created_at: Date;
  sweeps: number;
}

const columns =
  'command_id, dealership_id, subject, route, idempotency_key, fingerprint, kind, update_id, workflow_id, instance_key, state, status, response, created_at, sweeps';

function commandOf(row: Row): CommandRow {
  return {
    id: row.command_id,
    dealership: row.dealership_id,
    subject: row.subject,
    route: row.route,
    idempotencyKey: row.idempotency_key,
    fingerprint: row.fingerprint,
    kind: row.kind,
    updateId: row.update_id,
    workflowId: row.workflow_id,
    instanceKey: row.instance_key,
    state: row.state,
    answer: row.status === null || row.response === null ? undefined : { status: row.status, ...row.response },
    createdAtMs: row.created_at.getTime(),
    sweeps: row.sweeps,
  };
}

const find: Statement = {
  name: 'command-find',
  text: `select ${columns} from command where dealership_id = $1 and subject = $2 and route = $3 and idempotency_key = $4`,
};

/** The command of a key; undefined where this caller has not used the key on this route. */
export async function findCommand(
  trx: Transaction,
  key: Pick<Command, 'dealership' | 'subject' | 'route' | 'idempotencyKey'>,
): Promise<CommandRow | undefined> {
  const [row] = await trx.query<Row>(find, [key.dealership, key.subject, key.route, key.idempotencyKey]);
  return row === undefined ? undefined : commandOf(row);
}

const insert: Statement = {
  name: 'command-insert',
  text: `insert into command (command_id, dealership_id, subject, route, idempotency_key, fingerprint, kind, update_id, workflow_id, instance_key,
      created_at, next_sweep_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (dealership_id, subject, route, idempotency_key) do nothing
    returning command_id`,
};

/** How long a command is left to the API that took it. */
export const SWEEP_AFTER_MS = 20_000;

/** Stores the intent. False where the same key came a moment earlier: then that row counts. */
export async function insertCommand(trx: Transaction, command: Command, nowMs: number): Promise<boolean> {
  const rows = await trx.query(insert, [
    command.id,
    command.dealership,
    command.subject,
    command.route,
    command.idempotencyKey,
    command.fingerprint,
    command.kind,
    command.updateId,
    command.workflowId,
    command.instanceKey,
    new Date(nowMs),
    new Date(nowMs + SWEEP_AFTER_MS),
  ]);
  return rows.length === 1;
}

const settle: Statement = {
  name: 'command-settle',
  text: `update command set state = 'DONE', status = $2, response = $3, settled_at = now() where command_id = $1 and state <> 'DONE'`,
};

/** Stores the answer; the first one stays. */
export async function settleCommand(trx: Transaction, id: string, answer: StoredAnswer): Promise<void> {
  await trx.query(settle, [id, answer.status, JSON.stringify({ body: answer.body, headers: answer.headers })]);
}

/** Commands that nobody has answered and whose time to be looked at has come, oldest first, of all dealerships: the system role's. */
export async function listUnsettled(trx: Transaction, nowMs: number, limit: number): Promise<CommandRow[]> {
  const rows = await trx.query<Row>(
    `select ${columns} from command where state = 'PENDING' and next_sweep_at <= $1 order by next_sweep_at limit $2`,
    [new Date(nowMs), limit],
  );
  return rows.map(commandOf);
}

/** When the sweeper looks at a command again, or `null` where it has looked often enough: a repetition of the key still finds it. */
export async function postponeCommand(trx: Transaction, id: string, nextSweepMs: number | null): Promise<void> {
  await trx.query(
    `update command set sweeps = sweeps + 1, next_sweep_at = coalesce($2, next_sweep_at), state = case when $2::timestamptz is null then 'CLOSED' else state end
     where command_id = $1 and state = 'PENDING'`,
    [id, nextSweepMs === null ? null : new Date(nextSweepMs)],
  );
}
