import type { JsonObject } from '../../engine/json';
import { type FillSurroundings, fillTemplate } from '../../engine/template/fill-template';
import type { CompiledTemplate } from '../../engine/template/template';
import { documentDocx } from './document-docx';
import { documentPdf } from './document-pdf';

/** Forms in which a document is written. */
export type DocumentFormat = 'pdf' | 'docx';

const mediaTypes: Record<DocumentFormat, string> = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
};

/** A document as a file, or what is wrong with the values that it should show. */
export type RenderedDocument = { ok: true; name: string; mediaType: string; content: Buffer } | { ok: false; problems: string[] };

/**
 * Fills a template with values and writes it. The same values at the same time give the same bytes. A document of one page takes about 0.2 s.
 *
 * @throws TooLargeError where it has too many pages
 */
export async function renderDocument(
  template: CompiledTemplate,
  format: DocumentFormat,
  values: JsonObject,
  surroundings: FillSurroundings,
): Promise<RenderedDocument> {
  const filling = fillTemplate(template, values, surroundings);
  if (!filling.ok) return filling;
  const { document } = filling;
  const write = format === 'pdf' ? documentPdf : documentDocx;
  const content = await write(document, surroundings.nowMs);
  return { ok: true, name: `${document.title}.${format}`, mediaType: mediaTypes[format], content };
}
