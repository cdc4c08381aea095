import path from 'node:path';
import { TooLargeError } from '../rendering-error';
import { Writer } from '../thread/writer';
import { SHEET_LIMITS, type WrittenWorkbook } from './sheet';
import { writeWorkbook } from './xlsx';

const writer = new Writer<WrittenWorkbook>(path.join(__dirname, 'workbook-thread.js'), writeWorkbook);

/**
 * Writes a workbook in the thread that workbooks have; 20,000 rows of eight columns take some 5 s.
 *
 * @throws TooLargeError where it has too many cells, takes too long, or too many others wait
 */
export async function renderWorkbook(workbook: WrittenWorkbook): Promise<Buffer> {
  const cells = workbook.sheets.reduce((sum, { columns, rows }) => sum + columns.length * rows.length, 0);
  if (cells > SHEET_LIMITS.exportedCells) {
    const most = `${SHEET_LIMITS.exportedCells} cells`;
    throw new TooLargeError(`the workbook would have ${cells} cells, and has at most ${most}; narrow the filter, or show fewer columns`);
  }
  return writer.render(workbook);
}
