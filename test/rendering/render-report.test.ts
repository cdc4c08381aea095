import { Workbook } from '@cj-tech-master/excelts';
import { Window } from 'happy-dom';
import type { ReportTable } from '../../engine/report/table';
import { deliveryText } from '../../rendering/report/delivery-text';
import { type ReportFormat, renderReport } from '../../rendering/report/render-report';
import { readXlsx } from '../../rendering/spreadsheet/xlsx';
import { dailySales, longReport, subtotalled } from './sample-reports';
import { textOfPdf } from './text-of-pdf';

const rendered = async (table: ReportTable, format: ReportFormat, language: 'zh' | 'en' = 'zh') => renderReport(table, format, language);

async function pageOf(table: ReportTable, language: 'zh' | 'en' = 'zh') {
  const html = (await rendered(table, 'html', language)).content.toString();
  return { html, document: new new Window().DOMParser().parseFromString(html, 'text/html') };
}

it.each(['json', 'html', 'xlsx', 'pdf'] as const)(
  '[L25.7] the same report as %s has the same bytes, and a name that says what it is',
  async (format) => {
    const one = await rendered(dailySales, format);
    const two = await rendered(structuredClone(dailySales), format);
    expect(one.name).toBe(`daily-sales-2026-03-05-v2.${format}`);
    expect(one.content.equals(two.content)).toBe(true);
  },
);

describe('a report as HTML', () => {
  it('[L25.7] holds all that it shows: no script, no address but the name of the SVG format', async () => {
    const { html } = await pageOf(dailySales);
    expect(html).not.toMatch(/<script|<link|<img|javascript:|@import|url\(/iu);
    expect(html.match(/https?:[^"]+/gu)).toEqual(['http://www.w3.org/2000/svg', 'http://www.w3.org/1999/xlink']);
  });

  it('[L25.7] is read by a screen reader: language, one heading, a caption, heads with their scope, a chart with its name', async () => {
    const { document } = await pageOf(dailySales, 'en');
    expect(document.documentElement.lang).toBe('en');
    expect(document.querySelectorAll('h1')).toHaveLength(1);
    expect(document.querySelector('caption')?.textContent).toBe('Daily sales · 5 March 2026');
    expect([...document.querySelectorAll('main > .wide th')].map((head) => head.getAttribute('scope'))).toEqual([
      ...dailySales.columns.map(() => 'col'),
      'row',
      'row',
    ]);
    expect(document.querySelector('svg')?.getAttribute('aria-label')).toBe('Chart: Daily sales');
  });

  it('[L25.7] shows each cell for people, in their language, texts of the data as texts', async () => {
    const { html, document } = await pageOf(dailySales);
    const rows = [...document.querySelectorAll('main > .wide tr')].map((row) => [...row.children].map((cell) => cell.textContent));
    expect(rows).toEqual([
      ['车型', '台数', '金额', '环比', '最近一笔', '交车日', '平均用时', '付清'],
      ['传祺 GS8 <尊享>', '12', '3,096,000.00', '+12.3%', '2026-03-05 17:12', '2026-03-05', '1 天 2 小时 30 分', '是'],
      ['=1+1', '3', '-0.10', '-50.0%', '–', '–', '0 分', '否'],
      ['合计', '15', '3,095,999.90', '', '', '', '', ''],
    ]);
    expect(html).not.toContain('<尊享>');
    expect(document.querySelector('.changed')?.textContent).toBe('12');
    expect(document.querySelector('section')?.textContent).toContain('11');
    expect((await pageOf(dailySales, 'en')).document.querySelector('tbody tr')?.textContent).toContain('1 d 2 h 30 min');
    const columns = dailySales.columns.map((column) => (column.id === 'took' ? { ...column, format: 'hours' as const } : column));
    const { document: inHours } = await pageOf({ ...dailySales, columns }, 'en');
    expect(inHours.querySelector('tbody tr')?.textContent).toContain('26 h 30 min');
  });
});

describe('a report with subtotals and titles of values', () => {
  it('[L22.14] shows the titles, in the language of the reader, in cells, corrections and messages', async () => {
    const { document } = await pageOf(subtotalled, 'en');
    const rows = [...document.querySelectorAll('main > .wide tbody tr')].map((row) => [...row.children].map((cell) => cell.textContent));
    expect(rows).toEqual([
      ['li', 'A6', 'Booked', '10.00'],
      ['li', 'A6', 'Paid', '20.00'],
      ['li', 'A6', 'Subtotal', '30.00'],
      ['li', 'Subtotal', '', '30.00'],
      ['–', 'Q5', 'constructor', '5.00'],
      ['–', 'Q5', 'Subtotal', '5.00'],
      ['–', 'Subtotal', '', '5.00'],
    ]);
    const corrected = [...document.querySelectorAll('section tbody tr')].map((row) => [...row.children].map((cell) => cell.textContent));
    expect(corrected).toEqual([
      ['li · A6 · Paid', 'Amount', '19.00', '20.00'],
      ['li · Subtotal', 'Amount', '29.00', '30.00'],
      ['wu · Q5 · Booked', 'row removed', 'Amount 1.00', ''],
    ]);
    expect(deliveryText(subtotalled, 'zh', undefined).split('\n').slice(2)).toEqual([
      '- li · A6 · 已付，金额：19.00 → 20.00',
      '- li · 小计，金额：29.00 → 30.00',
      '- 删除：wu · Q5 · 已订',
    ]);
  });

  it('[L22.12] folds up in a workbook, and draws its subtotals', async () => {
    const workbook = new Workbook();
    await workbook.xlsx.load((await rendered(subtotalled, 'xlsx')).content);
    const [sheet] = workbook.worksheets;
    const rows = [2, 3, 4, 5, 6, 7, 8].map((number) => sheet?.getRow(number));
    expect(rows.map((row) => row?.outlineLevel ?? 0)).toEqual([2, 2, 1, 0, 2, 1, 0]);
    expect(rows.map((row) => row?.font?.bold === true)).toEqual([false, false, true, true, false, true, true]);
    expect([3, 4, 5].map((number) => ['B', 'C', 'D'].map((column) => sheet?.getCell(`${column}${number}`).value))).toEqual([
      ['A6', '已付', 20],
      ['A6', '小计', 30],
      ['小计', null, 30],
    ]);
    const { document } = await pageOf(subtotalled);
    const drawn = [...document.querySelectorAll('svg text')].map((one) => one.textContent);
    expect(drawn.filter((one) => one === 'li' || one === 'A6')).toEqual(['li']);
    expect((await rendered(subtotalled, 'pdf')).content.length).toBeGreaterThan(1000);
  });
});

describe('a report as a workbook', () => {
  it('[L25.8] opened again has the cells with their types, and no formula', async () => {
    const workbook = new Workbook();
    await workbook.xlsx.load((await rendered(dailySales, 'xlsx')).content);
    const [sheet, about, corrections] = workbook.worksheets;
    const values = (row: number) => dailySales.columns.map((_, index) => sheet?.getRow(row).getCell(index + 1).value);
    expect(values(2)).toEqual([
      '传祺 GS8 <尊享>',
      12,
      3096000,
      0.1234,
      new Date('2026-03-05T17:12:00Z'),
      new Date('2026-03-05T00:00:00Z'),
      expect.any(Date),
      true,
    ]);
    expect(values(3).slice(0, 6)).toEqual(['=1+1', 3, -0.1, -0.5, null, null]);
    const took = sheet?.getCell('G2');
    expect([took?.numFmt, Math.round((Number(took?.value) - Date.UTC(1899, 11, 30)) / 60_000)]).toEqual(['[h]:mm', 26.5 * 60]);
    expect(values(4)).toEqual(['合计', 15, 3095999.9, null, null, null, null, null]);
    expect(sheet?.getCell('A3').formula).toBeUndefined();
    expect(['B2', 'C2', 'D2', 'E2', 'F2'].map((cell) => sheet?.getCell(cell).numFmt)).toEqual([
      '#,##0',
      '#,##0.00',
      '0.0%',
      'yyyy-mm-dd hh:mm',
      'yyyy-mm-dd',
    ]);
    expect([sheet?.name, sheet?.views[0]]).toMatchObject(['每日销售', { state: 'frozen', ySplit: 1 }]);
    expect([about?.getCell('A1').value, about?.getCell('B1').value]).toEqual(['报表', '每日销售']);
    expect(corrections?.getRow(2).getCell(3).value).toBe('11');
  });

  it('[L25.8] is read by what reads files of rows', async () => {
    const { header, rows } = await readXlsx((await rendered(dailySales, 'xlsx', 'en')).content);
    expect(header.slice(0, 3)).toEqual(['Model', 'Cars', 'Amount']);
    expect(rows[0]?.cells.slice(0, 3)).toEqual(['传祺 GS8 <尊享>', 12, 3096000]);
  });

  it('[L25.8] keeps an amount that has more digits than a cell as a text, and titles that are the same apart', async () => {
    const columns = dailySales.columns.map((column) => ({ ...column, title: { zh: '同', en: 'Same' } }));
    const rows = [{ key: 'a', cells: ['x', 1, '12345678901234567.89', 0, null, null, null, null] }];
    const { header, rows: read } = await readXlsx((await rendered({ ...dailySales, columns, rows, totals: null }, 'xlsx')).content);
    expect(new Set(header).size).toBe(8);
    expect(read[0]?.cells[2]).toBe('12345678901234567.89');
  });
});

describe('a report as PDF', () => {
  it('[L25.9] has its font inside, its time, its pages, and draws its chart', async () => {
    const { content } = await rendered(dailySales, 'pdf');
    const text = content.toString('latin1');
    expect(text.startsWith('%PDF-')).toBe(true);
    expect(text).toMatch(/\/BaseFont \/[A-Z]{6}\+NotoSansHans-Bold/u);
    expect(text).toContain('(D:20260305100102Z)');
    const without = await rendered({ ...dailySales, chart: null }, 'pdf');
    expect(content.length).toBeGreaterThan(without.content.length);
  });

  it.each(['bar', 'line', 'pie'] as const)('[L25.9] draws a chart of kind %s', async (kind) => {
    const chart = { kind, category: 'model', values: ['amount'] };
    const { document } = await pageOf({ ...dailySales, chart });
    const names = [...document.querySelectorAll('svg text')].map((text) => text.textContent ?? '');
    expect(names.some((name) => name.startsWith('传祺 GS8'))).toBe(true);
  });

  it('[L25.9] is written where it has no rows, or far more columns than fit', async () => {
    expect((await rendered({ ...dailySales, rows: [], totals: null }, 'pdf')).content.length).toBeGreaterThan(1000);
    const lines = textOfPdf((await rendered(longReport(2, 30), 'pdf', 'en')).content)
      .join('\n')
      .split('\n');
    const heads = [...new Set(lines.filter((line) => line.includes('Column')))];
    expect(heads.filter((head) => head.startsWith('Column 1Column'))).toHaveLength(3);
    expect(heads.at(-1)).toMatch(/Column 30$/u);
  });

  it('[L25.9] is refused where it would be too long, with what to take instead', async () => {
    await expect(rendered(longReport(2_001), 'pdf')).rejects.toThrow(/at most 2000 rows and 20000 cells; take xlsx/u);
    await expect(rendered(longReport(1_000, 30), 'pdf')).rejects.toThrow(/take xlsx/u);
    await expect(rendered(longReport(20_001, 1), 'html')).rejects.toThrow(/at most 20000 rows/u);
  });
});
