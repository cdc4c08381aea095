import type { XmlElement } from './xml';

/**
 * What became of a part of a model that has no word of its own in the language, or another one:
 * `mapped` to what means the same; `translated`, an expression of another language that is now FEEL; `placeholder`, which a person has to
 * fill in; `left out`, without effect on how the process runs here; `refused`, without which nothing is written.
 */
export type ImportOutcome = 'mapped' | 'translated' | 'placeholder' | 'left out' | 'refused';

/** One line of the report of an import. */
export interface ImportNote {
  outcome: ImportOutcome;
  /** The id of the element of the file, or of the nearest one around that has an id; null for the file. */
  element: string | null;
  /** Counted from 1. */
  line: number;
  column: number;
  /** One line, lower case. */
  message: string;
  /** What was read there, shortened. */
  text?: string;
  /** What to do about it. */
  remedy?: string;
}

/** Characters of a text of the file that a note shows. */
const shownCharacters = 200;

/** Collects what became of the parts of a file. */
export class ImportReport {
  readonly notes: ImportNote[] = [];

  /** @param idOf the id of an element, or of the nearest one around it */
  constructor(private readonly idOf: (element: XmlElement) => string | null) {}

  add(outcome: ImportOutcome, element: XmlElement, message: string, also: { text?: string; remedy?: string } = {}): void {
    const { line, column } = element;
    const text = also.text === undefined ? {} : { text: shown(also.text) };
    const remedy = also.remedy === undefined ? {} : { remedy: also.remedy };
    this.notes.push({ outcome, element: this.idOf(element), line, column, message: shown(message), ...text, ...remedy });
  }

  mapped(element: XmlElement, what: string, to: string): void {
    this.add('mapped', element, `${what} becomes ${to}`);
  }

  /** The notes in the order of the file. */
  sorted(): ImportNote[] {
    return [...this.notes].sort((a, b) => a.line - b.line || a.column - b.column);
  }
}

/** A text in one line, shortened. */
function shown(text: string): string {
  const line = text.replaceAll(/\s+/gu, ' ').trim();
  return line.length > shownCharacters ? `${line.slice(0, shownCharacters - 3)}...` : line;
}
