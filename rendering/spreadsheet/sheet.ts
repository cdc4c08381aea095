/** What a cell holds. A formula is its result; a date has no time of day and no zone. */
export type CellValue = string | number | boolean | { date: string } | null;

/** A column of a sheet that is written. A cell of `dateTime` is a text such as 2026-03-05T09:12, without a zone, one of `duration` a number of days. */
export interface SheetColumn {
  title: string;
  kind: 'text' | 'number' | 'integer' | 'percent' | 'money' | 'boolean' | 'date' | 'dateTime' | 'duration';
}

/** A sheet that is written: a header that stays in sight, rows, and below them what they add up to. */
export interface WrittenSheet {
  name: string;
  columns: readonly SheetColumn[];
  rows: readonly (readonly CellValue[])[];
  totals?: readonly CellValue[];
  /** One a row: how deep it lies in the outline, at most 7, and whether it sums up what lies deeper above it. */
  outline?: readonly { level: number; sum?: true }[];
}

/** A workbook that is written. The same sheets of the same time give the same bytes. */
export interface WrittenWorkbook {
  sheets: readonly WrittenSheet[];
  /** When it was made. */
  atMs: number;
}

/** A table that was read: its first row names the columns. */
export interface ReadSheet {
  name: string;
  header: string[];
  /** `number` is the row's in the file, from 1. */
  rows: { number: number; cells: CellValue[] }[];
}

/** What a file may hold at most. */
export const SHEET_LIMITS = {
  bytes: 5 * 1024 * 1024,
  unpackedBytes: 50 * 1024 * 1024,
  rows: 5_000,
  columns: 200,
  exportedRows: 20_000,
  exportedCells: 500_000,
} as const;

/** Why a file cannot be read as a table. */
export class SheetError extends Error {
  override name = 'SheetError';
}

/** The address of a cell, such as B7; both count from 1. */
export function cellAddress(row: number, column: number): string {
  let letters = '';
  for (let rest = column; rest > 0; rest = Math.floor((rest - 1) / 26)) letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  return `${letters}${row}`;
}
