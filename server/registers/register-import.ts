import type { Caller } from '../../db/account-repository';
import { inPatientTransaction } from '../../db/connector-effect';
import type { Transaction } from '../../db/database';
import { isStorable } from '../../db/json-text';
import { changeRow } from '../../db/register-change';
import { findRow, RegisterConflict, type RegisterRow } from '../../db/register-row';
import type { JsonObject } from '../../engine/json';
import type { RegisterColumn } from '../../engine/register/register';
import { keyText } from '../../engine/register/row';
import { readCsv } from '../../rendering/spreadsheet/csv';
import { type CellKind, readCell } from '../../rendering/spreadsheet/read-cell';
import { type CellValue, cellAddress, type ReadSheet, SheetError } from '../../rendering/spreadsheet/sheet';
import { readXlsx } from '../../rendering/spreadsheet/xlsx';
import type { Parts } from '../parts';
import { ApiError } from '../problem';
import { MASK } from './register-export';
import { assertReads, assertWrites, findOwnRegister, type OwnRegister } from './register-rights';

/** A file of rows, and what is to be done with it. */
export interface AskedImport {
  format: 'xlsx' | 'csv';
  /** Base64. */
  file: string;
  /** What becomes of rows that are there: `refuse` takes them only where the file says the same. */
  onExisting: 'refuse' | 'update' | 'skip';
  /** Whether rows that are right are taken where others are not. */
  mode: 'all' | 'good-rows';
  dryRun: boolean;
}

/** What is wrong with a cell, or with a whole row. */
interface ImportProblem {
  sheet: string;
  cell: string;
  column: string | null;
  value: string | null;
  reason: string;
  remedy: string;
}

/** What an import did, or would do. */
export interface ImportReport {
  done: boolean;
  inserted: number;
  updated: number;
  unchanged: number;
  skipped: number;
  refused: number;
  /** Headers that are no column that can be set. */
  ignored: string[];
  /** The first of all problems. */
  problems: ImportProblem[];
  problemCount: number;
}

/** Problems that an answer lists. */
const PROBLEMS = 1_000;
const VALUE_CHARS = 100;

/** Ends the transaction of an import that must leave nothing. */
class Undone extends Error {}

/**
 * Imports rows in one transaction: all, the good ones, or none. A row is held to everything that one is which is entered by hand.
 *
 * @throws ApiError `file-invalid` where the file is no table with the columns of the key
 */
export async function importRows(parts: Parts, caller: Caller, registerId: string, asked: AskedImport, key: string): Promise<ImportReport> {
  const sheet = await sheetOf(asked);
  let report: ImportReport | undefined;
  try {
    await inPatientTransaction(parts.db, caller.dealership, async (trx) => {
      const own = await findOwnRegister(trx, caller, registerId);
      assertReads(own);
      assertWrites(own);
      const run = new ImportRun(trx, own, sheet, asked, { by: caller.user, dealership: caller.dealership, key, atMs: parts.clock() });
      report = await run.run();
      if (!report.done) throw new Undone();
    });
  } catch (error) {
    if (!(error instanceof Undone)) throw error;
  }
  if (report === undefined) throw new Error('invariant: an import has a report');
  return report;
}

async function sheetOf({ format, file }: AskedImport): Promise<ReadSheet> {
  try {
    const bytes = Buffer.from(file, 'base64');
    return format === 'csv' ? readCsv(bytes) : await readXlsx(bytes);
  } catch (error) {
    throw error instanceof SheetError ? new ApiError('file-invalid', { params: { reason: error.message } }) : error;
  }
}

interface Origin {
  dealership: string;
  by: string;
  key: string;
  atMs: number;
}

class ImportRun {
  private readonly problems: ImportProblem[] = [];
  private readonly columns: (RegisterColumn | undefined)[];
  private readonly counts = { inserted: 0, updated: 0, unchanged: 0, skipped: 0, refused: 0 };
  private readonly seen = new Map<string, number>();

  constructor(
    private readonly trx: Transaction,
    private readonly own: OwnRegister,
    private readonly sheet: ReadSheet,
    private readonly asked: AskedImport,
    private readonly origin: Origin,
  ) {
    this.columns = sheet.header.map((title) => this.columnOf(title));
    const named = this.columns.filter((column) => column !== undefined);
    const twice = named.find((column, index) => named.indexOf(column) !== index);
    if (twice !== undefined) throw this.invalid(`column "${twice.name}" stands in the first row twice; leave one of them out`);
    const missing = own.register.key.find((name) => !named.some((column) => column.name === name));
    if (missing !== undefined)
      throw this.invalid(`the first row does not name the column "${missing}" of the key; write its title or its name there`);
  }

  async run(): Promise<ImportReport> {
    for (const row of this.sheet.rows) {
      const before = this.problems.length;
      const values = this.valuesOf(row);
      if (this.problems.length === before) await this.take(row.number, values);
      if (this.problems.length > before) this.counts.refused += 1;
    }
    const clean = this.problems.length === 0 || this.asked.mode === 'good-rows';
    return {
      done: clean && !this.asked.dryRun,
      ...this.counts,
      ignored: this.sheet.header.filter((title, index) => title !== '' && this.columns[index] === undefined).slice(0, PROBLEMS),
      problems: this.problems.slice(0, PROBLEMS),
      problemCount: this.problems.length,
    };
  }

  /** Computed columns and those that the caller does not see are no columns here. */
  private columnOf(title: string): RegisterColumn | undefined {
    const { columns } = this.own.seen;
    const byName = columns.find(({ name }) => name === title);
    if (byName !== undefined) return byName;
    const byTitle = columns.filter((column) => column.title.zh === title || column.title.en === title);
    if (byTitle.length > 1) throw this.invalid(`"${title}" is the title of several columns; write the name of the one that is meant`);
    return byTitle[0];
  }

  private valuesOf({ number, cells }: ReadSheet['rows'][number]): JsonObject {
    const values: JsonObject = {};
    this.columns.forEach((column, index) => {
      if (column === undefined) return;
      const cell = cells[index] ?? null;
      if (column.personal === true && cell === MASK) return;
      const read = readCell(kindOf(column), cell);
      if ('value' in read) values[column.name] = read.value;
      else this.report(number, column.name, read.reason, read.remedy);
    });
    return values;
  }

  private async take(number: number, values: JsonObject): Promise<void> {
    const { register } = this.own;
    const empty = register.key.filter((name) => (values[name] ?? null) === null);
    for (const name of empty) this.report(number, name, 'is empty, and belongs to the key', 'write a value');
    if (empty.length > 0) return;
    const unstorable = Object.keys(values).filter((name) => !isStorable(values[name] ?? null));
    for (const name of unstorable) this.report(number, name, 'has characters that cannot be stored', 'type the text anew');
    if (unstorable.length > 0) return;
    const key = keyText(register, values);
    const first = this.seen.get(key);
    if (first !== undefined) {
      this.report(number, register.key[0], `the key stands in row ${first} already`, 'leave one of the rows out');
      return;
    }
    this.seen.set(key, number);
    const row = await findRow(this.trx, this.origin.dealership, register, key);
    const changed = Object.entries(values).filter(([name, value]) => !isSame(row, name, value ?? null));
    if (row !== undefined && (changed.length === 0 || this.asked.onExisting === 'skip')) {
      this.counts[changed.length === 0 ? 'unchanged' : 'skipped'] += 1;
      return;
    }
    if (row !== undefined && this.asked.onExisting === 'refuse') {
      this.report(number, changed[0]?.[0], 'differs from the row that there is', 'ask for onExisting=update or skip, or leave the row out');
      return;
    }
    const barred = changed.filter(([name]) => !this.own.writable.some((column) => column.name === name));
    for (const [name] of barred) this.report(number, name, 'may not be set by you', 'leave the column out, or ask somebody who may set it');
    if (barred.length === 0)
      await this.write(number, row, Object.fromEntries(changed.map(([name, value]) => [name, value ?? null])), values);
  }

  /** Writes a row behind a savepoint, so that one which is refused leaves nothing. */
  private async write(number: number, row: RegisterRow | undefined, changed: JsonObject, values: JsonObject): Promise<void> {
    const { register } = this.own;
    const { key: idempotencyKey, ...origin } = this.origin;
    await this.trx.query('savepoint import_row');
    try {
      await changeRow(this.trx, {
        ...origin,
        register,
        kind: row === undefined ? 'insert' : 'update',
        key: Object.fromEntries(register.key.map((name) => [name, values[name] ?? null])),
        values: changed,
        ...(row === undefined ? {} : { expectedVersion: row.version }),
        idempotencyKey: `${idempotencyKey}#${number}`,
      });
      this.counts[row === undefined ? 'inserted' : 'updated'] += 1;
    } catch (error) {
      if (!(error instanceof RegisterConflict)) throw error;
      await this.trx.query('rollback to savepoint import_row');
      this.reportConflict(number, error);
    }
    await this.trx.query('release savepoint import_row');
  }

  private reportConflict(number: number, { message, details }: RegisterConflict): void {
    const remedy = 'correct the value, or leave the row out';
    const problems = details.problems ?? [];
    for (const one of problems) this.report(number, one.pointer.slice(1), one.message, remedy);
    if (problems.length === 0) this.report(number, details.columns?.[0], message, remedy);
  }

  private report(number: number, column: string | undefined, reason: string, remedy: string): void {
    const index = this.columns.findIndex((one) => one !== undefined && one.name === column);
    const cell = this.sheet.rows.find((row) => row.number === number)?.cells[index] ?? null;
    this.problems.push({
      sheet: this.sheet.name,
      cell: index < 0 ? String(number) : cellAddress(number, index + 1),
      column: column ?? null,
      value: cell === null ? null : shown(cell),
      reason,
      remedy,
    });
  }

  private invalid(reason: string): ApiError {
    return new ApiError('file-invalid', { params: { reason } });
  }
}

/** An empty cell says the same as an empty text; a row that there is not yet has no value anywhere. */
function isSame(row: RegisterRow | undefined, name: string, value: unknown): boolean {
  const stored = row?.values[name] ?? null;
  return stored === value || (value === null && (stored === '' || row === undefined));
}

function shown(cell: CellValue): string {
  const text = typeof cell === 'object' && cell !== null ? cell.date : String(cell);
  return text.length > VALUE_CHARS ? `${text.slice(0, VALUE_CHARS)}…` : text;
}

function kindOf({ type, schema }: RegisterColumn): CellKind {
  if (type.kind === 'number') return schema['type'] === 'integer' ? 'integer' : 'number';
  return type.kind === 'money' || type.kind === 'boolean' || type.kind === 'date' ? type.kind : 'text';
}
