import type { Json } from '../json';

/** Words of people for a unit, and how ISO 8601 writes it. */
const units: [RegExp, (amount: string) => string][] = [
  [/^(w|weeks?|周|星期)$/iu, (amount) => `P${amount}W`],
  [/^(d|days?|天|日)$/iu, (amount) => `P${amount}D`],
  [/^(h|hrs?|hours?|小时|个小时)$/iu, (amount) => `PT${amount}H`],
  [/^(m|mins?|minutes?|分|分钟)$/iu, (amount) => `PT${amount}M`],
  [/^(s|secs?|seconds?|秒)$/iu, (amount) => `PT${amount}S`],
];

/** How a duration that somebody wrote in words is written in ISO 8601; undefined where it is none. */
export function durationAdvice(value: Json): string | undefined {
  if (typeof value === 'number') return Number.isInteger(value) && value > 0 ? `PT${value}H for hours, P${value}D for days` : undefined;
  if (typeof value !== 'string') return undefined;
  const [, amount = '', unit = ''] = /^(\d+)\s*(\p{L}+)$/u.exec(value.trim()) ?? [];
  const write = units.find(([words]) => words.test(unit))?.[1];
  if (write !== undefined) return write(amount);
  // the letter before hours, minutes and seconds is what is left out most often
  const time = /^P(\d+[HS])$/iu.exec(value);
  return time === null ? undefined : `PT${time[1]?.toUpperCase()}`;
}

/** True for a text that is a duration as it should be. */
export function isDurationText(value: Json): value is string {
  return typeof value === 'string' && /^P(?=\d|T\d)(\d+W)?(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?$/u.test(value);
}
