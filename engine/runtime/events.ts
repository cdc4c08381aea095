import type { Json, JsonObject } from '../json';

/** Who asks. `roles` are those that the person has in the case's dealership at that moment. */
export interface Actor {
  user: string;
  roles: string[];
  /** Whom the person acts for, as their substitute: what that person may do, this one may. Four eyes are kept over both. */
  for?: { user: string; roles: string[] };
  /** An administrator of the dealership: gives tasks of others to somebody else, and back to their candidates. Four eyes hold for whom they give them to. */
  administers?: true;
}

type TaskRequest = { atMs: number; actor: Actor; taskKey: string };
/** One activity of a case, by its step and, where it runs more than once at a time, by the key of its activity. */
type ActivityRequest = { atMs: number; actor: Actor; elementId: string; activityKey?: string };

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
      /** The triggered start event, and what came with its message or signal; absent: the none start event. */
      trigger?: { node: string; variables: JsonObject };
    }
  | { type: 'completeTask'; atMs: number; actor: Actor; taskKey: string; outcome: string | null; data: JsonObject }
  /** `assignee` = the actor is a claim; another person needs `allowOverride` or an unassigned task, and a candidate. */
  | { type: 'assignTask'; atMs: number; actor: Actor; taskKey: string; assignee: string; assigneeRoles: string[]; allowOverride: boolean }
  | { type: 'unassignTask'; atMs: number; actor: Actor; taskKey: string }
  /** Gives a task to another person, for good (`transferTask`) or until that person has done it (`delegateTask`). */
  | (TaskRequest & { type: 'transferTask'; to: string; toRoles: string[] })
  | (TaskRequest & { type: 'delegateTask'; to: string; toRoles: string[] })
  /** Sends the case back to a user task that was completed before (退回). */
  | (TaskRequest & { type: 'returnTask'; target: string; reason: string | null })
  /** Takes back a task that one has completed oneself, while nothing after it has begun (撤回). `taskKey` is the completed task's. */
  | (TaskRequest & { type: 'withdrawTask'; draftedTaskKeys: string[] })
  | (TaskRequest & { type: 'addSigner'; place: 'before' | 'beside' | 'after'; user: string })
  | (TaskRequest & { type: 'removeSigner'; user: string })
  | (TaskRequest & { type: 'urgeTask'; message: string | null })
  | (TaskRequest & { type: 'copyTask'; users: string[]; roles: string[] })
  | { type: 'suspendCase'; atMs: number; actor: Actor; reason: string | null }
  | { type: 'resumeCase'; atMs: number; actor: Actor }
  /** Adds an instance to a multi-instance activity that runs. */
  | (ActivityRequest & { type: 'addInstance'; item: Json })
  /** Withdraws one instance, by its number (`loopCounter`). */
  | (ActivityRequest & { type: 'removeInstance'; index: number })
  /** Ends a multi-instance or ad-hoc activity now: what is open in it is withdrawn, and the case goes on behind it. */
  | (ActivityRequest & { type: 'completeActivity' })
  /** Starts a step of an ad-hoc sub-process; `activityKey` names the sub-process. */
  | (ActivityRequest & { type: 'startAdHocStep' })
  /** Sets variables of a process instance of the case (the root by default). */
  | { type: 'setVariables'; atMs: number; actor: Actor; instanceKey?: string; variables: JsonObject }
  /** Refused with `signal-not-awaited` where nothing waits for it. */
  | { type: 'deliverSignal'; atMs: number; actor: Actor; signalId: string; name: string; variables: JsonObject }
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
  /** Who gets a task that is distributed; `nobody`: none of its candidates exists. */
  | { type: 'assignmentResolved'; atMs: number; taskId: string; assignee: string | null; nobody: boolean }
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
  | 'signal-not-awaited'
  | 'not-the-same-person'
  | 'task-locked'
  | 'task-delegated'
  | 'not-allowed-here'
  | 'return-target-unknown'
  | 'return-target-not-done'
  | 'return-has-effects'
  | 'returned-too-often'
  | 'nothing-to-withdraw'
  | 'next-has-begun'
  | 'signer-unknown'
  | 'signer-known-already'
  | 'last-signer'
  | 'urged-too-often'
  | 'case-suspended'
  | 'case-not-suspended'
  | 'activity-not-found'
  | 'too-many-instances'
  | 'value-invalid'
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
      /** JSON pointers to the parts of the input where the definition itself names a secret; absent: none. */
      secrets?: string[];
      retry: { initialMs: number; factor: number; maxMs: number; attempts: number };
      timeout: { attemptMs: number; totalMs: number; heartbeatMs?: number };
      /** For people: which step of which process this is. */
      elementId: string;
      processId: string;
    }
  | { type: 'cancelConnector'; jobId: string }
  /** `messageId` is the case's own: a repeated command publishes once. */
  | { type: 'publishMessage'; messageId: string; name: string; correlationKey: string; variables: JsonObject; timeToLiveMs: number }
  /** Tells everybody else in the dealership who waits for the signal; this case has heard it. */
  | { type: 'broadcastSignal'; signalId: string; name: string; variables: JsonObject }
  /** Starts a case of its own under this key; nothing is awaited. */
  | { type: 'startDetached'; instanceKey: string; process: string; hash: string; variables: JsonObject }
  /** To be answered with `assignmentResolved`. */
  | {
      type: 'resolveAssignment';
      taskId: string;
      rule: 'members' | 'roundRobin' | 'shortestQueue';
      processId: string;
      elementId: string;
      candidateGroups: string[];
      candidateUsers: string[];
      excludedUsers: string[];
      /** Tasks that are closed by what asks: their rows may be open still when queues are counted. */
      closedTaskKeys?: string[];
    };
