import type { CompiledReport } from './report';
import type { ReportTableRow } from './table';

type Order = (left: ReportTableRow, right: ReportTableRow) => number;

/**
 * The rows of a report that counts in the order in which they are shown, cut by its limit. With subtotals the rows of a group stay together: they stand
 * before its subtotal, and groups are ordered by what their subtotals say. A subtotal is of all rows of its group, those that are left out included.
 */
export function linesOf(
  rows: readonly ReportTableRow[],
  { groups, limit, subtotals }: Pick<CompiledReport, 'groups' | 'limit' | 'subtotals'>,
  order: Order,
): { shown: ReportTableRow[]; left: number } {
  const isWhole = ({ subtotal }: ReportTableRow) => subtotal === undefined;
  const count = rows.filter(isWhole).length;
  const most = limit ?? count;
  if (subtotals === undefined) return { shown: rows.toSorted(order).slice(0, most), left: Math.max(0, count - most) };
  const below = new Map<string, ReportTableRow[]>();
  for (const row of rows) {
    const key = beginning(row.key, (row.subtotal ?? groups.length) - 1);
    const siblings = below.get(key);
    if (siblings === undefined) below.set(key, [row]);
    else siblings.push(row);
  }
  const shown: ReportTableRow[] = [];
  let room = most;
  const add = (key: string): void => {
    for (const row of (below.get(key) ?? []).toSorted(order)) {
      if (room === 0) return;
      if (row.subtotal === undefined) {
        shown.push(row);
        room -= 1;
        continue;
      }
      add(row.key);
      if (subtotals.includes(row.subtotal)) shown.push(row);
    }
  };
  add('[]');
  return { shown, left: Math.max(0, count - most) };
}

/** The key of the first groups of a row. */
function beginning(key: string, groups: number): string {
  return JSON.stringify((JSON.parse(key) as unknown[]).slice(0, groups));
}
