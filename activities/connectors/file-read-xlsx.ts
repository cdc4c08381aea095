import { readXlsxSignature } from '../../engine/connectors/outside';
import type { JsonObject } from '../../engine/json';
import { type CellKind, readCell } from '../../rendering/spreadsheet/read-cell';
import { cellAddress, type ReadSheet, SheetError } from '../../rendering/spreadsheet/sheet';
import { readXlsx } from '../../rendering/spreadsheet/xlsx';
import { type Attempt, bpmnError, type Connector } from '../connector';
import { documentOf } from '../outside/documents';

/** A column of the rows that are wanted. */
interface WantedColumn {
  name: string;
  header: string;
  kind: CellKind;
  required: boolean;
}

/** Problems that an error tells of; of more the number. */
const TOLD_PROBLEMS = 50;
/** Characters of the rows as JSON: what a variable of a case takes. */
const MAX_CHARS = 250_000;

/** `file.readXlsx`: the rows of a sheet of a stored workbook; all of them, or the error with each cell that is wrong. */
export const fileReadXlsx: Connector = {
  name: 'file.readXlsx',
  ...readXlsxSignature,
  run: async ({ document, sheet, columns }, attempt) => {
    const read = await sheetOf(attempt, String(document), sheet === undefined ? undefined : String(sheet));
    const rows = rowsOf(read, wantedOf(columns as JsonObject));
    if (JSON.stringify(rows).length > MAX_CHARS) throw invalid(`its rows have more than ${MAX_CHARS} characters; split it`);
    return { rows, count: rows.length };
  },
};

async function sheetOf(attempt: Attempt, id: string, sheet: string | undefined): Promise<ReadSheet> {
  const { content } = await documentOf(attempt, id);
  try {
    return await readXlsx(content, sheet);
  } catch (error) {
    throw error instanceof SheetError ? invalid(error.message) : error;
  }
}

function invalid(message: string): Error {
  return bpmnError('file.invalid', message);
}

function wantedOf(columns: JsonObject): WantedColumn[] {
  return Object.entries(columns).map(([name, column]) => {
    const { header, type, required = false } = column as JsonObject;
    return { name, header: String(header), kind: type as CellKind, required: required === true };
  });
}

function rowsOf({ name, header, rows }: ReadSheet, wanted: WantedColumn[]): JsonObject[] {
  const missing = wanted.filter((column) => !header.includes(column.header)).map((column) => `"${column.header}"`);
  if (missing.length > 0) throw invalid(`sheet "${name}" has no column ${missing.join(', ')}; its first row names the columns`);
  const twice = wanted.find((column) => header.indexOf(column.header) !== header.lastIndexOf(column.header));
  if (twice !== undefined) throw invalid(`sheet "${name}" has the column "${twice.header}" twice; leave one out`);
  const problems: string[] = [];
  const read = rows.map(({ number, cells }) =>
    Object.fromEntries(
      wanted.map((column) => {
        const index = header.indexOf(column.header);
        const cell = readCell(column.kind, cells[index] ?? null);
        const at = `${cellAddress(number, index + 1)} (${column.header})`;
        if ('reason' in cell) problems.push(`${at} "${shown(cells[index])}" ${cell.reason}: ${cell.remedy}`);
        else if (column.required && (cell.value === null || cell.value === '')) problems.push(`${at} is empty: write a value`);
        return [column.name, 'value' in cell ? cell.value : null];
      }),
    ),
  );
  if (problems.length === 0) return read;
  const more = problems.length > TOLD_PROBLEMS ? `; and ${problems.length - TOLD_PROBLEMS} more` : '';
  throw invalid(`sheet "${name}": ${problems.slice(0, TOLD_PROBLEMS).join('; ')}${more}`);
}

function shown(cell: unknown): string {
  const text = typeof cell === 'object' && cell !== null ? (cell as { date: string }).date : String(cell);
  return text.replaceAll(/\s+/gu, ' ').slice(0, 40);
}
