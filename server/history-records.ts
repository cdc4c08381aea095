import type { Payload } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils';
import canonicalize from 'canonicalize';
import type { RecordBatch } from '../engine/runtime/records';
import { ACT_UPDATE, type ActOutcome, BEGIN_UPDATE, type SystemActivities } from '../workflows/messages';
import { valueOfPayload } from './payload-codec';

type HistoryEvent = NonNullable<History['events']>[number];

const WRITE_RECORDS: keyof SystemActivities = 'writeRecords';

/**
 * The batches that a case's history holds, by sequence: what its Updates answered and what it gave to be written. From these the rows
 * can be made anew. A batch may stand there several times.
 *
 * @param runs the histories of the case's runs, as Temporal gives them, in any order
 * @throws where two batches of one sequence differ
 */
export async function batchesOfHistory(...runs: History[]): Promise<RecordBatch[]> {
  const batches = new Map<number, RecordBatch>();
  for (const { events } of runs) {
    const updates = namesOfUpdates(events ?? []);
    for (const event of events ?? []) {
      for (const batch of await batchesOfEvent(event, updates)) putSame(batches, batch);
    }
  }
  return [...batches.values()].sort((a, b) => a.sequence - b.sequence);
}

function putSame(batches: Map<number, RecordBatch>, batch: RecordBatch): void {
  const known = batches.get(batch.sequence);
  if (known !== undefined && canonicalize(known) !== canonicalize(batch)) {
    throw new Error(`the history of case "${batch.rootKey}" holds two different batches ${batch.sequence}`);
  }
  batches.set(batch.sequence, batch);
}

/** Id of the event by which an Update was accepted, to the Update's name. */
function namesOfUpdates(events: HistoryEvent[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const { eventId, workflowExecutionUpdateAcceptedEventAttributes: accepted } of events) {
    if (accepted != null) names.set(String(eventId), accepted.acceptedRequest?.input?.name ?? '');
  }
  return names;
}

async function batchesOfEvent(event: HistoryEvent, updates: Map<string, string>): Promise<RecordBatch[]> {
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled?.activityType?.name === WRITE_RECORDS) {
    return (await decoded<RecordBatch[]>(scheduled.input?.payloads?.[1])) ?? [];
  }
  const completed = event.workflowExecutionUpdateCompletedEventAttributes;
  const name = completed == null ? undefined : updates.get(String(completed.acceptedEventId));
  if (name !== ACT_UPDATE && name !== BEGIN_UPDATE) return [];
  const outcome = await decoded<ActOutcome>(completed?.outcome?.success?.payloads?.[0]);
  return outcome?.batch == null ? [] : [outcome.batch];
}

async function decoded<T>(payload: Payload | null | undefined): Promise<T | undefined> {
  return payload == null ? undefined : valueOfPayload<T>(payload);
}
