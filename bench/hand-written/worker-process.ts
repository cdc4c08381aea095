import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { Pool } from 'pg';
import { orderActivities } from './activities';
import { HAND_WRITTEN_NAMESPACE, HAND_WRITTEN_TASK_QUEUE } from './messages';

/** The worker of the hand-written workflow: a process of its own, which ends when its parent does. */
async function main(address: string, databaseUrl: string): Promise<void> {
  process.once('disconnect', () => process.exit(0));
  // Ctrl-C reaches every process of the terminal; the parent ends this one in its turn
  process.on('SIGINT', () => undefined);
  Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: [] });
  const pool = new Pool({ connectionString: databaseUrl, max: 16 });
  pool.on('error', () => undefined);
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    namespace: HAND_WRITTEN_NAMESPACE,
    taskQueue: HAND_WRITTEN_TASK_QUEUE,
    workflowsPath: require.resolve('./workflow'),
    activities: orderActivities(pool),
  });
  process.send?.('ready');
  await worker.run();
}

const [address = '', databaseUrl = ''] = process.argv.slice(2);
main(address, databaseUrl).catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
