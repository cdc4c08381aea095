import path from 'node:path';
import { Writer } from '../thread/writer';
import type { PdfDocument } from './pdf-document';
import { writePdf } from './write-pdf';

const writer = new Writer<PdfDocument>(path.join(__dirname, 'pdf-thread.js'), writePdf);

/**
 * Writes a PDF in the thread that PDFs have.
 *
 * @throws TooLargeError where it has too many pages, takes too long, or too many others wait
 */
export async function renderPdf(document: PdfDocument): Promise<Buffer> {
  return writer.render(document);
}
