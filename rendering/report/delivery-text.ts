import { type ReportTable, rowCount } from '../../engine/report/table';
import type { Language } from '../language';
import { localTime } from './cell-text';
import { correctionTexts } from './report-sections';

/** Corrections that a message tells; the report itself tells all. */
const TOLD = 20;

/** What a message about a report is called. */
export function deliveryTitle(table: ReportTable, language: Language): string {
  const { title, period, corrects, dealership } = table;
  const parts = [dealership.title[language], title[language], ...(period === null ? [] : [period.label[language]])];
  const corrected = {
    zh: `（第${table.version}版，更正第${corrects?.version}版）`,
    en: ` (version ${table.version}, corrects ${corrects?.version})`,
  };
  return parts.join(' · ') + (corrects === null ? '' : corrected[language]);
}

/** What a message about a report says: the words of who sends it, of which version it is, and what was corrected. */
export function deliveryText(table: ReportTable, language: Language, words: string | undefined): string {
  const { corrects, corrections, version, dealership } = table;
  const asOf = localTime(table.asOf, dealership.timezone) ?? table.asOf;
  const rows = rowCount(table);
  const about = {
    zh: `《${table.title.zh}》${table.period?.label.zh ?? ''}，第${version}版，共${rows}行，数据截至${asOf}。`,
    en: `${table.title.en}${table.period === null ? '' : `, ${table.period.label.en}`}: version ${version}, ${rows} rows, as of ${asOf}.`,
  };
  const lines = [...(words === undefined ? [] : [words, '']), about[language]];
  if (corrects !== null) {
    const reason = corrects.reason ?? '';
    lines.push(
      {
        zh: `更正第${corrects.version}版${reason === '' ? '' : `：${reason}`}`,
        en: `It corrects version ${corrects.version}${reason === '' ? '' : `: ${reason}`}`,
      }[language],
    );
    lines.push(...toldOf(table, language).map((one) => `- ${one}`));
    if (corrections.length > TOLD)
      lines.push({ zh: `- 等共${corrections.length}处`, en: `- and ${corrections.length - TOLD} more` }[language]);
  }
  return lines.join('\n');
}

function toldOf(table: ReportTable, language: Language): string[] {
  const corrections = table.corrections.slice(0, TOLD);
  const texts = correctionTexts({ ...table, corrections }, language);
  return corrections.map(({ kind, row }, index) => {
    const [where = '', column = '', before = '', after = ''] = texts[index] ?? [];
    const place = row === null ? { zh: '合计', en: 'total' }[language] : where;
    if (kind === 'added') return { zh: `新增：${place}`, en: `added: ${place}` }[language];
    if (kind === 'removed') return { zh: `删除：${place}`, en: `removed: ${place}` }[language];
    return { zh: `${place}，${column}：${before} → ${after}`, en: `${place}, ${column}: ${before} → ${after}` }[language];
  });
}
