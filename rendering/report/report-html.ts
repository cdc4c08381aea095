import type { ReportColumn, ReportTable } from '../../engine/report/table';
import { filled, type Language, words } from '../language';
import { isNumeric } from './cell-text';
import { reportChart } from './report-chart';
import { correctionTexts, facts, periodText, rowTexts, totalTexts } from './report-sections';

const style = `
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; color: #1a1a1a; background: #fff;
  font: 15px/1.5 system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", sans-serif; }
h1 { margin: 0 0 .25rem; font-size: 1.5rem; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1.1rem; }
p { margin: .25rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .75rem 0; font-size: .9rem; }
dt { color: #555; }
dd { margin: 0; }
figure { margin: 1rem 0; }
svg { max-width: 100%; height: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .4rem 0; }
th, td { border: 1px solid #bbb; padding: .3rem .55rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; white-space: pre-line; }
thead th { background: #e8eef7; }
.number { text-align: right; overflow-wrap: normal; white-space: nowrap; }
tbody tr:nth-child(even) { background: #f7f7f7; }
tbody tr.subtotal td, tbody tr.subtotal th { font-weight: 600; background: #eef1f5; }
tfoot td, tfoot th { font-weight: 700; border-top: 2px solid #555; background: #f1f1f1; }
.changed { outline: 2px solid #b45309; outline-offset: -2px; }
@page { margin: 14mm; }
@media print {
  body { padding: 0; max-width: none; font-size: 11px; }
  .wide { overflow: visible; }
  thead { display: table-header-group; }
  tfoot { display: table-row-group; }
  tr, figure { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}`;

/** A page that holds everything it shows: no script, no request to anybody; read by screen readers, printed with its header on every page. */
export function reportHtml(table: ReportTable, language: Language): string {
  const word = words[language];
  const title = table.title[language];
  const heading = table.period === null ? title : `${title} · ${periodText(table, language)}`;
  return `<!DOCTYPE html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(heading)}</title>
<style>${style}
</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
<dl>${facts(table, language)
    .map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`)
    .join('')}</dl>
</header>
<main>
${chartOf(table, language)}<div class="wide">
<table>
<caption>${escaped(heading)}</caption>
<thead><tr>${table.columns.map((column) => `<th scope="col"${classOf(column)}>${escaped(column.title[language])}</th>`).join('')}</tr></thead>
<tbody>
${bodyOf(table, language)}</tbody>
${footOf(table, language)}</table>
</div>
${table.left > 0 ? `<p>${escaped(filled(word.left, { n: table.left }))}</p>\n` : ''}${correctionsOf(table, language)}</main>
</body>
</html>
`;
}

function chartOf(table: ReportTable, language: Language): string {
  const look = { width: 900, height: 340, fontFamily: 'system-ui, PingFang SC, Microsoft YaHei, Noto Sans SC, sans-serif' };
  const svg = reportChart(table, language, look);
  if (svg === undefined) return '';
  const label = `${words[language].chart}: ${table.title[language]}`;
  return `<figure>${svg.replace('<svg ', `<svg role="img" aria-label="${escaped(label)}" `)}</figure>\n`;
}

function bodyOf(table: ReportTable, language: Language): string {
  if (table.rows.length === 0) return `<tr><td colspan="${table.columns.length}">${escaped(words[language].noRows)}</td></tr>\n`;
  const changed = new Set(table.corrections.map(({ row, column }) => `${row} ${column ?? ''}`));
  return table.rows
    .map((row) => {
      const cells = rowTexts(table, row, language).map((text, index) => {
        const column = table.columns[index] as ReportColumn;
        const isChanged = changed.has(`${row.key} ${column.id}`) || changed.has(`${row.key} `);
        const isHead = index === 0 && column.role === 'group';
        const tag = isHead ? 'th scope="row"' : 'td';
        return `<${tag}${classOf(column, isChanged)}>${escaped(text)}</${isHead ? 'th' : 'td'}>`;
      });
      return `<tr${row.subtotal === undefined ? '' : ' class="subtotal"'}>${cells.join('')}</tr>\n`;
    })
    .join('');
}

function footOf(table: ReportTable, language: Language): string {
  const texts = totalTexts(table, language);
  if (texts === undefined) return '';
  const cells = texts.map((text, index) => `<td${classOf(table.columns[index] as ReportColumn)}>${escaped(text)}</td>`);
  return `<tfoot><tr>${cells.join('')}</tr></tfoot>\n`;
}

function correctionsOf(table: ReportTable, language: Language): string {
  if (table.corrects === null) return '';
  const { corrections, place, column, before, after } = words[language];
  const heads = [place, column, before, after].map((text) => `<th scope="col">${text}</th>`).join('');
  const rows = correctionTexts(table, language).map((texts) => `<tr>${texts.map((text) => `<td>${escaped(text)}</td>`).join('')}</tr>\n`);
  return `<section>\n<h2>${corrections}</h2>\n<table>\n<thead><tr>${heads}</tr></thead>\n<tbody>\n${rows.join('')}</tbody>\n</table>\n</section>\n`;
}

function classOf(column: ReportColumn, isChanged = false): string {
  const classes = [...(isNumeric(column) ? ['number'] : []), ...(isChanged ? ['changed'] : [])];
  return classes.length === 0 ? '' : ` class="${classes.join(' ')}"`;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => entities[character] ?? '');
}
