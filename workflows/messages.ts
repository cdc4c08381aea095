import type { EngineRequest, Refusal } from '../engine/runtime/events';
import type { InstanceState } from '../engine/runtime/instance-state';
import type { RecordBatch } from '../engine/runtime/records';

/** Names of what a case workflow answers to. The workflow type is the process id, the workflow id `dealership:process:businessKey`. */
export const ACT_UPDATE = 'act';
export const BEGIN_UPDATE = 'begin';
export const JOURNAL_QUERY = 'journal';
export const STATE_QUERY = 'state';

type Unstamped<R> = R extends { atMs: number } ? Omit<R, 'atMs'> : never;

/** A request without its time: the workflow stamps it, so that the order of times is the order of the history. */
export type CaseRequest = Unstamped<Exclude<EngineRequest, { type: 'startInstance' }>>;

export interface ActArguments {
  /** The Update's own id, and the key under which the outcome is remembered beyond continue-as-new. */
  id: string;
  request: CaseRequest;
  /** The instance that the caller means: a workflow id may be reused by a later instance with the same business key. */
  instanceKey: string;
  /** What the caller saw in PostgreSQL, so that the journal can forget what is written and the history holds the chain's head. */
  rows: { sequence: number; chainHead: string };
}

/**
 * The answer to a request that was applied. `batch` is to be written before the caller hears of it; it is null where the request was
 * processed in an earlier run, and then the rows with `sequence` exist or the journal has them.
 */
export interface ActOutcome {
  sequence: number;
  batch: RecordBatch | null;
}

/** Details of the ApplicationFailure that refuses an Update; its type is the refusal's code. */
export type RefusalDetails = Refusal;

/** The answer of the journal query: batches not yet known to be written, and the state's sequence. */
export interface Journal {
  instanceKey: string;
  sequence: number;
  batches: RecordBatch[];
}

export type StateAnswer = InstanceState;
