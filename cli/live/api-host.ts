import { setTimeout as pause } from 'node:timers/promises';
import type { CompiledDealership } from '../../engine/compile/deployment';
import type { Json, JsonObject } from '../../engine/json';
import type {
  ConnectorAnswer,
  HostAnswer,
  HostRequest,
  Note,
  Observation,
  ObservedStep,
  ObservedTask,
  ScenarioHost,
  ScenarioMessage,
} from '../../engine/language/scenario-host';
import type { Actor } from '../../engine/runtime/events';
import { WrongUse } from '../definition-roots';
import { type ApiAnswer, type ApiClient, type ApiRequest, Unanswered } from './api-client';
import { apiRequestOf } from './request-of';

/** The business key of a case whose process computes none: scenarios know it. */
const CASE_KEY = 'case';
/** How long a case must stand still that has sent something into the world. */
const QUIET_MS = 400;
const LOOK_EVERY_MS = 40;
/** How long a substitution lasts that a scenario needs. */
const SUBSTITUTION_MS = 600_000;

/** The API's names of what the engine refuses with another code. */
const engineCodes: Record<string, string> = { 'not-found': 'task-not-found' };

/** Runs a scenario through the API of a server alone: requests as the people whom it names, what is only an administrator's by the administrator. */
export class ApiHost implements ScenarioHost {
  caseKey: string | undefined;
  #businessKey = '';
  #processId = '';
  #clockMs = 0;
  #quietAt = -1;
  readonly #substitutions = new Map<string, string>();
  readonly #suspended = new Set<string>();
  readonly #comments: Observation['comments'] = [];

  /** @param virtualTime whether the server advances clocks and lets connectors be answered */
  constructor(
    private readonly api: ApiClient,
    private readonly dealership: CompiledDealership,
    private readonly admin: string,
    private readonly virtualTime: boolean,
  ) {}

  async start({ processId, atMs, actor, variables, trigger }: Parameters<ScenarioHost['start']>[0]): Promise<HostAnswer> {
    const process = { processDefinitionId: processId };
    const at = new Date(atMs).toISOString();
    const begun = trigger === undefined ? {} : { trigger };
    const answer = this.virtualTime
      ? await this.#post(this.admin, '/v1/demo/process-instances', { ...process, startedBy: actor.user, at, variables, ...begun })
      : await this.#post(actor.user, '/v1/process-instances', { ...process, variables: this.#formData(processId, variables) });
    this.#clockMs = atMs;
    this.#processId = processId;
    if (answer.status !== 201) return refusalOf(answer);
    this.caseKey = String(answer.body['processInstanceKey']);
    this.#businessKey = String(answer.body['businessKey']);
    return { ok: true };
  }

  async act(request: HostRequest): Promise<HostAnswer> {
    if (request.type === 'withdrawTask') await this.#draft(request.draftedTaskKeys);
    const asked = apiRequestOf(request, this.#case());
    if (asked === undefined) return { ok: false, code: 'not-offered', message: `the API has no request "${request.type}"` };
    await this.#substitute(request.actor);
    const answer = await this.#ask(this.#personOf(request.actor), asked);
    return answer.status < 300 ? { ok: true } : refusalOf(answer);
  }

  async advance(ms: number): Promise<void> {
    this.#clockMs += ms;
    await this.#moveClock({ at: new Date(this.#clockMs).toISOString() });
  }

  async fireTimer(elementId: string): Promise<HostAnswer> {
    const reached = await this.#moveClock({ timer: elementId });
    if (reached === null) return { ok: false, code: 'timer-not-waiting', message: `no timer of "${elementId}" waits` };
    this.#clockMs = Math.max(this.#clockMs, Date.parse(reached));
    return { ok: true };
  }

  async publish({ id, name, correlationKey, variables, timeToLiveMs, actor }: ScenarioMessage): Promise<HostAnswer> {
    const key = correlationKey === CASE_KEY && !this.#computesKey() ? this.#businessKey : correlationKey;
    const body = { name, correlationKey: key, variables, timeToLive: timeToLiveMs };
    const same = id === undefined ? {} : { key: `scenario-${this.#case()}-${id}` };
    const answer = await this.#ask(this.#personOf(actor), { method: 'POST', path: '/v1/messages/publication', body, ...same });
    if (answer.status !== 200) return refusalOf(answer);
    const state = String(answer.body['state']);
    if (state === 'CORRELATED' || timeToLiveMs > 0) return { ok: true };
    const code = (await this.observe()).state === 'ACTIVE' ? 'message-not-awaited' : 'instance-not-active';
    return { ok: false, code, message: `nothing awaits message "${name}" with key "${key}"` };
  }

  async signal(name: string, variables: JsonObject, actor: Actor): Promise<HostAnswer> {
    const { sequence } = await this.#look();
    const answer = await this.#post(this.#personOf(actor), '/v1/signals', { name, variables });
    if (answer.status !== 202) return refusalOf(answer);
    for (let waited = 0; waited < QUIET_MS * 4; waited += LOOK_EVERY_MS) {
      if ((await this.#look()).sequence > sequence) return { ok: true };
      await pause(LOOK_EVERY_MS);
    }
    return { ok: false, code: 'signal-not-awaited', message: `nothing awaits signal "${name}"` };
  }

  async answerConnector(elementId: string, given: ConnectorAnswer, which = 1): Promise<HostAnswer> {
    const path = `/v1/demo/connectors/${encodeURIComponent(elementId)}/answer`;
    await this.observe();
    const answer = await this.#post(this.admin, path, { processInstanceKey: this.#case(), which, ...answerBody(given) });
    if (answer.status !== 200) return refusalOf(answer);
    if (answer.body['answered'] === true) return { ok: true };
    return { ok: false, code: 'connector-not-waiting', message: `"${elementId}" waits for no answer` };
  }

  nowMs(): number {
    return this.#clockMs;
  }

  async suspendProcess(processId: string, suspended: boolean, actor: Actor): Promise<HostAnswer> {
    const path = `/v1/process-definitions/${encodeURIComponent(processId)}/suspension`;
    const request: ApiRequest = suspended ? { method: 'POST', path, body: {} } : { method: 'DELETE', path };
    const answer = await this.#ask(this.#personOf(actor), request);
    if (answer.status >= 300) return refusalOf(answer);
    if (suspended) this.#suspended.add(processId);
    else this.#suspended.delete(processId);
    return { ok: true };
  }

  async note(taskKey: string, note: Note, actor: Actor): Promise<HostAnswer> {
    await this.#substitute(actor);
    const task = `/v1/user-tasks/${encodeURIComponent(taskKey)}`;
    const request: ApiRequest =
      note.kind === 'draft'
        ? { method: 'PUT', path: `${task}/draft`, body: { outcome: note.outcome, variables: note.data } }
        : { method: 'POST', path: `${task}/comments`, body: { text: note.text } };
    const { tasks } = (await this.#look()).observation;
    const answer = await this.#ask(actor.user, request);
    if (answer.status >= 300) return refusalOf(answer);
    const step = tasks.find(({ key }) => key === taskKey);
    if (note.kind === 'comment' && step !== undefined) this.#comment(step, note.text);
    return { ok: true };
  }

  /** What the case looks like once its rows have come up with it, and its errands with both. */
  async observe(): Promise<Observation> {
    const deadline = Date.now() + this.api.timeoutMs;
    for (;;) {
      const { observation, settled, sequence } = await this.#look();
      if (settled && (sequence === this.#quietAt || !this.#sends(observation))) return this.#named(observation);
      if (Date.now() > deadline) throw new Unanswered('the case does not come to rest');
      await pause(settled ? QUIET_MS : LOOK_EVERY_MS);
      if (settled && (await this.#look()).sequence === sequence) this.#quietAt = sequence;
    }
  }

  /** Leaves nothing at work behind: the case and those that it began are canceled, the substitutions are revoked. */
  async leave(): Promise<void> {
    for (const processId of this.#suspended) await this.suspendProcess(processId, false, { user: this.admin, roles: [] });
    for (const id of this.#substitutions.values()) await this.#ask(this.admin, { method: 'DELETE', path: `/v1/substitutions/${id}` });
    if (this.caseKey === undefined) return;
    const { state, detached } = (await this.#look()).observation;
    if (state === 'ACTIVE' || state === 'SUSPENDED') await this.#cancel(this.caseKey);
    if (detached.length > 0) await this.#cancelWhatBegan(this.caseKey);
  }

  #cancel(key: string): Promise<ApiAnswer> {
    return this.#post(this.admin, `/v1/process-instances/${key}/cancellation`, { reason: 'the scenario is over' });
  }

  /** Cancels the cases of their own that a case has begun, and those that these have; one that has ended already refuses that. */
  async #cancelWhatBegan(key: string): Promise<void> {
    const cases: string[] = [];
    for (let page = ''; ; ) {
      const { status, body } = await this.#ask(this.admin, {
        method: 'GET',
        path: `/v1/process-instances/${key}/history?limit=100${page}`,
      });
      if (status !== 200) return;
      const { items, page: at } = body as unknown as {
        items: { type: string; data: { key?: string } }[];
        page: { endCursor: string | null; hasMore: boolean };
      };
      cases.push(...items.flatMap(({ type, data }) => (type === 'detachedStarted' && data.key !== undefined ? [data.key] : [])));
      if (!at.hasMore || at.endCursor === null) break;
      page = `&after=${encodeURIComponent(at.endCursor)}`;
    }
    for (const one of cases) {
      await this.#cancel(one);
      await this.#cancelWhatBegan(one);
    }
  }

  #case(): string {
    if (this.caseKey === undefined) throw new Error('invariant: the scenario has started its case');
    return this.caseKey;
  }

  #ask(user: string, request: ApiRequest): Promise<ApiAnswer> {
    return this.api.ask(user, request);
  }

  #post(user: string, path: string, body: JsonObject): Promise<ApiAnswer> {
    return this.#ask(user, { method: 'POST', path, body });
  }

  async #look(): Promise<{ observation: Observation; settled: boolean; sequence: number }> {
    const { status, body } = await this.#ask(this.admin, { method: 'GET', path: `/v1/process-instances/${this.#case()}/observation` });
    if (status !== 200) throw new WrongUse(`the case cannot be observed as "${this.admin}": ${body['detail'] ?? status}`);
    return body as unknown as { observation: Observation; settled: boolean; sequence: number };
  }

  async #moveClock(to: { at: string } | { timer: string }): Promise<string | null> {
    const { status, body } = await this.#post(this.admin, '/v1/demo/clock', { processInstanceKey: this.#case(), ...to });
    if (status !== 200) throw new Unanswered(`the clock of the case cannot be moved: ${body['detail'] ?? status}`);
    return body['reached'] as string | null;
  }

  /** What a start form holds that gives these variables. */
  #formData(processId: string, variables: JsonObject): JsonObject {
    const result = this.dealership.processes[processId]?.model.startForm?.result;
    return result === undefined ? variables : ((variables[result] ?? {}) as JsonObject);
  }

  /** Who asks where the scenario says `system`, or the case itself. */
  #personOf({ user }: Actor): string {
    return user === 'system' ? this.admin : user;
  }

  #computesKey(): boolean {
    return this.dealership.processes[this.#processId]?.model.businessKey !== undefined;
  }

  #sends({ published, signals, detached, tasks }: Observation): boolean {
    return published.length + signals.length + detached.length > 0 || tasks.some((task) => this.#isGivenOut(task));
  }

  /** Whether it is a task that the server may give to somebody a moment after it was opened. */
  #isGivenOut({ processId, elementId, assignee }: ObservedTask): boolean {
    const node = this.dealership.processes[processId]?.model.nodes[elementId];
    if (assignee !== null || node?.kind !== 'userTask') return false;
    return node.assign.distribute !== undefined || node.assign.ifNobody !== undefined;
  }

  #comment({ processId, elementId }: ObservedStep, text: string): void {
    const known = this.#comments.find((one) => one.processId === processId && one.elementId === elementId);
    if (known === undefined) this.#comments.push({ processId, elementId, texts: [text] });
    else known.texts.push(text);
  }

  #named(seen: Observation): Observation {
    const observation = { ...seen, comments: structuredClone(this.#comments) };
    if (this.#computesKey()) return observation;
    const named = observation.published.map(({ name, key }) => ({ name, key: key === this.#businessKey ? CASE_KEY : key }));
    return { ...observation, published: named };
  }

  async #substitute({ user, for: principal }: Actor): Promise<void> {
    if (principal === undefined || this.#substitutions.has(`${user} ${principal.user}`)) return;
    const [from, until] = [Date.now() - 60_000, Date.now() + SUBSTITUTION_MS].map((ms) => new Date(ms).toISOString()) as [string, string];
    const rule = { principal: principal.user, substitute: user, from, until };
    const { status, body } = await this.#post(this.admin, '/v1/substitutions', rule);
    if (status === 201) this.#substitutions.set(`${user} ${principal.user}`, String(body['substitutionId']));
  }

  /** Somebody who may do a task has begun to fill it in. */
  async #draft(taskKeys: readonly string[]): Promise<void> {
    const { tasks } = (await this.#look()).observation;
    for (const task of tasks.filter(({ key }) => taskKeys.includes(key))) {
      const inRoles = task.candidateGroups.flatMap((role) => this.dealership.roles[role] ?? []);
      const user = task.assignee ?? task.candidateUsers[0] ?? inRoles[0] ?? this.admin;
      await this.#ask(user, { method: 'PUT', path: `/v1/user-tasks/${task.key}/draft`, body: { variables: {} } });
    }
  }
}

function answerBody(answer: ConnectorAnswer): JsonObject {
  if (answer.kind === 'output') return { output: answer.output };
  return answer.kind === 'error' ? { error: answer.code } : { fail: answer.message };
}

function refusalOf({ status, body }: ApiAnswer): HostAnswer {
  const code = String(body['code'] ?? status);
  const errors = body['errors'] as Json | undefined;
  const detail = `${body['detail'] ?? body['title'] ?? status}${errors === undefined ? '' : ` ${JSON.stringify(errors)}`}`;
  return { ok: false, code: engineCodes[code] ?? code, message: detail };
}
