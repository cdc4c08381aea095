import { parentPort } from 'node:worker_threads';
import { TooLargeError } from '../rendering-error';
import type { PdfDocument } from './pdf-document';
import { writePdf } from './write-pdf';

/** What the thread answers: the bytes, or why there are none. */
export type PdfAnswer = { content: Uint8Array } | { tooLarge: string } | { failed: string };

parentPort?.on('message', async (document: PdfDocument) => parentPort?.postMessage(await answerOf(document)));

async function answerOf(document: PdfDocument): Promise<PdfAnswer> {
  try {
    return { content: await writePdf(document) };
  } catch (error) {
    return error instanceof TooLargeError ? { tooLarge: error.message } : { failed: String(error) };
  }
}
