import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';

/**
 * Lets a running workflow's own clock go on by a span, on the real server: its timers on the way fire in order. The server must run with
 * `frontend.WorkflowTimeSkippingEnabled`; time stands still for work that is under way (activities, children).
 */
export async function fastForward(client: Client, workflowId: string, ms: number): Promise<void> {
  const id = randomUUID();
  const workflowExecution = { workflowId };
  const duration = msToTs(ms);
  const timeSkippingConfig = { enabled: true, maxSessionSkipCount: 100_000, fastForwardConfig: { id, duration } };
  await client.workflowService.updateWorkflowExecutionOptions({
    namespace: 'default',
    workflowExecution,
    workflowExecutionOptions: { timeSkippingConfig },
    updateMask: { paths: ['time_skipping_config'] },
  });
  await client.connection.withDeadline(Date.now() + 30_000, () =>
    client.workflowService.pollWorkflowExecutionTimeSkipping({ namespace: 'default', workflowExecution, fastForwardId: id }),
  );
}
