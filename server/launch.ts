import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { type Launched, MESSAGE_WORKFLOW, SIGNAL_WORKFLOW, STARTER_WORKFLOW } from '../workflows/messages';

/** The workflow that owns a published message. */
export function messageWorkflowId(message: { dealership: string; messageId: string }): string {
  return `${message.dealership}:message:${message.messageId}`;
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

/** Begins a workflow that owns a message, a signal or a start under its id; one that has begun, or ended, is left as it is. */
export async function launch(client: Client, taskQueue: string, launched: Launched): Promise<void> {
  const { type, ...options } = workflowOf(launched);
  try {
    await client.workflow.start(type, { ...options, taskQueue, workflowIdReusePolicy: 'REJECT_DUPLICATE' });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
