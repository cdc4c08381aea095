const longestCompared = 64;

/** The candidate that a misspelt name most likely means: at most a third of its letters differ, 2 at the most; undefined if none. */
export function nearName(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.min(2, Math.max(1, Math.floor(name.length / 3))) + 1;
  for (const candidate of candidates) {
    if (candidate === name || candidate.length > longestCompared || name.length > longestCompared) continue;
    const found = candidate.toLowerCase() === name.toLowerCase() ? 0 : distance(name, candidate);
    if (found < least && found < candidate.length) {
      least = found;
      best = candidate;
    }
  }
  return best;
}

/** The Levenshtein distance, in which two neighbours that changed places count once. */
function distance(left: string, right: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = previous[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1);
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      const least = Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1);
      current.push(swapped && row > 1 && column > 1 ? Math.min(least, beforePrevious[column - 2]! + 1) : least);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length]!;
}
