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
  if (byteLength(text) > documentLimits.bytes) return tooLarge(text);
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

function tooLarge(text: string): Obstacle {
  const message = `the file has ${byteLength(text)} bytes, more than ${documentLimits.bytes}`;
  return { rule: 'document-too-large', from: 0, to: 1, message, remedy: 'split it: one document a file' };
}

function tooDeep(from: number, to: number): Obstacle {
  const message = `more than ${documentLimits.depth} maps and lists within each other`;
  return { rule: 'document-too-deep', from, to, message, remedy: 'move a part into a process of its own and call it' };
}

/** Control characters and those that turn the direction of writing: what is read must be what runs. */
function forbiddenCharacter(text: string): Obstacle | undefined {
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    const control = (unit < 0x20 && unit !== 0x09 && unit !== 0x0a && unit !== 0x0d) || (unit >= 0x7f && unit < 0xa0);
    const turning = (unit >= 0x202a && unit <= 0x202e) || (unit >= 0x2066 && unit <= 0x2069) || unit === 0x200e || unit === 0x200f;
    if (!control && !turning) continue;
    const message = `the invisible character U+${unit.toString(16).toUpperCase().padStart(4, '0')} is not allowed`;
    return { rule: 'invisible-character', from: index, to: index + 1, message, remedy: 'delete it' };
  }
  return undefined;
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
