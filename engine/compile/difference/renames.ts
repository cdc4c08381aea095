import type { Json } from '../../json';
import type { Named } from '../overlay/naming';
import { sameValue } from '../overlay/operations';

/** Something with a name in one of two versions, and what it says itself. */
export interface Entry {
  named: Named;
  /** Without its name, and without what within it has a name of its own. */
  value: Json;
}

/** How alike two things must be, from 0 to 1, to be one thing with two names; less where they stand between the same neighbours. */
const alike = { anywhere: 0.65, samePlace: 0.34 };
/** Pairs that are looked at: beyond them nothing is taken for renamed. */
const mostPairs = 250_000;

/**
 * What is gone from one version and is in the other one by another name: of the same kind, in the same list, and much alike. Each old name with
 * its new one; nothing is paired twice, and the most alike are paired first.
 */
export function renamesBetween(one: ReadonlyMap<string, Entry>, other: ReadonlyMap<string, Entry>): Map<string, string> {
  const renames = new Map<string, string>();
  const pairAll = (flows: boolean): void => {
    const [before, after] = [only(one, flows), only(other, flows)];
    for (let found = pairsOf(before, after, renames); found.size > 0; found = pairsOf(before, after, renames)) {
      for (const [from, to] of found) renames.set(from, to);
    }
  };
  pairAll(false);
  for (const name of only(one, true).keys()) {
    const now = nameOfFlow(name, renames);
    if (now !== name && other.has(now) && !one.has(now)) renames.set(name, now);
  }
  pairAll(true);
  return renames;
}

/** The name that a flow has from the steps between which it leads, in their new names. */
export function nameOfFlow(name: string, renames: ReadonlyMap<string, string>): string {
  return name
    .split('>')
    .map((end) => renames.get(end) ?? end)
    .join('>');
}

function only(entries: ReadonlyMap<string, Entry>, flows: boolean): Map<string, Entry> {
  return new Map([...entries].filter(([, { named }]) => (named.around.at(-1) === 'flows') === flows));
}

function pairsOf(
  one: ReadonlyMap<string, Entry>,
  other: ReadonlyMap<string, Entry>,
  known: ReadonlyMap<string, string>,
): Map<string, string> {
  const taken = new Set(known.values());
  const gone = [...one].filter(([name]) => !other.has(name) && !known.has(name));
  const come = [...other].filter(([name]) => !one.has(name) && !taken.has(name));
  const pairs = new Map<string, string>();
  if (gone.length * come.length > mostPairs) return pairs;
  const [before, after] = [neighboursOf(one, known), neighboursOf(other, new Map())];
  const likely = gone.flatMap(([from, left]) =>
    come.flatMap(([to, right]) => {
      const inList = left.named.around.map((part) => known.get(part) ?? part).join('/') === right.named.around.join('/');
      if (!inList || kindOf(left.value) !== kindOf(right.value)) return [];
      const samePlace = before.get(from) === after.get(to);
      const share = likeness(renamed(left.value, new Map([...known, [from, to]])), right.value);
      return share >= (samePlace ? alike.samePlace : alike.anywhere) ? [{ from, to, share: share + (samePlace ? 1 : 0) }] : [];
    }),
  );
  for (const { from, to } of likely.sort((a, b) => b.share - a.share)) {
    if (!pairs.has(from) && ![...pairs.values()].includes(to)) pairs.set(from, to);
  }
  return pairs;
}

/** Between which two each one stands in its list. */
function neighboursOf(entries: ReadonlyMap<string, Entry>, known: ReadonlyMap<string, string>): Map<string, string> {
  const lists = new Map<string, string[]>();
  for (const [name, { named }] of entries) {
    const list = named.around.join('/');
    lists.set(list, [...(lists.get(list) ?? []), name]);
  }
  const newName = (name: string | undefined): string => (name === undefined ? '' : (known.get(name) ?? name));
  return new Map(
    [...lists.values()].flatMap((names) => names.map((name, at) => [name, `${newName(names[at - 1])}|${newName(names[at + 1])}`] as const)),
  );
}

/** What is the same in two values, as a share of what either says. */
function likeness(one: Json, other: Json): number {
  if (sameValue(one, other)) return 1;
  const [left, right] = [leavesOf(one, ''), leavesOf(other, '')];
  const common = left.filter((leaf) => right.includes(leaf)).length;
  return common / Math.max(left.length + right.length - common, 1);
}

function leavesOf(value: Json, path: string): string[] {
  if (value === null || typeof value !== 'object') return [`${path}=${JSON.stringify(value)}`];
  const inner = Array.isArray(value)
    ? value.flatMap((item) => leavesOf(item, `${path}[]`))
    : Object.entries(value).flatMap(([key, member]) => leavesOf(member, `${path}.${key}`));
  return inner.length === 0 ? [path] : inner;
}

const besideKind = ['id', 'title', 'if', 'next', 'boundary', 'when', 'default', 'in'];

/** What a step is: the key that says what it does. Of a field, its type. */
function kindOf(value: Json): string {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return '';
  return typeof value['type'] === 'string' ? value['type'] : (Object.keys(value).find((key) => !besideKind.includes(key)) ?? '');
}

/** A value with the new names in the places of the old ones: as a text of its own, as a key, and in an expression. */
export function renamed(value: Json, names: ReadonlyMap<string, string>): Json {
  if (names.size === 0 || value === null) return value;
  if (typeof value === 'string') return renamedText(value, names);
  if (Array.isArray(value)) return value.map((item) => renamed(item, names));
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, renamed(member, names)]));
}

function renamedText(text: string, names: ReadonlyMap<string, string>): string {
  const whole = names.get(text);
  if (whole !== undefined || !text.startsWith('=')) return whole ?? text;
  const variables = new Map([...names].map(([from, to]) => [variableOf(from), variableOf(to)]));
  // a member behind a point is no variable
  return text.replaceAll(/(?<![\p{L}\p{N}_.])[\p{L}_][\p{L}\p{N}_]*/gu, (word) => variables.get(word) ?? word);
}

function variableOf(id: string): string {
  return id.replaceAll(/[.-]/gu, '_');
}
