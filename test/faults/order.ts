import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../engine/json';
import { type Answer, type Call, NoAnswerError, type Product, pause } from './rig';

/** What somebody does in an order's story. */
interface Deed {
  name: string;
  role: string;
  outcome?: string;
  data: JsonObject;
}

const AT = '2026-03-05T10:00:00+08:00';
const DEEDS: readonly Deed[] = [
  { name: 'start', role: 'salesman', data: {} },
  { name: 'review', role: 'clerk', outcome: 'approve', data: { creditChecked: true } },
  { name: 'shipTime', role: 'salesman', data: { at: AT, transportNeeded: true, address: '广州市天河路 1 号' } },
  { name: 'payment', role: 'finance', data: { amount: '168000.00' } },
  { name: 'prepareVehicle', role: 'warehouse', data: { certificateReady: true } },
  { name: 'inspect', role: 'warehouse', outcome: 'pass', data: {} },
  { name: 'handOver', role: 'warehouse', data: { receivedBy: '张伟' } },
];
/** An activity that was under way when it was killed is tried again after half a minute; the machine may be busy as well. */
const OPENS_WITHIN_MS = 120_000;

/** An order from signature to hand-over, by the API alone. Each deed keeps its command until it is answered. */
export class Order {
  readonly number = `SO-${randomUUID().slice(0, 8)}`;
  readonly answers: Answer[] = [];
  /** Set from when a command is sent for the first time until it is answered. */
  pending: Call | undefined;
  key = '';

  /** @param options.paidBy whether finance confirms the payment in a task, or the bank's message does */
  constructor(
    private readonly product: Product,
    private readonly options: { paidBy?: 'task' | 'message' } = {},
  ) {}

  get isDone(): boolean {
    return this.answers.length === DEEDS.length;
  }

  /** Name of the deed that comes next. */
  get next(): string | undefined {
    return DEEDS[this.answers.length]?.name;
  }

  /** Does what comes next, or repeats it with the same key where the last attempt got no answer. */
  async step(): Promise<Answer> {
    const deed = DEEDS[this.answers.length] as Deed;
    this.pending ??= await this.#callFor(deed);
    const answer = await this.product.ask(this.pending);
    if (answer.status >= 300) throw new Error(`${deed.name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    if (deed.name === 'start') this.key = String(answer.body['processInstanceKey']);
    this.answers.push(answer);
    this.pending = undefined;
    return answer;
  }

  /** Leaves the command that was not answered, as somebody does who goes home, and gives it to be repeated later. */
  leave(): Call {
    const { pending } = this;
    if (pending === undefined) throw new Error('no command is under way');
    this.answers.push({ status: 0, body: {}, replayed: false });
    this.pending = undefined;
    return pending;
  }

  /** Goes on to the end, or to where the product no longer answers: then false. */
  async run(pauseMs = 0): Promise<boolean> {
    try {
      while (!this.isDone) {
        await pause(pauseMs);
        await this.step();
      }
      return true;
    } catch (error) {
      if (error instanceof NoAnswerError) return false;
      throw error;
    }
  }

  /** Goes on to the end, repeating what is not answered: an activity that was under way when it was killed takes half a minute. */
  async finish(): Promise<void> {
    for (const deadline = Date.now() + OPENS_WITHIN_MS; !(await this.run()); await pause(500)) {
      if (Date.now() > deadline) throw new Error(`"${this.next}" got no answer within ${OPENS_WITHIN_MS} ms`);
    }
    await this.end();
  }

  /** How it ended, once its case rests, and those of its outbound order, its receipt and its delivery note. */
  async end(): Promise<string> {
    for (const deadline = Date.now() + OPENS_WITHIN_MS; Date.now() < deadline; await pause(200)) {
      const [orders, papers] = await Promise.all(['order-to-delivery', 'issue-paper'].map((process) => this.#completedCases(process)));
      if (orders === 1 && papers === 3) break;
    }
    const { body } = await this.product.ask({ role: 'auditor', method: 'GET', path: `/v1/process-instances/${this.key}` });
    return String(body['state']);
  }

  async #completedCases(processDefinitionId: string): Promise<number> {
    const filter = { processDefinitionId, state: 'COMPLETED' };
    const { body } = await this.product.ask({ role: 'auditor', method: 'POST', path: '/v1/process-instances/search', body: { filter } });
    return (body['items'] as JsonObject[]).length;
  }

  async #callFor(deed: Deed): Promise<Call> {
    const { name, role, data } = deed;
    const head = { role, method: 'POST', key: `${this.number}-${name}` } as const;
    if (name === 'start') {
      const variables = { number: this.number, customer: '张伟', model: '枫叶 60S', price: '168000.00', salesman: 'salesman@tianhe' };
      return { ...head, path: '/v1/process-instances', body: { processDefinitionId: 'order-to-delivery', variables } };
    }
    if (name === 'payment' && this.options.paidBy === 'message') {
      const message = { name: 'payment.received', correlationKey: this.number, variables: data, timeToLive: 'PT1H' };
      return { ...head, path: '/v1/messages/publication', body: message };
    }
    const task = await this.#openTask(role, name);
    return { ...head, path: `/v1/user-tasks/${task}/completion`, body: { outcome: deed.outcome ?? null, variables: data } };
  }

  async #openTask(role: string, elementId: string): Promise<string> {
    for (const deadline = Date.now() + OPENS_WITHIN_MS; ; await pause(50)) {
      const filter = { elementId, state: 'CREATED' };
      const { body } = await this.product.ask({
        role,
        method: 'POST',
        path: '/v1/user-tasks/search',
        body: { filter, page: { limit: 500 } },
      });
      const mine = (body['items'] as JsonObject[]).find(
        (task) => task['processInstanceKey'] === this.key || task['businessKey'] === this.number,
      );
      if (mine !== undefined) return String(mine['userTaskKey']);
      if (Date.now() > deadline) throw new Error(`"${elementId}" did not open within ${OPENS_WITHIN_MS} ms`);
    }
  }
}
