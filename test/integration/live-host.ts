import { publishDealership } from '../../db/definition-repository';
import { closureOf } from '../../engine/compile/closure';
import type { CompiledDealership } from '../../engine/compile/deployment';
import type { JsonObject } from '../../engine/json';
import type {
  ConnectorAnswer,
  HostAnswer,
  HostRequest,
  Observation,
  ObservedStep,
  ScenarioHost,
  ScenarioMessage,
} from '../../engine/language/scenario-host';
import type { Actor } from '../../engine/runtime/events';
import type { InstanceState } from '../../engine/runtime/instance-state';
import type { EngineRecord } from '../../engine/runtime/records';
import { nextDueAtMs } from '../../engine/runtime/transition';
import { nearestTimerOf, observationOf } from '../../engine/simulate/observation';
import type { CaseAnswer } from '../../server/case-gateway';
import { fastForward } from '../../server/rehearsal';
import type { PatientConnectors } from './patient-connectors';
import { eventually, type LiveCase, type Rig } from './rig';

/** Records after which the case may hear of something a moment later. */
const ERRANDS = new Set(['messagePublished', 'signalThrown', 'detachedStarted']);
/** Steps whose tasks the host gives to somebody a moment later. */
const DISTRIBUTES = /"(distribute|ifNobody)":/;
/** The business key of a case whose process computes none: scenarios know it. */
const CASE_KEY = 'case';
/** How long a case must stand still after such a record. */
const QUIET_MS = 400;

/** Runs a scenario on real servers: requests as the API sends them, the case's own clock moved by the server, rows read back. */
export class LiveHost implements ScenarioHost {
  live: LiveCase | undefined;
  #messages = 0;
  /** What the case's clock has come to at least. */
  #clockMs = 0;

  constructor(
    readonly rig: Rig,
    readonly dealership: CompiledDealership,
    readonly connectors: PatientConnectors,
  ) {}

  get case(): LiveCase {
    if (this.live === undefined) throw new Error('the scenario has not started its case');
    return this.live;
  }

  async start({ processId, actor, variables, trigger }: Parameters<ScenarioHost['start']>[0]): Promise<HostAnswer> {
    await publishDealership(this.rig.db, this.dealership);
    const closure = closureOf(this.dealership, processId);
    const begun = trigger === undefined ? {} : { trigger };
    this.live = await this.rig.begin(closure, variables, actor, this.dealership.id, { ...begun, businessKey: CASE_KEY });
    return hostAnswer(this.live.begun);
  }

  async act(request: HostRequest): Promise<HostAnswer> {
    return hostAnswer(await this.case.act(request));
  }

  async advance(ms: number): Promise<void> {
    const before = await this.case.state();
    if (before.status === 'active') await fastForward(this.rig.client, this.case.address.workflowId, ms);
    await this.#ageMessages(ms);
    // no timer of Temporal is shorter than a second, so what is due at the very end fires a moment later
    const target = Math.max(this.#clockMs, before.nowMs) + ms;
    this.#clockMs = target;
    await eventually(async () => {
      const state = await this.case.state();
      return state.status !== 'active' || (nextDueAtMs(state) ?? Number.POSITIVE_INFINITY) > target;
    });
  }

  async fireTimer(elementId: string): Promise<HostAnswer> {
    const state = await this.case.state();
    const due = nearestTimerOf(state, elementId);
    if (due === undefined) return { ok: false, code: 'timer-not-waiting', message: `no timer of "${elementId}" waits` };
    await this.advance(Math.max(1, due - Math.max(this.#clockMs, state.nowMs)));
    return { ok: true };
  }

  async publish({ id, ...message }: ScenarioMessage): Promise<HostAnswer> {
    const messageId = `${this.case.address.instanceKey}-scenario-${id ?? ++this.#messages}`;
    const { state } = await this.rig.gateway.publish({ ...message, dealership: this.dealership.id, messageId });
    if (state === 'CORRELATED' || message.timeToLiveMs > 0) return { ok: true };
    return { ok: false, code: 'message-not-awaited', message: state };
  }

  async signal(name: string, variables: JsonObject, actor: Actor): Promise<HostAnswer> {
    const { sequence, subscriptions } = await this.case.state();
    const awaited = Object.values(subscriptions).some((one) => one.name === name && one.correlationKey === null);
    if (!awaited) return { ok: false, code: 'signal-not-awaited', message: `nothing awaits signal "${name}"` };
    const signalId = `${this.case.address.instanceKey}-scenario-${++this.#messages}`;
    await this.rig.gateway.broadcast({ dealership: this.dealership.id, signalId, name, variables, actor });
    await eventually(async () => (await this.case.state()).sequence > sequence);
    return { ok: true };
  }

  async nowMs(): Promise<number> {
    return Math.max(this.#clockMs, (await this.case.state()).nowMs);
  }

  suspendProcess(): HostAnswer {
    throw new Error('the API suspends processes, not the gateway');
  }

  note(): HostAnswer {
    throw new Error('the API keeps drafts and comments, not the gateway');
  }

  async answerConnector(elementId: string, answer: ConnectorAnswer): Promise<HostAnswer> {
    const before = (await this.case.state()).sequence;
    const given = await this.connectors.answer(this.case.address.instanceKey, elementId, answer);
    if (!given) return { ok: false, code: 'connector-not-waiting', message: `"${elementId}" waits for no answer` };
    await eventually(async () => (await this.case.state()).sequence > before);
    return { ok: true };
  }

  /** What the case looks like once its rows have caught up with its history, and its errands with both. */
  async observe(): Promise<Observation> {
    for (;;) {
      await eventually(() => this.#messagesRest());
      const state = await this.case.state();
      await eventually(async () => (await this.case.row()).applied_sequence >= state.sequence);
      const records = await this.case.records();
      if (!this.#rests(records)) await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      const rests = (await this.case.state()).sequence === state.sequence && (await this.#messagesRest());
      if (rests) return this.#observation(state, records);
    }
  }

  /** Whether no message is on its way to a case: matched, or kept although somebody awaits it. */
  async #messagesRest(): Promise<boolean> {
    const [row] = await this.rig.db.tenant(this.dealership.id, (trx) =>
      trx.query<{ moving: boolean }>(
        `select exists (select from message m where m.dealership_id = $1 and (m.state = 'MATCHED' or m.state = 'BUFFERED' and m.expires_at > now()
           and exists (select from message_subscription s where s.dealership_id = $1 and s.name = m.name
             and s.correlation_key = m.correlation_key and s.open))) as moving`,
        [this.dealership.id],
      ),
    );
    return row?.moving !== true;
  }

  /** Kept messages live by the servers' clock, which a scenario does not move. */
  async #ageMessages(ms: number): Promise<void> {
    await this.rig.db.tenant(this.dealership.id, (trx) =>
      trx.query("update message set expires_at = expires_at - $1::bigint * interval '1 millisecond' where state = 'BUFFERED'", [
        Math.ceil(ms),
      ]),
    );
  }

  #rests(records: EngineRecord[]): boolean {
    return !records.some(({ type }) => ERRANDS.has(type)) && !DISTRIBUTES.test(JSON.stringify(this.case.closure.models));
  }

  async #observation(state: InstanceState, records: EngineRecord[]): Promise<Observation> {
    const observation = observationOf(this.case.closure, state, records);
    return observation.detached.length === 0 ? observation : { ...observation, detachedTasks: await this.#detachedTasks() };
  }

  /** Open tasks of all other cases of this scenario's dealership, which has no others than those that its case has started. */
  #detachedTasks(): Promise<ObservedStep[]> {
    return this.rig.db.tenant(this.dealership.id, (trx) =>
      trx.query(
        `select process_id as "processId", element_id as "elementId" from user_task
         where root_key <> $1 and state = 'CREATED' order by created_at, task_key`,
        [this.case.address.instanceKey],
      ),
    );
  }
}

function hostAnswer(answer: CaseAnswer): HostAnswer {
  if (answer.kind === 'applied') return { ok: true };
  if (answer.kind === 'refused') return { ok: false, code: answer.refusal.code, message: answer.refusal.message };
  return { ok: false, code: 'instance-not-active', message: answer.kind };
}
