import type { JsonObject } from '../../engine/json';
import { ask } from './http';
import type { Contender, OpenTask } from './order-case';

/** The peers' models call the two parallel tasks by shorter names. */
const ELEMENTS: Record<string, OpenTask['elementId']> = { review: 'review', ship: 'shipTime', pay: 'payment' };

interface PeerTask {
  id: string;
  taskDefinitionKey: string;
}

const taskOf = ({ id, taskDefinitionKey }: PeerTask): OpenTask => ({ key: id, elementId: ELEMENTS[taskDefinitionKey] ?? 'review' });

/** Operaton over the REST API that it ships. */
export function openOperaton(url: string): Contender {
  const rest = `${url}/engine-rest`;
  const wrap = (data: JsonObject): JsonObject => Object.fromEntries(Object.entries(data).map(([name, value]) => [name, { value }]));
  return {
    async start(order) {
      const body = { businessKey: String(order['orderNo']), variables: wrap(order) };
      return (await ask<{ id: string }>('POST', `${rest}/process-definition/key/order/start`, body)).id;
    },
    findTasks: async (key) => (await ask<PeerTask[]>('GET', `${rest}/task?processInstanceId=${key}`)).map(taskOf),
    complete: (task, data) => ask('POST', `${rest}/task/${task.key}/complete`, { variables: wrap(data) }),
    countRunning: async () => (await ask<{ count: number }>('GET', `${rest}/process-instance/count?processDefinitionKey=order`)).count,
    close: async () => undefined,
  };
}

/** Flowable over the REST API that it ships. */
export function openFlowable(url: string): Contender {
  const rest = `${url}/process-api`;
  const wrap = (data: JsonObject): JsonObject[] => Object.entries(data).map(([name, value]) => ({ name, value }));
  return {
    async start(order) {
      const body = { processDefinitionKey: 'order', businessKey: String(order['orderNo']), variables: wrap(order) };
      return (await ask<{ id: string }>('POST', `${rest}/runtime/process-instances`, body)).id;
    },
    findTasks: async (key) => (await ask<{ data: PeerTask[] }>('GET', `${rest}/runtime/tasks?processInstanceId=${key}`)).data.map(taskOf),
    complete: (task, data) => ask('POST', `${rest}/runtime/tasks/${task.key}`, { action: 'complete', variables: wrap(data) }),
    countRunning: () => ask<number>('GET', `${url}/bench/running`),
    close: async () => undefined,
  };
}
