import { stringify } from 'yaml';
import type { Json } from '../../json';
import { positionOf } from '../../language/source-document';
import { controlsOf } from '../locked';
import type { Effective } from './effective';
import { namedIn } from './naming';
import { type Change, type Piece, plainOf } from './piece';

/** One line of an effective document as YAML, with the file and line that it comes from. */
export interface EffectiveLine {
  text: string;
  file: string;
  line: number;
  /** The step, field or rule that begins here. */
  names?: string;
}

/** Why something in an effective document is there. */
export interface Because {
  name: string;
  /** The operation that has put it there; absent: it stands in the document itself. */
  by?: Change;
  /** Operations that have changed it since. */
  changedBy: Change[];
  /** Controls that keep it. */
  keptBy: string[];
}

/** The effective document as YAML. A collection that is written in one line stays in one line. */
export function effectiveLines({ root, base }: Effective): EffectiveLine[] {
  const names = new Map(namedIn(base.kind, root).map(({ piece, name }) => [piece, name]));
  return new Lines(names).of(root);
}

class Lines {
  readonly #lines: EffectiveLine[] = [];

  constructor(private readonly names: ReadonlyMap<Piece, string>) {}

  of(root: Piece): EffectiveLine[] {
    this.#map(root, '', '');
    return this.#lines;
  }

  /** `first` stands before the first line: the dash of a list. */
  #map(piece: Piece, first: string, indent: string): void {
    let lead = first;
    for (const [key, value] of piece.members ?? []) {
      const names = lead === first ? this.names.get(piece) : undefined;
      this.#entry(`${lead}${scalarText(key)}:`, value, indent, names ?? this.names.get(value));
      lead = indent;
    }
  }

  #entry(head: string, value: Piece, indent: string, names: string | undefined): void {
    if (isShort(value)) this.#add(`${head} ${flow(value)}`, value, names);
    else {
      this.#add(head, value, names);
      if (value.members !== undefined) this.#map(value, `${indent}  `, `${indent}  `);
      else this.#list(value, `${indent}  `);
    }
  }

  #list(piece: Piece, indent: string): void {
    for (const item of piece.items ?? []) {
      if (isShort(item)) this.#add(`${indent}- ${flow(item)}`, item, this.names.get(item));
      else if (item.members !== undefined) this.#map(item, `${indent}- `, `${indent}  `);
      else {
        this.#add(`${indent}-`, item, this.names.get(item));
        this.#list(item, `${indent}  `);
      }
    }
  }

  #add(text: string, piece: Piece, names: string | undefined): void {
    this.#lines.push({ text, file: piece.source.file, line: lineOf(piece), ...(names === undefined ? {} : { names }) });
  }
}

function lineOf({ key, value, source }: Piece): number {
  return positionOf(source.lineStarts, (key ?? value)[0]).line;
}

/** Scalars, empty collections, and what is written in one line of one file. */
function isShort(piece: Piece): boolean {
  const parts = [...(piece.items ?? piece.members?.values() ?? [])];
  if (parts.length === 0) return true;
  const line = positionOf(piece.source.lineStarts, piece.value[0]).line;
  return isOnLine(piece, piece.source.file, line);
}

function isOnLine(piece: Piece, file: string, line: number): boolean {
  if (piece.source.file !== file || positionOf(piece.source.lineStarts, piece.value[0]).line !== line) return false;
  return [...(piece.items ?? piece.members?.values() ?? [])].every((part) => isOnLine(part, file, line));
}

function flow(piece: Piece): string {
  const value: Json = plainOf(piece);
  return value === null || typeof value !== 'object'
    ? scalarText(value)
    : stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();
}

function scalarText(value: Json): string {
  if (typeof value === 'string' && /[\n\r]/u.test(value)) return JSON.stringify(value);
  return stringify(value, { lineWidth: 0 }).trimEnd();
}

/** Why each step of a process is there, or each field or rule of another document. */
export function becauseOf({ root, base, document, names }: Effective): Because[] {
  const all = namedIn(base.kind, root);
  const own = base.kind === 'process' ? all.filter(({ shared }) => shared) : all;
  const pieces = new Set(own.map(({ piece }) => piece));
  const controls = base.kind === 'process' ? controlsOf(document) : [];
  const now = (step: string): string => names.get(step) ?? step;
  return own.map(({ name, piece }) => {
    const { by } = piece;
    const changes = new Set<Change>();
    gather(piece, pieces, changes);
    if (by !== undefined) changes.delete(by);
    const keptBy = controls
      .filter((control) =>
        (control.kind === 'fourEyes' ? [control.step] : [control.before, ...control.needs]).some((step) => now(step) === name),
      )
      .map(({ id }) => id);
    return { name, ...(by === undefined ? {} : { by }), changedBy: [...changes], keptBy };
  });
}

function gather(piece: Piece, others: ReadonlySet<Piece>, changes: Set<Change>): void {
  for (const part of piece.items ?? piece.members?.values() ?? []) {
    if (others.has(part)) continue;
    if (part.by !== undefined) changes.add(part.by);
    gather(part, others, changes);
  }
}
