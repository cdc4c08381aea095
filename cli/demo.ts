import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import pc from 'picocolors';
import type { Json, JsonObject } from '../engine/json';
import { findInstance } from '../server/platform/instance';
import { Problem } from '../server/platform/problem';
import type { Settings } from '../server/platform/settings';
import { fillForm } from './form-sample';

/** Where the demo dealership's carrier answers; named in definitions/dealerships/tianhe.yaml. */
const CARRIER_PORT = 3999;
const PASSWORD = 'neiqin';
const MODEL = '东方 X5';

interface Answer {
  status: number;
  body: JsonObject;
}

/** Plays an order from signature to hand-over through the API of a running server alone, and tells what the API answered. */
export async function runDemo(settings: Settings, options: { url?: string }): Promise<void> {
  const url = options.url ?? findInstance(settings.NEIQIN_DATA)?.url ?? `http://127.0.0.1:${settings.PORT}`;
  const carrier = await startCarrier();
  try {
    await new Story(url).tell();
  } finally {
    carrier?.close();
  }
}

/** The carrier is somebody else's service, so the demo plays it: busy at first, then with a price. Left out where something listens. */
async function startCarrier(): Promise<ReturnType<typeof createServer> | undefined> {
  let asked = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      asked += 1;
      const busy = asked === 1;
      tell(
        '  carrier',
        `POST /quotes, Idempotency-Key ${request.headers['idempotency-key']} → ${busy ? '503, asked again' : '200, 1,500.00 yuan'}`,
      );
      response.writeHead(busy ? 503 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(busy ? { error: 'busy' } : { price: '1500.00', accepted: true }));
    });
  });
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(CARRIER_PORT, '127.0.0.1', () => resolve(server));
  });
}

function tell(who: string, what: string): void {
  process.stdout.write(`${pc.cyan(who.padEnd(14))} ${what}\n`);
}

class Story {
  readonly #tokens = new Map<string, string>();
  readonly #number = `SO-${randomUUID().slice(0, 8)}`;

  constructor(readonly url: string) {}

  async tell(): Promise<void> {
    await this.#receiveVehicle();
    const { variables, key } = await this.#start();
    await this.#do('clerk', key, 'review', { creditChecked: true }, 'approve');
    await this.#do('salesman', key, 'shipTime', { at: inTwoDays(), transportNeeded: true, address: '广州市番禺区市桥街1号' });
    await this.#do('finance', key, 'payment', { amount: variables['price'] as Json, receivedOn: today() });
    await this.#do('warehouse', key, 'prepareVehicle', {});
    await this.#do('warehouse', key, 'inspect', {}, 'pass');
    await this.#do('warehouse', key, 'handOver', {});
    await this.#audit(key);
  }

  /** A vehicle of the model comes into the stock, so that the warehouse has one to reserve. */
  async #receiveVehicle(): Promise<void> {
    const vin = `L${randomUUID().replaceAll('-', '').toUpperCase().slice(0, 16)}`;
    const variables = { vin, model: MODEL };
    await this.#ask('warehouse', 'POST', '/v1/process-instances', { processDefinitionId: 'receive-vehicle', variables });
    tell('warehouse', `receives vehicle ${pc.bold(vin)} → 201`);
  }

  async #start(): Promise<{ key: string; variables: JsonObject }> {
    const variables = { number: this.#number, customer: '王芳', model: MODEL, price: '258000.00', salesman: 'salesman@tianhe' };
    const { body } = await this.#ask('salesman', 'POST', '/v1/process-instances', { processDefinitionId: 'order-to-delivery', variables });
    const key = String(body['processInstanceKey']);
    tell('salesman', `starts order ${pc.bold(this.#number)} → 201, case ${key}`);
    return { key, variables };
  }

  /** Waits for a task of the case, fills in what its form requires, and completes it. */
  async #do(role: string, caseKey: string, elementId: string, given: JsonObject, outcome?: string): Promise<void> {
    const task = await this.#awaitTask(role, caseKey, elementId);
    const path = `/v1/user-tasks/${task['userTaskKey']}`;
    const { body: shown } = await this.#ask(role, 'GET', path);
    const form = (shown['form'] ?? {}) as { schema?: JsonObject };
    const outcomes = ((shown['outcomes'] ?? []) as JsonObject[]).map(({ id }) => String(id));
    const chosen = outcome ?? outcomes[0] ?? null;
    const variables = fillForm(form.schema ?? {}, given, new Date());
    const { body } = await this.#ask(role, 'POST', `${path}/completion`, { outcome: outcomes.length === 0 ? null : chosen, variables });
    const next = ((body['next'] ?? []) as JsonObject[]).map(({ name }) => name).join(', ');
    tell(
      role,
      `completes ${pc.bold(String(task['name']))}${chosen === null ? '' : ` (${chosen})`} → 200${next === '' ? '' : `, next: ${next}`}`,
    );
  }

  async #awaitTask(role: string, caseKey: string, elementId: string): Promise<JsonObject> {
    for (let attempt = 0; attempt < 150; attempt += 1) {
      const filter = { elementId, state: 'CREATED' };
      const { body } = await this.#ask(role, 'POST', '/v1/user-tasks/search', { filter, page: { limit: 500 } });
      const tasks = body['items'] as JsonObject[];
      const mine = tasks.find((task) => task['processInstanceKey'] === caseKey || task['businessKey'] === this.#number);
      if (mine !== undefined) return mine;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Problem(
      `task "${elementId}" of order ${this.#number} did not open within 30 s`,
      'look at the case in the API or in Temporal',
    );
  }

  async #audit(key: string): Promise<void> {
    // after the hand-over the vehicle and the order are entered in the registers
    let { body } = await this.#ask('auditor', 'GET', `/v1/process-instances/${key}`);
    for (let look = 0; body['state'] === 'ACTIVE' && look < 50; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      ({ body } = await this.#ask('auditor', 'GET', `/v1/process-instances/${key}`));
    }
    tell('auditor', `reads case ${this.#number} → ${pc.bold(String(body['state']))}`);
    const { body: history } = await this.#ask('auditor', 'GET', `/v1/process-instances/${key}/history`);
    for (const item of history['items'] as JsonObject[]) {
      if (!/^(instance|task|connector|message|branch)/u.test(String(item['type']))) continue;
      tell(
        '',
        pc.dim(`${item['timestamp']}  ${String(item['type']).padEnd(20)} ${String(item['elementId'] ?? '').padEnd(16)} ${item['actor']}`),
      );
    }
  }

  async #ask(role: string, method: string, path: string, body?: JsonObject): Promise<Answer> {
    const token = this.#tokens.get(role) ?? (await this.#logIn(role));
    const answer = await this.#send(method, path, body, token);
    if (answer.status >= 300) {
      throw new Problem(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`, 'look at the log of the server');
    }
    return answer;
  }

  async #logIn(role: string): Promise<string> {
    const username = `${role}@tianhe`;
    const { status, body } = await this.#send('POST', '/v1/sessions', { username, password: PASSWORD });
    if (status !== 201) throw new Problem(`${username} cannot log in (${status})`, 'start the server in demo mode: npm start');
    this.#tokens.set(role, String(body['token']));
    return String(body['token']);
  }

  async #send(method: string, path: string, body?: JsonObject, token?: string): Promise<Answer> {
    const headers: Record<string, string> = { accept: 'application/json', 'accept-language': 'zh' };
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
    if (body !== undefined) Object.assign(headers, { 'content-type': 'application/json', 'idempotency-key': randomUUID() });
    try {
      const response = await fetch(this.url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      return { status: response.status, body: (await response.json()) as JsonObject };
    } catch (error) {
      throw new Problem(`no server answers at ${this.url}: ${(error as Error).message}`, 'start it in another terminal: npm start');
    }
  }
}

function inTwoDays(): string {
  return new Date(Date.now() + 2 * 86_400_000).toISOString();
}

/** The day at the demo dealership, whose clock is eight hours ahead. */
function today(): string {
  return new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
}
