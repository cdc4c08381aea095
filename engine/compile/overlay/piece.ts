import type { Json, JsonObject } from '../../json';
import { SourceDocument, type SourceText, type Span } from '../../language/source-document';
import type { LocalizedText } from '../../runtime/process-model';

/** One operation of an overlay, as what it has put into a document remembers it. */
export interface Change {
  /** The layer of the overlay: `base`, `brand/<id>`, `group/<id>` or `dealership/<id>`. */
  layer: string;
  file: string;
  /** The line at which the operation begins. */
  line: number;
  reason?: LocalizedText;
}

/** A value of a document on its way through overlays, with where it is written. One of `items`, `members` and `scalar` is set. */
export interface Piece {
  source: SourceText;
  value: readonly [number, number];
  key?: readonly [number, number];
  items?: Piece[];
  members?: Map<string, Piece>;
  scalar?: Json;
  /** The operation that has put it here; absent: it stands in the document itself. */
  by?: Change;
  /** The name of something without an id, which counting gave before the overlay began. */
  label?: string;
  /** The `id` that it had in the document itself, whatever overlays call it. */
  baseId?: string;
}

/** A document, or a value in it, as pieces. */
export function pieceOf(value: Json, span: Span, around: SourceText): Piece {
  const source = span.source ?? around;
  const piece: Piece = { source, value: span.value, ...(span.key === undefined ? {} : { key: span.key }) };
  const part = (name: string, inner: Json): Piece => pieceOf(inner, span.parts?.get(name) ?? { value: span.value }, source);
  if (Array.isArray(value)) piece.items = value.map((item, index) => part(String(index), item));
  else if (value !== null && typeof value === 'object')
    piece.members = new Map(Object.entries(value).map(([name, inner]) => [name, part(name, inner)]));
  else piece.scalar = value;
  return piece;
}

/** The plain data of a piece. */
export function plainOf(piece: Piece): Json {
  if (piece.items !== undefined) return piece.items.map(plainOf);
  if (piece.members === undefined) return piece.scalar ?? null;
  return Object.fromEntries([...piece.members].map(([name, inner]) => [name, plainOf(inner)]));
}

/** The document that pieces make: everything in it has the place where it is written. */
export function documentOf(base: SourceDocument, root: Piece, overlaid: readonly string[]): SourceDocument {
  return new SourceDocument(base.kind, plainOf(root) as JsonObject, spanOf(root), base.source, overlaid);
}

function spanOf({ source, value, key, items, members }: Piece): Span {
  const span: Span = { source, value: [...value], ...(key === undefined ? {} : { key: [...key] }) };
  const parts = items === undefined ? members : items.map((item, index) => [String(index), item] as const);
  if (parts !== undefined) span.parts = new Map([...parts].map(([name, part]) => [name, spanOf(part)]));
  return span;
}

/** The text of a member; undefined where it is no text. */
export function textAt(piece: Piece, name: string): string | undefined {
  const value = piece.members?.get(name)?.scalar;
  return typeof value === 'string' ? value : undefined;
}

/** Notes an operation at a piece and at everything within. */
export function mark(piece: Piece, by: Change): Piece {
  piece.by = by;
  for (const part of piece.items ?? piece.members?.values() ?? []) mark(part, by);
  return piece;
}
