import type { Complaint } from './finding';
import { quoted } from './suggestion';

/** A value without quotes that other readers of YAML, or the person who wrote it, take for something else. */
export function scalarTrap(source: string, value: unknown): Complaint | undefined {
  return typeof value === 'number' ? numberTrap(source, value) : textTrap(source);
}

function numberTrap(source: string, value: number): Complaint | undefined {
  const inQuotes = `put it in quotes if it is a text: "${shortened(source)}"`;
  if (/^[-+]?0[0-9]+$/u.test(source)) {
    const message = `${quoted(source)} is the number ${value} here and an octal number elsewhere`;
    return { rule: 'yaml-octal', message, remedy: `${inQuotes}; if it is a number, leave the zero out` };
  }
  if (/^[-+]?0o/u.test(source)) {
    return { rule: 'yaml-octal', message: `${quoted(source)} is the octal number ${value}`, remedy: `${inQuotes}; else write ${value}` };
  }
  if (/^[-+]?0x/u.test(source)) {
    const message = `${quoted(source)} is the hexadecimal number ${value}`;
    return { rule: 'yaml-number', message, remedy: `${inQuotes}; else write ${value}` };
  }
  // a number that nobody writes otherwise surprises nobody
  if (/e/iu.test(source) && Number.isFinite(value) && String(value) !== source.toLowerCase()) {
    return { rule: 'yaml-number', message: `${quoted(source)} is the number ${value}`, remedy: `${inQuotes}; else write ${value}` };
  }
  if (source.replace(/[^0-9]/gu, '').replace(/^0+/u, '').length > 15) {
    const message = `${quoted(source)} has more digits than a number keeps`;
    return { rule: 'yaml-number', message, remedy: inQuotes };
  }
  return undefined;
}

function textTrap(source: string): Complaint | undefined {
  if (source.length > 40) return undefined;
  if (/^(yes|no|on|off)$/iu.test(source)) {
    const truth = /^(yes|on)$/iu.test(source);
    const message = `${quoted(source)} is a text here and ${truth} elsewhere`;
    return {
      rule: 'yaml-boolean-word',
      severity: 'warning',
      message,
      remedy: `put it in quotes: "${source}"; if it is no text, write ${truth}`,
    };
  }
  if (/^[-+]?\d+(:[0-5]?\d)+$/u.test(source)) {
    const message = `${quoted(source)} is a text here and a number of base 60 elsewhere`;
    return { rule: 'yaml-sexagesimal', severity: 'warning', message, remedy: `put it in quotes: "${source}"` };
  }
  if (/^[-+]?\d[\d_]*_[\d_]*$/u.test(source)) {
    const plain = source.replaceAll('_', '');
    const message = `${quoted(source)} is a text here and the number ${plain} elsewhere`;
    return { rule: 'yaml-number', message, remedy: `write ${plain}, or put it in quotes` };
  }
  return undefined;
}

function shortened(source: string): string {
  return source.length > 60 ? `${source.slice(0, 57)}...` : source;
}
