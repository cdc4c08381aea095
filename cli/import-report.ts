import pc from 'picocolors';
import type { ImportNote, ImportOutcome } from '../engine/interchange/bpmn/import-report';

const outcomes: ImportOutcome[] = ['refused', 'placeholder', 'translated', 'mapped', 'left out'];
const colours: Record<ImportOutcome, (text: string) => string> = {
  refused: pc.red,
  placeholder: pc.yellow,
  translated: pc.cyan,
  mapped: pc.cyan,
  'left out': pc.yellow,
};
/** Elements that a line names. */
const namedElements = 8;

/** What became of the parts of a file, for a terminal: what needs somebody first, what is alike in one line. */
export function importReportText(file: string, notes: readonly ImportNote[]): string {
  const lines = outcomes.flatMap((outcome) =>
    linesOf(
      file,
      outcome,
      notes.filter((note) => note.outcome === outcome),
    ),
  );
  const counts = outcomes.flatMap((outcome) => {
    const count = notes.filter((note) => note.outcome === outcome).length;
    return count === 0 ? [] : [`${count} ${outcome}`];
  });
  return [...lines, ...(lines.length === 0 ? [] : ['']), counts.length === 0 ? 'everything has its word here' : counts.join(', '), ''].join(
    '\n',
  );
}

function linesOf(file: string, outcome: ImportOutcome, notes: readonly ImportNote[]): string[] {
  const alike = new Map<string, ImportNote[]>();
  for (const note of notes) {
    const key = outcome === 'left out' || outcome === 'mapped' ? note.message : JSON.stringify([note.message, note.text, note.line]);
    alike.set(key, [...(alike.get(key) ?? []), note]);
  }
  return [...alike.values()].map((group) => lineOf(file, outcome, group));
}

function lineOf(file: string, outcome: ImportOutcome, group: readonly ImportNote[]): string {
  const [first] = group as [ImportNote];
  const at = `${file}:${first.line}:${first.column}: ${colours[outcome](outcome)}`;
  const elements = [...new Set(group.flatMap(({ element }) => element ?? []))];
  const where = elements.length === 0 ? '' : ` ${elements.slice(0, namedElements).join(', ')}`;
  const more = elements.length > namedElements ? ` and ${elements.length - namedElements} more` : '';
  const texts = [...new Set(group.flatMap(({ text }) => (text === undefined || text === '' ? [] : [text])))];
  const text = texts.length === 0 ? '' : ` [${texts.slice(0, 3).join(' | ')}${texts.length > 3 ? ' | ...' : ''}]`;
  const remedy = first.remedy === undefined ? '' : `; ${first.remedy}`;
  return `${at}${where}${more}: ${first.message}${text}${remedy}`;
}
