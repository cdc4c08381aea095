import { proxyActivities } from '@temporalio/workflow';
import type { CaseStarted, ConditionEvaluation, ConditionOutcome, ConditionStart, SystemActivities } from './messages';

const { askConditions, startCase } = proxyActivities<Pick<SystemActivities, 'askConditions' | 'startCase'>>({
  startToCloseTimeout: '2m',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '30s' },
});

/** Cases that are started at a time. */
const AT_ONCE = 20;

/**
 * Asks the conditions of starts once, and begins a case for each that holds. What was asked is in the history, so that neither a publication nor a
 * failure in between changes which cases begin; each has a key of its own, so that it begins once. One that cannot begin now never does.
 */
export async function conditionEvaluation(evaluation: ConditionEvaluation): Promise<ConditionOutcome> {
  const { holding, failed } = await askConditions(evaluation);
  const outcome: ConditionOutcome = { started: [], notStarted: [...failed] };
  for (let from = 0; from < holding.length; from += AT_ONCE) {
    const starts = holding.slice(from, from + AT_ONCE);
    const answers = await Promise.all(starts.map((start) => begin(evaluation, start)));
    starts.forEach((start, index) => {
      const code = refusalOf(answers[index] as CaseStarted);
      if (code === undefined) outcome.started.push(start);
      else outcome.notStarted.push({ processId: start.processId, nodeId: start.nodeId, code });
    });
  }
  return outcome;
}

function begin(evaluation: ConditionEvaluation, { processId, nodeId, instanceKey }: ConditionStart): Promise<CaseStarted> {
  const { dealership, variables, actor, businessKey } = evaluation;
  const trigger = { node: nodeId, variables };
  const start = { dealership, processId, instanceKey, actor, variables: {}, trigger };
  return startCase(businessKey === undefined ? start : { ...start, businessKey }, null);
}

function refusalOf(answer: CaseStarted): string | undefined {
  if (answer.state === 'started') return undefined;
  if (answer.state === 'refused') return answer.code;
  return answer.workflowId === null ? 'process-suspended' : 'business-key-taken';
}
