import {
  ApplicationFailure,
  type Client,
  isGrpcServiceError,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { Refusal } from '../engine/runtime/events';
import type { ModelClosure } from '../engine/runtime/process-model';
import type { RecordBatch } from '../engine/runtime/records';
import {
  ACT_UPDATE,
  type ActArguments,
  type ActOutcome,
  AWAITED_SIGNAL,
  BEGIN_UPDATE,
  BUSINESS_KEY_TAKEN,
  type CaseInput,
  type ConditionOutcome,
  type Correlation,
  FIRST_ATTEMPT_UPDATE,
  INSPECT_QUERY,
  type InspectedCase,
  JOURNAL_QUERY,
  type Journal,
  MESSAGE_WORKFLOW,
  type MessageInput,
  OUTCOME_QUERY,
  RUN_CHANGING,
} from '../workflows/messages';
import {
  type ActOnCase,
  type CaseAddress,
  type CaseAnswer,
  type CaseGateway,
  CaseUnavailableError,
  type Publication,
  type PublishMessage,
  type StartCase,
} from './case-gateway';
import { findRun } from './history-archive';
import { conditionWorkflowId, launch, messageWorkflowId } from './launch';

const PUT_OFF_PAUSE_MS = 50;

export interface GatewayOptions {
  client: Client;
  taskQueue: string;
  /** Milliseconds that one command may wait for its answer; after that its outcome is unknown. */
  answerWithinMs: number;
  /** Updates after which a case continues as a new run. */
  updatesPerRun: number;
  /** How long such a case waits for its running connectors first; a minute by default. */
  connectorGraceMs?: number;
  /** Every case is a rehearsal: its connectors wait for an answer, and its clock stands still until it is moved. */
  virtualTime?: boolean;
}

/** Temporal as the API sees it: starts and Updates with the caller's ids, so that a repeated command is applied once. */
export function temporalGateway(options: GatewayOptions): CaseGateway {
  const { client, taskQueue, answerWithinMs, updatesPerRun, connectorGraceMs = 60_000, virtualTime = false } = options;

  const within = <T>(call: () => Promise<T>): Promise<T> => client.connection.withDeadline(Date.now() + answerWithinMs, call);

  async function begin(start: StartCase): Promise<ActOutcome> {
    const { address, closure } = start;
    const input: CaseInput = {
      instanceKey: address.instanceKey,
      dealership: start.dealership,
      businessKey: start.businessKey,
      actor: start.actor,
      variables: start.variables,
      firstBatch: 'caller',
      ownInHistory: true,
      updatesPerRun,
      connectorGraceMs,
      ...(start.trigger === undefined ? {} : { trigger: start.trigger }),
      ...(virtualTime ? { rehearsal: start.rehearsed ?? { clockMs: Date.now() } } : {}),
    };
    return client.workflow.executeUpdateWithStart<(...args: [CaseInput, ModelClosure]) => Promise<unknown>, ActOutcome, [string]>(
      BEGIN_UPDATE,
      {
        updateId: start.updateId,
        args: [address.instanceKey],
        startWorkflowOperation: new WithStartWorkflowOperation(start.processId, {
          workflowId: address.workflowId,
          taskQueue,
          args: [input, closure],
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          staticSummary: `${start.title} ${start.businessKey}`,
          priority: { fairnessKey: start.dealership },
        }),
      },
    );
  }

  /** The outcome of a start that was sent before: a case that has ended meanwhile must not begin a second time. */
  async function knownBeginning(start: StartCase): Promise<ActOutcome | undefined> {
    try {
      return await client.workflow.getHandle(start.address.workflowId).getUpdateHandle<ActOutcome>(start.updateId).result();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || isNotFound(error)) return undefined;
      throw error;
    }
  }

  return {
    async start(start) {
      return answered(async () => (start.repeated ? await within(() => knownBeginning(start)) : undefined) ?? within(() => begin(start)));
    },

    async act(act: ActOnCase) {
      const { address, updateId, request, rows } = act;
      const args: [ActArguments] = [{ id: updateId, request, instanceKey: address.instanceKey, rows }];
      const handle = client.workflow.getHandle(address.workflowId);
      const update = () => handle.executeUpdate<ActOutcome, [ActArguments]>(ACT_UPDATE, { updateId, args });
      if (act.repeated !== true) return answered(() => within(() => patiently(update)));
      const answer = await answered(() => within(() => patiently(update).catch((error) => rememberedOutcome(handle, updateId, error))));
      const elsewhere = answer.kind === 'refused' && answer.refusal.code === 'instance-not-active';
      return elsewhere ? ((await within(() => answerOfEarlierCase(client, address, updateId))) ?? answer) : answer;
    },

    async publish(message) {
      try {
        return await within(() => publish(client, taskQueue, message));
      } catch (error) {
        // published before, and ended since: the answer is what became of it
        if (error instanceof WorkflowExecutionAlreadyStartedError) {
          return within(() => client.workflow.getHandle<() => Promise<Correlation>>(messageWorkflowId(message)).result());
        }
        if (isUnavailable(error)) throw new CaseUnavailableError(reasonOf(error));
        throw error;
      }
    },

    async broadcast(signal) {
      try {
        await within(() => launch(client, taskQueue, { kind: 'signal', signal }));
      } catch (error) {
        if (isUnavailable(error)) throw new CaseUnavailableError(reasonOf(error));
        throw error;
      }
    },

    async evaluateConditions(evaluation) {
      try {
        await within(() => launch(client, taskQueue, { kind: 'condition', evaluation }));
        const handle = client.workflow.getHandle<() => Promise<ConditionOutcome>>(conditionWorkflowId(evaluation));
        return await within(() => handle.result());
      } catch (error) {
        if (isUnavailable(error)) throw new CaseUnavailableError(reasonOf(error));
        throw error;
      }
    },

    async journal(address: CaseAddress, fromSequence: number): Promise<RecordBatch[]> {
      try {
        let journal = await within(() => journalOf(client.workflow.getHandle(address.workflowId)));
        if (journal.instanceKey !== address.instanceKey) {
          // the business key has gone to a later case; this one's history is still there
          const runId = await within(() => findRun(client, address));
          if (runId === undefined) return [];
          journal = await within(() => journalOf(client.workflow.getHandle(address.workflowId, runId)));
        }
        return journal.batches.filter(({ sequence }) => sequence >= fromSequence);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError || isNotFound(error)) return [];
        throw new CaseUnavailableError(reasonOf(error));
      }
    },

    async inspect(address) {
      const ask = (runId?: string) => client.workflow.getHandle(address.workflowId, runId).query<InspectedCase>(INSPECT_QUERY);
      try {
        const latest = await within(() => ask());
        if (latest.state.instanceKey === address.instanceKey) return latest;
        const runId = await within(() => findRun(client, address));
        return runId === undefined ? undefined : await within(() => ask(runId));
      } catch (error) {
        if (error instanceof WorkflowNotFoundError || isNotFound(error)) return undefined;
        throw new CaseUnavailableError(reasonOf(error));
      }
    },

    async ping() {
      await client.connection.withDeadline(Date.now() + 2_000, () => client.workflowService.getSystemInfo({}));
    },
  };
}

/** Sends an Update again that was put off because its run was changed for the next, which takes some tens of milliseconds. */
async function patiently<T>(update: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await update();
    } catch (error) {
      const putOff =
        error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure && error.cause.type === RUN_CHANGING;
      if (!putOff) throw error;
      await new Promise((resolve) => setTimeout(resolve, PUT_OFF_PAUSE_MS));
    }
  }
}

/** What an Update did that a case has taken in an earlier run than its last, where it has ended; otherwise the case is gone, as the error says. */
async function rememberedOutcome(handle: WorkflowHandle, updateId: string, error: unknown): Promise<ActOutcome> {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
  const sequence = await handle.query<number | null, [string]>(OUTCOME_QUERY, updateId);
  if (sequence === null) throw error;
  return { sequence, batch: null };
}

/** What a case did with an Update before it ended and its business key went to a later one; undefined where it never had it. */
async function answerOfEarlierCase(client: Client, address: CaseAddress, updateId: string): Promise<CaseAnswer | undefined> {
  const runId = await findRun(client, address);
  if (runId === undefined) return undefined;
  const sequence = await client.workflow.getHandle(address.workflowId, runId).query<number | null, [string]>(OUTCOME_QUERY, updateId);
  return sequence === null ? undefined : { kind: 'applied', outcome: { sequence, batch: null } };
}

function journalOf(handle: WorkflowHandle): Promise<Journal> {
  return handle.query<Journal>(JOURNAL_QUERY);
}

async function publish(client: Client, taskQueue: string, message: PublishMessage): Promise<Publication> {
  const { timeToLiveMs, ...rest } = message;
  const input: MessageInput = { ...rest, expiresAtMs: Date.now() + timeToLiveMs };
  const workflowId = messageWorkflowId(message);
  return client.workflow.executeUpdateWithStart<(message: MessageInput) => Promise<Correlation>, Correlation, []>(FIRST_ATTEMPT_UPDATE, {
    updateId: message.messageId,
    args: [],
    startWorkflowOperation: new WithStartWorkflowOperation(MESSAGE_WORKFLOW, {
      workflowId,
      taskQueue,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      staticSummary: `${message.name} ${message.correlationKey}`,
    }),
  });
}

/** Wakes the workflow of a kept message that somebody awaits now. A message that is gone needs no waking. */
export async function wakeMessage(client: Client, message: { dealership: string; messageId: string }): Promise<void> {
  try {
    await client.workflow.getHandle(messageWorkflowId(message)).signal(AWAITED_SIGNAL);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

async function answered(ask: () => Promise<ActOutcome>): Promise<CaseAnswer> {
  try {
    return { kind: 'applied', outcome: await ask() };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { kind: 'gone' };
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) return refusalOf(error.cause);
    if (isUnavailable(error)) throw new CaseUnavailableError(reasonOf(error));
    throw error;
  }
}

function refusalOf(failure: ApplicationFailure): CaseAnswer {
  if (failure.type === BUSINESS_KEY_TAKEN) return { kind: 'business-key-taken' };
  const refusal = failure.details?.[0] as Refusal | undefined;
  // the case ended while the Update waited for its answer: whether it was applied is for the history to say
  if (failure.type === 'AcceptedUpdateCompletedWorkflow' || refusal === undefined) throw new CaseUnavailableError(failure.message);
  return { kind: 'refused', refusal };
}

function isNotFound(error: unknown): boolean {
  const grpc = isGrpcServiceError(error) ? error : (error as Error | undefined)?.cause;
  return isGrpcServiceError(grpc) && grpc.code === 5;
}

function isUnavailable(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  return isGrpcServiceError(error) || isGrpcServiceError((error as Error | undefined)?.cause);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
