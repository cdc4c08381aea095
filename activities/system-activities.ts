import { activityInfo } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Database } from '../db/database';
import { type MatchedMessage, putMessage, settleMessage } from '../db/message-repository';
import { applyAll } from '../db/projection';
import type { Correlation, MessageInput, SystemActivities } from '../workflows/messages';

/** What the system activities need of the process that runs them. */
export interface SystemPorts {
  db: Database;
  client: Client;
  /** Sends a matched message to its case and writes the rows; false where the case does not await it. */
  deliver(match: MatchedMessage): Promise<boolean>;
  /** Wakes the workflow of a kept message that somebody awaits now. */
  wake(message: MatchedMessage): Promise<void>;
  /** Stores the history of a run as it is now. */
  archive(run: { workflowId: string; runId: string; dealership: string; instanceKey: string; runNumber: number }): Promise<void>;
}

/** Thrown to leave the patient writer of rows: only the case itself can fill this gap. */
class MissingBatches extends Error {
  constructor(readonly from: number) {
    super(`batches from ${from} on are missing`);
  }
}

export function systemActivities(ports: SystemPorts): SystemActivities {
  return {
    async writeRecords({ workflowId }, batches) {
      try {
        const applied = await applyAll(ports.db, { workflowId }, batches, async (from) => {
          throw new MissingBatches(from);
        });
        await Promise.all(applied.matchedMessages.map((message) => ports.wake(message)));
        return { sequence: applied.sequence };
      } catch (error) {
        if (error instanceof MissingBatches) return { missingFrom: error.from };
        throw error;
      }
    },

    async archiveHistory({ dealership, instanceKey, runNumber }) {
      const { workflowId, runId } = ownExecution();
      await ports.archive({ workflowId, runId, dealership, instanceKey, runNumber });
    },

    async pendingAttempts() {
      const { workflowId, runId } = ownExecution();
      const description = await ports.client.workflow.getHandle(workflowId, runId).describe();
      const pending = description.raw.pendingActivities ?? [];
      return Object.fromEntries(pending.map((activity) => [activity.activityId ?? '', attemptsMade(activity)]));
    },

    correlateMessage: (message) => correlate(ports, message),
  };
}

/** An activity that waits for its next attempt shows that attempt's number already. */
function attemptsMade({ attempt, state }: { attempt?: number | null; state?: number | null }): number {
  const begun = state === PENDING_ACTIVITY_STARTED;
  return Math.max(0, (attempt ?? 0) - (begun ? 0 : 1));
}

/** temporal.api.enums.v1.PendingActivityState */
const PENDING_ACTIVITY_STARTED = 2;

function ownExecution(): { workflowId: string; runId: string } {
  const { workflowExecution } = activityInfo();
  if (workflowExecution === undefined) throw new Error('invariant: this activity runs for a workflow');
  return workflowExecution;
}

async function correlate(ports: SystemPorts, message: MessageInput): Promise<Correlation> {
  const { expiresAtMs, ...stored } = message;
  const timeToLiveMs = Math.max(0, expiresAtMs - Date.now());
  const state = await ports.db.tenant(message.dealership, (trx) => putMessage(trx, { ...stored, timeToLiveMs }));
  switch (state.kind) {
    case 'correlated':
      return { state: 'CORRELATED', processInstanceKey: state.rootKey };
    case 'expired':
      return { state: 'EXPIRED', processInstanceKey: null };
    case 'buffered':
      return { state: 'BUFFERED', processInstanceKey: null };
    case 'matched':
      return deliver(ports, state.match);
  }
}

async function deliver(ports: SystemPorts, match: MatchedMessage): Promise<Correlation> {
  if (await ports.deliver(match)) return { state: 'CORRELATED', processInstanceKey: match.rootKey };
  await ports.db.tenant(match.dealership, (trx) => settleMessage(trx, match.dealership, match.messageId, 'BUFFERED'));
  return { state: 'BUFFERED', processInstanceKey: null };
}
