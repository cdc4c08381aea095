import type { Expression, ValueType } from '../feel/expression';
import type { ExpressionProblem } from '../feel/syntax';
import type { Json } from '../json';
import { quoted } from '../language/suggestion';

/** What a cell of a decision is understood as, where it looks like something else. */
export interface Misread {
  message: string;
  remedy: string;
}

const grouped = /(?<![\d,.])\d{1,3}(?:[,，]\d{3})+(?![\d,])/u;

/** A test that FEEL understands otherwise than it looks: `300,000` is 300 or 0, `5-10` is a subtraction. */
export function misreadCell(text: string, test: Expression | null): Misread | undefined {
  const number = grouped.exec(withoutTexts(text))?.[0];
  if (number !== undefined) return commaMeansOr(number);
  const chain = test === null ? undefined : subtractionIn(test.tree);
  if (chain === undefined) return undefined;
  const [from, to] = chain;
  return { message: `${quoted(text.trim())} is a subtraction`, remedy: `for the numbers from ${from} to ${to} write "[${from}..${to}]"` };
}

function commaMeansOr(number: string): Misread {
  const [first = '', ...rest] = number.split(/[,，]/u);
  const parts = [first, ...rest].map((part) => String(Number(part)));
  return {
    message: `the comma in ${quoted(number)} means "or": ${parts.join(' or ')}`,
    remedy: `write ${[first, ...rest].join('')}; for several values put a blank behind each comma: ${parts.join(', ')}`,
  };
}

function withoutTexts(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"/gu, (found) => ' '.repeat(found.length));
}

/** The two numbers of a cell that is one subtraction of literals. */
function subtractionIn(tree: Json): [from: string, to: string] | undefined {
  if (!Array.isArray(tree) || tree[0] !== 'in' || !Array.isArray(tree[2]) || tree[2].length !== 1) return undefined;
  const [test] = tree[2];
  if (!Array.isArray(test) || test[0] !== 'among' || !Array.isArray(test[1])) return undefined;
  const [operation, first, links] = test[1];
  if (operation !== 'chain' || !Array.isArray(links) || links.length !== 1 || !Array.isArray(links[0]) || links[0][0] !== '-')
    return undefined;
  const [from, to] = [numberAt(first ?? null), numberAt(links[0][1] ?? null)];
  return from === undefined || to === undefined ? undefined : [from, to];
}

function numberAt(node: Json): string | undefined {
  return Array.isArray(node) && node[0] === 'number' && typeof node[1] === 'string' ? node[1] : undefined;
}

const habits: [pattern: RegExp, remedy: (found: RegExpExecArray) => string][] = [
  [/^(?:any|all|\*|任意|所有|不限|全部|n\/a|[—–－]+)$/iu, () => 'write "-" where any value will do'],
  [/^between\s+(\S+)\s+and\s+(\S+)$/iu, ([, from, to]) => `write a range: "[${from}..${to}]"`],
  [/^(-?[\d.]*\d)\s*(?:\.\.|~|～|至|到)\s*(-?\d[\d.]*)$/u, ([, from, to]) => `write a range with its brackets: "[${from}..${to}]"`],
  [/^in\s+(.+)$/iu, ([, tests]) => `leave "in" out: a cell is the test alone, ${quoted(tests ?? '')}`],
  [/^([<>]=?)\s*(\S+)\s+and\s+([<>]=?)\s*(\S+)$/iu, (found) => bothEnds(found)],
  [/^([<>]=?\s*\S+)\s+or\s+([<>]=?\s*\S+)$/iu, ([, one, other]) => `a comma means "or": "${one}, ${other}"`],
  [
    /^([<>]=?)\s*([<>]=?\s*)?\d{1,3}(?:[ _]\d{3})+$/u,
    ([text]) => `write the digits together: "${text.replace(/(?<=\d)[ _](?=\d)/gu, '')}"`,
  ],
  [/^(?:[<>]=?\s*)?[\d.]+\s*%$/u, () => 'write a part of one: 0.5 is 50 %'],
  [/[\d.]\s*[万亿]/u, () => 'write the number out, with all its zeros'],
  [/[¥￥$€元]/u, () => 'write the amount as a number alone, such as 1800'],
  [/^=\s*[\p{L}_]/u, () => 'a cell is a test without "=": write what the input is compared with, such as "> 5"'],
];

/** What to write instead of a cell that is refused, where it is a habit of those who write tables; else the problems as they are. */
export function problemsOfCell(text: string, type: ValueType, problems: readonly ExpressionProblem[]): readonly ExpressionProblem[] {
  const trimmed = text.trim();
  const number = grouped.exec(withoutTexts(text))?.[0];
  const [first] = problems;
  if (first === undefined) return problems;
  if (number !== undefined) return [{ ...first, ...commaMeansOr(number) }];
  for (const [pattern, remedy] of habits) {
    const found = pattern.exec(trimmed);
    if (found !== null) return [{ ...first, message: `${quoted(trimmed)} is no test`, remedy: remedy(found) }];
  }
  const isBare = /^[\p{L}_][\p{L}\p{N}_ -]*$/u.test(trimmed) && (type.kind === 'string' || type.kind === 'any');
  return isBare ? [{ ...first, remedy: `write texts in double quotes, in YAML within single ones: '"${trimmed}"'` }] : problems;
}

function bothEnds([, one = '', first = '', other = '', second = '']: RegExpExecArray): string {
  if (one.startsWith('>') === other.startsWith('>')) return `write conditions over "?": "? ${one} ${first} and ? ${other} ${second}"`;
  const [low, high] = one.startsWith('>') ? [first, second] : [second, first];
  const [above, below] = one.startsWith('>') ? [one, other] : [other, one];
  return `write a range: "${above === '>=' ? '[' : '('}${low}..${high}${below === '<=' ? ']' : ')'}"`;
}

/** A text or a number that stands as a condition beside `and` or `or`, as in `kind = "a" or "b"`: it is never true. */
export function valueAsCondition(tree: Json): (Misread & { literal: string }) | undefined {
  if (!Array.isArray(tree)) return undefined;
  const [operation, operands] = tree;
  if ((operation === 'and' || operation === 'or') && Array.isArray(operands)) {
    for (const [index, operand] of operands.entries()) {
      const literal = typeof operand === 'string' ? JSON.stringify(operand) : numberAt(operand);
      if (literal === undefined) continue;
      const asked = operands
        .slice(0, index)
        .reverse()
        .map(comparedIn)
        .find((found) => found !== undefined);
      const remedy =
        asked === undefined
          ? otherwise(operation, operands[0] ?? null, literal)
          : `repeat what is compared: ${asked} ${operation} ${asked.replace(/[^ ]+$/u, '')}${literal}`;
      return { literal, message: `${literal} stands beside "${operation}" and is neither true nor false`, remedy };
    }
  }
  for (const part of tree) {
    const found = valueAsCondition(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

function otherwise(operation: string, first: Json, literal: string): string {
  const name = nameAt(first);
  if (operation === 'or' && name !== undefined && name !== '?')
    return `for a default write: if ${name} = null then ${literal} else ${name}`;
  return 'compare it with something; in a cell of a decision a comma means "or"';
}

/** A comparison with a literal as it is written. */
function comparedIn(node: Json): string | undefined {
  if (!Array.isArray(node) || node[0] !== 'compare') return undefined;
  const [, comparator, left, right] = node;
  const literal = typeof right === 'string' ? JSON.stringify(right) : numberAt(right ?? null);
  const name = nameAt(left ?? null);
  return name === undefined || literal === undefined ? undefined : `${name} ${String(comparator)} ${literal}`;
}

function nameAt(node: Json): string | undefined {
  if (!Array.isArray(node)) return undefined;
  if (node[0] === 'name') return String(node[1]);
  if (node[0] !== 'path' || !Array.isArray(node[2])) return undefined;
  const owner = nameAt(node[1] ?? null);
  return owner === undefined ? undefined : [owner, ...node[2].map(String)].join('.');
}
