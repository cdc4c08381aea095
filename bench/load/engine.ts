import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { ask } from './http';
import type { Contender, OpenTask } from './order-case';

interface TaskPage {
  items: { userTaskKey: string; elementId: OpenTask['elementId'] }[];
}

/** The engine as a client sees it: logged in, over its HTTP API, every command with a key of its own. */
export async function openEngine(at: { url: string; databaseUrl: string; username: string; password: string }): Promise<Contender> {
  const { username, password } = at;
  const session = await ask<{ token: string }>('POST', `${at.url}/v1/sessions`, { username, password });
  const pool = new Pool({ connectionString: at.databaseUrl, max: 1 });
  pool.on('error', () => undefined);
  const signed = { authorization: `Bearer ${session.token}` };
  const command = () => ({ ...signed, 'idempotency-key': randomUUID() });
  return {
    async start(order) {
      const body = { processDefinitionId: 'bench-order', variables: order };
      return (await ask<{ processInstanceKey: string }>('POST', `${at.url}/v1/process-instances`, body, command())).processInstanceKey;
    },
    async findTasks(processInstanceKey) {
      const body = { filter: { processInstanceKey, state: 'CREATED' }, page: { limit: 10 } };
      const { items } = await ask<TaskPage>('POST', `${at.url}/v1/user-tasks/search`, body, signed);
      return items.map(({ userTaskKey, elementId }) => ({ key: userTaskKey, elementId }));
    },
    async complete({ key }, variables) {
      await ask('POST', `${at.url}/v1/user-tasks/${key}/completion`, { variables }, command());
    },
    // asked of the rows and not of the API, as for the hand-written workflow: it is no part of the case
    async countRunning(keys) {
      const { rows } = await pool.query(
        `select count(*)::integer as running from process_instance where instance_key = any ($1) and state = 'ACTIVE'`,
        [keys],
      );
      return rows[0].running;
    },
    close: () => pool.end(),
  };
}
