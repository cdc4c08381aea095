import type { Express } from 'express';
import pino from 'pino';
import request from 'supertest';
import { putDemoAccounts } from '../../db/account-repository';
import { publishDealership } from '../../db/definition-repository';
import type { MessageAddress } from '../../db/message-repository';
import { createApp, type Parts } from '../../server/app';
import { createTestDatabase, type TestDatabase } from '../db/support';
import { dealership } from './fixture';
import { MemoryGateway } from './memory-gateway';

export interface TestApi extends TestDatabase {
  app: Express;
  parts: Parts;
  gateway: MemoryGateway;
  delivered: MessageAddress[];
  /** A client with the token of a demo account. */
  as(user: string): Promise<Client>;
  /** Starts an order as the salesman and gives its key and that of its review. */
  order(number: string): Promise<{ instanceKey: string; review: string; workflowId: string }>;
}

interface Client {
  get(path: string): request.Test;
  post(path: string, body?: object): request.Test;
  put(path: string, body?: object): request.Test;
  patch(path: string, body?: object): request.Test;
  delete(path: string): request.Test;
}

/** The API on a database of its own, two demo dealerships, and a scripted gateway. Answers are checked against the contract. */
export async function createTestApi(settings: Parts['settings'] = {}, more: Partial<Parts> = {}): Promise<TestApi> {
  const test = await createTestDatabase();
  const gateway = new MemoryGateway();
  const delivered: MessageAddress[] = [];
  for (const id of ['tianhe', 'haizhu']) {
    await publishDealership(test.db, dealership(id));
    await putDemoAccounts(test.db, dealership(id), 'neiqin');
  }
  const parts: Parts = {
    db: test.db,
    gateway,
    clock: Date.now,
    logger: pino({ level: 'silent' }),
    deliverMatched: async (messages) => void delivered.push(...messages),
    settings: { validateResponses: true, ...settings },
    ...more,
  };
  const app = createApp(parts);
  const tokens = new Map<string, Promise<string>>();
  const login = async (username: string): Promise<string> => {
    const answer = await request(app).post('/v1/sessions').send({ username, password: 'neiqin' });
    if (answer.status !== 201) throw new Error(`log-in of ${username}: ${answer.status} ${answer.text}`);
    return answer.body.token;
  };
  const as = async (user: string): Promise<Client> => {
    if (!tokens.has(user)) tokens.set(user, login(user));
    const token = (await tokens.get(user)) as string;
    const with_ = (test: request.Test) => test.set('Authorization', `Bearer ${token}`).set('Accept-Language', 'en');
    return {
      get: (path) => with_(request(app).get(path)),
      post: (path, body) => (body === undefined ? with_(request(app).post(path)) : with_(request(app).post(path)).send(body)),
      put: (path, body) => with_(request(app).put(path)).send(body ?? {}),
      patch: (path, body) => with_(request(app).patch(path)).send(body ?? {}),
      delete: (path) => with_(request(app).delete(path)),
    };
  };
  const order = async (number: string) => {
    const answer = await (await as('salesman@tianhe')).post('/v1/process-instances', {
      processDefinitionId: 'order-to-delivery',
      variables: { number, amount: '198000.00' },
    });
    if (answer.status !== 201) throw new Error(`start: ${answer.status} ${answer.text}`);
    const instanceKey: string = answer.body.processInstanceKey;
    return { instanceKey, review: `${instanceKey}-1`, workflowId: `tianhe:order-to-delivery:${number}` };
  };
  return { ...test, app, parts, gateway, delivered, as, order };
}
