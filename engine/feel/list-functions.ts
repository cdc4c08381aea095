import { Decimal, finite, safeInteger } from './decimal';
import type { FunctionValue } from './function-value';
import { includes, negation, order } from './operators';
import type { Run } from './run';
import type { functionsOf } from './signature';
import type { Value } from './value';

type Table = Parameters<typeof functionsOf>[0];

const rootCost = 300;

/** The functions of lists (DMN 1.5 §10.3.4.4), and `partition`, which is not in the standard. */
export const listFunctions: Table = {
  'not(negand: any): boolean': ([value]) => negation(value!),
  'count(list: list): number': ([list]) => new Decimal((list as Value[]).length),
  'list contains(list: list, element: any): boolean': ([list, element], run) => includes(list as Value[], element!, run),
  'min(list: list): item': ([list], run) => extreme(list as Value[], -1, run),
  'min(...c: any): item': (args, run) => extreme(args, -1, run),
  'max(list: list): item': ([list], run) => extreme(list as Value[], 1, run),
  'max(...c: any): item': (args, run) => extreme(args, 1, run),
  'sum(list: list): item': ([list], run) => total(list as Value[], run),
  'sum(...n: any): item': total,
  'mean(list: list): item': ([list], run) => mean(list as Value[], run),
  'mean(...n: any): item': mean,
  'product(list: list): number': ([list], run) => product(list as Value[], run),
  'product(...n: any): number': product,
  'median(list: list): item': ([list], run) => median(list as Value[], run),
  'median(...n: any): item': median,
  'stddev(list: list): number': ([list], run) => deviation(list as Value[], run),
  'stddev(...n: any): number': deviation,
  'mode(list: list): numbers': ([list], run) => mode(list as Value[], run),
  'mode(...n: any): numbers': mode,
  'all(list: list): boolean': ([list], run) => combined(list as Value[], false, run),
  'all(...b: any): boolean': (args, run) => combined(args, false, run),
  'any(list: list): boolean': ([list], run) => combined(list as Value[], true, run),
  'any(...b: any): boolean': (args, run) => combined(args, true, run),
  'sublist(list: list, start position: number, length?: number): items': sublist,
  'append(list: list, ...item: any): appended': ([list, ...items], run) => joined([list as Value[], items], run),
  'concatenate(...list: list): all items': (lists, run) => joined(lists as Value[][], run),
  'insert before(list: list, position: number, newItem: any): list': insert,
  'remove(list: list, position: number): items': remove,
  'list replace(list: list, position: number, newItem: any): list': replaceAt,
  'list replace(list: list, match: function, newItem: any): list': replaceMatching,
  'reverse(list: list): items': ([list], run) => joined([list as Value[]], run).reverse(),
  'index of(list: list, match: any): numbers': indexes,
  'union(...list: list): all items': (lists, run) => distinct(joined(lists as Value[][], run), run),
  'distinct values(list: list): items': ([list], run) => distinct(list as Value[], run),
  'flatten(list: list): list': ([list], run) => flatten(list as Value[], run),
  'sort(list: list, precedes?: function): items': ([list, precedes = null], run) =>
    sort(list as Value[], precedes as FunctionValue | null, run),
  'partition(list: list, size: number): list': partition,
};

function numbersOf(items: Value[], run: Run): Decimal[] | null {
  run.spend(items.length);
  return items.every((item) => item instanceof Decimal) ? items : null;
}

function extreme(items: Value[], sign: 1 | -1, run: Run): Value {
  if (items.length === 0) return null;
  run.spend(items.length);
  let best: Value = items[0] ?? null;
  for (const item of items) {
    const found = order(item, best, run);
    if (found === null) return null;
    if (found * sign > 0) best = item;
  }
  return best;
}

function total(items: Value[], run: Run): Decimal | null {
  const numbers = numbersOf(items, run);
  return numbers === null || numbers.length === 0 ? null : finite(numbers.reduce((sum, number) => sum.plus(number), new Decimal(0)));
}

function mean(items: Value[], run: Run): Decimal | null {
  const sum = total(items, run);
  return sum === null ? null : sum.div(items.length);
}

function product(items: Value[], run: Run): Value {
  const numbers = numbersOf(items, run);
  if (numbers === null || numbers.length === 0) return null;
  run.spend(3 * numbers.length);
  return finite(numbers.reduce((result, number) => result.times(number), new Decimal(1)));
}

function ascending(numbers: Decimal[], run: Run): Decimal[] {
  run.spend(numbers.length * Math.ceil(Math.log2(numbers.length + 1)));
  return [...numbers].sort((left, right) => left.cmp(right));
}

function median(items: Value[], run: Run): Value {
  const numbers = numbersOf(items, run);
  if (numbers === null || numbers.length === 0) return null;
  const sorted = ascending(numbers, run);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : finite(sorted[middle - 1]!.plus(sorted[middle]!).div(2));
}

/** Of a sample: the sum of squares is divided by one less than there are. */
function deviation(items: Value[], run: Run): Value {
  const average = mean(items, run);
  if (average === null || items.length < 2) return null;
  run.spend(rootCost + 12 * items.length);
  const squares = (items as Decimal[]).reduce((sum, number) => sum.plus(number.minus(average).pow(2)), new Decimal(0));
  return finite(squares.div(items.length - 1).sqrt());
}

function mode(items: Value[], run: Run): Value {
  const numbers = numbersOf(items, run);
  if (numbers === null) return null;
  const counts = new Map<string, { number: Decimal; count: number }>();
  for (const number of ascending(numbers, run)) {
    const known = counts.get(number.toString());
    counts.set(number.toString(), { number, count: (known?.count ?? 0) + 1 });
  }
  const most = Math.max(...[...counts.values()].map(({ count }) => count));
  return [...counts.values()].filter(({ count }) => count === most).map(({ number }) => number);
}

/** `all` where the decisive value is false, `any` where it is true; as `and` and `or` with null. */
function combined(items: Value[], decisive: boolean, run: Run): boolean | null {
  run.spend(items.length);
  if (items.includes(decisive)) return decisive;
  return items.every((item) => item === !decisive) ? !decisive : null;
}

/** The index of a position from 1, or from the end where it is negative; undefined where there is none. */
function indexOf(list: Value[], position: Value): number | undefined {
  const at = safeInteger((position as Decimal).trunc());
  if (at === undefined || at === 0 || Math.abs(at) > list.length) return undefined;
  return at > 0 ? at - 1 : list.length + at;
}

function sublist([list, start, length = null]: Value[], run: Run): Value {
  const items = list as Value[];
  const from = indexOf(items, start!);
  const many = length === null ? items.length : safeInteger((length as Decimal).trunc());
  if (from === undefined || many === undefined || many < 0 || (length !== null && from + many > items.length)) return null;
  run.spend(items.length);
  return items.slice(from, from + many);
}

function joined(lists: Value[][], run: Run): Value[] {
  run.spend(3 * lists.reduce((sum, list) => sum + list.length, 0));
  return lists.flat();
}

function insert([list, position, item]: Value[], run: Run): Value {
  const items = list as Value[];
  const at = indexOf(items, position!) ?? (safeInteger(position as Decimal) === items.length + 1 ? items.length : undefined);
  return at === undefined ? null : joined([items.slice(0, at), [item!], items.slice(at)], run);
}

function remove([list, position]: Value[], run: Run): Value {
  const at = indexOf(list as Value[], position!);
  return at === undefined ? null : joined([list as Value[]], run).filter((_, index) => index !== at);
}

function replaceAt([list, position, item]: Value[], run: Run): Value {
  const at = indexOf(list as Value[], position!);
  return at === undefined ? null : joined([list as Value[]], run).map((old, index) => (index === at ? item! : old));
}

function replaceMatching([list, match, item]: Value[], run: Run): Value {
  const matches = (match as FunctionValue).takes(2)
    ? (list as Value[]).map((old) => (match as FunctionValue).call([old, item!], run))
    : [null];
  if (matches.some((matched) => typeof matched !== 'boolean')) return null;
  return joined([list as Value[]], run).map((old, index) => (matches[index] === true ? item! : old));
}

function indexes([list, match]: Value[], run: Run): Value {
  return (list as Value[]).flatMap((item, at) => (includes([item], match!, run) ? [new Decimal(at + 1)] : []));
}

function distinct(items: Value[], run: Run): Value[] {
  const kept: Value[] = [];
  for (const item of items) if (!includes(kept, item, run)) kept.push(item);
  return kept;
}

function flatten(items: Value[], run: Run): Value[] {
  run.enter();
  const flat = items.flatMap((item) => (Array.isArray(item) ? flatten(item, run) : [item]));
  run.spend(flat.length);
  run.leave();
  return flat;
}

/** Stable; by the natural order where no function says which precedes. Null where two do not compare. */
function sort(items: Value[], precedes: FunctionValue | null, run: Run): Value {
  if (precedes !== null && !precedes.takes(2)) return null;
  const isBefore = (left: Value, right: Value): boolean | null => {
    if (precedes === null) {
      const found = order(left, right, run);
      return found === null ? null : found < 0;
    }
    return precedes.call([left, right], run) === true;
  };
  return mergeSort(items, isBefore, run);
}

function mergeSort(items: Value[], isBefore: (left: Value, right: Value) => boolean | null, run: Run): Value[] | null {
  run.spend(items.length);
  if (items.length < 2) return items;
  const middle = Math.ceil(items.length / 2);
  const left = mergeSort(items.slice(0, middle), isBefore, run);
  const right = left && mergeSort(items.slice(middle), isBefore, run);
  if (left === null || right === null) return null;
  const merged: Value[] = [];
  let [a, b] = [0, 0];
  while (a < left.length && b < right.length) {
    const takeRight = isBefore(right[b]!, left[a]!);
    if (takeRight === null) return null;
    merged.push(takeRight ? right[b++]! : left[a++]!);
  }
  return [...merged, ...left.slice(a), ...right.slice(b)];
}

function partition([list, size]: Value[], run: Run): Value {
  const items = joined([list as Value[]], run);
  const many = safeInteger(size as Decimal);
  if (many === undefined || many < 1) return null;
  return Array.from({ length: Math.ceil(items.length / many) }, (_, at) => items.slice(at * many, (at + 1) * many));
}
