import type { Json, JsonObject } from '../../engine/json';
import { Problem } from '../../server/platform/problem';
import type { ApiClient, ApiRequest } from '../live/api-client';

/** A task that somebody can do now. */
export interface OpenTask {
  key: string;
  elementId: string;
  name: string;
  processId: string;
  /** The case in which it stands, whoever called its process. */
  caseKey: string;
  businessKey: string;
  assignee: string | null;
  candidateUsers: string[];
  candidateGroups: string[];
}

/** A case as the list of cases shows it. */
export interface Case {
  key: string;
  processId: string;
  businessKey: string;
  state: string;
  end: string | null;
}

/** Cases whose clocks are moved at the same time. */
const AT_ONCE = 6;
const PAGE = 500;

/** One dealership, as its people see it through the API of a server of virtual time. */
export class House {
  constructor(
    private readonly client: ApiClient,
    readonly dealership: string,
  ) {}

  user(role: string): string {
    return `${role}@${this.dealership}`;
  }

  /** Asks as somebody with a role; anything but success ends the day. */
  async ask(role: string, request: ApiRequest): Promise<JsonObject> {
    const user = role.includes('@') ? role : this.user(role);
    const { status, body } = await this.client.ask(user, request);
    if (status < 300) return body;
    throw refused(request.method, request.path, user, status, body);
  }

  /** Starts a case whose clock shows a point in time, and whose connectors do their work; gives its key. */
  async start(processDefinitionId: string, startedBy: string, atMs: number, variables: JsonObject): Promise<string> {
    const body = {
      processDefinitionId,
      startedBy: this.user(startedBy),
      at: new Date(atMs).toISOString(),
      connectors: 'called',
      variables,
    };
    const started = await this.ask('admin', { method: 'POST', path: '/v1/demo/process-instances', body });
    return String(started['processInstanceKey']);
  }

  /** All cases of their own, the latest start first. */
  async cases(filter: JsonObject = {}): Promise<Case[]> {
    const items = await this.#pages('auditor', '/v1/process-instances/search', filter);
    return items
      .filter((item) => item['parentProcessInstanceKey'] === null)
      .map((item) => ({
        key: String(item['processInstanceKey']),
        processId: String(item['processDefinitionId']),
        businessKey: String(item['businessKey']),
        state: String(item['state']),
        end: item['end'] === null ? null : String(item['end']),
      }));
  }

  /** Lets the clocks of all cases that run go on; what becomes due on the way happens. */
  async moveClocks(atMs: number): Promise<void> {
    const waiting = await this.cases({ state: 'ACTIVE' });
    const move = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const body = { processInstanceKey: next.key, at: new Date(atMs).toISOString() };
        await this.ask('admin', { method: 'POST', path: '/v1/demo/clock', body });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, move));
  }

  /** Every task that is open, the oldest first. */
  async tasks(): Promise<OpenTask[]> {
    const items = await this.#pages('general-manager', '/v1/user-tasks/search', { state: 'CREATED' });
    return items.map((item) => ({
      key: String(item['userTaskKey']),
      elementId: String(item['elementId']),
      name: String(item['name']),
      processId: String(item['processDefinitionId']),
      caseKey: String(item['rootProcessInstanceKey'] ?? item['processInstanceKey']),
      businessKey: String(item['businessKey']),
      assignee: item['assignee'] === null ? null : String(item['assignee']),
      candidateUsers: (item['candidateUsers'] as Json[]).map(String),
      candidateGroups: (item['candidateGroups'] as Json[]).map(String),
    }));
  }

  /** What a task asks for, as the person sees it: the schema of its form, and the outcomes that there are. */
  async formOf(task: OpenTask, user: string): Promise<{ schema: JsonObject | undefined; outcomes: string[] }> {
    const shown = await this.ask(user, { method: 'GET', path: `/v1/user-tasks/${task.key}` });
    const form = shown['form'] as { schema?: JsonObject } | null | undefined;
    return { schema: form?.schema, outcomes: ((shown['outcomes'] ?? []) as JsonObject[]).map(({ id }) => String(id)) };
  }

  /** Completes a task; false where it was taken back since the list was read. */
  async complete(task: OpenTask, user: string, outcome: string | null, variables: JsonObject): Promise<boolean> {
    const path = `/v1/user-tasks/${task.key}/completion`;
    const { status, body } = await this.client.ask(user, { method: 'POST', path, body: { outcome, variables } });
    if (status < 300) return true;
    if (body['code'] === 'task-not-open') return false;
    throw refused('POST', path, user, status, body);
  }

  /** Hands a message to the case that awaits it, as somebody of a role that may; kept a day where none does yet. */
  async publish(role: string, name: string, correlationKey: string, variables: JsonObject): Promise<string> {
    const body = { name, correlationKey, variables, timeToLive: 'P1D' };
    const { state } = await this.ask(role, { method: 'POST', path: '/v1/messages/publication', body });
    return String(state);
  }

  async #pages(role: string, path: string, filter: JsonObject): Promise<JsonObject[]> {
    const all: JsonObject[] = [];
    let after: Json = null;
    do {
      const page: JsonObject = { limit: PAGE, ...(after === null ? {} : { after }) };
      const answer = await this.ask(role, { method: 'POST', path, body: { filter, page } });
      all.push(...(answer['items'] as JsonObject[]));
      const { hasMore, endCursor } = answer['page'] as JsonObject;
      after = hasMore === true ? (endCursor ?? null) : null;
    } while (after !== null);
    return all;
  }
}

function refused(method: string, path: string, user: string, status: number, body: JsonObject): Problem {
  const said = JSON.stringify(body).slice(0, 600);
  return new Problem(`${method} ${path} as ${user} answered ${status}: ${said}`, 'look at the log of the server');
}
