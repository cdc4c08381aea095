import type { Edge } from './explore';
import type { Happening } from './happenings';

/** Happenings told at most, the last ones. */
const told = 6;

/** A list of happenings in one line: `start, review = approve (big)`; branches that were taken without knowing the condition in brackets. */
export function describe(trace: readonly Edge[]): string {
  const words = trace.map(({ happening, branches }) => wordsOf(happening) + (branches.length === 0 ? '' : ` (${branches.join(', ')})`));
  const shown = words.length > told ? ['...', ...words.slice(-told)] : words;
  return shown.join(', ');
}

function wordsOf(happening: Happening): string {
  switch (happening.kind) {
    case 'start':
      return happening.start ?? 'start';
    case 'complete':
      return happening.outcome === null ? happening.node : `${happening.node} = ${happening.outcome}`;
    case 'return':
      return `${happening.node} sent back to ${happening.target}`;
    case 'timer':
      return `timer of ${happening.node}`;
    case 'answer':
      return `answer to ${happening.node}`;
    case 'error':
      return `error ${happening.code ?? 'connector.failed'} at ${happening.node}`;
    case 'message':
    case 'signal':
      return `${happening.kind} ${happening.name}`;
    case 'turned':
      return `condition of ${happening.node}`;
    case 'begin':
      return `${happening.step} begun`;
    case 'finish':
      return `${happening.node} ended by hand`;
  }
}
