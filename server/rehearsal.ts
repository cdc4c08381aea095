import { randomUUID } from 'node:crypto';
import {
  type Client,
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import type { InstanceState } from '../engine/runtime/instance-state';
import { nextDueAtMs } from '../engine/runtime/transition';
import { nearestTimerOf } from '../engine/simulate/observation';
import { ANSWER_UPDATE, CLOCK_UPDATE, type RehearsedAnswer, STATE_QUERY } from '../workflows/messages';
import { CaseUnavailableError } from './case-gateway';

/** What a server of virtual time does with a case besides. A case that has ended stands still: its clock and its connectors are gone. */
export interface Rehearsal {
  /** Lets the case's clock go on to a point in time; every deadline on the way is met. False where it has ended or has no such clock. */
  advanceTo(workflowId: string, atMs: number): Promise<boolean>;
  /** When the nearest timer of a step is due; undefined where none waits. */
  timerOf(workflowId: string, elementId: string): Promise<number | undefined>;
  /** Answers a waiting connector of a step; false where none waits. The same id again is the same answer. */
  answer(workflowId: string, id: string, answer: RehearsedAnswer): Promise<boolean>;
}

const WITHIN_MS = 30_000;
/** How long timers that are due at the very end may take: Temporal has none that is shorter than a second. */
const SETTLE_MS = 10_000;
const LOOK_EVERY_MS = 25;

/** Rehearses on a Temporal that runs with `frontend.WorkflowTimeSkippingEnabled`. */
export function temporalRehearsal(client: Client): Rehearsal {
  async function within<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await client.connection.withDeadline(Date.now() + WITHIN_MS, call);
    } catch (error) {
      if (isGrpcServiceError(error) || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
        throw new CaseUnavailableError(error.message);
      throw error;
    }
  }
  const clockTo = (workflowId: string, atMs: number, reached: boolean) =>
    within(() => client.workflow.getHandle(workflowId).executeUpdate<number, [number, boolean]>(CLOCK_UPDATE, { args: [atMs, reached] }));

  const stateOf = (workflowId: string) => within(() => client.workflow.getHandle(workflowId).query<InstanceState>(STATE_QUERY));

  async function settle(workflowId: string, atMs: number): Promise<void> {
    const deadline = Date.now() + SETTLE_MS;
    for (;;) {
      const state = await stateOf(workflowId);
      if (state.status !== 'active' || (nextDueAtMs(state) ?? Number.POSITIVE_INFINITY) > atMs) return;
      if (Date.now() > deadline) throw new CaseUnavailableError('a timer that is due has not fired yet');
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  return {
    async advanceTo(workflowId, atMs) {
      try {
        const ms = atMs - (await clockTo(workflowId, atMs, false));
        if (ms > 0) await within(() => fastForward(client, workflowId, ms));
        await settle(workflowId, atMs);
        if ((await stateOf(workflowId)).status !== 'active') return false;
        await clockTo(workflowId, atMs, true);
        return true;
      } catch (error) {
        if (isNoRehearsal(error)) return false;
        throw error;
      }
    },

    async timerOf(workflowId, elementId) {
      const state = await stateOf(workflowId);
      return state.status === 'active' ? nearestTimerOf(state, elementId) : undefined;
    },

    async answer(workflowId, updateId, answer) {
      try {
        return await within(() =>
          client.workflow.getHandle(workflowId).executeUpdate<boolean, [RehearsedAnswer]>(ANSWER_UPDATE, { updateId, args: [answer] }),
        );
      } catch (error) {
        if (isNoRehearsal(error)) return false;
        throw error;
      }
    },
  };
}

/** The case has ended, or was begun on these data when the server had no virtual time: it does not know the Update. */
function isNoRehearsal(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError || error instanceof WorkflowUpdateFailedError;
}

/**
 * Lets a running workflow's own clock go on by a span: its timers on the way fire in order. The server must run with
 * `frontend.WorkflowTimeSkippingEnabled`; time stands still for work that is under way (activities, children).
 */
export async function fastForward(client: Client, workflowId: string, ms: number): Promise<void> {
  const id = randomUUID();
  const { namespace } = client.options;
  const workflowExecution = { workflowId };
  const timeSkippingConfig = { enabled: true, maxSessionSkipCount: 100_000, fastForwardConfig: { id, duration: msToTs(ms) } };
  await client.workflowService.updateWorkflowExecutionOptions({
    namespace,
    workflowExecution,
    workflowExecutionOptions: { timeSkippingConfig },
    updateMask: { paths: ['time_skipping_config'] },
  });
  await client.connection.withDeadline(Date.now() + WITHIN_MS, () =>
    client.workflowService.pollWorkflowExecutionTimeSkipping({ namespace, workflowExecution, fastForwardId: id }),
  );
}
