import { createHash, randomUUID } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Request, Response } from 'express';
import type { Caller } from '../db/account-repository';
import { type CommandKind, type CommandRow, findCommand, insertCommand, type StoredAnswer, settleCommand } from '../db/command-repository';
import type { Transaction } from '../db/database';
import { insertDenial } from '../db/denial-repository';
import { findHead, readBatch } from '../db/instance-repository';
import { type Applied, applyAll, ProjectionConflictError } from '../db/projection';
import type { Json } from '../engine/json';
import type { EngineRecord, RecordBatch } from '../engine/runtime/records';
import type { ActOutcome } from '../workflows/messages';
import { isAway } from './availability';
import { type CaseAddress, type CaseAnswer, CaseUnavailableError } from './case-gateway';
import { failpoint } from './failpoint';
import type { Parts } from './parts';
import { ApiError, PROBLEM_TYPE, problemOf } from './problem';
import { callerOf, contextOf, pathOf, problemContext } from './request';

/** A command as it goes to the case: the row that was stored before, and whether it went there before. */
export interface SentCommand {
  id: string;
  updateId: string;
  address: CaseAddress;
  repeated: boolean;
}

/** A success to be stored and sent. */
export interface Success {
  status: number;
  body: Json;
  headers?: Record<string, string>;
}

/** What one kind of command is made of. */
export interface CaseCommand<Plan> {
  kind: CommandKind;
  /**
   * Reads what the command needs. The first time it also refuses by what the rows say, by throwing an {@link ApiError}; a repetition is
   * past that: the case may have taken the command already.
   */
  prepare(trx: Transaction, pending: CommandRow | undefined): Promise<{ plan: Plan; address: CaseAddress }>;
  send(plan: Plan, command: SentCommand): Promise<CaseAnswer>;
  /** The answer to a command that was applied, from the records of its batch; runs in the transaction that writes them. */
  success(trx: Transaction, plan: Plan, records: EngineRecord[], command: SentCommand): Promise<Success>;
  /** The answer to one that was not. */
  failure(plan: Plan, answer: Exclude<CaseAnswer, { kind: 'applied' }>, command: SentCommand): Promise<ApiError>;
}

/** Runs a command of a case: intent first, then the case, then the rows with the answer in one transaction, then the answer. */
export async function runCaseCommand<Plan>(parts: Parts, req: Request, res: Response, command: CaseCommand<Plan>): Promise<void> {
  const run = new CommandRun(parts, req, res);
  await run.answering(async () => {
    const begun = await run.begin(command.kind, command.prepare);
    if ('answer' in begun) return begun.answer;
    const { plan, sent } = begun;
    const answer = await command.send(plan, sent);
    if (answer.kind !== 'applied') return run.refuse(sent, await command.failure(plan, answer, sent));
    return run.apply(sent, answer.outcome, (trx, records) => command.success(trx, plan, records, sent));
  });
}

/** Runs a command that no case answers for itself, such as a message's publication. */
export async function runPlainCommand(
  parts: Parts,
  req: Request,
  res: Response,
  kind: CommandKind,
  addressOf: (commandId: string, trx: Transaction) => CaseAddress | Promise<CaseAddress>,
  perform: (command: SentCommand) => Promise<Success>,
): Promise<void> {
  const run = new CommandRun(parts, req, res);
  await run.answering(async () => {
    const begun = await run.begin(kind, async (trx, pending) => {
      const id = pending?.instanceKey ?? randomUUID();
      return { plan: undefined, address: await addressOf(id, trx) };
    });
    if ('answer' in begun) return begun.answer;
    return run.settle(begun.sent, await perform(begun.sent));
  });
}

type Begun<Plan> = { answer: StoredAnswer } | { plan: Plan; sent: SentCommand };

class CommandRun {
  private readonly caller: Caller;
  private readonly key: { dealership: string; subject: string; route: string; idempotencyKey: string };
  private readonly fingerprint: Buffer;
  private readonly keyWasGiven: boolean;
  /** From here on the case may have the command. */
  private begun = false;

  constructor(
    private readonly parts: Parts,
    private readonly req: Request,
    private readonly res: Response,
  ) {
    this.caller = callerOf(res);
    const given = idempotencyKeyOf(req);
    this.keyWasGiven = given !== undefined;
    const route = `${req.method} ${pathOf(req)}`;
    this.key = { dealership: this.caller.dealership, subject: this.caller.user, route, idempotencyKey: given ?? randomUUID() };
    this.fingerprint = createHash('sha256')
      .update(canonicalize(req.body ?? null) ?? '')
      .digest();
  }

  /** Sends the answer that `work` gives. What it throws is an answer too, or leaves the outcome unknown. */
  async answering(work: () => Promise<StoredAnswer>): Promise<void> {
    try {
      send(this.res, await work());
    } catch (error) {
      if (error instanceof ApiError) {
        await this.deny(error);
        throw error;
      }
      if (!this.begun && !isAway(error)) throw error;
      throw this.unknown(error);
    }
  }

  /** The stored answer of a key that was used before, or the plan of a command whose intent is stored. */
  async begin<Plan>(
    kind: CommandKind,
    prepare: (trx: Transaction, pending: CommandRow | undefined) => Promise<{ plan: Plan; address: CaseAddress }>,
  ): Promise<Begun<Plan>> {
    const begun = await this.parts.db.tenant(this.caller.dealership, async (trx): Promise<Begun<Plan>> => {
      const before = this.keyWasGiven ? await this.earlier(trx) : undefined;
      if (before?.answer !== undefined) return { answer: replayed(before.answer) };
      if (before !== undefined) return { plan: (await prepare(trx, before)).plan, sent: sentOf(before, true) };
      const prepared = await this.prepared(trx, prepare);
      // the same key came twice at once, and the other has done it already
      if (prepared === undefined) return this.second(trx, prepare);
      const { plan, address } = prepared;
      const id = randomUUID();
      const updateId = `cmd-${id}`;
      const row = { ...this.key, id, kind, updateId, fingerprint: this.fingerprint, ...address };
      if (await insertCommand(trx, row, this.parts.clock())) return { plan, sent: sentOf(row, false) };
      return this.second(trx, prepare);
    });
    this.begun = true;
    failpoint('api.before-update');
    return begun;
  }

  /** What a new command needs; undefined where it is refused only because the same command has overtaken it. */
  private async prepared<Prepared>(
    trx: Transaction,
    prepare: (trx: Transaction, pending: CommandRow | undefined) => Promise<Prepared>,
  ): Promise<Prepared | undefined> {
    try {
      return await prepare(trx, undefined);
    } catch (error) {
      const overtaken = error instanceof ApiError && this.keyWasGiven ? await this.earlier(trx) : undefined;
      if (overtaken === undefined) throw error;
      return undefined;
    }
  }

  /** The same key came twice at once: this one goes on with the other's row. */
  private async second<Plan>(
    trx: Transaction,
    prepare: (trx: Transaction, pending: CommandRow | undefined) => Promise<{ plan: Plan; address: CaseAddress }>,
  ): Promise<Begun<Plan>> {
    const first = await this.earlier(trx);
    if (first === undefined) throw new Error('invariant: a command that is in the way can be read');
    if (first.answer !== undefined) return { answer: replayed(first.answer) };
    return { plan: (await prepare(trx, first)).plan, sent: sentOf(first, true) };
  }

  private async earlier(trx: Transaction): Promise<CommandRow | undefined> {
    const row = await findCommand(trx, this.key);
    if (row !== undefined && !row.fingerprint.equals(this.fingerprint)) throw new ApiError('idempotency-key-reused');
    return row;
  }

  /** Writes the rows of a command that the case has applied, together with the answer. */
  async apply(
    command: SentCommand,
    outcome: ActOutcome,
    successOf: (trx: Transaction, records: EngineRecord[]) => Promise<Success>,
  ): Promise<StoredAnswer> {
    failpoint('api.after-update-before-rows');
    const { address } = command;
    const batches = outcome.batch === null ? await this.missing(address, outcome.sequence) : [outcome.batch];
    let answer: StoredAnswer | undefined;
    const finish = async (trx: Transaction, _applied?: Applied) => {
      const records = outcome.batch?.records ?? (await readBatch(trx, address.instanceKey, outcome.sequence));
      answer = this.stored(await successOf(trx, records));
      await settleCommand(trx, command.id, answer);
    };
    if (batches.length === 0) await this.parts.db.tenant(this.caller.dealership, finish);
    else
      this.deliver(
        await applyAll(
          this.parts.db,
          { workflowId: address.workflowId },
          batches,
          (from) => this.parts.gateway.journal(address, from),
          finish,
        ),
      );
    if (answer === undefined) throw new Error('invariant: an applied command has an answer');
    failpoint('api.after-rows-before-reply');
    return answer;
  }

  /** What the rows lack up to a sequence; throws where the journal does not have it either. */
  private async missing(address: CaseAddress, sequence: number): Promise<RecordBatch[]> {
    const head = await this.parts.db.tenant(this.caller.dealership, (trx) => findHead(trx, address.instanceKey));
    const written = head?.sequence ?? 0;
    if (written >= sequence) return [];
    const batches = (await this.parts.gateway.journal(address, written + 1)).filter((batch) => batch.sequence <= sequence);
    if (batches.at(-1)?.sequence !== sequence)
      throw new CaseUnavailableError(`the journal of "${address.workflowId}" lacks batch ${sequence}`);
    return batches;
  }

  private deliver({ matchedMessages }: Applied): void {
    if (matchedMessages.length === 0) return;
    this.parts
      .deliverMatched(matchedMessages)
      .catch((error) => this.parts.logger.warn({ err: error }, 'matched messages are left to the sweeper'));
  }

  /** Stores a refusal as the command's answer. */
  async refuse(command: SentCommand, error: ApiError): Promise<StoredAnswer> {
    const body = problemOf(error, problemContext(this.req, this.res));
    const answer = this.stored({ status: error.httpStatus, body, headers: { ...error.extras.headers, 'Content-Type': PROBLEM_TYPE } });
    await this.parts.db.tenant(this.caller.dealership, async (trx) => {
      await settleCommand(trx, command.id, answer);
      await insertDenial(trx, this.denialOf(error));
    });
    return answer;
  }

  /** Stores a success that no batch belongs to. */
  async settle(command: SentCommand, success: Success): Promise<StoredAnswer> {
    failpoint('api.after-update-before-rows');
    const answer = this.stored(success);
    await this.parts.db.tenant(this.caller.dealership, (trx) => settleCommand(trx, command.id, answer));
    failpoint('api.after-rows-before-reply');
    return answer;
  }

  private stored({ status, body, headers }: Success): StoredAnswer {
    return { status, body, headers: { 'Content-Language': contextOf(this.res).locale, ...headers } };
  }

  private denialOf(error: ApiError) {
    const { details } = error.extras;
    const head = { dealership: this.caller.dealership, actor: this.caller.user, route: this.key.route, code: error.code };
    return { ...head, ...(details === undefined ? {} : { details }), traceId: contextOf(this.res).traceId };
  }

  /** Rights and conflicts go to the stream of denials; a slip in a form does not. */
  private async deny(error: ApiError): Promise<void> {
    if (![403, 404, 409].includes(error.httpStatus)) return;
    await this.parts.db
      .tenant(this.caller.dealership, (trx) => insertDenial(trx, this.denialOf(error)))
      .catch((failure) => this.parts.logger.error({ err: failure, traceId: contextOf(this.res).traceId }, 'a denial could not be stored'));
  }

  private unknown(error: unknown): ApiError {
    const { traceId } = contextOf(this.res);
    if (error instanceof ProjectionConflictError) {
      this.parts.logger.fatal({ err: error, traceId }, 'rows and history differ');
      return new ApiError('internal-error');
    }
    const level = error instanceof CaseUnavailableError ? 'warn' : 'error';
    this.parts.logger[level]({ err: error, traceId }, 'the outcome of a command is unknown');
    const { idempotencyKey } = this.key;
    return new ApiError('no-answer', { params: { idempotencyKey }, details: { idempotencyKey }, headers: { 'Retry-After': '2' } });
  }
}

function sentOf(row: { id: string; updateId: string; workflowId: string; instanceKey: string }, repeated: boolean): SentCommand {
  return { id: row.id, updateId: row.updateId, address: { workflowId: row.workflowId, instanceKey: row.instanceKey }, repeated };
}

function replayed(answer: StoredAnswer): StoredAnswer {
  return { ...answer, headers: { ...answer.headers, 'Idempotency-Replayed': 'true' } };
}

function send(res: Response, { status, body, headers }: StoredAnswer): void {
  res.status(status).set(headers);
  if (status === 204) res.end();
  else res.json(body);
}

/** The key as the caller chose it: a bare text or a structured-field string in quotes. */
function idempotencyKeyOf(req: Request): string | undefined {
  const raw = req.get('idempotency-key');
  if (raw === undefined) return undefined;
  const key = /^"(.*)"$/.exec(raw)?.[1] ?? raw;
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) throw new ApiError('idempotency-key-invalid');
  return key;
}
