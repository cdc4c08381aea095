import { CST, Lexer } from 'yaml';
import { documentLimits } from './limits';

/** A reason not to parse a text, and where it stands in it. */
export interface Obstacle {
  rule: string;
  from: number;
  to: number;
  message: string;
  remedy: string;
}

const refused: Partial<Record<CST.TokenType, Omit<Obstacle, 'from' | 'to'>>> = {
  'explicit-key-ind': { rule: 'yaml-explicit-key', message: 'a key that begins with "? " is not allowed', remedy: 'write "key: value"' },
  alias: { rule: 'yaml-alias', message: 'aliases ("*name") are not allowed', remedy: 'write the value again' },
  anchor: { rule: 'yaml-anchor', message: 'anchors ("&name") are not allowed', remedy: 'leave the anchor out' },
  tag: { rule: 'yaml-tag', message: 'tags ("!name") are not allowed', remedy: 'leave the tag out' },
  'directive-line': { rule: 'yaml-directive', message: 'directives ("%...") are not allowed', remedy: 'leave the line out' },
};

/**
 * Looks over a text before it is parsed and gives the first reason not to: YAML's parser is recursive, so that a thousand brackets can end
 * the whole process. The scan itself is linear and not recursive.
 */
export function findObstacle(text: string): Obstacle | undefined {
  if (byteLength(text) > documentLimits.bytes) return tooLarge();
  const control = forbiddenCharacter(text);
  if (control !== undefined) return control;
  const nesting = new Nesting();
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === CST.DOCUMENT || token === CST.FLOW_END || token === CST.SCALAR) continue;
    const type = CST.tokenType(token) ?? 'scalar';
    const refusal = refused[type];
    const end = offset + token.length;
    if (refusal !== undefined) return { ...refusal, from: offset, to: end };
    if (nesting.depthAfter(type, token) > documentLimits.depth) return tooDeep(offset, end);
    offset = end;
  }
  return undefined;
}

/** Length in bytes of UTF-8. */
function byteLength(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : unit >= 0xd800 && unit < 0xe000 ? 2 : 3;
  }
  return bytes;
}

function tooLarge(): Obstacle {
  const message = `the file has more than ${documentLimits.bytes} bytes`;
  return { rule: 'document-too-large', from: 0, to: 1, message, remedy: 'split it: one document a file' };
}

function tooDeep(from: number, to: number): Obstacle {
  const message = `more than ${documentLimits.depth} maps and lists within each other`;
  return { rule: 'document-too-deep', from, to, message, remedy: 'move a part into a process of its own and call it' };
}

/**
 * Characters that control a terminal, turn the direction of writing or cannot be seen: what is read must be what runs. U+FFFD stands where bytes
 * were no UTF-8, and half of a surrogate pair cannot be written as UTF-8 at all. Joiners (U+200C, U+200D) belong to emoji and are let be.
 */
const forbidden =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffd\u{e0000}-\u{e007f}\p{Cs}]/u;

/** The first character that a text may not have. */
export function forbiddenCharacter(text: string): Obstacle | undefined {
  const found = forbidden.exec(text);
  if (found === null) return undefined;
  const [character] = found;
  const place = { from: found.index, to: found.index + character.length };
  if (character === '\ufffd' || /\p{Cs}/u.test(character)) {
    const message = 'the bytes here are no UTF-8';
    return { rule: 'not-utf8', ...place, message, remedy: 'save the file as UTF-8, not as GBK, GB18030 or UTF-16' };
  }
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return { rule: 'invisible-character', ...place, message: `the invisible character U+${code} is not allowed`, remedy: 'delete it' };
}

/** Counts maps and lists within each other: brackets exactly, blocks by the columns at which they begin. */
class Nesting {
  private readonly columns: number[] = [];
  private flow = 0;
  private column = 0;
  /** Whether the next thing may begin a map or a list: at the start of a line, and after "- ". */
  private opening = true;

  depthAfter(type: string, token: string): number {
    if (type === 'flow-seq-start' || type === 'flow-map-start') this.flow += 1;
    if (type === 'flow-seq-end' || type === 'flow-map-end') this.flow = Math.max(0, this.flow - 1);
    if (this.flow === 0 && type !== 'space' && type !== 'comment' && type !== 'newline') this.openBlock(type);
    const lineBreak = token.lastIndexOf('\n');
    this.column = lineBreak < 0 ? this.column + token.length : token.length - lineBreak - 1;
    if (lineBreak >= 0) this.opening = true;
    return this.columns.length + this.flow;
  }

  private openBlock(type: string): void {
    if (!this.opening) return;
    while ((this.columns.at(-1) ?? -1) > this.column) this.columns.pop();
    if ((this.columns.at(-1) ?? -1) < this.column) this.columns.push(this.column);
    this.opening = type === 'seq-item-ind' || type === 'map-value-ind';
  }
}
