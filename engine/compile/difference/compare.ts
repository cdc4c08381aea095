import type { Json } from '../../json';
import type { DocumentKind } from '../../language/source-document';
import { type Named, namedIn } from '../overlay/naming';
import { differences, sameValue } from '../overlay/operations';
import { type Piece, plainOf } from '../overlay/piece';
import { type Entry, nameOfFlow, renamed, renamesBetween } from './renames';

/** What a difference is about, in the words of the trade. */
type Aspect = 'step' | 'people' | 'date' | 'way' | 'variable' | 'field' | 'rule' | 'control' | 'title' | 'work' | 'document';

/** One difference between two versions of a document. */
export interface Difference {
  aspect: Aspect;
  what: 'added' | 'removed' | 'renamed' | 'moved' | 'changed';
  /** The step, branch, event, field, rule or variable; the document's id where it is about the whole. */
  name: string;
  /** The keys below it at which the two differ, or where it stood and stands; of what is renamed, `one` and `other` are its names. */
  at?: string;
  one?: Json;
  other?: Json;
}

/** A document to compare: its pieces, with its kind and id. */
export interface Version {
  kind: DocumentKind;
  id: string;
  root: Piece;
}

/** How two versions of a document differ: steps, people, dates, ways, fields and rules, whatever the text looks like. */
export function compareVersions(one: Version, other: Version): Difference[] {
  return new Comparison(one, other).all();
}

class Comparison {
  #one: Map<string, Named>;
  readonly #other: Map<string, Named>;
  /** The old names, with the new ones. */
  readonly #renames: Map<string, string>;

  constructor(
    private readonly before: Version,
    private readonly after: Version,
  ) {
    this.#one = this.#index(before);
    this.#other = this.#index(after);
    this.#renames = renamesBetween(this.#entries(this.#one), this.#entries(this.#other));
    this.#one = new Map([...this.#one].map(([name, named]) => [this.#renames.get(name) ?? name, this.#inNewNames(named)]));
  }

  all(): Difference[] {
    const aspect: Aspect = this.before.kind === 'process' ? 'step' : 'field';
    const removed = [...this.#one].flatMap(([name, { piece }]) =>
      this.#other.has(name) ? [] : [this.#presence(aspect, 'removed', name, piece)],
    );
    const added = [...this.#other].flatMap(([name, { piece }]) =>
      this.#one.has(name) ? [] : [this.#presence(aspect, 'added', name, piece)],
    );
    const newNames = [...this.#renames].flatMap(([one, other]): Difference[] =>
      other === nameOfFlow(one, this.#renames) && one.includes('>') ? [] : [{ aspect, what: 'renamed', name: other, one, other }],
    );
    const moved = new Set(this.#moved());
    const common = [...this.#one].flatMap(([name, one]): Difference[] => {
      const other = this.#other.get(name);
      if (other === undefined) return [];
      const places: Difference[] = moved.has(name)
        ? [{ aspect, what: 'moved', name, one: this.#placeOf(one, this.#one), other: this.#placeOf(other, this.#other) }]
        : [];
      return [...places, ...this.#own(name, one.piece, other.piece)];
    });
    return [...removed, ...added, ...newNames, ...common, ...this.#own(this.before.id, this.before.root, this.after.root), ...this.#rows()];
  }

  #presence(aspect: Aspect, what: 'added' | 'removed', name: string, piece: Piece): Difference {
    const value = this.#without(piece);
    return { aspect, what, name, ...(what === 'added' ? { other: value } : { one: value }) };
  }

  #index({ kind, root }: Version): Map<string, Named> {
    const all = namedIn(kind, root).filter((named) => (kind === 'process' ? named.shared : named.around.at(-1) === 'properties'));
    return new Map(all.map((named) => [kind === 'process' ? named.name : pathOf(named), named]));
  }

  #entries(index: ReadonlyMap<string, Named>): Map<string, Entry> {
    return new Map([...index].map(([name, named]) => [name, { named, value: withoutId(this.#without(named.piece)) }]));
  }

  #inNewNames(named: Named): Named {
    return { ...named, around: named.around.map((part) => this.#renames.get(part) ?? part) };
  }

  /** Steps in another list, and the fewest of one list whose moves explain its order. */
  #moved(): string[] {
    const common = [...this.#one.keys()].filter((name) => this.#other.has(name));
    const elsewhere = common.filter((name) => listOf(this.#one.get(name) as Named) !== listOf(this.#other.get(name) as Named));
    const away = new Set(elsewhere);
    const lists = new Map<string, string[]>();
    for (const name of common) {
      if (away.has(name)) continue;
      const list = listOf(this.#one.get(name) as Named);
      lists.set(list, [...(lists.get(list) ?? []), name]);
    }
    const order = new Map([...this.#other.keys()].map((name, index) => [name, index]));
    const within = [...lists].flatMap(([list, names]) => {
      if (list === 'nodes' || list === 'flows') return [];
      const kept = longestRising(names.map((name) => order.get(name) ?? 0));
      return names.filter((_, index) => !kept.has(index));
    });
    return [...elsewhere, ...within];
  }

  #placeOf({ holder, piece, around }: Named, index: ReadonlyMap<string, Named>): string {
    const at = holder.items?.indexOf(piece) ?? -1;
    const previous = at > 0 ? holder.items?.[at - 1] : undefined;
    const name = [...index].find(([, named]) => named.piece === previous)?.[0];
    const list = around.at(-2) === undefined ? '' : ` of ${around.at(-2)}`;
    return name === undefined ? `first in ${around.at(-1) ?? ''}${list}` : `after ${name}`;
  }

  /** What two pieces say themselves, without the steps within. */
  #own(name: string, one: Piece, other: Piece): Difference[] {
    return differences(renamed(this.#without(one), this.#renames), this.#without(other)).flatMap(({ path, ...values }): Difference[] => {
      if (path === 'id' || path === '') return path === '' ? [{ aspect: 'work', what: 'changed', name, ...values }] : [];
      return [{ aspect: this.#aspectOf(path), what: changeOf(values), name, at: path, ...values }];
    });
  }

  #aspectOf(path: string): Aspect {
    if (this.before.kind === 'decision') return path.startsWith('inputs') || path.startsWith('outputs') ? 'field' : 'document';
    if (this.before.kind === 'form') return /(^|\.)title/u.test(path) ? 'title' : 'field';
    if (this.before.kind !== 'process') return /(^|\.)title(\.|$)/u.test(path) ? 'title' : 'document';
    if (path.startsWith('variables')) return 'variable';
    if (path.startsWith('locked')) return 'control';
    if (/(^|\.)(title)(\.|$)/u.test(path)) return 'title';
    if (/(^|\.)(due|overdue|timer|followUp|urgeEvery|retry|timeout)(\.|$)/u.test(path)) return 'date';
    if (/(^|\.)(assign|roles|users|copy|signing|mayDelegate|mayTransfer|mayAddSigners|withdraw)(\.|$)/u.test(path)) return 'people';
    if (
      /(^|\.)(next|if|when|default|outcomes|from|to|mayReturnTo|afterReturn|until|while|in|milestone|error|message|signal|end)(\.|$)/u.test(
        path,
      )
    )
      return 'way';
    return path === 'key' || path === 'result' || path.startsWith('start') ? 'document' : 'work';
  }

  /** The value of a piece without what is compared by itself: steps within, fields within, rules of a table. */
  #without(piece: Piece): Json {
    const named = new Set([...this.#one.values(), ...this.#other.values()].map((one) => one.piece));
    const strip = (part: Piece, key: string): Json => {
      if (part.items !== undefined) {
        if (this.before.kind === 'decision' && key === 'rules') return [];
        const items = part.items.filter((item) => !named.has(item)).map((item) => strip(item, ''));
        const ids = items.map((item) => (item !== null && typeof item === 'object' && !Array.isArray(item) ? item['id'] : undefined));
        // entries with ids are compared by them, wherever they stand
        if (items.length > 0 && ids.every((id) => typeof id === 'string'))
          return Object.fromEntries(items.map((item, at) => [String(ids[at]), item]));
        return items;
      }
      if (part.members === undefined) return plainOf(part);
      return Object.fromEntries(
        [...part.members]
          .flatMap(([name, inner]) => (named.has(inner) ? [] : [[name, strip(inner, name)] as const]))
          .filter(([, value]) => !isEmptyList(value)),
      );
    };
    return strip(piece, '');
  }

  /** The rules of tables, by what they say: a rule that is moved is told as such, one that differs in some cells as changed. */
  #rows(): Difference[] {
    const [one, other] = [rowsOf(this.before), rowsOf(this.after)];
    const left = new Map(other);
    const gone = new Map(
      [...one].filter(([, row]) => {
        const same = [...left].find(([, candidate]) => sameValue(row, candidate));
        if (same === undefined) return true;
        left.delete(same[0]);
        return false;
      }),
    );
    const changed = [...gone].flatMap(([name, row]): Difference[] => {
      const now = left.get(name);
      if (now === undefined) return [];
      gone.delete(name);
      left.delete(name);
      return [{ aspect: 'rule', what: 'changed', name, one: row, other: now }];
    });
    return [
      ...[...gone].map(([name, row]): Difference => ({ aspect: 'rule', what: 'removed', name, one: row })),
      ...[...left].map(([name, row]): Difference => ({ aspect: 'rule', what: 'added', name, other: row })),
      ...changed,
    ];
  }
}

function rowsOf({ kind, root }: Version): Map<string, Json> {
  if (kind !== 'decision') return new Map();
  const rows = namedRows(root, '');
  return new Map(rows);
}

function namedRows(piece: Piece, key: string): [string, Json][] {
  if (key === 'rules') return (piece.items ?? []).map((row, index) => [`rules/${index + 1}`, plainOf(row)]);
  return [...(piece.members ?? [])]
    .flatMap(([name, inner]) => namedRows(inner, name))
    .concat((piece.items ?? []).flatMap((item) => namedRows(item, '')));
}

function pathOf({ around, name }: Named): string {
  return [...around.filter((part) => part !== 'properties'), name].join('.');
}

function listOf({ around }: Named): string {
  return around.join('/');
}

function withoutId(value: Json): Json {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const { id: _, ...others } = value;
  return others;
}

function isEmptyList(value: Json): boolean {
  return Array.isArray(value) && value.length === 0;
}

function changeOf(values: { one?: Json; other?: Json }): Difference['what'] {
  if (values.one === undefined) return 'added';
  return values.other === undefined ? 'removed' : 'changed';
}

/** The places of the longest rising run in a list of numbers; in its order. */
function longestRising(numbers: readonly number[]): Set<number> {
  const ends: number[] = [];
  const previous: (number | undefined)[] = [];
  numbers.forEach((number, index) => {
    const found = ends.findIndex((end) => (numbers[end] ?? 0) >= number);
    const at = found < 0 ? ends.length : found;
    previous[index] = at === 0 ? undefined : ends[at - 1];
    ends[at] = index;
  });
  const kept = new Set<number>();
  for (let at = ends.at(-1); at !== undefined; at = previous[at]) kept.add(at);
  return kept;
}
