import type { Json, JsonObject } from '../json';
import type { Place } from './finding';

/** Where a value stands in a document: keys and indices from the root. */
export type Path = readonly (string | number)[];

/** Offsets in the text of a value and, in a map, of its key; with those of what is in it, by key or index. */
export interface Span {
  value: [number, number];
  key?: [number, number];
  parts?: Map<string, Span>;
}

/** The kinds of documents that are compiled now. */
export const documentKinds = ['process', 'form', 'decision', 'calendar', 'duty', 'dealership', 'scenario'] as const;
export type DocumentKind = (typeof documentKinds)[number];

/** Kinds of the language that are refused with a finding of their own. */
export const laterKinds: readonly string[] = ['overlay', 'register', 'report'];

/** A document that has been read: plain data, with the place of everything in it. */
export class SourceDocument {
  constructor(
    readonly file: string,
    readonly kind: DocumentKind,
    readonly value: JsonObject,
    private readonly text: string,
    private readonly root: Span,
    private readonly lineStarts: readonly number[],
  ) {}

  /** The id that stands behind the kind; empty where it is not a string. */
  get id(): string {
    const id = this.value[this.kind];
    return typeof id === 'string' ? id : '';
  }

  /** The value at a path; undefined where there is none. */
  at(path: Path): Json | undefined {
    return valueAt(this.value, path);
  }

  /** The place of the value at a path, of its nearest ancestor where there is none, or of its key. */
  place(path: Path, part: 'key' | 'value' = 'value'): Place {
    const { span, exact } = this.nearest(path);
    return this.placeOf((part === 'key' || !exact ? span.key : undefined) ?? span.value);
  }

  /** The value at a path as it is written: `1800.00` where the number is 1800. Empty where there is none. */
  written(path: Path): string {
    const { span, exact } = this.nearest(path);
    return exact ? this.text.slice(...span.value) : '';
  }

  /** The place of a stretch of the FEEL text at a path; of the whole value where the text is written with escapes or over several lines. */
  expressionPlace(path: Path, from: number, to: number): Place {
    const { span, exact } = this.nearest(path);
    const value = this.at(path);
    if (!exact || typeof value !== 'string') return this.place(path);
    const start = this.text.slice(...span.value).indexOf(value);
    if (start < 0) return this.place(path);
    const base = span.value[0] + start + 1;
    return this.placeOf([base + from, base + Math.max(to, from + 1)]);
  }

  private nearest(path: Path): { span: Span; exact: boolean } {
    let span = this.root;
    for (const part of path) {
      const inner = span.parts?.get(String(part));
      if (inner === undefined) return { span, exact: false };
      span = inner;
    }
    return { span, exact: true };
  }

  private placeOf([from, to]: [number, number]): Place {
    const start = positionOf(this.lineStarts, from);
    const end = positionOf(this.lineStarts, Math.max(to, from));
    return { file: this.file, line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
  }
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
