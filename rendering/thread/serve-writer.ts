import { parentPort } from 'node:worker_threads';
import { TooLargeError } from '../rendering-error';

/** What the thread of a `Writer` answers: the bytes, or why there are none. */
export type WriterAnswer = { content: Uint8Array } | { tooLarge: string } | { failed: string };

/** Makes the thread that it is called in write what is asked for. */
export function serveWriter<Job>(write: (job: Job) => Promise<Buffer>): void {
  parentPort?.on('message', async (job: Job) => parentPort?.postMessage(await answerOf(() => write(job))));
}

async function answerOf(write: () => Promise<Buffer>): Promise<WriterAnswer> {
  try {
    return { content: await write() };
  } catch (error) {
    return error instanceof TooLargeError ? { tooLarge: error.message } : { failed: String(error) };
  }
}
