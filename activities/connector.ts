import { ApplicationFailure } from '@temporalio/activity';
import type { Database } from '../db/database';
import type { Json, JsonObject } from '../engine/json';
import { BPMN_ERROR } from '../workflows/messages';
import type { Surroundings } from './surroundings';

/** What a connector may use of the attempt that runs it. */
export interface Attempt {
  /** The same over all attempts: whoever is asked can tell a repetition from a second order. */
  idempotencyKey: string;
  dealership: string;
  instanceKey: string;
  elementId: string;
  /** JSON pointers to the parts of the input where the definition itself names a secret. */
  secrets?: readonly string[];
  /** Aborted where the case no longer wants the answer or the attempt's time is over. */
  signal: AbortSignal;
  /** The product's own database, for connectors that work in it: what they do is in one transaction with the note that it was done. */
  db: Database;
  surroundings: Surroundings;
}

/** One way to do something in the outside world. It must be safe to run twice with the same idempotency key. */
export interface Connector {
  /** As a `serviceTask` names it, for example `http.request`. */
  name: string;
  /** JSON Schema (2020-12) of its input; anything else is refused before it runs. */
  input: JsonObject;
  /** JSON Schema of its result. */
  output?: JsonObject;
  /** Codes of the BPMN errors that it throws. */
  errors?: readonly string[];
  run(input: JsonObject, attempt: Attempt): Promise<Json>;
}

/** Throws a BPMN error into the process: not tried again, caught by a boundary event with this code or without one. */
export function bpmnError(code: string, message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, BPMN_ERROR, code);
}
