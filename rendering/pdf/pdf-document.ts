import type { Content } from 'pdfmake/interfaces';

/** Pages of one PDF at most. */
export const PDF_PAGES = 300;

/** The name of the layout of tables with thin lines. */
export const THIN_LINES = 'thin';

/** What a PDF consists of: plain JSON, which goes to another thread. Its texts have gone through `printable`. */
export interface PdfDocument {
  title: string;
  content: Content[];
  size: 'A4' | 'A5';
  orientation: 'portrait' | 'landscape';
  /** At the left of the bottom of each page; empty: nothing. */
  footer: string;
  /** At the right of it, with the places `{n}` and `{of}`; empty: pages have no numbers. */
  pageNumber: string;
  /** Of the whole; 9 points by default. */
  fontSize?: number;
  /** When it was made: it stands in the file instead of the time of writing, so that the same document has the same bytes. */
  atMs: number;
}
