import type { Json, JsonObject } from '../json';

/** Who asks. `roles` are those that the person has in the case's dealership at that moment. */
export interface Actor {
  user: string;
  roles: string[];
}

/** Requests are imperative and may be refused; a refused one leaves the state untouched. */
export type EngineRequest =
  | {
      type: 'startInstance';
      atMs: number;
      actor: Actor;
      instanceKey: string;
      dealership: string;
      /** Initial variables of the root process. */
      variables: JsonObject;
      businessKey: string;
    }
  | { type: 'completeTask'; atMs: number; actor: Actor; taskKey: string; outcome: string | null; data: JsonObject }
  /** `assignee` = the actor is a claim; another person needs `allowOverride` or an unassigned task, and a candidate. */
  | { type: 'assignTask'; atMs: number; actor: Actor; taskKey: string; assignee: string; assigneeRoles: string[]; allowOverride: boolean }
  | { type: 'unassignTask'; atMs: number; actor: Actor; taskKey: string }
  | { type: 'cancelInstance'; atMs: number; actor: Actor; reason: string | null }
  /** Tries the stopped step again, after setting `variables` in its process scope. */
  | { type: 'resolveIncident'; atMs: number; actor: Actor; incidentKey: string; variables: JsonObject }
  /** Refused with `message-not-awaited` where no subscription of that name and key is open. */
  | { type: 'deliverMessage'; atMs: number; actor: Actor; messageId: string; name: string; correlationKey: string; variables: JsonObject };

/** Facts are in the past tense and may not be refused: the world has done it. One that comes too late changes nothing but the record. */
export type EngineFact =
  | { type: 'timersDue'; atMs: number }
  | { type: 'connectorSucceeded'; atMs: number; jobId: string; output: Json }
  /** `errorCode` is set where the connector answered with a BPMN error; absent: its attempts are spent. */
  | { type: 'connectorFailed'; atMs: number; jobId: string; message: string; errorCode?: string }
  /** The host that ran the case has been ended from outside: nothing of it goes on. */
  | { type: 'hostTerminated'; atMs: number };

export type EngineEvent = EngineRequest | EngineFact;

/** Why a request was refused. The code is also the problem document's `code` and the key of its texts. */
export interface Refusal {
  code: RefusalCode;
  /** One line, lower case, input in quotes. */
  message: string;
  /** Facts for the caller: who did it and when, which outcomes there are, ... */
  details?: JsonObject;
}

export type RefusalCode =
  | 'task-not-found'
  | 'task-not-open'
  | 'task-already-assigned'
  | 'not-a-candidate'
  | 'not-the-assignee'
  | 'excluded-by-four-eyes'
  | 'assignee-not-a-candidate'
  | 'outcome-unknown'
  | 'outcome-missing'
  | 'instance-not-active'
  | 'incident-not-found'
  | 'variable-unknown'
  | 'message-not-awaited'
  | 'value-too-large'
  | 'engine-error';

/** What the host must do. Timers are no commands: the host waits until `nextDueAtMs(state)` and then reports `timersDue`. */
export type EngineCommand =
  | {
      type: 'invokeConnector';
      jobId: string;
      /** The same over all attempts of this job: `<instanceKey>-<jobId>`. */
      idempotencyKey: string;
      connector: string;
      input: JsonObject;
      retry: { initialMs: number; factor: number; maxMs: number; attempts: number };
      timeout: { attemptMs: number; totalMs: number; heartbeatMs?: number };
      /** For people: which step of which process this is. */
      elementId: string;
      processId: string;
    }
  | { type: 'cancelConnector'; jobId: string };
