import pdfmake from 'pdfmake';
import { filled } from '../language';
import { TooLargeError } from '../rendering-error';
import { FONT_FAMILY, fontFiles } from './font';
import { PDF_PAGES, type PdfDocument, THIN_LINES } from './pdf-document';

pdfmake.setFonts(fontFiles);
pdfmake.setUrlAccessPolicy(() => false);
const files = new Set(Object.values(fontFiles).flatMap((faces) => Object.values(faces)));
pdfmake.setLocalAccessPolicy((file) => files.has(file));
pdfmake.setTableLayouts({
  [THIN_LINES]: {
    hLineWidth: () => 0.5,
    vLineWidth: () => 0.5,
    hLineColor: () => '#999999',
    vLineColor: () => '#999999',
    paddingTop: () => 2,
    paddingBottom: () => 2,
  },
});

const MARGIN = 40;

/**
 * Writes a PDF with the part of the font that it uses. It reads nothing but the font's files: no image and no address of a text is followed. A table
 * takes about 0.3 ms a cell, during which the thread does nothing else: `renderPdf` has one for it.
 *
 * @throws TooLargeError where it would have more than `PDF_PAGES` pages
 */
export async function writePdf(document: PdfDocument): Promise<Buffer> {
  const { title, content, size, orientation, footer, pageNumber, fontSize = 9, atMs } = document;
  let total = 0;
  const made = new Date(atMs);
  const bytes = await pdfmake
    .createPdf({
      content,
      pageSize: size,
      pageOrientation: orientation,
      pageMargins: [MARGIN, MARGIN, MARGIN, MARGIN + 12],
      defaultStyle: { font: FONT_FAMILY, fontSize, lineHeight: 1.15 },
      info: { title, creator: 'neiqin', producer: 'neiqin', creationDate: made, modDate: made },
      language: 'zh-CN',
      footer: (n, of) => {
        total = of;
        return {
          columns: [
            { text: footer, margin: [MARGIN, 8, 8, 0], width: '*' },
            { text: filled(pageNumber, { n, of }), alignment: 'right', margin: [0, 8, MARGIN, 0], width: 'auto' },
          ],
          fontSize: 7,
          color: '#555555',
        };
      },
    })
    .getBuffer();
  if (total > PDF_PAGES) throw new TooLargeError(`the document has ${total} pages, and may have ${PDF_PAGES}`);
  return Buffer.from(bytes);
}
