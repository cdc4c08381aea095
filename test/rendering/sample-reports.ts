import type { ReportColumn, ReportTable } from '../../engine/report/table';

const text = (zh: string, en: string) => ({ zh, en });

/** A daily report of two models, of which one has changed since the version before. */
export const dailySales: ReportTable = {
  report: 'daily-sales',
  title: text('每日销售', 'Daily sales'),
  dealership: { id: 'tianhe', title: text('天河店', 'Tianhe'), timezone: 'Asia/Shanghai' },
  version: 2,
  revision: 2,
  period: { key: '2026-03-05', every: 'day', label: text('2026年3月5日', '5 March 2026'), from: '2026-03-05', to: '2026-03-05' },
  asOf: '2026-03-05T18:00:00+08:00',
  runAt: '2026-03-05T10:01:02Z',
  runBy: 'finance@tianhe',
  columns: [
    { id: 'model', title: text('车型', 'Model'), type: 'string', role: 'group' },
    { id: 'count', title: text('台数', 'Cars'), type: 'number', format: 'integer', role: 'measure' },
    { id: 'amount', title: text('金额', 'Amount'), type: 'money', role: 'measure' },
    {
      id: 'amount.previousPeriod.change',
      title: text('环比', 'Change'),
      type: 'number',
      format: 'percent',
      role: 'comparison',
      compares: { measure: 'amount', with: 'previousPeriod', shows: 'change' },
    },
    { id: 'last', title: text('最近一笔', 'Last'), type: 'dateTime', role: 'measure' },
    { id: 'day', title: text('交车日', 'Handed over'), type: 'date', role: 'measure' },
    { id: 'took', title: text('平均用时', 'Took'), type: 'duration', role: 'measure' },
    { id: 'paid', title: text('付清', 'Paid'), type: 'boolean', role: 'measure' },
  ],
  rows: [
    { key: 'gs8', cells: ['传祺 GS8 <尊享>', 12, '3096000.00', 0.1234, '2026-03-05T09:12:30.5Z', '2026-03-05', 'P1DT2H30M', true] },
    { key: '=1+1', cells: ['=1+1', 3, '-0.10', -0.5, null, null, 'PT0S', false] },
  ],
  totals: [null, 15, '3095999.90', null, null, null, null, null],
  left: 0,
  chart: { kind: 'bar', category: 'model', values: ['amount', 'count'] },
  corrects: { version: 1, reason: '漏记一台' },
  corrections: [{ row: 'gs8', label: '传祺 GS8 <尊享>', kind: 'changed', column: 'count', before: 11, after: 12 }],
};

/** Sales of two salesmen by model and state, with a subtotal of each salesman and model; states have titles. */
export const subtotalled: ReportTable = {
  ...dailySales,
  report: 'sales-by-salesman',
  columns: [
    { id: 'salesman', title: text('销售员', 'Salesman'), type: 'string', role: 'group' },
    { id: 'model', title: text('车型', 'Model'), type: 'string', role: 'group' },
    {
      id: 'state',
      title: text('状态', 'State'),
      type: 'string',
      role: 'group',
      valueTitles: { booked: text('已订', 'Booked'), paid: text('已付', 'Paid') },
    },
    { id: 'amount', title: text('金额', 'Amount'), type: 'money', role: 'measure' },
  ],
  rows: [
    { key: '["li","A6","booked"]', cells: ['li', 'A6', 'booked', '10.00'] },
    { key: '["li","A6","paid"]', cells: ['li', 'A6', 'paid', '20.00'] },
    { key: '["li","A6"]', subtotal: 2, cells: ['li', 'A6', null, '30.00'] },
    { key: '["li"]', subtotal: 1, cells: ['li', null, null, '30.00'] },
    { key: '[null,"Q5","constructor"]', cells: [null, 'Q5', 'constructor', '5.00'] },
    { key: '[null,"Q5"]', subtotal: 2, cells: [null, 'Q5', null, '5.00'] },
    { key: '[null]', subtotal: 1, cells: [null, null, null, '5.00'] },
  ],
  totals: [null, null, null, '35.00'],
  chart: { kind: 'bar', category: 'salesman', values: ['amount'] },
  corrections: [
    { row: '["li","A6","paid"]', label: 'li · A6 · paid', kind: 'changed', column: 'amount', before: '19.00', after: '20.00' },
    { row: '["li"]', label: 'li', subtotal: true, kind: 'changed', column: 'amount', before: '29.00', after: '30.00' },
    {
      row: '["wu","Q5","booked"]',
      label: 'wu · Q5 · booked',
      kind: 'removed',
      column: null,
      before: { salesman: 'wu', model: 'Q5', state: 'booked', amount: '1.00' },
      after: null,
    },
  ],
};

/** A report of so many rows with long texts. */
export function longReport(rows: number, columns = 6): ReportTable {
  const all = Array.from({ length: columns }, (_, index): ReportColumn => {
    const title = text(`第${index + 1}栏`, `Column ${index + 1}`);
    return { id: `c${index}`, title, type: index === 1 ? 'money' : 'string', role: 'detail' };
  });
  const cell = (row: number, index: number) => {
    if (index === 1) return `${row * 1000}.50`;
    return index === 2 ? `https://example.com/${'x'.repeat(60)}/${row}` : `广州市天河区中山大道西${row}号院${index}栋`;
  };
  return {
    ...dailySales,
    report: 'long',
    columns: all,
    rows: Array.from({ length: rows }, (_, row) => ({ key: String(row), cells: all.map((_, index) => cell(row, index)) })),
    totals: null,
    chart: null,
    corrects: null,
    corrections: [],
  };
}
