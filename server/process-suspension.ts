import { listKeptForStarts } from '../db/message-repository';
import { applyAll } from '../db/projection';
import {
  listToResume,
  listToSuspend,
  listUnsettledSuspensions,
  noteResumed,
  noteSuspended,
  type ProcessSuspension,
  type SuspensionCase,
  settleSuspension,
} from '../db/suspension-repository';
import type { Parts } from './parts';

const CASES_AT_ONCE = 200;

type Ports = Pick<Parts, 'db' | 'gateway' | 'clock' | 'deliverMatched'>;

/**
 * Tells every case of the processes that were suspended, or resumed, one by one. Repeatable at any point: each case is told under one id, and
 * what it said is noted. Resumed are the cases that the process's suspension has suspended, not those that a person suspended before.
 *
 * @returns how many cases were told
 */
export async function settleSuspensions(ports: Ports): Promise<number> {
  let told = 0;
  for (const suspension of await ports.db.system(listUnsettledSuspensions)) {
    const list = suspension.resumedAt === null ? listToSuspend : listToResume;
    for (;;) {
      const cases = await ports.db.tenant(suspension.dealership, (trx) => list(trx, suspension, CASES_AT_ONCE));
      for (const target of cases) await tell(ports, suspension, target);
      told += cases.length;
      if (cases.length < CASES_AT_ONCE) break;
    }
    await ports.db.tenant(suspension.dealership, (trx) => settleSuspension(trx, suspension, ports.clock()));
    if (suspension.resumedAt !== null) await beginKept(ports, suspension);
  }
  return told;
}

/** What came for the process meanwhile and was kept begins its cases now. */
async function beginKept({ db, deliverMatched }: Ports, { dealership, processId }: ProcessSuspension): Promise<void> {
  const kept = await db.tenant(dealership, (trx) => listKeptForStarts(trx, dealership, processId));
  if (kept.length > 0) await deliverMatched(kept);
}

async function tell({ db, gateway, deliverMatched }: Ports, suspension: ProcessSuspension, target: SuspensionCase): Promise<void> {
  const { instanceKey, workflowId } = target;
  const { resumedBy, suspendedBy, reason, dealership } = suspension;
  const address = { workflowId, instanceKey };
  const answer = await gateway.act({
    address,
    updateId: `${resumedBy === null ? 'suspend' : 'resume'}-${suspension.id}`,
    request: resumedBy === null ? { type: 'suspendCase', actor: suspendedBy, reason } : { type: 'resumeCase', actor: resumedBy },
    repeated: true,
    rows: { sequence: 0, chainHead: '' },
  });
  const applied = answer.kind === 'applied';
  const note = (trx: Parameters<typeof noteResumed>[0]) =>
    resumedBy === null ? noteSuspended(trx, suspension, instanceKey, applied) : noteResumed(trx, suspension, instanceKey);
  const batch = applied ? answer.outcome.batch : null;
  const batches = applied && batch === null ? await gateway.journal(address, answer.outcome.sequence) : batch === null ? [] : [batch];
  if (batches.length === 0) await db.tenant(dealership, note);
  else {
    const { matchedMessages } = await applyAll(db, address, batches, (from) => gateway.journal(address, from), note);
    if (matchedMessages.length > 0) await deliverMatched(matchedMessages);
  }
}
