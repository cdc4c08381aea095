import type { Client } from '@temporalio/client';
import type { Database } from '../db/database';
import { findInstance } from '../db/instance-repository';
import { applyAll } from '../db/projection';
import { listRunning } from '../db/run-history-repository';
import type { InstanceState } from '../engine/runtime/instance-state';
import type { ModelClosure } from '../engine/runtime/process-model';
import { transition } from '../engine/runtime/transition';
import { type CaseInput, STATE_QUERY } from '../workflows/messages';
import type { CaseGateway } from './case-gateway';
import type { CaseFailure } from './history-archive';
import { valueOfPayload } from './payload-codec';

interface Ports {
  db: Database;
  client: Client;
  gateway: CaseGateway;
}

/** Executions that one pass looks at. */
const PER_PASS = 10_000;

/**
 * Writes the end of cases whose workflow was terminated in Temporal (or failed): their history has the event, their rows do not. The last
 * batch is what the engine makes of that fact; it is written once, however often it is found. A case that fails is reported and does not
 * hold up the others.
 *
 * @returns how many cases were ended in the rows
 */
export async function endTerminatedCases(ports: Ports, sinceMs: number, onFailure: (failure: CaseFailure) => void): Promise<number> {
  const query = `ExecutionStatus IN ("Terminated", "Failed", "TimedOut") AND CloseTime >= "${new Date(sinceMs).toISOString()}"`;
  const closed: { workflowId: string; runId: string; atMs: number }[] = [];
  for await (const { workflowId, runId, closeTime } of ports.client.workflow.list({ query })) {
    closed.push({ workflowId, runId, atMs: closeTime?.getTime() ?? Date.now() });
    if (closed.length >= PER_PASS) break;
  }
  const ids = closed.map(({ workflowId }) => workflowId);
  const running = ids.length === 0 ? new Set<string>() : await ports.db.system((trx) => listRunning(trx, ids));
  let ended = 0;
  for (const run of closed.filter(({ workflowId }) => running.has(workflowId))) {
    try {
      if (await endTerminated(ports, run)) ended += 1;
    } catch (error) {
      onFailure({ error, workflowId: run.workflowId });
    }
  }
  return ended;
}

async function endTerminated({ db, client, gateway }: Ports, run: { workflowId: string; runId: string; atMs: number }): Promise<boolean> {
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  const history = await handle.fetchHistory();
  const [first, second] = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  if (first == null || second == null) return false;
  const { dealership, instanceKey } = await valueOfPayload<CaseInput>(first);
  const found = await db.tenant(dealership, (trx) => findInstance(trx, instanceKey));
  if (found === undefined || found.instance.endedAtMs !== null) return false;
  const state = await handle.query<InstanceState>(STATE_QUERY);
  const closure = await valueOfPayload<ModelClosure>(second);
  const step = transition(closure, state, { type: 'hostTerminated', atMs: run.atMs });
  if (!step.ok) return false;
  const batch = { rootKey: instanceKey, dealership, sequence: step.state.sequence, records: step.records };
  await applyAll(db, { workflowId: run.workflowId }, [batch], (from) => gateway.journal({ workflowId: run.workflowId, instanceKey }, from));
  return true;
}
