import { deleteExpiredSessions } from '../db/account-repository';
import { type CommandRow, listUnsettled, postponeCommand } from '../db/command-repository';
import { listUndelivered } from '../db/message-repository';
import { ProjectionConflictError } from '../db/projection';
import { catchUp } from './catch-up';
import type { Parts } from './parts';
import { settleSuspensions } from './process-suspension';
import { unattendedTasks } from './unattended-tasks';

/** What one pass did. */
export interface Sweep {
  /** Commands that it looked at. */
  commands: number;
  /** Batches that it wrote, or found written by somebody else meanwhile. */
  batches: number;
  /** Matched messages that it sent on again. */
  messages: number;
}

const COMMANDS_PER_SWEEP = 100;
const MESSAGES_PER_SWEEP = 100;
const UNDELIVERED_AFTER_MS = 15_000;
/** Temporal or the database is away then: the rest waits for the next pass. */
const FAILURES_IN_A_ROW = 3;
const LOCK = 7_105_112_106;

/** Longest time of one pass; the transaction that holds its lock must not idle for longer than the database allows. */
const PASS_MS = 30_000;
/** Pauses between looks at one command; after the last it is closed, and only a repetition of its key asks again. */
const LOOKS_MS = [60_000, 5 * 60_000, 30 * 60_000, 6 * 3_600_000];

/**
 * One pass over what processes that died left behind: rows of commands that were applied but not written, messages that were matched but
 * not sent. One process at a time does it; another's call returns at once with nothing done. A command stays without an answer: whoever
 * repeats its key gets the case's.
 */
export async function sweep(parts: Parts): Promise<Sweep> {
  const done: Sweep = { commands: 0, batches: 0, messages: 0 };
  await parts.db.system(async (lock) => {
    const [row] = await lock.query<{ held: boolean }>('select pg_try_advisory_xact_lock($1) as held', [LOCK]);
    if (row?.held !== true) return;
    const commands = await parts.db.system((trx) => listUnsettled(trx, parts.clock(), COMMANDS_PER_SWEEP));
    const cases = new Map<string, CommandRow[]>();
    for (const command of commands) cases.set(command.instanceKey, [...(cases.get(command.instanceKey) ?? []), command]);
    let failures = 0;
    const until = parts.clock() + PASS_MS;
    for (const group of cases.values()) {
      const batches = await sweepCase(parts, group);
      failures = batches === undefined ? failures + 1 : 0;
      done.batches += batches ?? 0;
      done.commands += group.length;
      if (failures === FAILURES_IN_A_ROW || parts.clock() > until) return;
    }
    const messages = await parts.db.system((trx) => listUndelivered(trx, parts.clock() - UNDELIVERED_AFTER_MS, MESSAGES_PER_SWEEP));
    if (messages.length > 0) await parts.deliverMatched(messages);
    done.messages = messages.length;
    await parts.db.system((trx) => deleteExpiredSessions(trx, parts.clock()));
  });
  return done;
}

/** Writes what the case of these commands has and the rows lack; undefined where it could not be asked, which it is again at the next look. */
async function sweepCase(parts: Parts, commands: CommandRow[]): Promise<number | undefined> {
  const [first] = commands as [CommandRow];
  let batches: number | undefined;
  try {
    if (first.kind === 'publish' || first.kind === 'row') batches = 0;
    else {
      batches = await catchUp(parts, first.dealership, { workflowId: first.workflowId, instanceKey: first.instanceKey });
    }
  } catch (error) {
    const conflict = error instanceof ProjectionConflictError;
    parts.logger[conflict ? 'fatal' : 'warn'](
      { err: error, workflowId: first.workflowId },
      'the rows of a case could not be brought up to date',
    );
  }
  for (const command of commands) {
    const pause = LOOKS_MS[command.sweeps];
    const nextMs = pause === undefined ? null : parts.clock() + pause;
    await parts.db.tenant(command.dealership, (trx) => postponeCommand(trx, command.id, nextMs));
  }
  return batches;
}

/** Sweeps every `everyMs` until it is stopped; `stop` waits for a pass that is under way. */
export function startSweeper(parts: Parts, everyMs = 10_000): { stop(): Promise<void> } {
  let stopped = false;
  let running = Promise.resolve();
  const tellUnattended = unattendedTasks(parts);
  const timer = setInterval(() => {
    running = running.then(async () => {
      if (stopped) return;
      await settleSuspensions(parts).catch((error) => parts.logger.warn({ err: error }, 'suspensions are left for the next pass'));
      await tellUnattended().catch((error) => parts.logger.warn({ err: error }, 'tasks without anybody are looked for in a later pass'));
      await sweep(parts).then(
        (done) => {
          if (done.batches > 0 || done.messages > 0) parts.logger.info(done, 'the sweeper wrote what was left');
        },
        (error) => parts.logger.warn({ err: error }, 'a sweep failed'),
      );
    });
  }, everyMs);
  timer.unref();
  return {
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
