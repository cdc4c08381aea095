import type { JsonObject } from '../json';
import { assignFields } from './brought-fields';
import { type Draft, Stop } from './draft';
import { durationMs } from './durations';
import type { EngineFact } from './events';
import { inputOf } from './expressions';
import { completeActivity } from './flow';
import { openIncident } from './incidents';
import type { ConnectorJob, IncidentCode, Token } from './instance-state';
import type { ServiceTaskNode } from './process-model';
import { assignReceived, checkReceived } from './scopes';
import { throwError } from './throwing';

type Fact<T extends EngineFact['type']> = Extract<EngineFact, { type: T }>;

/** The code of the error that is thrown where a connector's attempts are spent; a boundary event may catch it. */
const CONNECTOR_FAILED = 'connector.failed';

/** Asks the host to run a connector. All its attempts share one idempotency key, also those after an incident. */
export function invokeConnector(draft: Draft, token: Token, node: ServiceTaskNode): void {
  const input = inputOf(draft, token.scope, node.input);
  const { retry, timeout } = node;
  const id = draft.newId();
  const idempotencyKey = token.idempotencyKey ?? draft.publicKey(id);
  draft.put('jobs', { id, token: token.id, scope: token.scope, node: node.id, idempotencyKey });
  draft.change(token.id, { status: 'waiting', called: Number(id) });
  draft.commands.push({
    type: 'invokeConnector',
    jobId: id,
    idempotencyKey,
    connector: node.connector,
    input,
    ...(node.secrets === undefined ? {} : { secrets: node.secrets }),
    retry: { initialMs: lengthOf(retry.initial), factor: retry.factor, maxMs: lengthOf(retry.max), attempts: retry.attempts },
    timeout: {
      attemptMs: lengthOf(timeout.attempt),
      totalMs: lengthOf(timeout.total),
      ...(timeout.heartbeat === undefined ? {} : { heartbeatMs: lengthOf(timeout.heartbeat) }),
    },
    elementId: node.id,
    processId: draft.scope(token.scope).processId,
  });
  draft.record(token.scope, node.id, {
    type: 'connectorInvoked',
    jobId: id,
    connector: node.connector,
    idempotencyKey,
    input: withoutSecrets(input),
  });
}

/** Headers carry keys and passwords, and the audit log keeps what it has for ever: it has their names alone. */
function withoutSecrets(input: JsonObject): JsonObject {
  const { headers } = input;
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return input;
  return { ...input, headers: Object.fromEntries(Object.keys(headers).map((name) => [name, '…'])) };
}

/** Stops the step of a job that has ended; what is asked next goes on under the same key. */
function stopStep(draft: Draft, job: ConnectorJob, code: IncidentCode, message: string): void {
  draft.change(job.token, { idempotencyKey: job.idempotencyKey });
  openIncident(draft, job.token, code, message);
}

function lengthOf(duration: string): number {
  const length = durationMs(duration);
  if (length === undefined) throw new Stop('expression-failed', `"${duration}" is no duration`);
  return length;
}

function findJob(draft: Draft, fact: Fact<'connectorSucceeded'> | Fact<'connectorFailed'>): ConnectorJob | undefined {
  const job = draft.state.jobs[fact.jobId];
  if (job === undefined) draft.recordIgnored(fact.type, `job "${fact.jobId}" is not running any more`);
  return job;
}

export function connectorSucceeded(draft: Draft, fact: Fact<'connectorSucceeded'>): void {
  const job = findJob(draft, fact);
  if (job === undefined) return;
  const token = draft.living(job.token);
  const node = draft.node(token) as ServiceTaskNode;
  draft.remove('jobs', job.id);
  draft.record(job.scope, job.node, { type: 'connectorSucceeded', jobId: job.id, output: fact.output });
  try {
    checkReceived(draft, job.scope, node.result, fact.output);
    assignReceived(draft, job.scope, node.result, fact.output);
    assignFields(draft, job.scope, node, fact.output);
    completeActivity(draft, draft.living(token.id));
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    stopStep(draft, job, error.code, error.message);
  }
}

/** A connector's error goes to the nearest handler; without one the step stops with an incident. */
export function connectorFailed(draft: Draft, fact: Fact<'connectorFailed'>): void {
  const job = findJob(draft, fact);
  if (job === undefined) return;
  const token = draft.living(job.token);
  const errorCode = fact.errorCode ?? null;
  draft.remove('jobs', job.id);
  draft.record(job.scope, job.node, { type: 'connectorFailed', jobId: job.id, message: fact.message, errorCode });
  if (throwError(draft, token, errorCode ?? CONNECTOR_FAILED, fact.message)) return;
  if (errorCode === null) stopStep(draft, job, 'connector-failed', fact.message);
  else stopStep(draft, job, 'error-not-caught', `error "${errorCode}" is caught nowhere: ${fact.message}`);
}
