import type { YAMLParseError } from 'yaml';
import type { Complaint } from './finding';

const indentation: [string, string] = [
  'this line is not indented like the lines that it belongs to',
  'line it up with the keys above it: two spaces further in than what it belongs to',
];

/** By the parser's code: what is wrong, and what to write instead. */
const explanations: Partial<Record<YAMLParseError['code'], [string, string]>> = {
  BLOCK_AS_IMPLICIT_KEY: ['a value may not hold ": "', `put the whole value in single quotes: 'a: b'`],
  BLOCK_IN_FLOW: ['a value between brackets may not hold ": "', `put the whole value in single quotes: 'a: b'`],
  BAD_INDENT: indentation,
  TAB_AS_INDENT: ['a line is indented with a tab', 'indent with spaces'],
  MULTILINE_IMPLICIT_KEY: ['this is no "key: value"', 'write a colon and a space after the key, or "- " before the item of a list'],
  BAD_SCALAR_START: ['a value may not begin with this character', 'put the value in quotes'],
  BAD_DQ_ESCAPE: ['a backslash in double quotes begins a special character', 'use single quotes, or write the backslash twice'],
};

/** A parser's error in words for whoever wrote the document. */
export function syntaxComplaint(error: Pick<YAMLParseError, 'code' | 'message'>): Complaint {
  const text = (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/u, '').replace(/[.:]$/u, '');
  const [message, remedy] = explanations[error.code] ??
    missingCharacter(text) ?? [
      text.charAt(0).toLowerCase() + text.slice(1),
      'check the indentation, the colons, the brackets and the quotes',
    ];
  return { rule: 'yaml-syntax', message, remedy };
}

function missingCharacter(text: string): [string, string] | undefined {
  if (text.startsWith('Sequence item without')) return indentation;
  if (text.startsWith('Missing closing')) return ['a quote is opened and not closed', 'close it at the end of the value'];
  return undefined;
}
