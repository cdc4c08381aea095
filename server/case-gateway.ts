import type { JsonObject } from '../engine/json';
import type { Actor, Refusal } from '../engine/runtime/events';
import type { ModelClosure } from '../engine/runtime/process-model';
import type { RecordBatch } from '../engine/runtime/records';
import type {
  ActOutcome,
  CaseRequest,
  ConditionEvaluation,
  ConditionOutcome,
  InspectedCase,
  Rehearsed,
  SignalInput,
} from '../workflows/messages';

/** Where a case lives in Temporal. */
export interface CaseAddress {
  workflowId: string;
  instanceKey: string;
}

export interface StartCase {
  address: CaseAddress;
  /** The Update's id: the same for every repetition of the same command. */
  updateId: string;
  /** Set where this command was sent before and got no answer: the gateway then looks for its outcome first. */
  repeated: boolean;
  processId: string;
  title: string;
  dealership: string;
  actor: Actor;
  businessKey: string;
  variables: JsonObject;
  closure: ModelClosure;
  /** The triggered start event, and what came with its message or signal. */
  trigger?: { node: string; variables: JsonObject };
  /** On a server of virtual time: what the case's clock shows when it begins, the server's time by default, and whether its connectors are called. */
  rehearsed?: Rehearsed;
}

export interface ActOnCase {
  address: CaseAddress;
  updateId: string;
  request: CaseRequest;
  /** It may have gone to the case before: then one that has ended is asked what it remembers, which takes a replay of its history. */
  repeated?: boolean;
  rows: { sequence: number; chainHead: string };
}

/** `gone`: the case has ended (or was never there), so that only the rows can say what happened. */
export type CaseAnswer =
  | { kind: 'applied'; outcome: ActOutcome }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'business-key-taken' }
  | { kind: 'gone' };

export interface PublishMessage {
  dealership: string;
  messageId: string;
  name: string;
  correlationKey: string;
  variables: JsonObject;
  timeToLiveMs: number;
  actor: Actor;
}

/** CORRELATED: a case has it and its rows are written. BUFFERED: kept until its time to live is over. EXPIRED: nobody awaited it. */
export interface Publication {
  state: 'CORRELATED' | 'BUFFERED' | 'EXPIRED';
  processInstanceKey: string | null;
  /** Why it could not begin the case that begins with it. */
  reason?: string;
}

/** Thrown where no answer came in time: the command may or may not have been applied; repeat it with the same update id. */
export class CaseUnavailableError extends Error {
  override name = 'CaseUnavailableError';
}

/** The API's only door to Temporal. Every method throws {@link CaseUnavailableError} where the outcome is unknown. */
export interface CaseGateway {
  start(start: StartCase): Promise<CaseAnswer>;
  act(act: ActOnCase): Promise<CaseAnswer>;
  publish(message: PublishMessage): Promise<Publication>;
  /** Tells everybody who waits for a signal now; resolves when that is on its way. Its id makes a repetition the same one. */
  broadcast(signal: SignalInput): Promise<void>;
  /** Asks the conditions of starts and begins the cases; its id makes a repetition the same one, with the same outcome. */
  evaluateConditions(evaluation: ConditionEvaluation): Promise<ConditionOutcome>;
  /** Batches that the case's journal still holds from `fromSequence` on; empty where the case is not known any more. */
  journal(address: CaseAddress, fromSequence: number): Promise<RecordBatch[]>;
  /** What the case is like now, or was like when it ended; undefined where Temporal has nothing of it any more. */
  inspect(address: CaseAddress): Promise<InspectedCase | undefined>;
  /** Resolves where Temporal answers, rejects where not. */
  ping(): Promise<void>;
}
