import type { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Connector } from '../activities/connector';
import { connectorActivities } from '../activities/connector-activities';
import { CONNECTORS } from '../activities/connectors';
import type { Surroundings } from '../activities/surroundings';
import { systemActivities } from '../activities/system-activities';
import type { Database } from '../db/database';
import type { CaseGateway } from './case-gateway';
import { askConditions, deliverSignal, derivedKey, startByMessage, startCase } from './case-starter';
import { startDuty } from './duty-schedules';
import { activityFailpoints } from './failpoint';
import { archiveRun } from './history-archive';
import { launch } from './launch';
import { deliverMessage } from './message-delivery';
import { dataConverter } from './payload-codec';
import { startScheduled } from './schedules';
import { wakeMessage } from './temporal-gateway';

export interface WorkerOptions {
  address: string;
  namespace: string;
  taskQueue: string;
  /** File of the finished workflow bundle. */
  bundlePath: string;
  db: Database;
  client: Client;
  gateway: CaseGateway;
  /** What `serviceTask` may name; the product's connectors by default. */
  connectors?: readonly Connector[];
  /** How connectors reach other systems. */
  outside: Omit<Surroundings, 'publish'>;
}

export interface RunningWorker {
  /** Settles when the worker has ended; rejects where it failed. */
  done: Promise<void>;
  stop(): Promise<void>;
}

/** The SDK's own log goes to stderr, from warnings on. It is set once a process. */
function quietRuntime(): void {
  if (Runtime._instance === undefined) Runtime.install({ logger: new DefaultLogger('WARN') });
}

/** Starts a worker: it runs the cases' workflows, the connectors and the writing of rows. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { db, client, gateway } = options;
  quietRuntime();
  const wake = (message: { dealership: string; messageId: string }) => wakeMessage(client, message);
  const starter = { db, gateway, wake };
  const system = systemActivities({
    db,
    client,
    deliver: (match) => deliverMessage(db, gateway, match),
    wake,
    launch: (errand) => launch(client, options.taskQueue, errand),
    start: (start, closure) => startCase(starter, start, closure),
    startScheduled: (start, nominalMs, takenUpMs) =>
      'scheduleId' in start ? startDuty(starter, start, nominalMs, takenUpMs) : startScheduled(starter, start, nominalMs),
    askConditions: (evaluation) => askConditions(db, evaluation),
    startKey: derivedKey,
    startByMessage: (message, rootKey) => startByMessage(starter, message, rootKey),
    deliverSignal: (signal, target) => deliverSignal(starter, signal, target),
    archive: (run) => archiveRun(db, client, run, false),
  });
  const surroundings = { ...options.outside, publish: system.publishMessage };
  const connection = await NativeConnection.connect({ address: options.address });
  const worker = await Worker.create({
    connection,
    namespace: options.namespace,
    taskQueue: options.taskQueue,
    workflowBundle: { codePath: options.bundlePath },
    interceptors: { activity: activityFailpoints() },
    dataConverter,
    activities: { ...connectorActivities(options.connectors ?? CONNECTORS, db, surroundings), ...system },
    stickyQueueScheduleToStartTimeout: '5s',
    shutdownGraceTime: '5s',
    shutdownForceTime: '15s',
  });
  const done = worker.run().finally(() => connection.close());
  return {
    done,
    async stop() {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await done;
    },
  };
}
