import nzh from 'nzh';
import type { FilledTemplate, FilledValue } from '../../engine/template/fill-template';
import { cellText } from '../report/cell-text';

/** Digits before the point of an amount that has a name in capital figures. */
const CAPITAL_AMOUNT = /^-?\d{1,16}(\.\d+)?$/u;

/** The text of a value on a document; one that is not there is empty. */
export function valueText(
  { value, kind, show }: FilledValue,
  { language, timezone }: Pick<FilledTemplate, 'language' | 'timezone'>,
): string {
  if (value === null) return '';
  if (show === 'capitals') return capitals(String(value));
  if (kind === 'any' || kind === 'context' || kind === 'list' || kind === 'string') {
    return typeof value === 'string' ? value : cellText(value, { type: 'string' }, language, timezone);
  }
  return cellText(value, { type: kind }, language, timezone);
}

/** An amount in Chinese capital figures, as receipts have it: 人民币贰拾伍万捌仟元整. What is below a fen is rounded away from zero at its half. */
export function capitals(amount: string): string {
  if (!CAPITAL_AMOUNT.test(amount)) return amount;
  return nzh.cn.toMoney(inFen(amount), { forceZheng: true });
}

function inFen(amount: string): string {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/u.exec(amount) ?? [];
  const fen = BigInt(whole + fraction.padEnd(2, '0').slice(0, 2)) + (Number(fraction[2] ?? 0) >= 5 ? 1n : 0n);
  const digits = String(fen).padStart(3, '0');
  return `${fen === 0n ? '' : sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** A label before its value. */
export function labelled(label: string, language: FilledTemplate['language']): string {
  return language === 'zh' ? `${label}：` : `${label}: `;
}

/** Whether a value is lined up at the right end of its column. */
export function isRight({ kind, show }: FilledValue): boolean {
  return show === undefined && (kind === 'money' || kind === 'number');
}
