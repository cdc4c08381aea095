import { activityInfo } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { distributeTask } from '../db/assignment-repository';
import type { Database } from '../db/database';
import { type MatchedMessage, type MessageAddress, putMessage, settleMessage } from '../db/message-repository';
import { applyAll } from '../db/projection';
import { listUntold, markTold, type SignalTarget, takeSignalTargets } from '../db/signal-repository';
import type { ModelClosure } from '../engine/runtime/process-model';
import type {
  AskedConditions,
  CaseStart,
  CaseStarted,
  ConditionEvaluation,
  Correlation,
  DutyStart,
  Launched,
  MessageInput,
  ScheduledStart,
  SignalInput,
  SystemActivities,
} from '../workflows/messages';

/** What the system activities need of the process that runs them. */
export interface SystemPorts {
  db: Database;
  client: Client;
  /** Sends a matched message to its case and writes the rows; false where the case does not await it. */
  deliver(match: MatchedMessage): Promise<boolean>;
  /** Wakes the workflow of a kept message that somebody awaits now. */
  wake(message: MessageAddress): Promise<void>;
  /** Begins a durable workflow under its id, where none of that id has been begun before. */
  launch(errand: Launched): Promise<void>;
  /** Starts a case and writes its first rows; however often, once. */
  start(start: CaseStart, closure: ModelClosure | null): Promise<CaseStarted>;
  startScheduled(start: ScheduledStart | DutyStart, nominalMs: number, takenUpMs: number): Promise<CaseStarted>;
  askConditions(evaluation: ConditionEvaluation): Promise<AskedConditions>;
  /** The key of a case that something with this name starts: the same whenever it is asked for. */
  startKey(dealership: string, ...parts: string[]): string;
  /** Starts the case of a message whose key is free. */
  startByMessage(message: MessageInput, rootKey: string): Promise<CaseStarted>;
  deliverSignal(signal: SignalInput, target: SignalTarget): Promise<void>;
  /** Stores the history of a run as it is now. */
  archive(run: { workflowId: string; runId: string; dealership: string; instanceKey: string; runNumber: number }): Promise<void>;
}

/** Who hears a signal in one activity: few enough for its time, many enough for a short history. */
const TARGETS_AT_ONCE = 100;

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

    publishMessage: ({ timeToLiveMs, ...message }) =>
      ports.launch({ kind: 'message', message: { ...message, expiresAtMs: Date.now() + timeToLiveMs } }),
    broadcastSignal: (signal) => ports.launch({ kind: 'signal', signal }),
    startDetached: (start, closure) => ports.launch({ kind: 'start', start, closure }),
    resolveAssignment: ({ dealership, instanceKey }, question) =>
      ports.db.tenant(dealership, (trx) => distributeTask(trx, dealership, instanceKey, question)),

    takeSignalTargets: (signal) => ports.db.tenant(signal.dealership, (trx) => takeSignalTargets(trx, signal)),

    async tellSignalTargets(signal) {
      const { dealership, signalId } = signal;
      const targets = await ports.db.tenant(dealership, (trx) => listUntold(trx, dealership, signalId, TARGETS_AT_ONCE));
      for (const target of targets) {
        await ports.deliverSignal(signal, target);
        await ports.db.tenant(dealership, (trx) => markTold(trx, dealership, signalId, target.position));
      }
      return targets.length === TARGETS_AT_ONCE;
    },

    startCase: (start, closure) => ports.start(start, closure),
    startScheduled: (start, nominalMs, takenUpMs) => ports.startScheduled(start, nominalMs, takenUpMs),
    askConditions: (evaluation) => ports.askConditions(evaluation),
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
  const startKey = ports.startKey(message.dealership, 'message', message.messageId);
  const state = await ports.db.tenant(message.dealership, (trx) => putMessage(trx, { ...stored, timeToLiveMs }, startKey));
  switch (state.kind) {
    case 'starting':
      return begin(ports, message, state.rootKey);
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

/** The case that a message starts has it; where its business key is taken, the message is kept as long as it lives. */
async function begin(ports: SystemPorts, message: MessageInput, rootKey: string): Promise<Correlation> {
  const started = await ports.startByMessage(message, rootKey);
  if (started.state === 'started') return { state: 'CORRELATED', processInstanceKey: rootKey };
  const waitsFor = started.state === 'waiting' ? (started.workflowId ?? 'nobody') : started.code;
  await ports.db.tenant(message.dealership, (trx) => settleMessage(trx, message.dealership, message.messageId, 'BUFFERED', waitsFor));
  const reason = whyNotBegun(started);
  const state = message.expiresAtMs > Date.now() ? 'BUFFERED' : 'EXPIRED';
  return { state, processInstanceKey: null, ...(reason === undefined ? {} : { reason }) };
}

function whyNotBegun(started: Exclude<CaseStarted, { state: 'started' }>): string | undefined {
  if (started.state === 'refused') return started.reason;
  return started.workflowId === null
    ? 'no process that begins with it takes it now'
    : `a case with this business key is running: "${started.workflowId}"`;
}
