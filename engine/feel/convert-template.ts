import type { Converter, Locals, Typed } from './convert';
import { LocalScope } from './name-scope';
import { anyType, elementType } from './static-type';
import { stringOf } from './string-literal';
import { operandsOf, type SyntaxNode } from './syntax';
import type { Node } from './tree';

const textType = { kind: 'string' } as const;

/** A tag or the text between two: where it stands in the literal as it is written. */
interface Piece {
  kind: 'text' | 'value' | 'if' | 'loop' | 'end';
  written: string;
  from: number;
}

/**
 * `template("... {{expression}} ...")`: one string literal, as feelers writes texts. `{{#if condition}} ... {{/if}}` stands where the condition is true,
 * `{{#loop list}} ... {{/loop}}` for each element, which is `this` there. Null is an empty text. Parts are compiled as any expression is.
 */
export function template(converter: Converter, callee: SyntaxNode, parameters: SyntaxNode, locals: Locals, depth: number): Typed {
  const [literal, ...others] = operandsOf(parameters);
  if (literal?.name !== 'StringLiteral' || others.length > 0)
    return converter.refuse(callee, 'template(...) takes one text in quotes', 'write it: template("Dear {{name}}")');
  const pieces = piecesOf(converter.textOf(literal).slice(1, -1), literal.from + 1);
  const { node, next } = new Composer(converter, literal, pieces).compose(0, undefined, locals, depth);
  if (next < pieces.length) return converter.refuse(literal, `"{{/${pieces[next]!.written}}}" closes nothing`, 'remove it');
  return { node, type: textType };
}

function piecesOf(text: string, from: number): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(/\{\{(.*?)\}\}/gs)) {
    if (match.index > end) pieces.push({ kind: 'text', written: text.slice(end, match.index), from: from + end });
    const [, mark = '', written = ''] = /^\s*(=|#if\b|#loop\b|\/)?\s*(.*)$/s.exec(match[1]!) ?? [];
    const kind = mark === '#if' ? 'if' : mark === '#loop' ? 'loop' : mark === '/' ? 'end' : 'value';
    pieces.push({ kind, written: written.trimEnd(), from: from + match.index + 2 + match[1]!.indexOf(written) });
    end = match.index + match[0].length;
  }
  return end < text.length ? [...pieces, { kind: 'text', written: text.slice(end), from: from + end }] : pieces;
}

class Composer {
  constructor(
    private readonly converter: Converter,
    private readonly literal: SyntaxNode,
    private readonly pieces: Piece[],
  ) {}

  /** Composes pieces from one on, to the end or to the tag that closes the block. */
  compose(start: number, block: Piece | undefined, locals: Locals, depth: number): { node: Node; next: number } {
    const parts: Node[] = [];
    let at = start;
    while (at < this.pieces.length && this.pieces[at]!.kind !== 'end') {
      const piece = this.pieces[at]!;
      at += 1;
      if (piece.kind === 'text') parts.push(stringOf(`"${piece.written}"`));
      else if (piece.kind === 'value') parts.push(['call', 'string', [this.typed(piece, locals, depth).node]]);
      else {
        const inner = this.block(piece, at, locals, depth);
        parts.push(inner.node);
        at = inner.next;
      }
    }
    if (block !== undefined) at = this.closed(block, at);
    return { node: ['call', 'string join', [['list', parts]]], next: at };
  }

  private block(piece: Piece, start: number, locals: Locals, depth: number): { node: Node; next: number } {
    const { node, type } = this.typed(piece, locals, depth);
    if (piece.kind === 'if') {
      const inner = this.compose(start, piece, locals, depth + 1);
      return { node: ['if', node, inner.node, ''], next: inner.next };
    }
    const scope = LocalScope.bind('this', elementType(type) ?? anyType, locals);
    const inner = this.compose(start, piece, scope, depth + 1);
    return { node: ['call', 'string join', [['for', [[scope.slot, node]], inner.node]]], next: inner.next };
  }

  private closed(block: Piece, at: number): number {
    const end = this.pieces[at];
    if (end?.written !== block.kind) {
      const message = `"{{#${block.kind} ${block.written.slice(0, 40)}}}" is not closed`;
      this.converter.refuse(this.literal, message, `write "{{/${block.kind}}}" after what it holds`);
    }
    return at + 1;
  }

  private typed({ written, from }: Piece, locals: Locals, depth: number): Typed {
    return this.converter.convertText(stringOf(`"${written}"`), from, from + written.length, locals, depth);
  }
}
