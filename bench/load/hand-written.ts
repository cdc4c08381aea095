import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { Pool } from 'pg';
import {
  COMPLETE_TASK_UPDATE,
  type CompleteTask,
  HAND_WRITTEN_NAMESPACE,
  HAND_WRITTEN_TASK_QUEUE,
  ORDER_WORKFLOW,
  type OrderInput,
} from '../hand-written/messages';
import { listOpenTasks } from '../hand-written/rows';
import type { Contender, OpenTask } from './order-case';

/** The hand-written workflow as a program beside it uses it: Temporal's client for commands, the rows for tasks. */
export async function openHandWritten(at: { temporalAddress: string; databaseUrl: string }): Promise<Contender> {
  const connection = await Connection.connect({ address: at.temporalAddress });
  const { workflow } = new Client({ connection, namespace: HAND_WRITTEN_NAMESPACE });
  const pool = new Pool({ connectionString: at.databaseUrl, max: 10 });
  pool.on('error', () => undefined);
  const caseOfTask = new Map<string, string>();
  return {
    async start(variables) {
      const workflowId = `workbench:order:${variables['orderNo']}`;
      const input: OrderInput = { dealership: 'workbench', startedBy: 'bench@workbench', variables };
      await workflow.start(ORDER_WORKFLOW, { workflowId, taskQueue: HAND_WRITTEN_TASK_QUEUE, args: [input] });
      return workflowId;
    },
    async findTasks(caseId) {
      const tasks = await listOpenTasks(pool, caseId);
      for (const { key } of tasks) caseOfTask.set(key, caseId);
      return tasks as OpenTask[];
    },
    async complete({ key }, data) {
      const caseId = caseOfTask.get(key) as string;
      caseOfTask.delete(key);
      const completion: CompleteTask = { taskKey: key, user: 'bench@workbench', data };
      await workflow
        .getHandle(caseId)
        .executeUpdate<void, [CompleteTask]>(COMPLETE_TASK_UPDATE, { updateId: randomUUID(), args: [completion] });
    },
    async countRunning(keys) {
      const { rows } = await pool.query(
        `select count(*)::integer as ended from order_case where case_id = any ($1) and state <> 'ACTIVE'`,
        [keys],
      );
      return keys.length - rows[0].ended;
    },
    async close() {
      await connection.close();
      await pool.end();
    },
  };
}
