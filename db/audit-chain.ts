import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { RecordBatch } from '../engine/runtime/records';

/** The head of a case's chain before its first event. */
export const GENESIS = '0'.repeat(64);

/** One event of the audit log as it is stored; the hashes are hex. */
export interface ChainedEvent {
  position: number;
  instanceKey: string;
  atMs: number;
  actor: string;
  type: string;
  elementId: string | null;
  /** Canonical JSON (RFC 8785) of the record. */
  record: string;
  prevHash: string;
  hash: string;
}

/** What one link is made of: the place of the event, its record, and the link before it. */
function linkHash(
  batch: Pick<RecordBatch, 'dealership' | 'rootKey' | 'sequence'>,
  position: number,
  record: string,
  prevHash: string,
): string {
  const place = canonicalize({ dealership: batch.dealership, rootKey: batch.rootKey, sequence: batch.sequence, position });
  return createHash('sha256').update(`${prevHash}\n${place}\n${record}`).digest('hex');
}

/** Chains the records of a batch behind `head` and gives the events with the new head. */
export function chainBatch(batch: RecordBatch, head: string): { events: ChainedEvent[]; head: string } {
  let prevHash = head;
  const events = batch.records.map((record, position): ChainedEvent => {
    const text = canonicalize(record) as string;
    const hash = linkHash(batch, position, text, prevHash);
    const event = {
      position,
      instanceKey: record.instanceKey,
      atMs: record.atMs,
      actor: record.actor,
      type: record.type,
      elementId: record.elementId ?? null,
      record: text,
      prevHash,
      hash,
    };
    prevHash = hash;
    return event;
  });
  return { events, head: prevHash };
}
