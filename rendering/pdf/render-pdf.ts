import { existsSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { TooLargeError } from '../rendering-error';
import type { PdfDocument } from './pdf-document';
import type { PdfAnswer } from './pdf-thread';
import { writePdf } from './write-pdf';

/** How long the writing of one PDF may take. */
const TIME_MS = 60_000;
/** Documents that may wait for the thread. */
const WAITING = 100;

/** Compiled; where the sources themselves run, there is none, and PDFs are written in the thread that asks. */
const compiled = path.join(__dirname, 'pdf-thread.js');

let thread: Worker | undefined;
let last: Promise<unknown> = Promise.resolve();
let waiting = 0;

/**
 * Writes a PDF in a thread of its own, one after the other, so that nobody else waits meanwhile. The thread does not keep the program alive.
 *
 * @throws TooLargeError where it has too many pages, takes longer than a minute, or more than `WAITING` others wait
 */
export async function renderPdf(document: PdfDocument): Promise<Buffer> {
  if (!existsSync(compiled)) return writePdf(document);
  if (waiting >= WAITING) throw new TooLargeError(`${WAITING} documents are waiting to be written; try again later`);
  waiting += 1;
  const turn = last.then(() => inThread(document));
  last = turn.catch(() => undefined).finally(() => (waiting -= 1));
  return turn;
}

async function inThread(document: PdfDocument): Promise<Buffer> {
  const answer = await ask(document);
  if ('content' in answer) return Buffer.from(answer.content);
  throw 'tooLarge' in answer ? new TooLargeError(answer.tooLarge) : new Error(answer.failed);
}

function ask(document: PdfDocument): Promise<PdfAnswer> {
  const worker = thread ?? new Worker(compiled);
  thread = worker;
  worker.ref();
  return new Promise<PdfAnswer>((resolve) => {
    const settle = (answer: PdfAnswer, keep: boolean) => {
      clearTimeout(timer);
      // not all listeners: those of the thread itself begin and stop the passing of messages
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      if (keep) worker.unref();
      else {
        thread = undefined;
        void worker.terminate();
      }
      resolve(answer);
    };
    const onMessage = (answer: PdfAnswer) => settle(answer, true);
    const onError = (error: unknown) => settle({ failed: String(error) }, false);
    const onExit = (code: number) => settle({ failed: `the thread that writes documents ended with ${code}` }, false);
    const timer = setTimeout(() => settle({ tooLarge: `the document took longer than ${TIME_MS / 1000} s` }, false), TIME_MS);
    worker.once('message', onMessage).once('error', onError).once('exit', onExit);
    worker.postMessage(document);
  });
}
