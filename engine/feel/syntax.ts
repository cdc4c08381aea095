import { parseExpression, parseUnaryTests } from 'feelin';
import type { NameShape } from './name-scope';

/** A node of the parser's tree; used while compiling only. */
export type SyntaxNode = ReturnType<typeof parseExpression>['topNode'];

/** What is wrong in an expression, what to write instead, and where: offsets in UTF-16 units, `to` exclusive. */
export interface ExpressionProblem {
  message: string;
  remedy: string;
  from: number;
  to: number;
}

/** The most characters that an expression may have. */
const maximalLength = 10_000;
/** How deep an expression may nest. */
export const maximalNesting = 64;

/** A name of the definition language: letters and digits of any script. */
export const namePattern = /^[\p{L}_][\p{L}\p{N}_]*$/u;

type Parsed = { ok: true; tree: SyntaxNode } | { ok: false; problem: ExpressionProblem };

/** What was parsed before: where no name has a space in it, the text alone says what its tree is. Definitions are compiled again at each edit. */
const known = new Map<typeof parseExpression, Map<string, Parsed>>();
/** Texts that are remembered, and how long they may be. */
const mostKnown = 5_000;
const longestKnown = 500;

/** The tree of a FEEL expression, or the first problem of its syntax. The parser's own limits are checked before it runs. */
export function parse(text: string, names: NameShape): Parsed {
  const parsed = parseOnce(parseExpression, text, names);
  if (!parsed.ok) return parsed;
  const operands = operandsOf(parsed.tree);
  return operands.length === 1 ? { ok: true, tree: operands[0]! } : { ok: false, problem: syntaxProblem(text, 0, text.length) };
}

/** The tree of a cell's unary tests (DMN 1.3 §7.3.1), a node `UnaryTests`; otherwise as `parse`. */
export function parseTests(text: string, names: NameShape): Parsed {
  return parseOnce(parseUnaryTests, text, names);
}

function parseOnce(parser: typeof parseExpression, text: string, names: NameShape): Parsed {
  if (text.length > longestKnown || Object.keys(names).length > 0) return parseWith(parser, text, names);
  const trees = known.get(parser) ?? new Map<string, Parsed>();
  known.set(parser, trees);
  const before = trees.get(text);
  if (before !== undefined) return before;
  const parsed = parseWith(parser, text, names);
  if (trees.size >= mostKnown) trees.clear();
  trees.set(text, parsed);
  return parsed;
}

function parseWith(parser: typeof parseExpression, text: string, names: NameShape): Parsed {
  if (text.length > maximalLength) {
    return refuse(
      `the expression has more than ${maximalLength} characters`,
      'split it into several variables',
      maximalLength,
      text.length,
    );
  }
  const tooDeep = firstTooDeep(text);
  if (tooDeep !== undefined) return { ok: false, problem: nestingProblem(tooDeep, tooDeep + 1) };
  if (text.trim() === '') return refuse('the expression is empty', 'write a FEEL expression such as total > 0', 0, text.length);
  const tree = parser(withoutRangeTypes(text), names, undefined).topNode;
  const error = firstError(tree);
  return error === undefined ? { ok: true, tree } : { ok: false, problem: syntaxProblem(text, error.from, error.to) };
}

/** The grammar has no type of ranges: `range<number>` is shown to it as a list's. Lengths stay, and the text that is kept is the real one. */
function withoutRangeTypes(text: string): string {
  if (!text.includes('range')) return text;
  return text.replace(/"(?:[^"\\]|\\.)*"|(\bof\s+|[<:,>]\s*)range(?=\s*<)/gs, (all, before) =>
    before === undefined ? all : `${before}list `,
  );
}

function refuse(message: string, remedy: string, from: number, to: number): { ok: false; problem: ExpressionProblem } {
  return { ok: false, problem: { message, remedy, from, to } };
}

/** The problem of an expression, or a part of one, that nests too deep. */
export function nestingProblem(from: number, to: number): ExpressionProblem {
  return { message: `the expression nests more than ${maximalNesting} levels`, remedy: 'split it into several variables', from, to };
}

/** The offset of the first bracket beyond the deepest level; brackets within strings do not count. */
function firstTooDeep(text: string): number | undefined {
  let depth = 0;
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"|[([{]|[)\]}]/gs)) {
    if ('([{'.includes(match[0])) depth += 1;
    else if (')]}'.includes(match[0])) depth -= 1;
    if (depth > maximalNesting) return match.index;
  }
  return undefined;
}

function firstError(tree: SyntaxNode): SyntaxNode | undefined {
  const cursor = tree.cursor();
  do {
    if (cursor.type.isError) return cursor.node;
  } while (cursor.next());
  return undefined;
}

/** The children of a node in their order, without comments. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'LineComment' && child.name !== 'BlockComment') children.push(child);
  }
  return children;
}

/** The children that are expressions or names, `?` among them: not keywords, brackets and operators. */
export function operandsOf(node: SyntaxNode): SyntaxNode[] {
  return childrenOf(node).filter(
    ({ name }) => name === 'null' || name === '?' || (/^[A-Z]/.test(name) && name !== 'CompareOp' && name !== 'ArithOp'),
  );
}

function syntaxProblem(text: string, from: number, to: number): ExpressionProblem {
  if (text.slice(from).trim() === '') {
    const remedy = fullWidthRemedy(text) ?? 'complete it: an operand, a bracket or a keyword is missing';
    return { message: 'the expression ends too early', remedy, from, to };
  }
  const end = to > from ? to : from + 1;
  const token = text.slice(from, end).replace(/\s+/g, ' ').slice(0, 40);
  return { message: `"${token}" is not understood here`, remedy: remedyAt(text, from), from, to: end };
}

const habits: [pattern: RegExp, remedy: string][] = [
  [/^&&?/, 'write "and" for both conditions'],
  [/^\|\|?/, 'write "or" for either condition'],
  [/^'/, 'write strings in double quotes'],
  [/^!/, 'write "!=" for unequal, not(...) for the opposite'],
  [/^"[^"]*$/, 'close the string with a double quote'],
  [/^;/, 'write one expression only'],
  [/^≥/, 'write ">=" in place of "≥"'],
  [/^≤/, 'write "<=" in place of "≤"'],
  [/^≠/, 'write "!=" in place of "≠"'],
  [/^,\d{3}(?!\d)/, 'write the digits of a number together, without commas'],
];

function remedyAt(text: string, from: number): string {
  const rest = text.slice(from);
  const habit = habits.find(([pattern]) => pattern.test(rest));
  return habit?.[1] ?? fullWidthRemedy(text) ?? 'look for a missing operator, comma or bracket before it';
}

const fullWidth: Record<string, string> = {
  '（': '(',
  '）': ')',
  '，': ',',
  '、': ',',
  '：': ':',
  '；': ';',
  '“': '"',
  '”': '"',
  '＝': '=',
  '＜': '<',
  '＞': '>',
  '＋': '+',
  '－': '-',
  '［': '[',
  '］': ']',
  '【': '[',
  '】': ']',
  '｛': '{',
  '｝': '}',
  '。': '.',
};

/** What to write in place of the first full-width punctuation outside strings; undefined where there is none. */
export function fullWidthRemedy(text: string): string | undefined {
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"|./gsu)) {
    if (Object.hasOwn(fullWidth, match[0])) return `write "${fullWidth[match[0]]}" in place of "${match[0]}"`;
  }
  return undefined;
}
