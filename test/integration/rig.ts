import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { Connector } from '../../activities/connector';
import { type Database, openDatabase } from '../../db/database';
import { migrate, migrations } from '../../db/migrations';
import { applyAll } from '../../db/projection';
import { businessKeyOf } from '../../engine/compile/closure';
import type { JsonObject } from '../../engine/json';
import type { Actor } from '../../engine/runtime/events';
import type { InstanceState } from '../../engine/runtime/instance-state';
import type { ModelClosure } from '../../engine/runtime/process-model';
import type { EngineRecord } from '../../engine/runtime/records';
import type { CaseAddress, CaseAnswer } from '../../server/case-gateway';
import { dataConverter } from '../../server/payload-codec';
import { temporalGateway, wakeMessage } from '../../server/temporal-gateway';
import { type RunningWorker, startWorker, type WorkerOptions } from '../../server/temporal-worker';
import { type CaseRequest, STATE_QUERY } from '../../workflows/messages';
import { SALESMAN } from '../engine/graph';
import { createFreshDatabase, testTemporalAddress } from '../setup/database';
import { testSurroundings } from '../setup/surroundings';

export const DEALERSHIP = 'tianhe';

/** A worker and a gateway on the tests' real servers, with a database and a task queue of their own. */
export class Rig {
  #worker: RunningWorker | undefined;

  private constructor(
    readonly db: Database,
    readonly client: Client,
    readonly gateway: ReturnType<typeof temporalGateway>,
    readonly taskQueue: string,
    readonly connectors: readonly Connector[] | undefined,
    readonly outside: WorkerOptions['outside'],
    readonly drop: () => Promise<void>,
  ) {}

  static async start(
    options: {
      updatesPerRun?: number;
      answerWithinMs?: number;
      connectorGraceMs?: number;
      virtualTime?: boolean;
      connectors?: readonly Connector[];
      outside?: WorkerOptions['outside'];
    } = {},
  ): Promise<Rig> {
    const key = `migrated ${migrations.map(({ name, sql }) => name + sql).join()}`;
    const { url, drop } = await createFreshDatabase({ key, prepare: async (empty) => void (await migrate(empty)) });
    const db = openDatabase(url, { applicationName: 'neiqin-test' });
    const client = new Client({ connection: await Connection.connect({ address: testTemporalAddress() }), dataConverter });
    const taskQueue = `test-${randomUUID()}`;
    const gateway = temporalGateway({ client, taskQueue, answerWithinMs: 20_000, updatesPerRun: 1_000, ...options });
    const rig = new Rig(db, client, gateway, taskQueue, options.connectors, options.outside ?? testSurroundings(), drop);
    await rig.startWorker();
    return rig;
  }

  async startWorker(): Promise<void> {
    const bundlePath = process.env['NEIQIN_TEST_WORKFLOW_BUNDLE'] as string;
    const { db, client, gateway, taskQueue, outside } = this;
    const address = testTemporalAddress();
    const connectors = this.connectors === undefined ? {} : { connectors: this.connectors };
    const options = { address, namespace: 'default', taskQueue, bundlePath, db, client, gateway, outside, ...connectors };
    this.#worker = await startWorker(options);
  }

  async stopWorker(): Promise<void> {
    await this.#worker?.stop();
    this.#worker = undefined;
  }

  async stop(): Promise<void> {
    await this.stopWorker();
    await this.client.connection.close();
    await this.db.close();
    await this.drop();
  }

  /** Starts a case and writes its first rows, as the API does. */
  async begin(
    closure: ModelClosure,
    variables: JsonObject = {},
    actor: Actor = SALESMAN,
    dealership = DEALERSHIP,
    more: { trigger?: { node: string; variables: JsonObject }; businessKey?: string } = {},
  ): Promise<LiveCase> {
    const instanceKey = randomUUID();
    const processId = closure.models[closure.root]?.id as string;
    const computed = businessKeyOf(closure, processId, variables, Date.now());
    const number = (variables['order'] as JsonObject | undefined)?.['number'];
    const businessKey = (computed.ok ? computed.key : null) ?? more.businessKey ?? String(number ?? instanceKey);
    const address = { workflowId: `${dealership}:${processId}:${instanceKey}`, instanceKey };
    const live = new LiveCase(this, address, closure, dealership);
    const start = { address, updateId: `start-${instanceKey}`, repeated: false, processId, title: processId };
    const begun = more.trigger === undefined ? {} : { trigger: more.trigger };
    live.begun = await live.write(await this.gateway.start({ ...start, dealership, actor, businessKey, variables, closure, ...begun }));
    return live;
  }
}

/** One running case: requests like the API's, rows like a reader's. */
export class LiveCase {
  /** What the start was answered with. */
  begun: CaseAnswer = { kind: 'gone' };

  constructor(
    readonly rig: Rig,
    readonly address: CaseAddress,
    readonly closure: ModelClosure,
    readonly dealership = DEALERSHIP,
  ) {}

  get handle() {
    return this.rig.client.workflow.getHandle(this.address.workflowId);
  }

  /** Sends a request without writing its rows: what an API leaves that dies in between. */
  send(request: CaseRequest, updateId: string = randomUUID()): Promise<CaseAnswer> {
    return this.rig.gateway.act({ address: this.address, updateId, request, repeated: true, rows: { sequence: 0, chainHead: '' } });
  }

  async write(answer: CaseAnswer): Promise<CaseAnswer> {
    if (answer.kind !== 'applied' || answer.outcome.batch === null) return answer;
    const { db, gateway } = this.rig;
    const { matchedMessages } = await applyAll(db, this.address, [answer.outcome.batch], (from) => gateway.journal(this.address, from));
    await Promise.all(matchedMessages.map((message) => wakeMessage(this.rig.client, message)));
    return answer;
  }

  async act(request: CaseRequest, updateId?: string): Promise<CaseAnswer> {
    return this.write(await this.send(request, updateId));
  }

  async complete(elementId: string, actor: Actor, outcome: string | null = null, data: JsonObject = {}): Promise<CaseAnswer> {
    const [task] = await this.tasks(elementId);
    return this.act({ type: 'completeTask', actor, taskKey: task?.key ?? 'none', outcome, data });
  }

  /** Open tasks in the rows. */
  tasks(elementId?: string): Promise<{ key: string; elementId: string }[]> {
    return this.rig.db.tenant(this.dealership, (trx) =>
      trx.query(
        `select task_key as key, element_id as "elementId" from user_task
         where root_key = $1 and state = 'CREATED' and ($2::text is null or element_id = $2) order by task_key`,
        [this.address.instanceKey, elementId ?? null],
      ),
    );
  }

  async openSteps(): Promise<string[]> {
    return (await this.tasks()).map(({ elementId }) => elementId).sort();
  }

  async row(): Promise<{ state: string; end_name: string | null; applied_sequence: number }> {
    const [row] = await this.rig.db.tenant(this.dealership, (trx) =>
      trx.query<{ state: string; end_name: string | null; applied_sequence: number }>(
        'select * from process_instance where instance_key = $1',
        [this.address.instanceKey],
      ),
    );
    if (row === undefined) throw new Error(`there is no row of case "${this.address.instanceKey}"`);
    return row;
  }

  records(): Promise<EngineRecord[]> {
    return this.rig.db.tenant(this.dealership, async (trx) => {
      const rows = await trx.query<{ record: EngineRecord }>(
        'select record from audit_event where root_key = $1 order by sequence, position',
        [this.address.instanceKey],
      );
      return rows.map(({ record }) => record);
    });
  }

  state(): Promise<InstanceState> {
    return this.handle.query<InstanceState>(STATE_QUERY);
  }
}

/** Waits until something holds; the last failure is the test's when it never does. */
export async function eventually<T>(look: () => Promise<T>, holds: (value: T) => boolean = Boolean, withinMs = 20_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms; last seen: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
