import canonicalize from 'canonicalize';
import { Decimal } from '../feel/decimal';
import type { ValueType } from '../feel/expression';
import { fromJson, toJson } from '../feel/value';
import type { Json } from '../json';
import type { DecisionTable, HitPolicy } from './decision-table';

/** A rule that matches: its number, counted from 1, and its outputs in their order. */
export interface Hit {
  rule: number;
  values: Json[];
}

const many: ReadonlySet<HitPolicy> = new Set(['RULE ORDER', 'OUTPUT ORDER', 'COLLECT']);

/** True where the result of the policy is a list of results. */
export function givesList({ hitPolicy, aggregation }: Pick<DecisionTable, 'hitPolicy' | 'aggregation'>): boolean {
  return many.has(hitPolicy) && aggregation === undefined;
}

/**
 * The hits that give the result, in its order; or why there is none. `valuesOf` gives for each output the values that it may have, the most
 * important first; empty where it says none.
 */
export function selectHits(
  hitPolicy: HitPolicy,
  hits: Hit[],
  valuesOf: () => Json[][],
): { ok: true; hits: Hit[] } | { ok: false; message: string } {
  const [first, second] = hits;
  if (second === undefined || first === undefined) return { ok: true, hits };
  switch (hitPolicy) {
    case 'UNIQUE':
      return { ok: false, message: `rules ${first.rule} and ${second.rule} both match, and its hit policy is UNIQUE` };
    case 'ANY': {
      const other = hits.find(({ values }) => textOf(values) !== textOf(first.values));
      if (other === undefined) return { ok: true, hits: [first] };
      return { ok: false, message: `rules ${first.rule} and ${other.rule} both match with other outputs, and its hit policy is ANY` };
    }
    case 'PRIORITY':
      return { ok: true, hits: byPriority(hits, valuesOf()).slice(0, 1) };
    case 'OUTPUT ORDER':
      return { ok: true, hits: byPriority(hits, valuesOf()) };
    default:
      return { ok: true, hits: hitPolicy === 'FIRST' ? [first] : hits };
  }
}

function textOf(value: Json): string {
  return canonicalize(value) ?? '';
}

/** The most important values first, output by output; of equal ones the earlier rule. */
function byPriority(hits: Hit[], allowed: Json[][]): Hit[] {
  const ranks = allowed.map((values) => new Map(values.map((value, rank) => [textOf(value), rank])));
  const rankOf = (hit: Hit, output: number) => ranks[output]?.get(textOf(hit.values[output] ?? null)) ?? Number.MAX_SAFE_INTEGER;
  return [...hits].sort((left, right) => {
    const output = ranks.findIndex((known, at) => known.size > 0 && rankOf(left, at) !== rankOf(right, at));
    return output === -1 ? left.rule - right.rule : rankOf(left, output) - rankOf(right, output);
  });
}

/** What COLLECT makes of one output's values: a number, or the least or greatest; null of none, but 0 as their count. Exact, as FEEL is. */
export function aggregate(aggregation: NonNullable<DecisionTable['aggregation']>, values: Json[], type: ValueType): Json | undefined {
  if (aggregation === 'COUNT') return values.length;
  const numbers = values.map((value) => fromJson(value, type));
  if (!numbers.every((number): number is Decimal => number instanceof Decimal)) return undefined;
  if (numbers.length === 0) return null;
  const result =
    aggregation === 'SUM' ? Decimal.sum(...numbers) : aggregation === 'MIN' ? Decimal.min(...numbers) : Decimal.max(...numbers);
  const written = toJson(result, type);
  return written.ok ? written.value : undefined;
}

/** Whether a value is one of those that are allowed; all are where none is named. */
export function isAllowed(value: Json, allowed: Json[]): boolean {
  return allowed.length === 0 || allowed.some((candidate) => textOf(candidate) === textOf(value));
}
