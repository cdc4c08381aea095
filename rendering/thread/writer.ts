import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { TooLargeError } from '../rendering-error';
import type { WriterAnswer } from './serve-writer';

/** How long the writing of one document may take. */
const TIME_MS = 60_000;
/** Documents that may wait for the thread. */
const WAITING = 100;
/** Memory of the thread. */
const MEGABYTES = 1_536;
const OUT_OF_MEMORY = 'ERR_WORKER_OUT_OF_MEMORY';

/**
 * Writes documents of one kind in a thread of its own, one after the other, so that nobody else waits meanwhile. The thread begins with the first
 * document and does not keep the program alive.
 */
export class Writer<Job> {
  #thread: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /**
   * @param file what the thread runs, compiled; where the sources themselves run there is none, and documents are written in the thread that asks
   * @param write what `file` serves
   */
  constructor(
    private readonly file: string,
    private readonly write: (job: Job) => Promise<Buffer>,
  ) {}

  /**
   * @param job plain values: they go to another thread
   * @throws TooLargeError where the document says so, takes longer than a minute or too much memory, or more than `WAITING` others wait
   */
  async render(job: Job): Promise<Buffer> {
    if (!existsSync(this.file)) return this.write(job);
    if (this.#waiting >= WAITING) throw new TooLargeError(`${WAITING} documents are waiting to be written; try again later`);
    this.#waiting += 1;
    const turn = this.#last.then(() => this.#inThread(job));
    this.#last = turn.catch(() => undefined).finally(() => (this.#waiting -= 1));
    return turn;
  }

  async #inThread(job: Job): Promise<Buffer> {
    const answer = await this.#ask(job);
    if ('content' in answer) return Buffer.from(answer.content);
    throw 'tooLarge' in answer ? new TooLargeError(answer.tooLarge) : new Error(answer.failed);
  }

  #ask(job: Job): Promise<WriterAnswer> {
    const worker = this.#thread ?? new Worker(this.file, { resourceLimits: { maxOldGenerationSizeMb: MEGABYTES } });
    this.#thread = worker;
    worker.ref();
    return new Promise<WriterAnswer>((resolve) => {
      const settle = (answer: WriterAnswer, keep: boolean) => {
        clearTimeout(timer);
        // not all listeners: those of the thread itself begin and stop the passing of messages
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        if (keep) worker.unref();
        else {
          this.#thread = undefined;
          void worker.terminate();
        }
        resolve(answer);
      };
      const onMessage = (answer: WriterAnswer) => settle(answer, true);
      const onError = (error: Error & { code?: string }) => {
        const tooLarge = `the document takes more than ${MEGABYTES} MB of memory; narrow it`;
        settle(error.code === OUT_OF_MEMORY ? { tooLarge } : { failed: String(error) }, false);
      };
      const onExit = (code: number) => settle({ failed: `the thread that writes documents ended with ${code}` }, false);
      const timer = setTimeout(() => settle({ tooLarge: `the document took longer than ${TIME_MS / 1000} s; narrow it` }, false), TIME_MS);
      worker.once('message', onMessage).once('error', onError).once('exit', onExit);
      worker.postMessage(job);
    });
  }
}
