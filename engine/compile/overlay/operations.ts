import type { Json } from '../../json';
import { type Change, mark, type Piece, plainOf } from './piece';

/**
 * Merges a map into another as RFC 7396 does: maps at every depth, lists and other values as wholes, null takes a key away.
 *
 * @returns whether anything is different afterwards
 */
export function mergeInto(target: Piece, from: Piece, by: Change): boolean {
  const members = target.members as Map<string, Piece>;
  let changed = false;
  for (const [name, value] of from.members ?? []) {
    const old = members.get(name);
    if (isNull(value)) changed = members.delete(name) || changed;
    else if (value.members !== undefined && old?.members !== undefined) changed = mergeInto(old, value, by) || changed;
    else {
      const put = mark(withoutNulls(value), by);
      if (old !== undefined && sameValue(plainOf(old), plainOf(put))) continue;
      members.set(name, put);
      changed = true;
    }
  }
  return changed;
}

function isNull(piece: Piece): boolean {
  return piece.items === undefined && piece.members === undefined && (piece.scalar ?? null) === null;
}

function withoutNulls(piece: Piece): Piece {
  if (piece.members === undefined) return piece;
  const kept = [...piece.members].filter(([, inner]) => !isNull(inner)).map(([name, inner]) => [name, withoutNulls(inner)] as const);
  return { ...piece, members: new Map(kept) };
}

/** What a merge would change, as it is before: null for what is not there. */
export function touched(target: Piece | undefined, merge: Piece): Json {
  const parts = [...(merge.members ?? [])].map(([name, value]): [string, Json] => {
    const old = target?.members?.get(name);
    if (old === undefined) return [name, null];
    return [name, value.members !== undefined && old.members !== undefined ? touched(old, value) : plainOf(old)];
  });
  return Object.fromEntries(parts);
}

/** Puts pieces into a list, before or after one of its items or in its place. */
export function splice(list: Piece[], anchor: Piece, pieces: readonly Piece[], place: 'before' | 'after' | 'instead'): void {
  const index = list.indexOf(anchor);
  list.splice(place === 'after' ? index + 1 : index, place === 'instead' ? 1 : 0, ...pieces);
}

/** Puts members into a map, before or after one of its keys or in its place. */
export function spliceMembers(
  map: Map<string, Piece>,
  anchor: string,
  members: Iterable<readonly [string, Piece]>,
  place: 'before' | 'after' | 'instead',
): void {
  const old = [...map];
  map.clear();
  for (const [name, piece] of old) {
    if (name !== anchor) map.set(name, piece);
    else {
      if (place === 'after') map.set(name, piece);
      for (const [added, member] of members) map.set(added, member);
      if (place === 'before') map.set(name, piece);
    }
  }
}

/** Whether two values are the same; the order of keys does not matter. */
export function sameValue(one: Json, other: Json): boolean {
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [mine, yours] = [Object.entries(one), Object.keys(other)];
  return (
    mine.length === yours.length &&
    mine.every(([name, value]) => Object.hasOwn(other, name) && sameValue(value, (other as Record<string, Json>)[name] as Json))
  );
}

/** Where two values differ, as a path of keys with what stands on either side; undefined for what is not there. */
export function differences(one: Json | undefined, other: Json | undefined, path = ''): { path: string; one?: Json; other?: Json }[] {
  if (one !== undefined && other !== undefined && sameValue(one, other)) return [];
  if (!isMap(one) || !isMap(other)) return [{ path, ...(one === undefined ? {} : { one }), ...(other === undefined ? {} : { other }) }];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].flatMap((name) => {
    const inner = path === '' ? name : `${path}.${name}`;
    if (one[name] === undefined && other[name] === undefined) return [];
    return differences(one[name], other[name], inner);
  });
}

function isMap(value: Json | undefined): value is Record<string, Json> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
