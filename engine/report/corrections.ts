import type { Json } from '../json';
import type { ReportCorrection, ReportTable, ReportTableRow } from './table';

type Contents = Pick<ReportTable, 'columns' | 'rows' | 'totals'>;

/** Corrections that are told one by one. */
const MOST_CORRECTIONS = 1_000;

/** What differs between a version and the one that it corrects: rows by their keys, cells by their columns; at most 1,000. */
export function correctionsOf(before: Contents, after: Contents): ReportCorrection[] {
  const old = new Map(before.rows.map((row) => [row.key, row]));
  const current = new Set(after.rows.map(({ key }) => key));
  const found: ReportCorrection[] = [];
  for (const row of after.rows) {
    const known = old.get(row.key);
    if (known === undefined) found.push(...whole('added', row, after));
    else found.push(...changed(row, labelOf(row, after), [before, known.cells], [after, row.cells]));
  }
  for (const row of before.rows) if (!current.has(row.key)) found.push(...whole('removed', row, before));
  if (before.totals !== null && after.totals !== null) found.push(...changed(null, '', [before, before.totals], [after, after.totals]));
  return found.slice(0, MOST_CORRECTIONS);
}

/** A row that has come or gone; of a subtotal its rows say so. */
function whole(kind: 'added' | 'removed', row: ReportTableRow, contents: Contents): ReportCorrection[] {
  if (row.subtotal !== undefined) return [];
  const cells = Object.fromEntries(contents.columns.map(({ id }, at) => [id, row.cells[at] ?? null]));
  const [before, after] = kind === 'removed' ? [cells, null] : [null, cells];
  return [{ row: row.key, label: labelOf(row, contents), kind, column: null, before, after }];
}

function changed(
  row: ReportTableRow | null,
  label: string,
  [before, oldCells]: [Contents, Json[]],
  [after, newCells]: [Contents, Json[]],
): ReportCorrection[] {
  return after.columns.flatMap(({ id, role }, at): ReportCorrection[] => {
    const place = before.columns.findIndex((column) => column.id === id);
    const [was, is] = [place < 0 ? null : (oldCells[place] ?? null), newCells[at] ?? null];
    if (role === 'comparison' || was === is) return [];
    const subtotal = row?.subtotal === undefined ? {} : { subtotal: true as const };
    return [{ row: row?.key ?? null, label, ...subtotal, kind: 'changed', column: id, before: was, after: is }];
  });
}

/** A row as people name it: by its groups, or its first cell. */
function labelOf(row: ReportTableRow, { columns }: Contents): string {
  const groups = row.cells.filter((_, at) => columns[at]?.role === 'group').slice(0, row.subtotal);
  return (groups.length > 0 ? groups : row.cells.slice(0, 1)).map((cell) => (cell === null ? '–' : String(cell))).join(' · ');
}
