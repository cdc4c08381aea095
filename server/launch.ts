import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { CONDITION_WORKFLOW, type Launched, MESSAGE_WORKFLOW, SIGNAL_WORKFLOW, STARTER_WORKFLOW } from '../workflows/messages';

/** The workflow that owns a published message. */
export function messageWorkflowId(message: { dealership: string; messageId: string }): string {
  return `${message.dealership}:message:${message.messageId}`;
}

/** The workflow that owns an evaluation of the conditions of starts. */
export function conditionWorkflowId(evaluation: { dealership: string; evaluationId: string }): string {
  return `${evaluation.dealership}:condition:${evaluation.evaluationId}`;
}

function workflowOf(launched: Launched) {
  switch (launched.kind) {
    case 'message': {
      const { message } = launched;
      const staticSummary = `${message.name} ${message.correlationKey}`;
      return { type: MESSAGE_WORKFLOW, workflowId: messageWorkflowId(message), args: [message], staticSummary };
    }
    case 'signal': {
      const { signal } = launched;
      return {
        type: SIGNAL_WORKFLOW,
        workflowId: `${signal.dealership}:signal:${signal.signalId}`,
        args: [signal],
        staticSummary: signal.name,
      };
    }
    case 'condition': {
      const { evaluation } = launched;
      const staticSummary = evaluation.processId ?? 'conditions of starts';
      return { type: CONDITION_WORKFLOW, workflowId: conditionWorkflowId(evaluation), args: [evaluation], staticSummary };
    }
    case 'start': {
      const { start, closure } = launched;
      return {
        type: STARTER_WORKFLOW,
        workflowId: `${start.dealership}:start:${start.instanceKey}`,
        args: [start, closure],
        staticSummary: start.processId,
      };
    }
  }
}

/** Begins a workflow that owns a message, a signal, an evaluation of conditions or a start under its id; one that has begun, or ended, is left as it is. */
export async function launch(client: Client, taskQueue: string, launched: Launched): Promise<void> {
  const { type, ...options } = workflowOf(launched);
  try {
    await client.workflow.start(type, { ...options, taskQueue, workflowIdReusePolicy: 'REJECT_DUPLICATE' });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
