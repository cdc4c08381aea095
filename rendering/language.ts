/** A language in which people read what is rendered. */
export type Language = 'zh' | 'en';

/** Words that stand on reports beside what a definition says. */
export const words = {
  zh: {
    total: '合计',
    yes: '是',
    no: '否',
    asOf: '数据截至',
    runAt: '生成时间',
    runBy: '生成人',
    version: '版本',
    revision: '本期第 {n} 版',
    correctsVersion: '更正版本 {n}',
    reason: '更正原因',
    corrections: '更正内容',
    place: '位置',
    column: '栏目',
    before: '原值',
    after: '新值',
    rowAdded: '新增一行',
    rowRemoved: '删除一行',
    totalsRow: '合计行',
    left: '另有 {n} 行因报表的行数限制未列出',
    noRows: '没有数据',
    report: '报表',
    period: '期间',
    about: '说明',
    chart: '图表',
    others: '其他',
    dealership: '经销商',
    page: '第 {n} 页，共 {of} 页',
  },
  en: {
    total: 'Total',
    yes: 'yes',
    no: 'no',
    asOf: 'As of',
    runAt: 'Run at',
    runBy: 'Run by',
    version: 'Version',
    revision: 'revision {n} of the period',
    correctsVersion: 'Corrects version {n}',
    reason: 'Reason',
    corrections: 'What was corrected',
    place: 'Where',
    column: 'Column',
    before: 'Before',
    after: 'After',
    rowAdded: 'row added',
    rowRemoved: 'row removed',
    totalsRow: 'totals',
    left: '{n} more rows are left out by the limit of the report',
    noRows: 'no rows',
    report: 'Report',
    period: 'Period',
    about: 'About',
    chart: 'Chart',
    others: 'others',
    dealership: 'Dealership',
    page: 'page {n} of {of}',
  },
} as const;

/** A text with the numbers that stand in its braces. */
export function filled(text: string, numbers: Record<string, number>): string {
  return text.replace(/\{(\w+)\}/gu, (_, name: string) => String(numbers[name] ?? ''));
}
