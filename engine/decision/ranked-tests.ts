import type { Json } from '../json';

/** Whether the value of a rank passes a test. */
export type RankedTest = (rank: number) => boolean;

/**
 * A compiled test of a column over the ranks of its values, where it only compares `?` with literals, each of which has a rank: for columns of
 * many tests and values, of which each pair would else be evaluated. Undefined for any other test.
 */
export function rankedTest(tree: Json, rankOf: (literal: string) => number | undefined): RankedTest | undefined {
  if (!Array.isArray(tree)) return undefined;
  if (tree[0] === 'call' && tree[1] === 'not') {
    const inner = rankedTest((tree[2] as Json[])[0] ?? null, rankOf);
    return inner && ((rank) => !inner(rank));
  }
  if (tree[0] !== 'in' || JSON.stringify(tree[1]) !== '["name","?"]') return undefined;
  const tests = (tree[2] as Json[]).map((test) => simpleTest(test, rankOf));
  return tests.every((test) => test !== undefined) ? (rank) => tests.some((test) => test(rank)) : undefined;
}

function simpleTest(test: Json, rankOf: (literal: string) => number | undefined): RankedTest | undefined {
  if (!Array.isArray(test)) return undefined;
  const rank = (literal: Json | undefined) => literalRank(literal ?? null, rankOf);
  if (test[0] === 'among') return compared('=', rank(test[1]));
  if (test[0] === 'compare') return compared(String(test[1]), rank(test[2]));
  if (test[0] !== 'range') return undefined;
  const above = compared(test[1] === true ? '>=' : '>', rank(test[2]));
  const below = compared(test[4] === true ? '<=' : '<', rank(test[3]));
  return above && below && ((at) => above(at) && below(at));
}

function literalRank(literal: Json, rankOf: (literal: string) => number | undefined): number | undefined {
  if (!Array.isArray(literal)) return undefined;
  if (literal[0] === 'number') return rankOf(String(literal[1]));
  if (literal[0] === 'negate' && Array.isArray(literal[1]) && literal[1][0] === 'number') return rankOf(`-${String(literal[1][1])}`);
  return literal[0] === 'call' && literal[1] === 'date' ? rankOf(String((literal[2] as Json[])[0])) : undefined;
}

function compared(comparator: string, limit: number | undefined): RankedTest | undefined {
  if (limit === undefined) return undefined;
  switch (comparator) {
    case '<':
      return (rank) => rank < limit;
    case '<=':
      return (rank) => rank <= limit;
    case '>':
      return (rank) => rank > limit;
    case '>=':
      return (rank) => rank >= limit;
    case '!=':
      return (rank) => rank !== limit;
    default:
      return (rank) => rank === limit;
  }
}
