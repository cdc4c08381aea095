import type { Json, JsonObject } from '../json';
import type { Place } from './finding';

/** Where a value stands in a document: keys and indices from the root. */
export type Path = readonly (string | number)[];

/** Offsets in the text of a value and, in a map, of its key; with those of what is in it, by key or index. */
export interface Span {
  value: [number, number];
  key?: [number, number];
  parts?: Map<string, Span>;
  /** The file that the offsets count in, with everything within; absent: that of what is around it. */
  source?: SourceText;
}

/** The text of a file, with the offsets at which its lines begin. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
  readonly lineStarts: readonly number[];
}

/** The kinds of documents that are compiled now. */
export const documentKinds = [
  'process',
  'form',
  'decision',
  'register',
  'report',
  'template',
  'calendar',
  'duty',
  'dealership',
  'overlay',
  'scenario',
  'workload',
] as const;
export type DocumentKind = (typeof documentKinds)[number];

/** A document that has been read: plain data, with the place of everything in it. What overlays have put into it has places in their files. */
export class SourceDocument {
  #root: Span | (() => Span);

  /** @param root where everything stands; a function is asked once, when the first place is wanted */
  constructor(
    readonly kind: DocumentKind,
    readonly value: JsonObject,
    root: Span | (() => Span),
    readonly source: SourceText,
    /** Files besides its own from which something in it comes. */
    readonly overlaid: readonly string[] = [],
  ) {
    this.#root = root;
  }

  /** The offsets of all of it. */
  get root(): Span {
    if (typeof this.#root === 'function') this.#root = this.#root();
    return this.#root;
  }

  /** The file in which it stands. */
  get file(): string {
    return this.source.file;
  }

  /** The id that stands behind the kind; of an overlay with its layer, which tells it from those of others. Empty where it is not a string. */
  get id(): string {
    const id = this.value[this.kind];
    if (typeof id !== 'string') return '';
    return this.kind === 'overlay' ? overlayId(id, this.value) : id;
  }

  /** The value at a path; undefined where there is none. */
  at(path: Path): Json | undefined {
    return valueAt(this.value, path);
  }

  /** The place of the value at a path, of its nearest ancestor where there is none, or of its key. */
  place(path: Path, part: 'key' | 'value' = 'value'): Place {
    const { span, source, exact } = this.nearest(path);
    return placeOf(source, (part === 'key' || !exact ? span.key : undefined) ?? span.value);
  }

  /** The value at a path as it is written: `1800.00` where the number is 1800. Empty where there is none. */
  written(path: Path): string {
    const { span, source, exact } = this.nearest(path);
    return exact ? source.text.slice(...span.value) : '';
  }

  /** The place of a stretch of the FEEL text at a path; of the whole value where the text is written with escapes or over several lines. */
  expressionPlace(path: Path, from: number, to: number): Place {
    const { span, source, exact } = this.nearest(path);
    const value = this.at(path);
    if (!exact || typeof value !== 'string') return this.place(path);
    const start = source.text.slice(...span.value).indexOf(value);
    if (start < 0) return this.place(path);
    const base = span.value[0] + start + 1;
    return placeOf(source, [base + from, base + Math.max(to, from + 1)]);
  }

  private nearest(path: Path): { span: Span; source: SourceText; exact: boolean } {
    let span = this.root;
    let source = this.source;
    for (const part of path) {
      const inner = span.parts?.get(String(part));
      if (inner === undefined) return { span, source, exact: false };
      span = inner;
      source = span.source ?? source;
    }
    return { span, source, exact: true };
  }
}

/** Where a stretch of a file stands. */
function placeOf({ file, lineStarts }: SourceText, [from, to]: readonly [number, number]): Place {
  const start = positionOf(lineStarts, from);
  const end = positionOf(lineStarts, Math.max(to, from));
  return { file, line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
}

/** `order-to-delivery@dealership/haizhu`: one layer has one overlay of a document. `form:` stands before it where the overlay says `of: form`. */
function overlayId(id: string, { of, for: layer }: JsonObject): string {
  const [kind, name] = Object.entries(layer !== null && typeof layer === 'object' && !Array.isArray(layer) ? layer : {})[0] ?? ['', ''];
  return `${typeof of === 'string' ? `${of}:` : ''}${id}@${kind === 'base' ? kind : `${kind}/${String(name)}`}`;
}

/** A JSON pointer as a path; indices stay strings, which `valueAt` and `place` take as well. */
export function pointerPath(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Offsets at which the lines of a text begin. */
export function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let index = text.indexOf('\n'); index >= 0; index = text.indexOf('\n', index + 1)) starts.push(index + 1);
  return starts;
}

/** Line and column, counted from 1, of an offset. */
export function positionOf(lineStarts: readonly number[], offset: number): { line: number; column: number } {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
}

function valueAt(root: Json, path: Path): Json | undefined {
  let value: Json | undefined = root;
  for (const part of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<string | number, Json>)[part];
  }
  return value;
}
