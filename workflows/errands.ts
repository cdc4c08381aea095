import { proxyActivities } from '@temporalio/workflow';
import type { EngineFact } from '../engine/runtime/events';
import type { ModelClosure } from '../engine/runtime/process-model';
import type { CaseInput, Errand, SystemActivities } from './messages';

type ErrandActivities = Pick<SystemActivities, 'publishMessage' | 'broadcastSignal' | 'startDetached' | 'resolveAssignment'>;

const errands = proxyActivities<ErrandActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '30s' },
});

/** Messages, signals and cases that a case sends out are the case's own: what they begin says which case it was. */
function actorOf({ instanceKey }: CaseInput) {
  return { user: `case:${instanceKey}`, roles: [] };
}

/**
 * Does one errand of a case by an activity that is tried until it succeeds: each begins something durable under an id of its own, so that
 * twice is once. Gives the fact that the case is to be told, where there is one.
 */
export async function runErrand(
  errand: Errand,
  input: CaseInput,
  closure: ModelClosure,
  nowMs: () => number,
): Promise<EngineFact | undefined> {
  const { dealership, instanceKey } = input;
  switch (errand.type) {
    case 'publishMessage': {
      const { type: _, ...message } = errand;
      await errands.publishMessage({ ...message, dealership, actor: actorOf(input) });
      return undefined;
    }
    case 'broadcastSignal': {
      const { type: _, ...signal } = errand;
      await errands.broadcastSignal({ ...signal, dealership, actor: actorOf(input), exceptRootKey: instanceKey });
      return undefined;
    }
    case 'startDetached': {
      const { instanceKey: key, process: processId, hash, variables } = errand;
      const { rehearsal } = input;
      const rehearsed = rehearsal === undefined ? {} : { rehearsed: { ...rehearsal, clockMs: nowMs() } };
      await errands.startDetached(
        { dealership, processId, instanceKey: key, variables, actor: actorOf(input), ...rehearsed },
        { ...closure, root: hash },
      );
      return undefined;
    }
    case 'resolveAssignment': {
      const answer = await errands.resolveAssignment({ dealership, instanceKey }, errand);
      return { type: 'assignmentResolved', atMs: Date.now(), taskId: errand.taskId, ...answer };
    }
  }
}
