import type { Json } from '../../engine/json';
import type { ReportColumn, ReportTable, ReportTableRow } from '../../engine/report/table';
import { type ChartLook, chartSvg } from '../chart/chart-svg';
import { type Language, words } from '../language';
import { cellText } from './cell-text';

/** Rows that a chart shows at most: the first ones of the report, or its first subtotals. */
const CHART_ROWS = 60;

/** The chart of a report as SVG; undefined where it has none, or nothing to draw. */
export function reportChart(table: ReportTable, language: Language, look: ChartLook): string | undefined {
  const { chart, columns, dealership } = table;
  if (chart === null) return undefined;
  const place = (id: string) => columns.findIndex((column) => column.id === id);
  const category = columns[place(chart.category)];
  const series = chart.values.map((id) => place(id)).filter((index) => index >= 0);
  const rows = rowsBy(table, place(chart.category)).slice(0, CHART_ROWS);
  if (category === undefined || series.length === 0 || rows.length === 0) return undefined;
  const first = columns[series[0] ?? 0];
  const values = series.map((index) => ({
    name: columns[index]?.title[language] ?? '',
    values: rows.map(({ cells }) => numberOf(cells[index] ?? null)),
    ...(unitOf(columns[index]) === unitOf(first) ? {} : { right: true as const }),
  }));
  if (values.every((one) => one.values.every((value) => value === null))) return undefined;
  return chartSvg(
    {
      kind: chart.kind,
      categories: rows.map(({ cells }) => cellText(cells[place(chart.category)] ?? null, category, language, dealership.timezone)),
      series: values,
      rest: words[language].others,
    },
    look,
  );
}

/** Where there are subtotals by the category and no finer, these; the rows themselves otherwise. */
function rowsBy({ rows }: ReportTable, category: number): ReportTableRow[] {
  const subtotals = rows.filter(({ subtotal }) => subtotal === category + 1);
  return subtotals.length > 0 ? subtotals : rows.filter(({ subtotal }) => subtotal === undefined);
}

function numberOf(cell: Json): number | null {
  if (typeof cell !== 'number' && typeof cell !== 'string') return null;
  const number = Number(cell);
  return cell === '' || !Number.isFinite(number) ? null : number;
}

/** What a column counts in: an axis measures one unit. */
function unitOf(column: ReportColumn | undefined): string {
  return `${column?.type} ${column?.format === 'percent' ? 'percent' : ''}`;
}
